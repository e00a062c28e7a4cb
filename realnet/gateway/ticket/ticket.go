package ticket

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"
)

// Bounds on a secret's length in bytes.
const (
	MinSecret = 16
	MaxSecret = 4096
)

// maxExpiry bounds exp: the last second of the year 9999.
const maxExpiry = 253402300799

// Why a ticket does not let somebody in. The texts are for the viewer to read.
var (
	ErrMissing   = errors.New("this address needs a signature: ask whoever gave it to you for the whole address")
	ErrForged    = errors.New("this address's signature is not ours: ask whoever gave it to you for a new one")
	ErrExpired   = errors.New("this address has expired: ask whoever gave it to you for a new one")
	ErrElsewhere = errors.New("this address is for viewers in another network")
)

// Key signs and checks. Its methods may be called from any goroutine.
type Key struct{ secret []byte }

// New returns the key of a secret, of MinSecret to MaxSecret bytes.
func New(secret []byte) (*Key, error) {
	if n := len(secret); n < MinSecret || n > MaxSecret {
		return nil, fmt.Errorf("a secret of %d bytes: want %d..%d, such as openssl rand -hex 32 prints", n, MinSecret, MaxSecret)
	}
	return &Key{bytes.Clone(secret)}, nil
}

// Load returns the key of the secret in a file, white space around it left out.
func Load(file string) (*Key, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, 2*MaxSecret))
	if err != nil {
		return nil, err
	}
	k, err := New(bytes.TrimSpace(b))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return k, nil
}

// Sign returns the ticket for a video until a time, which counts in whole seconds, and for viewers, all if the prefix is zero.
func (k *Key) Sign(video string, expires time.Time, viewers netip.Prefix) url.Values {
	exp, net := strconv.FormatInt(expires.Unix(), 10), ""
	q := url.Values{"exp": {exp}}
	if viewers.IsValid() {
		net = viewers.Masked().String()
		q.Set("net", net)
	}
	q.Set("sig", base64.RawURLEncoding.EncodeToString(k.sum(video, exp, net)))
	return q
}

func (k *Key) sum(video, exp, net string) []byte {
	h := hmac.New(sha256.New, k.secret)
	fmt.Fprintf(h, "psnode viewer 1\n%s\n%s\n%s\n", video, exp, net)
	return h.Sum(nil)
}

// Check returns nil if the query holds a ticket that lets the viewer watch the video now, and otherwise one of the errors
// above. What a forged ticket says is not looked at.
func (k *Key) Check(video, query string, now time.Time, viewer netip.Addr) error {
	q, err := url.ParseQuery(query)
	if err != nil {
		return ErrForged
	}
	exp, net, sig := q["exp"], q["net"], q["sig"]
	if len(sig) == 0 {
		return ErrMissing
	}
	if len(exp) != 1 || len(net) > 1 || len(sig) != 1 {
		return ErrForged
	}
	from := strings.Join(net, "")
	got, err := base64.RawURLEncoding.Strict().DecodeString(sig[0])
	if err != nil || !hmac.Equal(got, k.sum(video, exp[0], from)) {
		return ErrForged
	}
	until, err := strconv.ParseInt(exp[0], 10, 64)
	if err != nil || until > maxExpiry {
		return ErrForged
	}
	if now.Unix() >= until {
		return ErrExpired
	}
	if from != "" {
		if p, err := netip.ParsePrefix(from); err != nil || !p.Contains(viewer.Unmap().WithZone("")) {
			return ErrElsewhere
		}
	}
	return nil
}

// Carry returns the ticket of a query alone, as the query of another address of the same video; "" if it holds none.
func Carry(query string) string {
	q, _ := url.ParseQuery(query)
	out := url.Values{}
	for _, key := range []string{"exp", "net", "sig"} {
		if v := q[key]; len(v) > 0 {
			out.Set(key, v[0])
		}
	}
	return out.Encode()
}

// roots are the first parts of the paths that lead to videos.
var roots = []string{"v", "watch", "embed", "go"}

// SignURL returns the address of a video, such as https://box.example/watch/movie, with a ticket that is good for a while.
func (k *Key) SignURL(address string, good time.Duration, viewers netip.Prefix) (string, error) {
	u, err := url.Parse(address)
	if err != nil {
		return "", err
	}
	parts := strings.Split(strings.TrimPrefix(u.EscapedPath(), "/"), "/")
	for i, p := range parts[:max(len(parts)-1, 0)] { // a proxy may have put something in front
		for _, root := range roots {
			if p != root {
				continue
			}
			name, err := url.PathUnescape(parts[i+1])
			if err != nil || name == "" {
				return "", fmt.Errorf("address %q: no video's name after /%s/", address, root)
			}
			q := u.Query()
			for key, v := range k.Sign(name, time.Now().Add(good), viewers) {
				q[key] = v
			}
			if !viewers.IsValid() {
				q.Del("net")
			}
			u.RawQuery = q.Encode()
			return u.String(), nil
		}
	}
	return "", fmt.Errorf("address %q: want one with /v/NAME, /watch/NAME, /embed/NAME or /go/NAME", address)
}
