//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd)

package store

import (
	"errors"
	"io"
	"runtime"
)

// lockFile refuses: without flock a killed node's directory would stay locked, or two nodes would share one.
func lockFile(string) (io.Closer, error) {
	return nil, errors.New("chunk directories need flock, which " + runtime.GOOS + " does not have")
}
