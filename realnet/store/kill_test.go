package store

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// childEnv names the directory in which this test binary, started again, writes until it is killed.
const childEnv = "PEERSTREAMER_STORE_CHILD"

func killFilm() *film { return newFilm("killed", 64*32*1024, 32*1024, 4*1024) }

// writeUntilKilled puts chunk after chunk, keeps the last 20, and says on standard output what has returned: "+N" when
// chunk N is whole, "-N" when it is about to be dropped.
func writeUntilKilled(dir string) {
	s, err := Open(dir, Options{})
	if err != nil {
		fmt.Println("!", err)
		os.Exit(1)
	}
	f := killFilm()
	if err := s.AddManifest(f.m); err != nil {
		fmt.Println("!", err)
		os.Exit(1)
	}
	for i := 0; ; i++ {
		chunk := i % len(f.chunks)
		if i >= 20 {
			old := (i - 20) % len(f.chunks)
			fmt.Printf("-%d\n", old)
			if err := s.Drop(f.key(old)); err != nil {
				fmt.Println("!", err)
			}
		}
		if err := s.Begin(f.key(chunk), f.hashes[chunk]); err != nil {
			fmt.Println("!", err)
		}
		for p := range f.m.Info().Pieces(uint32(chunk)) {
			if err := s.Put(f.key(chunk), p, f.piece(chunk, p)); err != nil {
				fmt.Println("!", err)
			}
		}
		fmt.Printf("+%d\n", chunk)
	}
}

// A node killed with SIGKILL at any moment loses no whole chunk and reports none that is not; its directory opens at
// once, and while it runs, not at all.
func TestKilled(t *testing.T) {
	dir := t.TempDir()
	f := killFilm()
	for round := range 5 {
		promised, uncertain := runChild(t, dir, 70+37*round)
		s, err := Open(dir, Options{})
		if err != nil {
			t.Fatalf("round %d: a killed node's directory does not open: %v", round, err)
		}
		held := s.Held()
		for _, n := range promised {
			if !slices.Contains(held, f.key(n)) {
				t.Errorf("round %d: chunk %d was whole and is lost", round, n)
			}
		}
		for _, k := range held {
			n := int(k.Chunk)
			if !slices.Contains(promised, n) && !slices.Contains(uncertain, n) {
				t.Errorf("round %d: chunk %d is held, and was dropped", round, n)
			}
			f.check(t, s, n)
		}
		if s.Bad() != 0 {
			t.Errorf("round %d: the journal has %d chunks that the files have not", round, s.Bad())
		}
		for _, k := range held { // or the next child could not tell old from new
			if err := s.Drop(k); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// runChild starts a child, kills it after n lines, and returns the chunks that it called whole and those that it was
// about to write or drop.
func runChild(t *testing.T, dir string, n int) (whole, uncertain []int) {
	t.Helper()
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), childEnv+"="+dir)
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	last := -1
	for i := 0; lines.Scan(); i++ {
		var sign byte
		var chunk int
		if _, err := fmt.Sscanf(lines.Text(), "%c%d", &sign, &chunk); err != nil {
			t.Errorf("the child says %q", lines.Text())
			continue
		}
		if sign == '+' {
			whole, last = append(whole, chunk), chunk
			uncertain = nil // the drop before it has returned
		} else {
			whole = slices.DeleteFunc(whole, func(c int) bool { return c == chunk })
			uncertain = []int{chunk}
		}
		switch i {
		case 10:
			_, err := Open(dir, Options{})
			if !errors.Is(err, ErrLocked) || !strings.Contains(err.Error(), fmt.Sprint("process ", child.Process.Pid)) {
				t.Errorf("a running node's directory: %v", err)
			}
		case n:
			// What the child wrote to the pipe before it died is read to the end.
			if err := child.Process.Kill(); err != nil {
				t.Error(err)
			}
		}
	}
	_ = child.Wait() // it was killed
	return whole, append(uncertain, (last+1)%64)
}
