package coretest

import (
	"peerstreamer/core"
)

// connChecks are about connections: C1, C6, C7, Dial and Close.
var connChecks = []check{
	{"Open/BothEndsLearnWhoAndWhoDialled", checkOpen},
	{"Open/SendBeforeOpenWaits", checkSendBeforeOpen},
	{"Open/SourceIsFlagged", checkSourceFlag},
	{"Open/NodeThatDoesNotListenCanDial", checkSilent},
	{"Open/NodeThatDoesNotListenCannotBeDialled", checkUndialable},
	{"Open/CrossedDialsWithNodeThatDoesNotListen", checkCrossedSilent},
	{"Dial/ConnectedPeerReturnsItsConn", checkDialConnected},
	{"Dial/CrossedDialsGiveOneConnection", checkCrossed},
	{"Dial/DeadPeerRefuses", checkDialDead},
	{"Dial/HungPeerGivesNothing", checkDialHung},
	{"Close/CloserHearsNothingPeerHearsWhy", checkClose},
	{"Close/WhileDialling", checkCloseDialling},
	{"Conn/HandlesAreReused", checkReuse},
	{"Conn/UnknownHandlesAreIgnored", checkUnknown},
	{"Queued/GrowsAtHungPeerAndDrains", checkQueued},
}

func checkOpen(b *bench) {
	x, y := b.start(NodeSpec{Name: "x"}), b.start(NodeSpec{Name: "y"})
	x.connect(y)
	b.settle()
	want(b, "OnOpen at the dialler", 1, x.count(OnOpen))
	want(b, "OnOpen at the peer", 1, y.count(OnOpen))
	want(b, "the dialler's peer", b.w.Peer("x", "y"), x.last(OnOpen).Peer)
	want(b, "the peer's peer", b.w.Peer("y", "x"), y.last(OnOpen).Peer)
	if here, there := x.last(OnOpen).Conn, y.last(OnOpen).Conn; here == there && b.w.Simulated() {
		b.fatalf("both ends of a connection are %d: handles must differ among all nodes of a Network", here)
	}
	want(b, "the dialler's flags", 0, x.last(OnOpen).Flags)
	want(b, "the peer's flags", core.PeerInbound, y.last(OnOpen).Flags)
}

func checkSendBeforeOpen(b *bench) {
	x, y := b.start(NodeSpec{Name: "x"}), b.start(NodeSpec{Name: "y"})
	peer := b.w.Peer("x", "y")
	x.do(func(net core.Network) {
		c := net.Dial(peer)
		net.Send(c, core.Msg{Kind: core.MsgPing})
		net.Send(c, core.Msg{Kind: core.MsgPong})
	})
	b.until("the messages", func() bool { return y.count(OnMsg) == 2 })
	want(b, "first message", core.MsgPing, y.find(OnMsg)[0].Msg.Kind)
	want(b, "second message", core.MsgPong, y.find(OnMsg)[1].Msg.Kind)
}

func checkSourceFlag(b *bench) {
	src, x := b.start(NodeSpec{Name: "src", IsSource: true, Owns: []VideoSpec{movie}}), b.start(NodeSpec{Name: "x"})
	y := b.start(NodeSpec{Name: "y"})
	x.connect(src)
	src.connect(y)
	want(b, "flags of the source it dialled", core.PeerIsSource, x.last(OnOpen).Flags)
	want(b, "flags of the source that dialled", core.PeerIsSource|core.PeerInbound, y.last(OnOpen).Flags)
	want(b, "flags of a plain node at the source", core.PeerInbound, src.find(OnOpen)[0].Flags)
}

func checkSilent(b *bench) {
	x := b.start(NodeSpec{Name: "x"})
	p, q := b.start(NodeSpec{Name: "p", Silent: true}), b.start(NodeSpec{Name: "q", Silent: true})
	p.connect(x)
	q.connect(x)
	opens := x.find(OnOpen)
	if opens[0].Peer == opens[1].Peer || opens[0].Peer == 0 || opens[1].Peer == 0 {
		b.fatalf("two clients that do not listen are peers %d and %d: want two peers", opens[0].Peer, opens[1].Peer)
	}
	for i, n := range []*node{p, q} {
		m := core.Msg{Kind: core.MsgRelease, Aux: uint32(i)}
		x.send(opens[i].Conn, m)
		b.until("message to "+n.name, func() bool { return n.count(OnMsg) == 1 })
		want(b, "message to "+n.name, m, n.last(OnMsg).Msg)
	}
}

func checkUndialable(b *bench) {
	x, p := b.start(NodeSpec{Name: "x"}), b.start(NodeSpec{Name: "p", Silent: true})
	if b.w.Simulated() { // Elsewhere there is not even an address.
		peer := b.w.Peer("x", "p")
		x.do(func(net core.Network) { net.Dial(peer) })
		b.until("the end of the dial", func() bool { return x.count(OnClose) == 1 })
		want(b, "why the dial failed", core.Refused, x.last(OnClose).Why)
		want(b, "events at the node that does not listen", 0, p.count(OnOpen)+p.count(OnClose))
	}
	p.connect(x)
	want(b, "flags of the node that does not listen", core.PeerInbound|core.PeerUndialable, x.last(OnOpen).Flags)
	want(b, "flags of the node that it dialled", core.PeerFlags(0), p.last(OnOpen).Flags)
}

