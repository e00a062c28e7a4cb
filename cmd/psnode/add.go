package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"peerstreamer/realnet/ingest"
	"peerstreamer/realnet/library"
	"peerstreamer/realnet/media"
)

const addHelp = `
psnode add makes videos of a source's database from files as people have them (mkv, avi, mov, mp4, webm and what else ffmpeg
reads), for browsers: without loss where they play what is in the file, else transcoded. A poster and subtitles come along.
Of a directory, all files whose names end like a video's are added. A source that runs offers them at once.

  psnode add -videodatabase videos Holiday.mkv
  psnode add -videodatabase videos -transcode never Lectures/
`

// addFlags are the flags that say how to add.
type addFlags struct {
	database, name, transcode, size, keys string
	asIs, replace                         bool
}

func (a *addFlags) register(f *flag.FlagSet) {
	f.StringVar(&a.database, "videodatabase", "videos", "the database's `DIR`, made if it does not exist")
	f.StringVar(&a.name, "name", "", "the video's `NAME`, of a single file (default: the file's, without its ending)")
	f.StringVar(&a.transcode, "transcode", string(media.Auto), "whether to transcode: never, auto (what browsers do not play) or always")
	f.BoolVar(&a.asIs, "as-is", false, "take any file, as it is and without poster and subtitles, as psnode split does")
	f.BoolVar(&a.replace, "replace", false, "take the place of a video of the same name")
	f.StringVar(&a.size, "c", "1m", "chunk `SIZE`: bytes, or with k (KiB) or m (MiB); 1k to 16m")
	f.StringVar(&a.keys, "keys", "", "`DIR` of psnode keygen: sign with the source's key that is there")
}

// options returns what the flags mean.
func (a *addFlags) options() (o ingest.Options, err error) {
	o = ingest.Options{Name: a.name, AsIs: a.asIs, Replace: a.replace}
	if o.Mode, err = media.ParseMode(a.transcode); err != nil {
		return o, fmt.Errorf("-transcode %w", err)
	}
	if o.ChunkSize, err = library.ParseSize(a.size); err != nil {
		return o, fmt.Errorf("-c: %w", err)
	}
	return o, nil
}

func runAdd(ctx context.Context, args []string, std streams) error {
	f := newFlags("add", addHelp, std)
	var a addFlags
	a.register(f)
	words, err := parseWords(f, args)
	if err != nil {
		return err
	}
	o, err := a.options()
	switch {
	case err != nil:
		return complain(f, "%v", err)
	case len(words) == 0:
		return complain(f, "name the files to add")
	}
	member, err := openKeys(a.keys)
	if err != nil {
		return err
	}
	if o.Key, err = member.sourceKey(); err != nil {
		return err
	}
	files, err := videoFiles(words)
	switch {
	case err != nil:
		return err
	case len(files) == 0:
		return fmt.Errorf("there is no file in it whose name ends like a video's; name the file itself to add it")
	case len(files) > 1 && a.name != "":
		return complain(f, "-name is for one file, these are %d", len(files))
	}
	if err := os.MkdirAll(a.database, 0o755); err != nil {
		return err
	}
	failed := 0
	for _, file := range files {
		if err := addOne(ctx, a.database, file, o, std); err != nil {
			if ctx.Err() != nil {
				return err
			}
			failed++
			fmt.Fprintf(std.err, "psnode add: %v\n", advise(err))
		}
	}
	if failed > 0 {
		return fmt.Errorf("%d of %d files were not added", failed, len(files))
	}
	return nil
}

// addOne adds a file and tells how that goes.
func addOne(ctx context.Context, database, file string, o ingest.Options, std streams) error {
	began := time.Now()
	line := progressLine{w: std.err}
	o.Planned = func(p media.Plan, about time.Duration) {
		fmt.Fprintf(std.out, "%s: %v\n", file, p)
		if p.Transcodes() {
			fmt.Fprintf(std.out, "  transcoding, because %s: ", p.Why)
			if about > 0 {
				fmt.Fprintf(std.out, "about %v on this machine\n", about.Round(time.Second))
			} else {
				fmt.Fprintf(std.out, "a short video\n")
			}
		}
		began = time.Now()
	}
	o.Progress = func(done, whole time.Duration) { line.show(done, whole, time.Since(began)) }
	r, err := ingest.Add(ctx, database, file, o)
	line.end()
	if err != nil {
		return err
	}
	info := r.Video.Info()
	fmt.Fprintf(std.out, "added %q: %s, %s, %v", r.Video.Name(), r.Video.MediaType(), size(info.Length),
		time.Duration(info.Duration).Round(time.Millisecond))
	for i, c := range r.Companions {
		_, part, _ := media.Parse(c)
		fmt.Fprintf(std.out, "%s%s", [2]string{"; with ", ", "}[min(i, 1)], part)
	}
	fmt.Fprintln(std.out)
	for _, left := range r.Left {
		fmt.Fprintf(std.out, "  left out: %s\n", left)
	}
	return nil
}

// advise adds to an error which flag helps.
func advise(err error) error {
	for _, a := range []struct {
		is   error
		flag string
	}{{library.ErrExists, "-replace takes its place, -name gives another"}, {media.ErrNoVideo, "-as-is takes any file"},
		{media.ErrTranscode, "-transcode auto does that"}} {
		if errors.Is(err, a.is) {
			return fmt.Errorf("%w (%s)", err, a.flag)
		}
	}
	return err
}

// videoFiles returns the files that words name: themselves, or those of videos below a directory.
func videoFiles(words []string) (files []string, err error) {
	for _, word := range words {
		err := filepath.WalkDir(word, func(path string, e fs.DirEntry, err error) error {
			hidden := path != word && e != nil && e.Name()[0] == '.'
			switch {
			case err != nil:
				return err
			case hidden && e.IsDir():
				return fs.SkipDir
			case e.IsDir(), hidden:
			case path == word || media.LooksLikeVideo(path):
				files = append(files, path)
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return files, nil
}

// progressLine shows on a terminal how far something is; elsewhere it is silent.
type progressLine struct {
	w     io.Writer
	shown bool
}

func (l *progressLine) show(done, whole, took time.Duration) {
	if f, ok := l.w.(*os.File); !ok || !isTerminal(f) || whole <= 0 {
		return
	}
	left := time.Duration(0)
	if done > 0 {
		left = time.Duration(float64(took) * float64(whole-done) / float64(done))
	}
	fmt.Fprintf(l.w, "\r  %3d %%  %v left \x1b[K", int64(100*done/whole), left.Round(time.Second))
	l.shown = true
}

// end clears the line.
func (l *progressLine) end() {
	if l.shown {
		fmt.Fprint(l.w, "\r\x1b[K")
	}
}

func isTerminal(f *os.File) bool {
	st, err := f.Stat()
	return err == nil && st.Mode()&os.ModeCharDevice != 0
}
