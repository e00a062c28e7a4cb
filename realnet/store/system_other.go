//go:build !linux

package store

import (
	"math"
	"os"
)

// datasync makes a file's bytes durable.
func datasync(f *os.File) error { return f.Sync() }

// allocate does nothing: there is no portable way to reserve disk space.
func allocate(*os.File, int64, int64) error { return nil }

// punch does nothing: there is no portable way to free a part of a file.
func punch(*os.File, int64, int64) error { return nil }

// space says that there is always enough: a write tells when there is not.
func space(string) (free, total int64, err error) { return math.MaxInt64 / 2, math.MaxInt64 / 2, nil }

// bootID says that it is unknown, so that what was not yet durable is checked after every unclean end.
func bootID() string { return "" }
