package realnet

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"

	"go.uber.org/zap"

	"peerstreamer/core"
	"peerstreamer/realnet/identity"
	"peerstreamer/realnet/wire"
)

// socket is what a link reads and writes: a TCP connection, bare or under TLS.
type socket interface {
	io.ReadWriter
	CloseWrite() error
}

// tlsRecord is the first byte of a TLS handshake; in frames it is a kind of message that nobody begins with.
const tlsRecord = 0x16

// What is said when one end speaks TLS and the other does not, to both of them.
const (
	onlyTLS = "this node speaks TLS only, with members of its swarm: get keys with psnode join and say -keys"
	noTLS   = "this node has no keys and does not speak TLS: start it with -keys, or the peer without"
)

// secure proves the two ends to each other, where the node has keys, before anything else is said. The sockets'
// deadlines and ctx bound it.
func (l *link) secure(ctx context.Context) lost {
	k := l.n.cfg.Keys
	if k == nil {
		return lost{}
	}
	raw := &gather{TCPConn: l.tcp}
	conn, who, err := l.shakeHands(ctx, k, raw)
	if conn != nil {
		l.sock = &sealed{conn, raw}
	}
	switch {
	case errors.Is(err, identity.ErrJoining):
		l.joins = conn
		return lost{}
	case err != nil && conn == nil:
		return l.noHandshake(err)
	case err != nil:
		return lost{core.Refused, err.Error()}
	}
	l.who = who
	if until, is := l.n.bans.find(l.culprit()); is {
		return lost{core.Refused, bannedUntil(until)}
	}
	return lost{}
}

// shakeHands is TLS's part of it.
func (l *link) shakeHands(ctx context.Context, k *identity.Keys, raw net.Conn) (*tls.Conn, identity.Peer, error) {
	if l.inbound {
		return k.Server(ctx, raw, l.n.cfg.Join != nil)
	}
	return k.Client(ctx, raw)
}

// noHandshake says why TLS did not come about. The peer has been told by an alert, or does not speak TLS.
func (l *link) noHandshake(err error) lost {
	var notTLS tls.RecordHeaderError
	if !errors.As(err, &notTLS) {
		l.mute = true // An alert was the last word.
		end := l.ending(err)
		if end.why == core.Lost && !isGone(err) {
			end = lost{core.Refused, err.Error()}
		}
		return end
	}
	switch wire.Type(notTLS.RecordHeader[0]) {
	case wire.TypeHello:
		return lost{core.Refused, onlyTLS}
	case wire.TypeClose: // of a node that could make nothing of our first record
		return lost{core.Refused, "the peer does not speak TLS: start it with -keys, or this node without"}
	}
	return lost{core.BadPeer, "neither TLS nor a hello"}
}

// isGone reports whether the peer has just left.
func isGone(err error) bool {
	var op *net.OpError
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.As(err, &op) && op.Op != "remote error"
}

// isTLS reports whether the peer's first bytes are a TLS handshake.
func (f *frames) isTLS() bool { return f.w-f.r > 1 && f.buf[f.r] == tlsRecord && f.buf[f.r+1] == 3 }

// impostor returns an error if a peer with a certificate calls itself by another name.
func (l *link) impostor() error {
	if l.who == (identity.Peer{}) || l.who.Name == l.peer.Name {
		return nil
	}
	return fmt.Errorf("the peer says that it is %q, and its certificate that it is %q", l.peer.Name, l.who.Name)
}

// remote returns the IP that the peer is seen at.
func (l *link) remote() netip.Addr {
	return l.tcp.RemoteAddr().(*net.TCPAddr).AddrPort().Addr().Unmap().WithZone("")
}

// entitled reports whether a peer that dialled may take the place of an open connection: to the same address, or of the
// same life of a node. Without keys anyone may. With keys a name may replace itself; another name may do so only where
// the one that is there has merely said that the address is its own, and the newcomer is seen at that IP: whoever was
// reached by dialling the address has it.
func (l *link) entitled(old *conn) bool {
	switch {
	case old.link == nil || l.n.cfg.Keys == nil || old.link.who.Name == l.who.Name:
		return true
	case old.session == l.peer.Session || !old.inbound || old.client:
		return false
	}
	at := l.n.peers.at(old.peer).Addr()
	return l.remote() == at && old.link.remote() != at
}

// join hands the connection to Config.Join, with the rest of the handshake's time.
func (l *link) join() {
	ctx, cancel := context.WithTimeout(l.n.ctx, l.n.cfg.Handshake)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { l.tcp.SetDeadline(longAgo) })
	defer stop()
	err := l.n.cfg.Join(ctx, l.joins)
	switch {
	case err == nil:
		l.n.meters.joined.Add(1)
		return
	case errors.Is(err, ErrMisbehaved):
		l.n.meters.badPeers.Add(1)
	}
	l.n.meters.refusedPeers.Add(1)
	banned := zap.Skip()
	if errors.Is(err, ErrMisbehaved) {
		banned = l.ban()
	}
	l.n.doors.say(zap.WarnLevel, "somebody could not join", zap.Stringer("peer", l), zap.Error(err), banned)
}
