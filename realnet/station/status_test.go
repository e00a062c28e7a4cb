package station

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"peerstreamer/core"
	"peerstreamer/realnet"
	"peerstreamer/realnet/library"
	"peerstreamer/realnet/sample"
	"peerstreamer/realnet/status"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m)
}

// relay passes TCP connections on to one node and counts their bytes: the outside, which knows nothing of frames.
type relay struct {
	net.Listener
	bytes atomic.Int64
	done  sync.WaitGroup
}

// newRelay listens; it forwards once it is told where to.
func newRelay(t *testing.T) *relay {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := &relay{Listener: l}
	t.Cleanup(func() { l.Close(); r.done.Wait() })
	return r
}

// forward passes connections on until the listener closes.
func (r *relay) forward(to string) {
	r.done.Go(func() {
		for {
			in, err := r.Accept()
			if err != nil {
				return
			}
			out, err := net.Dial("tcp", to)
			if err != nil {
				in.Close()
				continue
			}
			for _, way := range [][2]net.Conn{{in, out}, {out, in}} {
				r.done.Go(func() {
					n, _ := io.Copy(way[0], way[1])
					r.bytes.Add(n)
					in.Close()
					out.Close()
				})
			}
		}
	})
}

// swarm is a source, a master and two boxes below it, each behind a relay and with a web server.
type swarm struct {
	stations []*Station
	relays   []*relay
}

// startSwarm starts the nodes with a video that all but the source have heard of and none has.
func startSwarm(t *testing.T) *swarm {
	t.Helper()
	dir := t.TempDir()
	db := filepath.Join(dir, "videos")
	if err := os.Mkdir(db, 0o755); err != nil {
		t.Fatal(err)
	}
	_, err := library.Split(t.Context(), db, "movie", bytes.NewReader(sample.Video), library.Options{ChunkSize: 64 * core.KiB})
	if err != nil {
		t.Fatal(err)
	}
	s := &swarm{}
	for i, name := range []string{"source", "master", "ben", "alyssa"} {
		r := newRelay(t)
		cfg := Config{Node: realnet.Config{Name: name, Listen: "127.0.0.1:0", Advertise: r.Addr().String()}, HTTP: "127.0.0.1:0"}
		if i == 0 {
			cfg.Videos = db
		} else {
			cfg.Chunks = filepath.Join(dir, name)
			cfg.Node.Master = s.relays[min(i-1, 1)].Addr().String()
		}
		one, err := Start(cfg)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { one.end(t) })
		r.forward(one.Node.Listening())
		if i > 0 {
			know(t, one)
		}
		s.stations, s.relays = append(s.stations, one), append(s.relays, r)
	}
	return s
}

// know waits until a node knows the video's manifest.
func know(t *testing.T, s *Station) {
	t.Helper()
	x, err := s.Desk.Open(t.Context(), "movie")
	if err != nil {
		t.Fatal(err)
	}
	x.Close()
}

// end closes a station.
func (s *Station) end(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := s.Close(ctx); err != nil {
		t.Error(err)
	}
}

// client leaves no connection behind.
var client = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}

// get reads an address at a station's web server.
func (s *Station) get(t *testing.T, path string) []byte {
	t.Helper()
	a, err := client.Get("http://" + s.Gateway.Addr() + path)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Body.Close()
	b, err := io.ReadAll(a.Body)
	if err != nil || a.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s, %v, %.200s", path, a.Status, err, b)
	}
	return b
}

// report reads a station's /api/status.
func (s *Station) report(t *testing.T) (r status.Report) {
	t.Helper()
	if err := json.Unmarshal(s.get(t, "/api/status"), &r); err != nil {
		t.Fatal(err)
	}
	return r
}

// scrape reads a station's /metrics: values by name and labels.
func (s *Station) scrape(t *testing.T) map[string]float64 {
	t.Helper()
	all := map[string]float64{}
	lines := bufio.NewScanner(bytes.NewReader(s.get(t, "/metrics")))
	for lines.Scan() {
		if at := strings.LastIndexByte(lines.Text(), ' '); at > 0 && lines.Text()[0] != '#' {
			v, err := strconv.ParseFloat(lines.Text()[at+1:], 64)
			if err != nil {
				t.Fatal(err)
			}
			all[lines.Text()[:at]] = v
		}
	}
	return all
}

