package wire

import (
	"errors"
	"fmt"
	"math"
	"net/netip"

	"github.com/anacrolix/torrent/bencode"

	"peerstreamer/core"
)

// Session names one life of a node: random, so that no two are alike.
type Session [16]byte

// Flags say what a node is.
type Flags uint8

// Flags that a reader does not know mean nothing to it.
const (
	FlagSource   Flags = 1 << iota // the node owns videos and has no master
	FlagLook                       // the dialler only wants to know: answer with hello, about and close
	FlagDialBack                   // with FlagLook: try whether Addr can be dialled
	FlagViewer                     // the dialler only reads: it is no node that others could ask
	FlagLow                        // a get from a peer may be a low one, see core.Msg
)

// Hello is the first frame in each direction: the dialler's at once, the other end's when it has decided to talk.
type Hello struct {
	Version int
	Flags   Flags
	Name    string         // the node's, at most core.MaxName bytes; "" for a client without one
	Addr    netip.AddrPort // where it can be dialled; the zero value if nowhere; an unspecified IP means "as you see me"
	Session Session
	Clock   int64  // in an answer to FlagLook: microseconds since 1970 by the node's clock; else 0
	Dial    uint64 // how many dials the node has begun: of two connections from one node the higher is the newer
	Web     uint16 // the port of the node's web server, at the IP where the node is seen; 0: none
}

// helloMagic is the value of the first key of a hello.
const helloMagic = "peerstreamer"

// ErrVersion is returned by ParseHello for a hello of another version; the Hello then has Version alone.
var ErrVersion = errors.New("another version of the protocol")

// helloDict is a hello in bencode. Readers ignore keys that they do not know.
type helloDict struct {
	Addr    string `bencode:"addr"`
	Clock   int64  `bencode:"clock,omitempty"`
	Dial    uint64 `bencode:"dial"`
	Flags   int64  `bencode:"flags"`
	Magic   string `bencode:"magic"`
	Name    string `bencode:"name"`
	Session []byte `bencode:"session"`
	Version int    `bencode:"version"`
	Web     int64  `bencode:"web,omitempty"`
}

// AppendHello appends a hello frame. h.Name is cut to core.MaxName bytes.
func AppendHello(b []byte, h Hello) []byte {
	d := helloDict{
		Magic: helloMagic, Version: h.Version, Flags: int64(h.Flags), Name: h.Name[:min(len(h.Name), core.MaxName)],
		Session: h.Session[:], Dial: h.Dial, Clock: h.Clock, Web: int64(h.Web),
	}
	if h.Addr.IsValid() {
		d.Addr = h.Addr.String()
	}
	body := bencode.MustMarshal(d)
	return append(appendHeader(b, TypeHello, len(body)), body...)
}

// ParseHello reads a hello frame's body.
func ParseHello(body []byte) (Hello, error) {
	// The magic and the version are looked at first: all else may differ in another version.
	var first struct {
		Magic   string `bencode:"magic"`
		Version int    `bencode:"version"`
	}
	if err := bencode.Unmarshal(body, &first); err != nil {
		return Hello{}, fmt.Errorf("hello: %w", err)
	}
	if first.Magic != helloMagic {
		return Hello{}, fmt.Errorf("hello: magic %.32q: want %q", first.Magic, helloMagic)
	}
	h := Hello{Version: first.Version}
	if first.Version != Version {
		return h, fmt.Errorf("hello: %w: the peer speaks version %d, this node %d", ErrVersion, first.Version, Version)
	}
	var d helloDict
	if err := bencode.Unmarshal(body, &d); err != nil {
		return h, fmt.Errorf("hello: %w", err)
	}
	switch {
	case len(d.Session) != len(h.Session):
		return h, fmt.Errorf("hello: session of %d bytes: want %d", len(d.Session), len(h.Session))
	case len(d.Name) > core.MaxName:
		return h, fmt.Errorf("hello: name of %d bytes: want at most %d", len(d.Name), core.MaxName)
	case d.Flags < 0:
		return h, fmt.Errorf("hello: flags %d: want 0 or more", d.Flags)
	case d.Web < 0 || d.Web > math.MaxUint16:
		return h, fmt.Errorf("hello: web %d: want a port, 0..%d", d.Web, math.MaxUint16)
	}
	if d.Addr != "" {
		a, err := netip.ParseAddrPort(d.Addr)
		if err != nil || a.Port() == 0 || a.Addr().Zone() != "" {
			return h, fmt.Errorf("hello: address %.64q: want ip:port", d.Addr)
		}
		h.Addr = netip.AddrPortFrom(a.Addr().Unmap(), a.Port())
	}
	h.Flags, h.Name, h.Session, h.Dial = Flags(d.Flags), d.Name, Session(d.Session), d.Dial
	h.Clock, h.Web = d.Clock, uint16(d.Web)
	return h, nil
}
