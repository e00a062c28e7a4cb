package charts

import (
	"testing"

	"codeberg.org/go-fonts/liberation/liberationsansregular"
	"github.com/google/go-cmp/cmp"
	"golang.org/x/image/font"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
)

// Every character of the subset has the outline and the width that it has in the whole font.
func TestSubsetDrawsTheSame(t *testing.T) {
	small, err := subset(liberationsansregular.TTF)
	if err != nil {
		t.Fatal(err)
	}
	if len(small) > 32<<10 {
		t.Errorf("subset has %d bytes of %d", len(small), len(liberationsansregular.TTF))
	}
	if checksum(small) != 0xB1B0AFBA {
		t.Errorf("checksum of the file is %#x, the standard asks for 0xB1B0AFBA", checksum(small))
	}
	whole, err := sfnt.Parse(liberationsansregular.TTF)
	if err != nil {
		t.Fatal(err)
	}
	part, err := sfnt.Parse(small)
	if err != nil {
		t.Fatal(err)
	}
	type glyph struct {
		Outline sfnt.Segments
		Advance fixed.Int26_6
	}
	load := func(f *sfnt.Font, r rune) (g glyph) {
		var buf sfnt.Buffer
		i, err := f.GlyphIndex(&buf, r)
		if err != nil || i == 0 {
			t.Fatalf("%q is glyph %d, %v", r, i, err)
		}
		ppem := fixed.I(2048)
		if g.Outline, err = f.LoadGlyph(&buf, i, ppem, nil); err != nil {
			t.Fatalf("%q: %v", r, err)
		}
		if g.Advance, err = f.GlyphAdvance(&buf, i, ppem, font.HintingNone); err != nil {
			t.Fatalf("%q: %v", r, err)
		}
		g.Outline = append(sfnt.Segments(nil), g.Outline...)
		return g
	}
	for r := rune(firstRune); r <= lastRune; r++ {
		if diff := cmp.Diff(load(whole, r), load(part, r)); diff != "" {
			t.Fatalf("%q:\n%s", r, diff)
		}
	}
}

func TestSubsetRefusesWhatIsNoFont(t *testing.T) {
	for _, b := range [][]byte{nil, make([]byte, 12), []byte("\x00\x01\x00\x00 and nothing more, really")} {
		func() {
			defer func() {
				if r := recover(); r != nil {
					t.Errorf("subset(%q) panicked: %v", b, r)
				}
			}()
			if _, err := subset(b); err == nil {
				t.Errorf("subset(%q) gave no error", b)
			}
		}()
	}
}
