package identity

import (
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// newAuthority returns a swarm's authority.
func newAuthority(t testing.TB) *Authority {
	t.Helper()
	a, err := NewAuthority(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// member returns a node's keys, good for an hour from now on.
func member(t testing.TB, a *Authority, name string) *Keys {
	t.Helper()
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := a.Issue(name, public, time.Now(), time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	return NewKeys(a.Certificate(), cert, private, nil, time.Now)
}

// meet connects two nodes and returns what each thinks of the other.
func meet(t testing.TB, client, server *Keys) (ofServer, ofClient Peer, clientErr, serverErr error) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	done := make(chan struct{})
	go func() {
		defer close(done)
		tcp, err := l.Accept()
		if err != nil {
			serverErr = err
			return
		}
		defer tcp.Close()
		_, ofClient, serverErr = server.Server(context.Background(), tcp, false)
	}()
	tcp, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer tcp.Close()
	_, ofServer, clientErr = client.Client(context.Background(), tcp)
	<-done
	return
}

func TestMembersKnowEachOther(t *testing.T) {
	a := newAuthority(t)
	long := strings.Repeat("é", 127)
	client, server := member(t, a, long), member(t, a, "source")
	ofServer, ofClient, err1, err2 := meet(t, client, server)
	if err1 != nil || err2 != nil {
		t.Fatal(err1, err2)
	}
	want := []Peer{{"source", FingerprintOf(server.Certificate())}, {long, FingerprintOf(client.Certificate())}}
	if diff := cmp.Diff(want, []Peer{ofServer, ofClient}); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestVerify: each fault of a certificate has its error.
func TestVerify(t *testing.T) {
	a, other := newAuthority(t), newAuthority(t)
	now := time.Now()
	public, _, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	issue := func(a *Authority, from time.Time) *x509.Certificate {
		c, err := a.Issue("ben", public, from, time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	raw := func(change func(*x509.Certificate)) *x509.Certificate {
		template := &x509.Certificate{Subject: pkix.Name{CommonName: "ben"}, NotBefore: now, NotAfter: now.Add(time.Hour),
			ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}
		change(template)
		der, err := x509.CreateCertificate(rand.Reader, template, a.cert, public, a.key)
		if err != nil {
			t.Fatal(err)
		}
		c, err := x509.ParseCertificate(der)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	pool := x509.NewCertPool()
	pool.AddCert(a.cert)
	for _, c := range []struct {
		name string
		cert *x509.Certificate
		want error
	}{
		{"good", issue(a, now), nil},
		{"of a clock that is behind", issue(a, now.Add(30*time.Minute)), nil},
		{"expired", issue(a, now.Add(-2*time.Hour)), ErrExpired},
		{"of tomorrow", issue(a, now.Add(24*time.Hour)), ErrNotYet},
		{"of another swarm", issue(other, now), ErrOtherSwarm},
		{"for servers alone", raw(func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth} }), ErrOtherSwarm},
		{"without a name", raw(func(c *x509.Certificate) { c.Subject = pkix.Name{} }), ErrNoName},
	} {
		if p, err := verify(c.cert, pool, x509.ExtKeyUsageClientAuth, now); !errors.Is(err, c.want) || (err == nil) != (p.Name == "ben") {
			t.Errorf("%s: %q, %v: want %v", c.name, p.Name, err, c.want)
		}
	}
}

// TestNodesIssueNothing: a node's key cannot sign certificates that others believe.
func TestNodesIssueNothing(t *testing.T) {
	a := newAuthority(t)
	mallory := member(t, a, "mallory")
	rogue := &Authority{cert: mallory.Certificate(), key: mallory.key}
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	forged, err := rogue.Issue("source", public, time.Now(), time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	k := NewKeys(a.Certificate(), forged, private, nil, time.Now)
	k.client.Certificates[0].Certificate = append(k.client.Certificates[0].Certificate, mallory.Certificate().Raw)
	if _, p, _, err := meet(t, k, member(t, a, "mit")); !errors.Is(err, ErrOtherSwarm) {
		t.Errorf("mit met %q, %v: want ErrOtherSwarm", p.Name, err)
	}
}

func TestIssueRefuses(t *testing.T) {
	a := newAuthority(t)
	public, _, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	weak, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	for _, c := range []struct {
		name string
		key  any
		life time.Duration
		says string
	}{
		{"a/b", public, time.Hour, "slash"},
		{"", public, time.Hour, "empty"},
		{"ben", weak.Public(), time.Hour, "want Ed25519"},
		{"ben", public, 0, "want more than 0"},
		{"ben", public, AuthorityLife + time.Hour, "no longer than the swarm's own"},
	} {
		if _, err := a.Issue(c.name, c.key, now, c.life); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%q for %v: %v, want an error that says %q", c.name, c.life, err, c.says)
		}
	}
}

func TestRequest(t *testing.T) {
	csr, key, err := Request("ben")
	if err != nil {
		t.Fatal(err)
	}
	name, public, err := ParseRequest(csr)
	if err != nil || name != "ben" || !key.Public().(ed25519.PublicKey).Equal(public) {
		t.Errorf("read back as %q, %v", name, err)
	}
	for i := range csr { // The signature is the box's, over all of it.
		bad := append([]byte(nil), csr...)
		bad[i] ^= 1
		if name, public, err := ParseRequest(bad); err == nil && (name != "ben" || !key.Public().(ed25519.PublicKey).Equal(public)) {
			t.Fatalf("byte %d changed: taken as %q", i, name)
		}
	}
}

// TestGenerateOverwritesNothing, and what it writes is private.
func TestGenerateOverwritesNothing(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "deep", "keys")
	k, err := Generate(dir, "source", Settings{Address: "192.0.2.7:9100"}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]fs.FileMode{}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			t.Fatal(err)
		}
		got[e.Name()] = info.Mode().Perm()
	}
	want := map[string]fs.FileMode{"ca.pem": 0o644, "ca.key": 0o600, "node.pem": 0o644, "node.key": 0o600, "source.key": 0o600, "swarm.toml": 0o644}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the directory: %v, %v: want 0700", info.Mode(), err)
	}
	s, err := LoadSettings(dir)
	if err != nil || s.Address != "192.0.2.7:9100" {
		t.Errorf("settings %+v, %v", s, err)
	}
	pub, _ := ParsePublicKey(s.SourceKey)
	if key, err := LoadSourceKey(dir); err != nil || !key.Public().(ed25519.PublicKey).Equal(pub) {
		t.Errorf("the source's key is not that of the settings: %v", err)
	}

	for name := range want {
		sub := t.TempDir()
		if err := os.WriteFile(filepath.Join(sub, name), []byte("precious"), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Generate(sub, "source", Settings{}, time.Now()); !errors.Is(err, fs.ErrExist) {
			t.Errorf("over %s: %v, want ErrExist", name, err)
		}
		if left, _ := os.ReadDir(sub); len(left) != 1 {
			t.Errorf("over %s: %v is left, want it alone", name, left)
		}
	}
	again, err := Load(dir)
	if err != nil || again.Swarm() != k.Swarm() || again.Name() != "source" {
		t.Errorf("read back: %v", err)
	}
}

// TestTooOpen: who may read a private key besides its user.
func TestTooOpen(t *testing.T) {
	if runtime.GOOS == "windows" {
		if tooOpen(0o666, -1, -1) {
			t.Error("modes mean nothing here")
		}
		return
	}
	const root, ben, mit = 0, 1000, 1001
	for _, c := range []struct {
		mode        fs.FileMode
		user, owner int
		want        bool
	}{
		{0o600, ben, ben, false}, {0o400, ben, ben, false}, {0o640, ben, ben, true}, {0o604, ben, ben, true},
		{0o440, ben, root, false}, {0o640, ben, root, false}, {0o660, ben, root, true}, {0o444, ben, root, true},
		{0o440, root, root, true}, {0o440, ben, mit, true}, {0o440, ben, -1, true},
	} {
		if got := tooOpen(c.mode, c.user, c.owner); got != c.want {
			t.Errorf("mode %#o, user %d, owner %d: %v, want %v", c.mode, c.user, c.owner, got, c.want)
		}
	}
}

// TestLoadRefuses: keys that others may read, that do not fit together or are damaged, and never a word of a private key.
func TestLoadRefuses(t *testing.T) {
	for _, c := range []struct {
		name  string
		spoil func(dir string) error
		says  string
	}{
		{"readable by others", func(dir string) error { return os.Chmod(filepath.Join(dir, "node.key"), 0o640) }, "chmod 600"},
		{"another's key", func(dir string) error {
			return os.Rename(filepath.Join(dir, "source.key"), filepath.Join(dir, "node.key"))
		},
			"is not the key of"},
		{"no certificate", func(dir string) error { return os.Remove(filepath.Join(dir, "node.pem")) }, "psnode keygen"},
		{"a certificate as key", func(dir string) error {
			data, err := os.ReadFile(filepath.Join(dir, "ca.pem"))
			return errors.Join(err, os.WriteFile(filepath.Join(dir, "node.key"), data, 0o600))
		}, "want one PEM block of type PRIVATE KEY"},
		{"garbage", func(dir string) error { return os.WriteFile(filepath.Join(dir, "node.pem"), []byte("x"), 0o600) }, "want one PEM block"},
		{"too large", func(dir string) error {
			return os.WriteFile(filepath.Join(dir, "node.pem"), make([]byte, maxFile+1), 0o600)
		}, "more than 65536 bytes"},
		{"a bad allow list", func(dir string) error {
			return os.WriteFile(filepath.Join(dir, "allow"), []byte("ben\nsha256:12\n"), 0o600)
		}, "line 2"},
	} {
		dir := filepath.Join(t.TempDir(), "keys")
		if _, err := Generate(dir, "source", Settings{}, time.Now()); err != nil {
			t.Fatal(err)
		}
		private, err := os.ReadFile(filepath.Join(dir, "node.key"))
		if err != nil {
			t.Fatal(err)
		}
		if err := c.spoil(dir); err != nil {
			t.Fatal(err)
		}
		_, err = Load(dir)
		if err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want an error that says %q", c.name, err, c.says)
			continue
		}
		if secret := strings.Split(string(private), "\n")[1]; strings.Contains(err.Error(), secret[20:]) {
			t.Errorf("%s: the error repeats the key", c.name)
		}
	}
}

// TestExpiredKeysSayWhatToDo: renewing is the work of whoever holds the swarm's key.
func TestExpiredKeysSayWhatToDo(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "keys")
	if _, err := Generate(dir, "source", Settings{}, time.Now()); err != nil {
		t.Fatal(err)
	}
	_, err := load(dir, func() time.Time { return time.Now().Add(NodeLife + time.Hour) })
	if !errors.Is(err, ErrExpired) || !strings.Contains(err.Error(), "psnode invite -node source") {
		t.Errorf("%v, want ErrExpired and what to do", err)
	}
}

