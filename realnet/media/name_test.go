package media

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestNameOf(t *testing.T) {
	for path, want := range map[string]string{
		"/home/ann/My Holiday.mkv": "My Holiday",
		"dir.d/Größe.MP4":          "Größe",
		"a.b.c.mkv":                "a.b.c",
		"noending":                 "noending",
		"a~b.mkv":                  "a-b",
		"tab\there.mkv":            "tab-here",
		"bad\xffbyte.mkv":          "bad-byte",
		" ..x.. .mkv":              "x",
		".mkv":                     "",
		"...mkv":                   "",
		"back\\slash.mkv":          "back-slash",
	} {
		if got := NameOf(path); got != want {
			t.Errorf("NameOf(%q) = %q, want %q", path, got, want)
		}
	}
}

// TestNamesAreNames: whatever a file is called, its video has a name that is allowed, or none.
func TestNamesAreNames(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		path := rapid.OneOf(rapid.String(), rapid.StringMatching(`[~./ äx]{0,300}`),
			rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) })).Draw(t, "path")
		if name := NameOf(path); name != "" && CheckVideoName(name) != nil {
			t.Fatalf("NameOf(%q) = %q: %v", path, name, CheckVideoName(name))
		}
	})
	if got := NameOf(strings.Repeat("ä", 300) + ".mkv"); len(got) != MaxName/2*2 {
		t.Errorf("a long name keeps %d bytes of at most %d", len(got), MaxName)
	}
}

func TestLanguageTag(t *testing.T) {
	for said, want := range map[string]string{
		"eng": "en", "ger": "de", "deu": "de", "en": "en", "pt-BR": "pt-BR", "PT_br": "pt-br", "und": "", "": "", "e": "",
		"english": "", "gsw": "gsw", "../x": "", "en-": "en", "en-a/b": "", "zh-Hant-TW": "zh-Hant-TW",
		"en-" + strings.Repeat("abcdefgh-", 5) + "x": "",
	} {
		if got := languageTag(said); got != want {
			t.Errorf("languageTag(%q) = %q, want %q", said, got, want)
		}
	}
}
