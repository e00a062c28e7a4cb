package coretest

import "peerstreamer/core"

// cutChecks disturb a transfer in the middle: C3, C6, Refuse, Cancel.
var cutChecks = []check{
	{"Cut/SenderCancels", checkCancel},
	{"Cut/ReceiverRefuses", checkRefuse},
	{"Cut/RefusedBeforeItBegins", checkRefuseEarly},
	{"Cut/RetryOfACutFlow", checkRetry},
	{"Cut/SenderCloses", func(b *bench) { checkCutByClose(b, true) }},
	{"Cut/ReceiverCloses", func(b *bench) { checkCutByClose(b, false) }},
	{"Cut/SenderIsKilled", func(b *bench) { checkCutByKill(b, true) }},
	{"Cut/ReceiverIsKilled", func(b *bench) { checkCutByKill(b, false) }},
	{"Cut/OneOfTwo", checkCutOne},
	{"Cut/DryFlow", checkCutDry},
	{"Hang/NothingComesUntilResume", checkHang},
	{"Hang/ReceiverGivesUp", checkHangGiveUp},
	{"Corrupt/IsToldOnceAndNotKept", checkCorrupt},
}

// midway returns a rig in the middle of a flow of film's chunk 0 with tag 1.
func midway(b *bench) (r *rig, p piece, f core.Flow) {
	b.t.Helper()
	r = newRig(b, slow)
	p = r.watch(r.whole("film", 0), 0)
	f = r.transfer(p, 1)
	r.middle(p)
	return r, p, f
}

func checkCancel(b *bench) {
	r, _, f := midway(b)
	r.src.do(func(net core.Network) {
		net.Cancel(f)
		if n, ok := net.Sent(f); ok {
			b.t.Errorf("Sent of a cancelled flow returned %d and true: want false", n)
		}
		net.Cancel(f)
		net.Extend(f, 64)
	})
	b.until("cut at the receiver", func() bool { return len(r.dst.flows(0)) > 0 })
	b.settle()
	want(b, "events at the receiver", "cut", kindsText(r.dst.kinds(0)))
	want(b, "events at the sender", "", kindsText(r.src.kinds(1)))
	want(b, "connections closed", 0, r.src.count(OnClose)+r.dst.count(OnClose))
}

func checkRefuse(b *bench) {
	r, p, _ := midway(b)
	s := p.at(r.dst)
	r.dst.do(func(net core.Network) { net.Refuse(r.in, s) })
	b.until("cut at the sender", func() bool { return len(r.src.flows(1)) > 0 })
	b.settle()
	want(b, "events at the sender", "cut", kindsText(r.src.kinds(1)))
	want(b, "events at the receiver", "", kindsText(r.dst.kinds(0)))
	if got := b.w.Traffic("src").PayloadSent; got >= p.bytes() {
		b.fatalf("the sender sent %d bytes of a flow of %d that was refused", got, p.bytes())
	}
}

// checkRefuseEarly refuses what is asked for but has not begun.
func checkRefuseEarly(b *bench) {
	r := newRig(b, slow)
	p := r.watch(r.whole("film", 0), 1)
	s := p.at(r.dst)
	r.dst.do(func(net core.Network) { net.Refuse(r.in, s) })
	b.settle()
	r.transfer(p, 1)
	b.until("cut at the sender", func() bool { return len(r.src.flows(1)) > 0 })
	b.settle()
	want(b, "events at the sender", "cut", kindsText(r.src.kinds(1)))
	want(b, "events at the receiver", "", kindsText(r.dst.kinds(0)))
}

// checkRetry cuts a flow after some pieces and asks for all of it again: the whole span comes, done once.
func checkRetry(b *bench) {
	r, p, f := midway(b)
	r.src.do(func(net core.Network) { net.Cancel(f) })
	b.until("cut at the receiver", func() bool { return kindsText(r.dst.kinds(0)) == "cut" })
	r.rewatch(p, 0)
	r.transfer(p, 2)
	r.ended("cut done", 2)
	r.check(r.dst, p)
}

// checkCutByClose closes the connection: the closer hears nothing, the other end of its flow first.
func checkCutByClose(b *bench, bySender bool) {
	r, p, _ := midway(b)
	closer, peer, c, tag := r.src, r.dst, r.out, uint32(0)
	if !bySender {
		closer, peer, c, tag = r.dst, r.src, r.in, 1
	}
	s := p.at(closer)
	closer.do(func(net core.Network) {
		net.Close(c, core.TimedOut)
		want(b, "Received on a closed connection", 0, net.Received(c, s))
		want(b, "Queued on a closed connection", 0, net.Queued(c))
	})
	before := len(closer.rec.Log())
	b.until("OnClose at the peer", func() bool { return peer.count(OnClose) > 0 })
	b.settle()
	want(b, "events of the flow at the peer", "cut", kindsText(peer.kinds(tag)))
	want(b, "the last event at the peer", OnClose, peer.rec.Log()[len(peer.rec.Log())-1].Kind)
	want(b, "why it closed", core.TimedOut, peer.last(OnClose).Why)
	want(b, "callbacks at the closer", before, len(closer.rec.Log()))
}

