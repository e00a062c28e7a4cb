package nodes

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Binary is a psnode to run: a path, what to add to its environment, and the command that runs the rest of its command
// line, such as one that enters a network namespace first; none for Prefix nil.
type Binary struct {
	Path   string
	Env    []string
	Prefix []string
}

// command returns the process that runs psnode with args.
func (b Binary) command(ctx context.Context, args ...string) *exec.Cmd {
	line := append(append(append([]string(nil), b.Prefix...), b.Path), args...)
	cmd := exec.CommandContext(ctx, line[0], line[1:]...)
	cmd.Env = append(os.Environ(), b.Env...)
	return cmd
}

// Patience is how long a node may take to start or to stop.
const Patience = 20 * time.Second

// Node is a running psnode run.
type Node struct {
	Name, Addr string // Addr as tcp://host:port
	cmd        *exec.Cmd
	said       *said
	ended      chan error
}

// Cost is what a process used.
type Cost struct {
	User, System time.Duration
}

// CPU returns user and system time together.
func (c Cost) CPU() time.Duration { return c.User + c.System }

var listening = regexp.MustCompile(`listens on (tcp://\S+)`)

// Run starts psnode run with -name and the given flags on a free port of the loopback, unless the flags say otherwise,
// and returns when it listens. Its log goes to log.
func (b Binary) Run(log io.Writer, name string, flags ...string) (*Node, error) {
	cmd := b.command(context.Background(), append([]string{"run", "-name", name}, flags...)...)
	n := &Node{Name: name, cmd: cmd, said: &said{}, ended: make(chan error, 1)}
	cmd.Stderr = io.MultiWriter(log, n.said)
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start node %s: %w", name, err)
	}
	addr := make(chan string, 1)
	go func() {
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			if m := listening.FindStringSubmatch(lines.Text()); m != nil {
				addr <- m[1]
			}
		}
		n.ended <- cmd.Wait()
		close(n.ended)
	}()
	select {
	case n.Addr = <-addr:
		return n, nil
	case err := <-n.ended:
		return nil, fmt.Errorf("node %s ended at once (%v): %s", name, err, strings.TrimSpace(n.said.String()))
	case <-time.After(Patience):
		n.Kill()
		return nil, fmt.Errorf("node %s did not say within %v where it listens", name, Patience)
	}
}

// Port returns the port that the node listens on.
func (n *Node) Port() string { return n.Addr[strings.LastIndexByte(n.Addr, ':')+1:] }

// PID returns the node's process.
func (n *Node) PID() int { return n.cmd.Process.Pid }

// Stop interrupts the node, waits until it has ended and returns what it used.
func (n *Node) Stop() (Cost, error) { return n.end(syscall.SIGINT) }

// Kill ends the node as kill -9 does.
func (n *Node) Kill() Cost {
	c, _ := n.end(syscall.SIGKILL)
	return c
}

// Sent interrupts the node and returns the payload bytes that it says it has sent, which takes the flags -log json and
// the level info.
func (n *Node) Sent() (int64, error) {
	if _, err := n.Stop(); err != nil {
		return 0, err
	}
	m := sent.FindStringSubmatch(n.said.String())
	if m == nil {
		return 0, fmt.Errorf("node %s did not log what it sent", n.Name)
	}
	return strconv.ParseInt(m[1], 10, 64)
}

// Cost returns what the node used, nothing while it runs.
func (n *Node) Cost() Cost { return CostOf(n.cmd.ProcessState) }

var sent = regexp.MustCompile(`"sent_bytes":(\d+)`)

// said keeps what a process writes.
type said struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *said) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *said) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

func (n *Node) end(s syscall.Signal) (Cost, error) {
	if err := n.cmd.Process.Signal(s); err != nil && n.cmd.ProcessState == nil {
		return Cost{}, err
	}
	var err error
	select {
	case err = <-n.ended:
	case <-time.After(Patience):
		n.cmd.Process.Kill()
		<-n.ended
		err = fmt.Errorf("node %s did not end within %v of %v", n.Name, Patience, s)
	}
	return CostOf(n.cmd.ProcessState), err
}

// Stream runs psnode stream to the end, with its output going to w, and returns what it used and said.
func (b Binary) Stream(ctx context.Context, w io.Writer, addr, video string, flags ...string) (Cost, string, error) {
	cmd := b.command(ctx, append([]string{"stream", "-source", addr, "-filename", video}, flags...)...)
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = w, &said
	err := cmd.Run()
	if err != nil {
		err = fmt.Errorf("stream %s from %s: %w: %s", video, addr, err, strings.TrimSpace(said.String()))
	}
	return CostOf(cmd.ProcessState), said.String(), err
}

// Split runs psnode split.
func (b Binary) Split(flags ...string) error {
	cmd := b.command(context.Background(), append([]string{"split"}, flags...)...)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("split: %w: %s", err, bytes.TrimSpace(out))
	}
	return nil
}

// CostOf returns what an ended process used, nothing if it has not ended.
func CostOf(p *os.ProcessState) Cost {
	if p == nil {
		return Cost{}
	}
	return Cost{User: p.UserTime(), System: p.SystemTime()}
}
