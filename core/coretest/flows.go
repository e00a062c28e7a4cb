package coretest

import (
	"fmt"

	"peerstreamer/core"
)

// flowChecks are about transfers that nothing disturbs: Watch, Transfer, Extend, Received, Sent, Drop.
var flowChecks = []check{
	{"Flow/WholeChunk", checkWhole},
	{"Flow/EventEverySteps", checkSteps},
	{"Flow/StepChangesMidway", checkRewatch},
	{"Flow/PartsMakeTheChunk", checkParts},
	{"Flow/LastChunkIsShort", checkLastChunk},
	{"Flow/DryUntilExtended", checkDry},
	{"Flow/OfNothingYet", checkNothingYet},
	{"Flow/DoneMeansReadable", checkRelay},
	{"Flow/PiecesMeanReadable", checkCutThrough},
	{"Flow/UnwatchedIsRefused", checkUnwatched},
	{"Flow/ManyAtOnce", checkMany},
	{"Flow/LowerPrioFirstEqualShare", checkPrio},
	{"Received/GrowsAndSentFollows", checkReceived},
	{"Drop/ChunkCanBeFetchedAgain", checkDrop},
	{"Traffic/CountsPayloadOnce", checkTraffic},
}

func checkWhole(b *bench) {
	r := newRig(b, 0)
	p := r.watch(r.whole("movie", 1), 0)
	f := r.transfer(p, 7)
	r.ended("done", 7)
	b.settle()
	want(b, "events at the receiver", "done", kindsText(r.dst.kinds(0)))
	want(b, "events at the sender", "done", kindsText(r.src.kinds(7)))
	want(b, "the receiver's event", core.FlowEvent{Kind: core.FlowDone, Conn: r.in, Span: p.at(r.dst)}, r.dst.flows(0)[0])
	want(b, "the sender's event", core.FlowEvent{Kind: core.FlowDone, Conn: r.out, Tag: 7, Flow: f, Span: p.at(r.src)},
		r.src.flows(7)[0])
	r.src.do(func(net core.Network) {
		if n, ok := net.Sent(f); ok {
			b.t.Errorf("Sent of a flow that is done returned %d and true: want false", n)
		}
	})
	r.check(r.dst, p)
}

// checkSteps asks for an event every few pieces. The last pieces are told by FlowDone.
func checkSteps(b *bench) {
	r := newRig(b, 0)
	for i, c := range []struct {
		chunk uint32
		step  uint8
		want  string
	}{
		{0, 4, "0..3 4..7 8..11 done"},
		{1, 5, "0..4 5..9 10..14 done"},
		{2, 16, "done"},
		{3, 2, "0..1 2..3 done"}, // six pieces, the last a short one
	} {
		seen := len(r.dst.flows(0))
		r.transfer(r.watch(r.whole("movie", c.chunk), c.step), uint32(i+1))
		r.until("done", func() bool {
			k := r.dst.kinds(0)[seen:]
			return len(k) > 0 && k[len(k)-1] == core.FlowDone
		})
		got := ""
		for _, e := range r.dst.flows(0)[seen:] {
			if e.Kind == core.FlowPieces {
				got += fmt.Sprintf("%d..%d ", e.Span.First, e.Span.End()-1)
			} else {
				got += flowKindText[e.Kind]
			}
		}
		want(b, fmt.Sprintf("pieces told at step %d", c.step), c.want, got)
	}
}

// checkRewatch turns events on in mid-transfer: what Watch returned is not told again, and nothing is left out. The
// Audit sees that.
func checkRewatch(b *bench) {
	r := newRig(b, slow)
	p := r.watch(r.whole("film", 0), 0)
	r.transfer(p, 1)
	r.middle(p)
	want(b, "events before any were asked for", 0, len(r.dst.flows(0)))
	r.rewatch(p, 1)
	b.until("pieces", func() bool { return len(r.dst.flows(0)) >= 3 })
	told := r.dst.flows(0)[len(r.dst.flows(0))-1].Span.End()
	readable := r.rewatch(p, 7)
	if readable < told {
		b.fatalf("Watch says %d pieces are readable after piece %d was told", readable, told-1)
	}
	r.until("done", func() bool { k := r.dst.kinds(0); return k[len(k)-1] == core.FlowDone })
	r.check(r.dst, p)
}

