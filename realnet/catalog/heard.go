package catalog

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"go.uber.org/zap"

	"peerstreamer/realnet/diagnose"
	"peerstreamer/realnet/manifest"
	"peerstreamer/realnet/wire"
)

// How often a master is asked.
const (
	Every     = 30 * time.Second // on its own, give or take a quarter
	MissEvery = 2 * time.Second  // at most, because somebody wants what is not in the list
	askLimit  = 10 * time.Second // for an answer
)

// maxFile bounds the file with what was heard, in bytes: all videos that a node tells of, with the longest names and types.
const maxFile = wire.MaxAbouts * wire.MaxAbout * 1024

// Config says whom to ask.
type Config struct {
	Ask  []string       // addresses, in the order in which they are tried: the master, the supermaster; none: nobody
	Who  diagnose.Asker // as whom
	File string         // where the last answer is kept, written anew when it changes; "": nowhere
	Log  *zap.Logger    // nil: nothing is logged
}

// Heard is what a node's master has told of videos. Its methods may be called from any goroutine.
type Heard struct {
	cfg  Config
	look func(context.Context, string, diagnose.Asker) (diagnose.Look, error)
	miss chan struct{}

	mu    sync.Mutex
	list  []wire.Holding // replaced, never changed
	asked time.Time
}

// New returns what was heard in an earlier life. A file that cannot be read is as good as none.
func New(cfg Config) *Heard {
	if cfg.Log == nil {
		cfg.Log = zap.NewNop()
	}
	h := &Heard{cfg: cfg, look: diagnose.LookAt, miss: make(chan struct{}, 1)}
	list, err := load(cfg.File)
	if err != nil {
		cfg.Log.Warn("forgot which videos there are in the swarm, and asks again", zap.Error(err))
	}
	h.list = list
	return h
}

// List returns what was heard last. The caller must not change it.
func (h *Heard) List() []wire.Holding {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.list
}

// Missed has the master asked soon, because somebody wants what is not in the list. It does not wait.
func (h *Heard) Missed() {
	select {
	case h.miss <- struct{}{}:
	default:
	}
}

// Run asks at once, then Every and after a miss, until ctx ends. While nobody answers or nothing is listed, as when all of a tree
// starts together, it asks again after 2, 4, 8 and 16 s.
func (h *Heard) Run(ctx context.Context) {
	if len(h.cfg.Ask) == 0 {
		return
	}
	wait := MissEvery
	for {
		err := h.Ask(ctx)
		if err != nil && ctx.Err() == nil {
			h.cfg.Log.Debug("nobody tells which videos there are", zap.Error(err))
		}
		if err == nil && len(h.List()) > 0 {
			wait = Every
		}
		if !h.pause(ctx, wait) {
			return
		}
		wait = min(2*wait, Every)
	}
}

// pause waits until it is time to ask again; false: ctx has ended.
func (h *Heard) pause(ctx context.Context, wait time.Duration) bool {
	least := time.NewTimer(MissEvery)
	defer least.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-least.C:
	}
	// With jitter, lest all children of a master that came back ask in step for ever.
	most := time.NewTimer(wait - wait/4 - MissEvery + rand.N(wait/2))
	defer most.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-h.miss:
	case <-most.C:
	}
	return true
}

// Ask asks the first who answers, and keeps the answer.
func (h *Heard) Ask(ctx context.Context) error {
	var faults []error
	for _, addr := range h.cfg.Ask {
		limited, cancel := context.WithTimeout(ctx, askLimit)
		l, err := h.look(limited, addr, h.cfg.Who)
		cancel()
		if err == nil && !l.Knows {
			err = fmt.Errorf("%s tells nothing of its videos", addr)
		}
		if err == nil {
			return h.take(l.About)
		}
		faults = append(faults, err)
	}
	return errors.Join(faults...)
}

// take replaces the list.
func (h *Heard) take(a wire.About) error {
	list := slices.DeleteFunc(a.Videos, func(v wire.Holding) bool { return manifest.CheckName(v.Name) != nil })
	for i := range list {
		list[i].Whole = 0 // what others hold is not here
	}
	if a.More > 0 {
		h.cfg.Log.Warn("the master has more videos than it lists", zap.Uint32("not_listed", a.More))
	}
	h.mu.Lock()
	same := slices.Equal(list, h.list)
	h.list, h.asked = list, time.Now()
	h.mu.Unlock()
	if same || h.cfg.File == "" {
		return nil
	}
	return h.save(list)
}

// Settled reports whether what is not in the list does not exist, as far as a node can know: somebody has listed videos, in this
// life or an earlier one, or there is nobody to ask.
func (h *Heard) Settled() bool { return len(h.cfg.Ask) == 0 || len(h.List()) > 0 }

// Age returns how long ago the master last answered; false if it has not in this life.
func (h *Heard) Age() (time.Duration, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return time.Since(h.asked), !h.asked.IsZero()
}

// load reads a list from a file; no file is an empty list.
func load(path string) ([]wire.Holding, error) {
	if path == "" {
		return nil, nil
	}
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var list []wire.Holding
	if err := json.NewDecoder(io.LimitReader(f, maxFile)).Decode(&list); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return slices.DeleteFunc(list, func(v wire.Holding) bool { return manifest.CheckName(v.Name) != nil }), nil
}

// save writes the list beside the file and renames it: a crash leaves the old one or the new one.
func (h *Heard) save(list []wire.Holding) error {
	data, err := json.Marshal(list)
	if err != nil {
		return err
	}
	tmp, err := os.CreateTemp(filepath.Dir(h.cfg.File), filepath.Base(h.cfg.File)+"-*")
	if err != nil {
		return err
	}
	_, err = tmp.Write(data)
	if err = errors.Join(err, tmp.Close()); err == nil {
		err = os.Rename(tmp.Name(), h.cfg.File)
	}
	if err != nil {
		return errors.Join(err, os.Remove(tmp.Name()))
	}
	return nil
}
