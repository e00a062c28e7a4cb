package catalog

import (
	"slices"
	"strings"

	"peerstreamer/core"
	"peerstreamer/realnet/media"
	"peerstreamer/realnet/wire"
)

// Video is what a node can tell of a video of the swarm.
type Video struct {
	Name     string     `json:"name"`
	Type     string     `json:"type"`                  // media type; "" if nobody has told
	Length   core.Bytes `json:"length_bytes"`          // 0: unknown
	Duration core.Time  `json:"duration_ns,omitempty"` // 0: unknown
	Chunks   uint32     `json:"chunks"`                // that it has, 0: unknown; and how many ...
	Here     uint32     `json:"chunks_here"`           // ... are whole on this node

	// What belongs to it and is there somewhere in the swarm, see package media.
	Poster    bool     `json:"poster,omitempty"`
	HLS       bool     `json:"hls,omitempty"`
	Subtitles []string `json:"subtitles,omitempty"` // language tags, sorted
}

// Whole reports whether all of the video is here.
func (v Video) Whole() bool { return v.Chunks > 0 && v.Here == v.Chunks }

// fromHolding returns what a holding tells of a video that is here, or else of one that is elsewhere.
func fromHolding(h wire.Holding, here bool) Video {
	v := Video{Name: h.Name, Type: h.Type, Length: h.Length, Duration: h.Duration, Chunks: h.Chunks}
	if here {
		v.Here = h.Whole
	}
	return v
}

// Merge returns one Video for each name in here, what this node has, and heard, what others have told. Of a name that is in
// both, what is here counts. Companions are among them, with what they are companions of. Sorted by name.
func Merge(here, heard []wire.Holding) []Video {
	all := make([]Video, 0, len(here)+len(heard))
	byName := make(map[string]int, cap(all))
	add := func(v Video) {
		if at, ok := byName[v.Name]; !ok {
			byName[v.Name] = len(all)
			all = append(all, v)
		} else if all[at].Here == 0 && v.Here > 0 {
			all[at] = v // an earlier and a later video of one name, or a manifest alone
		}
	}
	for _, h := range here {
		add(fromHolding(h, true))
	}
	for _, h := range heard {
		add(fromHolding(h, false))
	}
	for _, v := range all {
		video, part, ok := media.Parse(v.Name)
		if !ok {
			continue
		}
		at, ok := byName[video]
		if !ok {
			continue
		}
		of := &all[at]
		switch lang, subtitles := media.Language(part); {
		case part == media.PosterPart:
			of.Poster = true
		case part == media.PlaylistPart:
			of.HLS = true
		case subtitles:
			of.Subtitles = append(of.Subtitles, lang)
		}
	}
	for i := range all {
		slices.Sort(all[i].Subtitles)
	}
	slices.SortFunc(all, func(a, b Video) int { return strings.Compare(a.Name, b.Name) })
	return all
}

// Shown returns those that people see, without companions. It takes them out of all in place.
func Shown(all []Video) []Video {
	return slices.DeleteFunc(all, func(v Video) bool {
		_, _, companion := media.Parse(v.Name)
		return companion
	})
}

// Find returns the one of a name in a sorted list.
func Find(all []Video, name string) (Video, bool) {
	at, ok := slices.BinarySearchFunc(all, name, func(v Video, name string) int { return strings.Compare(v.Name, name) })
	if !ok {
		return Video{}, false
	}
	return all[at], true
}
