package scenarios

import (
	"strings"
	"testing"

	used "peerstreamer/bench/usage"
)

// What reading may allocate: the tree of values and where each was written, and a message for each of its faults, of which
// a byte or two can make one.
const (
	allocPerByte = 4 << 10
	allocFixed   = 4 << 20
)

// FuzzParse: no text is a scenario that panics; what Parse takes, it takes again as TOML writes it, and it is the same
// experiment; what it refuses, it names with the file.
func FuzzParse(f *testing.F) {
	for _, name := range Names() {
		data, _, err := open(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(data), "")
	}
	f.Add("[video]\nbitrate = \"never\"\n", "group.viewer.count=1e400")
	f.Add("[[group]]\nname = \"a\"\ncount = -1\n[[group]]\nname = \"a\"\n", "group.a.uplink=nan")
	f.Add("[net]\nlatency = \"9223372036.854775806s\"\nloss = \"100%\"\n", "net.latency.regions={}")
	f.Add("a.b.c = [[{d = [1, {e = 2}]}]]\n\"\" = 1\n", "..=")
	f.Fuzz(func(t *testing.T, text, set string) {
		if strings.Contains(text+set, `"/`) || strings.Contains(text+set, `'/`) {
			return // An absolute way leads to files of this machine.
		}
		var sets []string
		if set != "" {
			sets = append(sets, set)
		}
		var c *Config
		var err error
		size := len(text) + len(set)
		if got := used.Allocated(func() { c, err = Parse("fuzz.toml", []byte(text), sets...) }); got > uint64(allocPerByte*size+allocFixed) {
			t.Errorf("%d bytes make Parse allocate %d: want at most %d", size, got, allocPerByte*size+allocFixed)
		}
		if err != nil {
			if !strings.HasPrefix(err.Error(), "load scenario fuzz.toml:") {
				t.Errorf("a fault that does not name the file: %v", err)
			}
			return
		}
		written := c.TOML()
		again, err := Parse("fuzz.toml", []byte(written))
		if err != nil {
			t.Fatalf("%q\nis written as\n%s\nand that is refused: %v", text, written, err)
		}
		if again.TOML() != written || again.Hash() != c.Hash() {
			t.Errorf("%q\nis written as\n%s\nand that as\n%s", text, written, again.TOML())
		}
	})
}

// FuzzTrace: no file of bandwidths makes its reader panic; what it takes begins at 0, goes forward and is never at a rate
// below an outage's.
func FuzzTrace(f *testing.F) {
	for _, s := range []string{"0,1,2\n1,3,4\n", "time,up,down\n0,unlimited,0\n", "# x\n0, 1.5, 2\n", ",1,2\n", "\n", "0,1\n", "\"0\n\",1,2",
		"0,1,2\n9223372036,1,2\n", "-1,0,0\n"} {
		f.Add(s, byte(2))
	}
	f.Fuzz(func(t *testing.T, text string, unit byte) {
		var err error
		steps := []struct{ at, up, down int64 }(nil)
		read := func() {
			all, e := parseTrace([]byte(text), traceUnits[int(unit)%len(traceUnits)])
			for _, s := range all {
				steps = append(steps, struct{ at, up, down int64 }{int64(s.At), int64(s.Uplink), int64(s.Downlink)})
			}
			err = e
		}
		if got := used.Allocated(read); got > uint64(1<<10*len(text)+64<<10) {
			t.Errorf("%d bytes make the reader allocate %d", len(text), got)
		}
		if err != nil {
			return
		}
		for i, s := range steps {
			if i == 0 && s.at != 0 || i > 0 && s.at <= steps[i-1].at || s.at > int64(maxTraceTime) || s.up < 0 || s.down < 0 {
				t.Fatalf("%q: step %d is %+v", text, i, s)
			}
		}
	})
}
