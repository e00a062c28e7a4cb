package trace

import (
	"fmt"
	"strings"

	"peerstreamer/core"
	"peerstreamer/netsim"
)

// Field is one thing that an event says. Its value is a string, an int, an int64 or a uint64.
type Field struct {
	Name  string
	Value any
}

// Name returns what a node is called.
type Name func(core.NodeID) string

var flowNames = [...]string{"nothing", "pieces", "done", "dry", "cut", "corrupt", "no space"}

var viewNames = [...]string{"nothing", "open", "seek", "need", "close"}

// Fields returns all that an event says, in words. Fields that are zero and mean nothing then are left out.
func Fields(e *netsim.Event, name Name) (list []Field) {
	add := func(name string, value any) { list = append(list, Field{name, value}) }
	if e.Conn != 0 {
		add("conn", int64(e.Conn))
		add("peer", name(e.Peer))
	}
	switch e.Call {
	case netsim.CallStart:
		list = append(list, bootFields(e.Boot, name)...)
	case netsim.CallStop:
		add("held", len(e.Held))
		for i, id := range e.Held {
			add(fmt.Sprint("held ", i), fmt.Sprintf("video %d chunk %d", id.Video, id.Chunk))
		}
	case netsim.CallOpen:
		add("inbound", fmt.Sprint(e.Flags&core.PeerInbound != 0))
		add("source", fmt.Sprint(e.Flags&core.PeerIsSource != 0))
	case netsim.CallMsg:
		list = append(list, msgFields(&e.Msg, name)...)
	case netsim.CallFlow, netsim.ActTransfer, netsim.ActCancel, netsim.ActRefuse:
		list = append(list, flowFields(&e.Flow)...)
	case netsim.CallTimer:
		add("timer", int64(e.Timer))
	case netsim.CallView:
		add("what", viewNames[e.View.Kind])
		add("view", int64(e.View.View))
		add("video", int64(e.View.Video))
		add("chunk", int64(e.View.Chunk))
	case netsim.CallVideo:
		add("video", int64(e.Video))
		add("length", int64(e.Info.Length))
	case netsim.CallClose, netsim.ActClose:
		add("why", e.Why.String())
	case netsim.CallDelivery:
		add("view", int64(e.Reader))
		add("chunk", int64(e.Delivery.Chunk))
		add("pieces", int64(e.Delivery.Pieces))
		add("why", e.Delivery.Why.String())
	}
	return list
}

func bootFields(b *core.Boot, name Name) (list []Field) {
	for _, f := range []struct {
		what string
		id   core.NodeID
	}{{"master", b.Master}, {"supermaster", b.Supermaster}, {"source", b.Source}} {
		if f.id != 0 {
			list = append(list, Field{f.what, name(f.id)})
		}
	}
	return append(list, Field{"name hash", b.Name}, Field{"owns", len(b.Owns)}, Field{"knows", len(b.Knows)}, Field{"held", len(b.Held)})
}

// msgFields returns what travels of a message.
func msgFields(m *core.Msg, name Name) []Field {
	list := []Field{{"message", m.Kind.String()}}
	f, _ := m.Kind.Fields()
	if f&core.FieldVideo != 0 {
		list = append(list, Field{"video", int64(m.Video)})
	}
	if f&core.FieldChunk != 0 {
		list = append(list, Field{"chunk", int64(m.Chunk)})
	}
	if f&core.FieldSpan != 0 {
		list = append(list, Field{"first", int64(m.First)}, Field{"n", int64(m.N)})
	}
	if f&core.FieldAux != 0 {
		list = append(list, Field{"aux", int64(m.Aux)})
	}
	if f&core.FieldIDs != 0 {
		var ids []string
		for _, id := range m.IDs[:min(int(m.NIDs), len(m.IDs))] {
			ids = append(ids, name(id))
		}
		list = append(list, Field{"peers", strings.Join(ids, " ")})
	}
	if f&core.FieldMask != 0 {
		list = append(list, Field{"mask", fmt.Sprintf("%08x %08x %08x %08x", m.Mask[0], m.Mask[1], m.Mask[2], m.Mask[3])})
	}
	return list
}

func flowFields(e *core.FlowEvent) []Field {
	var list []Field
	if e.Kind != 0 {
		list = append(list, Field{"flow", flowNames[e.Kind]})
	}
	if e.Flow != 0 {
		list = append(list, Field{"handle", fmt.Sprintf("%d.%d", uint32(e.Flow>>32), uint32(e.Flow))})
	}
	if e.Tag != 0 {
		list = append(list, Field{"tag", int64(e.Tag)})
	}
	return append(list, Field{"video", int64(e.Span.Video)}, Field{"chunk", int64(e.Span.Chunk)}, Field{"first", int64(e.Span.First)},
		Field{"n", int64(e.Span.N)})
}

// Line returns an event as a line: when, who, what, and all that it says.
func Line(e *netsim.Event, name Name) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%.9f s  %s (node %d)  %v", e.At.Seconds(), name(e.Node), e.Node, e.Call)
	for i, f := range Fields(e, name) {
		sep := ", "
		if i == 0 {
			sep = "  "
		}
		fmt.Fprintf(&b, "%s%s %v", sep, f.Name, f.Value)
	}
	return b.String()
}
