//go:build !linux

package scenarios

import "peerstreamer/core"

// reserve does nothing: only Linux takes advice on huge pages.
func reserve(core.Bytes) {}
