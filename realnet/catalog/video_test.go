package catalog

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"peerstreamer/core"
	"peerstreamer/realnet/wire"
)

func TestMerge(t *testing.T) {
	movie := wire.Holding{Name: "movie", Type: "video/mp4", Length: 3 << 20, Duration: 60 * core.Second, Chunks: 3}
	whole := movie
	whole.Whole = 3
	part := func(name string) wire.Holding { return wire.Holding{Name: name, Chunks: 1} }
	here := func(h wire.Holding, n uint32) Video {
		return Video{Name: h.Name, Type: h.Type, Length: h.Length, Duration: h.Duration, Chunks: h.Chunks, Here: n}
	}
	withParts := here(movie, 0)
	withParts.Poster, withParts.HLS, withParts.Subtitles = true, true, []string{"de", "en"}
	for _, c := range []struct {
		name        string
		here, heard []wire.Holding
		want        []Video // without companions
	}{
		{name: "nothing"},
		{name: "here", here: []wire.Holding{whole}, want: []Video{here(movie, 3)}},
		{"elsewhere: what others hold is not here", nil, []wire.Holding{whole}, []Video{here(movie, 0)}},
		{"both, once", []wire.Holding{whole}, []wire.Holding{movie}, []Video{here(movie, 3)}},
		{"a later video of the name has some here", []wire.Holding{movie, whole}, nil, []Video{here(movie, 3)}},
		{"companions from both sides", []wire.Holding{part("movie~en.vtt"), movie, part("movie~index.m3u8")},
			[]wire.Holding{part("movie~poster.jpg"), part("movie~de.vtt"), part("movie~else")}, []Video{withParts}},
		{"a companion of nothing", []wire.Holding{part("lost~poster.jpg")}, nil, nil},
		{"by name", []wire.Holding{part("b")}, []wire.Holding{part("c"), part("a")},
			[]Video{{Name: "a", Chunks: 1}, {Name: "b", Chunks: 1}, {Name: "c", Chunks: 1}}},
	} {
		all := Merge(c.here, c.heard)
		for _, v := range all {
			if got, ok := Find(all, v.Name); !ok || !cmp.Equal(got, v) {
				t.Errorf("%s: Find(%q) = %+v, %v", c.name, v.Name, got, ok)
			}
		}
		if _, ok := Find(all, "movi"); ok {
			t.Errorf("%s: found what is not there", c.name)
		}
		if diff := cmp.Diff(c.want, Shown(all), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}
