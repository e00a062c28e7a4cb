package netns

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
)

// inside is set in the environment of the process that is in a namespace already.
const insideKey = "BENCH_NETNS_INSIDE"

// Enter runs this program again in a network namespace of its own, and returns true when that has ended. It returns
// false in there.
func Enter() (ran bool, err error) {
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

// Network is a bridge in this process's namespace, and namespaces whose links to it are shaped on the way out. It ends
// with this process, however that ends: nothing has a name outside.
type Network struct {
	holders []*exec.Cmd
	ends    []io.Closer // standard inputs of the holders
}

// New makes n namespaces with one link each, of a rate as tc takes it.
func New(n int, rate string) (*Network, error) {
	w := &Network{}
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
		w.Close()
		return nil, err
	}
	return w, nil
}

// add makes namespace i: a process that holds it, and a pair of interfaces.
func (w *Network) add(i int, rate string) error {
	cmd := exec.Command("cat") // which holds the namespace until its standard input ends
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
		append(w.Inside(i), "ip", "link", "set", "lo", "up"),
		append(w.Inside(i), "ip", "addr", "add", w.IP(i)+"/24", "dev", "eth0"),
		append(w.Inside(i), "ip", "link", "set", "eth0", "up"),
		append(w.Inside(i), "tc", "qdisc", "add", "dev", "eth0", "root", "tbf", "rate", rate, "burst", "3028", "limit", "2mb"),
	} {
		if err := run(args...); err != nil {
			return err
		}
	}
	return nil
}

// IP returns the address in namespace i.
func (w *Network) IP(i int) string { return fmt.Sprintf("10.9.0.%d", i+1) }

// Inside returns the command that runs the command after it in namespace i.
func (w *Network) Inside(i int) []string {
	return []string{"nsenter", fmt.Sprintf("--net=/proc/%d/ns/net", w.holders[i].Process.Pid)}
}

// ShapeInto limits what namespace i receives to a rate as tc takes it, too.
func (w *Network) ShapeInto(i int, rate string) error {
	return run("tc", "qdisc", "add", "dev", fmt.Sprint("port", i), "root", "tbf", "rate", rate, "burst", "3028", "limit", "2mb")
}

// Bytes returns what namespace i has sent and received over its link, Ethernet frames and all.
func (w *Network) Bytes(i int) (sent, received int64, err error) {
	b, err := os.ReadFile("/proc/net/dev") // /sys would tell of the namespace in which it was mounted
	if err != nil {
		return 0, 0, err
	}
	for line := range strings.Lines(string(b)) {
		name, counts, _ := strings.Cut(strings.TrimSpace(line), ":")
		if f := strings.Fields(counts); name == fmt.Sprint("port", i) && len(f) > 8 {
			sent, e1 := strconv.ParseInt(f[0], 10, 64)     // what the bridge's end of the link has received
			received, e2 := strconv.ParseInt(f[8], 10, 64) // and sent
			return sent, received, errors.Join(e1, e2)
		}
	}
	return 0, 0, fmt.Errorf("/proc/net/dev has no port%d", i)
}

// Close ends the namespaces, and removes what led to them, so that the next network may have the names.
func (w *Network) Close() {
	for i, cmd := range w.holders {
		_ = run("ip", "link", "del", fmt.Sprint("port", i)) // it may not have been made
		_ = w.ends[i].Close()
		_ = cmd.Wait()
	}
	_ = run("ip", "link", "del", "hub")
}

// run runs a command and returns what it says if it fails.
func run(args ...string) error {
	if out, err := exec.Command(args[0], args[1:]...).CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w: %s", strings.Join(args, " "), err, strings.TrimSpace(string(out)))
	}
	return nil
}
