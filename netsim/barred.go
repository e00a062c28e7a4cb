package netsim

import "peerstreamer/core"

// bar notes that nobody can dial a new node. Nodes have no field for it: runs without such nodes have no table.
func (s *Sim) bar(n core.NodeID, undialable bool) {
	if !undialable {
		return
	}
	for int(n/64) >= len(s.barred) {
		s.barred = append(s.barred, 0)
	}
	s.barred[n/64] |= 1 << (n % 64)
}

// isBarred reports whether who dials a node is refused.
func (s *Sim) isBarred(n core.NodeID) bool {
	return int(n/64) < len(s.barred) && s.barred[n/64]>>(n%64)&1 == 1
}
