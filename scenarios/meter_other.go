//go:build !unix

package scenarios

import "peerstreamer/core"

// processUsage is not known here.
func processUsage() (cpu core.Time, peak core.Bytes) { return 0, 0 }
