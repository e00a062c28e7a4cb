package store

import (
	"bytes"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"peerstreamer/bench/usage"
)

// What Open may allocate for each byte that it finds in a directory, and in all: buffers for pieces and the tables of a few
// videos.
const (
	openPerByte = 64
	openFixed   = 8 << 20
)

// FuzzDirectory opens directories that no Store has left like that: one that held three chunks of a video and part of a
// fourth, with changes. A change is four bytes: which file, what is done to it, and where or how much of it; besides, one
// file of any name may have any content. Whatever was done, Open says no with a reason, or opens a Store that gives no
// wrong byte, forgets nothing when it is opened again, and keeps chunks as any other.
func FuzzDirectory(f *testing.F) {
	video := newFilm("fuzz", 4*2048, 2048, 512)
	healthy := f.TempDir()
	s, err := Open(healthy, Options{})
	if err != nil {
		f.Fatal(err)
	}
	mustAdd(f, s, video)
	for chunk := range 3 {
		video.put(f, s, chunk)
	}
	video.put(f, s, 3, 1)
	if err := s.Close(); err != nil {
		f.Fatal(err)
	}
	files := tree(f, healthy)
	names := slices.Sorted(maps.Keys(files))
	f.Add([]byte{}, "", []byte{})
	for i, name := range names {
		for kind := range byte(5) {
			f.Add([]byte{byte(i), kind, 0, 40}, "", []byte{})
			f.Add([]byte{byte(i), kind, 0xff, 0xff}, "", []byte{})
		}
		f.Add([]byte{}, name[1:], []byte(files[name]+files[name]))
	}
	f.Add([]byte{}, strings.Repeat("0", 64)+".manifest", video.m.Encoded())
	f.Add([]byte{}, strings.Repeat("0", 64)+".data", []byte("data"))
	f.Add([]byte{}, ".tmp-1", []byte{1})
	f.Fuzz(func(t *testing.T, changes []byte, name string, content []byte) {
		dir, size := t.TempDir(), 0
		for path, text := range changed(files, names, changes) {
			if err := os.WriteFile(dir+path, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
			size += len(text)
		}
		if name != "" && filepath.IsLocal(name) && filepath.Base(name) == name && len(content) < 1<<20 {
			_ = os.WriteFile(filepath.Join(dir, name), content, 0o644) // Not every name is one.
			size += len(content)
		}
		var s *Store
		var err error
		got := usage.Allocated(func() { s, err = Open(dir, Options{}) })
		if most := openPerByte*size + openFixed; got > uint64(most) {
			t.Errorf("Open allocates %d for %d bytes: want at most %d", got, size, most)
		}
		if err != nil {
			if !strings.HasPrefix(err.Error(), "chunk directory "+dir+": ") {
				t.Errorf("refused without its name: %v", err)
			}
			return
		}
		held := served(t, s, video)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		s = mustOpen(t, dir)
		if again := served(t, s, video); !slices.Equal(held, again) {
			t.Errorf("served %v, and opened again %v", held, again)
		}
		mustAdd(t, s, video)
		for chunk := range video.chunks {
			if err := s.Drop(video.key(chunk)); err != nil {
				t.Fatal(err)
			}
			video.put(t, s, chunk)
			video.check(t, s, chunk)
		}
	})
}

// served returns the chunks that a store has and gives, and fails the test if it gives other bytes than were put.
func served(t *testing.T, s *Store, video *film) (chunks []int) {
	t.Helper()
	for chunk, want := range video.chunks {
		got := make([]byte, len(want))
		switch err := s.ReadAt(video.key(chunk), 0, got); {
		case err == nil && !bytes.Equal(got, want):
			t.Errorf("chunk %d has other bytes", chunk)
		case err == nil:
			chunks = append(chunks, chunk)
		case !errors.Is(err, ErrAbsent) && !errors.Is(err, ErrVideo):
			t.Logf("chunk %d: %v", chunk, err) // a disk error is one
		}
	}
	return chunks
}

// changed returns the files with changes made to them; the lock, which a dead process leaves behind, is as it was.
func changed(files map[string]string, names []string, changes []byte) map[string]string {
	out := maps.Clone(files)
	for ; len(changes) >= 4; changes = changes[4:] {
		name := names[int(changes[0])%len(names)]
		text, ok := out[name]
		if !ok {
			continue
		}
		at := min((int(changes[2])<<8|int(changes[3]))%(len(text)+1), len(text))
		switch changes[1] % 5 {
		case 0: // a bit, or more, is another
			if at < len(text) {
				text = text[:at] + string([]byte{text[at] ^ 0x40}) + text[at+1:]
			}
		case 1: // cut off
			text = text[:at]
		case 2: // said again
			text += text[at:]
		case 3: // shifted
			text = text[at:]
		case 4:
			delete(out, name)
			continue
		}
		out[name] = text
	}
	return out
}
