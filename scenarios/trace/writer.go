package trace

import (
	"bufio"
	"io"
	"maps"
	"slices"

	"peerstreamer/core"
	"peerstreamer/netsim"
)

// Options say what a trace tells.
type Options struct {
	Name     Name
	State    func(core.View) core.ViewState // what a viewer is doing now; nil: viewers are not drawn
	Include  func(core.NodeID) bool         // which nodes; nil: all
	From, To core.Time                      // which span of time, To included; To 0: to the end
	About    []Field                        // what the trace is of, for the file's header
}

// Writer writes a trace. Its memory is what goes on at the included nodes at a time, whatever the trace's length.
type Writer struct {
	opt   Options
	out   *bufio.Writer
	err   error
	wrote bool // an event, so that the next needs a comma
	over  bool
	buf   []byte

	named map[core.NodeID]int      // nodes whose process has a name, and how many of its tracks have
	going map[core.NodeID][]*slice // transfers of included nodes, in the order in which they began
	views map[core.NodeID]*viewer  // of nodes with a viewer that is not over

	lastNode core.NodeID // of the event before, whose consequences are seen at the next
	lastAt   core.Time
	arrows   int // so far, which numbers them
}

// Tracks of a node. From trackLanes on there is one for each transfer at a time.
const (
	trackEvents = 0
	trackViewer = 1
	trackLanes  = 2
)

// NewWriter returns a Writer and writes the beginning. Close must be called.
func NewWriter(w io.Writer, o Options) *Writer {
	t := &Writer{opt: o, out: bufio.NewWriterSize(w, 1<<16), named: map[core.NodeID]int{},
		going: map[core.NodeID][]*slice{}, views: map[core.NodeID]*viewer{}}
	t.buf = append(t.buf, `{"displayTimeUnit":"ms","otherData":`...)
	t.fields(o.About)
	t.buf = append(t.buf, `,"traceEvents":[`...)
	t.flush()
	return t
}

// Event takes in an event; it is an observer for netsim.Sim.Observe.
func (t *Writer) Event(e *netsim.Event) {
	if t.over {
		return
	}
	t.settle()
	if t.opt.To > 0 && e.At > t.opt.To {
		t.finish(t.opt.To)
		return
	}
	if e.Call == netsim.ActTransfer {
		t.transfer(e)
	}
	if !t.includes(e.Node) {
		return
	}
	t.lastNode, t.lastAt = e.Node, e.At
	switch e.Call {
	case netsim.ActTransfer:
		return // It is drawn when it ends.
	case netsim.ActCancel:
		t.endSend(e.Node, e.Flow.Flow, e.At, "cancelled")
		return
	case netsim.ActRefuse:
		t.endReceive(e.Node, e.Conn, e.Flow.Span, e.At, "refused")
		return
	case netsim.ActClose, netsim.CallClose:
		t.endConn(e.Node, e.Conn, e.At)
	case netsim.CallStop:
		t.endNode(e.Node, e.At, "node stopped")
	case netsim.CallFlow:
		switch {
		case e.Flow.Kind == core.FlowPieces || e.Flow.Kind == core.FlowDry:
		case e.Flow.Tag != 0:
			t.endSend(e.Node, e.Flow.Flow, e.At, flowNames[e.Flow.Kind])
		default:
			t.endReceive(e.Node, e.Conn, e.Flow.Span, e.At, flowNames[e.Flow.Kind])
		}
	case netsim.CallView:
		if e.View.Kind == core.ViewOpen && t.opt.State != nil {
			t.views[e.Node] = &viewer{view: e.View.View, state: core.Waiting, since: e.At}
		}
	}
	t.instant(e)
}

// Close ends the trace at a moment and returns the first error of writing it.
func (t *Writer) Close(now core.Time) error {
	t.settle()
	t.finish(now)
	return t.err
}

// finish writes what still goes on, and the end.
func (t *Writer) finish(now core.Time) {
	if t.over {
		return
	}
	for _, n := range slices.Sorted(maps.Keys(t.views)) {
		t.state(n, core.Gone, now)
	}
	for _, n := range slices.Sorted(maps.Keys(t.going)) {
		t.endNode(n, now, "goes on")
	}
	t.over = true
	t.buf = append(t.buf, "\n]}\n"...)
	t.flush()
	if err := t.out.Flush(); t.err == nil {
		t.err = err
	}
}

func (t *Writer) includes(n core.NodeID) bool {
	return n != 0 && (t.opt.Include == nil || t.opt.Include(n))
}
