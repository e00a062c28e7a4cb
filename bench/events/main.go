// Command events measures the simulator's event queue alone, and messages through core.Network, in CPU seconds of this
// process. What the workload takes to generate and the queue to fill is not counted.
//
//	go run ./bench/events -n 1000000             n events pending: take the first, push it again a random time later
//	go run ./bench/events -n 1000000 -messages   n nodes, a message from each always on its way to another
//
// Each prints one line of JSON. The same seed gives the same events.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
)

func main() {
	n := flag.Int("n", 1_000_000, "events pending, or nodes")
	seed := flag.Uint64("seed", 1, "of the workload")
	ops := flag.Int("ops", 20_000_000, "pops and pushes to measure, or events")
	payload := flag.Int("payload", 16, "bytes of an event besides its time: 8, 16, 24 or 32")
	steps := flag.String("steps", "exponential", "time from pop to push, with a mean of 1 s: exponential or uniform")
	messages := flag.Bool("messages", false, "measure messages through core.Network, not the queue alone")
	flag.Parse()
	var result any
	var err error
	switch {
	case *n < 1 || *ops < 1:
		err = fmt.Errorf("-n %d -ops %d: want 1 or more of each", *n, *ops)
	case *messages:
		result, err = pass(*n, *seed, *ops)
	default:
		result, err = hold(*n, *seed, *ops, *payload, *steps)
	}
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(result)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "events:", err)
		os.Exit(1)
	}
}

// per returns a rounded quotient of what was measured, 0 if nothing was.
func per(count int, seconds float64) int64 {
	if seconds <= 0 {
		return 0
	}
	return int64(float64(count)/seconds + 0.5)
}