func checkParts(b *bench) {
	r := newRig(b, 0)
	parts := []piece{{"movie", 0, 3, 5}, {"movie", 0, 8, 8}, {"movie", 0, 0, 3}}
	for i, p := range parts {
		r.watch(p, 1)
		r.transfer(p, uint32(i+1))
	}
	for i := range parts {
		r.until("the parts", func() bool { return len(r.src.kinds(uint32(i+1))) == 1 })
	}
	r.until("the parts at the receiver", func() bool {
		done := 0
		for _, k := range r.dst.kinds(0) {
			if k == core.FlowDone {
				done++
			}
		}
		return done == len(parts)
	})
	r.check(r.dst, parts[0])
	want(b, "payload received", movie.ChunkSize, b.w.Traffic("dst").PayloadReceived)
}

func checkLastChunk(b *bench) {
	r := newRig(b, 0)
	p := r.whole("movie", 3)
	want(b, "pieces of the last chunk", 6, p.n)
	r.transfer(r.watch(p, 0), 1)
	r.ended("done", 1)
	r.check(r.dst, p)
	want(b, "payload received", 5*4*core.KiB+100, b.w.Traffic("dst").PayloadReceived)
}

func checkDry(b *bench) {
	r := newRig(b, 0)
	p := r.watch(r.whole("movie", 0), 1)
	f := r.offer(p, core.Offer{Avail: 4, Tag: 1})
	for i, avail := range []uint8{4, 9, 15} {
		if i > 0 {
			r.src.do(func(net core.Network) {
				net.Extend(f, avail)
				net.Extend(f, avail-2) // it is not taken back
			})
		}
		b.until(fmt.Sprintf("dry after %d pieces", avail), func() bool { return len(r.src.kinds(1)) == i+1 })
		b.until(fmt.Sprintf("%d pieces at the receiver", avail), func() bool {
			e := r.dst.flows(0)
			return len(e) > 0 && e[len(e)-1].Span.End() == avail
		})
		b.settle()
		want(b, "events at the sender", core.FlowDry, r.src.kinds(1)[i])
		want(b, "sent when dry", specs["movie"].Info().Prefix(0, avail), r.received(p))
	}
	r.src.do(func(net core.Network) { net.Extend(f, 16) })
	b.until("done", func() bool { return len(r.src.kinds(1)) == 4 })
	b.settle()
	want(b, "events at the sender", "dry dry dry done", kindsText(r.src.kinds(1)))
	want(b, "last event at the receiver", core.FlowDone, r.dst.kinds(0)[15])
	r.check(r.dst, p)
}

// checkNothingYet offers a chunk of which no piece is there: whether that is dry at once is left open.
func checkNothingYet(b *bench) {
	r := newRig(b, 0)
	p := r.watch(r.whole("movie", 2), 1)
	f := r.offer(p, core.Offer{Avail: 0, Tag: 1})
	b.settle()
	want(b, "events at the receiver", 0, len(r.dst.flows(0)))
	r.src.do(func(net core.Network) { net.Extend(f, p.n) })
	b.until("done at the sender", func() bool {
		k := r.src.kinds(1)
		return len(k) > 0 && k[len(k)-1] == core.FlowDone
	})
	b.until("done at the receiver", func() bool { return len(r.dst.flows(0)) == int(p.n) })
	r.check(r.dst, p)
}

// third connects a third node to dst, which has the manifest and expects p from it, and returns both ends.
func (r *rig) third(p piece, step uint8) (end *node, out, in core.Conn) {
	r.t.Helper()
	end = r.start(NodeSpec{Name: "end"})
	out, in = r.dst.connect(end)
	r.dst.describe(out, end, p.video)
	s := p.at(end)
	end.do(func(net core.Network) { net.Watch(in, s, step) })
	return end, out, in
}

// checkRelay sends a chunk on from inside the callback that says it is done.
func checkRelay(b *bench) {
	r := newRig(b, 0)
	p := r.watch(r.whole("movie", 1), 0)
	end, out, _ := r.third(p, 0)
	r.dst.rec.React(func(net core.Network, _ core.NodeID, e Event) {
		if e.Kind == OnFlow && e.Flow.Tag == 0 && e.Flow.Kind == core.FlowDone {
			net.Transfer(out, core.Offer{Span: e.Flow.Span, Avail: e.Flow.Span.N, Tag: 9})
		}
	})
	r.transfer(p, 1)
	b.until("the chunk at the end of the chain", func() bool { return kindsText(end.kinds(0)) == "done" })
	r.check(end, p)
}

