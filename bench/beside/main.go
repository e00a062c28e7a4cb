// Beside measures what a viewer loses to a prefetch at another node, and what the prefetch is left with.
//
//	go run ./bench/beside
//	go run ./bench/beside -uplink 20Mbit/s -boxes 4
//
// A source with a limited uplink serves two videos of random bytes. One box has a viewer who reads as fast as bytes come; at
// others, the second video is prefetched. It prints the viewer's rate alone and beside the prefetches, what these get beside and
// after the viewer, and for comparison the viewer's rate beside as many others who watch the second video. All nodes are in
// this process, on loopback.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"

	"peerstreamer/core"
	"peerstreamer/realnet"
	"peerstreamer/realnet/control"
	"peerstreamer/realnet/library"
	"peerstreamer/realnet/station"
)

// Sizes of the run.
const (
	warm   = 2 * time.Second // before a rate is taken: what was asked for before it is through
	settle = 50 * time.Millisecond
)

func main() {
	uplink := flag.String("uplink", "40Mbit/s", "the source's")
	boxes := flag.Int("boxes", 1, "that prefetch beside the viewer's")
	length := flag.Duration("for", 6*time.Second, "how long each rate is taken")
	flag.Parse()
	rate, err := core.ParseRate(*uplink)
	if err == nil {
		err = run(rate, *boxes, *length)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "beside:", err)
		os.Exit(1)
	}
}

// lab is the swarm.
type lab struct {
	dir    string
	source *station.Station
	nodes  []*station.Station // the viewer's first
}

func run(uplink core.Rate, boxes int, length time.Duration) (err error) {
	dir, err := os.MkdirTemp("", "beside")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	l := &lab{dir: dir}
	defer func() { err = errors.Join(err, l.close()) }()
	size := int64(uplink.In(core.Time(8 * (length + warm))))
	if err := l.start(uplink, boxes, size); err != nil {
		return err
	}
	alone, _, err := l.rates(length, 0, false)
	if err != nil {
		return err
	}
	beside, left, err := l.rates(length, boxes, false)
	if err != nil {
		return err
	}
	after, err := l.prefetched(length)
	if err != nil {
		return err
	}
	others, _, err := l.rates(length, boxes, true)
	if err != nil {
		return err
	}
	show := func(what string, got core.Rate) {
		fmt.Printf("%-44s %6.2f Mbit/s  %3.0f %% of the uplink\n", what, float64(got)/1e6, 100*float64(got)/float64(uplink))
	}
	show("viewer alone", alone)
	show(fmt.Sprintf("viewer beside %d prefetching", boxes), beside)
	show("prefetching beside the viewer, all", left)
	show("prefetching after the viewer, all", after)
	show(fmt.Sprintf("viewer beside %d watching", boxes), others)
	return nil
}

// start starts the source and the boxes, which have then heard of the videos.
func (l *lab) start(uplink core.Rate, boxes int, size int64) error {
	db := filepath.Join(l.dir, "videos")
	if err := os.Mkdir(db, 0o755); err != nil {
		return err
	}
	for seed, name := range []string{"watched", "wanted"} {
		bytes := io.LimitReader(rand.NewChaCha8([32]byte{byte(seed)}), size)
		if _, err := library.Split(context.Background(), db, name, bytes, library.Options{}); err != nil {
			return err
		}
	}
	var err error
	if l.source, err = station.Start(station.Config{Videos: db, Node: realnet.Config{Name: "source", Listen: "127.0.0.1:0", Uplink: uplink}}); err != nil {
		return err
	}
	for i := range boxes + 1 {
		name := fmt.Sprintf("box%d", i)
		s, err := station.Start(station.Config{Chunks: filepath.Join(l.dir, name),
			Node: realnet.Config{Name: name, Listen: "127.0.0.1:0", Master: l.source.Node.Addr()}})
		if err != nil {
			return err
		}
		l.nodes = append(l.nodes, s)
		for known := false; !known; time.Sleep(settle) {
			_, known = s.Find("wanted")
		}
	}
	return nil
}

// rates lets somebody watch at the first box, and at others the second video be fetched, by viewers or in advance. It returns
// the rate of the first, and of the others together.
func (l *lab) rates(length time.Duration, boxes int, watching bool) (viewer, others core.Rate, err error) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	for _, s := range l.nodes {
		for _, name := range []string{"watched", "wanted"} {
			_ = s.Remove(ctx, name) // what an earlier run has left; nothing else may be there
		}
	}
	for _, s := range l.nodes[1 : 1+boxes] {
		if !watching {
			if err := s.Prefetch("wanted", control.Prefetch{}); err != nil {
				return 0, 0, err
			}
			continue
		}
		x, err := s.Desk.Open(ctx, "wanted")
		if err != nil {
			return 0, 0, err
		}
		go func() {
			defer x.Close()
			_, _ = io.Copy(io.Discard, x) // until ctx ends
		}()
	}
	x, err := l.nodes[0].Desk.Open(ctx, "watched")
	if err != nil {
		return 0, 0, err
	}
	defer x.Close()
	buf := make([]byte, 256<<10)
	read := func(d time.Duration) (n int64, err error) {
		for end := time.Now().Add(d); time.Now().Before(end); {
			k, err := x.Read(buf)
			if n += int64(k); err != nil {
				return n, err
			}
		}
		return n, nil
	}
	if _, err := read(warm); err != nil {
		return 0, 0, err
	}
	before, began := l.taken(), time.Now()
	n, err := read(length)
	took := core.Time(time.Since(began))
	return core.RateOf(core.Bytes(n), took), core.RateOf(core.Bytes(l.taken()-before), took), err
}

// prefetched returns the rate at which all but the first box get bytes while nobody watches.
func (l *lab) prefetched(length time.Duration) (core.Rate, error) {
	time.Sleep(warm)
	before, began := l.taken(), time.Now()
	time.Sleep(length)
	return core.RateOf(core.Bytes(l.taken()-before), core.Time(time.Since(began))), nil
}

// taken returns the bytes that all but the first box have received.
func (l *lab) taken() (n int64) {
	for _, s := range l.nodes[1:] {
		r := s.Record()
		n += int64(r.FromSource + r.FromMaster + r.FromSibling)
	}
	return n
}

func (l *lab) close() (err error) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	for _, s := range append(l.nodes, l.source) {
		if s != nil {
			err = errors.Join(err, s.Close(ctx))
		}
	}
	return err
}
