package ingest

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"peerstreamer/core"
	"peerstreamer/realnet/library"
	"peerstreamer/realnet/manifest"
	"peerstreamer/realnet/media"
)

// Options say how Add adds.
type Options struct {
	Name      string     // "": media.NameOf the file
	Mode      media.Mode // "": media.Auto
	AsIs      bool       // whatever the file is, as it is, without companions
	Replace   bool       // take the place of a video of the same name, and its companions
	ChunkSize core.Bytes // 0: library.DefaultChunkSize

	Key ed25519.PrivateKey // signs the manifests; nil: they stay unsigned

	// Planned, if not nil, is told what will be done and how long transcoding will take about, 0 if that is not known or
	// nothing is transcoded.
	Planned func(media.Plan, time.Duration)

	// Progress, if not nil, is told how far it is: playing time made, of the whole.
	Progress func(done, whole time.Duration)
}

// Result is what Add has added.
type Result struct {
	Video      *manifest.Manifest
	Companions []string // names
	Left       []string // what was in the file and is not in the video, for people
}

// companionChunk is the chunk size of companions: they are small, and a chunk is what a node keeps or not.
const companionChunk = 256 * core.KiB

// maxCompanion bounds a companion, in bytes.
const maxCompanion = 16 << 20

// Add makes a video of the database dir from a file. After an error, or when ctx ends, nothing has changed. The error wraps
// library.ErrExists for a name that is taken, media.ErrNoVideo, media.ErrTranscode, media.ErrTools or ErrRoom.
func Add(ctx context.Context, dir, file string, o Options) (Result, error) {
	r, err := add(ctx, dir, file, o)
	if err != nil {
		return Result{}, fmt.Errorf("add %s: %w", file, explain(dir, err))
	}
	return r, nil
}

func add(ctx context.Context, dir, file string, o Options) (r Result, err error) {
	if o.Name == "" {
		if o.Name = media.NameOf(file); o.Name == "" {
			return r, errors.New("no name is left of the file's: give one")
		}
	}
	if err := media.CheckVideoName(o.Name); err != nil {
		return r, err
	}
	if _, err := os.Lstat(filepath.Join(dir, o.Name)); err == nil && !o.Replace {
		return r, fmt.Errorf("video %q: %w", o.Name, library.ErrExists)
	}
	stage, err := library.Stage(dir)
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(stage)) }()
	b := batch{ctx: ctx, dir: dir, stage: stage, o: o}
	if o.AsIs {
		err = b.asIs(file)
	} else {
		err = b.make(file)
	}
	if err != nil {
		return r, err
	}
	var gone []string
	if o.Replace {
		if gone, err = companionsOf(dir, o.Name); err != nil {
			return r, err
		}
	}
	if err := ctx.Err(); err != nil { // from here on all is quick, and none of it is left half
		return r, err
	}
	if err := library.Publish(dir, stage, b.names, gone, o.Replace); err != nil {
		return r, err
	}
	return b.result, nil
}

// companionsOf returns the names of a video's companions in a database.
func companionsOf(dir, name string) (list []string, err error) {
	all, err := library.Names(dir)
	for _, n := range all {
		if video, _, ok := media.Parse(n); ok && video == name {
			list = append(list, n)
		}
	}
	return list, err
}

// Remove takes a video and its companions out of a database, and reports whether it was there.
func Remove(dir, name string) (bool, error) {
	list, err := companionsOf(dir, name)
	if err != nil {
		return false, fmt.Errorf("remove %q: %w", name, err)
	}
	// The video goes last: half of it gone is a video without companions, which can be removed again.
	if _, err = library.Remove(dir, list...); err != nil {
		return false, fmt.Errorf("remove %q: %w", name, err)
	}
	n, err := library.Remove(dir, name)
	if err != nil {
		return false, fmt.Errorf("remove %q: %w", name, err)
	}
	return n > 0, nil
}

