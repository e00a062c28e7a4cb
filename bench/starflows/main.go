// Command starflows measures the simulator's bandwidth engine alone: the workload of package netsim/starflows, start and
// completion callbacks and nothing else.
//
//	go run ./bench/starflows -n 10000 -k 5 -p 1 -seed 42 [-csv FILE]
//
// It prints one line of JSON. sum_end_s and max_end_s are over all transfers, slots first; cpu_s is without drawing the
// workload.
package main

import (
	"bufio"
	"flag"
	"fmt"
	"os"
	"syscall"
	"time"

	"peerstreamer/core"
	"peerstreamer/netsim/starflows"
)

func main() {
	n := flag.Int("n", 1000, "hosts, at least 2")
	k := flag.Int("k", 5, "transfers of a slot")
	p := flag.Int("p", 1, "slots of a host")
	seed := flag.Uint64("seed", 42, "of the workload")
	file := flag.String("csv", "", "write every transfer's end to this `FILE`")
	flag.Parse()
	if *n < 2 || *k < 1 || *p < 1 || flag.NArg() > 0 {
		fmt.Fprintln(os.Stderr, "starflows: want -n of at least 2, -k and -p of at least 1, and no other arguments")
		os.Exit(2)
	}
	w := starflows.New(*n, *k, *seed, *p)
	ends := w.Ends()
	began, before := time.Now(), cpu()
	w.Run(ends)
	wall, used := time.Since(began), cpu()-before
	if *file != "" {
		if err := write(*file, w, ends); err != nil {
			fmt.Fprintln(os.Stderr, "starflows:", err)
			os.Exit(1)
		}
	}
	var sum, last float64
	for _, slot := range ends {
		for _, end := range slot {
			sum += end.Seconds()
			last = max(last, end.Seconds())
		}
	}
	transfers := *n * *p * *k
	fmt.Printf(`{"n":%d,"k":%d,"p":%d,"seed":%d,"sim_s":%.9f,"wall_s":%.9f,"cpu_s":%.9f,"rss_mb":%.9f,"transfers":%d,`+
		`"transfers_per_cpu_s":%.9f,"sum_end_s":%.9f,"max_end_s":%.9f}`+"\n",
		*n, *k, *p, *seed, last, wall.Seconds(), used.Seconds(), peak(), transfers,
		float64(transfers)/used.Seconds(), sum, last)
}

// cpu returns the processor time used so far.
func cpu() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// peak returns the largest resident set so far in MB.
func peak() float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return float64(u.Maxrss) * 1024 / 1e6
}

// write writes the ends with the columns of the reference data that are not the workload's own.
func write(file string, w *starflows.Workload, ends [][]core.Time) error {
	f, err := os.Create(file)
	if err != nil {
		return err
	}
	defer f.Close()
	b := bufio.NewWriter(f)
	fmt.Fprintln(b, "dst,slot,k,src,end_s")
	for j, slot := range ends {
		for i, end := range slot {
			fmt.Fprintf(b, "%d,%d,%d,%d,%.9f\n", j/w.PerHost, j%w.PerHost, i, w.Source(j, i), end.Seconds())
		}
	}
	if err := b.Flush(); err != nil {
		return err
	}
	return f.Close()
}
