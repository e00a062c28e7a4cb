package media

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"time"
)

// ErrTools is wrapped by the error of Find.
var ErrTools = errors.New("not found: install it with: apt-get install ffmpeg (macOS: brew install ffmpeg; " +
	"Windows: winget install ffmpeg)")

// stopWait is how long a killed tool's children may keep its output open.
const stopWait = 5 * time.Second

// maxComplaint bounds what is kept of what a tool has to complain about.
const maxComplaint = 2 << 10

// Tools are the programs that this package runs.
type Tools struct{ ffmpeg, ffprobe string }

// Find returns the tools of this machine.
func Find() (t Tools, err error) {
	for _, p := range []struct {
		name string
		path *string
	}{{"ffmpeg", &t.ffmpeg}, {"ffprobe", &t.ffprobe}} {
		if *p.path, err = exec.LookPath(p.name); err != nil {
			return t, fmt.Errorf("%s: %w", p.name, ErrTools)
		}
	}
	return t, nil
}

// run runs a program to its end, or kills it when ctx ends, and hands each line of its output to line, which may be nil. The
// error has the last of what it complained about.
func run(ctx context.Context, line func(string), program string, args ...string) error {
	c := exec.CommandContext(ctx, program, args...)
	c.WaitDelay = stopWait
	complaint := &tail{most: maxComplaint}
	c.Stderr = complaint
	out, err := c.StdoutPipe()
	if err != nil {
		return err
	}
	if err := c.Start(); err != nil {
		return err
	}
	s := bufio.NewScanner(out)
	for s.Scan() {
		if line != nil {
			line(s.Text())
		}
	}
	_, _ = io.Copy(io.Discard, out) // a line that is too long must not stop the program
	if err := c.Wait(); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return fmt.Errorf("%w: %s", err, strings.TrimSpace(complaint.String()))
	}
	return nil
}

// tail keeps the last bytes that are written to it.
type tail struct {
	most int
	buf  bytes.Buffer
}

func (t *tail) Write(p []byte) (int, error) {
	t.buf.Write(p)
	if over := t.buf.Len() - t.most; over > 0 {
		t.buf.Next(over)
	}
	return len(p), nil
}

func (t *tail) String() string { return t.buf.String() }
