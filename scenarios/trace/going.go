package trace

import (
	"fmt"
	"slices"
	"strconv"

	"peerstreamer/core"
	"peerstreamer/netsim"
)

// slice is a transfer that goes on, at one of its ends.
type slice struct {
	node, peer core.NodeID
	conn       core.Conn
	flow       core.Flow // at the sender its handle there; 0 at the receiver
	span       core.Span
	from       core.Time
	lane       int
	sender     *slice // receiver: the other end, if that is included
}

// viewer is what a node's viewer is doing, and since when.
type viewer struct {
	view  core.View
	state core.ViewState
	since core.Time
}

// settle looks what the event before has done to the viewer of its node.
func (t *Writer) settle() {
	if v := t.views[t.lastNode]; v != nil {
		if s := t.opt.State(v.view); s != v.state {
			t.state(t.lastNode, s, t.lastAt)
		}
	}
}

// state ends what a viewer was doing, and begins something else.
func (t *Writer) state(node core.NodeID, s core.ViewState, at core.Time) {
	v := t.views[node]
	t.complete(node, trackViewer, v.state.String(), "viewer", v.since, at, nil)
	v.state, v.since = s, at
	if s == core.Ended || s == core.Gone {
		delete(t.views, node)
	}
}

// transfer begins a transfer at its sender, if that is included, and at its receiver when the first byte is there.
func (t *Writer) transfer(e *netsim.Event) {
	var sender *slice
	if t.includes(e.Node) {
		sender = t.start(&slice{node: e.Node, peer: e.Peer, conn: e.Conn, flow: e.Flow.Flow, span: e.Flow.Span, from: e.At})
	}
	if t.includes(e.Peer) {
		t.endReceive(e.Peer, e.Far, e.Flow.Span, e.At, "given up") // Nobody told that the one before has ended.
		t.start(&slice{node: e.Peer, peer: e.Node, conn: e.Far, span: e.Flow.Span, from: e.At + e.Latency, sender: sender})
	}
}

// start gives a transfer the first free track of its node.
func (t *Writer) start(s *slice) *slice {
	all := t.going[s.node]
	for slices.ContainsFunc(all, func(o *slice) bool { return o.lane == s.lane }) {
		s.lane++
	}
	t.going[s.node] = append(all, s)
	return s
}

func (t *Writer) endSend(n core.NodeID, f core.Flow, at core.Time, how string) {
	t.end(n, at, how, func(s *slice) bool { return s.flow == f })
}

func (t *Writer) endReceive(n core.NodeID, c core.Conn, span core.Span, at core.Time, how string) {
	t.end(n, at, how, func(s *slice) bool {
		return s.flow == 0 && s.conn == c && s.span.ID() == span.ID() && (s.span.First == span.First || span.Overlaps(s.span))
	})
}

func (t *Writer) endConn(n core.NodeID, c core.Conn, at core.Time) {
	t.end(n, at, "connection closed", func(s *slice) bool { return s.conn == c })
}

func (t *Writer) endNode(n core.NodeID, at core.Time, how string) {
	t.end(n, at, how, func(*slice) bool { return true })
	if t.views[n] != nil {
		t.state(n, core.Gone, at)
	}
}

// end ends those transfers of a node for which of holds. O(transfers of the node).
func (t *Writer) end(n core.NodeID, at core.Time, how string, of func(*slice) bool) {
	all := t.going[n]
	left := all[:0]
	for _, s := range all {
		if of(s) {
			t.draw(s, at, how)
		} else {
			left = append(left, s)
		}
	}
	clear(all[len(left):])
	if t.going[n] = left; len(left) == 0 {
		delete(t.going, n)
	}
}

// draw writes a transfer at one of its ends, and at the receiver's the arrow that leads there.
func (t *Writer) draw(s *slice, at core.Time, how string) {
	what, to := "send", "to"
	if s.flow == 0 {
		what, to = "receive", "from"
	}
	drawn := t.complete(s.node, trackLanes+s.lane, fmt.Sprintf("%s %d %s %s", what, s.span.Chunk, to, t.opt.Name(s.peer)), what,
		s.from, at, []Field{{"peer", t.opt.Name(s.peer)}, {"video", int64(s.span.Video)}, {"chunk", int64(s.span.Chunk)},
			{"first", int64(s.span.First)}, {"n", int64(s.span.N)}, {"end", how}})
	if !drawn || s.sender == nil || s.sender.from < t.opt.From {
		return
	}
	t.arrows++
	id := strconv.Itoa(t.arrows)
	t.begin("s", s.sender.node, trackLanes+s.sender.lane, "transfer", "transfer", s.sender.from)
	t.buf = append(t.buf, `,"id":`+id...)
	t.close()
	t.begin("f", s.node, trackLanes+s.lane, "transfer", "transfer", s.from)
	t.buf = append(t.buf, `,"bp":"e","id":`+id...)
	t.close()
}
