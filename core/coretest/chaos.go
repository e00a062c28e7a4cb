package coretest

import (
	"fmt"
	"slices"

	"peerstreamer/core"
)

// chaosChecks let nodes do random things to each other, for what nobody thought of. The Audits judge.
var chaosChecks = []check{
	{"Chaos/EveryContractHolds", func(b *bench) { chaos(b, 1) }},
	{"Chaos/EveryContractHoldsAgain", func(b *bench) { chaos(b, 2) }},
}

// chaosActions is how many random things each node does in a life.
const chaosActions = 200

// wild is what a node of chaos knows. Its fields are touched in the node's callbacks only.
type wild struct {
	id      int
	rng     core.Rand
	peers   []core.NodeID
	videos  []core.Video // by index into specs: movie alone
	acts    int
	knows   bool
	have    []core.ChunkID
	conns   []core.Conn // open
	asked   []asked
	uploads []sending
	tag     uint32
}

type asked struct {
	conn core.Conn
	span core.Span
}

type sending struct {
	flow core.Flow
	conn core.Conn
	tag  uint32
	n    uint8
}

// chaos runs four nodes, kills and restarts and hangs one of them, waits until all is quiet and then asks the Audits
// whether every flow had its end.
func chaos(b *bench, seed uint64) {
	const nodes = 4
	wilds := make([]*wild, nodes)
	for i := range nodes {
		spec := NodeSpec{Name: fmt.Sprintf("n%d", i), Uplink: 4 * slow}
		if i == 0 {
			spec.IsSource, spec.Owns = true, []VideoSpec{movie}
		}
		b.add(spec)
		wilds[i] = &wild{id: i, rng: core.NewRand(seed, "chaos", uint64(i))}
	}
	for i, n := range b.nodes {
		n.rec.React(wilds[i].react)
		b.w.Start(n.name)
	}
	begin := func(i int) {
		n, w := b.nodes[i], wilds[i]
		peers, video := w.peers[:0:0], n.video("movie")
		for _, other := range b.nodes {
			if other != n {
				peers = append(peers, b.w.Peer(n.name, other.name))
			}
		}
		n.do(func(net core.Network) {
			w.peers, w.videos = peers, []core.Video{video}
			net.SetTimer(0, net.Now())
		})
	}
	for i := range nodes {
		begin(i)
	}
	const pause = 100 * core.Millisecond
	wait := func(d core.Time) { b.w.Until(d, func() bool { return false }) }
	wait(pause)
	b.w.Kill("n1")
	wait(pause)
	b.w.Restart("n1", true)
	begin(1)
	b.w.Hang("n2")
	wait(pause)
	b.w.Resume("n2")
	b.until("all nodes to have done their random things", func() bool {
		for i, n := range b.nodes {
			ready := false
			n.do(func(core.Network) { ready = wilds[i].acts >= chaosActions })
			if !ready {
				return false
			}
		}
		return true
	})
	left := ""
	if !b.w.Until(patience, func() bool {
		left = ""
		for i, n := range b.nodes {
			n.do(func(core.Network) {
				if w := wilds[i]; len(w.uploads)+len(w.asked) > 0 {
					left += fmt.Sprintf(" %s sends %v and waits for %v;", n.name, w.uploads, w.asked)
				}
			})
		}
		return left == ""
	}) {
		b.audit()
		b.fatalf("all flows to end: did not happen:%s", left)
	}
	b.settle()
	done := 0
	for _, n := range b.nodes {
		for _, e := range n.flows(0) {
			if e.Kind == core.FlowDone {
				done++
			}
		}
	}
	if done < nodes*5 {
		b.fatalf("only %d transfers were done in all: the nodes were not wild enough to show anything", done)
	}
}

// react is the node's behaviour: it asks, answers, dials, closes, refuses and cancels at random.
func (w *wild) react(net core.Network, _ core.NodeID, e Event) {
	switch e.Kind {
	case OnStart:
		*w = wild{id: w.id, rng: w.rng, tag: w.tag}
		for _, d := range slices.Concat(e.Boot.Owns, e.Boot.Knows) {
			w.knows = true
			for c := range d.Info.Chunks() {
				if e.Boot.IsSource {
					w.have = append(w.have, core.ChunkID{Video: d.Video, Chunk: c})
				}
			}
		}
		w.have = append(w.have, e.Boot.Held...)
	case OnOpen:
		w.conns = append(w.conns, e.Conn)
		if w.id == 0 {
			net.Describe(e.Conn, w.have[0].Video)
		}
	case OnVideo:
		w.knows = true
	case OnMsg:
		w.message(net, e.Conn, e.Msg)
	case OnFlow:
		w.flow(net, e.Flow)
	case OnClose:
		w.closed(e.Conn)
	case OnTimer:
		w.act(net)
		if w.acts++; w.acts < chaosActions || len(w.uploads) > 0 {
			net.SetTimer(0, net.Now()+core.Time(w.rng.Below(8_000))*core.Microsecond)
		}
	}
}

