package wire

import (
	"math"
	"net/netip"
	"strings"
	"testing"

	"github.com/anacrolix/torrent/bencode"
	"github.com/google/go-cmp/cmp"
)

func TestAboutRoundTrip(t *testing.T) {
	a := About{Seen: netip.MustParseAddrPort("192.0.2.7:9101"), Reach: ReachNo, More: 3}
	for range MaxAbout + 2 {
		a.Videos = append(a.Videos, Holding{strings.Repeat("n", 255), 1 << 24, 1 << 23,
			strings.Repeat("t", 127), math.MaxInt64, math.MaxInt64})
	}
	b := AppendAbout(nil, a)
	h, err := ParseHeader(b)
	if err != nil || h.Type != TypeAbout || h.Len != len(b)-HeaderSize {
		t.Fatalf("header %+v, %v: the longest about must fit into a frame", h, err)
	}
	got, err := ParseAbout(b[HeaderSize:])
	if err != nil {
		t.Fatal(err)
	}
	want := a
	want.Videos, want.More = a.Videos[:MaxAbout], 3+2
	if diff := cmp.Diff(want, got, cmp.Comparer(func(x, y netip.AddrPort) bool { return x == y })); diff != "" {
		t.Errorf("about (-want +got):\n%s", diff)
	}
}

func TestAboutMakesSense(t *testing.T) {
	video := func(h holdingDict) aboutDict { return aboutDict{Seen: "192.0.2.7:1", Videos: []holdingDict{h}} }
	for name, d := range map[string]aboutDict{
		"more than all chunks": video(holdingDict{Chunks: 1, Whole: 2}),
		"too many chunks":      video(holdingDict{Chunks: 1<<24 + 1}),
		"a long name":          video(holdingDict{Name: strings.Repeat("n", 256)}),
		"a long type":          video(holdingDict{Type: strings.Repeat("t", 128)}),
		"a length below 0":     video(holdingDict{Length: -1}),
		"a duration below 0":   video(holdingDict{Duration: -1}),
		"no address":           {Seen: "nowhere"},
		"too many videos":      {Seen: "192.0.2.7:1", Videos: make([]holdingDict, MaxAbout+1)},
	} {
		if a, err := ParseAbout(bencode.MustMarshal(d)); err == nil {
			t.Errorf("%s: got %+v, want an error", name, a)
		}
	}
	if _, err := ParseAbout([]byte("d3:")); err == nil {
		t.Error("half a dictionary is an about")
	}
}

func FuzzAbout(f *testing.F) {
	b := AppendAbout(nil, About{Seen: netip.MustParseAddrPort("[2001:db8::1]:80"), Videos: []Holding{{"movie", 9, 3, "video/mp4", 8 << 20, 60e9}, {Name: "older"}}})
	f.Add(b[HeaderSize:])
	f.Fuzz(func(t *testing.T, body []byte) {
		a, err := ParseAbout(body)
		if err != nil {
			return
		}
		again, err := ParseAbout(AppendAbout(nil, a)[HeaderSize:])
		if err != nil || !cmp.Equal(a, again, cmp.Comparer(func(x, y netip.AddrPort) bool { return x == y })) {
			t.Errorf("%+v became %+v, %v", a, again, err)
		}
	})
}
