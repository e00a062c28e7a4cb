package scenarios

import (
	"testing"

	"peerstreamer/core"
)

func TestMemAvailable(t *testing.T) {
	for _, c := range []struct {
		text string
		want core.Bytes
	}{
		{"MemTotal:       24000000 kB\nMemFree:         1000 kB\nMemAvailable:   2048 kB\nBuffers: 3 kB\n", 2 * core.MiB},
		{"MemTotal: 1 kB\n", 0},
		{"MemAvailable: much kB\n", 0},
		{"MemAvailable: 12\n", 0},
		{"", 0},
	} {
		if got := memAvailable(c.text); got != c.want {
			t.Errorf("%q: %v, want %v", c.text, got, c.want)
		}
	}
	if m := readMachine(t.TempDir()); m.memory < core.MiB || m.disk <= 0 || m.descriptors <= 0 {
		t.Errorf("this machine has %+v", m)
	}
}
