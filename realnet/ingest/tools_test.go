//go:build tools

package ingest

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	_ "image/jpeg"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"peerstreamer/realnet/library"
	"peerstreamer/realnet/media"
	"peerstreamer/realnet/store"
)

const subtitles = "1\n00:00:01,000 --> 00:00:02,000\nGood morning\n"

// clip makes a film of 10 s with ffmpeg, and returns its path.
func clip(t *testing.T, name string, args ...string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "s.srt"), []byte(subtitles), 0o644); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, name)
	args = append(append([]string{"-v", "error", "-f", "lavfi", "-i", "testsrc=size=320x180:rate=25", "-f", "lavfi", "-i",
		"sine=frequency=440", "-i", filepath.Join(dir, "s.srt"), "-t", "10"}, args...), path)
	if out, err := exec.CommandContext(t.Context(), "ffmpeg", args...).CombinedOutput(); err != nil {
		t.Fatalf("ffmpeg %v: %v\n%s", args, err, out)
	}
	os.Remove(filepath.Join(dir, "s.srt"))
	return path
}

var h264 = []string{"-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-g", "50", "-bf", "2"}

// content returns a video's bytes, as the database has them.
func content(t *testing.T, lib *library.Library, name string) []byte {
	t.Helper()
	m, ok := lib.Find(name)
	if !ok {
		t.Fatalf("there is no %q in the database", name)
	}
	var all []byte
	for c := range m.Info().Chunks() {
		b := make([]byte, m.Info().ChunkBytes(c))
		if err := lib.ReadAt(store.Key{ID: m.ID(), Chunk: c}, 0, b); err != nil {
			t.Fatal(err)
		}
		all = append(all, b...)
	}
	return all
}

func open(t *testing.T, dir string) *library.Library {
	t.Helper()
	lib, err := library.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { lib.Close() })
	return lib
}

func names(lib *library.Library) (list []string) {
	for _, m := range lib.Manifests() {
		list = append(list, m.Name())
	}
	return list
}

