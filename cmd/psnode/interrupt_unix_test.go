//go:build unix

package main

import (
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"peerstreamer/bench/nodes"
)

// What does not heed the first interrupt, here a read from a pipe into which nobody writes, ends at the second.
func TestSecondInterruptEnds(t *testing.T) {
	s := newStage(t)
	pipe := s.path("pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(s.bin.Path, "split", "-d", s.path("videos"), "-s", pipe)
	cmd.Env = append(os.Environ(), s.bin.Env...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	in, err := os.OpenFile(pipe, os.O_WRONLY, 0) // returns when psnode has opened the other end
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	late, again := time.After(nodes.Patience), time.NewTicker(10*time.Millisecond)
	defer again.Stop()
	for {
		select {
		case err := <-ended:
			if want := "signal: interrupt"; err == nil || err.Error() != want {
				t.Errorf("ended with %v, want %s", err, want)
			}
			return
		case <-again.C:
			_ = cmd.Process.Signal(os.Interrupt)
		case <-late:
			_ = cmd.Process.Kill()
			t.Fatal("goes on")
		}
	}
}
