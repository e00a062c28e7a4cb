package trace

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"peerstreamer/core"
	"peerstreamer/netsim"
)

func name(n core.NodeID) string { return fmt.Sprint("n", n) }

const (
	ms  = core.Millisecond
	sec = core.Second
)

// TestLine: every kind of event, with all that it says.
func TestLine(t *testing.T) {
	span := core.Span{Video: 1, Chunk: 7, First: 2, N: 3}
	for _, c := range []struct {
		event netsim.Event
		want  string
	}{
		{netsim.Event{Call: netsim.CallStart, Boot: &core.Boot{Name: 5, Master: 1, Held: make([]core.ChunkID, 2)}},
			"OnStart  master n1, name hash 5, owns 0, knows 0, held 2"},
		{netsim.Event{Call: netsim.CallStop, Held: []core.ChunkID{{Video: 1, Chunk: 9}}}, "OnStop  held 1, held 0 video 1 chunk 9"},
		{netsim.Event{Call: netsim.CallOpen, Conn: 4, Peer: 2, Flags: core.PeerInbound}, "OnOpen  conn 4, peer n2, inbound true, source false"},
		{netsim.Event{Call: netsim.CallMsg, Conn: 4, Peer: 2, Msg: core.Get(core.MsgGet, span, 6)},
			"OnMsg  conn 4, peer n2, message get, video 1, chunk 7, first 2, n 3, aux 6"},
		{netsim.Event{Call: netsim.CallMsg, Msg: core.Msg{Kind: core.MsgPeers, NIDs: 2, IDs: [core.MaxPeers]core.NodeID{8, 9, 7}, Mask: [4]uint32{15}}},
			"OnMsg  message peers, video 0, chunk 0, first 0, n 0, aux 0, peers n8 n9, mask 0000000f 00000000 00000000 00000000"},
		{netsim.Event{Call: netsim.CallMsg, Msg: core.Msg{Kind: core.MsgPing, Chunk: 3}}, "OnMsg  message ping"},
		{netsim.Event{Call: netsim.CallFlow, Conn: 4, Peer: 2, Flow: core.FlowEvent{Kind: core.FlowDone, Conn: 4, Tag: 3, Flow: 5<<32 | 6, Span: span}},
			"OnFlow  conn 4, peer n2, flow done, handle 5.6, tag 3, video 1, chunk 7, first 2, n 3"},
		{netsim.Event{Call: netsim.CallTimer, Timer: 2}, "OnTimer  timer 2"},
		{netsim.Event{Call: netsim.CallView, View: core.ViewEvent{Kind: core.ViewSeek, View: 3, Video: 1, Chunk: 4}},
			"OnView  what seek, view 3, video 1, chunk 4"},
		{netsim.Event{Call: netsim.CallVideo, Conn: 4, Peer: 2, Video: 1, Info: core.VideoInfo{Length: 99}}, "OnVideo  conn 4, peer n2, video 1, length 99"},
		{netsim.Event{Call: netsim.CallClose, Conn: 4, Peer: 2, Why: core.TimedOut}, "OnClose  conn 4, peer n2, why timed out"},
		{netsim.Event{Call: netsim.CallScript}, "Call"},
		{netsim.Event{Call: netsim.CallDelivery, Reader: 3, Delivery: core.Delivery{Chunk: 1, Pieces: 2, Why: core.End}},
			"Deliver  view 3, chunk 1, pieces 2, why end of video"},
		{netsim.Event{Call: netsim.ActTransfer, Conn: 4, Peer: 2, Flow: core.FlowEvent{Tag: 1, Flow: 6, Span: span}},
			"Transfer  conn 4, peer n2, handle 0.6, tag 1, video 1, chunk 7, first 2, n 3"},
		{netsim.Event{Call: netsim.ActRefuse, Conn: 4, Peer: 2, Flow: core.FlowEvent{Span: span}}, "Refuse  conn 4, peer n2, video 1, chunk 7, first 2, n 3"},
		{netsim.Event{Call: netsim.ActClose, Conn: 4, Peer: 2, Why: core.BadPeer}, "Close  conn 4, peer n2, why protocol violation"},
	} {
		c.event.At, c.event.Node = 1500*ms+1, 3
		if diff := cmp.Diff("1.500000001 s  n3 (node 3)  "+c.want, Line(&c.event, name)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
}

// drawn is what a trace shows of some events: a line for each slice, and for each arrow.
func drawn(t *testing.T, o Options, end core.Time, events ...netsim.Event) (lines []string) {
	t.Helper()
	var b bytes.Buffer
	o.Name = name
	w := NewWriter(&b, o)
	for i := range events {
		w.Event(&events[i])
	}
	if err := w.Close(end); err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Events []struct {
			Phase    string `json:"ph"`
			PID, TID int
			Name     string
			TS, Dur  json.Number
			Args     map[string]any
		} `json:"traceEvents"`
	}
	if err := json.Unmarshal(b.Bytes(), &doc); err != nil {
		t.Fatalf("%v in:\n%s", err, b.String())
	}
	for _, e := range doc.Events {
		switch e.Phase {
		case "X":
			line := fmt.Sprintf("%d/%d %s %s+%s", e.PID, e.TID, e.Name, e.TS, e.Dur)
			if how := e.Args["end"]; how != nil {
				line += fmt.Sprintf(" %s", how)
			}
			lines = append(lines, line)
		case "s", "f":
			lines = append(lines, fmt.Sprintf("%s %d/%d %s", e.Phase, e.PID, e.TID, e.TS))
		}
	}
	return lines
}

// begin is a transfer from node 1 to node 2, 10 ms away, which are on connections 11 and 12.
func begin(at core.Time, flow core.Flow, chunk uint32) netsim.Event {
	return netsim.Event{At: at, Node: 1, Call: netsim.ActTransfer, Conn: 11, Peer: 2, Far: 12, Latency: 10 * ms,
		Flow: core.FlowEvent{Conn: 11, Tag: 1, Flow: flow, Span: core.Span{Video: 1, Chunk: chunk, N: 16}}}
}

func sent(at core.Time, kind core.FlowKind, flow core.Flow) netsim.Event {
	return netsim.Event{At: at, Node: 1, Call: netsim.CallFlow, Conn: 11, Peer: 2, Flow: core.FlowEvent{Kind: kind, Conn: 11, Tag: 1, Flow: flow}}
}

func received(at core.Time, kind core.FlowKind, chunk uint32) netsim.Event {
	return netsim.Event{At: at, Node: 2, Call: netsim.CallFlow, Conn: 12, Peer: 1,
		Flow: core.FlowEvent{Kind: kind, Conn: 12, Span: core.Span{Video: 1, Chunk: chunk, N: 16}}}
}

func act(at core.Time, node core.NodeID, call netsim.Call, conn core.Conn, flow core.Flow, chunk uint32) netsim.Event {
	return netsim.Event{At: at, Node: node, Call: call, Conn: conn, Flow: core.FlowEvent{Flow: flow, Span: core.Span{Video: 1, Chunk: chunk, N: 16}}}
}

// TestTransfers: the ways in which transfers begin and end, at both ends, on tracks of their own while there are several.
func TestTransfers(t *testing.T) {
	none := Options{}
	for _, c := range []struct {
		what   string
		opt    Options
		events []netsim.Event
		want   []string
	}{
		{"two at a time, and a third on a track that is free again", none, []netsim.Event{
			begin(0, 1, 7), begin(1*ms, 2, 8), sent(5*ms, core.FlowPieces, 1), sent(20*ms, core.FlowDone, 1), received(30*ms, core.FlowDone, 7),
			begin(40*ms, 3, 9), sent(50*ms, core.FlowDry, 3), sent(60*ms, core.FlowDone, 3), received(70*ms, core.FlowDone, 9),
			sent(80*ms, core.FlowDone, 2), received(90*ms, core.FlowDone, 8)},
			[]string{"1/2 send 7 to n2 0.000+20000.000 done", "2/2 receive 7 from n1 10000.000+20000.000 done", "s 1/2 0.000", "f 2/2 10000.000",
				"1/2 send 9 to n2 40000.000+20000.000 done", "2/2 receive 9 from n1 50000.000+20000.000 done", "s 1/2 40000.000", "f 2/2 50000.000",
				"1/3 send 8 to n2 1000.000+79000.000 done", "2/3 receive 8 from n1 11000.000+79000.000 done", "s 1/3 1000.000", "f 2/3 11000.000"}},
		{"cancelled by its sender", none, []netsim.Event{begin(0, 1, 7), act(15*ms, 1, netsim.ActCancel, 11, 1, 7), received(25*ms, core.FlowCut, 7)},
			[]string{"1/2 send 7 to n2 0.000+15000.000 cancelled", "2/2 receive 7 from n1 10000.000+15000.000 cut", "s 1/2 0.000", "f 2/2 10000.000"}},
		{"refused before its first byte", none, []netsim.Event{begin(0, 1, 7), act(5*ms, 2, netsim.ActRefuse, 12, 0, 7), sent(15*ms, core.FlowCut, 1)},
			[]string{"1/2 send 7 to n2 0.000+15000.000 cut"}},
		{"its connection closed by the receiver", none, []netsim.Event{begin(0, 1, 7), act(20*ms, 2, netsim.ActClose, 12, 0, 0),
			sent(30*ms, core.FlowCut, 1), {At: 30 * ms, Node: 1, Call: netsim.CallClose, Conn: 11, Peer: 2}},
			[]string{"2/2 receive 7 from n1 10000.000+10000.000 connection closed", "s 1/2 0.000", "f 2/2 10000.000", "1/2 send 7 to n2 0.000+30000.000 cut"}},
		{"its sender killed", none, []netsim.Event{begin(0, 1, 7), {At: 20 * ms, Node: 1, Call: netsim.CallStop}, received(30*ms, core.FlowCut, 7)},
			[]string{"1/2 send 7 to n2 0.000+20000.000 node stopped", "2/2 receive 7 from n1 10000.000+20000.000 cut", "s 1/2 0.000", "f 2/2 10000.000"}},
		{"the same chunk again, of which nobody heard the end", none, []netsim.Event{begin(0, 1, 7), act(20*ms, 1, netsim.ActCancel, 11, 1, 7),
			begin(30*ms, 2, 7)},
			[]string{"1/2 send 7 to n2 0.000+20000.000 cancelled", "2/2 receive 7 from n1 10000.000+20000.000 given up", "s 1/2 0.000", "f 2/2 10000.000",
				"1/2 send 7 to n2 30000.000+70000.000 goes on", "2/2 receive 7 from n1 40000.000+60000.000 goes on", "s 1/2 30000.000", "f 2/2 40000.000"}},
		{"at the receiver alone", Options{Include: func(n core.NodeID) bool { return n == 2 }},
			[]netsim.Event{begin(0, 1, 7), sent(20*ms, core.FlowDone, 1), received(30*ms, core.FlowDone, 7)},
			[]string{"2/2 receive 7 from n1 10000.000+20000.000 done"}},
		{"in a span of time", Options{From: 15 * ms, To: 50 * ms}, []netsim.Event{begin(0, 1, 7), begin(1*ms, 2, 8), sent(5*ms, core.FlowDone, 1),
			received(20*ms, core.FlowDone, 7), sent(60*ms, core.FlowDone, 2), received(70*ms, core.FlowDone, 8)},
			[]string{"2/2 receive 7 from n1 15000.000+5000.000 done", "1/3 send 8 to n2 15000.000+35000.000 goes on", "2/3 receive 8 from n1 15000.000+35000.000 goes on"}},
	} {
		if diff := cmp.Diff(c.want, drawn(t, c.opt, 100*ms, c.events...)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.what, diff)
		}
	}
}

