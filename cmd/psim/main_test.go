//go:build unix

package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// crowd is a scenario that takes far longer than a test, with a warning, from which on psim listens to signals.
const crowd = `
horizon = "1h"
[video]
duration = "30m"
[[group]]
name   = "source"
role   = "source"
uplink = "1Mbit/s"
downlink = "1Mbit/s"
[[group]]
name     = "viewer"
count    = 20000
tree     = { arity = 8 }
watches  = true
uplink   = "10Mbit/s"
downlink = "50Mbit/s"
[net]
latency = "10ms..50ms"
[[claim]]
that = "finished == 20000"
`

// started is a psim that runs.
type started struct {
	*exec.Cmd
	dir    string
	errors *bufio.Scanner
	out    bytes.Buffer
}

// start builds psim and runs the crowd, and returns when it listens to signals.
func start(t *testing.T, args ...string) *started {
	t.Helper()
	dir := t.TempDir()
	file, program := filepath.Join(dir, "crowd.toml"), filepath.Join(dir, "psim")
	if err := os.WriteFile(file, []byte(crowd), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	s := &started{Cmd: exec.Command(program, append([]string{"-scenario", file}, args...)...), dir: dir}
	s.Dir, s.Stdout = dir, &s.out
	stderr, err := s.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	s.errors = bufio.NewScanner(stderr)
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		s.Process.Kill()
		s.Wait()
	})
	s.expect(t, "every viewer will stall")
	return s
}

// expect reads lines of standard error up to one that has a text in it.
func (s *started) expect(t *testing.T, text string) {
	t.Helper()
	said := ""
	for s.errors.Scan() {
		said += s.errors.Text() + "\n"
		if strings.Contains(s.errors.Text(), text) {
			return
		}
	}
	t.Fatalf("psim never said %q, but\n%s", text, said)
}

// TestInterrupt: one interrupt ends a simulation with what there is, marked partial everywhere.
func TestInterrupt(t *testing.T) {
	for _, signal := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
		t.Run(signal.String(), func(t *testing.T) {
			s := start(t)
			s.Process.Signal(signal)
			s.expect(t, "interrupted: writing what there is")
			for s.errors.Scan() {
				t.Errorf("also on standard error: %s", s.errors.Text())
			}
			err := s.Wait()
			if code := s.ProcessState.ExitCode(); code != 130 {
				t.Errorf("exit code %d (%v), want 130", code, err)
			}
			if out := s.out.String(); !strings.HasPrefix(out, "PARTIAL: interrupted at ") ||
				!strings.Contains(out, "of 1h; its claims are not judged\n") || strings.Contains(out, "✗") {
				t.Errorf("printed:\n%s", out)
			}
			folders, _ := filepath.Glob(filepath.Join(s.dir, "results", "crowd-*-s1-partial"))
			if len(folders) != 1 {
				t.Fatalf("results are in %v", folders)
			}
			var summary struct {
				Partial bool             `json:"partial"`
				Reached float64          `json:"sim_s"`
				Claims  []map[string]any `json:"claims"`
			}
			data, err := os.ReadFile(filepath.Join(folders[0], "summary.json"))
			if err == nil {
				err = json.Unmarshal(data, &summary)
			}
			if err != nil || !summary.Partial || summary.Reached <= 0 || summary.Reached >= 3600 || len(summary.Claims) != 0 {
				t.Errorf("summary is %+v, %v", summary, err)
			}
			page, err := os.ReadFile(filepath.Join(folders[0], "report.html"))
			if err != nil || !bytes.Contains(page, []byte("<b>Partial.</b> interrupted at ")) {
				t.Errorf("the report does not say so, %v", err)
			}
		})
	}
}

// TestInterruptTwice: a second interrupt ends psim at once, in the middle of a moment that takes it seconds.
func TestInterruptTwice(t *testing.T) {
	s := start(t, "-set", "group.viewer.count=300000")
	s.Process.Signal(os.Interrupt)
	s.expect(t, "once more to end at once")
	s.Process.Signal(os.Interrupt)
	for s.errors.Scan() {
		t.Errorf("also on standard error: %s", s.errors.Text())
	}
	s.Wait()
	if status, ok := s.ProcessState.Sys().(syscall.WaitStatus); !ok || !status.Signaled() || status.Signal() != syscall.SIGINT {
		t.Errorf("psim ended with %v, want by the signal", s.ProcessState)
	}
	if folders, _ := filepath.Glob(filepath.Join(s.dir, "results", "crowd-*")); len(folders) > 0 || s.out.Len() > 0 {
		t.Errorf("and yet there are results in %v:\n%s", folders, s.out.String())
	}
}
