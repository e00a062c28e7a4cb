package realnet

import (
	"net/netip"
	"time"

	"peerstreamer/core"
)

// Peer is a connection as an operator sees it.
type Peer struct {
	Name     string // as the peer says, "" before it has
	Addr     string // where it can be dialled, or where it is seen if it cannot; "" unknown
	Role     core.Role
	Master   bool   // is the one that the node was given
	Upstream bool   // serves as the master at the moment
	Open     bool   // false: being dialled
	Inbound  bool   // the peer dialled
	Web      string // host:port of its web server, as far as it tells one; ""

	Sent, Received core.Bytes // payload, on this connection
	Queued         core.Bytes // waits for the peer to take it
	Sending        int        // transfers to it that are not over
	Since          time.Time  // when the connection opened, or the dial began
}

// Peers returns the node's connections, in no order that means anything; nil if the node has ended. O(connections).
func (n *Node) Peers() (all []Peer) {
	n.Do(func(core.Network, core.NodeID) { all = n.owner.peersNow() })
	return all
}

// peersNow describes all connections.
func (o *owner) peersNow() []Peer {
	up := core.NodeID(0)
	if u, ok := o.m.(interface {
		Upstream(core.NodeID) core.NodeID
	}); ok {
		up = u.Upstream(self)
	}
	all := make([]Peer, 0, o.count())
	for _, c := range o.conns {
		if c == nil {
			continue
		}
		o.cast(c)
		p := Peer{
			Role: core.Role(c.part.role.Load()), Upstream: up != 0 && c.peer == up,
			Master: o.masterID != 0 && c.peer == o.masterID, Open: c.state == connOpen, Inbound: c.inbound,
			Sent: core.Bytes(c.part.sent.Load()), Received: core.Bytes(c.part.received.Load()),
			Queued: c.out.queued(), Sending: len(c.sends), Since: c.since,
		}
		if a := o.peers.at(c.peer); a.IsValid() {
			p.Addr = a.String()
		}
		if c.link != nil {
			p.Name = c.link.peer.Name
			seen := c.link.remote()
			if p.Addr == "" {
				p.Addr = c.link.tcp.RemoteAddr().String()
			}
			if c.link.peer.Web != 0 {
				p.Web = netip.AddrPortFrom(seen, c.link.peer.Web).String()
			}
		}
		all = append(all, p)
	}
	return all
}
