package netsim

import (
	"peerstreamer/core"
	"peerstreamer/core/slab"
)

// access is what a node's Link says but for its latency and what stands in tables that most runs do not have.
type access struct {
	uplink, downlink   core.Rate
	slots, storeChunks int32
}

func (l *Link) access() access { return access{l.Uplink, l.Downlink, l.Slots, l.StoreChunks} }

// accesses is the different kinds of access that nodes have or had. Mostly they are a few classes, such as those of a
// region, so that a node keeps 4 bytes instead of 24 and what every callback looks at stays in a near cache. Where every
// node has rates of its own, a kind costs 35 to 46 bytes. None is ever forgotten.
type accesses struct {
	rows  slab.Slab[access]
	index slab.Index
}

// of returns the number of a kind of access. O(1).
func (t *accesses) of(a access) uint32 {
	key := uint64(a.uplink)
	for _, v := range [...]uint64{uint64(a.downlink), uint64(uint32(a.slots)), uint64(uint32(a.storeChunks))} {
		key = key*0x9E3779B97F4A7C15 ^ v
	}
	i := t.index.Get(key, func(i uint32) bool { return *t.rows.At(i) == a })
	if i == 0 {
		i = t.rows.Alloc()
		*t.rows.At(i) = a
		t.index.Put(key, i)
	}
	return i
}

func (t *accesses) clone() accesses { return accesses{t.rows.Clone(), t.index.Clone()} }
