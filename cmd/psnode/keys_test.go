package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"peerstreamer/bench/nodes"
	"peerstreamer/realnet/identity"
)

// psnode runs a command in this process and returns what it printed.
func psnode(t *testing.T, want int, args ...string) (out, errs string) {
	t.Helper()
	var o, e bytes.Buffer
	if code := dispatch(t.Context(), args, streams{&o, &e}); code != want {
		t.Fatalf("psnode %s: exit code %d, want %d: %s%s", strings.Join(args, " "), code, want, o.String(), e.String())
	}
	return o.String(), e.String()
}

// securedSource makes a swarm and starts its source with a signed video.
func (s *stage) securedSource(video []byte) *nodes.Node {
	s.t.Helper()
	keys := s.path("keys")
	psnode(s.t, exitDone, "keygen", "-keys", keys, "-name", "source")
	if err := os.WriteFile(s.path("in"), video, 0o644); err != nil {
		s.t.Fatal(err)
	}
	psnode(s.t, exitDone, "split", "-d", s.path("videos"), "-s", s.path("in"), "-c", "64k", "-f", "movie", "-keys", keys)
	return s.run("source", "-videodatabase", s.path("videos"), "-keys", keys)
}

// invite returns a code for a box.
func (s *stage) invite(source *nodes.Node, flags ...string) string {
	s.t.Helper()
	code, _ := psnode(s.t, exitDone, append([]string{"invite", "-keys", s.path("keys"), "-addr", source.Addr}, flags...)...)
	return strings.TrimSpace(code)
}

// TestJoinAndStream is the way of a new box: one string, and it streams over TLS what the source has signed.
func TestJoinAndStream(t *testing.T) {
	s := newStage(t)
	video := randomBytes(20 << 16)
	source := s.securedSource(video)
	code := s.invite(source)
	ben := s.path("ben-keys")
	join := exec.Command(s.bin.Path, "join", "-keys", ben, "-name", "ben")
	join.Env = append(os.Environ(), s.bin.Env...)
	join.Stdin = strings.NewReader(code + "\n")
	said, err := join.CombinedOutput()
	if err != nil {
		t.Fatalf("join: %v: %s", err, said)
	}
	out := string(said)
	if !strings.Contains(out, "ben is a member of swarm") || !strings.Contains(out, "psnode run -keys") {
		t.Errorf("says %q", out)
	}
	node := s.run("ben", "-keys", ben, "-chunkdirectory", s.path("ben")) // its master is in the keys
	s.stream(node, "movie", video, "-keys", ben)

	_, _, err = s.bin.Stream(context.Background(), io.Discard, node.Addr, "movie")
	if err == nil || !strings.Contains(err.Error(), "this node speaks TLS only") {
		t.Errorf("a viewer without keys: %v, want to hear that it needs them", err)
	}

	if out, _ := psnode(t, exitDone, "probe", node.Addr, "-keys", ben, "-video", "movie"); !strings.Contains(out, "20 of 20 chunks") ||
		!strings.Contains(out, "first piece") {
		t.Errorf("the probe says %q", out)
	}

	if _, errs := psnode(t, exitFailed, "join", "-keys", s.path("carl-keys"), "-name", "carl", code); !strings.Contains(errs, "used already") {
		t.Errorf("a code used twice: %s", errs)
	}
	if _, errs := psnode(t, exitFailed, "join", "-keys", ben, "-name", "ben", s.invite(source, "-node", "ben")); !strings.Contains(errs, "-replace") {
		t.Errorf("joined over existing keys: %s", errs)
	}
	for _, private := range []string{filepath.Join(ben, "node.key"), s.path("keys/ca.key"), s.path("keys/source.key")} {
		info, err := os.Stat(private)
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v: want mode 0600", private, info.Mode(), err)
		}
		key, err := os.ReadFile(private)
		if err != nil {
			t.Fatal(err)
		}
		secret := strings.Split(string(key), "\n")[1]
		if strings.Contains(s.log.String(), secret[len(secret)-20:]) {
			t.Errorf("%s is in the log", private)
		}
	}
}

// TestPinKeepsOthersOut: a node whose swarm has a source's key takes no manifest that another has signed, or nobody, and
// its viewer hears that there is no such video.
func TestPinKeepsOthersOut(t *testing.T) {
	s := newStage(t)
	video := randomBytes(3 << 16)
	s.split("movie", video, "64k") // unsigned
	source := s.source()
	node := s.node("mit", source, nil, "-pin", strings.Repeat("ab", 32))
	_, _, err := s.bin.Stream(context.Background(), io.Discard, node.Addr, "movie")
	if err == nil || !strings.Contains(err.Error(), "no such video") {
		t.Errorf("an unsigned video: %v, want no such video", err)
	}
	if !strings.Contains(s.log.String(), "refused a manifest") {
		t.Error("nobody logged why")
	}
}

