package scenarios

import (
	"runtime"
	"runtime/debug"
)

// version says what a result was computed with.
type version struct {
	version, commit, goVersion, platform string
}

// readVersion returns what the build recorded. Built outside a repository there is no commit.
func readVersion() version {
	v := version{"devel", "unknown", runtime.Version(), runtime.GOOS + "/" + runtime.GOARCH}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return v
	}
	if info.Main.Version != "" && info.Main.Version != "(devel)" {
		v.version = info.Main.Version
	}
	dirty := ""
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision":
			v.commit = s.Value
		case s.Key == "vcs.modified" && s.Value == "true":
			dirty = "+changes"
		}
	}
	v.commit += dirty
	return v
}
