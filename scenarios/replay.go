package scenarios

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"runtime/debug"
	"strings"
)

// shell returns a command as it can be typed into a POSIX shell.
func shell(args ...string) string {
	quoted := make([]string, len(args))
	for i, a := range args {
		if a == "" || strings.ContainsAny(a, " \t\r\n'\"\\$`*?[]{}()<>|&;~#!^") {
			a = "'" + strings.ReplaceAll(a, "'", `'\''`) + "'"
		}
		quoted[i] = a
	}
	return strings.Join(quoted, " ")
}

// program returns how this program is called: psim, or what a program with policies of its own is named.
func program() string {
	info, ok := debug.ReadBuildInfo()
	switch {
	case !ok || strings.HasSuffix(info.Path, ".test"):
		return "psim"
	case info.Path == "command-line-arguments":
		return filepath.Base(os.Args[0])
	}
	return path.Base(info.Path)
}

// commandLine returns the call as it can be typed again.
func (p *psim) commandLine() string { return shell(append([]string{program()}, p.args...)...) }

// replay returns the command that runs one seed of an experiment again, or of a branch if one is named.
func (o *options) replay(seed uint64, branch string) string {
	args := []string{program(), "-scenario", o.scenario, "-seed", fmt.Sprint(seed)}
	for _, s := range o.set {
		args = append(args, "-set", s)
	}
	if branch == "" {
		branch = o.branch
	}
	if branch != "" {
		args = append(args, "-branch", branch)
	}
	return shell(args...)
}
