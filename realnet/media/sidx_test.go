package media

import (
	"bytes"
	"encoding/binary"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// box returns a box with that content.
func box(kind string, content ...byte) []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(8+len(content)))
	return append(append(b, kind...), content...)
}

// words returns 32-bit numbers as bytes.
func words(n ...uint32) (b []byte) {
	for _, x := range n {
		b = binary.BigEndian.AppendUint32(b, x)
	}
	return b
}

// indexed is a file with an index of two fragments: 100 bytes of 4 s and 50 of 1.5 s, behind 8 bytes of something else.
func indexed(scale uint32, sizes ...uint32) []byte {
	head := append(box("ftyp", 1, 2, 3, 4), box("moov")...)
	refs := words(0, 1, scale, 0, 8, uint32(len(sizes)))
	for i, n := range sizes {
		refs = append(refs, words(n, [2]uint32{4 * scale, scale + scale/2}[i%2], 1<<31)...)
	}
	file := append(head, box("sidx", refs...)...)
	file = append(file, box("free")...)
	for _, n := range sizes {
		file = append(file, make([]byte, n&^(1<<31))...)
	}
	return file
}

func TestReadIndex(t *testing.T) {
	file := indexed(1000, 100, 50)
	x, err := ReadIndex(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	want := Index{Header: 20, First: int64(len(file) - 150), Fragments: []Fragment{{100, 4 * time.Second}, {50, 1500 * time.Millisecond}}}
	if diff := cmp.Diff(want, x); diff != "" {
		t.Errorf("index (-want +got):\n%s", diff)
	}
	if got := x.Duration(); got != 5500*time.Millisecond {
		t.Errorf("plays %v", got)
	}
	const playlist = `#EXTM3U
#EXT-X-VERSION:7
#EXT-X-TARGETDURATION:4
#EXT-X-PLAYLIST-TYPE:VOD
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-MAP:URI="./a:b%20c",BYTERANGE="20@0"
#EXTINF:4.000000,
#EXT-X-BYTERANGE:100@84
./a:b%20c
#EXTINF:1.500000,
#EXT-X-BYTERANGE:50@184
./a:b%20c
#EXT-X-ENDLIST
`
	if diff := cmp.Diff(playlist, x.Playlist("a:b c")); diff != "" {
		t.Errorf("playlist (-want +got):\n%s", diff)
	}
}

func TestReadIndexRefuses(t *testing.T) {
	short := indexed(1000, 100, 50)
	for name, file := range map[string][]byte{
		"nothing":                  {},
		"no index":                 append(box("ftyp"), box("moov")...),
		"no scale":                 indexed(0, 100),
		"no fragments":             indexed(1000),
		"an index of indexes":      indexed(1000, 100|1<<31),
		"cut short":                short[:len(short)-1],
		"longer than it says":      append(bytes.Clone(short), 0),
		"cut in the index":         short[:50],
		"a box of 7 bytes":         append(words(7), "ftyp"...),
		"an index without content": box("sidx"),
	} {
		if x, err := ReadIndex(bytes.NewReader(file), int64(len(file))); err == nil {
			t.Errorf("%s: got %+v, want an error", name, x)
		}
	}
}

func FuzzReadIndex(f *testing.F) {
	f.Add(indexed(1000, 100, 50))
	f.Add(indexed(90000, 1))
	f.Fuzz(func(t *testing.T, file []byte) {
		x, err := ReadIndex(bytes.NewReader(file), int64(len(file)))
		if err == nil && (x.Header < 0 || x.First < x.Header || x.First > int64(len(file)) || len(x.Fragments)*12 > len(file)) {
			t.Errorf("%+v of a file of %d bytes", x, len(file))
		}
	})
}
