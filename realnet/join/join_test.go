package join_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"peerstreamer/core/coretest"
	"peerstreamer/realnet"
	"peerstreamer/realnet/identity"
	"peerstreamer/realnet/join"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// host is a node that holds a swarm's key, and a clock for its issuer.
type host struct {
	t    *testing.T
	dir  string
	keys *identity.Keys
	node *realnet.Node
	addr string

	mu    sync.Mutex
	later time.Duration
}

func (h *host) now() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return time.Now().Add(h.later)
}

func (h *host) advance(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.later += d
}

func newHost(t *testing.T) *host {
	t.Helper()
	h := &host{t: t, dir: filepath.Join(t.TempDir(), "keys")}
	var err error
	if h.keys, err = identity.Generate(h.dir, "source", identity.Settings{}, time.Now()); err != nil {
		t.Fatal(err)
	}
	issuer, err := join.NewIssuer(h.dir, h.now)
	if err != nil {
		t.Fatal(err)
	}
	h.node, err = realnet.Start(realnet.Config{Name: "source", Listen: "127.0.0.1:0", Keys: h.keys, Join: issuer.Serve}, &coretest.Recorder{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(h.node.Kill)
	h.addr = h.node.Addr()
	return h
}

// invite returns a code that is good for an hour.
func (h *host) invite(name string) join.Code {
	h.t.Helper()
	c, err := join.InvitesIn(h.dir).New(h.addr, join.Invite{Expires: h.now().Add(time.Hour), Name: name,
		Give: identity.Settings{Master: "tcp://" + h.addr}}, h.now())
	if err != nil {
		h.t.Fatal(err)
	}
	c.Swarm = h.keys.Swarm()
	return c
}

// wait waits until cond holds, which it does soon after the box has its answer.
func wait(t *testing.T, what string, cond func() bool) {
	t.Helper()
	end := time.After(20 * time.Second)
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for !cond() {
		select {
		case <-end:
			t.Fatalf("%s: did not happen", what)
		case <-tick.C:
		}
	}
}

// ask joins as a box that believes the code, whatever the time.
func ask(c join.Code, name string) (*join.Member, error) {
	return join.Ask(context.Background(), c, name, time.Now())
}

// TestJoin: a code makes a box a member that the node talks to, and its keys outlive it on the disk.
func TestJoin(t *testing.T) {
	h := newHost(t)
	code, err := join.ParseCode(h.invite("").Text())
	if err != nil {
		t.Fatal(err)
	}
	m, err := ask(code, "ben")
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "keys")
	if err := m.Save(dir, false); err != nil {
		t.Fatal(err)
	}
	keys, err := identity.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	settings, err := identity.LoadSettings(dir)
	if diff := cmp.Diff(identity.Settings{Master: "tcp://" + h.addr}, settings); diff != "" || err != nil {
		t.Errorf("settings (-want +got), %v:\n%s", err, diff)
	}
	tcp, err := net.Dial("tcp", h.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer tcp.Close()
	_, peer, err := keys.Client(t.Context(), tcp)
	if err != nil || peer.Name != "source" || keys.Name() != "ben" {
		t.Errorf("%q meets %q, %v: want ben to meet source", keys.Name(), peer.Name, err)
	}
	wait(t, "a box counted", func() bool { return h.node.Counters().Joined == 1 })
	if err := m.Save(dir, false); !errors.Is(err, fs.ErrExist) {
		t.Errorf("saved over another node's keys: %v", err)
	}
}

// TestCodesThatAreNotGood: each refusal says what is wrong, and none of them makes a certificate.
func TestCodesThatAreNotGood(t *testing.T) {
	for _, c := range []struct {
		name   string
		spoil  func(*host, *join.Code) (box string)
		says   string
		banned bool
	}{
		{"used already", func(h *host, c *join.Code) string {
			if _, err := ask(*c, "first"); err != nil {
				h.t.Fatal(err)
			}
			return "second"
		}, "used already", false},
		{"expired there", func(h *host, c *join.Code) string { h.advance(2 * time.Hour); return "ben" }, "has expired: it was good until", false},
		{"expired here", func(h *host, c *join.Code) string { c.Expires = time.Now().Add(-time.Second); return "ben" },
			"has expired: it was good until", false},
		{"forged secret", func(h *host, c *join.Code) string { c.Secret[0] ^= 1; return "ben" }, "not of this node", true},
		{"unknown", func(h *host, c *join.Code) string { c.ID[0] ^= 1; return "ben" }, "not of this node", true},
		{"of another swarm", func(h *host, c *join.Code) string { c.Swarm[0] ^= 1; return "ben" }, "not of the swarm", false},
		{"for another name", func(h *host, c *join.Code) string { *c = h.invite("alyssa"); return "ben" }, `for "alyssa", not for "ben"`, false},
		{"the node's own name", func(h *host, c *join.Code) string { return "source" }, "is taken", false},
		{"a name given away", func(h *host, c *join.Code) string {
			if _, err := ask(h.invite(""), "ben"); err != nil {
				h.t.Fatal(err)
			}
			return "ben"
		}, "psnode invite -node ben", false},
		{"a path as a name", func(h *host, c *join.Code) string { return "../ben" }, "slash", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newHost(t)
			code := h.invite("")
			box := c.spoil(h, &code)
			issued, _ := os.ReadDir(filepath.Join(h.dir, "issued"))
			m, err := ask(code, box)
			if err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%v, %v: want an error that says %q", m, err, c.says)
			}
			if after, _ := os.ReadDir(filepath.Join(h.dir, "issued")); len(after) != len(issued) {
				t.Errorf("%d certificates, %d before", len(after), len(issued))
			}
			if c.banned {
				wait(t, "a breach counted", func() bool { return h.node.Counters().BadPeers == 1 })
			} else if n := h.node.Counters().BadPeers; n != 0 {
				t.Errorf("counted %d breaches, want none", n)
			}
		})
	}
}