func (w *wild) message(net core.Network, c core.Conn, m core.Msg) {
	switch m.Kind {
	case core.MsgGetHere:
		if !slices.Contains(w.have, m.ID()) {
			net.Send(c, core.No(m, core.NotHere))
			return
		}
		if w.id != 0 {
			net.Describe(c, m.Video)
		}
		w.tag++
		o := core.Offer{Span: m.Span(), Avail: uint8(w.rng.Below(uint32(m.N) + 1)), Prio: uint8(w.rng.Below(2)), Tag: w.tag}
		w.uploads = append(w.uploads, sending{net.Transfer(c, o), c, w.tag, m.N})
		if w.acts >= chaosActions {
			net.SetTimer(0, net.Now())
		}
	case core.MsgNo:
		for i, a := range w.asked {
			if a.conn == c && a.span.ID() == m.ID() {
				net.Refuse(c, a.span)
				w.asked = slices.Delete(w.asked, i, i+1)
				return
			}
		}
	}
}

func (w *wild) flow(net core.Network, e core.FlowEvent) {
	switch {
	case e.Kind == core.FlowPieces, e.Kind == core.FlowDry:
	case e.Tag != 0:
		w.uploads = slices.DeleteFunc(w.uploads, func(u sending) bool { return u.tag == e.Tag })
	default:
		w.asked = slices.DeleteFunc(w.asked, func(a asked) bool { return a.conn == e.Conn && a.span == e.Span })
		if e.Kind == core.FlowDone && e.Span.N >= 6 && e.Span.First == 0 && !slices.Contains(w.have, e.Span.ID()) {
			w.have = append(w.have, e.Span.ID())
		}
	}
}

func (w *wild) closed(c core.Conn) {
	w.conns = slices.DeleteFunc(w.conns, func(d core.Conn) bool { return d == c })
	w.asked = slices.DeleteFunc(w.asked, func(a asked) bool { return a.conn == c })
	w.uploads = slices.DeleteFunc(w.uploads, func(u sending) bool { return u.conn == c })
}

// act does one random thing; when the node has done enough, only what brings its uploads to an end.
func (w *wild) act(net core.Network) {
	pick := func(n int) int { return int(w.rng.Below(uint32(n))) }
	if len(w.uploads) > 0 {
		u := w.uploads[pick(len(w.uploads))]
		net.Extend(u.flow, u.n)
	}
	if w.acts >= chaosActions || len(w.videos) == 0 {
		return
	}
	switch what := pick(40); {
	case what < 4 || len(w.conns) == 0:
		net.Dial(w.peers[pick(len(w.peers))])
	case what < 5:
		c := w.conns[pick(len(w.conns))]
		net.Close(c, core.Cancelled)
		w.closed(c)
	case what < 7 && len(w.uploads) > 0:
		i := pick(len(w.uploads))
		net.Cancel(w.uploads[i].flow)
		w.uploads = slices.Delete(w.uploads, i, i+1)
	case what < 9 && len(w.asked) > 0:
		i := pick(len(w.asked))
		net.Refuse(w.asked[i].conn, w.asked[i].span)
		w.asked = slices.Delete(w.asked, i, i+1)
	case what < 13 && len(w.asked) > 0:
		a := w.asked[pick(len(w.asked))]
		net.Watch(a.conn, a.span, uint8(pick(5)))
	case what < 22 && w.id != 0 && len(w.have) > 0:
		w.drop(net, pick(len(w.have)))
	case w.knows:
		w.ask(net, w.conns[pick(len(w.conns))], uint32(pick(4)), uint8(pick(5)))
	}
}

// drop throws a chunk away, unless it is being sent or has been asked for.
func (w *wild) drop(net core.Network, i int) {
	for _, a := range w.asked {
		if a.span.ID() == w.have[i] {
			return
		}
	}
	if len(w.uploads) == 0 {
		net.Drop(w.have[i])
		w.have = slices.Delete(w.have, i, i+1)
	}
}

// ask asks for a chunk, unless it is here or on its way by this connection.
func (w *wild) ask(net core.Network, c core.Conn, chunk uint32, step uint8) {
	s := movie.Info().Whole(core.ChunkID{Video: w.videos[0], Chunk: chunk})
	if slices.Contains(w.have, s.ID()) {
		return
	}
	for _, a := range w.asked {
		if a.conn == c && a.span == s {
			return
		}
	}
	w.asked = append(w.asked, asked{c, s})
	net.Watch(c, s, step)
	net.Send(c, core.Get(core.MsgGetHere, s, 0))
}
