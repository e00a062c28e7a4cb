package media

import (
	"errors"
	"testing"
)

func TestDecide(t *testing.T) {
	for _, c := range []struct {
		video, pixels, audio string
		mode                 Mode
		copyVideo, copyAudio bool
		refused              bool
	}{
		{"h264", "yuv420p", "aac", Auto, true, true, false},
		{"h264", "yuv420p", "", Never, true, false, false},
		{"hevc", "yuv420p10le", "opus", Never, true, true, false},
		{"av1", "yuv420p", "mp3", Auto, true, true, false},
		{"vp9", "yuv420p", "opus", Auto, true, true, false},
		{"h264", "yuv420p", "ac3", Auto, true, false, false},
		{"h264", "yuv420p", "ac3", Never, true, false, true},
		{"h264", "yuv420p10le", "aac", Auto, false, true, false}, // High 10: no browser decodes it
		{"h264", "yuv444p", "aac", Never, false, true, true},
		{"mpeg4", "yuv420p", "mp3", Auto, false, true, false},
		{"mpeg4", "yuv420p", "mp3", Never, false, true, true},
		{"h264", "yuv420p", "aac", Always, false, false, false},
	} {
		info := Info{Video: Stream{Codec: c.video, Pixels: c.pixels}, Audio: Stream{Codec: c.audio}}
		p, err := Decide(info, c.mode)
		if p.CopyVideo != c.copyVideo || p.CopyAudio != c.copyAudio || errors.Is(err, ErrTranscode) != c.refused {
			t.Errorf("%s %s + %q, %s: copy %v %v, %v; want %v %v, refused: %v", c.video, c.pixels, c.audio, c.mode,
				p.CopyVideo, p.CopyAudio, err, c.copyVideo, c.copyAudio, c.refused)
		}
		if p.Transcodes() != (p.Why != "") {
			t.Errorf("%s %s + %q, %s: transcodes %v because %q", c.video, c.pixels, c.audio, c.mode, p.Transcodes(), p.Why)
		}
	}
}