// TestViewerStates: what a viewer does is looked at after each event of its node, and drawn from change to change.
func TestViewerStates(t *testing.T) {
	states := map[core.Time]core.ViewState{0: core.Waiting, 2 * sec: core.Playing, 5 * sec: core.Stalled, 6 * sec: core.Playing, 9 * sec: core.Ended}
	now := core.Time(0)
	event := func(at core.Time) netsim.Event { return netsim.Event{At: at, Node: 2, Call: netsim.CallTimer} }
	open := netsim.Event{At: 0, Node: 2, Call: netsim.CallView, View: core.ViewEvent{Kind: core.ViewOpen, View: 4}}
	events := []netsim.Event{open, event(1 * sec), event(2 * sec), event(5 * sec), event(6 * sec), event(9 * sec), event(10 * sec)}
	last := core.Waiting
	state := func(w core.View) core.ViewState {
		if w != 4 {
			t.Errorf("asked for view %d", w)
		}
		if s, ok := states[events[now].At]; ok { // settle is called before the next event, so of the one before
			last = s
		}
		now++
		return last
	}
	want := []string{"2/1 waiting 0.000+2000000.000", "2/1 playing 2000000.000+3000000.000", "2/1 stalled 5000000.000+1000000.000",
		"2/1 playing 6000000.000+3000000.000"}
	if diff := cmp.Diff(want, drawn(t, Options{State: state}, 20*sec, events...)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// full is a disk with no room.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space left") }

func TestWriteErrorIsTold(t *testing.T) {
	w := NewWriter(full{}, Options{Name: name})
	for i := range 2000 {
		w.Event(&netsim.Event{At: core.Time(i), Node: 1, Call: netsim.CallTimer})
	}
	if err := w.Close(sec); err == nil || !strings.Contains(err.Error(), "no space left") {
		t.Errorf("Close returned %v", err)
	}
}
