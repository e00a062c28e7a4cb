package media

import (
	"strings"
	"testing"

	"peerstreamer/realnet/manifest"
)

func TestParse(t *testing.T) {
	for _, c := range []struct {
		name, video, part string
		ok                bool
	}{
		{"movie~poster.jpg", "movie", "poster.jpg", true},
		{"a~b~en.vtt", "a~b", "en.vtt", true},
		{Companion("movie", SubtitlePart("pt-BR")), "movie", "pt-BR.vtt", true},
		{"movie", "", "", false},
		{"movie~", "", "", false},
		{"~poster.jpg", "", "", false},
		{"~", "", "", false},
		{"", "", "", false},
	} {
		if video, part, ok := Parse(c.name); video != c.video || part != c.part || ok != c.ok {
			t.Errorf("Parse(%q) = %q, %q, %v; want %q, %q, %v", c.name, video, part, ok, c.video, c.part, c.ok)
		}
	}
}

func TestLanguage(t *testing.T) {
	for part, want := range map[string]string{"en.vtt": "en", "pt-BR.vtt": "pt-BR", ".vtt": "", "poster.jpg": ""} {
		if got, ok := Language(part); ok != (want != "") || ok && got != want {
			t.Errorf("Language(%q) = %q, %v; want %q", part, got, ok, want)
		}
	}
}

// TestRoomForCompanions: the longest name that is taken has room for the longest part.
func TestRoomForCompanions(t *testing.T) {
	long := strings.Repeat("n", MaxName)
	if err := CheckVideoName(long); err != nil {
		t.Error(err)
	}
	if err := manifest.CheckName(Companion(long, SubtitlePart(strings.Repeat("x", 35)))); err != nil {
		t.Error(err)
	}
	for _, name := range []string{long + "n", "a~b", "", ".hidden", "a/b"} {
		if CheckVideoName(name) == nil {
			t.Errorf("%.20q is taken for a video's name", name)
		}
	}
}