// checkCrossedSilent: of two dials that cross only that of the node without a listener can succeed.
func checkCrossedSilent(b *bench) {
	x, p := b.start(NodeSpec{Name: "x"}), b.start(NodeSpec{Name: "p", Silent: true})
	if b.w.Simulated() {
		there := b.w.Peer("x", "p")
		x.do(func(net core.Network) { net.Dial(there) })
	}
	here := b.w.Peer("p", "x")
	p.do(func(net core.Network) { net.Send(net.Dial(here), core.Msg{Kind: core.MsgRelease, Aux: 7}) })
	b.until("the message", func() bool { return x.count(OnMsg) == 1 })
	want(b, "message", core.Msg{Kind: core.MsgRelease, Aux: 7}, x.last(OnMsg).Msg)
	want(b, "OnOpen at the node that does not listen", 1, p.count(OnOpen))
	want(b, "flags of the node that does not listen", core.PeerInbound|core.PeerUndialable, x.last(OnOpen).Flags)
	b.settle()
	x.send(x.last(OnOpen).Conn, core.Msg{Kind: core.MsgRelease, Aux: 8})
	b.until("the answer", func() bool { return p.count(OnMsg) == 1 })
}

func checkDialConnected(b *bench) {
	x, y := b.start(NodeSpec{Name: "x"}), b.start(NodeSpec{Name: "y"})
	peer := b.w.Peer("x", "y")
	var first, again core.Conn
	x.do(func(net core.Network) { first, again = net.Dial(peer), net.Dial(peer) })
	want(b, "Dial while dialling", first, again)
	b.until("the connection", func() bool { return x.count(OnOpen) == 1 && y.count(OnOpen) == 1 })
	want(b, "OnOpen of what Dial returned", first, x.last(OnOpen).Conn)
	want(b, "Dial of a connected peer", first, x.dial(y))
	want(b, "Dial of the peer that dialled", y.last(OnOpen).Conn, y.dial(x))
	b.settle()
	want(b, "OnOpen at the dialler after more Dials", 1, x.count(OnOpen))
	want(b, "OnOpen at the peer after more Dials", 1, y.count(OnOpen))
}

// checkCrossed lets two nodes dial each other before either has heard of it. On a real network a round may by chance
// not cross, therefore several.
func checkCrossed(b *bench) {
	x, y := b.start(NodeSpec{Name: "x"}), b.start(NodeSpec{Name: "y"})
	for round := range 10 {
		m := core.Msg{Kind: core.MsgRelease, Aux: uint32(round)}
		dial := func(n, to *node) (c core.Conn) {
			peer := b.w.Peer(n.name, to.name)
			n.do(func(net core.Network) {
				c = net.Dial(peer)
				net.Send(c, m)
			})
			return c
		}
		cx, cy := dial(x, y), dial(y, x)
		b.until("crossed dials to open and to carry a message each way", func() bool {
			return x.count(OnMsg) == round+1 && y.count(OnMsg) == round+1
		})
		for _, e := range []struct {
			n *node
			c core.Conn
		}{{x, cx}, {y, cy}} {
			want(b, "OnOpen at "+e.n.name, round+1, e.n.count(OnOpen))
			want(b, "the connection that opened at "+e.n.name, e.c, e.n.last(OnOpen).Conn)
			want(b, "the connection of the message at "+e.n.name, e.c, e.n.last(OnMsg).Conn)
			want(b, "the message at "+e.n.name, m, e.n.last(OnMsg).Msg)
		}
		want(b, "Dial after crossed dials", cx, x.dial(y))
		x.close(cx, core.Stopping)
		b.until("OnClose at y", func() bool { return y.count(OnClose) == round+1 })
		want(b, "the connection that closed at y", cy, y.last(OnClose).Conn)
	}
	b.settle()
	want(b, "OnClose at the closer", 0, x.count(OnClose))
	want(b, "OnOpen at x in all", 10, x.count(OnOpen))
}

func checkDialDead(b *bench) {
	x := b.start(NodeSpec{Name: "x"})
	y := b.add(NodeSpec{Name: "y"})
	for life, what := range []string{"a peer that never started", "a peer that was killed"} {
		c := x.dial(y)
		x.send(c, core.Msg{Kind: core.MsgPing})
		b.until("OnClose of a dial to "+what, func() bool { return x.count(OnClose) == life+1 })
		want(b, "connection closed", c, x.last(OnClose).Conn)
		want(b, "why "+what+" has no connection", core.Refused, x.last(OnClose).Why)
		want(b, "OnOpen", 0, x.count(OnOpen))
		if life == 0 {
			b.w.Start("y")
			b.w.Kill("y")
		}
	}
	b.w.Restart("y", false)
	c, _ := x.connect(y)
	want(b, "a new Dial's connection", c, x.last(OnOpen).Conn)
}

