package usage

import "runtime"

// Collections returns how many times the collector has run.
func Collections() uint32 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.NumGC
}
