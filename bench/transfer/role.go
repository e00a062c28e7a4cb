package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"time"

	"peerstreamer/bench/nodes"
)

// roles are what this program can be when it runs itself as a process of its own.
var roles = map[string]func(args []string) (any, error){
	"keep": keep, "serve": serve, "drain": drain, "crowd": crowd,
}

// play runs a role and prints what it returns as a line of JSON.
func play(role string, args []string) error {
	f := roles[role]
	if f == nil {
		return fmt.Errorf("unknown role %q", role)
	}
	r, err := f(args)
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(r)
}

// actor is a running role.
type actor struct {
	role string
	cmd  *exec.Cmd
	out  *bufio.Reader
}

// act starts a role in a process of its own.
func act(role string, args ...string) (*actor, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	a := &actor{role: role, cmd: exec.Command(self, append([]string{"role", role}, args...)...)}
	a.cmd.Stderr = os.Stderr
	out, err := a.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	a.out = bufio.NewReader(out)
	return a, a.cmd.Start()
}

// line returns the next line that the role prints.
func (a *actor) line() (string, error) {
	s, err := a.out.ReadString('\n')
	if err != nil {
		return "", fmt.Errorf("%s: %w", a.role, err)
	}
	return s[:len(s)-1], nil
}

// wait waits until the role has ended, decodes its last line into result, and returns what the process used.
func (a *actor) wait(result any) (nodes.Cost, error) {
	last, err := io.ReadAll(a.out)
	if err == nil {
		err = a.cmd.Wait()
	}
	if err == nil && result != nil {
		err = json.Unmarshal(last, result)
	}
	if err != nil {
		return nodes.Cost{}, fmt.Errorf("%s: %w: %q", a.role, err, last)
	}
	return nodes.CostOf(a.cmd.ProcessState), nil
}

// seconds returns how long ago began was.
func seconds(began time.Time) float64 { return time.Since(began).Seconds() }
