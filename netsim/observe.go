package netsim

import "peerstreamer/core"

// Call says what an Event is: a callback of the Machine, or an act of a node that begins or ends a transfer.
type Call uint8

// The callbacks, which are what the digest covers, and then the acts, which are not: they follow from them.
const (
	CallStart    = Call(onStart)  // Boot
	CallStop     = Call(onStop)   // Held
	CallOpen     = Call(onOpen)   // Conn, Peer, Flags
	CallMsg      = Call(onMsg)    // Conn, Peer, Msg
	CallFlow     = Call(onFlow)   // Conn, Peer, Flow
	CallTimer    = Call(onTimer)  // Timer
	CallView     = Call(onView)   // View
	CallVideo    = Call(onVideo)  // Conn, Peer, Video, Info
	CallClose    = Call(onClose)  // Conn, Peer, Why
	CallScript   = Call(onCall)   // what Sim.Call was given
	CallDelivery = Call(delivery) // Reader, Delivery

	ActTransfer = CallDelivery + 1 // Conn, Peer, Far, Latency and Flow, with what Transfer returned
	ActCancel   = CallDelivery + 2 // Flow.Flow: the node cancels a flow that it sends
	ActRefuse   = CallDelivery + 3 // Conn, Peer, Flow.Span: it refuses a span
	ActClose    = CallDelivery + 4 // Conn, Peer, Why: it closes a connection
)

var callNames = [...]string{"nothing", "OnStart", "OnStop", "OnOpen", "OnMsg", "OnFlow", "OnTimer", "OnView", "OnVideo", "OnClose",
	"Call", "Deliver", "Transfer", "Cancel", "Refuse", "Close"}

func (c Call) String() string { return callNames[c] }

// Act reports whether c is what a node did rather than what it was told.
func (c Call) Act() bool { return c > CallDelivery }

// Event is one thing that happened, with all that it was about. Which fields mean something is said at its Call.
type Event struct {
	At     core.Time
	Node   core.NodeID
	Call   Call
	Digest uint64 // of the history up to here, this event included

	Conn     core.Conn
	Peer     core.NodeID // at the other end of Conn
	Far      core.Conn   // the other end's own handle
	Latency  core.Time   // of the connection, one way
	Flags    core.PeerFlags
	Timer    core.Timer
	Why      core.Reason
	Video    core.Video
	Info     core.VideoInfo
	Reader   core.View
	Delivery core.Delivery
	View     core.ViewEvent
	Flow     core.FlowEvent
	Msg      core.Msg
	Boot     *core.Boot     // good during the call only
	Held     []core.ChunkID // so is this
}

// Observe has f told of every event from now on, just before the Machine is told, at CallStop and acts just after; nil ends
// that. f must not call the Sim but to read. Whether somebody observes makes no difference to what happens. It costs one
// comparison a callback when nobody does.
func (s *Sim) Observe(f func(*Event)) { s.observer = f }

// observe tells the observer, which there is.
func (s *Sim) observe(e Event) {
	e.At, e.Node, e.Digest = s.now, s.current, uint64(s.digest)
	if e.Conn != 0 {
		end := s.ends.At(uint32(e.Conn))
		e.Peer, e.Far, e.Latency = end.to, core.Conn(end.peer), end.latency()
	}
	s.observed = e
	s.observer(&s.observed)
}
