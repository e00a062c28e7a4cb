package ingest

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"go.uber.org/zap"

	"peerstreamer/realnet/library"
	"peerstreamer/realnet/media"
)

// How a directory is watched. A file that is being copied grows, or is as old as its source and does not: so it must have
// stayed as it is for a while since it was first seen.
const (
	lookEvery = 2 * time.Second
	settled   = 10 * time.Second
	roomWait  = 5 * time.Minute // on a full disk
)

// maxWatched bounds the files of a watched directory that are looked at.
const maxWatched = 10_000

// Watcher adds the files that are dropped into a directory. They stay where they are.
type Watcher struct {
	Dir, Database string
	Options       Options
	Log           *zap.Logger

	files map[string]*dropped // by name
	add   func(ctx context.Context, dir, file string, o Options) (Result, error)
	told  bool // that the directory cannot be read
}

// dropped is a file as it was when it was last looked at.
type dropped struct {
	size  int64
	mtime time.Time
	since time.Time // that it is as it is
	dealt bool      // added as it is, or tried in vain
	added bool      // in this life, in some form
}

// Run adds files until ctx ends. A file whose video is there already is left alone; one that changes after it was added
// takes its video's place. What cannot be added is logged once, and tried again when the file changes; where the disk
// is full, every roomWait.
func (w *Watcher) Run(ctx context.Context) {
	if w.add == nil {
		w.add = Add
	}
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		w.look(ctx, time.Now())
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// look looks at all files once, and adds those that have settled.
func (w *Watcher) look(ctx context.Context, now time.Time) {
	entries, err := os.ReadDir(w.Dir)
	if err != nil {
		if !w.told {
			w.Log.Error("cannot watch for videos", zap.Error(err))
		}
		w.told = true
		return
	}
	w.told = false
	files := map[string]*dropped{}
	for _, e := range entries {
		if len(files) == maxWatched || e.IsDir() || e.Name()[0] == '.' || !(media.LooksLikeVideo(e.Name()) || w.Options.AsIs) {
			continue
		}
		info, err := e.Info()
		if err != nil {
			continue // gone meanwhile
		}
		files[e.Name()] = w.seen(e.Name(), info, now)
	}
	w.files = files
	for _, name := range slices.Sorted(maps.Keys(files)) { // episodes in their order
		f := files[name]
		if !f.dealt && now.Sub(f.since) >= settled && ctx.Err() == nil {
			w.take(ctx, name, f, now)
		}
	}
}

// seen returns what is known of a file.
func (w *Watcher) seen(name string, info fs.FileInfo, now time.Time) *dropped {
	f := w.files[name]
	if f == nil {
		return &dropped{size: info.Size(), mtime: info.ModTime(), since: now}
	}
	if f.size != info.Size() || !f.mtime.Equal(info.ModTime()) {
		f.size, f.mtime, f.since, f.dealt = info.Size(), info.ModTime(), now, false
	}
	return f
}

// take adds a file.
func (w *Watcher) take(ctx context.Context, name string, f *dropped, now time.Time) {
	o := w.Options
	o.Name, o.Replace = "", f.added
	r, err := w.add(ctx, w.Database, filepath.Join(w.Dir, name), o)
	if ctx.Err() != nil {
		return
	}
	f.dealt = true
	switch {
	case errors.Is(err, library.ErrExists):
		w.Log.Debug("a dropped file's video is there already", zap.String("file", name))
	case errors.Is(err, ErrRoom):
		f.since, f.dealt = now.Add(roomWait-settled), false
		w.Log.Error("a dropped file waits for room", zap.String("file", name), zap.Duration("tried_again_in", roomWait), zap.Error(err))
	case err != nil:
		w.Log.Error("a dropped file was not added", zap.String("file", name), zap.Error(err))
	default:
		f.added = true
		w.Log.Info("added a dropped file", zap.String("file", name), zap.String("video", r.Video.Name()),
			zap.String("left_out", strings.Join(r.Left, "; ")))
	}
}
