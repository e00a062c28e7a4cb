package netsim

import "peerstreamer/core"

// connLimit is how many connections a node may have and has, those being dialled included.
type connLimit struct{ most, have int32 }

// limitConns gives a new node its limit. Nodes have no field for it: runs without limits have no table.
func (s *Sim) limitConns(n core.NodeID, most int32) {
	if most == 0 {
		return
	}
	for int(n) >= len(s.limits) {
		s.limits = append(s.limits, connLimit{})
	}
	s.limits[n].most = most
}

// full reports whether a node may have no more connections: its dials fail at once, and others' are refused.
func (s *Sim) full(n core.NodeID) bool {
	return int(n) < len(s.limits) && s.limits[n].most > 0 && s.limits[n].have >= s.limits[n].most
}

// countConns adds d to a node's connections.
func (s *Sim) countConns(n core.NodeID, d int32) {
	if int(n) < len(s.limits) {
		s.limits[n].have += d
	}
}
