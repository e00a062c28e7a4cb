package scenarios

import (
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"peerstreamer/core"
)

// TestReserveTouchesNothing: reserving a gigabyte makes a process hardly larger that has just begun, as psim has. One that
// has used and freed memory may get that again, which the runtime clears: so the test runs in a process of its own.
func TestReserveTouchesNothing(t *testing.T) {
	const fresh = "PSIM_TEST_FRESH"
	if os.Getenv(fresh) == "" {
		cmd := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$")
		cmd.Env = append(os.Environ(), fresh+"=1")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%v\n%s", err, out)
		}
		return
	}
	resident := func() int64 {
		data, err := os.ReadFile("/proc/self/statm")
		if err != nil {
			t.Fatal(err)
		}
		pages, err := strconv.ParseInt(strings.Fields(string(data))[1], 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		return pages * int64(os.Getpagesize())
	}
	before := resident()
	reserve(core.GiB)
	if grown := resident() - before; grown > int64(64*core.MiB) {
		t.Errorf("reserving 1 GiB took %d MiB of memory", grown/int64(core.MiB))
	}
}

// TestReservedHeapIsHuge: what the heap grows into after reserve is advised to be huge pages ("hg" in smaps).
func TestReservedHeapIsHuge(t *testing.T) {
	mode, err := os.ReadFile("/sys/kernel/mm/transparent_hugepage/enabled")
	if err != nil || strings.Contains(string(mode), "[never]") {
		t.Logf("this system has no huge pages for programs: %s %v", mode, err)
		return
	}
	reserve(256 * core.MiB)
	smaps, err := os.ReadFile("/proc/self/smaps")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(smaps)) {
		if strings.HasPrefix(line, "VmFlags:") && strings.Contains(line+" ", " hg ") {
			return
		}
	}
	t.Error("no part of the heap is advised to be huge pages")
}
