package demo

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"go.uber.org/zap"

	"peerstreamer/core"
)

// When things happen.
const (
	sampleEvery = 250 * time.Millisecond  // the state is put together
	arrive      = 1200 * time.Millisecond // between viewers who begin to watch
	killAfter   = 10 * time.Second        // of a round, with Config.Kill
	announced   = 10 * time.Second        // at most, until all boxes know the video
	shutdown    = 2 * time.Second         // for requests under way at the end
)

// defaultHTTP is where the page is if nobody says and nobody else is there.
const defaultHTTP = "127.0.0.1:8080"

// show is a swarm that people look at.
type show struct {
	cfg   Config
	log   *zap.Logger
	swarm *swarm
	ctx   context.Context // of the whole show

	mu      sync.Mutex // held for as long as nodes are started and ended
	round   int
	ledger  *ledger
	viewers []*viewer
	rest    func() // ends the round's viewers and waits for them
	told    bool   // how the round ended

	news *news
}

// Show runs the swarm and its pages until ctx ends.
func Show(ctx context.Context, cfg Config) error {
	return inTemp(func(dir string) error { return runShow(ctx, cfg, dir) })
}

func runShow(ctx context.Context, cfg Config, dir string) (err error) {
	video, err := cut(ctx, filepath.Join(dir, "videos"), cfg.Video)
	if err != nil {
		return err
	}
	s := &show{cfg: cfg, log: logger(cfg), swarm: form(dir, video, logger(cfg)), ctx: ctx, news: newNews()}
	s.swarm.web, s.swarm.line = true, cfg.line(video.Info())
	l, err := listen(cfg.HTTP)
	if err != nil {
		return err
	}
	server := &http.Server{Handler: s.handler(), ReadHeaderTimeout: 10 * time.Second, IdleTimeout: time.Minute,
		ErrorLog: zap.NewStdLog(s.log.Named("http"))}
	server.RegisterOnShutdown(s.news.end)
	served := make(chan error, 1)
	go func() { served <- server.Serve(l) }()
	defer func() {
		end, cancel := context.WithTimeout(context.Background(), shutdown)
		defer cancel()
		if server.Shutdown(end) != nil {
			_ = server.Close() // browsers keep what they play open
		}
		<-served
		err = errors.Join(err, s.end())
	}()
	if err := s.begin(); err != nil {
		return err
	}
	s.greet(l.Addr().String())
	return s.loop(ctx)
}

// listen listens where it was said, or else where it can.
func listen(addr string) (net.Listener, error) {
	if addr != "" {
		return net.Listen("tcp", addr)
	}
	l, err := net.Listen("tcp", defaultHTTP)
	if err != nil {
		return net.Listen("tcp", anyPort)
	}
	return l, nil
}

// greet says where to look.
func (s *show) greet(addr string) {
	info := s.swarm.video.Info()
	fmt.Fprintf(s.cfg.Out, `A source with %s (%.1f MB), two sites with a master and three boxes each, and a viewer at every box.
Each site's line to the source carries %s.

  see the chunks flow   http://%s/demo
  watch at box a1       http://%s/watch/%s
  status of site a      http://%s/status

Nothing moves until one of the first two is opened. Ctrl-C ends it.
`, s.swarm.video.Name(), float64(info.Length)/1e6, rate(s.swarm.line), addr, addr, pathOf(s.swarm.video.Name()), s.swarm.find("site-a").http)
}

// rate writes a rate for people.
func rate(r core.Rate) string { return fmt.Sprintf("%.1f Mbit/s", float64(r)/float64(core.Mbps)) }

// begin starts a round: all nodes anew, with empty caches, and nobody who watches yet.
func (s *show) begin() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.quiet()
	if err := s.swarm.stop(); err != nil {
		s.log.Info("nodes that were stopped", zap.Error(err))
	}
	if s.round > 0 {
		if err := s.forget(); err != nil {
			return err
		}
	}
	s.round++
	s.ledger, s.viewers, s.told = newLedger(), nil, false
	if err := s.swarm.start(s.round); err != nil {
		return err
	}
	return s.announce()
}

// announce makes each box hear of the video, so that its pages have it before anybody asks for it.
func (s *show) announce() error {
	ctx, cancel := context.WithTimeout(s.ctx, announced)
	defer cancel()
	for _, m := range s.swarm.leaves() {
		v, err := m.now().Desk.Open(ctx, s.swarm.video.Name())
		if err != nil {
			return fmt.Errorf("%s: %w", m.name, err)
		}
		v.Close()
	}
	return nil
}

// forget removes what the last round's nodes have kept.
func (s *show) forget() (err error) {
	for _, m := range s.swarm.members[1:] {
		err = errors.Join(err, os.RemoveAll(s.swarm.chunks(m, s.round)))
	}
	return err
}

// play lets viewers come, one after the other, to all boxes but the first, where the reader's browser is. Once a round.
func (s *show) play() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.viewers != nil || s.ctx.Err() != nil {
		return
	}
	info := s.swarm.video.Info()
	ctx, cancel := context.WithCancel(s.ctx)
	var all sync.WaitGroup
	for i, m := range s.order() {
		v := &viewer{member: m, video: s.swarm.video.Name(), length: int64(info.Length), plays: duration(info)}
		s.viewers = append(s.viewers, v)
		all.Go(func() {
			if wait(ctx, time.Duration(i+1)*arrive) {
				v.watch(ctx)
			}
		})
	}
	if s.cfg.Kill {
		all.Go(func() {
			if wait(ctx, killAfter) {
				s.kill(victim)
			}
		})
	}
	s.rest = func() { cancel(); all.Wait() }
}

// order returns the boxes with automatic viewers in the order in which these come, from one site and the other in turn.
func (s *show) order() (all []*member) {
	leaves := s.swarm.leaves()
	for i := range boxes {
		for j := range sites {
			if m := leaves[j*boxes+i]; m != leaves[0] {
				all = append(all, m)
			}
		}
	}
	return all
}

// quiet ends the round's viewers.
func (s *show) quiet() {
	if s.rest != nil {
		rest := s.rest
		s.rest = nil
		rest()
	}
}

// victim is the master that is taken down.
const victim = "site-a"

// kill takes a node down.
func (s *show) kill(name string) {
	if m := s.swarm.find(name); m != nil && m.now() != nil {
		s.log.Info("killing", zap.String("node", name))
		m.kill()
	}
}

// revive starts all nodes that are down, with what their disks have.
func (s *show) revive() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.swarm.start(s.round)
}

// loop puts the state together for those who look, until ctx ends.
func (s *show) loop(ctx context.Context) error {
	tick := time.NewTicker(sampleEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case now := <-tick.C:
			s.news.publish(s.state(now))
		}
	}
}

// state returns what is to be shown.
func (s *show) state(now time.Time) State {
	s.mu.Lock()
	defer s.mu.Unlock()
	st := s.swarm.state(s.round, s.ledger, s.viewers, now)
	if st.Over && !s.told {
		s.told = true
		for _, l := range st.Lines {
			fmt.Fprintf(s.cfg.Out, "round %d: the video crossed the line of site %s %.2f times; %.2f if each box had fetched its own\n",
				s.round, l.Site, l.Copies, l.Needed)
		}
	}
	return st
}

// end ends viewers and nodes.
func (s *show) end() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.quiet()
	return s.swarm.stop()
}
