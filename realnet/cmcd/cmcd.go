package cmcd

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"peerstreamer/core"
)

// Limits on what one request may say.
const (
	MaxLength = 4096 // bytes, of one field or of the argument
	MaxKeys   = 64   // in one of them
	MaxID     = 64   // bytes of a session's or a content's id, as CTA-5004 has it
)

// Data is what a player tells. Fields of keys that it did not send are zero.
type Data struct {
	Session string // sid
	Content string // cid

	Buffer     time.Duration // bl: media ahead of the playhead
	HasBuffer  bool
	Starved    bool          // bs: the buffer ran dry since the request before
	Startup    bool          // su: needed at once, to start, after a seek or after a stall
	StartDelay time.Duration // msd: from the wish to play to the first frame; 0: not told
	Throughput core.Rate     // mtp: as the player has measured it
	Wanted     core.Rate     // rtp: more than this is of no use to it
	Bitrate    core.Rate     // br: of the media
}

// fields are the header fields that a player may use.
var fields = []string{"CMCD-Request", "CMCD-Object", "CMCD-Status", "CMCD-Session"}

// FromRequest returns what a request tells, in header fields or else in its query, and whether that is anything. What cannot
// be read counts as not said.
func FromRequest(r *http.Request) (d Data, ok bool) {
	for _, f := range fields {
		if v := r.Header.Get(f); v != "" && d.add(v) == nil {
			ok = true
		}
	}
	if ok || len(r.URL.RawQuery) > 4*MaxLength || !strings.Contains(r.URL.RawQuery, "CMCD=") {
		return d, ok
	}
	v := r.URL.Query().Get("CMCD")
	return d, v != "" && d.add(v) == nil
}

// Parse reads a list of keys and values. It takes time and memory in proportion to s, which may have MaxLength bytes.
func Parse(s string) (d Data, err error) {
	err = d.add(s)
	return d, err
}

var errNumber = errors.New("want a whole number of 0 or more")

// add reads what s says over what is there. After an error nothing of s is.
func (d *Data) add(s string) error {
	if len(s) > MaxLength {
		return fmt.Errorf("cmcd: %d bytes: want at most %d", len(s), MaxLength)
	}
	n := *d
	for keys := 0; ; keys++ {
		if s = strings.TrimLeft(s, " "); s == "" {
			*d = n
			return nil
		}
		if keys == MaxKeys {
			return fmt.Errorf("cmcd: more than %d keys", MaxKeys)
		}
		key, value, rest, err := next(s)
		if err == nil {
			err = n.set(key, value)
		}
		if err != nil {
			return fmt.Errorf("cmcd: key %q: %w", key, err)
		}
		s = rest
	}
}

// next cuts the first key with its value off. A key alone is a value of "true".
func next(s string) (key, value, rest string, err error) {
	end := strings.IndexAny(s, ",=")
	if end < 0 {
		return strings.TrimSpace(s), "true", "", nil
	}
	key = strings.TrimSpace(s[:end])
	if s[end] == ',' {
		return key, "true", s[end+1:], nil
	}
	s = s[end+1:]
	if !strings.HasPrefix(s, `"`) {
		value, rest, _ = strings.Cut(s, ",")
		return key, strings.TrimSpace(value), rest, nil
	}
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\\' && i+1 < len(s):
			i++
			b.WriteByte(s[i])
		case c == '"':
			rest = strings.TrimLeft(s[i+1:], " ")
			if rest != "" && rest[0] != ',' {
				return key, "", "", fmt.Errorf("%.16q after the closing quote: want a comma", rest)
			}
			return key, b.String(), strings.TrimPrefix(rest, ","), nil
		default:
			b.WriteByte(c)
		}
	}
	return key, "", "", errors.New("no closing quote")
}

// set takes one key's value.
func (d *Data) set(key, value string) (err error) {
	switch key {
	case "sid":
		d.Session, err = id(value)
	case "cid":
		d.Content, err = id(value)
	case "bl":
		d.Buffer, err = millis(value)
		d.HasBuffer = err == nil
	case "msd":
		d.StartDelay, err = millis(value)
	case "bs":
		d.Starved = value == "true" || value == "?1"
	case "su":
		d.Startup = value == "true" || value == "?1"
	case "mtp":
		d.Throughput, err = kbps(value)
	case "rtp":
		d.Wanted, err = kbps(value)
	case "br":
		d.Bitrate, err = kbps(value)
	}
	return err
}

func id(s string) (string, error) {
	if len(s) > MaxID {
		return "", fmt.Errorf("%d bytes: want at most %d", len(s), MaxID)
	}
	return s, nil
}

// maxNumber keeps what is computed from a number within an int64: 49 days in milliseconds, 4 Tbit/s in kbit/s.
const maxNumber = 1 << 32

func number(s string) (int64, error) {
	n, err := strconv.ParseUint(s, 10, 64)
	if err != nil || n > maxNumber {
		return 0, fmt.Errorf("%.24q: %w, at most %d", s, errNumber, int64(maxNumber))
	}
	return int64(n), nil
}

func millis(s string) (time.Duration, error) {
	n, err := number(s)
	return time.Duration(n) * time.Millisecond, err
}

func kbps(s string) (core.Rate, error) {
	n, err := number(s)
	return core.Rate(n) * core.Kbps, err
}
