package main

import (
	"bytes"
	"flag"
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

// FuzzConfig: no configuration file panics, none names another, and what is wrong is told with the file's name.
func FuzzConfig(f *testing.F) {
	for _, text := range []string{
		"name = \"ben\"\nport = 9102\nnat = true\n\"store-size\" = \"1GiB\"\n",
		"pin = []\nport = 1e3\nslots = -1\nlevel = 2020-01-01\n",
		"[http]\nhttp = 1\n", "name.x = 1\n", "name = \"a\"\nname = \"b\"\n", "nam = 1\nconfig = \"x\"\n", "\x00", "=\n",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		file := configOf(t, text)
		var n nodeFlags
		run := newFlags("run", runHelp, streams{&bytes.Buffer{}, &bytes.Buffer{}})
		n.register(run)
		if err := readConfig(run, file); err != nil {
			if !strings.HasPrefix(err.Error(), file) {
				t.Errorf("%q: %v: does not begin with the file", text, err)
			}
			return
		}
		run.Visit(func(f *flag.Flag) {
			if f.Name == configFlag {
				t.Errorf("%q names another configuration", text)
			}
		})
	})
}
