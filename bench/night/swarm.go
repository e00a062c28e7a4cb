package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"net/http"
	"os"
	"sync"
	"time"

	"peerstreamer/bench/nodes"
)

// The videos: enough chunks for a viewer to be anywhere in them.
const (
	videoSize = 6 << 20
	chunkSize = "256k"
)

// grace is for how long after a kill ended connections, refused ones and slow answers are the kill's, not the node's.
const grace = 15 * time.Second

// swarm is a source, a master and two boxes below it, which have the source to turn to.
type swarm struct {
	stage  *nodes.Stage
	videos [][]byte
	tally  tally

	mu     sync.Mutex
	all    []*member
	killed time.Time // the last kill
}

// member is a node that is started again as it was.
type member struct {
	name  string
	flags []string
	web   string // http://host:port
	node  *nodes.Node
	kills int
}

func build(stage *nodes.Stage, c Config) (*swarm, error) {
	s := &swarm{stage: stage}
	for i := range c.Videos {
		data := make([]byte, videoSize)
		rand.Read(data)
		s.videos = append(s.videos, data)
		file := stage.Path("night")
		if err := os.WriteFile(file, data, 0o644); err != nil {
			return nil, err
		}
		if err := stage.Bin.Split("-d", stage.Path("videos"), "-s", file, "-c", chunkSize, "-f", videoName(i)); err != nil {
			return nil, err
		}
	}
	source, err := s.add("source", "-videodatabase", stage.Path("videos"))
	if err != nil {
		return nil, err
	}
	master, err := s.add("master", "-chunkdirectory", stage.Path("master"), "-master", source.node.Addr)
	if err != nil {
		return nil, err
	}
	for _, name := range []string{"box-a", "box-b"} {
		if _, err := s.add(name, "-chunkdirectory", stage.Path(name), "-master", master.node.Addr, "-supermaster", source.node.Addr,
			"-store-size", c.Store); err != nil {
			return nil, err
		}
	}
	return s, s.ready()
}

// ready waits until each box has heard of all videos.
func (s *swarm) ready() error {
	end := time.Now().Add(nodes.Patience)
	for _, box := range s.boxes() {
		for i := 0; i < len(s.videos); {
			answer, err := http.Head(box.web + "/v/" + videoName(i))
			if err != nil {
				return err
			}
			answer.Body.Close()
			switch {
			case answer.StatusCode == http.StatusOK:
				i++
			case time.Now().After(end):
				return fmt.Errorf("%s has not heard of %s within %v: %s", box.name, videoName(i), nodes.Patience, answer.Status)
			default:
				time.Sleep(100 * time.Millisecond)
			}
		}
	}
	return nil
}

func videoName(i int) string { return fmt.Sprintf("night-%d", i) }

// add starts a node on ports that it will have again.
func (s *swarm) add(name string, flags ...string) (*member, error) {
	port, err := nodes.FreePort()
	if err != nil {
		return nil, err
	}
	web, err := nodes.FreePort()
	if err != nil {
		return nil, err
	}
	m := &member{name: name, web: "http://127.0.0.1:" + web}
	m.flags = append([]string{"-port", port, "-http", "127.0.0.1:" + web, "-debug", "-level", "error"}, flags...)
	if err := s.start(m); err != nil {
		return nil, err
	}
	s.all = append(s.all, m)
	return m, nil
}

func (s *swarm) start(m *member) (err error) {
	m.node, err = s.stage.Run(io.Discard, m.name, m.flags...)
	return err
}

// boxes are the members that viewers read from.
func (s *swarm) boxes() []*member { return s.all[2:] }

// open lets viewers in and begins to kill. What it returns waits for the end of both, after that of ctx.
func (s *swarm) open(ctx context.Context, c Config) func() error {
	var all sync.WaitGroup
	var fault error
	for i := range c.Viewers {
		all.Go(func() { newViewer(s, c.Seed, i).watch(ctx, c.Pause) })
	}
	if c.Kill > 0 {
		all.Go(func() { fault = s.kill(ctx, c.Kill) })
	}
	return func() error {
		all.Wait()
		return fault
	}
}

// kill kills the master and the boxes in turn, and starts each again at once.
func (s *swarm) kill(ctx context.Context, every time.Duration) error {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for i := 0; ; i++ {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		m := s.all[1+i%(len(s.all)-1)]
		s.mark()
		m.node.Kill()
		s.mu.Lock()
		err := s.start(m)
		m.kills++
		s.mu.Unlock()
		s.mark()
		if err != nil {
			return fmt.Errorf("start %s after kill %d: %w", m.name, m.kills, err)
		}
	}
}

// mark says that a node was killed, or is back, now.
func (s *swarm) mark() {
	s.mu.Lock()
	s.killed = time.Now()
	s.mu.Unlock()
}

// excused reports whether a kill explains what went wrong with a request that began at a time.
func (s *swarm) excused(began time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return !s.killed.IsZero() && began.Before(s.killed.Add(grace))
}
