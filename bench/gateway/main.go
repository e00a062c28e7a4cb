// Command gateway measures the web server of a node beside nginx, which serves the same file in the same run.
//
//	go run ./bench/gateway viewers    200 viewers of 2 Mbit/s at one node: stalls, memory, CPU seconds per GB
//	go run ./bench/gateway seeks      from a request for a place that is not here to its first byte
//	go run ./bench/gateway uplinks    three sites behind links of 20 Mbit/s: what crosses each link. Linux, as root
//
// Viewers are paced as players are: each takes ten seconds ahead as fast as it can, all at the same time, and then what it
// plays. They are a process of their own. nginx must be there: apt-get install nginx-light (it need not run).
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"time"

	"peerstreamer/bench/netns"
	"peerstreamer/bench/nodes"
)

// roleView is the argument with which this program is the viewers.
const roleView = "view"

func main() {
	m := measurement{}
	flag.IntVar(&m.viewers, "viewers", 200, "how many; uplinks: 10 at each site")
	flag.IntVar(&m.mbits, "mbits", 2, "what each plays, in Mbit/s")
	flag.DurationVar(&m.length, "length", 40*time.Second, "of the video")
	flag.StringVar(&m.rate, "rate", "20mbit", "uplinks: `RATE` of each link, as tc takes it")
	flag.StringVar(&m.only, "only", "", "uplinks: `NAME` of what to measure, psnode say, or how it begins (default: all)")
	flag.StringVar(&m.other, "psnode", "", "viewers: `FILE` of another psnode to measure, too")
	flag.StringVar(&m.url, "url", "", "view: what to watch")
	flag.Parse()
	if err := m.measure(flag.Arg(0)); err != nil {
		fmt.Fprintln(os.Stderr, "gateway:", err)
		os.Exit(1)
	}
}

// measurement is what to measure, and the stage for it.
type measurement struct {
	*nodes.Stage
	viewers, mbits   int
	length           time.Duration
	rate, other, url string
	only             string
}

// bytesPerSecond is what a viewer plays.
func (m *measurement) bytesPerSecond() int64 { return int64(m.mbits) * 125_000 }

func (m *measurement) measure(what string) error {
	if m.viewers < 1 || m.mbits < 1 || m.length < time.Second {
		return errors.New("want -viewers and -mbits of at least 1, and a -length of a second")
	}
	measure := map[string]func() error{roleView: m.view, "viewers": m.crowd, "seeks": m.seeks, "uplinks": m.uplinks}[what]
	switch {
	case measure == nil:
		return fmt.Errorf("unknown measurement %q: want viewers, seeks or uplinks", what)
	case what == roleView:
		return measure()
	case what == "uplinks":
		if ran, err := netns.Enter(); ran || err != nil {
			return err
		}
	}
	if _, err := exec.LookPath("nginx"); what != "seeks" && err != nil {
		return fmt.Errorf("%w: apt-get install nginx-light", err)
	}
	var err error
	if m.Stage, err = nodes.NewStage(int(m.length.Seconds())*int(m.bytesPerSecond()), "1m"); err != nil {
		return err
	}
	return errors.Join(measure(), m.Close())
}

// viewing is a process of viewers that watch at url, run by what prefix says.
func (m *measurement) viewing(prefix []string, viewers int, url string) (*exec.Cmd, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	line := append(append([]string(nil), prefix...), self, "-viewers", fmt.Sprint(viewers), "-mbits", fmt.Sprint(m.mbits), "-url", url, roleView)
	cmd := exec.Command(line[0], line[1:]...)
	cmd.Stderr = os.Stderr
	return cmd, nil
}

// watch runs viewers to the end and returns how they fared.
func (m *measurement) watch(prefix []string, viewers int, url string) (a audience, err error) {
	cmd, err := m.viewing(prefix, viewers, url)
	if err != nil {
		return a, err
	}
	out, err := cmd.Output()
	if err != nil {
		return a, fmt.Errorf("viewers of %s: %w", url, err)
	}
	return a, json.Unmarshal(out, &a)
}
