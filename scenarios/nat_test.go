package scenarios

import (
	"testing"

	"peerstreamer/core"
)

// TestNodesBehindNAT has two viewers below a master that keeps next to nothing. The second comes when the first has all.
// Whoever can be dialled, the source sends each byte once, to the first: what the first can upload counts. Where nobody can
// be dialled all of it goes through the master.
func TestNodesBehindNAT(t *testing.T) {
	for _, c := range []struct {
		nat     string
		through bool
	}{{"false", false}, {"true", true}} {
		r := simulated(t, `
[video]
duration = "20s"
[[group]]
name = "source"
role = "source"
uplink = "50Mbit/s"
downlink = "50Mbit/s"
[[group]]
name = "master"
master = "source"
store_chunks = 2
uplink = "50Mbit/s"
downlink = "50Mbit/s"
[[group]]
name = "viewer"
count = 2
master = "master"
watches = true
uplink = "20Mbit/s"
downlink = "20Mbit/s"
nat = `+c.nat+`
arrive = { kind = "constant", over = "2m" }
`, "horizon=5m", "player.kind=download")
		source, master, first, second := &r.Nodes[0], &r.Nodes[1], &r.Nodes[2], &r.Nodes[3]
		length := r.Video.Length
		if source.Sent != length || master.FromSource != length {
			t.Errorf("nat %s: the source sent %d bytes, want %d", c.nat, source.Sent, length)
		}
		if kept := core.Bytes(2 * core.MiB); first.Sent < length-kept { // The master still has its last two chunks.
			t.Errorf("nat %s: the first viewer sent %d bytes, want at least %d", c.nat, first.Sent, length-kept)
		}
		if got := second.FromMaster == length; got != c.through {
			t.Errorf("nat %s: the second viewer has %d bytes from the master and %d from siblings of %d", c.nat,
				second.FromMaster, second.FromSibling, length)
		}
	}
}
