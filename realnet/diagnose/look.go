package diagnose

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"time"

	"peerstreamer/realnet"
	"peerstreamer/realnet/identity"
	"peerstreamer/realnet/wire"
)

// Patience is how long Look and Visit wait in all, if the context does not end before.
const Patience = 10 * time.Second

// ErrRefused is wrapped by errors that say that the peer answered, with no.
var ErrRefused = errors.New("refused")

// Asker is who asks.
type Asker struct {
	Name     string
	Keys     *identity.Keys // nil: in plain text
	DialBack netip.AddrPort // where to dial back, at an unspecified IP or ours; the zero value: nowhere
}

// Look is what a look at a node tells.
type Look struct {
	Connect time.Duration // TCP
	TLS     time.Duration // 0 without keys
	Hello   time.Duration // from our hello to the node's
	Name    string
	Source  bool
	Version int
	Offset  time.Duration // of the node's clock from ours, positive if it is ahead, ...
	Bound   time.Duration // ... give or take; 0: the node does not tell the time
	Knows   bool          // About is there; an older node tells nothing more
	About   wire.About
}

// LookAt asks the node at addr, host:port or tcp://host:port.
func LookAt(ctx context.Context, addr string, who Asker) (Look, error) {
	l, err := lookAt(ctx, addr, who)
	if err != nil {
		return l, fmt.Errorf("look at %s: %w", addr, err)
	}
	return l, nil
}

func lookAt(ctx context.Context, addr string, who Asker) (l Look, err error) {
	hostport, err := realnet.ParseAddr(addr)
	if err != nil {
		return l, err
	}
	ctx, cancel := context.WithTimeout(ctx, Patience)
	defer cancel()
	began := time.Now()
	var d net.Dialer
	tcp, err := d.DialContext(ctx, "tcp", hostport)
	if err != nil {
		return l, err
	}
	defer tcp.Close()
	l.Connect = time.Since(began)
	deadline, _ := ctx.Deadline()
	tcp.SetDeadline(deadline)
	defer context.AfterFunc(ctx, func() { tcp.SetDeadline(time.Unix(1, 0)) })()
	sock := tcp
	if who.Keys != nil {
		began = time.Now()
		c, _, err := who.Keys.Client(ctx, tcp)
		if err != nil {
			return l, fmt.Errorf("tls: %w", err)
		}
		sock, l.TLS = c, time.Since(began)
	}

	h := wire.Hello{Version: wire.Version, Name: who.Name, Addr: who.DialBack, Flags: wire.FlagLook}
	if who.DialBack.IsValid() {
		h.Flags |= wire.FlagDialBack
	}
	rand.Read(h.Session[:])
	sent := time.Now()
	if _, err := sock.Write(wire.AppendHello(nil, h)); err != nil {
		return l, err
	}
	kind, body, err := readFrame(sock)
	if err != nil {
		return l, fmt.Errorf("no hello: %w", err)
	}
	l.Hello = time.Since(sent)
	if kind != wire.TypeHello {
		return l, refusal(kind, body)
	}
	peer, err := wire.ParseHello(body)
	if err != nil {
		return l, err
	}
	l.Name, l.Source, l.Version = peer.Name, peer.Flags&wire.FlagSource != 0, peer.Version
	if peer.Clock != 0 {
		l.Bound = l.Hello/2 + time.Microsecond
		l.Offset = time.UnixMicro(peer.Clock).Sub(sent.Add(l.Hello / 2))
	} else {
		return l, nil // It took us for a node, and will not say more.
	}
	return l, l.hear(sock)
}

// hear reads abouts until the node has told all.
func (l *Look) hear(sock io.Reader) error {
	for range wire.MaxAbouts {
		kind, body, err := readFrame(sock)
		switch {
		case err != nil && !l.Knows:
			return fmt.Errorf("nothing after the hello: %w", err)
		case err != nil:
			return fmt.Errorf("cut short: %w", err)
		case kind == wire.TypeClose && l.Knows:
			return nil
		case kind != wire.TypeAbout:
			return refusal(kind, body)
		}
		a, err := wire.ParseAbout(body)
		if err != nil {
			return err
		}
		if !l.Knows {
			l.Knows, l.About = true, a
			continue
		}
		l.About.Videos, l.About.More = append(l.About.Videos, a.Videos...), a.More
	}
	return nil
}

// readFrame reads a frame. Its length is checked before there is memory for it.
func readFrame(r io.Reader) (wire.Type, []byte, error) {
	var head [wire.HeaderSize]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return 0, nil, err
	}
	h, err := wire.ParseHeader(head[:])
	if err != nil {
		return 0, nil, err
	}
	body := make([]byte, h.Len)
	_, err = io.ReadFull(r, body)
	return h.Type, body, err
}

// refusal is what a frame means that is not the expected one.
func refusal(kind wire.Type, body []byte) error {
	if kind != wire.TypeClose {
		return fmt.Errorf("%v frame: want a hello and an about", kind)
	}
	c, err := wire.ParseClose(body)
	if err != nil {
		return err
	}
	return fmt.Errorf("%w: %v: %s", ErrRefused, c.Why, c.Text)
}
