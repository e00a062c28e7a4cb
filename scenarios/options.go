package scenarios

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"runtime"
	"strconv"
	"strings"

	"peerstreamer/core"
)

// options are psim's flags.
type options struct {
	scenario string
	seeds    []uint64 // empty: the scenario's own
	set      []string
	out      string
	network  string
	jobs     int
	force    bool
	json     bool
	check    bool
	list     bool
	memory   core.Bytes // that a simulation may take; 0: what the machine has available
	verify   bool
	branch   string // only this one; empty: all that there are
	profile  string // a file; empty: none
	trace    tracing
}

var errHelp = errors.New("help was asked for")

const usage = `psim runs a scenario of peer-to-peer video streaming and prints what came of it.

usage:
  psim -scenario NAME|FILE [flags]   run it; psim -list shows the names
  psim init                          print a scenario with every key, to start from
  psim explain [KEY]                 print what a key means, or all of them
  psim version

flags:
`

const epilogue = `
Results are printed and written to results/, in a folder named after the scenario, its config and its seed.
Exit codes: 0 fine, 1 error, 3 a claim of the scenario failed, 130 interrupted, and what there was is written.

examples:
  psim -scenario flashcrowd
  psim -scenario flashcrowd -policy direct -seeds 1-20
  psim -scenario tree1000 -set group.viewer.uplink=10Mbit/s -set policy.relay=chunk
`

// parseOptions reads the flags. It prints help to w if that is asked for, and returns errHelp.
func parseOptions(args []string, w io.Writer) (*options, error) {
	var o options
	f := flag.NewFlagSet("psim", flag.ContinueOnError)
	f.SetOutput(io.Discard)
	f.Usage = func() {}
	f.StringVar(&o.scenario, "scenario", "", "`NAME` of an embedded scenario, or a file")
	seed := f.String("seed", "", "run with this seed, `N`, instead of the scenario's")
	seeds := f.String("seeds", "", "run with each of several seeds, `LIST` such as 1-20 or 1,4,7-9")
	policy := f.String("policy", "", "the same as -set policy.name=`NAME`")
	until := f.String("until", "", "the same as -set horizon=`T`, such as 90s")
	f.Func("set", "set a key of the scenario, `KEY=VALUE`; may be repeated", func(s string) error {
		o.set = append(o.set, s)
		return nil
	})
	f.StringVar(&o.out, "out", "", "write results to `DIR`, which must be empty or missing")
	f.BoolVar(&o.force, "force", false, "let -out replace files in a directory that is not empty")
	f.StringVar(&o.network, "network", "sim", "`sim`: the simulator; tcp: real nodes and sockets on this machine")
	f.IntVar(&o.jobs, "jobs", runtime.GOMAXPROCS(0), "run so many seeds, `N`, at a time")
	f.BoolVar(&o.json, "json", false, "print summary.json instead of tables")
	f.BoolVar(&o.check, "check", false, "only say whether the scenario is fine")
	f.StringVar(&o.profile, "cpuprofile", "", "write a CPU profile of the run to `FILE`, for go tool pprof")
	memory := f.String("memory", "", "let a simulation take so much, `SIZE` such as 20GiB, instead of what the machine has available")
	f.BoolVar(&o.verify, "verify", false, "run everything twice side by side, and tell the first event that differs, if any")
	f.StringVar(&o.trace.file, "trace", "", "write a trace of what happens to `FILE`, for ui.perfetto.dev or chrome://tracing")
	f.StringVar(&o.trace.nodes, "trace-nodes", "", "trace some nodes only, `LIST` such as viewer-0..viewer-9,source")
	traceTime := f.String("trace-time", "", "trace a span of time only, `SPAN` such as 60s..90s")
	f.StringVar(&o.branch, "branch", "", "run only the branch of this `NAME`, from the beginning, as the scenario that it means")
	f.BoolVar(&o.list, "list", false, "print the embedded scenarios and the policies")
	if err := f.Parse(args); errors.Is(err, flag.ErrHelp) {
		fmt.Fprint(w, usage)
		f.SetOutput(w)
		f.PrintDefaults()
		fmt.Fprint(w, epilogue)
		return nil, errHelp
	} else if err != nil {
		return nil, fmt.Errorf("%w; psim -help shows the flags", err)
	}
	if f.NArg() > 0 {
		return nil, fmt.Errorf("%q is no flag: want psim -scenario NAME, init, explain or version; psim -help", f.Arg(0))
	}
	var empty error
	f.Visit(func(given *flag.Flag) {
		if given.Name != "set" && given.Value.String() == "" { // A variable of a script that was not set, most likely.
			empty = fmt.Errorf("-%s: want a value", given.Name)
		}
	})
	if empty != nil {
		return nil, empty
	}
	if *policy != "" {
		o.set = append(o.set, "policy.name="+*policy)
	}
	if *until != "" {
		o.set = append(o.set, "horizon="+*until)
	}
	if *memory != "" {
		var err error
		if o.memory, err = core.ParseBytes(*memory); err == nil && o.memory <= 0 {
			err = errors.New("want a size above 0")
		}
		if err != nil {
			return nil, fmt.Errorf("-memory %s: %w", *memory, err)
		}
	}
	if err := o.trace.readSpan(*traceTime); err != nil {
		return nil, err
	}
	return &o, o.validate(*seed, *seeds)
}