func checkDialHung(b *bench) {
	x, y := b.start(NodeSpec{Name: "x"}), b.start(NodeSpec{Name: "y"})
	b.w.Hang("y")
	before := len(x.rec.Log())
	c := x.dial(y)
	b.settle()
	want(b, "callbacks of a dial to a hung peer", before, len(x.rec.Log()))
	x.close(c, core.TimedOut)
	b.settle()
	want(b, "callbacks of a dial given up", before, len(x.rec.Log()))
	b.w.Resume("y")
	b.settle()
	x.connect(y)
}

func checkClose(b *bench) {
	x, y := b.start(NodeSpec{Name: "x"}), b.start(NodeSpec{Name: "y"})
	for i, why := range []core.Reason{core.Stopping, core.BadPeer, core.TimedOut} {
		closer, peer := x, y
		if i == 1 {
			closer, peer = y, x // the end that was dialled closes
		}
		here, there := x.connect(y)
		if i == 1 {
			here, there = there, here
		}
		closed := peer.count(OnClose)
		closer.do(func(net core.Network) {
			net.Close(here, why)
			net.Close(here, core.BadData) // the handle is closed: ignored
			net.Send(here, core.Msg{Kind: core.MsgPing})
		})
		b.until("OnClose at the peer", func() bool { return peer.count(OnClose) == closed+1 })
		want(b, "connection closed at the peer", there, peer.last(OnClose).Conn)
		want(b, "why it closed", why, peer.last(OnClose).Why)
	}
	b.settle()
	want(b, "OnClose at x, which closed twice and was closed once", 1, x.count(OnClose))
	want(b, "OnClose at y, which closed once and was closed twice", 2, y.count(OnClose))
	want(b, "messages after Close", 0, x.count(OnMsg)+y.count(OnMsg))
}

// checkCloseDialling closes a connection that is not open yet: the caller hears nothing at all, the peer nothing or
// OnOpen and OnClose.
func checkCloseDialling(b *bench) {
	x, y := b.start(NodeSpec{Name: "x"}), b.start(NodeSpec{Name: "y"})
	peer := b.w.Peer("x", "y")
	before := len(x.rec.Log())
	for range 5 {
		x.do(func(net core.Network) { net.Close(net.Dial(peer), core.Cancelled) })
	}
	b.settle()
	want(b, "callbacks at the closer", before, len(x.rec.Log()))
	want(b, "OnOpen without OnClose at the peer", y.count(OnOpen), y.count(OnClose))
	x.connect(y)
}

func checkReuse(b *bench) {
	x, y := b.start(NodeSpec{Name: "x"}), b.start(NodeSpec{Name: "y"})
	for round := range 40 {
		here, _ := x.connect(y)
		x.close(here, core.Stopping)
		b.until("OnClose at y", func() bool { return y.count(OnClose) == round+1 })
	}
	for _, n := range []*node{x, y} {
		for _, e := range n.find(OnOpen) {
			if e.Conn > 4 {
				b.fatalf("%s has connection %d after opening one at a time: handles are not reused", n.name, e.Conn)
			}
		}
	}
}

func checkUnknown(b *bench) {
	x, y := b.start(NodeSpec{Name: "x"}), b.start(NodeSpec{Name: "y"})
	v := x.video("no such video")
	before := len(x.rec.Log())
	x.do(func(net core.Network) {
		for _, c := range []core.Conn{0, 77} {
			s := core.Span{Video: v, N: 1}
			net.Send(c, core.Msg{Kind: core.MsgPing})
			net.Close(c, core.Stopping)
			net.Describe(c, v)
			net.Refuse(c, s)
			want(b, "Watch on an unknown connection", 0, net.Watch(c, s, 1))
			want(b, "Received on an unknown connection", 0, net.Received(c, s))
			want(b, "Queued on an unknown connection", 0, net.Queued(c))
		}
		for _, f := range []core.Flow{0, 1<<40 | 3} {
			net.Extend(f, 1)
			net.Cancel(f)
			if n, ok := net.Sent(f); ok {
				b.t.Errorf("Sent of unknown flow %#x returned %d and true: want false", f, n)
			}
		}
		net.Drop(core.ChunkID{Video: v, Chunk: 5})
		net.SetTimer(3, core.Never)
	})
	b.settle()
	want(b, "callbacks after calls with unknown handles", before, len(x.rec.Log()))
	x.connect(y)
}

func checkQueued(b *bench) {
	r := newRig(b, 0)
	queued := func() (q core.Bytes) {
		r.src.do(func(net core.Network) { q = net.Queued(r.out) })
		return q
	}
	want(b, "Queued on an idle connection", 0, queued())
	s := r.watch(r.whole("film", 0), 0)
	b.w.Hang("dst")
	r.transfer(s, 1)
	b.until("Queued above 0 at a hung peer", func() bool { return queued() > 0 })
	b.w.Resume("dst")
	r.ended("done", 1)
	b.until("Queued at 0 when all is taken", func() bool { return queued() == 0 })
}
