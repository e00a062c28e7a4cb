package scenarios

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"

	"peerstreamer/core"
)

// What a real node takes, about. Descriptors: a listener, a store, and connections to its parent, its fallback and eight
// siblings, both ends of which are in this process. Memory: two goroutines and buffers for each end. Speed: bytes that a
// processor moves from a node to another, checked and stored, in a second.
const (
	descriptorsPerNode = 4 + 2*10
	memoryPerNode      = 2 * core.MiB
	bytesPerCPUSecond  = 200_000_000
)

// fits returns an error for each thing that this machine has too little of to carry out a plan in real time. What the
// machine has is not known on every system; what is unknown is not held against it.
func fits(p *Plan) error {
	if err := errors.Join(p.Config.beyondSockets()...); err != nil {
		return err
	}
	m := readMachine(os.TempDir())
	m.processors = runtime.GOMAXPROCS(0)
	return m.fits(p)
}

// machine is what there is; 0 is unknown.
type machine struct {
	descriptors int
	memory      core.Bytes
	disk        core.Bytes // free, for temporary files
	processors  int
}

func (m machine) fits(p *Plan) error {
	var faults []error
	want := func(what string, have, need any, ok bool) {
		if !ok {
			faults = append(faults, fmt.Errorf("-network tcp: %d nodes need about %v %s, this machine has %v",
				p.Len(), need, what, have))
		}
	}
	n := p.Len()
	want("file descriptors", m.descriptors, n*descriptorsPerNode, m.descriptors == 0 || n*descriptorsPerNode <= m.descriptors)
	memory := core.Bytes(n) * memoryPerNode
	want("of memory", roughly(m.memory), roughly(memory), m.memory == 0 || memory <= m.memory)
	disk := p.Video.Length
	for i := range p.Len() {
		if chunks := p.Node(i).StoreChunks; !p.IsSource(i) {
			stored := p.Video.Length
			if chunks > 0 {
				stored = min(stored, core.Bytes(chunks)*p.Video.ChunkSize)
			}
			disk += stored
		}
	}
	want("on disk", roughly(m.disk), roughly(disk), m.disk == 0 || disk <= m.disk)
	rate := core.Rate(len(p.Viewers)) * p.Video.Bitrate()
	most := core.Rate(m.processors) * 8 * bytesPerCPUSecond
	want("from node to node", most, rate, m.processors == 0 || rate <= most)
	if len(faults) > 0 {
		faults = append(faults, fmt.Errorf("-network tcp: want fewer nodes%s, or -network sim", p.Config.fewer()))
	}
	return errors.Join(faults...)
}

// fewer names the key that makes a scenario smaller: the count of the largest group, if that has more than one node.
func (c *Config) fewer() string {
	largest := slices.MaxFunc(c.Groups, func(a, b Group) int { return cmp.Compare(a.Count, b.Count) })
	if largest.Count < 2 {
		return ""
	}
	return fmt.Sprintf(", such as -set group.%s.count=%d", largest.Name, min(20, largest.Count/2))
}

// roughly rounds for people.
func roughly(b core.Bytes) core.Bytes {
	if b > core.MiB {
		return b / core.MiB * core.MiB
	}
	return b
}
