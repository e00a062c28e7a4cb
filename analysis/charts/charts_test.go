package charts

import (
	"bytes"
	"image/png"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"peerstreamer/analysis/record"
	"peerstreamer/core"
)

const (
	mb  = core.Bytes(1_000_000)
	sec = core.Second
)

// two is two viewers, one that starts after 2 s and one that waits 8 s in vain; 1 MB of startup at 8 Mbit/s is 1 s.
func two() record.Run {
	return record.Run{
		Seed: 1, End: 10 * sec,
		Video: record.Video{Length: 8 * mb, Duration: 64 * sec}, Startup: mb, // 1 Mbit/s
		Nodes: []record.Node{
			{Source: true, Uplink: 8e6, Stop: core.Never},
			{Uplink: 1e6, Downlink: 8e6, Stop: core.Never},
			{Uplink: 1e6, Downlink: 8e6, Stop: core.Never},
		},
		Viewers: []record.Viewer{
			{Node: 1, Last: core.Playing, First: 2 * sec, Until: core.Never},
			{Node: 2, Last: core.Waiting, Arrival: 2 * sec, First: core.Never, Until: core.Never},
		},
		Samples: []record.Sample{
			{At: 0, Waiting: 1},
			{At: 4 * sec, SourceSent: 2 * mb, Playing: 1, Waiting: 1},
			{At: 10 * sec, SourceSent: 8 * mb, Stalled: 1, Waiting: 1},
		},
	}
}

// slower is two with a start after 4 s and half the bytes from the source.
func slower() record.Run {
	r := two()
	r.Viewers[0].First = 4 * sec
	r.Samples[1].SourceSent, r.Samples[2].SourceSent = mb, 4*mb
	return r
}

