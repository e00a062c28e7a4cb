package coretest

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"peerstreamer/core"
)

// EventKind names the callback that an Event recorded.
type EventKind uint8

const (
	OnStart EventKind = iota + 1
	OnStop
	OnOpen
	OnMsg
	OnFlow
	OnTimer
	OnView
	OnVideo
	OnClose
	OnDeliver // not a Machine's callback: Network.Deliver reached NodeSpec.OnDeliver
)

// Event is one callback with its arguments; those that its kind does not have are zero.
type Event struct {
	Kind     EventKind
	At       core.Time // Network.Now; 0 in OnStop and OnDeliver, which have no Network
	Conn     core.Conn
	Peer     core.NodeID
	Flags    core.PeerFlags
	Msg      core.Msg
	Flow     core.FlowEvent
	Timer    core.Timer
	View     core.ViewEvent
	Video    core.Video
	Info     core.VideoInfo
	Why      core.Reason
	Boot     core.Boot
	Delivery core.Delivery
}

// Recorder is a Machine for one node that writes down what happens to it and does what a test tells it to do.
type Recorder struct {
	mu    sync.Mutex // the test's goroutine reads while the node's writes
	log   []Event
	react func(core.Network, core.NodeID, Event)
	held  []core.ChunkID // what OnStop returns: chunks seen whole in this life or told by Boot
	knows map[core.Video]core.VideoInfo
}

// React makes f run at the end of each of the node's callbacks but OnStop, from the next one on.
func (r *Recorder) React(f func(net core.Network, self core.NodeID, e Event)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.react = f
}

// Log returns what has happened so far.
func (r *Recorder) Log() []Event {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.log)
}

// Delivered records a delivery; it is a NodeSpec's OnDeliver.
func (r *Recorder) Delivered(v core.View, d core.Delivery) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.log = append(r.log, Event{Kind: OnDeliver, View: core.ViewEvent{View: v}, Delivery: d})
}

func (r *Recorder) record(net core.Network, self core.NodeID, e Event) {
	e.At = net.Now()
	r.mu.Lock()
	r.log = append(r.log, e)
	r.learn(e)
	react := r.react
	r.mu.Unlock()
	if react != nil {
		react(net, self, e)
	}
}

// learn keeps the list of chunks that a simulated store, which has no bytes, cannot know of itself.
func (r *Recorder) learn(e Event) {
	switch {
	case e.Kind == OnStart:
		r.held = append(r.held[:0], e.Boot.Held...)
		r.knows = map[core.Video]core.VideoInfo{}
		for _, d := range slices.Concat(e.Boot.Owns, e.Boot.Knows) {
			r.knows[d.Video] = d.Info
		}
	case e.Kind == OnVideo:
		r.knows[e.Video] = e.Info
	case e.Kind == OnFlow && e.Flow.Kind == core.FlowDone && e.Flow.Tag == 0:
		if s := e.Flow.Span; s.First == 0 && s.N == r.knows[s.Video].Pieces(s.Chunk) {
			r.held = append(r.held, s.ID())
		}
	}
}

func (r *Recorder) OnStart(net core.Network, self core.NodeID, b core.Boot) {
	r.record(net, self, Event{Kind: OnStart, Boot: b})
}

func (r *Recorder) OnStop(self core.NodeID, held []core.ChunkID) []core.ChunkID {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.log = append(r.log, Event{Kind: OnStop})
	return append(held, r.held...)
}

func (r *Recorder) OnOpen(net core.Network, self core.NodeID, c core.Conn, peer core.NodeID, f core.PeerFlags) {
	r.record(net, self, Event{Kind: OnOpen, Conn: c, Peer: peer, Flags: f})
}

func (r *Recorder) OnMsg(net core.Network, self core.NodeID, c core.Conn, m core.Msg) {
	r.record(net, self, Event{Kind: OnMsg, Conn: c, Msg: m})
}

