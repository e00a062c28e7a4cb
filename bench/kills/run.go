package kills

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"peerstreamer/bench/nodes"
	"peerstreamer/core"
	"peerstreamer/realnet/client"
	"peerstreamer/realnet/store"
)

// Config says whom to kill how often.
type Config struct {
	Binary nodes.Binary
	Dir    string    // a directory of its own
	Kills  int       // how many
	Chunks int       // of the video, 16 KiB each; 0: DefaultChunks for each kill
	Seed   uint64    // of the moments
	Log    io.Writer // of the nodes; nil: nowhere
}

// DefaultChunks are the chunks of the video for each kill, so that there is always something to fetch.
const DefaultChunks = 40

const (
	chunkSize = 16 << 10
	interval  = 4 * time.Millisecond   // from chunk to chunk of the viewers
	longest   = 150 * time.Millisecond // a life, from when the node listens
	patience  = 2 * time.Minute        // for a viewer whose node is being killed
	quickness = 20                     // how much faster the viewer at the victim is to dial again than a viewer is
)

// Report is what happened.
type Report struct {
	Kills     int
	Registers int           // how many lives were long enough to register
	Announced int           // chunks that the victim announced
	Inspected int           // directories that were opened between two lives
	Found     int           // chunks in the last of them
	Viewings  int           // whole videos that viewers got
	Took      time.Duration // all of it
}

// Run does it all and returns an error that says what was lost or wrong, if anything was.
func Run(ctx context.Context, cfg Config) (r Report, err error) {
	began := time.Now()
	s, err := begin(cfg)
	if err != nil {
		return r, fmt.Errorf("kills: %w", err)
	}
	defer func() { err = errors.Join(err, s.end()) }()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var viewers sync.WaitGroup
	for i, view := range []func(context.Context, io.Writer) error{s.fromVictim, s.fromBelow} {
		viewers.Go(func() {
			if err := s.watch(ctx, view); err != nil {
				s.fail(fmt.Errorf("viewer %d: %w", i, err))
				cancel()
			}
		})
	}
	random := rand.New(rand.NewPCG(cfg.Seed, 0))
	for range cfg.Kills {
		if err := s.kill(ctx, random); err != nil {
			s.fail(err)
			cancel()
			break
		}
	}
	s.over.Store(true)
	viewers.Wait()
	r = s.report
	r.Registers, r.Announced, r.Took = s.listener.Registers(), len(s.listener.Announced()), time.Since(began)
	return r, errors.Join(s.faults...)
}

// fail notes what went wrong.
func (s *stage) fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, err)
}

// kill lets the victim live for a moment, kills it, looks at what it left every other time, and starts it again.
func (s *stage) kill(ctx context.Context, random *rand.Rand) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(time.Duration(random.Int64N(int64(longest)))):
	}
	s.victim.Kill()
	s.report.Kills++
	if random.IntN(2) == 0 {
		if err := s.inspect(); err != nil {
			return fmt.Errorf("after kill %d: %w", s.report.Kills, err)
		}
	}
	if err := s.startVictim(s.victim.Port()); err != nil {
		return fmt.Errorf("after kill %d: %w", s.report.Kills, err)
	}
	return nil
}

// inspect opens the dead victim's directory: all that was announced is there, and every byte of it is right.
func (s *stage) inspect() error {
	announced := s.listener.Announced()
	st, err := store.Open(s.path("victim"), store.Options{})
	if err != nil {
		return err
	}
	defer st.Close()
	buf := make([]byte, chunkSize)
	held := st.Held()
	for _, k := range held {
		if err := st.ReadAt(k, 0, buf); err != nil {
			return err
		}
		if from := int(k.Chunk) * chunkSize; !bytes.Equal(buf, s.video[from:from+chunkSize]) {
			return fmt.Errorf("chunk %d has other bytes than the source's", k.Chunk)
		}
		delete(announced, k.Chunk)
	}
	for chunk := range announced {
		return fmt.Errorf("chunk %d was announced and is lost", chunk)
	}
	s.report.Inspected++
	s.report.Found = len(held)
	return nil
}

// watch reads the video again and again until the killing is over, and once more then.
func (s *stage) watch(ctx context.Context, view func(context.Context, io.Writer) error) error {
	for last := false; ; {
		last = s.over.Load()
		sum := &counted{Hash: sha256.New()}
		if err := view(ctx, sum); err != nil {
			return fmt.Errorf("after %d bytes: %w", sum.n, err)
		}
		if want := sha256.Sum256(s.video); !bytes.Equal(sum.Sum(nil), want[:]) {
			return fmt.Errorf("%d bytes that are not those of the source", sum.n)
		}
		s.mu.Lock()
		s.report.Viewings++
		s.mu.Unlock()
		if last {
			return nil
		}
	}
}

// counted is a hash that knows how much it has got.
type counted struct {
	hash.Hash
	n int
}

func (c *counted) Write(b []byte) (int, error) {
	c.n += len(b)
	return c.Hash.Write(b)
}

// fromVictim reads from the node that is killed, with timers that make the viewer come back soon. A viewer that finds nobody
// at the start knocks again.
func (s *stage) fromVictim(ctx context.Context, w io.Writer) error {
	for {
		_, err := client.Stream(ctx, client.Config{Source: s.victimAddr, Video: videoName, Interval: interval, GiveUp: patience,
			Protocol: core.DefaultConfig().Scale(quickness)}, w)
		if !errors.Is(err, syscall.ECONNREFUSED) {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(interval):
		}
	}
}

// fromBelow reads from the node below it.
func (s *stage) fromBelow(ctx context.Context, w io.Writer) error {
	ctx, cancel := context.WithTimeout(ctx, patience+time.Duration(len(s.video)/chunkSize)*interval)
	defer cancel()
	_, _, err := s.cfg.Binary.Stream(ctx, w, s.below.Addr, videoName, "-interval", fmt.Sprint(interval.Milliseconds()))
	return err
}

// path returns a file's or directory's place.
func (s *stage) path(name string) string { return filepath.Join(s.cfg.Dir, name) }

// write makes the video and splits it.
func (s *stage) write() error {
	chunks := s.cfg.Chunks
	if chunks == 0 {
		chunks = DefaultChunks * max(s.cfg.Kills, 1)
	}
	s.video = make([]byte, chunks*chunkSize)
	seed := [32]byte{byte(s.cfg.Seed)}
	rand.NewChaCha8(seed).Read(s.video)
	if err := os.WriteFile(s.path("file"), s.video, 0o644); err != nil {
		return err
	}
	return s.cfg.Binary.Split("-d", s.path("videos"), "-s", s.path("file"), "-c", fmt.Sprint(chunkSize), "-f", videoName)
}

// hostport returns an address without its scheme.
func hostport(addr string) string { return strings.TrimPrefix(addr, "tcp://") }
