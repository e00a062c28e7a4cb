package main

import (
	"bytes"
	"net/netip"
	"strings"
	"testing"

	"peerstreamer/realnet"
)

// FuzzFlags: no command line of psnode run panics, and one that passes gives a node whose limits are none or positive. A
// mistake is told in one line.
func FuzzFlags(f *testing.F) {
	for _, line := range []string{
		"-name source -port 9100 -videodatabase videos",
		"-name ben -port 9102 -chunkdirectory ben -master tcp://127.0.0.1:9101 -supermaster tcp://127.0.0.1:9100",
		"-name x -videodatabase v -uplink 5Mbps -downlink 1e9 -slots -1",
		"-name x -videodatabase v -port 99999999999999999999",
		"-name x -videodatabase v -uplink 9223372036854775807bit/s -store-chunks 4294967297",
		"-name=x --videodatabase=v -ip ::1 -insecure=maybe",
		"-- -name", "-", "-name", "-help=3",
	} {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		var out, errs bytes.Buffer
		flags := newFlags("run", runHelp, streams{&out, &errs})
		var n nodeFlags
		n.register(flags)
		if err := parse(flags, strings.Fields(line)); err != nil {
			if said := errs.String(); strings.Count(strings.TrimSpace(said), "\n") > 0 && !strings.Contains(said, "Flags:") {
				t.Errorf("%q: more than a line:\n%s", line, said)
			}
			return
		}
		for _, a := range []string{n.advertise, n.master, n.supermaster} {
			if hostport, err := realnet.ParseAddr(a); err == nil {
				if _, err := netip.ParseAddrPort(hostport); err != nil {
					return // The name service would be asked.
				}
			}
		}
		if _, err := netip.ParseAddr(n.ip); err != nil {
			return
		}
		c, err := n.config()
		if err == nil && (c.Slots < 0 || c.StoreChunks < 0 || c.Uplink < 0 || c.Downlink < 0 || c.Listen == "" || c.Name == "") {
			t.Errorf("%q gives a node of %+v", line, c)
		}
	})
}