// batch is the videos that appear together.
type batch struct {
	ctx    context.Context
	dir    string // the database
	stage  string // a directory in it
	o      Options
	names  []string // companions before what they belong to
	result Result
}

// asIs cuts the file as it is.
func (b *batch) asIs(file string) error {
	st, err := os.Stat(file)
	if err != nil {
		return err
	}
	if err := fits(b.dir, st.Size()); err != nil {
		return err
	}
	return b.video(file, "", 0)
}

// make makes the video and what belongs to it, and cuts all of it.
func (b *batch) make(file string) error {
	tools, err := media.Find()
	if err != nil {
		return err
	}
	info, err := tools.Probe(b.ctx, file)
	if err != nil {
		return err
	}
	info.Subtitles = append(info.Subtitles, media.Sidecars(file)...)
	mode := b.o.Mode
	if mode == "" {
		mode = media.Auto
	}
	plan, err := media.Decide(info, mode)
	if err != nil {
		return err
	}
	if st, err := os.Stat(file); err == nil && !plan.Transcodes() {
		if err := fits(b.dir, needs*st.Size()); err != nil {
			return err
		}
	}
	if b.o.Planned != nil {
		about, err := tools.Estimate(b.ctx, plan)
		if err != nil {
			return err
		}
		b.o.Planned(plan, about)
	}
	work, err := os.MkdirTemp(b.stage, ".work-")
	if err != nil {
		return err
	}
	made, err := tools.Make(b.ctx, plan, work, func(done time.Duration) {
		if b.o.Progress != nil {
			b.o.Progress(min(done, info.Duration), info.Duration)
		}
	})
	if err != nil {
		return err
	}
	b.result.Left = made.Left
	if st, err := os.Stat(made.Video); err == nil {
		if err := fits(b.dir, st.Size()); err != nil {
			return err
		}
	}
	if err := b.companions(made); err != nil {
		return err
	}
	return b.video(made.Video, media.VideoType, core.Time(made.Index.Duration()))
}

// companions cuts what belongs to the video.
func (b *batch) companions(made media.Made) error {
	playlist := made.Index.Playlist(b.o.Name)
	if err := b.companion(media.PlaylistPart, media.PlaylistType, []byte(playlist)); err != nil {
		return err
	}
	files := map[string]string{}
	if made.Poster != "" {
		files[media.PosterPart] = made.Poster
	}
	for lang, path := range made.Subtitles {
		files[media.SubtitlePart(lang)] = path
	}
	for _, part := range slices.Sorted(maps.Keys(files)) {
		st, err := os.Stat(files[part])
		if err != nil {
			return err
		}
		if st.Size() > maxCompanion {
			b.result.Left = append(b.result.Left, fmt.Sprintf("%s: %d bytes, more than %d", part, st.Size(), maxCompanion))
			continue
		}
		data, err := os.ReadFile(files[part])
		if err != nil {
			return err
		}
		kind := media.SubtitlesType
		if part == media.PosterPart {
			kind = media.PosterType
		}
		if err := b.companion(part, kind, data); err != nil {
			return err
		}
	}
	return nil
}

func (b *batch) companion(part, kind string, data []byte) error {
	name := media.Companion(b.o.Name, part)
	_, err := library.Split(b.ctx, b.stage, name, strings.NewReader(string(data)),
		library.Options{ChunkSize: companionChunk, MediaType: kind, Key: b.o.Key})
	if err == nil {
		b.names = append(b.names, name)
		b.result.Companions = append(b.result.Companions, name)
	}
	return err
}

// video cuts the video itself. A media type of "" and a duration of 0 are for Split to find out.
func (b *batch) video(path, kind string, duration core.Time) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	b.result.Video, err = library.Split(b.ctx, b.stage, b.o.Name, f, library.Options{
		ChunkSize: b.o.ChunkSize, MediaType: kind, Duration: duration, FileName: path, Key: b.o.Key,
	})
	b.names = append(b.names, b.o.Name)
	return err
}
