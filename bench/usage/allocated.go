package usage

import "runtime"

// Allocated returns how many bytes this process allocated while f ran, freed or not, by f and by everybody else: with
// nothing running beside it, what f asked for. It stops the world twice, some ten microseconds each.
func Allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}
