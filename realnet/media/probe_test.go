package media

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestParseProbe(t *testing.T) {
	info, err := parseProbe([]byte(`{"streams":[
		{"index":0,"codec_name":"mjpeg","codec_type":"video","disposition":{"attached_pic":1}},
		{"index":1,"codec_name":"h264","codec_type":"video","pix_fmt":"yuv420p","width":1280,"height":720,"disposition":{"default":1}},
		{"index":2,"codec_name":"ac3","codec_type":"audio","tags":{"language":"eng"}},
		{"index":3,"codec_name":"aac","codec_type":"audio","disposition":{"default":1},"tags":{"language":"ger"}},
		{"index":4,"codec_name":"subrip","codec_type":"subtitle","tags":{"language":"fre"}},
		{"index":5,"codec_name":"hdmv_pgs_subtitle","codec_type":"subtitle","tags":{"language":"ita"}},
		{"index":6,"codec_name":"ttf","codec_type":"attachment"}],
		"format":{"duration":"12.345000"}}`))
	if err != nil {
		t.Fatal(err)
	}
	want := Info{
		Duration:  12345 * time.Millisecond,
		Video:     Stream{Index: 1, Codec: "h264", Pixels: "yuv420p", Width: 1280, Height: 720, Default: true},
		Audio:     Stream{Index: 3, Codec: "aac", Language: "de", Default: true},
		Subtitles: []Stream{{Index: 4, Codec: "subrip", Language: "fr"}},
		Left:      []string{"a further audio track (ac3 en)", `subtitles "it": they are pictures (hdmv_pgs_subtitle)`},
	}
	if diff := cmp.Diff(want, info); diff != "" {
		t.Errorf("info (-want +got):\n%s", diff)
	}
	for name, answer := range map[string]string{
		"a song with a cover": `{"streams":[{"codec_name":"mp3","codec_type":"audio"},
			{"codec_name":"mjpeg","codec_type":"video","disposition":{"attached_pic":1}}]}`,
		"a picture": `{"streams":[{"codec_name":"png","codec_type":"video"}]}`,
		"nothing":   `{}`,
	} {
		if _, err := parseProbe([]byte(answer)); !errors.Is(err, ErrNoVideo) {
			t.Errorf("%s: %v, want ErrNoVideo", name, err)
		}
	}
}

func TestSeconds(t *testing.T) {
	for s, want := range map[string]time.Duration{"1.5": 1500 * time.Millisecond, "": 0, "N/A": 0, "-1": 0, "NaN": 0, "1e99": 0} {
		if got := seconds(s); got != want {
			t.Errorf("seconds(%q) = %v, want %v", s, got, want)
		}
	}
}