// TestStatusAgreesWithTheWire: what status and metrics of a source, a master and two boxes say that was sent and received is what
// relays between them, and viewers, have counted, within 1 %.
func TestStatusAgreesWithTheWire(t *testing.T) {
	s := startSwarm(t)
	var watching sync.WaitGroup
	for _, box := range s.stations[2:] {
		watching.Go(func() {
			if got := box.get(t, "/v/movie"); !bytes.Equal(got, sample.Video) {
				t.Errorf("%d bytes, and not the video's", len(got))
			}
		})
	}
	watching.Wait()
	var reports []status.Report
	var numbers []map[string]float64
	for again := time.NewTicker(300 * time.Millisecond); ; <-again.C { // until nothing is on its way that nobody wanted any more
		before := reports
		reports, numbers = nil, nil
		for _, one := range s.stations {
			reports, numbers = append(reports, one.report(t)), append(numbers, one.scrape(t))
		}
		if len(before) > 0 && slices.EqualFunc(before, reports, func(x, y status.Report) bool {
			return x.Traffic.Sent == y.Traffic.Sent && x.Traffic.Received == y.Traffic.Received
		}) {
			again.Stop()
			break
		}
	}
	for i := len(s.stations) - 1; i >= 0; i-- { // so that the relays have counted all
		s.stations[i].end(t)
	}
	var outside, inside, told float64
	for i, r := range s.relays {
		r.Close()
		r.done.Wait()
		outside += float64(r.bytes.Load())
		inside += float64(reports[i].Traffic.Received.Sum() + reports[i].Traffic.Control.Received)
		told += numbers[i]["psnode_control_received_bytes_total"]
		for _, from := range []string{"source", "master", "sibling"} {
			told += numbers[i][fmt.Sprintf("psnode_received_bytes_total{from=%q}", from)]
		}
	}
	for what, got := range map[string]float64{"status": inside, "metrics": told} {
		if got < .99*outside || got > 1.01*outside {
			t.Errorf("%s: the nodes received %.0f bytes, between them there were %.0f", what, got, outside)
		}
	}
	size := core.Bytes(len(sample.Video))
	source, master, ben, alyssa := &reports[0].Traffic, &reports[1].Traffic, &reports[2].Traffic, &reports[3].Traffic
	for _, c := range []struct {
		what      string
		got, want core.Bytes
	}{
		{"the source sent what the master received", source.Sent.Child, master.Received.Source},
		{"the master sent what the boxes received from it", master.Sent.Child, ben.Received.Master + alyssa.Received.Master},
		{"a box sent what the other received", ben.Sent.Sibling, alyssa.Received.Sibling},
		{"and the other way round", alyssa.Sent.Sibling, ben.Received.Sibling},
		{"a viewer took the video", ben.Sent.Viewer, size},
		{"and the other", alyssa.Sent.Viewer, size},
		{"what was saved", ben.Saved, size - ben.Received.Master},
		{"what was saved above", master.Saved, master.Sent.Child - master.Received.Source},
	} {
		if c.got != c.want {
			t.Errorf("%s: %d, want %d", c.what, c.got, c.want)
		}
	}
	if n := numbers[0]["psnode_cache_misses_total"]; n != 0 || numbers[0]["psnode_cache_hits_total"] == 0 {
		t.Errorf("a source, which has all, had %v of what it was asked for and had not %v", numbers[0]["psnode_cache_hits_total"], n)
	}
	for i, want := range [][]string{{"child"}, {"child", "child", "source"}, {"master"}, {"master"}} {
		var roles []string
		for _, p := range reports[i].Peers {
			if p.Role != "sibling" && !(i > 1 && p.Role == "source") {
				roles = append(roles, p.Role)
			}
		}
		if !slices.Equal(roles, want) {
			t.Errorf("node %d: peers that are %v, want %v", i, roles, want)
		}
	}
	if n := numbers[2]["psnode_playback_startup_seconds_count"]; n != 1 {
		t.Errorf("%v startups, want 1", n)
	}
}

// TestGathersTheTree: each node tells how all do, once each, though all know one another.
func TestGathersTheTree(t *testing.T) {
	s := startSwarm(t)
	for _, one := range s.stations {
		var all status.All
		if err := json.Unmarshal(one.get(t, "/api/status?all=1"), &all); err != nil {
			t.Fatal(err)
		}
		seen := map[string]int{}
		for _, r := range all.Nodes {
			seen[r.Node.Name]++
		}
		if len(all.Failed) > 0 || len(all.Nodes) != 4 || len(seen) != 4 {
			t.Errorf("at %s: %v, %v", one.report(t).Node.Name, seen, all.Failed)
		}
	}
}
