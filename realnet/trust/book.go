package trust

import (
	"bytes"
	"crypto/ed25519"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"sync"

	"peerstreamer/realnet/manifest"
)

// MaxNames is how many names a book remembers. A signed manifest of a further name is refused, lest a flood of names
// make a node forget whose the old ones are.
const MaxNames = 1 << 16

// maxLine bounds a line of a book's file: a key, a space, a name, a line feed.
const maxLine = 2*ed25519.PublicKeySize + 1 + 255 + 1

// Errors of Check.
var (
	ErrUnsigned = errors.New("the manifest is not signed")
	ErrOtherKey = errors.New("the manifest is signed with another key")
	ErrFull     = errors.New("too many names are remembered")
)

// Book remembers whose a name is. Its methods are safe for concurrent use.
type Book struct {
	pins []ed25519.PublicKey

	mu    sync.Mutex
	names map[string][ed25519.PublicKeySize]byte
	file  *os.File // nil: nothing is kept
}

// New returns a book without a file. Without pins it trusts on first use.
func New(pins ...ed25519.PublicKey) *Book {
	return &Book{pins: pins, names: map[string][ed25519.PublicKeySize]byte{}}
}

// Open returns a book that is kept in a file, which is made if it is not there. With pins the file is neither read nor
// made.
func Open(path string, pins []ed25519.PublicKey) (*Book, error) {
	b := New(pins...)
	if len(pins) > 0 {
		return b, nil
	}
	if err := b.open(path); err != nil {
		return nil, fmt.Errorf("the sources known by name, %s: %w", path, err)
	}
	return b, nil
}

// open reads the lines of a file and stays at its end. Half a line at the end is what a crash has left, and goes.
func (b *Book) open(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	data, err := io.ReadAll(io.LimitReader(f, MaxNames*maxLine+1))
	if err == nil {
		err = b.load(data)
	}
	whole := int64(bytes.LastIndexByte(data, '\n') + 1)
	if err == nil && whole < int64(len(data)) {
		err = f.Truncate(whole)
	}
	if err == nil {
		_, err = f.Seek(whole, io.SeekStart)
	}
	if err != nil {
		return errors.Join(err, f.Close())
	}
	b.file = f
	return nil
}

// load reads a book's lines.
func (b *Book) load(data []byte) error {
	if len(data) > MaxNames*maxLine {
		return fmt.Errorf("more than %d bytes", MaxNames*maxLine)
	}
	lines := strings.Split(string(data), "\n")
	for n, line := range lines[:len(lines)-1] {
		digits, name, ok := strings.Cut(line, " ")
		key, err := hex.DecodeString(digits)
		if !ok || err != nil || len(key) != ed25519.PublicKeySize || manifest.CheckName(name) != nil {
			return fmt.Errorf("line %d: want a public key in hexadecimal and the name of a video", n+1)
		}
		b.names[name] = [ed25519.PublicKeySize]byte(key)
	}
	return nil
}

// Check returns nil if a manifest may be believed, and whether that was decided by its being the first of its name, which
// should be told. The error wraps ErrUnsigned, ErrOtherKey or ErrFull, or is the disk's.
func (b *Book) Check(m *manifest.Manifest) (first bool, err error) {
	key := m.Signer()
	if len(b.pins) > 0 {
		switch {
		case key == nil:
			return false, fmt.Errorf("%w: want it signed with a pinned key", ErrUnsigned)
		case !slices.ContainsFunc(b.pins, func(pin ed25519.PublicKey) bool { return pin.Equal(key) }):
			return false, fmt.Errorf("%w, %x: it is not pinned", ErrOtherKey, []byte(key))
		}
		return false, nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	owner, known := b.names[m.Name()]
	switch {
	case !known && key == nil:
		return false, nil
	case !known:
		return true, b.remember(m.Name(), key)
	case key == nil:
		return false, fmt.Errorf("%w: the name belongs to key %x", ErrUnsigned, owner[:])
	case !bytes.Equal(owner[:], key):
		return false, fmt.Errorf("%w, %x: the name belongs to key %x", ErrOtherKey, []byte(key), owner[:])
	}
	return false, nil
}

// remember gives a name to a key, on the disk first.
func (b *Book) remember(name string, key ed25519.PublicKey) error {
	if len(b.names) >= MaxNames {
		return ErrFull
	}
	if b.file != nil {
		if _, err := fmt.Fprintf(b.file, "%x %s\n", []byte(key), name); err != nil {
			return fmt.Errorf("remember the source of %q: %w", name, err)
		}
		if err := b.file.Sync(); err != nil {
			return fmt.Errorf("remember the source of %q: %w", name, err)
		}
	}
	b.names[name] = [ed25519.PublicKeySize]byte(key)
	return nil
}

// Close closes the file.
func (b *Book) Close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.file == nil {
		return nil
	}
	f := b.file
	b.file = nil
	if err := f.Close(); err != nil && !errors.Is(err, fs.ErrClosed) {
		return err
	}
	return nil
}
