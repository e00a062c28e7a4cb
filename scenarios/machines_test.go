//go:build tools

package scenarios

import (
	"os"
	"os/exec"
	"testing"
)

// TestDigestOnOtherMachines runs TestTree1000 on other processors, and under the race detector: it is the pinned history,
// to the bit. It needs qemu-user-static and a C compiler, which make test installs. Most of its time is the compiler's.
func TestDigestOnOtherMachines(t *testing.T) {
	for _, m := range []struct {
		name  string
		env   []string
		flags []string
	}{
		{name: "386", env: []string{"GOARCH=386", "CGO_ENABLED=0"}},
		{name: "amd64 v3, which fuses", env: []string{"GOARCH=amd64", "GOAMD64=v3", "CGO_ENABLED=0"}},
		{name: "arm64, which fuses", env: []string{"GOARCH=arm64", "CGO_ENABLED=0"}, flags: []string{"-exec=qemu-aarch64-static"}},
		{name: "race detector", env: []string{"CGO_ENABLED=1"}, flags: []string{"-race"}},
	} {
		t.Run(m.name, func(t *testing.T) {
			args := append([]string{"test", "-count=1", "-run=^TestTree1000$"}, m.flags...)
			cmd := exec.Command("go", append(args, "peerstreamer/scenarios")...)
			cmd.Env = append(os.Environ(), m.env...)
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}
