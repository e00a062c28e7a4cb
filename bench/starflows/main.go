// Command starflows measures the simulator's bandwidth engine alone: the workload of package netsim/starflows, start and
// completion callbacks and nothing else.
//
//	go run ./bench/starflows -n 10000 -k 5 -p 1 -seed 42 [-csv FILE] [-epsilon PPM]
//	go run ./bench/starflows -hub -n 100000 -k 1
//	go run ./bench/starflows -network -n 10000 -k 5 -p 4 [-latency 20ms]
//
// With -hub all n hosts fetch from one more. With -network the transfers are messages, connections and flows of a whole
// simulation instead. -profile FILE writes a CPU profile.
//
// It prints one line of JSON. sum_end_s and max_end_s are over all transfers, slots first; cpu_s is without drawing the
// workload and building the network.
package main

import (
	"bufio"
	"flag"
	"fmt"
	"os"
	"runtime/pprof"
	"time"

	"peerstreamer/bench/usage"
	"peerstreamer/core"
	"peerstreamer/netsim/starflows"
)

func main() {
	n := flag.Int("n", 1000, "hosts, at least 2")
	k := flag.Int("k", 5, "transfers of a slot")
	p := flag.Int("p", 1, "slots of a host; 1 with -hub")
	seed := flag.Uint64("seed", 42, "of the workload")
	hub := flag.Bool("hub", false, "all transfers come from one uplink")
	whole := flag.Bool("network", false, "through core.Network, with connections and messages")
	latency := flag.Duration("latency", 0, "of every path, one way; with -network")
	epsilon := flag.Uint("epsilon", 0, "parts per million that a level may be off before others hear of it; not with -network")
	file := flag.String("csv", "", "write every transfer's end to this `FILE`")
	profile := flag.String("profile", "", "write a CPU profile to this `FILE`")
	flag.Parse()
	if *n < 2 || *k < 1 || *p < 1 || *hub && *p != 1 || *latency < 0 || flag.NArg() > 0 {
		fmt.Fprintln(os.Stderr, "starflows: want -n of at least 2, -k and -p of at least 1, -p 1 with -hub, -latency of "+
			"at least 0, and no other arguments")
		os.Exit(2)
	}
	var w *starflows.Workload
	if *hub {
		w = starflows.NewHub(*n, *k, *seed)
	} else {
		w = starflows.New(*n, *k, *seed, *p)
	}
	w.Epsilon = uint32(*epsilon)
	run := w.Run
	if *whole {
		run = network(w, core.Time(*latency))
	}
	stop := profileTo(*profile)
	began, before := time.Now(), cpu()
	run()
	wall, used := time.Since(began), cpu()-before
	stop()
	if *file != "" {
		if err := write(*file, w); err != nil {
			fail(err)
		}
	}
	var sum, last float64
	for j := range w.Start {
		for i := range *k {
			end := w.End(j, i).Seconds()
			sum += end
			last = max(last, end)
		}
	}
	transfers := *n * *p * *k
	fmt.Printf(`{"n":%d,"k":%d,"p":%d,"seed":%d,"sim_s":%.9f,"wall_s":%.9f,"cpu_s":%.9f,"rss_mb":%.9f,"transfers":%d,`+
		`"transfers_per_cpu_s":%.9f,"sum_end_s":%.9f,"max_end_s":%.9f}`+"\n",
		*n, *k, *p, *seed, last, wall.Seconds(), used.Seconds(), peak(), transfers,
		float64(transfers)/used.Seconds(), sum, last)
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "starflows:", err)
	os.Exit(1)
}

// profileTo begins a CPU profile in a file, if there is one, and returns what ends it.
func profileTo(file string) (stop func()) {
	if file == "" {
		return func() {}
	}
	f, err := os.Create(file)
	if err != nil {
		fail(err)
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		fail(err)
	}
	return func() {
		pprof.StopCPUProfile()
		if err := f.Close(); err != nil {
			fail(err)
		}
	}
}

// cpu returns the processor time used so far.
func cpu() time.Duration {
	return time.Duration(usage.CPUSeconds() * 1e9)
}

// peak returns the largest resident set so far in MB.
func peak() float64 {
	return usage.PeakMB()
}

// write writes the ends with the columns of the reference data that are not the workload's own.
func write(file string, w *starflows.Workload) error {
	f, err := os.Create(file)
	if err != nil {
		return err
	}
	defer f.Close()
	b := bufio.NewWriter(f)
	fmt.Fprintln(b, "dst,slot,k,src,end_s")
	for j := range w.Start {
		for i := range w.PerSlot {
			fmt.Fprintf(b, "%d,%d,%d,%d,%.9f\n", j/w.PerHost, j%w.PerHost, i, w.Source(j, i), w.End(j, i).Seconds())
		}
	}
	if err := b.Flush(); err != nil {
		return err
	}
	return f.Close()
}