// TestAdd takes films as people have them, and checks what browsers need of what becomes of them.
func TestAdd(t *testing.T) {
	for _, c := range []struct {
		file        string
		args        []string
		copied      bool
		kept        string // codecs of the result
		subtitles   []string
		mode        media.Mode
		wantRefusal error
	}{
		{file: "Remuxed.mkv", args: append(h264, "-c:a", "aac", "-c:s", "srt", "-metadata:s:s:0", "language=ger", "-map", "0", "-map", "1", "-map", "2"),
			copied: true, kept: "h264 aac", subtitles: []string{"de"}, mode: media.Never},
		{file: "plain.mp4", args: append(h264, "-c:a", "aac", "-sn"), copied: true, kept: "h264 aac", mode: media.Never},
		{file: "phone.mov", args: append(h264, "-c:a", "pcm_s16le", "-sn"), kept: "h264 aac"},
		{file: "silent.mp4", args: append(h264, "-an", "-sn"), copied: true, kept: "h264", mode: media.Never},
		{file: "web.webm", args: []string{"-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-pix_fmt", "yuv420p",
			"-c:a", "libopus", "-sn"}, copied: true, kept: "vp9 opus", mode: media.Never},
		{file: "old.avi", args: []string{"-c:v", "mpeg4", "-c:a", "libmp3lame", "-sn"}, kept: "h264 mp3"},
		{file: "odd.mkv", args: []string{"-c:v", "ffv1", "-vf", "crop=319:179", "-c:a", "flac", "-sn"}, kept: "h264 aac"},
		{file: "never.avi", args: []string{"-c:v", "mpeg4", "-sn"}, mode: media.Never, wantRefusal: media.ErrTranscode},
		{file: "song.mp3", args: []string{"-vn", "-sn"}, wantRefusal: media.ErrNoVideo},
	} {
		t.Run(c.file, func(t *testing.T) {
			path := clip(t, c.file, c.args...)
			dir := t.TempDir()
			var plan media.Plan
			var last time.Duration
			r, err := Add(t.Context(), dir, path, Options{Mode: c.mode,
				Planned:  func(p media.Plan, _ time.Duration) { plan = p },
				Progress: func(done, whole time.Duration) { last = done }})
			if c.wantRefusal != nil {
				if entries, _ := os.ReadDir(dir); !errors.Is(err, c.wantRefusal) || len(entries) > 0 {
					t.Errorf("%v, left %v; want %v and nothing left", err, entries, c.wantRefusal)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if plan.Transcodes() == c.copied {
				t.Errorf("plan %v, transcodes: %v", plan, plan.Transcodes())
			}
			if last < 9*time.Second {
				t.Errorf("the last progress was %v of 10 s", last)
			}
			name := strings.TrimSuffix(c.file, filepath.Ext(c.file))
			want := []string{name, name + "~index.m3u8", name + "~poster.jpg"}
			for _, lang := range c.subtitles {
				want = append(want, name+"~"+lang+".vtt")
			}
			slices.Sort(want)
			lib := open(t, dir)
			if diff := cmp.Diff(want, names(lib)); diff != "" {
				t.Fatalf("database (-want +got):\n%s", diff)
			}
			if d := time.Duration(r.Video.Info().Duration); (d - 10*time.Second).Abs() > 100*time.Millisecond {
				t.Errorf("plays %v, want 10 s", d)
			}
			file := content(t, lib, name)
			checkPlaylist(t, file, string(content(t, lib, name+"~index.m3u8")), name)
			checkPlays(t, file, string(content(t, lib, name+"~index.m3u8")), name, c.kept)
			cfg, kind, err := image.DecodeConfig(bytes.NewReader(content(t, lib, name+"~poster.jpg")))
			if err != nil || kind != "jpeg" || cfg.Width > 640 || cfg.Width < 318 {
				t.Errorf("poster: %s %dx%d, %v", kind, cfg.Width, cfg.Height, err)
			}
			for _, lang := range c.subtitles {
				vtt := string(content(t, lib, name+"~"+lang+".vtt"))
				if !strings.HasPrefix(vtt, "WEBVTT") || !strings.Contains(vtt, "Good morning") {
					t.Errorf("subtitles %s:\n%s", lang, vtt)
				}
			}
		})
	}
}

var byteRange = regexp.MustCompile(`BYTERANGE[:=]"?(\d+)@(\d+)`)

// checkPlaylist: the header's range is what is before the index, the others are fragments, one after another up to the end.
func checkPlaylist(t *testing.T, file []byte, playlist, name string) {
	t.Helper()
	next := -1
	for i, m := range byteRange.FindAllStringSubmatch(playlist, -1) {
		n, _ := strconv.Atoi(m[1])
		at, _ := strconv.Atoi(m[2])
		switch {
		case at+n > len(file):
			t.Fatalf("range %s@%s of a file of %d bytes", m[1], m[2], len(file))
		case i == 0 && (at != 0 || string(file[4:8]) != "ftyp" || !bytes.Contains(file[:n], []byte("moov"))):
			t.Errorf("the header %s@%s is none", m[1], m[2])
		case i > 0 && (string(file[at+4:at+8]) != "moof" || next >= 0 && at != next):
			t.Errorf("range %d, %s@%s, begins with %q; the one before ended at %d", i, m[1], m[2], file[at+4:at+8], next)
		}
		if i > 0 {
			next = at + n
		}
	}
	if next != len(file) {
		t.Errorf("the ranges end at %d, the file at %d", next, len(file))
	}
	if got := int(binary.BigEndian.Uint32(file)); got > 64 {
		t.Errorf("ftyp of %d bytes", got)
	}
}

// checkPlays reads the file and the playlist with ffprobe, and decodes the file from the middle.
func checkPlays(t *testing.T, file []byte, playlist, name, codecs string) {
	t.Helper()
	dir := t.TempDir()
	// ffmpeg opens no segment without a known ending.
	playlist = strings.ReplaceAll(playlist, "./"+name+"\n", name+".mp4\n")
	playlist = strings.ReplaceAll(playlist, "./"+name+`"`, name+`.mp4"`)
	for n, b := range map[string][]byte{name + ".mp4": file, "index.m3u8": []byte(playlist)} {
		if err := os.WriteFile(filepath.Join(dir, n), b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, n := range []string{name + ".mp4", "index.m3u8"} {
		c := exec.CommandContext(t.Context(), "ffprobe", "-v", "error", "-show_entries", "stream=codec_name:format=duration",
			"-of", "csv=p=0", filepath.Join(dir, n))
		out, err := c.CombinedOutput()
		lines := strings.Fields(string(out))
		if err != nil || len(lines) < 2 {
			t.Fatalf("ffprobe %s: %v\n%s", n, err, out)
		}
		d, _ := strconv.ParseFloat(lines[len(lines)-1], 64)
		got := strings.Join(lines[:len(lines)-1], " ")
		if n == "index.m3u8" {
			got = got[:len(got)/2] // It tells of the streams of the one programme, and then of all.
		}
		if d < 9.9 || d > 10.1 || got != codecs {
			t.Errorf("%s plays %.3f s of %s, want 10 s of %s", n, d, got, codecs)
		}
	}
	c := exec.CommandContext(t.Context(), "ffmpeg", "-v", "error", "-ss", "5", "-i", filepath.Join(dir, name+".mp4"), "-f", "null", "-")
	if out, err := c.CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("from the middle: %v\n%s", err, out)
	}
}

// TestAddReplaces: a name is refused or its video replaced, with all companions, also those that the new one has not.
func TestAddReplaces(t *testing.T) {
	dir := t.TempDir()
	with := clip(t, "film.mkv", append(h264, "-c:s", "srt", "-map", "0", "-map", "2")...)
	without := clip(t, "film.mkv", append(h264, "-an", "-sn", "-vf", "negate")...)
	if _, err := Add(t.Context(), dir, with, Options{}); err != nil {
		t.Fatal(err)
	}
	first := open(t, dir)
	if _, err := Add(t.Context(), dir, without, Options{}); !errors.Is(err, library.ErrExists) {
		t.Errorf("got %v, want ErrExists", err)
	}
	if diff := cmp.Diff(names(first), names(open(t, dir))); diff != "" {
		t.Errorf("a refusal changed the database:\n%s", diff)
	}
	if _, err := Add(t.Context(), dir, without, Options{Replace: true}); err != nil {
		t.Fatal(err)
	}
	second := open(t, dir)
	if diff := cmp.Diff([]string{"film", "film~index.m3u8", "film~poster.jpg"}, names(second)); diff != "" {
		t.Errorf("replaced (-want +got):\n%s", diff)
	}
	a, _ := first.Find("film")
	b, _ := second.Find("film")
	if a.ID() == b.ID() {
		t.Error("it is the old one still")
	}
	checkPlaylist(t, content(t, second, "film"), string(content(t, second, "film~index.m3u8")), "film")
	was, err := Remove(dir, "film")
	if entries, _ := os.ReadDir(dir); err != nil || !was || len(entries) > 0 {
		t.Errorf("removed: %v, %v, left %v", was, err, entries)
	}
}

// TestAddBeside: subtitles beside a file come along, those of other files do not.
func TestAddBeside(t *testing.T) {
	path := clip(t, "film.mp4", append(h264, "-an", "-sn")...)
	for _, n := range []string{"film.srt", "film.en.srt", "film.eng.vtt", "film 2.srt", "filmed.srt", "film.nolanguage.srt"} {
		text := subtitles
		if strings.HasSuffix(n, ".vtt") {
			text = "WEBVTT\n\n00:01.000 --> 00:02.000\nHello\n"
		}
		if err := os.WriteFile(filepath.Join(filepath.Dir(path), n), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	dir := t.TempDir()
	if _, err := Add(t.Context(), dir, path, Options{}); err != nil {
		t.Fatal(err)
	}
	want := []string{"film", "film~en-x-2.vtt", "film~en.vtt", "film~index.m3u8", "film~poster.jpg", "film~und.vtt"}
	if diff := cmp.Diff(want, names(open(t, dir))); diff != "" {
		t.Errorf("database (-want +got):\n%s", diff)
	}
}

// TestAddInterrupted: whenever it is interrupted, nothing is left.
func TestAddInterrupted(t *testing.T) {
	path := clip(t, "film.avi", "-c:v", "mpeg4", "-sn")
	for _, at := range []string{"planned", "progress"} {
		dir := t.TempDir()
		ctx, cancel := context.WithCancel(t.Context())
		o := Options{}
		if at == "planned" {
			o.Planned = func(media.Plan, time.Duration) { cancel() }
		} else {
			o.Progress = func(time.Duration, time.Duration) { cancel() }
		}
		_, err := Add(ctx, dir, path, o)
		if entries, _ := os.ReadDir(dir); !errors.Is(err, context.Canceled) || len(entries) > 0 {
			t.Errorf("%s: %v, left %v", at, err, entries)
		}
		cancel()
	}
}

// TestTwoAudioTracks keeps the default one and tells of the other.
func TestTwoAudioTracks(t *testing.T) {
	path := clip(t, "film.mkv", append(h264, "-c:a", "aac", "-map", "0", "-map", "1", "-map", "1", "-disposition:a:0", "0", "-disposition:a:1",
		"default", "-metadata:s:a:0", "language=eng")...)
	r, err := Add(t.Context(), t.TempDir(), path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(r.Left); !strings.Contains(got, "a further audio track (aac en)") {
		t.Errorf("left out: %s", got)
	}
}
