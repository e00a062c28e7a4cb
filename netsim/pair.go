package netsim

import "peerstreamer/core"

// Most nodes have few connections, and the one to a peer is found by looking at them all. An index of all ends would cost
// some 40 bytes a node; so only those of nodes that had more than fewEnds at a time stand in one, until they have none.
const fewEnds = 16

func pairKey(n, peer core.NodeID) uint64 { return uint64(n)<<32 | uint64(peer) }

// endOf returns the end that a node has of its connection to a peer, 0 if it has none. O(fewEnds).
func (s *Sim) endOf(n, peer core.NodeID) uint32 {
	if s.nodes[n].busy {
		return s.pairs.Get(pairKey(n, peer), func(i uint32) bool {
			e := s.ends.At(i)
			return e.node == n && e.to == peer
		})
	}
	for i := s.nodes[n].ends; i != 0; {
		e := s.ends.At(i)
		if e.to == peer {
			return i
		}
		i = e.next
	}
	return 0
}

// index lets endOf find an end that is about to come into its node's list.
func (s *Sim) index(n *node, i uint32) {
	if !n.busy {
		few := 0
		for j := n.ends; j != 0; j = s.ends.At(j).next {
			few++
		}
		if few < fewEnds {
			return
		}
		n.busy = true
		for j := n.ends; j != 0; j = s.ends.At(j).next {
			s.putPair(j)
		}
	}
	s.putPair(i)
}

func (s *Sim) putPair(i uint32) {
	e := s.ends.At(i)
	s.pairs.Put(pairKey(e.node, e.to), i)
}

// unindex undoes index for an end that is no longer in its node's list.
func (s *Sim) unindex(n *node, i uint32) {
	if n.busy {
		e := s.ends.At(i)
		s.pairs.Remove(pairKey(e.node, e.to), i)
		n.busy = n.ends != 0
	}
}
