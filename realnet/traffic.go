package realnet

import (
	"sync/atomic"

	"peerstreamer/core"
)

// Traffic is what a node has sent and received since it started. Payload is chunk bytes alone; control is all the rest:
// introductions, messages, manifests, and the headers and hashes of flows. Bytes below TCP are not seen.
type Traffic struct {
	PayloadSent, PayloadReceived core.Bytes
	ControlSent, ControlReceived core.Bytes
}

// Counters count what happened to a node's connections since it started.
type Counters struct {
	Dialled     int64 // connections that this node dialled and that opened
	DialsFailed int64 // dials that ended without a connection, given up by the Machine or not
	Accepted    int64 // connections that peers dialled and that opened
	Refused     int64 // connections that peers dialled and that this node did not want
	BadPeers    int64 // connections closed because the peer broke the wire format
	BadData     int64 // connections closed because the peer sent bytes that fail verification
	Banned      int64 // bans of peers that did either
	Joined      int64 // boxes that became members of the swarm through this node
	Hits        int64 // gets from peers of chunks that were here, whole, when they came
	Misses      int64 // and of chunks that were not
}

type meters struct {
	payloadSent, payloadReceived, controlSent, controlReceived           atomic.Int64
	dialled, dialsFailed, accepted, refusedPeers, badPeers, badDataPeers atomic.Int64
	banned, joined, hits, misses                                         atomic.Int64
	roles                                                                [core.NumRoles]tally
}

func (m *meters) traffic() Traffic {
	return Traffic{
		PayloadSent:     core.Bytes(m.payloadSent.Load()),
		PayloadReceived: core.Bytes(m.payloadReceived.Load()),
		ControlSent:     core.Bytes(m.controlSent.Load()),
		ControlReceived: core.Bytes(m.controlReceived.Load()),
	}
}

func (m *meters) counters() Counters {
	return Counters{
		Dialled:     m.dialled.Load(),
		DialsFailed: m.dialsFailed.Load(),
		Accepted:    m.accepted.Load(),
		Refused:     m.refusedPeers.Load(),
		BadPeers:    m.badPeers.Load(),
		BadData:     m.badDataPeers.Load(),
		Banned:      m.banned.Load(),
		Joined:      m.joined.Load(),
		Hits:        m.hits.Load(),
		Misses:      m.misses.Load(),
	}
}
