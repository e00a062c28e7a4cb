package netsim

import "peerstreamer/core"

// pairs finds the end that a node has of its connection to a peer: open addressing with linear probing, no tombstones.
// Nothing ever walks over it.
type pairs struct {
	slots []pair // a power of two
	used  int
}

type pair struct {
	key uint64 // node<<32 | peer
	end uint32 // 0: empty
}

func pairKey(n, peer core.NodeID) uint64 { return uint64(n)<<32 | uint64(peer) }

// home returns where a key belongs, by Fibonacci hashing.
func (p *pairs) home(key uint64) int {
	h := key * 0x9E3779B97F4A7C15
	return int((h ^ h>>32) & uint64(len(p.slots)-1))
}

// get returns 0 if there is no end. O(1) on average.
func (p *pairs) get(n, peer core.NodeID) uint32 {
	if p.used == 0 {
		return 0
	}
	key := pairKey(n, peer)
	for i := p.home(key); p.slots[i].end != 0; i = (i + 1) & (len(p.slots) - 1) {
		if p.slots[i].key == key {
			return p.slots[i].end
		}
	}
	return 0
}

// add sets the end of a pair that has none.
func (p *pairs) add(n, peer core.NodeID, end uint32) {
	if 4*(p.used+1) > 3*len(p.slots) {
		old := p.slots
		p.slots = make([]pair, max(16, 2*len(old)))
		for _, s := range old {
			if s.end != 0 {
				p.place(s)
			}
		}
	}
	p.place(pair{pairKey(n, peer), end})
	p.used++
}

func (p *pairs) place(s pair) {
	i := p.home(s.key)
	for p.slots[i].end != 0 {
		i = (i + 1) & (len(p.slots) - 1)
	}
	p.slots[i] = s
}

// remove takes a pair out, if its end is this one, and moves those behind it that would not be found any more.
func (p *pairs) remove(n, peer core.NodeID, end uint32) {
	if p.get(n, peer) != end {
		return
	}
	key, mask := pairKey(n, peer), len(p.slots)-1
	i := p.home(key)
	for p.slots[i].key != key || p.slots[i].end == 0 {
		i = (i + 1) & mask
	}
	p.used--
	for j := (i + 1) & mask; p.slots[j].end != 0; j = (j + 1) & mask {
		// j may move to i unless its home lies between them.
		if home := p.home(p.slots[j].key); (j-home)&mask >= (j-i)&mask {
			p.slots[i] = p.slots[j]
			i = j
		}
	}
	p.slots[i] = pair{}
}
