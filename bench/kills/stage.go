package kills

import (
	"errors"
	"io"
	"sync"
	"sync/atomic"

	"peerstreamer/bench/nodes"
)

// videoName is what the video is called.
const videoName = "video"

// stage is the nodes, the video and what has been seen of them.
type stage struct {
	cfg        Config
	video      []byte
	source     *nodes.Node
	below      *nodes.Node
	listener   *Listener
	victim     *nodes.Node
	victimAddr string
	over       atomic.Bool

	mu     sync.Mutex // the viewers run beside the killing
	report Report
	faults []error
}

// begin starts everybody.
func begin(cfg Config) (_ *stage, err error) {
	if cfg.Log == nil {
		cfg.Log = io.Discard
	}
	s := &stage{cfg: cfg}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.end())
		}
	}()
	if err := s.write(); err != nil {
		return nil, err
	}
	if s.source, err = cfg.Binary.Run(cfg.Log, "source", "-videodatabase", s.path("videos"), "-level", "error"); err != nil {
		return nil, err
	}
	if s.listener, err = Listen(hostport(s.source.Addr)); err != nil {
		return nil, err
	}
	port, err := nodes.FreePort()
	if err != nil {
		return nil, err
	}
	if err := s.startVictim(port); err != nil {
		return nil, err
	}
	s.victimAddr = s.victim.Addr
	s.below, err = cfg.Binary.Run(cfg.Log, "below", "-chunkdirectory", s.path("below"), "-store-chunks", "20", "-master", s.victimAddr,
		"-supermaster", s.source.Addr, "-level", "error")
	return s, err
}

// startVictim starts the node that is killed. It keeps all that it gets, so that all that it announces must stay.
func (s *stage) startVictim(port string) (err error) {
	s.victim, err = s.cfg.Binary.Run(s.cfg.Log, "victim", "-port", port, "-chunkdirectory", s.path("victim"), "-store-chunks", "0",
		"-master", s.listener.Addr(), "-supermaster", s.source.Addr, "-level", "error")
	return err
}

// end kills everybody who still runs.
func (s *stage) end() error {
	for _, n := range []*nodes.Node{s.below, s.victim, s.source} {
		if n != nil {
			n.Kill()
		}
	}
	if s.listener == nil {
		return nil
	}
	return s.listener.Close()
}
