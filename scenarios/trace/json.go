package trace

import (
	"encoding/json"
	"fmt"
	"strconv"

	"peerstreamer/core"
	"peerstreamer/netsim"
)

// instant writes an event that has no length.
func (t *Writer) instant(e *netsim.Event) {
	if e.At < t.opt.From {
		return
	}
	name, kind := e.Call.String(), e.Call.String()
	switch e.Call {
	case netsim.CallMsg:
		name, kind = e.Msg.Kind.String(), "message"
	case netsim.CallFlow:
		name = "flow " + flowNames[e.Flow.Kind]
	}
	t.begin("i", e.Node, trackEvents, name, kind, e.At)
	t.buf = append(t.buf, `,"s":"t","args":`...)
	t.fields(Fields(e, t.opt.Name))
	t.close()
}

// complete writes a slice as far as it lies in the trace's span, and reports whether any of it does: a receiver that gives
// up before the first byte has nothing to show.
func (t *Writer) complete(n core.NodeID, track int, name, kind string, from, to core.Time, args []Field) bool {
	if from = max(from, t.opt.From); from > to {
		return false
	}
	t.begin("X", n, track, name, kind, from)
	t.buf = append(t.buf, `,"dur":`...)
	t.micros(to - from)
	t.buf = append(t.buf, `,"args":`...)
	t.fields(args)
	t.close()
	return true
}

// begin begins an event, after naming its process and track if they have no name yet.
func (t *Writer) begin(phase string, n core.NodeID, track int, name, kind string, at core.Time) {
	t.name(n, track)
	t.open(phase, n, track, name)
	t.buf = append(t.buf, `,"cat":`...)
	t.text(kind)
	t.buf = append(t.buf, `,"ts":`...)
	t.micros(at)
}

// name names a node's process, and its tracks up to one.
func (t *Writer) name(n core.NodeID, track int) {
	tracks, known := t.named[n]
	if !known {
		t.meta(n, 0, "process_name", Field{"name", t.opt.Name(n)})
		t.meta(n, 0, "process_sort_index", Field{"sort_index", int64(n)})
	}
	for ; tracks <= track; tracks++ {
		what := fmt.Sprint("transfers ", tracks-trackLanes)
		switch tracks {
		case trackEvents:
			what = "events"
		case trackViewer:
			what = "viewer"
		}
		t.meta(n, tracks, "thread_name", Field{"name", what})
		t.meta(n, tracks, "thread_sort_index", Field{"sort_index", tracks})
	}
	t.named[n] = tracks
}

func (t *Writer) meta(n core.NodeID, track int, name string, f Field) {
	t.open("M", n, track, name)
	t.buf = append(t.buf, `,"args":`...)
	t.fields([]Field{f})
	t.close()
}

func (t *Writer) open(phase string, n core.NodeID, track int, name string) {
	if t.wrote {
		t.buf = append(t.buf, ',')
	}
	t.wrote = true
	t.buf = append(t.buf, "\n"+`{"ph":"`...)
	t.buf = append(t.buf, phase...)
	t.buf = append(t.buf, `","pid":`...)
	t.buf = strconv.AppendUint(t.buf, uint64(n), 10)
	t.buf = append(t.buf, `,"tid":`...)
	t.buf = strconv.AppendInt(t.buf, int64(track), 10)
	t.buf = append(t.buf, `,"name":`...)
	t.text(name)
}

func (t *Writer) close() {
	t.buf = append(t.buf, '}')
	t.flush()
}

func (t *Writer) flush() {
	if _, err := t.out.Write(t.buf); t.err == nil {
		t.err = err
	}
	t.buf = t.buf[:0]
}

// micros writes a time in microseconds, exactly: three decimals.
func (t *Writer) micros(d core.Time) {
	t.buf = strconv.AppendInt(t.buf, int64(d/1000), 10)
	t.buf = append(t.buf, '.')
	t.buf = append(t.buf, strconv.FormatInt(int64(d%1000)+1000, 10)[1:]...)
}

func (t *Writer) text(s string) {
	b, err := json.Marshal(s)
	if err != nil {
		panic(err) // A string is always JSON.
	}
	t.buf = append(t.buf, b...)
}

func (t *Writer) fields(list []Field) {
	t.buf = append(t.buf, '{')
	for i, f := range list {
		if i > 0 {
			t.buf = append(t.buf, ',')
		}
		t.text(f.Name)
		t.buf = append(t.buf, ':')
		switch v := f.Value.(type) {
		case int:
			t.buf = strconv.AppendInt(t.buf, int64(v), 10)
		case int64:
			t.buf = strconv.AppendInt(t.buf, v, 10)
		case string:
			t.text(v)
		default: // A 64-bit number is more than a JSON number holds everywhere.
			t.text(fmt.Sprint(v))
		}
	}
	t.buf = append(t.buf, '}')
}
