package media

import (
	"errors"
	"fmt"
	"strings"
)

// Mode says whether a video may be transcoded, which costs much time and some quality.
type Mode string

const (
	Never  Mode = "never"  // only what browsers play as it is
	Auto   Mode = "auto"   // what they do not
	Always Mode = "always" // all of it
)

// ParseMode reads a Mode.
func ParseMode(s string) (Mode, error) {
	switch m := Mode(s); m {
	case Never, Auto, Always:
		return m, nil
	}
	return "", fmt.Errorf("%q: want never, auto or always", s)
}

// ErrTranscode is wrapped by the error of Decide for a video that would have to be transcoded and may not be.
var ErrTranscode = errors.New("it would have to be transcoded")

// Plan is what is to be done with a file.
type Plan struct {
	Info      Info
	CopyVideo bool // as it is; else it becomes H.264
	CopyAudio bool // as it is; else it becomes AAC
	Why       string
}

// Transcodes reports whether something is.
func (p Plan) Transcodes() bool { return !p.CopyVideo || p.Info.Audio.Codec != "" && !p.CopyAudio }

// copied are the codecs that browsers play in MP4, and of video, with 8 bits and a quarter of the colour in most of them.
var (
	copiedVideo = map[string][]string{
		"h264": {"yuv420p", "yuvj420p"},
		"hevc": {"yuv420p", "yuvj420p", "yuv420p10le"},
		"av1":  {"yuv420p", "yuv420p10le"},
		"vp9":  {"yuv420p"},
	}
	copiedAudio = map[string]bool{"aac": true, "opus": true, "mp3": true}
)

// Decide plans what to do with a file. The error wraps ErrTranscode.
func Decide(info Info, mode Mode) (Plan, error) {
	p := Plan{Info: info, CopyAudio: copiedAudio[info.Audio.Codec]}
	formats, known := copiedVideo[info.Video.Codec]
	for _, f := range formats {
		p.CopyVideo = p.CopyVideo || f == info.Video.Pixels
	}
	var why []string
	switch {
	case p.CopyVideo:
	case known:
		why = append(why, fmt.Sprintf("%s video with pixels of %s is not what browsers play", info.Video.Codec, info.Video.Pixels))
	default:
		why = append(why, fmt.Sprintf("%s video is not what browsers play in MP4", info.Video.Codec))
	}
	if info.Audio.Codec != "" && !p.CopyAudio {
		why = append(why, fmt.Sprintf("%s audio is not what browsers play in MP4", info.Audio.Codec))
	}
	if mode == Always {
		p.CopyVideo, p.CopyAudio, why = false, false, []string{"that is what was asked for"}
	}
	p.Why = strings.Join(why, ", ")
	if mode == Never && p.Transcodes() {
		return p, fmt.Errorf("%s: %w: %s", info.Path, ErrTranscode, p.Why)
	}
	return p, nil
}

// String says what will be done, for people.
func (p Plan) String() string {
	kept := func(copied bool, codec, becomes string) string {
		if copied {
			return codec + " as it is"
		}
		return codec + " becomes " + becomes
	}
	s := fmt.Sprintf("%s %dx%d", kept(p.CopyVideo, p.Info.Video.Codec, "h264"), p.Info.Video.Width, p.Info.Video.Height)
	if p.Info.Audio.Codec != "" {
		s += ", " + kept(p.CopyAudio, p.Info.Audio.Codec, "aac")
	}
	return s
}