func checkCutByKill(b *bench, killSender bool) {
	r, _, _ := midway(b)
	victim, peer, tag := r.src, r.dst, uint32(0)
	if !killSender {
		victim, peer, tag = r.dst, r.src, 1
	}
	at := peer.now()
	b.w.Kill(victim.name)
	b.until("OnClose at the peer", func() bool { return peer.count(OnClose) > 0 })
	b.settle()
	want(b, "events of the flow at the peer", "cut", kindsText(peer.kinds(tag)))
	log := peer.rec.Log()
	want(b, "the last event at the peer", OnClose, log[len(log)-1].Kind)
	want(b, "the event before", OnFlow, log[len(log)-2].Kind)
	want(b, "why it closed", core.Lost, peer.last(OnClose).Why)
	want(b, "connections closed", 1, peer.count(OnClose))
	if latency := b.w.Latency(); latency > 0 {
		want(b, "time from the kill to OnClose", latency, peer.last(OnClose).At-at)
	}
}

// checkCutOne cancels one of two flows on a connection; the other goes on.
func checkCutOne(b *bench) {
	r := newRig(b, slow)
	one, two := r.watch(piece{"film", 0, 0, 64}, 0), r.watch(piece{"film", 1, 0, 16}, 0)
	f := r.transfer(one, 1)
	r.transfer(two, 2)
	r.middle(one)
	r.src.do(func(net core.Network) { net.Cancel(f) })
	r.ended("cut done", 2)
	want(b, "the span that was cut", one.at(r.dst), r.dst.flows(0)[0].Span)
	want(b, "the span that was done", two.at(r.dst), r.dst.flows(0)[1].Span)
}

// checkCutDry ends flows that wait for Extend, from either end.
func checkCutDry(b *bench) {
	r := newRig(b, 0)
	one, two := r.watch(r.whole("movie", 0), 1), r.watch(r.whole("movie", 1), 1)
	f := r.offer(one, core.Offer{Avail: 2, Tag: 1})
	r.offer(two, core.Offer{Avail: 2, Tag: 2})
	b.until("both flows to be dry", func() bool {
		return kindsText(r.src.kinds(1)) == "dry" && kindsText(r.src.kinds(2)) == "dry" && len(r.dst.flows(0)) >= 2
	})
	b.settle()
	s := two.at(r.dst)
	before := len(r.dst.flows(0))
	r.src.do(func(net core.Network) { net.Cancel(f) })
	r.dst.do(func(net core.Network) { net.Refuse(r.in, s) })
	b.until("cut at both ends", func() bool {
		return len(r.dst.flows(0)) == before+1 && kindsText(r.src.kinds(2)) == "dry cut"
	})
	want(b, "event at the receiver of a cancelled dry flow", core.FlowCut, r.dst.kinds(0)[before])
	b.settle()
	want(b, "events at the sender that cancelled", "dry", kindsText(r.src.kinds(1)))
}

// checkHang stops the sender, then the receiver, in mid-transfer: nobody hears a thing, and afterwards all is well.
func checkHang(b *bench) {
	r, p, _ := midway(b)
	for _, victim := range []*node{r.src, r.dst} {
		other := r.dst
		if victim == r.dst {
			other = r.src
		}
		b.w.Hang(victim.name)
		b.settle() // what was on its way may still arrive
		before := len(victim.rec.Log())
		other.send(map[*node]core.Conn{r.src: r.out, r.dst: r.in}[other], core.Msg{Kind: core.MsgPing})
		b.settle()
		want(b, "callbacks of a hung node", before, len(victim.rec.Log()))
		want(b, "connections closed at a hung node's peer", 0, other.count(OnClose))
		want(b, "flow events at a hung node's peer", 0, len(other.find(OnFlow)))
		b.w.Resume(victim.name)
	}
	r.ended("done", 1)
	b.until("the messages sent to hung nodes", func() bool { return r.src.count(OnMsg) == 1 && r.dst.count(OnMsg) == 1 })
	r.check(r.dst, p)
}

// checkHangGiveUp lets the receiver refuse and close while the sender is hung.
func checkHangGiveUp(b *bench) {
	r, p, _ := midway(b)
	b.w.Hang("src")
	b.settle()
	s := p.at(r.dst)
	r.dst.do(func(net core.Network) {
		net.Refuse(r.in, s)
		net.Close(r.in, core.TimedOut)
	})
	b.settle()
	want(b, "events at the receiver", "", kindsText(r.dst.kinds(0)))
	b.w.Resume("src")
	b.until("OnClose at the sender", func() bool { return r.src.count(OnClose) == 1 })
	want(b, "events at the sender", "cut", kindsText(r.src.kinds(1)))
	want(b, "why it closed", core.TimedOut, r.src.last(OnClose).Why)
}

// checkCorrupt runs where a World can damage a store. The connection may close afterwards, but need not.
func checkCorrupt(b *bench) {
	c, ok := b.w.(Corrupter)
	if !ok {
		return
	}
	r := newRig(b, 0)
	c.Corrupt("src", "movie", 1)
	p := r.watch(r.whole("movie", 1), 0)
	r.transfer(p, 1)
	b.until("corrupt at the receiver", func() bool { return len(r.dst.flows(0)) > 0 })
	b.until("the sender's terminal event", func() bool { return len(r.src.flows(1)) > 0 })
	b.settle()
	want(b, "events at the receiver", "corrupt", kindsText(r.dst.kinds(0)))
	want(b, "terminal events at the sender", 1, len(r.src.kinds(1)))
	if err := b.w.Check("dst", "movie", 1); err == nil && !b.w.Simulated() {
		b.fatalf("a chunk of which bytes were wrong is readable as if it were right")
	}
}
