package nodes

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
)

// Memory is what a process has in memory, in bytes.
type Memory struct {
	Anonymous int64 // resident now, and no file's
	Peak      int64 // the most that was ever resident, file pages included
}

// Memory returns what the node has in memory, as Linux tells it.
func (n *Node) Memory() (Memory, error) {
	path := fmt.Sprintf("/proc/%d/status", n.cmd.Process.Pid)
	f, err := os.Open(path)
	if err != nil {
		return Memory{}, err
	}
	defer f.Close()
	var m Memory
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		name, value, _ := strings.Cut(lines.Text(), ":")
		var into *int64
		switch name {
		case "RssAnon":
			into = &m.Anonymous
		case "VmHWM":
			into = &m.Peak
		default:
			continue
		}
		kib, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 10, 64)
		if err != nil {
			return Memory{}, fmt.Errorf("%s: %s: %w", path, name, err)
		}
		*into = kib << 10
	}
	if m.Anonymous == 0 || m.Peak == 0 {
		return m, errors.Join(fmt.Errorf("%s: no RssAnon or VmHWM", path), lines.Err())
	}
	return m, nil
}