// TestSourceChangesItsKey: a name that was trusted at its first use stays with its key, across a restart of the node.
func TestSourceChangesItsKey(t *testing.T) {
	s := newStage(t)
	first, second := randomBytes(3<<16), randomBytes(3<<16)
	split := func(keys string, video []byte, flags ...string) {
		psnode(t, exitDone, "keygen", "-keys", s.path(keys), "-name", "source")
		if err := os.WriteFile(s.path("in"), video, 0o644); err != nil {
			t.Fatal(err)
		}
		psnode(t, exitDone, append([]string{"split", "-d", s.path("videos"), "-s", s.path("in"), "-c", "64k", "-f", "movie", "-keys", s.path(keys)}, flags...)...)
	}
	split("keys", first)
	source := s.source()
	mit := s.node("mit", source, nil)
	s.stream(mit, "movie", first)
	if !strings.Contains(s.log.String(), "at its first use") {
		t.Error("nobody says that a key was trusted at its first use")
	}
	for _, n := range []*nodes.Node{mit, source} {
		if _, err := n.Stop(); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.RemoveAll(s.path("videos")); err != nil {
		t.Fatal(err)
	}
	split("other", second)
	source = s.source()
	mit = s.node("mit2", source, nil) // new to it: it may believe the new key
	s.stream(mit, "movie", second)
	// What the old one holds of the first is not enough; with only the name left it must not take the second.
	dir := s.path("mit")
	for _, f := range []string{"*.manifest", "*.data", "*.pieces", "journal"} {
		all, _ := filepath.Glob(filepath.Join(dir, f))
		for _, path := range all {
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
		}
	}
	old := s.node("mit", source, nil)
	_, _, err := s.bin.Stream(context.Background(), io.Discard, old.Addr, "movie")
	if err == nil || !strings.Contains(err.Error(), "no such video") {
		t.Errorf("another key's video under a known name: %v, want no such video", err)
	}
	if !strings.Contains(s.log.String(), "signed with another key") {
		t.Error("nobody logged why")
	}
}

// TestKeysMisuse: each mistake with keys ends with a line that helps.
func TestKeysMisuse(t *testing.T) {
	dir := t.TempDir()
	keys := filepath.Join(dir, "keys")
	psnode(t, exitDone, "keygen", "-keys", keys, "-name", "source")
	joined := filepath.Join(dir, "joined")
	if err := os.CopyFS(joined, os.DirFS(keys)); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"ca.key", "source.key"} {
		if err := os.Remove(filepath.Join(joined, name)); err != nil {
			t.Fatal(err)
		}
	}
	open := filepath.Join(dir, "open")
	if err := os.CopyFS(open, os.DirFS(keys)); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(filepath.Join(open, "node.key"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{filepath.Join(joined, "node.key"), filepath.Join(open, "ca.key")} {
		if err := os.Chmod(path, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		args string
		code int
		says string
	}{
		{"keygen -keys DIR/keys -name x", exitFailed, "keys are not overwritten"},
		{"keygen -keys DIR/new", exitUsage, "-name is needed"},
		{"keygen -keys DIR/new -name a/b", exitFailed, "slash"},
		{"keygen -keys DIR/new -name x -addr nowhere", exitUsage, "-addr"},
		{"invite -keys DIR/keys", exitUsage, "-addr is needed"},
		{"invite -keys DIR/keys -addr 127.0.0.1:1 -for 1000h", exitFailed, "at most 168h"},
		{"invite -keys DIR/joined -addr 127.0.0.1:1", exitFailed, "only where the swarm's key is"},
		{"invite -keys DIR/none -addr 127.0.0.1:1", exitFailed, "psnode keygen makes a swarm's first keys"},
		{"join -name x -keys DIR/new ps2-abc", exitUsage, "does not begin with ps1-"},
		{"join ps1-abc", exitUsage, "-name is needed"},
		{"join -name x ps1-abc", exitUsage, "not a whole code"},
		{"join ps1-abc -name x", exitUsage, "not a whole code"},
		{"split -d DIR/v -s DIR/keys/ca.pem -keys DIR/joined", exitFailed, "no source's key"},
		{"run -keys DIR/open -videodatabase DIR", exitFailed, "chmod 600"},
		{"run -keys DIR/keys -name y -videodatabase DIR/v", exitUsage, `-name y: the keys are those of "source"`},
		{"run -name x -videodatabase DIR/v -pin abc", exitUsage, "64 hexadecimal digits"},
	} {
		var out, errs bytes.Buffer
		args := strings.Fields(strings.ReplaceAll(c.args, "DIR", dir))
		if code := dispatch(t.Context(), args, streams{&out, &errs}); code != c.code || !strings.Contains(errs.String(), c.says) {
			t.Errorf("psnode %s: exit code %d, says %q: want %d, %q", c.args, code, errs.String(), c.code, c.says)
		}
	}
	if _, err := identity.Load(joined); err != nil {
		t.Errorf("a joined box's keys: %v", err)
	}
}
