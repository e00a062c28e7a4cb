package starflows

import "peerstreamer/core"

// Machine carries a workload out through core.Network, with connections and messages: host h is node h+1; it dials the
// source of a transfer unless they are connected, watches, and asks with a get, which names the slot and the transfer by
// the chunk. The source sends the chunk, and its end is the next one's beginning. All transfers of a slot are chunks of
// one video, of one piece each.
//
// Nodes need no Boot. The caller calls Begin for every slot, in a callback of the slot's node at the slot's Start.
type Machine struct {
	*Workload
	Video core.Video // described by Info
	next  []int32    // transfer of each slot
}

// NewMachine returns the Machine of a workload that has not begun.
func NewMachine(w *Workload) *Machine {
	return &Machine{Workload: w, next: make([]int32, len(w.Start))}
}

// Info returns the facts of the video whose chunks are transferred.
func (w *Workload) Info() core.VideoInfo {
	chunks := core.Bytes(len(w.transfers))
	return core.VideoInfo{Length: chunks * Bytes, ChunkSize: Bytes, PieceSize: Bytes}
}

// Node returns the node of slot j.
func (w *Workload) Node(j int) core.NodeID { return core.NodeID(j/w.PerHost + 1) }

// Begin asks for slot j's next transfer.
func (m *Machine) Begin(net core.Network, j int) {
	i := int(m.next[j])
	s := core.Span{Video: m.Video, Chunk: uint32(j*m.PerSlot + i), N: 1}
	c := net.Dial(core.NodeID(m.Source(j, i) + 1))
	net.Watch(c, s, 0)
	net.Send(c, core.Get(core.MsgGetHere, s, 0))
}

// OnMsg sends what a get asks for.
func (m *Machine) OnMsg(net core.Network, _ core.NodeID, c core.Conn, msg core.Msg) {
	net.Transfer(c, core.Offer{Span: msg.Span(), Avail: 1, Tag: 1})
}

// OnFlow notes a transfer's end at its receiver and begins the slot's next.
func (m *Machine) OnFlow(net core.Network, _ core.NodeID, e core.FlowEvent) {
	if e.Tag != 0 {
		return
	}
	j := int(e.Span.Chunk) / m.PerSlot
	m.transfers[e.Span.Chunk].end = net.Now()
	if m.next[j]++; int(m.next[j]) < m.PerSlot {
		m.Begin(net, j)
	}
}

// OnStart does nothing, and so do the rest: there are no timers, views or manifests, and nobody closes a connection.
func (*Machine) OnStart(core.Network, core.NodeID, core.Boot)                             {}
func (*Machine) OnStop(_ core.NodeID, held []core.ChunkID) []core.ChunkID                 { return held }
func (*Machine) OnOpen(core.Network, core.NodeID, core.Conn, core.NodeID, core.PeerFlags) {}
func (*Machine) OnTimer(core.Network, core.NodeID, core.Timer)                            {}
func (*Machine) OnView(core.Network, core.NodeID, core.ViewEvent)                         {}
func (*Machine) OnVideo(core.Network, core.NodeID, core.Conn, core.Video, core.VideoInfo) {}
func (*Machine) OnClose(core.Network, core.NodeID, core.Conn, core.Reason)                {}

// Fork panics: a measurement is not branched.
func (*Machine) Fork() core.Machine { panic("starflows: a Machine does not fork") }