func points(t *testing.T, c Chart) string {
	t.Helper()
	var b bytes.Buffer
	if err := c.WriteCSV(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestStartupByHand(t *testing.T) {
	const want = `series,startup_s,share,share_lo,share_hi
measured,0,0,,
measured,2,0.5,,
measured,2.1,0.5,,
bound,0,0,,
bound,1,1,,
`
	c := Startup([]record.Run{two()})
	if diff := cmp.Diff(want, points(t, c)); diff != "" {
		t.Error(diff)
	}
	if !strings.HasSuffix(c.Title, "; 1 of 2 saw none") {
		t.Errorf("title %q does not say who saw nothing", c.Title)
	}
}

// At 2 s it is 0.5 with one seed and 0 with the other: mean 0.25, and an interval of 0.25 -+ 12.7 * 0.25, cut to 0..1.
func TestStartupOverSeeds(t *testing.T) {
	const want = `series,startup_s,share,share_lo,share_hi
mean and 95 % interval,0,0,0,0
mean and 95 % interval,2,0.25,0,1
mean and 95 % interval,4,0.5,0.5,0.5
mean and 95 % interval,4.2,0.5,0.5,0.5
bound,0,0,0,0
bound,1,1,1,1
`
	if diff := cmp.Diff(want, points(t, Startup([]record.Run{two(), slower()}))); diff != "" {
		t.Error(diff)
	}
}

func TestStartupWithoutBoundWhereNoneApplies(t *testing.T) {
	r := two()
	r.Warm = true
	if c := Startup([]record.Run{r}); len(c.Series) != 1 {
		t.Errorf("%d series, want the measured one", len(c.Series))
	}
}

func TestTimelineByHand(t *testing.T) {
	const want = `series,time_s,share,share_lo,share_hi
playing,0,0,,
playing,4,0.5,,
playing,10,0,,
stalled,0,0,,
stalled,4,0,,
stalled,10,0.5,,
waiting,0,0.5,,
waiting,4,0.5,,
waiting,10,0.5,,
`
	if diff := cmp.Diff(want, points(t, Timeline([]record.Run{two()}))); diff != "" {
		t.Error(diff)
	}
}

// 2 MB in 4 s is 4 Mbit/s, 6 MB in 6 s is 8 Mbit/s. Two viewers at 1 Mbit/s with uplinks of 1 need r from the source.
func TestEgressByHand(t *testing.T) {
	const want = `series,time_s,egress_mbit_per_s,egress_mbit_per_s_lo,egress_mbit_per_s_hi
measured,0,4,,
measured,4,8,,
measured,10,8,,
source uplink,0,8,,
source uplink,10,8,,
"bound, all at once",0,1,,
"bound, all at once",10,1,,
`
	if diff := cmp.Diff(want, points(t, Egress([]record.Run{two()}))); diff != "" {
		t.Error(diff)
	}
}

// Two seeds with 1 and 0.5 MB/s on the way to 10 s: over the second half 8 and 4 Mbit/s.
func TestEgressOverSeeds(t *testing.T) {
	c := Egress([]record.Run{two(), slower()})
	if got := len(c.Series[0].Points); got != bins+1 {
		t.Fatalf("%d points, want a step more than %d", got, bins)
	}
	p := c.Series[0].Points[150] // 7.5 s
	if p.X != 7.5 || p.Y < 6-1e-9 || p.Y > 6+1e-9 || !p.Lo.Ok() {
		t.Errorf("point at 7.5 s: %+v, want 6 Mbit/s with an interval", p)
	}
	// Two seeds that differ by 4 Mbit/s have an interval of 6 +- 25: from nothing to what the uplink can carry.
	if lo, _ := p.Lo.Get(); lo != 0 {
		t.Errorf("the interval begins at %v Mbit/s, want 0", lo)
	}
	if hi, _ := p.Hi.Get(); hi != 8 {
		t.Errorf("the interval ends at %v Mbit/s, want the uplink's 8", hi)
	}
}

func TestEgressNamesALineThatIsOffScale(t *testing.T) {
	r := two()
	r.Nodes[0].Uplink = 100e6
	c := Egress([]record.Run{r})
	if s := c.Series[1]; s.Name != "source uplink: 100, off scale" || len(s.Points) != 0 {
		t.Errorf("series %q with %d points", s.Name, len(s.Points))
	}
}

func TestAllLeavesOutWhatHasNoPoints(t *testing.T) {
	names := func(runs ...record.Run) string {
		var out []string
		for _, c := range All(runs) {
			out = append(out, c.Name)
		}
		return strings.Join(out, " ")
	}
	unsampled, nobody, crowd := two(), two(), two()
	unsampled.Samples = nil
	nobody.Viewers = nil
	for len(crowd.Viewers) < 100 {
		crowd.Viewers = append(crowd.Viewers, crowd.Viewers[0])
	}
	for _, c := range []struct {
		got, want string
	}{
		{names(two()), "startup timeline egress"},
		{names(unsampled), "startup"},
		{names(nobody), "egress"},
		{names(crowd), "startup startup-tail timeline egress"},
	} {
		if diff := cmp.Diff(c.want, c.got); diff != "" {
			t.Error(diff)
		}
	}
}

func TestThinningKeepsTheTail(t *testing.T) {
	xs := make([]float64, 100_000)
	for i := range xs {
		xs[i] = float64(i + 1)
	}
	grid := quantileGrid([][]float64{xs})
	if len(grid) > 600 {
		t.Errorf("%d points", len(grid))
	}
	for i := range 100 {
		if got, want := grid[len(grid)-1-i], xs[len(xs)-1-i]; got != want {
			t.Fatalf("rank %d from the end is %v, want %v", i, got, want)
		}
	}
	if got := len(thin(make([]record.Sample, 10_001))); got < 400 || got > 501 {
		t.Errorf("10,001 samples thinned to %d", got)
	}
}

// Two renderings are equal, fonts are inside, and no file says when it was made.
func TestRender(t *testing.T) {
	tail := StartupTail(many())
	for _, c := range append(All([]record.Run{two(), slower()}), tail) {
		first, err := c.Render()
		if err != nil {
			t.Fatal(err)
		}
		again, err := c.Render()
		if err != nil {
			t.Fatal(err)
		}
		if len(first) != 1+3*len(Sizes) {
			t.Errorf("%s: %d files", c.Name, len(first))
		}
		for i, f := range first {
			if f.Name != again[i].Name || !bytes.Equal(f.Data, again[i].Data) {
				t.Errorf("%s is another one the second time", f.Name)
			}
			switch {
			case strings.HasSuffix(f.Name, ".pdf"):
				if !bytes.Contains(f.Data, []byte("/FontFile2")) || !bytes.Contains(f.Data, []byte("(D:20000101000000)")) ||
					len(written.FindAll(f.Data, -1)) != bytes.Count(f.Data, []byte("(D:20000101000000)")) {
					t.Errorf("%s has no font, or a time", f.Name)
				}
			case strings.HasSuffix(f.Name, ".svg"):
				if !bytes.Contains(f.Data, []byte("@font-face")) || len(f.Data) > 200<<10 {
					t.Errorf("%s has no font, or %d bytes", f.Name, len(f.Data))
				}
			case strings.HasSuffix(f.Name, ".png"):
				img, err := png.DecodeConfig(bytes.NewReader(f.Data))
				if want := 748; err != nil || strings.Count(f.Name, "-wide") == 0 && img.Width != want { // 3.4 in * 220
					t.Errorf("%s is %d wide, want %d (%v)", f.Name, img.Width, want, err)
				}
			}
		}
	}
}

// many is one run of 200 viewers that wait 0.05 s, 0.1 s, ... 10 s.
func many() []record.Run {
	r := two()
	r.End = 100 * sec
	r.Viewers = nil
	for i := range core.Time(200) {
		r.Viewers = append(r.Viewers, record.Viewer{Node: 1, Last: core.Playing, First: (i + 1) * sec / 20, Until: core.Never})
	}
	return []record.Run{r}
}

func TestTailEndsBelowOne(t *testing.T) {
	c := StartupTail(many())
	if want := 1 - 0.5/200; c.YMax != want {
		t.Errorf("the axis ends at %v, want %v", c.YMax, want)
	}
	if c.XMin <= 0 || c.XMin >= 0.05 {
		t.Errorf("the axis begins at %v, want a little before 0.05", c.XMin)
	}
}

// Nobody's first frame, no bytes, a single sample: charts of unhappy runs are drawn too.
func TestUnhappyRunsAreDrawn(t *testing.T) {
	never, silent := two(), two()
	never.Viewers = never.Viewers[1:]
	for i := range silent.Samples {
		silent.Samples[i].SourceSent = 0
	}
	short := two()
	short.Samples = short.Samples[1:2]
	late := two()
	late.Samples = nil
	for _, runs := range [][]record.Run{{never}, {silent}, {short}, {two(), late}} {
		for _, c := range All(runs) {
			if _, err := c.Render(); err != nil {
				t.Errorf("%s: %v", c.Name, err)
			}
		}
	}
}

func BenchmarkRender(b *testing.B) {
	all := All(many())
	for b.Loop() {
		for _, c := range all {
			if _, err := c.Render(); err != nil {
				b.Fatal(err)
			}
		}
	}
}
