package main

import (
	"context"
	"fmt"
	"runtime"
	"runtime/debug"
)

// release is set by make release: -ldflags "-X main.release=...".
var release string

const versionHelp = `
psnode version prints which psnode this is.
`

func runVersion(_ context.Context, args []string, std streams) error {
	f := newFlags("version", versionHelp, std)
	if err := parse(f, args); err != nil {
		return err
	}
	fmt.Fprintf(std.out, "psnode %s, %s, %s/%s\n", version(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return nil
}

// version returns the release, or else the commit that this was built from, or else "unreleased".
func version() string {
	if release != "" {
		return release
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unreleased"
	}
	commit, changed := "", ""
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision":
			commit = s.Value[:min(12, len(s.Value))]
		case s.Key == "vcs.modified" && s.Value == "true":
			changed = " with changes"
		}
	}
	switch {
	case commit != "":
		return commit + changed
	case info.Main.Version != "" && info.Main.Version != "(devel)":
		return info.Main.Version
	}
	return "unreleased"
}
