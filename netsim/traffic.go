package netsim

import "peerstreamer/core"

// Traffic is what a node has sent and received since it was added, over all its lives. Payload is chunk bytes alone;
// control is all the rest: messages, manifests, and the headers and hashes of flows, which are counted at the sender
// when a flow begins and at the receiver when it ends.
type Traffic struct {
	PayloadSent, PayloadReceived core.Bytes
	ControlSent, ControlReceived core.Bytes
}

// Traffic returns a node's account up to now, flows in progress included. It costs the node's connections and their
// flows.
func (s *Sim) Traffic(n core.NodeID) Traffic {
	t := s.nodes[n].past
	for i := s.nodes[n].ends; i != 0; i = s.ends.At(i).next {
		for f := s.ends.At(i).flows; f != 0; f = s.flows.At(f).next {
			t.PayloadSent += s.flowSent(f)
		}
		for w := s.ends.At(i).watches; w != 0; w = s.watches.At(w).next {
			if f := s.watches.At(w).flow; f != 0 {
				t.PayloadReceived += s.flowReceived(f)
			}
		}
	}
	return t
}

// queued returns the bytes that have been given to an end and that the peer has not taken: letters that have not
// arrived, and available payload that has not left.
func (s *Sim) queued(i uint32) core.Bytes {
	e := s.ends.At(i)
	flight := e.sent
	if peer, ok := s.peer(i); ok {
		flight -= s.ends.At(peer).taken
	}
	sum := core.Bytes(flight)
	for j := s.ends.At(i).flows; j != 0; j = s.flows.At(j).next {
		f := s.flows.At(j)
		sum += f.size(s, f.avail) - s.flowSent(j)
	}
	return sum
}
