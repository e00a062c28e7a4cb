//go:build !linux && !darwin

package diagnose

import "peerstreamer/core"

func freeBytes(string) (core.Bytes, bool) { return 0, false }

func openFiles() (uint64, bool) { return 0, false }