func (o *options) validate(seed, seeds string) (err error) {
	switch {
	case o.list:
		return nil
	case o.scenario == "":
		return fmt.Errorf("-scenario is missing: want one of %s, or a file; psim -help", strings.Join(Names(), ", "))
	case o.network != "sim" && o.network != "tcp":
		return fmt.Errorf("-network %q: want sim or tcp", o.network)
	case o.network != "sim" && (o.verify || o.trace.file != ""):
		return errors.New("-verify and -trace: want -network sim")
	case o.trace.file == "" && (o.trace.nodes != "" || o.trace.to > 0):
		return errors.New("-trace-nodes and -trace-time: want -trace FILE too")
	case o.trace.file != "" && o.verify:
		return errors.New("-trace and -verify: want one or the other")
	case o.verify && (o.out != "" || o.json):
		return errors.New("-verify: it writes no result: want no -out or -json")
	case o.jobs < 1:
		return fmt.Errorf("-jobs %d: want at least 1", o.jobs)
	case seed != "" && seeds != "":
		return errors.New("-seed and -seeds: want one or the other")
	case seed != "":
		o.seeds, err = parseSeeds("-seed", seed)
		if err == nil && len(o.seeds) != 1 {
			err = fmt.Errorf("-seed %s: want one number; -seeds takes several", seed)
		}
	case seeds != "":
		o.seeds, err = parseSeeds("-seeds", seeds)
	}
	if err == nil && o.trace.file != "" && len(o.seeds) > 1 {
		err = errors.New("-trace and -seeds: a trace is of one seed")
	}
	return err
}

// maxSeeds bounds the runs of one call.
const maxSeeds = 10_000

// parseSeeds reads "1-20" or "1,4,7-9", each seed once.
func parseSeeds(name, list string) ([]uint64, error) {
	var seeds []uint64
	seen := map[uint64]bool{}
	for part := range strings.SplitSeq(list, ",") {
		low, high, isRange := strings.Cut(strings.TrimSpace(part), "-")
		if !isRange {
			high = low
		}
		a, errA := strconv.ParseUint(low, 10, 64)
		b, errB := strconv.ParseUint(high, 10, 64)
		if errA != nil || errB != nil || a > b {
			return nil, fmt.Errorf("%s %s: want numbers and ranges from 0, such as 1-20 or 1,4,7-9", name, list)
		}
		if b-a >= maxSeeds || len(seeds)+int(b-a) >= maxSeeds {
			return nil, fmt.Errorf("%s %s: want at most %d seeds", name, list, maxSeeds)
		}
		for s := a; ; s++ {
			if seen[s] {
				return nil, fmt.Errorf("%s %s: seed %d is there twice", name, list, s)
			}
			seen[s] = true
			if seeds = append(seeds, s); s == b {
				break
			}
		}
	}
	return seeds, nil
}
