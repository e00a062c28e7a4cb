package charts

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"sync"

	"codeberg.org/go-fonts/liberation/liberationsansregular"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/font/sfnt"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/text"
)

// The characters that charts can show. Anything else is drawn as the font's "missing" box.
const firstRune, lastRune = ' ', '~'

// handler lays out text with the embedded subset alone. The whole font is 400 KB in each SVG and takes the PDF writer
// a tenth of a second to parse; the subset is 20 KB.
var handler = sync.OnceValue(func() text.Handler {
	small, err := subset(liberationsansregular.TTF)
	if err == nil {
		var face *sfnt.Font
		if face, err = opentype.Parse(small); err == nil {
			return text.Plain{Fonts: font.NewCache(font.Collection{{Font: sans(0), Face: face}})}
		}
	}
	panic(fmt.Sprintf("charts: Liberation Sans: %v", err)) // The font is compiled in.
})

func sans(size font.Length) font.Font {
	return font.Font{Typeface: "Liberation", Variant: "Sans", Size: size}
}

// subset returns a TrueType font with only the glyphs from firstRune to lastRune and without hints. Only what readers of
// PDF and SVG need is kept. It fails on composite glyphs, of which plain letters have none.
func subset(ttf []byte) ([]byte, error) {
	in, err := tables(ttf)
	if err != nil {
		return nil, err
	}
	parsed, err := sfnt.Parse(ttf)
	if err != nil {
		return nil, err
	}
	glyphs := []sfnt.GlyphIndex{0}
	var buf sfnt.Buffer
	for r := rune(firstRune); r <= lastRune; r++ {
		g, err := parsed.GlyphIndex(&buf, r)
		if err != nil {
			return nil, fmt.Errorf("glyph %q: %w", r, err)
		}
		glyphs = append(glyphs, g)
	}
	var glyf, loca, hmtx []byte
	long := be16(in["head"], 50) == 1
	metrics := int(be16(in["hhea"], 34))
	for _, g := range glyphs {
		loca = binary.BigEndian.AppendUint32(loca, uint32(len(glyf)))
		data, err := unhinted(outline(in, int(g), long))
		if err != nil {
			return nil, fmt.Errorf("glyph %d: %w", g, err)
		}
		glyf = append(glyf, data...)
		for len(glyf)%4 != 0 {
			glyf = append(glyf, 0)
		}
		if int(g) >= metrics {
			return nil, fmt.Errorf("glyph %d has no width of its own", g)
		}
		hmtx = append(hmtx, in["hmtx"][4*g:4*g+4]...)
	}
	loca = binary.BigEndian.AppendUint32(loca, uint32(len(glyf)))

	out := map[string][]byte{"glyf": glyf, "loca": loca, "hmtx": hmtx, "cmap": cmap(), "OS/2": in["OS/2"], "name": in["name"]}
	out["head"] = patched(in["head"], 50, 1) // long offsets in loca
	out["hhea"] = patched(in["hhea"], 34, uint16(len(glyphs)))
	out["maxp"] = patched(in["maxp"], 4, uint16(len(glyphs)))
	out["post"] = bytes.Clone(in["post"][:32])
	binary.BigEndian.PutUint32(out["post"], 0x00030000) // version 3: no glyph names
	return assemble(out), nil
}

// tables splits a font file into its tables.
func tables(ttf []byte) (map[string][]byte, error) {
	if len(ttf) < 12 {
		return nil, errors.New("no font")
	}
	out := make(map[string][]byte)
	for i := range int(be16(ttf, 4)) {
		if len(ttf) < 28+16*i {
			return nil, errors.New("cut short")
		}
		e := ttf[12+16*i:]
		at, n := uint64(binary.BigEndian.Uint32(e[8:])), uint64(binary.BigEndian.Uint32(e[12:]))
		if at+n > uint64(len(ttf)) {
			return nil, fmt.Errorf("table %q is cut short", e[:4])
		}
		out[string(e[:4])] = ttf[at : at+n]
	}
	for _, name := range []string{"head", "hhea", "maxp", "hmtx", "glyf", "loca", "OS/2", "name", "post"} {
		if out[name] == nil {
			return nil, fmt.Errorf("no table %q", name)
		}
	}
	return out, nil
}

