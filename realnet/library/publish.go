package library

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"peerstreamer/realnet/manifest"
)

// Stage makes an empty folder inside a database in which videos can be split before Publish makes them the database's. It
// is hidden, so nobody takes what is in it for videos. The caller removes it.
func Stage(dir string) (string, error) {
	stage, err := os.MkdirTemp(dir, splitPrefix)
	if errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("video database %s does not exist: create it with: mkdir -p '%s'", dir, dir)
	}
	return stage, err
}

// Publish moves videos from a stage into the database, in the order of their names. Those called gone, and with replace also
// those of the same names, leave it before: a crash in between leaves what was there hidden in the stage, whole. The error
// wraps ErrExists for a name that is taken, before anything is moved.
func Publish(dir, stage string, names, gone []string, replace bool) error {
	if !replace {
		for _, name := range names {
			if _, err := os.Lstat(filepath.Join(dir, name)); err == nil {
				return fmt.Errorf("video %q: %w: choose another name, or replace it", name, ErrExists)
			}
		}
	} else {
		gone = append(gone[:len(gone):len(gone)], names...)
	}
	for _, name := range gone {
		if err := retire(dir, stage, name); err != nil {
			return err
		}
	}
	for _, name := range names {
		if err := os.Rename(filepath.Join(stage, name), filepath.Join(dir, name)); err != nil {
			return err
		}
	}
	return syncDir(dir)
}

// retire moves a video out of the database into a stage, if it is there.
func retire(dir, stage, name string) error {
	err := os.Rename(filepath.Join(dir, name), filepath.Join(stage, ".gone-"+name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// Remove takes videos out of a database, those that are there, and deletes their files. It returns how many there were.
func Remove(dir string, names ...string) (removed int, err error) {
	stage, err := Stage(dir)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(stage)) }()
	for _, name := range names {
		if err := manifest.CheckName(name); err != nil {
			return removed, err
		}
		if _, err := os.Lstat(filepath.Join(dir, name)); err != nil {
			continue
		}
		if err := retire(dir, stage, name); err != nil {
			return removed, err
		}
		removed++
	}
	return removed, syncDir(dir)
}

// Names returns the names of what is in a database, without opening it.
func Names(dir string) (names []string, err error) {
	entries, err := os.ReadDir(dir)
	for _, e := range entries {
		if e.IsDir() && manifest.CheckName(e.Name()) == nil {
			names = append(names, e.Name())
		}
	}
	return names, err
}
