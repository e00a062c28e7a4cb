package demo

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"time"

	"go.uber.org/zap"

	"peerstreamer/core"
	"peerstreamer/realnet"
	"peerstreamer/realnet/manifest"
	"peerstreamer/realnet/station"
)

// farewell is how long nodes may take to end.
const farewell = 2 * time.Second

const anyPort = "127.0.0.1:0"

// member is one node of the swarm.
type member struct {
	name   string
	site   string // "a", "b"; "" for the source
	master *member
	leaf   bool

	// Where the node and its pages are, host:port, for all of the demo's life; port 0 before the first start.
	listen, http string

	mu      sync.Mutex
	station *station.Station // nil while it is down
}

// now returns the member's station, nil while it is down.
func (m *member) now() *station.Station {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.station
}

// swarm is a source, its sites and their boxes, in a directory of their own.
type swarm struct {
	dir     string
	video   *manifest.Manifest
	line    core.Rate // of each site; 0: not limited
	web     bool      // each node has pages
	log     *zap.Logger
	members []*member // the source first, each master before its boxes
}

// form returns a swarm of which nothing runs.
func form(dir string, video *manifest.Manifest, log *zap.Logger) *swarm {
	s := &swarm{dir: dir, video: video, log: log}
	add := func(m *member) *member {
		m.listen, m.http = anyPort, anyPort
		s.members = append(s.members, m)
		return m
	}
	source := add(&member{name: "source"})
	for i := range sites {
		site := string(rune('a' + i))
		master := add(&member{name: "site-" + site, site: site, master: source})
		for j := range boxes {
			add(&member{name: fmt.Sprintf("%s%d", site, j+1), site: site, master: master, leaf: true})
		}
	}
	return s
}

func (s *swarm) leaves() (l []*member) {
	for _, m := range s.members {
		if m.leaf {
			l = append(l, m)
		}
	}
	return l
}

// find returns the member of a name, or nil.
func (s *swarm) find(name string) *member {
	for _, m := range s.members {
		if m.name == name {
			return m
		}
	}
	return nil
}

// start starts all nodes that are down, masters first. The caches are in a folder for each round.
func (s *swarm) start(round int) error {
	for _, m := range s.members {
		if err := s.startOne(m, round); err != nil {
			return fmt.Errorf("start %s: %w", m.name, err)
		}
	}
	return nil
}

// database is where the source's video is.
func (s *swarm) database() string { return filepath.Join(s.dir, "videos") }

// chunks is where a node keeps what it has seen in a round.
func (s *swarm) chunks(m *member, round int) string {
	return filepath.Join(s.dir, fmt.Sprintf("%s.%d", m.name, round))
}

func (s *swarm) startOne(m *member, round int) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.station != nil {
		return nil
	}
	cfg := station.Config{Node: realnet.Config{Name: m.name, Listen: m.listen}, Log: s.log}
	if s.web {
		cfg.HTTP = m.http
	}
	if m.master == nil {
		cfg.Videos, cfg.Node.Uplink = s.database(), 2*s.line
	} else {
		if !m.leaf {
			cfg.Node.Downlink = s.line
		}
		cfg.Chunks = s.chunks(m, round)
		cfg.Node.Master = m.master.listen
		if m.master.master != nil {
			cfg.Node.Supermaster = m.master.master.listen
		}
	}
	st, err := station.Start(cfg)
	if err != nil {
		return err
	}
	m.station, m.listen = st, st.Node.Addr()
	if s.web {
		m.http = st.Gateway.Addr()
	}
	return nil
}

// kill ends a node as a power cut would.
func (m *member) kill() {
	m.mu.Lock()
	st := m.station
	m.station = nil
	m.mu.Unlock()
	if st == nil {
		return
	}
	st.Node.Kill()
	gone, cancel := context.WithCancel(context.Background())
	cancel()
	_ = st.Close(gone) // that requests are cut is what was asked for
}

// stop ends the nodes, children first.
func (s *swarm) stop() (err error) {
	ctx, cancel := context.WithTimeout(context.Background(), farewell)
	defer cancel()
	for i := len(s.members) - 1; i >= 0; i-- {
		m := s.members[i]
		m.mu.Lock()
		st := m.station
		m.station = nil
		m.mu.Unlock()
		if st != nil {
			err = errors.Join(err, st.Close(ctx))
		}
	}
	return err
}