// checkCutThrough sends pieces on as they are told, before the chunk is whole.
func checkCutThrough(b *bench) {
	r := newRig(b, slow)
	p := r.watch(r.whole("film", 1), 4)
	end, out, _ := r.third(p, 4)
	s := p.at(r.dst)
	var f core.Flow
	r.dst.rec.React(func(net core.Network, _ core.NodeID, e Event) {
		if e.Kind != OnFlow || e.Flow.Tag != 0 {
			return
		}
		if f == 0 {
			f = net.Transfer(out, core.Offer{Span: s, Avail: e.Flow.Span.End(), Tag: 9})
		}
		if e.Flow.Kind == core.FlowDone {
			net.Extend(f, s.N)
		} else {
			net.Extend(f, e.Flow.Span.End())
		}
	})
	r.transfer(p, 1)
	b.until("pieces at the end of the chain", func() bool { return len(end.flows(0)) > 0 })
	want(b, "first event at the end of the chain", core.FlowPieces, end.kinds(0)[0])
	for _, e := range r.dst.flows(0) {
		if e.Kind == core.FlowDone {
			b.fatalf("no piece was relayed before the chunk was whole")
		}
	}
	b.until("the chunk at the end of the chain", func() bool { k := end.kinds(0); return k[len(k)-1] == core.FlowDone })
	r.check(end, p)
}

// checkUnwatched sends what is not watched, slowly enough that the refusal comes before the end.
func checkUnwatched(b *bench) {
	r := newRig(b, slow)
	r.transfer(r.whole("film", 0), 1)
	b.until("the sender's terminal event", func() bool { return len(r.src.kinds(1)) > 0 })
	b.settle()
	want(b, "events at the sender", "cut", kindsText(r.src.kinds(1)))
	want(b, "events at the receiver", 0, len(r.dst.flows(0)))
	r.transfer(r.watch(r.whole("movie", 0), 0), 2) // and the connection is still good
	r.ended("done", 2)
}

// checkMany sends two videos' chunks to three nodes at the same time, some of them twice.
func checkMany(b *bench) {
	src := b.start(NodeSpec{Name: "src", IsSource: true, Owns: []VideoSpec{movie, film}, Uplink: 10 * slow})
	dsts := make([]*node, 3)
	total := 0
	for i := range dsts {
		dsts[i] = b.start(NodeSpec{Name: fmt.Sprintf("dst%d", i)})
		out, in := src.connect(dsts[i])
		src.describe(out, dsts[i], "movie", "film")
		for j, p := range []piece{
			{"movie", 0, 0, 16}, {"movie", 1, 0, 16}, {"movie", 3, 0, 6}, {"film", 1, 0, 32}, {"film", 1, 32, 32},
		} {
			s, o := p.at(dsts[i]), p.at(src)
			tag := uint32(100*i + j + 1)
			dsts[i].do(func(net core.Network) { net.Watch(in, s, uint8(j)*3) })
			src.do(func(net core.Network) { net.Transfer(out, core.Offer{Span: o, Avail: o.N, Tag: tag}) })
			total++
		}
	}
	done := func(n *node) (count int) {
		for _, e := range n.find(OnFlow) {
			if e.Flow.Kind == core.FlowDone {
				count++
			}
		}
		return count
	}
	b.until("all flows to be done at both ends", func() bool {
		return done(src) == total && done(dsts[0])+done(dsts[1])+done(dsts[2]) == total
	})
	for _, d := range dsts {
		for _, p := range []piece{{"movie", 0, 0, 16}, {"movie", 1, 0, 16}, {"movie", 3, 0, 6}, {"film", 1, 0, 64}} {
			if err := b.w.Check(d.name, p.video, p.chunk); err != nil {
				b.fatalf("%s's store: %v", d.name, err)
			}
		}
	}
}

// checkPrio starts a flow of low priority, then two of high: the two go first and share the link. If all three shared it,
// the first would have 24 of its 64 pieces when the others are done.
func checkPrio(b *bench) {
	r := newRig(b, slow)
	late, one, two := piece{"film", 0, 0, 64}, piece{"film", 1, 0, 24}, piece{"film", 1, 24, 24}
	for i, p := range []piece{late, one, two} {
		r.watch(p, 0)
		r.offer(p, core.Offer{Avail: p.n, Tag: uint32(i + 1), Prio: []uint8{3, 0, 0}[i]})
	}
	var whenFirst, whenSecond core.Bytes
	b.until("the first flow to be done", func() bool { return len(r.dst.flows(0)) > 0 })
	whenFirst = r.received(two)
	if r.dst.flows(0)[0].Span == two.at(r.dst) {
		whenFirst = r.received(one)
	}
	if len(r.dst.flows(0)) == 1 && whenFirst < one.bytes()/2 {
		b.fatalf("of two equal flows one was done when the other had %d of %d bytes: they do not share", whenFirst, one.bytes())
	}
	b.until("the second flow to be done", func() bool { return len(r.dst.flows(0)) > 1 })
	whenSecond = r.received(late)
	for _, e := range r.dst.flows(0)[:2] {
		if e.Span == late.at(r.dst) || whenSecond > late.bytes()/4 {
			b.fatalf("the flow of lower priority had %d of %d bytes when those of higher priority were done", whenSecond,
				late.bytes())
		}
	}
	b.until("all flows", func() bool { return kindsText(r.dst.kinds(0)) == "done done done" })
}

