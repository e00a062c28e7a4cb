package wire

import (
	"fmt"
	"net/netip"

	"github.com/anacrolix/torrent/bencode"

	"peerstreamer/core"
)

// MaxAbout bounds the videos in an about.
const MaxAbout = 128

// Reach says what came of FlagDialBack.
type Reach uint8

const (
	ReachUntried Reach = iota // it was not asked for, or not now, or Addr is not where the dialler is seen
	ReachYes
	ReachNo
)

// About is what a node tells who came to look.
type About struct {
	Seen   netip.AddrPort // where the node sees the dialler
	Reach  Reach
	Videos []Holding // at most MaxAbout
	More   uint32    // videos that are not listed
}

// Holding is what a node has of a video.
type Holding struct {
	Name          string
	Chunks, Whole uint32 // of the video, and how many of them are whole here
}

type aboutDict struct {
	More   uint32        `bencode:"more"`
	Reach  uint8         `bencode:"reach"`
	Seen   string        `bencode:"seen"`
	Videos []holdingDict `bencode:"videos"`
}

type holdingDict struct {
	Chunks uint32 `bencode:"chunks"`
	Name   string `bencode:"name"`
	Whole  uint32 `bencode:"whole"`
}

// AppendAbout appends an about frame. Videos beyond MaxAbout are counted only, longer names are cut.
func AppendAbout(b []byte, a About) []byte {
	d := aboutDict{More: a.More, Reach: uint8(a.Reach), Seen: a.Seen.String(), Videos: []holdingDict{}}
	for i, v := range a.Videos {
		if i == MaxAbout {
			d.More += uint32(len(a.Videos) - i)
			break
		}
		d.Videos = append(d.Videos, holdingDict{v.Chunks, v.Name[:min(len(v.Name), core.MaxName)], v.Whole})
	}
	body := bencode.MustMarshal(d)
	return append(appendHeader(b, TypeAbout, len(body)), body...)
}

// ParseAbout reads an about frame's body.
func ParseAbout(body []byte) (About, error) {
	var d aboutDict
	if err := bencode.Unmarshal(body, &d); err != nil {
		return About{}, fmt.Errorf("about: %w", err)
	}
	if len(d.Videos) > MaxAbout {
		return About{}, fmt.Errorf("about: %d videos: want at most %d", len(d.Videos), MaxAbout)
	}
	seen, err := netip.ParseAddrPort(d.Seen)
	if err != nil {
		return About{}, fmt.Errorf("about: address %.64q: want ip:port", d.Seen)
	}
	a := About{Seen: seen, Reach: Reach(d.Reach), More: d.More}
	for _, v := range d.Videos {
		if len(v.Name) > core.MaxName || v.Whole > v.Chunks || v.Chunks > core.MaxChunks {
			return About{}, fmt.Errorf("about: video %.64q with %d of %d chunks makes no sense", v.Name, v.Whole, v.Chunks)
		}
		a.Videos = append(a.Videos, Holding{v.Name, v.Chunks, v.Whole})
	}
	return a, nil
}
