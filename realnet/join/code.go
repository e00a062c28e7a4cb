package join

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"time"

	"peerstreamer/realnet/identity"
)

// prefix begins every code, and tells its version.
const prefix = "ps1-"

// The sizes of a code's parts in bytes.
const (
	idSize     = 8
	secretSize = 16
	sumSize    = 4
	fixedSize  = sha256.Size + idSize + secretSize + 8
	maxAddr    = 267 // tcp://, a host name of 255 bytes, and a port

	// MaxCode bounds a code in characters.
	MaxCode = len(prefix) + (fixedSize+maxAddr+sumSize)*4/3 + 3
)

// ID names an invitation. It is no secret.
type ID [idSize]byte

// Secret is what the holder of a code knows. It is not printed.
type Secret [secretSize]byte

// String hides the secret from logs.
func (Secret) String() string { return "(secret)" }

// GoString hides it from %#v.
func (Secret) GoString() string { return "(secret)" }

// Code is an invitation as it travels.
type Code struct {
	Addr    string               // of the node that invites: host:port or tcp://host:port
	Swarm   identity.Fingerprint // of the swarm's certificate
	ID      ID
	Secret  Secret
	Expires time.Time // in whole seconds
}

// Text returns the code as one word of about 120 characters without punctuation but - and _. Whoever reads it can join.
//
//	ps1- base64url(swarm 32, id 8, secret 16, seconds since 1970 8, address, first 4 bytes of the SHA-256 of all before)
func (c Code) Text() string {
	b := append([]byte(nil), c.Swarm[:]...)
	b = append(b, c.ID[:]...)
	b = append(b, c.Secret[:]...)
	b = binary.BigEndian.AppendUint64(b, uint64(c.Expires.Unix()))
	b = append(b, c.Addr...)
	sum := sha256.Sum256(b)
	return prefix + base64.RawURLEncoding.EncodeToString(append(b, sum[:sumSize]...))
}

// ErrCode is returned by ParseCode for what is not a whole code.
var ErrCode = errors.New("not a whole code: copy all of the line that psnode invite has printed")

// ParseCode reads a code. Spaces around it do not matter. The error does not repeat the code, which may be nearly right.
func ParseCode(s string) (c Code, err error) {
	s = strings.TrimSpace(s)
	if len(s) > MaxCode {
		return c, fmt.Errorf("%w: it has %d characters, more than %d", ErrCode, len(s), MaxCode)
	}
	digits, ok := strings.CutPrefix(s, prefix)
	if !ok {
		return c, fmt.Errorf("%w: it does not begin with %s", ErrCode, prefix)
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(digits)
	if err != nil || len(b) <= fixedSize+sumSize {
		return c, ErrCode
	}
	b, got := b[:len(b)-sumSize], b[len(b)-sumSize:]
	if sum := sha256.Sum256(b); !bytes.Equal(sum[:sumSize], got) {
		return c, fmt.Errorf("%w: its checksum is wrong", ErrCode)
	}
	b = b[copy(c.Swarm[:], b):]
	b = b[copy(c.ID[:], b):]
	b = b[copy(c.Secret[:], b):]
	seconds := binary.BigEndian.Uint64(b)
	if seconds > 1<<40 {
		return c, ErrCode
	}
	c.Expires = time.Unix(int64(seconds), 0)
	c.Addr = string(b[8:])
	return c, nil
}
