package scenarios

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"peerstreamer/core"
)

// TestSignal checks that a signal ends psim over TCP with a word and the exit code that it has for that, and that nothing
// stays behind: before anything ran there is no result, in its course there is a partial one.
func TestSignal(t *testing.T) {
	for _, c := range []struct {
		name, at, says string
		result         bool
	}{
		{"before anything ran", "psim: over tcp", "\npsim: interrupted before anything ran: there is nothing to write\n", false},
		{"in its course", "", "psim: interrupted: writing what there is; its nodes tidy up first\n", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir, tmp := t.TempDir(), t.TempDir()
			t.Setenv("TMPDIR", tmp)
			errs := signalled{at: c.at, noticed: make(chan struct{})}
			var out bytes.Buffer
			args := []string{"-scenario", small(t, dir, ""), "-network", "tcp", "-out", filepath.Join(dir, "out")}
			if c.result {
				once := sync.OnceValue(endSelf)
				Register("ending", "for this test", func(*Params) (core.Policy, error) { return ending{core.NewDirect(), once}, nil })
				args = append(args, "-policy", "ending")
			}
			if code := Main(args, &out, &errs); code != exitSignal {
				t.Errorf("exit code %d, and says %s", code, errs.String())
			}
			if !strings.Contains(errs.String(), c.says) {
				t.Errorf("says %q", errs.String())
			}
			if _, err := os.Stat(filepath.Join(dir, "out", "summary.json")); (err == nil) != c.result ||
				strings.HasPrefix(out.String(), "PARTIAL: interrupted at ") != c.result {
				t.Errorf("summary.json: %v; printed:\n%s", err, out.String())
			}
			if left, err := os.ReadDir(tmp); err != nil || len(left) > 0 {
				t.Errorf("left behind: %v, %v", left, err)
			}
		})
	}
}

// signalled is a standard error that makes somebody end the program when a text comes to it, and goes on when the program has
// noticed.
type signalled struct {
	at      string // empty: never
	noticed chan struct{}

	mu   sync.Mutex
	said bytes.Buffer
}

func (s *signalled) Write(p []byte) (int, error) {
	if s.at != "" && bytes.Contains(p, []byte(s.at)) {
		if err := endSelf(); err != nil {
			return 0, err
		}
		<-s.noticed
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if bytes.Contains(p, []byte("psim: interrupted: ")) {
		close(s.noticed)
	}
	return s.said.Write(p)
}

func (s *signalled) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.said.String()
}

// ending is a policy that ends the program when it is first asked.
type ending struct {
	core.Policy
	end func() error
}

func (p ending) Plan(s *core.Stream, e core.Event) {
	if err := p.end(); err != nil {
		panic(err)
	}
	p.Policy.Plan(s, e)
}

func endSelf() error {
	self, err := os.FindProcess(os.Getpid())
	if err != nil {
		return err
	}
	return self.Signal(syscall.SIGTERM)
}
