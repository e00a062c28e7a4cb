package identity

import (
	"context"
	"crypto/ed25519"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"time"
)

// The protocols that a connection may be for, as ALPN tells them.
const (
	ProtocolNode = "peerstreamer"      // frames between two nodes that have certificates
	ProtocolJoin = "peerstreamer-join" // package join: the dialler has no certificate yet
)

// Peer is whom a certificate names. The zero value is nobody.
type Peer struct {
	Name        string
	Fingerprint Fingerprint // of its certificate
}

// Errors about a peer's certificate. The peer has proved that it holds the certificate's key in all cases.
var (
	ErrOtherSwarm = errors.New("the certificate is not of this swarm")
	ErrExpired    = errors.New("the certificate has expired")
	ErrNotYet     = errors.New("the certificate is not valid yet: compare the clocks")
	ErrNoName     = errors.New("the certificate has no name")
)

// ErrJoining is returned by Server for a connection that wants to join and is to be served by package join.
var ErrJoining = errors.New("the peer has no certificate yet and wants to join")

// Client proves this node to the one at the other end of an open connection that it has dialled, and checks who that is.
// An error with a connection means that TLS has come about but the peer is not welcome: it may be told why, and then the
// connection must be closed. An error without one leaves conn to the caller. ctx bounds the handshake.
func (k *Keys) Client(ctx context.Context, conn net.Conn) (*tls.Conn, Peer, error) {
	c := tls.Client(conn, k.client)
	if err := c.HandshakeContext(ctx); err != nil {
		return nil, Peer{}, err
	}
	p, err := k.check(c.ConnectionState(), x509.ExtKeyUsageServerAuth)
	return c, p, err
}

// Server is Client's other end. The error is ErrJoining for a dialler that said ProtocolJoin, if joins is set; nothing is
// known of it but that it accepts this node.
func (k *Keys) Server(ctx context.Context, conn net.Conn, joins bool) (*tls.Conn, Peer, error) {
	cfg := k.server
	if joins {
		cfg = k.joins
	}
	c := tls.Server(conn, cfg)
	if err := c.HandshakeContext(ctx); err != nil {
		return nil, Peer{}, err
	}
	if joins && c.ConnectionState().NegotiatedProtocol == ProtocolJoin {
		return c, Peer{}, ErrJoining
	}
	p, err := k.check(c.ConnectionState(), x509.ExtKeyUsageClientAuth)
	return c, p, err
}

// configure makes the configurations of both ends. Certificates are asked for but not verified by crypto/tls, which would
// only send an alert without words; check verifies them, before anything else is read or written.
func (k *Keys) configure() {
	base := tls.Config{
		MinVersion:             tls.VersionTLS13,
		NextProtos:             []string{ProtocolNode},
		Certificates:           []tls.Certificate{{Certificate: [][]byte{k.cert.Raw}, PrivateKey: k.key, Leaf: k.cert}},
		SessionTicketsDisabled: true, // Every connection shows its certificate.
		ClientAuth:             tls.RequireAnyClientCert,
		InsecureSkipVerify:     true, // A node has no host name that could be looked for; see check.
		// Records are small at first otherwise, for the sake of browsers: 1.4 KB each until a megabyte has been sent.
		DynamicRecordSizingDisabled: true,
	}
	k.client, k.server = base.Clone(), base.Clone()
	join := base.Clone()
	join.NextProtos = []string{ProtocolJoin}
	join.ClientAuth = tls.NoClientCert
	// Who joins knows nothing but the authority's fingerprint, so the authority's certificate goes along.
	join.Certificates = []tls.Certificate{{Certificate: [][]byte{k.cert.Raw, k.ca.Raw}, PrivateKey: k.key, Leaf: k.cert}}
	k.joins = base.Clone()
	k.joins.GetConfigForClient = func(h *tls.ClientHelloInfo) (*tls.Config, error) {
		if len(h.SupportedProtos) == 1 && h.SupportedProtos[0] == ProtocolJoin {
			return join, nil
		}
		return nil, nil
	}
}

// check returns whom the peer's certificate names, if it is good for that.
func (k *Keys) check(s tls.ConnectionState, use x509.ExtKeyUsage) (Peer, error) {
	if s.NegotiatedProtocol != ProtocolNode {
		return Peer{}, fmt.Errorf("protocol %.32q over TLS: want %q", s.NegotiatedProtocol, ProtocolNode)
	}
	if len(s.PeerCertificates) == 0 { // Cannot be, but nothing may depend on that.
		return Peer{}, ErrOtherSwarm
	}
	p, err := verify(s.PeerCertificates[0], k.pool, use, k.now())
	if err == nil {
		err = k.allow.Allows(p)
	}
	if err != nil {
		return Peer{}, err
	}
	return p, nil
}

// verify returns whom a certificate names if an authority of pool has issued it for that use and for this time.
func verify(cert *x509.Certificate, pool *x509.CertPool, use x509.ExtKeyUsage, now time.Time) (Peer, error) {
	name := cert.Subject.CommonName
	_, err := cert.Verify(x509.VerifyOptions{Roots: pool, CurrentTime: now, KeyUsages: []x509.ExtKeyUsage{use}})
	switch {
	case err != nil && now.After(cert.NotAfter) && isInvalid(err, x509.Expired):
		return Peer{}, fmt.Errorf("%w: %.64q was valid until %v", ErrExpired, name, cert.NotAfter.UTC().Format(time.DateTime))
	case err != nil && now.Before(cert.NotBefore) && isInvalid(err, x509.Expired):
		return Peer{}, fmt.Errorf("%w: %.64q is valid from %v", ErrNotYet, name, cert.NotBefore.UTC().Format(time.DateTime))
	case err != nil:
		return Peer{}, fmt.Errorf("%w: %.64q: %v", ErrOtherSwarm, name, err)
	case name == "":
		return Peer{}, ErrNoName
	}
	return Peer{Name: name, Fingerprint: FingerprintOf(cert)}, nil
}

func isInvalid(err error, why x509.InvalidReason) bool {
	var invalid x509.CertificateInvalidError
	return errors.As(err, &invalid) && invalid.Reason == why
}

// Fits returns nil if a certificate makes the holder of a key the node of a name in the swarm of ca.
func Fits(ca, cert *x509.Certificate, key ed25519.PrivateKey, name string, now time.Time) error {
	pool := x509.NewCertPool()
	pool.AddCert(ca)
	p, err := verify(cert, pool, x509.ExtKeyUsageClientAuth, now)
	switch {
	case err != nil:
		return err
	case p.Name != name:
		return fmt.Errorf("the certificate is of %q, not of %q", p.Name, name)
	}
	return matches(cert, key, "the certificate", "this key")
}
