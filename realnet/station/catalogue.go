package station

import (
	"path/filepath"
	"slices"
	"sync"
	"time"

	"peerstreamer/realnet/catalog"
	"peerstreamer/realnet/diagnose"
)

// How old what is known of videos may be: a player asks for one many times a second, and to count its chunks costs 50 ns for
// each.
const (
	fresh       = time.Second
	missedFresh = 20 * time.Millisecond // when what is asked for is not there
)

// Videos returns the videos that this node has or has heard of, without their companions, by name.
func (s *Station) Videos() []catalog.Video { return catalog.Shown(slices.Clone(s.known.get(s, 0))) }

// Find returns the video of a name, or the companion. One that is not known has the master asked again. How much is here may
// be a second old.
func (s *Station) Find(name string) (catalog.Video, bool) {
	if v, ok := catalog.Find(s.known.get(s, fresh), name); ok {
		return v, true
	}
	if v, ok := catalog.Find(s.known.get(s, missedFresh), name); ok {
		return v, true
	}
	s.heard.Missed()
	return catalog.Video{}, false
}

// Settled reports whether a video that Find does not find does not exist: false until a node with a master has heard of some.
func (s *Station) Settled() bool { return s.heard.Settled() }

// known is all that there is to be known of videos, as it was a moment ago.
type known struct {
	mu   sync.Mutex
	at   time.Time
	list []catalog.Video // replaced, never changed
}

// get returns what is known, not older than that.
func (k *known) get(s *Station, age time.Duration) []catalog.Video {
	k.mu.Lock()
	defer k.mu.Unlock()
	if now := time.Now(); k.at.IsZero() || now.Sub(k.at) > age {
		k.list, k.at = catalog.Merge(s.Node.Holdings(), s.heard.List()), now
	}
	return k.list
}

// hearOf returns what is to ask this node's masters.
func (s *Station) hearOf(cfg Config) *catalog.Heard {
	c := catalog.Config{Who: diagnose.Asker{Name: cfg.Node.Name, Keys: cfg.Node.Keys}, Log: s.log}
	for _, addr := range []string{cfg.Node.Master, cfg.Node.Supermaster} {
		if addr != "" {
			c.Ask = append(c.Ask, addr)
		}
	}
	if cfg.Chunks != "" {
		c.File = filepath.Join(cfg.Chunks, heardFile)
	}
	return catalog.New(c)
}
