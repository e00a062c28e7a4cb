package wire

import (
	"fmt"
	"net/netip"

	"github.com/anacrolix/torrent/bencode"

	"peerstreamer/core"
	"peerstreamer/realnet/manifest"
)

// Bounds on what a node tells of its videos: how many there are in an about, and how many abouts follow each other.
const (
	MaxAbout  = 128
	MaxAbouts = 64
)

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
	More   uint32    // videos that are listed neither here nor in an earlier about: in later ones, or in none
}

// Holding is what a node has of a video, or has heard of it.
type Holding struct {
	Name          string
	Chunks, Whole uint32     // of the video, and how many of them are whole here
	Type          string     // media type; "": not told
	Length        core.Bytes // 0: not told
	Duration      core.Time  // 0: unknown
}

type aboutDict struct {
	More   uint32        `bencode:"more"`
	Reach  uint8         `bencode:"reach"`
	Seen   string        `bencode:"seen"`
	Videos []holdingDict `bencode:"videos"`
}

type holdingDict struct {
	Chunks   uint32 `bencode:"chunks"`
	Duration int64  `bencode:"duration,omitempty"`
	Length   int64  `bencode:"length,omitempty"`
	Name     string `bencode:"name"`
	Type     string `bencode:"type,omitempty"`
	Whole    uint32 `bencode:"whole"`
}

// AppendAbout appends an about frame. Videos beyond MaxAbout are counted only, longer names and types are cut.
func AppendAbout(b []byte, a About) []byte {
	d := aboutDict{More: a.More, Reach: uint8(a.Reach), Seen: a.Seen.String(), Videos: []holdingDict{}}
	for i, v := range a.Videos {
		if i == MaxAbout {
			d.More += uint32(len(a.Videos) - i)
			break
		}
		d.Videos = append(d.Videos, holdingDict{v.Chunks, int64(v.Duration), int64(v.Length),
			v.Name[:min(len(v.Name), core.MaxName)], v.Type[:min(len(v.Type), manifest.MaxMediaType)], v.Whole})
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
		if len(v.Name) > core.MaxName || v.Whole > v.Chunks || v.Chunks > core.MaxChunks ||
			v.Length < 0 || v.Duration < 0 || len(v.Type) > manifest.MaxMediaType {
			return About{}, fmt.Errorf("about: video %.64q with %d of %d chunks, %d bytes, %d ns, type %.64q makes no sense",
				v.Name, v.Whole, v.Chunks, v.Length, v.Duration, v.Type)
		}
		a.Videos = append(a.Videos, Holding{v.Name, v.Chunks, v.Whole, v.Type, core.Bytes(v.Length), core.Time(v.Duration)})
	}
	return a, nil
}
