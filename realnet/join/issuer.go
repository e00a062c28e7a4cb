package join

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"time"

	"github.com/anacrolix/torrent/bencode"

	"peerstreamer/realnet"
	"peerstreamer/realnet/identity"
)

// Issuer gives certificates to those who have been invited.
type Issuer struct {
	authority *identity.Authority
	self      string // the node's own name, which is taken
	invites   Invites
	ledger    ledger
	rate      rate
	now       func() time.Time
}

// InvitesIn returns the invitations of a directory of keys.
func InvitesIn(dir string) Invites { return Invites{Dir: filepath.Join(dir, "invites")} }

// NewIssuer returns the issuer of a directory of keys. The error wraps fs.ErrNotExist if the swarm's key is not there.
func NewIssuer(dir string, now func() time.Time) (*Issuer, error) {
	keys, err := identity.Load(dir)
	if err != nil {
		return nil, err
	}
	authority, err := keys.Authority()
	if err != nil {
		return nil, err
	}
	return &Issuer{authority: authority, self: keys.Name(), invites: InvitesIn(dir), ledger: ledger{filepath.Join(dir, "issued")},
		rate: rate{now: now}, now: now}, nil
}

// Serve answers one box, for realnet.Config.Join. The connection's deadline is the caller's.
func (i *Issuer) Serve(_ context.Context, conn *tls.Conn) error {
	exporter, err := export(conn)
	if err != nil {
		return err
	}
	message, err := receive(conn, MaxRequest)
	var req request
	if err == nil {
		err = parse(message, &req)
	}
	var bad *badMessage
	switch {
	case errors.As(err, &bad) || err == nil && len(req.Code) != idSize:
		return fmt.Errorf("join: %w: not a request: %v", realnet.ErrMisbehaved, err)
	case err != nil:
		return fmt.Errorf("join: %w", err)
	}
	// Not before the request was read: to close a socket with unread bytes would destroy the answer.
	remote, _ := conn.RemoteAddr().(*net.TCPAddr)
	if remote == nil || !i.rate.allow(remote.AddrPort().Addr()) {
		_ = i.refuse(conn, Secret{}, nil, errTooFast)
		return fmt.Errorf("join: %w", errTooFast)
	}
	secret, out, err := i.decide(ID(req.Code), req, exporter)
	if err != nil {
		_ = i.refuse(conn, secret, exporter, err)
		if errors.Is(err, ErrUnknown) {
			return fmt.Errorf("join: %w: %w", realnet.ErrMisbehaved, err)
		}
		return fmt.Errorf("join: %w", err)
	}
	return i.answer(conn, secret, exporter, out)
}

// decide returns what a box gets, or why nothing. The secret is zero unless the box has proved that it knows it.
func (i *Issuer) decide(id ID, req request, exporter []byte) (Secret, reply, error) {
	in, secret, taken, err := i.invites.find(id)
	if err != nil {
		return Secret{}, reply{}, err
	}
	if !hmac.Equal(req.Proof, secret.prove("request", exporter, req.CSR)) {
		return Secret{}, reply{}, ErrUnknown
	}
	now := i.now()
	if taken {
		return secret, reply{}, ErrTaken
	}
	if now.After(in.Expires) {
		return secret, reply{}, fmt.Errorf("%w: it was good until %s", ErrExpired, in.Expires.UTC().Format(time.DateTime+" MST"))
	}
	name, key, err := identity.ParseRequest(req.CSR)
	if err != nil {
		return secret, reply{}, err
	}
	if err := i.mayHave(name, in); err != nil {
		return secret, reply{}, err
	}
	if err := i.invites.take(id); err != nil {
		return secret, reply{}, err
	}
	cert, err := i.authority.Issue(name, key, now, identity.NodeLife)
	if err != nil {
		return secret, reply{}, err
	}
	if err := i.ledger.enter(name, cert, in.Name != ""); err != nil {
		return secret, reply{}, err
	}
	return secret, reply{Cert: cert.Raw, Master: in.Give.Master, SourceKey: in.Give.SourceKey}, nil
}

// mayHave returns an error unless an invitation is good for a name.
func (i *Issuer) mayHave(name string, in Invite) error {
	switch {
	case in.Name != "" && in.Name != name:
		return fmt.Errorf("this code is for %q, not for %q", in.Name, name)
	case name == i.self || in.Name == "" && i.ledger.has(name):
		return fmt.Errorf("the name %q is taken: choose another, or get a code for this name with psnode invite -node %s", name, name)
	}
	return nil
}

func (i *Issuer) refuse(conn *tls.Conn, secret Secret, exporter []byte, why error) error {
	text := why.Error()
	return i.answer(conn, secret, exporter, reply{Error: text[:min(len(text), MaxReply/2)]})
}

func (i *Issuer) answer(conn *tls.Conn, secret Secret, exporter []byte, r reply) error {
	body, err := bencode.Marshal(r)
	if err != nil {
		return err
	}
	proof := make([]byte, sha256.Size)
	if secret != (Secret{}) {
		proof = secret.prove("reply", exporter, body)
	}
	if err := send(conn, append(proof, body...)); err != nil {
		return err
	}
	return conn.CloseWrite()
}
