package join

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/pelletier/go-toml/v2"

	"peerstreamer/realnet/identity"
	"peerstreamer/realnet/manifest"
)

const (
	// MaxLife is how long an invitation may be good for.
	MaxLife = 7 * 24 * time.Hour

	// MaxInvites is how many invitations may be kept, those that were taken or have expired a short while ago included.
	MaxInvites = 10_000

	// maxInvite bounds an invitation's file in bytes.
	maxInvite = 4 << 10

	// remembered is how long after its end an invitation is still known, so that who comes too late is told so.
	remembered = 24 * time.Hour

	takenSuffix = ".taken"
)

// Errors of those who would join, all of them wrapped with words for people.
var (
	ErrUnknown = errors.New("this code is not of this node, or its secret is wrong")
	ErrTaken   = errors.New("this code was used already")
	ErrExpired = errors.New("this code has expired")
)

// Invite is an invitation as the node keeps it.
type Invite struct {
	Expires time.Time
	Name    string            // that the box must have; "": any that is free
	Give    identity.Settings // what the box is told beside its certificate
}

// inviteFile is an invitation as it is written.
type inviteFile struct {
	Secret    string    `toml:"secret"`
	Expires   time.Time `toml:"expires"`
	Name      string    `toml:"name,omitempty"`
	Master    string    `toml:"master,omitempty"`
	SourceKey string    `toml:"source_key,omitempty"`
}

// Invites are the invitations in a directory. Any number of processes may use it at the same time.
type Invites struct{ Dir string }

// New keeps an invitation to be made good at addr, and returns its code, which lacks the swarm's fingerprint.
func (d Invites) New(addr string, in Invite, now time.Time) (Code, error) {
	c, err := d.add(addr, in, now)
	if err != nil {
		return Code{}, fmt.Errorf("invite: %w", err)
	}
	return c, nil
}

func (d Invites) add(addr string, in Invite, now time.Time) (Code, error) {
	switch life := in.Expires.Sub(now); {
	case addr == "" || len(addr) > maxAddr:
		return Code{}, fmt.Errorf("address of %d bytes: want 1..%d", len(addr), maxAddr)
	case life <= 0 || life > MaxLife:
		return Code{}, fmt.Errorf("good for %v: want more than 0 and at most %v", life, MaxLife)
	}
	if in.Name != "" {
		if err := manifest.CheckName(in.Name); err != nil {
			return Code{}, err
		}
	}
	if err := os.MkdirAll(d.Dir, 0o700); err != nil {
		return Code{}, err
	}
	if n, err := d.sweep(now); err != nil {
		return Code{}, err
	} else if n >= MaxInvites {
		return Code{}, fmt.Errorf("%d invitations are kept already, the most there may be: wait until some expire", n)
	}
	c := Code{Addr: addr, Expires: in.Expires.Truncate(time.Second)}
	rand.Read(c.ID[:])
	rand.Read(c.Secret[:])
	data, err := toml.Marshal(inviteFile{
		Secret: hex.EncodeToString(c.Secret[:]), Expires: c.Expires.UTC(), Name: in.Name,
		Master: in.Give.Master, SourceKey: in.Give.SourceKey,
	})
	if err != nil {
		return Code{}, err
	}
	return c, d.write(c.ID, data)
}

func (d Invites) path(id ID) string { return filepath.Join(d.Dir, hex.EncodeToString(id[:])) }

func (d Invites) write(id ID, data []byte) error {
	f, err := os.OpenFile(d.path(id), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return errors.Join(err, os.Remove(d.path(id)))
	}
	return nil
}

// find returns an invitation, whether or not it can still be taken.
func (d Invites) find(id ID) (in Invite, secret Secret, taken bool, err error) {
	path := d.path(id)
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		taken = true
		data, err = os.ReadFile(path + takenSuffix)
	}
	if errors.Is(err, fs.ErrNotExist) {
		return in, secret, false, ErrUnknown
	}
	var f inviteFile
	if err == nil {
		err = toml.NewDecoder(bytes.NewReader(data[:min(len(data), maxInvite)])).DisallowUnknownFields().Decode(&f)
	}
	if err != nil {
		return in, secret, false, fmt.Errorf("invitation %s: %w", path, err)
	}
	if n, err := hex.Decode(secret[:], []byte(f.Secret[:min(len(f.Secret), 2*secretSize)])); err != nil || n != secretSize {
		return in, secret, false, fmt.Errorf("invitation %s: its secret is damaged", path)
	}
	in = Invite{Expires: f.Expires, Name: f.Name, Give: identity.Settings{Master: f.Master, SourceKey: f.SourceKey}}
	return in, secret, taken, nil
}

// take makes an invitation good once. Of several who try, one gets nil and the others ErrTaken.
func (d Invites) take(id ID) error {
	err := os.Rename(d.path(id), d.path(id)+takenSuffix)
	if errors.Is(err, fs.ErrNotExist) {
		return ErrTaken
	}
	if err != nil {
		return err
	}
	return syncDir(d.Dir)
}

// syncDir makes the names in a directory survive a power cut, where a directory can be synced.
func syncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// sweep removes what ended long ago and returns how many files are left. Foreign files are left alone and counted.
func (d Invites) sweep(now time.Time) (left int, err error) {
	entries, err := os.ReadDir(d.Dir)
	if err != nil {
		return 0, err
	}
	for _, e := range entries {
		var id ID
		digits := strings.TrimSuffix(e.Name(), takenSuffix)
		if n, err := hex.Decode(id[:], []byte(digits[:min(len(digits), 2*idSize)])); err == nil && n == idSize && len(digits) == 2*idSize {
			in, _, _, err := d.find(id)
			if err == nil && now.Sub(in.Expires) > remembered {
				if err := os.Remove(filepath.Join(d.Dir, e.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
					return 0, err
				}
				continue
			}
		}
		left++
	}
	return left, nil
}
