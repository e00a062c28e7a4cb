package scenarios

import (
	"fmt"
	"os"
	"slices"
	"sort"
	"strings"

	"peerstreamer/core"
)

// What a simulation takes at its peak, in bytes, about:
//
//	program + pages + seeds at a time * (nodes*perNode + viewers*perViewer + viewers*chunks*perChunk) + seeds * records
//
// where chunks is the chunks that a node may hold, those of the video at most. Measured with the classic policy on million
// and on trees and crowds without limits, where a viewer has some five connections; a policy that keeps many more, or much
// of its own, takes more. TestMemory compares the formula with the heap.
const (
	simProgram      = 27 * core.MiB // code, runtime, pictures
	simPages        = 2 * core.MiB  // of tables, in use in part
	simPerNode      = 850           // node, links, connections to its master and its children
	simPerViewer    = 400           // view, stream, requests, connections to siblings, and what the collector lags behind
	simPerChunk     = 6             // index, and the master's directory
	recordPerNode   = 88            // what is left when the run is over
	verifyPerNode   = 512           // events that -verify remembers: all nodes may start at the same moment
	recordPerViewer = 72
)

// memory estimates the peak of simulating so many seeds, some of them at the same time.
func (c *Config) memory(seeds, atOnce int) core.Bytes {
	run, records := core.Bytes(0), core.Bytes(0)
	video := int64(c.Video.Info().Chunks())
	for i := range c.Groups {
		g := &c.Groups[i]
		n := core.Bytes(g.Count)
		run += n * simPerNode
		records += n * recordPerNode
		if !g.Watches {
			continue
		}
		chunks := video
		if g.StoreChunks > 0 {
			chunks = min(chunks, int64(g.StoreChunks))
		}
		run += n * (simPerViewer + core.Bytes(chunks)*simPerChunk)
		records += n * recordPerViewer
	}
	return simProgram + simPages + core.Bytes(min(seeds, atOnce))*run + core.Bytes(seeds)*records
}

// fitsMemory returns an error if simulating so many seeds takes more memory than -memory says, or without that than this
// machine has available, where that is known.
func (o *options) fitsMemory(c *Config, seeds int) error {
	if o.network != "sim" {
		return nil
	}
	has, limit := "-memory allows", o.memory
	if limit == 0 {
		has, limit = "this machine has available", readMachine(os.TempDir()).memory
	}
	each := 1
	if o.verify {
		each = 2
	}
	return c.fitsMemory(has, limit, seeds, o.jobs, each)
}

// fitsMemory returns an error if simulating so many seeds, some of them at the same time, each as so many simulations, takes
// more than a limit, 0 for none; has says whose limit it is.
func (c *Config) fitsMemory(has string, limit core.Bytes, seeds, atOnce, each int) error {
	need := c.needs(seeds, atOnce, each)
	if limit == 0 || need <= limit {
		return nil
	}
	times := ""
	if n := c.copies(seeds, atOnce) * each; n > 1 {
		times = fmt.Sprintf(", %d times at once", n)
	}
	return fmt.Errorf("%s takes about %v of memory for %d nodes%s, and %s %v: want %s", c.Name, rounded(need), c.nodes(), times, has,
		rounded(limit), c.smaller(limit, need, seeds, atOnce, each))
}

// nodes returns how many nodes there are.
func (c *Config) nodes() (n int) {
	for i := range c.Groups {
		n += int(c.Groups[i].Count)
	}
	return n
}

// needs estimates the peak of simulating so many seeds with all their branches, so many at a time, each as so many simulations.
func (c *Config) needs(seeds, jobs, each int) core.Bytes {
	need := c.memory(seeds*max(1, len(c.Branches))*each, c.copies(seeds, jobs)*each)
	if each > 1 {
		need += core.Bytes(c.nodes()) * core.Bytes(c.copies(seeds, jobs)) * verifyPerNode
	}
	return need
}

// smaller says what to change for a need to be within a limit: nothing that would not be.
func (c *Config) smaller(limit, need core.Bytes, seeds, atOnce, each int) string {
	var advice []string
	for jobs := min(seeds*max(1, len(c.Branches)), atOnce) - 1; jobs > 0; jobs-- {
		if c.needs(seeds, jobs, each) <= limit {
			advice = append(advice, fmt.Sprintf("-jobs %d", jobs))
			break
		}
	}
	if group, count := c.fewerIn(limit, seeds, atOnce, each); count > 0 {
		advice = append(advice, fmt.Sprintf("fewer nodes, such as -set group.%s.count=%d", group, count))
	}
	advice = append(advice, fmt.Sprintf("-memory %v if it can swap or you know better", rounded(need)))
	if len(advice) == 1 {
		return advice[0]
	}
	return strings.Join(advice[:len(advice)-1], ", ") + ", or " + advice[len(advice)-1]
}

// fewerIn returns the largest group and a count, easily typed, with which the scenario is within a limit; 0 if none is.
func (c *Config) fewerIn(limit core.Bytes, seeds, atOnce, each int) (group string, count int) {
	fewer := *c
	fewer.Groups = slices.Clone(c.Groups)
	largest := 0
	for i := range c.Groups {
		if c.Groups[i].Count > c.Groups[largest].Count {
			largest = i
		}
	}
	tooMany := sort.Search(int(c.Groups[largest].Count), func(n int) bool {
		fewer.Groups[largest].Count = uint32(n)
		return fewer.needs(seeds, atOnce, each) > limit
	})
	return c.Groups[largest].Name, twoDigits(tooMany - 1)
}

// twoDigits rounds a number of nodes down to one that is easily typed, at least 0.
func twoDigits(n int) int {
	tens := 1
	for n/tens >= 100 {
		tens *= 10
	}
	return max(0, n/tens*tens)
}

// rounded rounds a size up for people: to two digits or more, that can be typed again.
func rounded(b core.Bytes) core.Bytes {
	unit := core.Bytes(1)
	for b/unit >= 10*core.KiB {
		unit *= core.KiB
	}
	return (b + unit - 1) / unit * unit
}
