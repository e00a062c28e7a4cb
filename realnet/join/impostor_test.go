package join_test

import (
	"context"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/binary"
	"errors"
	"io"
	"math/big"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/anacrolix/torrent/bencode"

	"peerstreamer/realnet/identity"
	"peerstreamer/realnet/join"
)

// saying is a join's connection, spoken by hand.
type saying struct{ *tls.Conn }

func (s saying) exporter() []byte {
	state := s.ConnectionState()
	key, err := state.ExportKeyingMaterial("EXPORTER-peerstreamer-join", nil, 32)
	if err != nil {
		panic(err)
	}
	return key
}

func (s saying) send(b []byte) {
	_, _ = s.Write(append(binary.BigEndian.AppendUint32(nil, uint32(len(b))), b...))
}

func (s saying) receive() []byte {
	var n [4]byte
	if _, err := io.ReadFull(s, n[:]); err != nil {
		return nil
	}
	b := make([]byte, min(binary.BigEndian.Uint32(n[:]), 1<<16))
	_, _ = io.ReadFull(s, b)
	return b
}

func (s saying) prove(secret join.Secret, what string, message []byte) []byte {
	h := hmac.New(sha256.New, secret[:])
	h.Write([]byte(what))
	h.Write(s.exporter())
	h.Write(message)
	return h.Sum(nil)
}

// request asks with a code to have csr signed, as if proven had been asked for.
func (s saying) request(c join.Code, csr, proven []byte) {
	s.send(bencode.MustMarshal(map[string]any{"code": string(c.ID[:]), "csr": string(csr),
		"proof": string(s.prove(c.Secret, "request", proven))}))
}

// dial begins to join at a host.
func dial(t *testing.T, h *host) saying {
	t.Helper()
	conn, err := tls.Dial("tcp", h.addr, &tls.Config{InsecureSkipVerify: true, NextProtos: []string{identity.ProtocolJoin}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(20 * time.Second))
	return saying{conn}
}

// answers serves one connection as whoever has a certificate, and returns where.
func answers(t *testing.T, cert tls.Certificate, f func(saying)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	t.Cleanup(func() { l.Close(); <-ended })
	go func() {
		defer close(ended)
		tcp, err := l.Accept()
		if err != nil {
			return
		}
		defer tcp.Close()
		tcp.SetDeadline(time.Now().Add(20 * time.Second))
		conn := tls.Server(tcp, &tls.Config{NextProtos: []string{identity.ProtocolJoin}, Certificates: []tls.Certificate{cert}})
		if conn.HandshakeContext(context.Background()) == nil {
			f(saying{conn})
		}
	}()
	return l.Addr().String()
}

// TestAuthorityIsPublic: to show the swarm's certificate, which all members have, beside one's own does not make one a node
// of the swarm.
func TestAuthorityIsPublic(t *testing.T) {
	h := newHost(t)
	m, err := ask(h.invite(""), "ben")
	if err != nil {
		t.Fatal(err)
	}
	public, private, _ := ed25519.GenerateKey(nil)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "source"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, public, private)
	if err != nil {
		t.Fatal(err)
	}
	code := h.invite("")
	code.Addr = answers(t, tls.Certificate{Certificate: [][]byte{der, m.CA.Raw}, PrivateKey: private}, func(s saying) {
		if b := s.receive(); b != nil {
			t.Errorf("who has no certificate of the swarm hears %d bytes", len(b))
		}
	})
	if _, err := ask(code, "carl"); !errors.Is(err, join.ErrOtherSwarm) {
		t.Errorf("%v: want %v", err, join.ErrOtherSwarm)
	}
}

// TestMemberAnswers: a member who stands where the node is believed to be, and has a good code of its own, can get the
// box's key certified, but cannot tell the box whom to follow and whose manifests to believe.
func TestMemberAnswers(t *testing.T) {
	h := newHost(t)
	mallory, err := ask(h.invite(""), "mallory")
	if err != nil {
		t.Fatal(err)
	}
	hers, up := h.invite(""), dial(t, h)
	code := h.invite("")
	code.Addr = answers(t, mallory.Chain(), func(s saying) {
		var req struct {
			CSR []byte `bencode:"csr"`
		}
		if err := bencode.Unmarshal(s.receive(), &req); err != nil {
			t.Error(err)
			return
		}
		up.request(hers, req.CSR, req.CSR)
		var r map[string]any
		if err := bencode.Unmarshal(up.receive()[sha256.Size:], &r); err != nil || r["error"] != "" {
			t.Errorf("mallory's own code is not good: %v, %v", r["error"], err)
			return
		}
		r["master"] = "tcp://mallory:1"
		body := bencode.MustMarshal(r)
		s.send(append(s.prove(hers.Secret, "reply", body), body...))
	})
	if m, err := ask(code, "ben"); err == nil || !strings.Contains(err.Error(), "does not come from the node that made the code") {
		t.Errorf("%+v, %v: want an answer that is not believed", m, err)
	}
}

// TestRequestIsProved: the proof is for the key and the name that are asked for, and no others.
func TestRequestIsProved(t *testing.T) {
	h := newHost(t)
	code := h.invite("")
	ben, _, err := identity.Request("ben")
	if err != nil {
		t.Fatal(err)
	}
	mallory, _, err := identity.Request("mallory")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		csr  []byte
		says string
	}{{mallory, "not of this node"}, {ben, ""}} {
		s := dial(t, h)
		s.request(code, c.csr, ben)
		var r struct {
			Error string `bencode:"error"`
		}
		if err := bencode.Unmarshal(s.receive()[sha256.Size:], &r); err != nil || !strings.Contains(r.Error, c.says) || c.says == "" && r.Error != "" {
			t.Errorf("answered %q, %v: want %q", r.Error, err, c.says)
		}
	}
}