// TestAllowList: names and fingerprints are let in, the list is read again when it has changed, and nobody gets in by a
// list that cannot be read.
func TestAllowList(t *testing.T) {
	a := newAuthority(t)
	ben, carl := member(t, a, "ben"), member(t, a, "carl")
	peer := func(k *Keys) Peer { return Peer{k.Name(), FingerprintOf(k.Certificate())} }
	path := filepath.Join(t.TempDir(), "allow")
	l, err := OpenAllowList(path)
	if err != nil || l.Allows(peer(ben)) != nil {
		t.Fatalf("without a list: %v: want everybody", err)
	}
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("# friends\n\n  ben \n")
	check := func(when string, wantBen, wantCarl error) {
		t.Helper()
		if err := l.Allows(peer(ben)); !errors.Is(err, wantBen) {
			t.Errorf("%s: ben: %v, want %v", when, err, wantBen)
		}
		if err := l.Allows(peer(carl)); !errors.Is(err, wantCarl) {
			t.Errorf("%s: carl: %v, want %v", when, err, wantCarl)
		}
	}
	check("by name, on a list that was written after the start", nil, ErrNotAllowed)
	write(fmt.Sprintf("sha256:%v\n", peer(carl).Fingerprint))
	check("by fingerprint", ErrNotAllowed, nil)
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	check("without the file", fs.ErrNotExist, fs.ErrNotExist)
	if err := os.Mkdir(path, 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenAllowList(path); err == nil {
		t.Error("a directory is a list")
	}
}

// BenchmarkHandshake is a connection with mutual TLS 1.3, both ends, TCP included.
func BenchmarkHandshake(b *testing.B) {
	a := newAuthority(b)
	client, server := member(b, a, "client"), member(b, a, "server")
	for b.Loop() {
		if _, _, err1, err2 := meet(b, client, server); err1 != nil || err2 != nil {
			b.Fatal(err1, err2)
		}
	}
}

// TestKeysAreNotPrinted, however somebody logs them.
func TestKeysAreNotPrinted(t *testing.T) {
	k := member(t, newAuthority(t), "ben")
	for _, s := range []string{fmt.Sprint(k), fmt.Sprintf("%+v", k), fmt.Sprintf("%#v", k)} {
		if want := fmt.Sprintf("keys of %q in swarm %v", "ben", k.Swarm()); s != want {
			t.Errorf("prints %s, want %s", s, want)
		}
	}
}
