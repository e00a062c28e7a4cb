package netsim_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"peerstreamer/core"
	"peerstreamer/netsim"
)

// tape is a Machine that writes down what happens, a line for each callback: milliseconds, node, event.
type tape struct {
	idle
	lines []string
	conn  map[[2]core.NodeID]core.Conn // the last connection that node opened with peer
	serve bool                         // answer a get with the pieces it asks for
	s     *netsim.Sim
	video core.Video
}

// tapeInfo has chunks of a million bytes and pieces of 100,000: 0.1 s at 8 Mbit/s.
var tapeInfo = core.VideoInfo{Length: 5e6, ChunkSize: 1e6, PieceSize: 1e5}

// newTape returns a simulation of nodes 1..nodes, which start at 0, with this uplink and latency.
func newTape(nodes int, uplink core.Rate, latency core.Time) *tape {
	m := &tape{conn: map[[2]core.NodeID]core.Conn{}, serve: true}
	m.s = netsim.New(netsim.Config{Seed: 1, Latency: netsim.Constant(latency)}, m)
	m.video = m.s.AddVideo("tape", tapeInfo)
	for i := range nodes {
		startAll(m.s, m.s.AddNode(fmt.Sprint("node", i+1), netsim.Link{Uplink: uplink}))
	}
	return m
}

// want runs to the end and compares what happened from then on.
func (m *tape) want(t *testing.T, transcript string) {
	t.Helper()
	m.s.Run(core.Never)
	want := strings.Split(strings.Trim(strings.ReplaceAll(transcript, "\t", ""), "\n"), "\n")
	if diff := cmp.Diff(want, m.lines); diff != "" {
		t.Errorf("transcript (-want +got):\n%s", diff)
	}
}

// at runs f as a callback of node n.
func (m *tape) at(ms float64, n core.NodeID, f func(net core.Network)) {
	m.s.Call(core.Time(ms*1e6), n, func(net core.Network, _ core.NodeID) { f(net) })
}

// connect lets node a dial b at the beginning, and forgets what has happened until then. It is second 1 afterwards.
func (m *tape) connect(a, b core.NodeID) {
	m.at(0, a, func(net core.Network) { net.Dial(b) })
	m.s.Run(core.Second)
	m.lines = nil
}

func (m *tape) span(chunk uint32) core.Span { return core.Span{Video: m.video, Chunk: chunk, N: 10} }

// get makes node a ask node b for a chunk.
func (m *tape) get(net core.Network, a, b core.NodeID, chunk uint32, step uint8) {
	net.Watch(m.conn[[2]core.NodeID{a, b}], m.span(chunk), step)
	net.Send(m.conn[[2]core.NodeID{a, b}], core.Get(core.MsgGetHere, m.span(chunk), 0))
}

func (m *tape) write(net core.Network, self core.NodeID, format string, args ...any) {
	at := fmt.Sprintf("%.6f", net.Now().Seconds()*1000)
	at = strings.TrimSuffix(strings.TrimRight(at, "0"), ".")
	m.lines = append(m.lines, fmt.Sprintf("%s %d ", at, self)+fmt.Sprintf(format, args...))
}

func (m *tape) OnOpen(net core.Network, self core.NodeID, c core.Conn, peer core.NodeID, f core.PeerFlags) {
	m.conn[[2]core.NodeID{self, peer}] = c
	m.write(net, self, "open peer %d flags %d", peer, f)
}

func (m *tape) OnClose(net core.Network, self core.NodeID, _ core.Conn, why core.Reason) {
	m.write(net, self, "closed: %v", why)
}

func (m *tape) OnTimer(net core.Network, self core.NodeID, t core.Timer) {
	m.write(net, self, "timer %d", t)
}

func (m *tape) OnMsg(net core.Network, self core.NodeID, c core.Conn, msg core.Msg) {
	m.write(net, self, "%v %d", msg.Kind, msg.Chunk)
	if m.serve && msg.Kind == core.MsgGetHere {
		net.Transfer(c, core.Offer{Span: msg.Span(), Avail: msg.N, Tag: 1 + msg.Chunk})
	}
}

func (m *tape) OnVideo(net core.Network, self core.NodeID, _ core.Conn, v core.Video, info core.VideoInfo) {
	m.write(net, self, "video %d of %d bytes", v, info.Length)
}

func (m *tape) OnFlow(net core.Network, self core.NodeID, e core.FlowEvent) {
	end, kind := "in", [...]string{"", "pieces", "done", "dry", "cut", "corrupt", "nospace"}[e.Kind]
	if e.Tag != 0 {
		end = "out"
	}
	m.write(net, self, "%s %s chunk %d %d..%d", end, kind, e.Span.Chunk, e.Span.First, e.Span.End())
}
