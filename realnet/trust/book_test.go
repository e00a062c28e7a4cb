package trust

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"peerstreamer/core"
	"peerstreamer/realnet/manifest"
)

// video returns a manifest of that name, signed unless key is nil. Content makes another video of it.
func video(t *testing.T, name string, content byte, key ed25519.PrivateKey) *manifest.Manifest {
	t.Helper()
	m, err := manifest.New(name, "video/mp4", core.VideoInfo{Length: 1, ChunkSize: 1024, PieceSize: 1024},
		[]manifest.Hash{manifest.PieceHash([]byte{content})})
	if err != nil {
		t.Fatal(err)
	}
	if key != nil {
		m = m.Sign(key)
	}
	return m
}

func key(t *testing.T) (ed25519.PublicKey, ed25519.PrivateKey) {
	t.Helper()
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	return public, private
}

func TestPins(t *testing.T) {
	pinned, ours := key(t)
	second, theirs := key(t)
	_, other := key(t)
	b := New(pinned, second)
	for _, c := range []struct {
		name string
		m    *manifest.Manifest
		want error
	}{
		{"pinned", video(t, "a", 1, ours), nil},
		{"the second pin", video(t, "a", 2, theirs), nil},
		{"another key", video(t, "b", 1, other), ErrOtherKey},
		{"unsigned", video(t, "b", 1, nil), ErrUnsigned},
	} {
		if first, err := b.Check(c.m); !errors.Is(err, c.want) || first {
			t.Errorf("%s: %v, %v: want %v", c.name, first, err, c.want)
		}
	}
}

// TestANameBelongsToAKey from its first signed manifest on, after a restart too; names that came unsigned to nobody.
func TestANameBelongsToAKey(t *testing.T) {
	path := filepath.Join(t.TempDir(), ".sources")
	_, ours := key(t)
	_, other := key(t)
	for life := range 2 {
		b, err := Open(path, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			name  string
			m     *manifest.Manifest
			first bool
			want  error
		}{
			{"unsigned", video(t, "free", 1, nil), false, nil},
			{"unsigned again", video(t, "free", 2, nil), false, nil},
			{"signed", video(t, "movie", 1, ours), life == 0, nil},
			{"replaced by its owner", video(t, "movie", 2, ours), false, nil},
			{"by another", video(t, "movie", 3, other), false, ErrOtherKey},
			{"unsigned by somebody", video(t, "movie", 1, nil), false, ErrUnsigned},
			{"another name of another", video(t, "film noir", 1, other), life == 0, nil},
		} {
			if first, err := b.Check(c.m); !errors.Is(err, c.want) || first != c.first {
				t.Errorf("life %d: %s: %v, %v: want %v, %v", life, c.name, first, err, c.first, c.want)
			}
		}
		if err := b.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// TestHalfALineIsNoDamage: a crash in the middle of a line loses that line alone; what is no line at all is an error.
func TestHalfALineIsNoDamage(t *testing.T) {
	path := filepath.Join(t.TempDir(), ".sources")
	_, ours := key(t)
	open := func() *Book {
		t.Helper()
		b, err := Open(path, nil)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	check := func(b *Book, name string, want bool) {
		t.Helper()
		if first, err := b.Check(video(t, name, 1, ours)); err != nil || first != want {
			t.Errorf("%s: first %v, %v: want %v", name, first, err, want)
		}
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	}
	check(open(), "one", true)
	check(open(), "two", true)
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data[:len(data)-2], 0o600); err != nil {
		t.Fatal(err)
	}
	check(open(), "one", false)
	check(open(), "two", true)
	check(open(), "two", false)
	if err := os.WriteFile(path, bytes.Replace(data, []byte(" "), []byte("x"), 1), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(path, nil); err == nil || !strings.Contains(err.Error(), "line 1") {
		t.Errorf("a damaged book: %v, want an error that names line 1", err)
	}
}

func TestBookIsBounded(t *testing.T) {
	b := New()
	_, ours := key(t)
	for i := range MaxNames {
		b.names[string(rune('a'+i%26))+string(rune(0x4E00+i/26))] = [32]byte{}
	}
	if _, err := b.Check(video(t, "one more", 1, ours)); !errors.Is(err, ErrFull) {
		t.Errorf("%v, want ErrFull", err)
	}
	if _, err := b.Check(video(t, "unsigned", 1, nil)); err != nil {
		t.Errorf("an unsigned manifest needs no room: %v", err)
	}
}