// TestNameAgain: a box that has lost its keys gets them again with a code for its name.
func TestNameAgain(t *testing.T) {
	h := newHost(t)
	if _, err := ask(h.invite(""), "ben"); err != nil {
		t.Fatal(err)
	}
	if _, err := ask(h.invite("ben"), "ben"); err != nil {
		t.Error(err)
	}
}

// TestOneCodeManyBoxes: of those who use a code at the same time, one becomes a member.
func TestOneCodeManyBoxes(t *testing.T) {
	h := newHost(t)
	code := h.invite("")
	var wg sync.WaitGroup
	var mu sync.Mutex
	members := 0
	for i := range 4 {
		wg.Go(func() {
			_, err := ask(code, fmt.Sprintf("box-%d", i))
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				members++
			} else if !strings.Contains(err.Error(), "used already") {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if members != 1 {
		t.Errorf("%d boxes became members, want 1", members)
	}
}

// TestGuessingIsSlow: after a few attempts an address has to wait, whatever it says.
func TestGuessingIsSlow(t *testing.T) {
	h := newHost(t)
	good := h.invite("")
	bad := good
	bad.Secret[5] ^= 0x40
	for range 5 {
		if _, err := ask(bad, "ben"); err == nil || !strings.Contains(err.Error(), "not of this node") {
			t.Fatalf("a forged code: %v", err)
		}
	}
	if _, err := ask(good, "ben"); err == nil || !strings.Contains(err.Error(), "too many attempts") {
		t.Errorf("the sixth attempt: %v, want it to be too many", err)
	}
	h.advance(10 * time.Second)
	if _, err := ask(good, "ben"); err != nil {
		t.Errorf("after a pause: %v", err)
	}
}

// TestBadRequests: what is no request is a breach, and nothing is allocated for what it promises.
func TestBadRequests(t *testing.T) {
	h := newHost(t)
	for _, message := range []string{"\x00\x00\x00\x00", "\x7f\xff\xff\xff", "\x00\x00\x00\x03foo", "\x00\x00\x00\x02de"} {
		h.advance(10 * time.Second)
		before := h.node.Counters().BadPeers
		conn, err := tls.Dial("tcp", h.addr, &tls.Config{InsecureSkipVerify: true, NextProtos: []string{identity.ProtocolJoin}})
		if err != nil {
			t.Fatal(err)
		}
		conn.SetDeadline(time.Now().Add(20 * time.Second))
		_, _ = conn.Write([]byte(message))
		if n, err := conn.Read(make([]byte, 1)); err == nil {
			t.Errorf("%q was answered with %d bytes", message, n)
		}
		conn.Close()
		if after := h.node.Counters().BadPeers; after != before+1 {
			t.Errorf("%q: %d breaches counted, want %d", message, after, before+1)
		}
	}
}

// TestMemberInTheMiddle: a member of the swarm who stands where the node is believed to be can neither make a certificate
// that the box takes nor use what it hears.
func TestMemberInTheMiddle(t *testing.T) {
	h := newHost(t)
	m, err := ask(h.invite(""), "mallory")
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	heard := make(chan []byte, 1)
	go func() {
		tcp, err := l.Accept()
		if err != nil {
			return
		}
		defer tcp.Close()
		conn := tls.Server(tcp, &tls.Config{NextProtos: []string{identity.ProtocolJoin}, Certificates: []tls.Certificate{m.Chain()}})
		tcp.SetDeadline(time.Now().Add(20 * time.Second))
		request := make([]byte, 4<<10)
		n, _ := conn.Read(request)
		heard <- request[:n]
		// Mallory passes the request on, on a connection of her own, and the answer back.
		up, err := tls.Dial("tcp", h.addr, &tls.Config{InsecureSkipVerify: true, NextProtos: []string{identity.ProtocolJoin}})
		if err != nil {
			return
		}
		defer up.Close()
		up.SetDeadline(time.Now().Add(20 * time.Second))
		_, _ = up.Write(request[:n])
		var answer bytes.Buffer
		_, _ = answer.ReadFrom(up)
		_, _ = conn.Write(answer.Bytes())
	}()
	code := h.invite("")
	secret := bytes.Clone(code.Secret[:])
	code.Addr = l.Addr().String()
	if got, err := ask(code, "ben"); err == nil {
		t.Errorf("%q has joined through mallory", got.Name)
	}
	if request := <-heard; bytes.Contains(request, secret) || len(request) == 0 {
		t.Errorf("mallory heard the secret, or nothing: %d bytes", len(request))
	}
}

// TestCodeSurvivesNoTypingError: a code is read back as it was, and no code with a character changed or lost is read at
// all.
func TestCodeSurvivesNoTypingError(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := join.Code{Addr: rapid.StringMatching(`[a-z0-9.:\[\]/]{1,60}`).Draw(t, "addr"),
			Expires: time.Unix(rapid.Int64Range(0, 1<<40).Draw(t, "expires"), 0)}
		copy(c.Swarm[:], rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "swarm"))
		copy(c.Secret[:], rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "secret"))
		text := c.Text()
		got, err := join.ParseCode(" " + text + "\n")
		if err != nil || got != c {
			t.Fatalf("got %+v, %v: want %+v", got, err, c)
		}
		at := rapid.IntRange(0, len(text)-1).Draw(t, "at")
		wrong := []byte(text)
		wrong[at] = "ABab01-_"[rapid.IntRange(0, 7).Draw(t, "char")]
		for _, s := range []string{string(wrong), text[:at] + text[at+1:], text[:at]} {
			if s == text {
				continue
			}
			if _, err := join.ParseCode(s); !errors.Is(err, join.ErrCode) {
				t.Fatalf("%q for %q: %v, want ErrCode", s, text, err)
			}
		}
	})
}

