package join

import (
	"context"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/anacrolix/torrent/bencode"

	"peerstreamer/realnet"
	"peerstreamer/realnet/identity"
)

// patience is how long Ask waits in all, unless ctx ends before.
const patience = 20 * time.Second

// Member is what a box has become.
type Member struct {
	Name     string
	CA, Cert *x509.Certificate
	Settings identity.Settings
	key      ed25519.PrivateKey
}

// Save writes the keys of a member into a directory, with replace in the place of those that are there.
func (m *Member) Save(dir string, replace bool) error {
	return identity.Save(dir, m.CA, m.Cert, m.key, m.Settings, replace)
}

// ErrOtherSwarm says that whoever answers is not of the swarm that the code is for.
var ErrOtherSwarm = errors.New("who answers there is not of the swarm that this code is for")

// Ask makes a key for a node of that name and has it certified at the address in the code. The node's refusal is an error
// in its words.
func Ask(ctx context.Context, code Code, name string, now time.Time) (*Member, error) {
	if now.After(code.Expires) {
		return nil, fmt.Errorf("join: %w: it was good until %s; ask for a new one", ErrExpired, code.Expires.UTC().Format(time.DateTime+" MST"))
	}
	hostport, err := realnet.ParseAddr(code.Addr)
	if err != nil {
		return nil, fmt.Errorf("join: %w", err)
	}
	csr, key, err := identity.Request(name)
	if err != nil {
		return nil, fmt.Errorf("join: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	var d net.Dialer
	tcp, err := d.DialContext(ctx, "tcp", hostport)
	if err != nil {
		return nil, fmt.Errorf("join: nobody answers at %s: is a node running there with its -keys? %w", hostport, err)
	}
	defer tcp.Close()
	deadline, _ := ctx.Deadline()
	tcp.SetDeadline(deadline)
	stop := context.AfterFunc(ctx, func() { tcp.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	m, err := ask(ctx, tcp, code, name, csr, key, now)
	if err != nil {
		return nil, fmt.Errorf("join at %s: %w", hostport, err)
	}
	return m, nil
}

func ask(ctx context.Context, tcp net.Conn, code Code, name string, csr []byte, key ed25519.PrivateKey, now time.Time) (*Member, error) {
	var ca *x509.Certificate
	conn := tls.Client(tcp, &tls.Config{
		MinVersion:         tls.VersionTLS13,
		NextProtos:         []string{identity.ProtocolJoin},
		InsecureSkipVerify: true, // VerifyConnection does it: all that is known is the fingerprint.
		VerifyConnection: func(s tls.ConnectionState) (err error) {
			ca, err = pinned(s.PeerCertificates, code.Swarm, now)
			return err
		},
	})
	if err := conn.HandshakeContext(ctx); err != nil {
		return nil, noTLS(err)
	}
	if p := conn.ConnectionState().NegotiatedProtocol; p != identity.ProtocolJoin {
		return nil, fmt.Errorf("the node speaks %q, not %q", p, identity.ProtocolJoin)
	}
	exporter, err := export(conn)
	if err != nil {
		return nil, err
	}
	message, err := bencode.Marshal(request{Code: code.ID[:], CSR: csr, Proof: code.Secret.prove("request", exporter, csr)})
	if err != nil {
		return nil, err
	}
	if err := send(conn, message); err != nil {
		return nil, err
	}
	answer, err := receive(conn, MaxReply)
	if err != nil {
		return nil, fmt.Errorf("no answer: %w", err)
	}
	var r reply
	if len(answer) <= sha256.Size {
		return nil, errors.New("an answer that is too short")
	}
	proof, body := answer[:sha256.Size], answer[sha256.Size:]
	if err := parse(body, &r); err != nil {
		return nil, err
	}
	if r.Error != "" {
		return nil, fmt.Errorf("the node refuses: %s", r.Error)
	}
	if !hmac.Equal(proof, code.Secret.prove("reply", exporter, body)) {
		return nil, errors.New("the answer does not come from the node that made the code")
	}
	return member(r, ca, name, key, now)
}

// member checks what a node has answered.
func member(r reply, ca *x509.Certificate, name string, key ed25519.PrivateKey, now time.Time) (*Member, error) {
	cert, err := x509.ParseCertificate(r.Cert)
	if err != nil {
		return nil, fmt.Errorf("certificate: %w", err)
	}
	m := &Member{Name: name, CA: ca, Cert: cert, key: key, Settings: identity.Settings{Master: r.Master, SourceKey: r.SourceKey}}
	if err := identity.Fits(ca, cert, key, name, now); err != nil {
		return nil, err
	}
	return m, nil
}

// pinned returns the certificate with the code's fingerprint, if the peer's chains to it.
func pinned(chain []*x509.Certificate, swarm identity.Fingerprint, now time.Time) (*x509.Certificate, error) {
	for _, c := range chain {
		if identity.FingerprintOf(c) != swarm {
			continue
		}
		pool := x509.NewCertPool()
		pool.AddCert(c)
		_, err := chain[0].Verify(x509.VerifyOptions{Roots: pool, CurrentTime: now, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}})
		if err != nil {
			return nil, fmt.Errorf("%w: %v", ErrOtherSwarm, err)
		}
		return c, nil
	}
	return nil, ErrOtherSwarm
}

// noTLS says why there is no TLS in words that help.
func noTLS(err error) error {
	var record tls.RecordHeaderError
	var alert tls.AlertError
	switch {
	case errors.As(err, &record):
		return errors.New("what answers there does not speak TLS: is it a node with -keys?")
	case errors.As(err, &alert), errors.Is(err, ErrOtherSwarm):
		return err
	}
	return fmt.Errorf("TLS: %w: does that node hold the swarm's key? only such a node lets others join", err)
}

// Chain returns the member's certificate with its key, for a TLS of its own.
func (m *Member) Chain() tls.Certificate {
	return tls.Certificate{Certificate: [][]byte{m.Cert.Raw, m.CA.Raw}, PrivateKey: m.key, Leaf: m.Cert}
}