func (r *Recorder) OnFlow(net core.Network, self core.NodeID, e core.FlowEvent) {
	r.record(net, self, Event{Kind: OnFlow, Conn: e.Conn, Flow: e})
}

func (r *Recorder) OnTimer(net core.Network, self core.NodeID, t core.Timer) {
	r.record(net, self, Event{Kind: OnTimer, Timer: t})
}

func (r *Recorder) OnView(net core.Network, self core.NodeID, e core.ViewEvent) {
	r.record(net, self, Event{Kind: OnView, View: e})
}

func (r *Recorder) OnVideo(net core.Network, self core.NodeID, c core.Conn, v core.Video, info core.VideoInfo) {
	r.record(net, self, Event{Kind: OnVideo, Conn: c, Video: v, Info: info})
}

func (r *Recorder) OnClose(net core.Network, self core.NodeID, c core.Conn, why core.Reason) {
	r.record(net, self, Event{Kind: OnClose, Conn: c, Why: why})
}

// Fork returns a Recorder with the same log and the same reaction.
func (r *Recorder) Fork() core.Machine {
	r.mu.Lock()
	defer r.mu.Unlock()
	f := &Recorder{log: slices.Clone(r.log), react: r.react, held: slices.Clone(r.held), knows: map[core.Video]core.VideoInfo{}}
	for v, info := range r.knows {
		f.knows[v] = info
	}
	return f
}

// String writes the event as a failed test prints it.
func (e Event) String() string {
	at := fmt.Sprintf("%.6fs ", e.At.Seconds())
	switch e.Kind {
	case OnStart:
		return at + fmt.Sprintf("start %+v", e.Boot)
	case OnStop:
		return "stop"
	case OnOpen:
		return at + fmt.Sprintf("open conn %d peer %d flags %d", e.Conn, e.Peer, e.Flags)
	case OnMsg:
		return at + fmt.Sprintf("conn %d message %v %+v", e.Conn, e.Msg.Kind, e.Msg)
	case OnFlow:
		return at + fmt.Sprintf("conn %d flow %s", e.Conn, flowText(e.Flow))
	case OnTimer:
		return at + fmt.Sprintf("timer %d", e.Timer)
	case OnView:
		return at + fmt.Sprintf("view %+v", e.View)
	case OnVideo:
		return at + fmt.Sprintf("conn %d video %d %+v", e.Conn, e.Video, e.Info)
	case OnClose:
		return at + fmt.Sprintf("conn %d closed: %v", e.Conn, e.Why)
	case OnDeliver:
		return fmt.Sprintf("deliver to view %d %+v", e.View.View, e.Delivery)
	}
	return fmt.Sprintf("event of unknown kind %d", e.Kind)
}

var flowKindText = map[core.FlowKind]string{
	core.FlowPieces: "pieces", core.FlowDone: "done", core.FlowDry: "dry", core.FlowCut: "cut",
	core.FlowCorrupt: "corrupt", core.FlowNoSpace: "nospace",
}

// flowText writes an event of a flow: which end it is, what happened, and to which pieces.
func flowText(e core.FlowEvent) string {
	end := "in"
	if e.Tag != 0 {
		end = fmt.Sprintf("out tag %d", e.Tag)
	}
	return fmt.Sprintf("%s %s video %d chunk %d pieces %d..%d", end, flowKindText[e.Kind], e.Span.Video, e.Span.Chunk,
		e.Span.First, e.Span.End()-1)
}

// transcript writes a log, one event a line, its middle left out if it is long.
func transcript(log []Event) string {
	const most = 60
	var b strings.Builder
	for i, e := range log {
		if len(log) > most && i == most/2 {
			fmt.Fprintf(&b, "    ... %d more ...\n", len(log)-most)
		}
		if len(log) <= most || i < most/2 || i >= len(log)-most/2 {
			fmt.Fprintf(&b, "    %v\n", e)
		}
	}
	return b.String()
}
