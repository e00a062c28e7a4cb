package identity

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"sync"
	"time"

	"peerstreamer/realnet/manifest"
)

// MaxAllowSize bounds an allow list in bytes.
const MaxAllowSize = 4 << 20

// sha256Prefix marks an entry that is a fingerprint, not a name.
const sha256Prefix = "sha256:"

// AllowList says who may be a peer: a file with one entry a line, the name in a certificate or sha256: and a certificate's
// fingerprint. Empty lines and those that begin with # mean nothing. The file is read again when it has changed, so
// whoever is taken off the list is refused from the next connection on; connections that are open stay open. As long as
// there has been no such file, whoever has a certificate of the swarm may be a peer; a list that was there and cannot be
// read any more lets nobody in. Its methods are safe for concurrent use.
type AllowList struct {
	path string

	mu           sync.Mutex
	size         int64
	changed      time.Time
	names        map[string]bool
	fingerprints map[Fingerprint]bool
}

// OpenAllowList reads a list, which may also be written later.
func OpenAllowList(path string) (*AllowList, error) {
	l := &AllowList{path: path}
	if err := l.refresh(); err != nil && !l.awaited(err) {
		return nil, err
	}
	return l, nil
}

// Allows returns nil if p is on the list, which is nil for everybody, and otherwise why not.
func (l *AllowList) Allows(p Peer) error {
	if l == nil {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	switch err := l.refresh(); {
	case l.awaited(err):
		return nil
	case err != nil:
		return err
	}
	if !l.names[p.Name] && !l.fingerprints[p.Fingerprint] {
		return fmt.Errorf("%w: %q is not on it, nor is sha256:%v", ErrNotAllowed, p.Name, p.Fingerprint)
	}
	return nil
}

// awaited reports whether refresh failed because the file has not been there yet.
func (l *AllowList) awaited(err error) bool { return l.names == nil && errors.Is(err, fs.ErrNotExist) }

// ErrNotAllowed says that a member of the swarm is not on the allow list.
var ErrNotAllowed = errors.New("the allow list keeps it out")

// refresh reads the file if it is not the one that was read last.
func (l *AllowList) refresh() error {
	info, err := os.Stat(l.path)
	if err != nil {
		return fmt.Errorf("allow list: %w", err)
	}
	if l.names != nil && info.Size() == l.size && info.ModTime().Equal(l.changed) {
		return nil
	}
	f, err := os.Open(l.path)
	if err != nil {
		return fmt.Errorf("allow list: %w", err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, MaxAllowSize+1))
	if err != nil {
		return fmt.Errorf("allow list: %w", err)
	}
	names, fingerprints, err := parseAllowList(data)
	if err != nil {
		return fmt.Errorf("allow list %s: %w", l.path, err)
	}
	l.names, l.fingerprints, l.size, l.changed = names, fingerprints, info.Size(), info.ModTime()
	return nil
}

// parseAllowList reads a list's entries. What is no entry is an error with its line, lest a typing error lets in or keeps
// out somebody else.
func parseAllowList(data []byte) (names map[string]bool, fingerprints map[Fingerprint]bool, err error) {
	if len(data) > MaxAllowSize {
		return nil, nil, fmt.Errorf("more than %d bytes", MaxAllowSize)
	}
	names, fingerprints = map[string]bool{}, map[Fingerprint]bool{}
	lines := bufio.NewScanner(bytes.NewReader(data))
	for n := 1; lines.Scan(); n++ {
		entry := strings.TrimSpace(lines.Text())
		if entry == "" || entry[0] == '#' {
			continue
		}
		if digits, ok := strings.CutPrefix(entry, sha256Prefix); ok {
			f, err := ParseFingerprint(digits)
			if err != nil {
				return nil, nil, fmt.Errorf("line %d: %w", n, err)
			}
			fingerprints[f] = true
			continue
		}
		if err := manifest.CheckName(entry); err != nil {
			return nil, nil, fmt.Errorf("line %d: want a node's name or sha256:FINGERPRINT: %w", n, err)
		}
		names[entry] = true
	}
	if err := lines.Err(); err != nil {
		return nil, nil, err
	}
	return names, fingerprints, nil
}
