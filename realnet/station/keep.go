package station

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.uber.org/zap"

	"peerstreamer/core"
	"peerstreamer/realnet/control"
	"peerstreamer/realnet/ingest"
	"peerstreamer/realnet/manifest"
	"peerstreamer/realnet/media"
)

// repinEvery is how often manifests that have come are compared with the names that are pinned.
const repinEvery = 5 * time.Second

var _ control.Node = (*Station)(nil)

// List returns what this node has, companions included, and what it is to fetch.
func (s *Station) List() (list []control.Video) {
	listed := map[string]bool{}
	for _, h := range s.Node.Holdings() {
		v := control.Video{Name: h.Name, Type: h.Type, Length: h.Length, Duration: h.Duration, Chunks: h.Chunks, Here: h.Whole,
			Prefetch: s.prefetches.state(h.Name)}
		if s.Library != nil {
			_, v.Owned = s.Library.Find(h.Name)
		}
		if s.pins != nil {
			v.Pinned = !v.Owned && s.pins.Has(h.Name)
		}
		if !v.Owned {
			v.Quota = s.quota(h.Name)
		}
		list = append(list, v)
		listed[v.Name] = true
	}
	for _, name := range s.prefetches.names() {
		if !listed[name] {
			v, _ := s.Find(name) // one that nobody has heard of is listed too: that is why it does not go on
			list = append(list, control.Video{Name: name, Type: v.Type, Length: v.Length, Duration: v.Duration, Chunks: v.Chunks,
				Quota: s.quota(name), Prefetch: s.prefetches.state(name)})
		}
	}
	return list
}

// Pin has the node keep a video and its companions whatever else comes, also in its next life, or ends that. It does not fetch
// it. The error says so if it is not known, or if what is pinned would not fit into the store.
func (s *Station) Pin(ctx context.Context, name string, pin bool) error {
	if err := media.CheckVideoName(name); err != nil {
		return err
	}
	if s.pins == nil {
		return errors.New("this node has no chunk directory, so it evicts nothing")
	}
	if !pin {
		if !s.pins.Has(name) {
			return fmt.Errorf("%q is not pinned", name)
		}
		if err := s.pins.Set(name, false); err != nil {
			return err
		}
		s.eachHere(name, func(m *manifest.Manifest) { s.Node.Pin(m.ID(), false) })
		return nil
	}
	v, ok := s.Find(name)
	if !ok {
		return fmt.Errorf("there is no video %q in the swarm, as far as this node has heard", name)
	}
	if err := s.within("pin", v); err != nil {
		return err
	}
	if err := s.fits(name); err != nil {
		return err
	}
	// The manifest is asked for if it is not here: a pin that nothing here belongs to would be forgotten.
	x, err := s.Desk.Open(ctx, name)
	if err != nil {
		return err
	}
	x.Close()
	if err := s.pins.Set(name, true); err != nil {
		return err
	}
	s.repin()
	return nil
}

// fits returns an error if a video cannot be pinned beside what is.
func (s *Station) fits(name string) error {
	var bytes core.Bytes
	var chunks uint32
	for _, v := range s.known.get(s, 0) {
		if s.pins.Has(v.Name) || control.Belongs(v.Name, name) {
			bytes += v.Length
			chunks += v.Chunks
		}
	}
	var most core.Limits
	s.Node.Do(func(net core.Network, _ core.NodeID) { most = net.Limits() })
	switch {
	case most.StoreBytes > 0 && bytes > most.StoreBytes:
		return fmt.Errorf("pin %q: all that is pinned would have %v, the store has room for %v: unpin others, or give -store-size more",
			name, bytes, most.StoreBytes)
	case most.StoreChunks > 0 && chunks > uint32(most.StoreChunks):
		return fmt.Errorf("pin %q: all that is pinned would have %d chunks, the store has room for %d: unpin others, or give -store-chunks more",
			name, chunks, most.StoreChunks)
	}
	return nil
}

// eachHere calls f for the manifests in the store of a video and its companions.
func (s *Station) eachHere(name string, f func(*manifest.Manifest)) {
	if s.Store == nil {
		return
	}
	for _, m := range s.Store.Manifests() {
		if control.Belongs(m.Name(), name) {
			f(m)
		}
	}
}

// repin pins all that is here of what is pinned by name: a later video of the name, and companions that came later, too.
func (s *Station) repin() {
	for _, m := range s.Store.Manifests() {
		if s.pins.Has(m.Name()) {
			s.Node.Pin(m.ID(), true)
		}
	}
}

// keepPinned repins now and then, until ctx ends.
func (s *Station) keepPinned(ctx context.Context) {
	s.repin()
	tick := time.NewTicker(repinEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			s.repin()
		}
	}
}

// Remove takes a video and its companions out of a source's database, for the whole swarm, or else out of this node's store,
// and ends their prefetch.
func (s *Station) Remove(_ context.Context, name string) error {
	if err := media.CheckVideoName(name); err != nil {
		return err
	}
	if s.Library != nil {
		if _, ok := s.Library.Find(name); ok {
			if _, err := ingest.Remove(s.Library.Dir(), name); err != nil {
				return err
			}
			return s.Rescan()
		}
	}
	found := false
	if s.pins != nil && s.pins.Has(name) {
		found = true
		if err := s.pins.Set(name, false); err != nil {
			return err
		}
	}
	ended, err := s.prefetches.drop(name)
	if err != nil {
		return err
	}
	found = found || ended
	s.eachHere(name, func(m *manifest.Manifest) { found = s.Node.Evict(m.ID()) || found })
	if !found {
		return fmt.Errorf("there is no video %q here", name)
	}
	return nil
}

// listenForOwner opens the control socket in the node's directory. A node that cannot have one runs all the same.
func (s *Station) listenForOwner(cfg Config) {
	dir := cfg.Chunks
	if dir == "" {
		dir = cfg.Videos
	}
	if dir == "" {
		return
	}
	c, err := control.Listen(dir, s, s.log)
	if err != nil {
		s.log.Warn("psnode list, pin and prefetch cannot reach this node while it runs", zap.Error(err))
		return
	}
	s.closers = append(s.closers, c.Close)
}