// TestSecretsAreNotPrinted: neither a code in a log nor an error about a code tells the secret.
func TestSecretsAreNotPrinted(t *testing.T) {
	c := join.Code{Addr: "192.0.2.7:9100", Secret: join.Secret([]byte("sixteen letters!"))}
	for _, s := range []string{fmt.Sprint(c), fmt.Sprintf("%+v", c), fmt.Sprintf("%#v", c), c.Secret.String()} {
		if strings.Contains(s, "sixteen") || strings.Contains(s, "115 105 120") || strings.Contains(s, "0x73, 0x69") {
			t.Errorf("prints %s", s)
		}
	}
	text := c.Text()
	_, err := join.ParseCode(text[:len(text)-1])
	if err == nil || strings.Contains(err.Error(), base64.RawURLEncoding.EncodeToString(c.Secret[:6])) || strings.Contains(err.Error(), text[10:40]) {
		t.Errorf("the error repeats the code: %v", err)
	}
}

// TestInvitesAreBounded: too long a life is refused, and old invitations go.
func TestInvitesAreBounded(t *testing.T) {
	d := join.Invites{Dir: filepath.Join(t.TempDir(), "invites")}
	now := time.Now()
	for _, life := range []time.Duration{-time.Second, 0, join.MaxLife + time.Second} {
		if _, err := d.New("a:1", join.Invite{Expires: now.Add(life)}, now); err == nil {
			t.Errorf("an invitation for %v", life)
		}
	}
	c, err := d.New("a:1", join.Invite{Expires: now.Add(time.Hour)}, now)
	if err != nil {
		t.Fatal(err)
	}
	files, _ := os.ReadDir(d.Dir)
	if len(files) != 1 {
		t.Fatalf("%d files, want 1", len(files))
	}
	if info, _ := files[0].Info(); info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, want 0600", info.Mode())
	}
	if _, err := d.New("a:1", join.Invite{Expires: now.Add(72 * time.Hour)}, now.Add(48*time.Hour)); err != nil {
		t.Fatal(err)
	}
	if left, _ := os.ReadDir(d.Dir); len(left) != 1 || left[0].Name() == fmt.Sprintf("%x", c.ID[:]) {
		t.Errorf("%v is left, want the new one alone", left)
	}
}