// outline returns a glyph's entry in glyf, empty for a glyph without ink.
func outline(in map[string][]byte, g int, long bool) []byte {
	if long {
		return in["glyf"][binary.BigEndian.Uint32(in["loca"][4*g:]):binary.BigEndian.Uint32(in["loca"][4*g+4:])]
	}
	return in["glyf"][2*int(be16(in["loca"], 2*g)) : 2*int(be16(in["loca"], 2*g+2))]
}

// unhinted returns a simple glyph without its instructions, which mean nothing without the tables they call.
func unhinted(glyph []byte) ([]byte, error) {
	if len(glyph) == 0 {
		return nil, nil
	}
	contours := int(int16(be16(glyph, 0)))
	if contours < 0 {
		return nil, errors.New("composite")
	}
	at := 10 + 2*contours
	skip := int(be16(glyph, at))
	out := bytes.Clone(glyph[:at+2])
	binary.BigEndian.PutUint16(out[at:], 0)
	return append(out, glyph[at+2+skip:]...), nil
}

// cmap maps firstRune..lastRune to glyphs 1, 2, ...: one segment of format 4, and the closing one.
func cmap() []byte {
	delta := uint16(1)
	delta -= firstRune
	var b []byte
	for _, x := range []uint16{
		0, 1, 3, 1, 0, 12, // version, one subtable: Windows, Unicode BMP, at 12
		4, 32, 0, // format, length, language
		4, 4, 1, 0, // two segments
		lastRune, 0xFFFF, 0, firstRune, 0xFFFF, // ends, pad, starts
		delta, 1, 0, 0, // deltas, offsets
	} {
		b = binary.BigEndian.AppendUint16(b, x)
	}
	return b
}

// assemble writes a font file of these tables.
func assemble(in map[string][]byte) []byte {
	names := []string{"OS/2", "cmap", "glyf", "head", "hhea", "hmtx", "loca", "maxp", "name", "post"} // sorted, as required
	out := []byte{0, 1, 0, 0}
	for _, x := range []int{len(names), 128, 3, 16*len(names) - 128} { // a search hint for 8 = 2^3 of the tables
		out = binary.BigEndian.AppendUint16(out, uint16(x))
	}
	clear(in["head"][8:12])
	at := len(out) + 16*len(names)
	var body []byte
	for _, name := range names {
		data := in[name]
		out = append(out, name...)
		out = binary.BigEndian.AppendUint32(out, checksum(data))
		out = binary.BigEndian.AppendUint32(out, uint32(at+len(body)))
		out = binary.BigEndian.AppendUint32(out, uint32(len(data)))
		body = append(body, data...)
		for len(body)%4 != 0 {
			body = append(body, 0)
		}
	}
	out = append(out, body...)
	for i := range names {
		e := out[12+16*i:]
		if string(e[:4]) == "head" {
			head := out[binary.BigEndian.Uint32(e[8:]):]
			binary.BigEndian.PutUint32(head[8:], 0xB1B0AFBA-checksum(out))
		}
	}
	return out
}

// checksum is the sum of big-endian words, the last padded with zeros.
func checksum(b []byte) (sum uint32) {
	for len(b) > 0 {
		var word [4]byte
		b = b[copy(word[:], b):]
		sum += binary.BigEndian.Uint32(word[:])
	}
	return sum
}

func be16(b []byte, at int) uint16 { return binary.BigEndian.Uint16(b[at:]) }

func patched(b []byte, at int, x uint16) []byte {
	out := bytes.Clone(b)
	binary.BigEndian.PutUint16(out[at:], x)
	return out
}
