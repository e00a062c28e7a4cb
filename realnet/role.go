package realnet

import (
	"sync/atomic"

	"peerstreamer/core"
)

// ByRole is a figure for each core.Role.
type ByRole [core.NumRoles]core.Bytes

// Sum returns all of it.
func (b ByRole) Sum() (sum core.Bytes) {
	for _, n := range b {
		sum += n
	}
	return sum
}

// Payload is what a node has sent to and received from its peers since it started, in bytes of chunks, by what they were when the
// transfer began. The sums are Traffic's payload.
type Payload struct{ SentTo, ReceivedFrom ByRole }

// Payload returns what the node has sent and received by now.
func (n *Node) Payload() (p Payload) {
	for r := range n.meters.roles {
		p.SentTo[r] = core.Bytes(n.meters.roles[r].sent.Load())
		p.ReceivedFrom[r] = core.Bytes(n.meters.roles[r].received.Load())
	}
	return p
}

// teller is a Machine that says what a peer is and what is held: core.Swarm. With another, all peers are siblings and
// requests are neither hits nor misses.
type teller interface {
	Role(core.NodeID, core.Conn) core.Role
	Holds(core.NodeID, core.ChunkID) bool
}

// tally counts the payload of one connection, or with one role, as its writer and its reader see it.
type tally struct{ sent, received atomic.Int64 }

// part is what a connection's peer is to this node and what it has cost. The role is looked up by the owner when a transfer
// begins in either direction; the reader and the writer count under the role that it was last.
type part struct {
	role atomic.Uint32
	tally
}

// cast looks up what a connection's peer is.
func (o *owner) cast(c *conn) {
	role := core.RoleSibling
	if o.teller != nil {
		role = o.teller.Role(self, c.id)
	}
	if role == core.RoleSibling && c.reads {
		role = core.RoleViewer
	}
	c.part.role.Store(uint32(role))
}

// sent counts payload that the kernel has taken for a peer.
func (m *meters) sent(c *conn, n int64) {
	m.payloadSent.Add(n)
	m.roles[c.part.role.Load()].sent.Add(n)
	c.part.sent.Add(n)
}

// received counts payload that a peer has sent, wanted or not.
func (m *meters) received(c *conn, n int64) {
	m.payloadReceived.Add(n)
	m.roles[c.part.role.Load()].received.Add(n)
	c.part.received.Add(n)
}

// asked counts a get as hit or miss: whether all of the chunk is here when it comes.
func (o *owner) asked(m *core.Msg) {
	switch m.Kind {
	case core.MsgGet, core.MsgGetHere, core.MsgGetOnce:
	default:
		return
	}
	switch {
	case o.teller == nil:
	case o.teller.Holds(self, m.ID()):
		o.meters.hits.Add(1)
	default:
		o.meters.misses.Add(1)
	}
}