func checkReceived(b *bench) {
	r := newRig(b, slow)
	p := r.watch(r.whole("film", 0), 0)
	want(b, "Received before the transfer", 0, r.received(p))
	f := r.transfer(p, 1)
	var last core.Bytes
	grew := 0
	b.until("Received to grow eight times and Sent to tell as much", func() bool {
		var sent core.Bytes
		var ok bool
		r.src.do(func(net core.Network) { sent, ok = net.Sent(f) })
		n := r.received(p)
		switch {
		case n < last:
			b.fatalf("Received fell from %d to %d", last, n)
		case n > p.bytes():
			b.fatalf("Received is %d of %d bytes", n, p.bytes())
		case n > last:
			grew++
		}
		last = n
		return grew >= 8 && ok && sent > 0 && sent < p.bytes()
	})
	r.ended("done", 1)
}

// checkDrop throws a chunk away and fetches it once more; then one that is half there.
func checkDrop(b *bench) {
	r := newRig(b, slow)
	p := r.whole("movie", 0)
	drop := func(p piece) {
		id := p.at(r.dst).ID()
		r.dst.do(func(net core.Network) { net.Drop(id) })
		if err := b.w.Check("dst", p.video, p.chunk); err == nil && !b.w.Simulated() {
			b.fatalf("chunk %v is still readable after Drop", p)
		}
	}
	for tag := range uint32(2) {
		r.transfer(r.watch(p, 0), tag+1)
		b.until("done", func() bool { return len(r.dst.kinds(0)) == int(tag)+1 })
		r.check(r.dst, p)
		drop(p)
	}
	half := piece{"movie", 1, 0, 8}
	r.transfer(r.watch(half, 0), 3)
	b.until("half a chunk", func() bool { return len(r.dst.kinds(0)) == 3 })
	drop(half)
	r.transfer(r.watch(r.whole("movie", 1), 0), 4)
	b.until("the chunk", func() bool { return kindsText(r.dst.kinds(0)) == "done done done done" })
	r.check(r.dst, half)
}

func checkTraffic(b *bench) {
	r := newRig(b, 0)
	before := [2]Traffic{b.w.Traffic("src"), b.w.Traffic("dst")}
	want(b, "payload before any transfer", 0, before[0].PayloadSent+before[1].PayloadReceived)
	p := r.whole("movie", 0)
	r.transfer(r.watch(p, 0), 1)
	r.ended("done", 1)
	overhead := core.FlowOverhead(movie.Info(), p.at(r.src))
	r.accounts("the flow", before, overhead, p.bytes())
	want(b, "payload received at the sender", 0, b.w.Traffic("src").PayloadReceived)
	middle := [2]Traffic{b.w.Traffic("src"), b.w.Traffic("dst")}
	ping := core.Msg{Kind: core.MsgPing}
	r.src.send(r.out, ping)
	r.accounts("a ping", middle, ping.WireSize(), 0)
	b.settle()
	r.accounts("the flow and a ping, when all is quiet", before, overhead+ping.WireSize(), p.bytes())
}

// accounts waits until src has sent and dst has received so much more than before. A real sender may count what it has
// written a moment after the receiver has read it.
func (r *rig) accounts(what string, before [2]Traffic, control, payload core.Bytes) {
	r.t.Helper()
	want := Traffic{PayloadSent: payload, PayloadReceived: payload, ControlSent: control, ControlReceived: control}
	var got Traffic
	if !r.w.Until(patience, func() bool {
		src, dst := r.w.Traffic("src"), r.w.Traffic("dst")
		got = Traffic{
			PayloadSent: src.PayloadSent - before[0].PayloadSent, ControlSent: src.ControlSent - before[0].ControlSent,
			PayloadReceived: dst.PayloadReceived - before[1].PayloadReceived,
			ControlReceived: dst.ControlReceived - before[1].ControlReceived,
		}
		return got == want
	}) {
		r.fatalf("traffic of %s: want %+v, got %+v", what, want, got)
	}
}
