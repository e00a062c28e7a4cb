package main

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
)

// roleHold is the argument with which this program does nothing until its standard input ends, in a namespace.
const roleHold = "hold-namespace"

// hold waits for the end of the one who holds the other end of the standard input.
func hold() { _, _ = io.Copy(io.Discard, os.Stdin) }

// inside is set in the environment of the process that is in a namespace already.
const insideKey = "FIRSTBYTE_INSIDE"

// inNamespace runs this program again in a network namespace of its own, and returns true when that has ended. It returns
// false in there.
func inNamespace() (ran bool, err error) {
	if os.Getenv(insideKey) != "" {
		return false, run("ip", "link", "set", "lo", "up")
	}
	self, err := os.Executable()
	if err != nil {
		return true, err
	}
	cmd := exec.Command(self, os.Args[1:]...)
	cmd.Env = append(os.Environ(), insideKey+"=yes")
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET, Pdeathsig: syscall.SIGKILL}
	if err := cmd.Run(); err != nil {
		return true, fmt.Errorf("in a network namespace, which takes root: %w", err)
	}
	return true, nil
}

// network is a bridge in this process's namespace, and namespaces whose links to it are shaped on the way out. It ends
// with this process, however that ends: nothing has a name outside.
type network struct {
	holders []*exec.Cmd
	ends    []io.Closer // standard inputs of the holders
}

// newNetwork makes n namespaces with one link each, of a rate as tc takes it.
func newNetwork(n int, rate string) (*network, error) {
	w := &network{}
	err := run("ip", "link", "add", "hub", "type", "bridge")
	if err == nil {
		err = run("ip", "addr", "add", "10.9.0.254/24", "dev", "hub")
	}
	if err == nil {
		err = run("ip", "link", "set", "hub", "up")
	}
	for i := 0; i < n && err == nil; i++ {
		err = w.add(i, rate)
	}
	if err != nil {
		w.close()
		return nil, err
	}
	return w, nil
}

// add makes namespace i: a process that holds it, and a pair of interfaces.
func (w *network) add(i int, rate string) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	cmd := exec.Command(self, roleHold)
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET}
	end, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	w.holders, w.ends = append(w.holders, cmd), append(w.ends, end)
	port := fmt.Sprint("port", i)
	for _, args := range [][]string{
		{"ip", "link", "add", port, "type", "veth", "peer", "name", "eth0", "netns", fmt.Sprint(cmd.Process.Pid)},
		{"ip", "link", "set", port, "master", "hub", "up"},
		append(w.inside(i), "ip", "link", "set", "lo", "up"),
		append(w.inside(i), "ip", "addr", "add", w.ip(i)+"/24", "dev", "eth0"),
		append(w.inside(i), "ip", "link", "set", "eth0", "up"),
		append(w.inside(i), "tc", "qdisc", "add", "dev", "eth0", "root", "tbf", "rate", rate, "burst", "3028", "limit", "2mb"),
	} {
		if err := run(args...); err != nil {
			return err
		}
	}
	return nil
}

// ip returns the address in namespace i.
func (w *network) ip(i int) string { return fmt.Sprintf("10.9.0.%d", i+1) }

// inside returns the command that runs the command after it in namespace i.
func (w *network) inside(i int) []string {
	return []string{"nsenter", fmt.Sprintf("--net=/proc/%d/ns/net", w.holders[i].Process.Pid)}
}

// close ends the namespaces.
func (w *network) close() {
	for i, cmd := range w.holders {
		_ = w.ends[i].Close()
		_ = cmd.Wait()
	}
}

// run runs a command and returns what it says if it fails.
func run(args ...string) error {
	if out, err := exec.Command(args[0], args[1:]...).CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w: %s", strings.Join(args, " "), err, strings.TrimSpace(string(out)))
	}
	return nil
}
