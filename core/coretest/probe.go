package coretest

import (
	"fmt"
	"sort"
	"strings"

	"peerstreamer/core"
)

// probe is a scripted client: it sends the messages that a script says, and prints what comes back.
type probe struct {
	rec     *Recorder
	seen    int                  // events of its log that were turned into lines
	lines   []string             // not printed yet
	conns   map[core.Conn]string // whose they are
	streams []uint32             // s1, s2, ... in the order in which they were opened
	knows   map[core.Video]bool
}

func (s *stage) cmdProbe(args []string, opts map[string]string) []string {
	a := s.declare(NodeSpec{Name: args[0], Silent: opts["listen"] == ""})
	rec := &Recorder{}
	a.probe = &probe{rec: rec, conns: map[core.Conn]string{}, knows: map[core.Video]bool{}}
	a.aud = NewAudit(rec)
	s.audits = append(s.audits, a.aud)
	mute := opts["mute"] != ""
	rec.React(func(net core.Network, _ core.NodeID, e Event) {
		if e.Kind == OnMsg && e.Msg.Kind == core.MsgPing && !mute {
			net.Send(e.Conn, core.Msg{Kind: core.MsgPong})
		}
	})
	a.spec.Machine = func() core.Machine { return a.aud }
	s.w.Add(a.spec)
	s.w.Start(args[0])
	a.running = true
	return nil
}

// runProbe carries out a verb of a probe: PROBE VERB NODE arguments.
func (s *stage) runProbe(a *actor, verb string, args []string, opts map[string]string) []string {
	s.t.Helper()
	switch verb {
	case "expect":
		return s.expect(a, s.parseNumber(args[0]), opts["sorted"] != "")
	case "nothing":
		return s.nothing(a)
	}
	c := s.dial(a, args[0])
	name, id := s.named(a, args[1:])
	ask := func(m core.Msg) []string {
		s.do(a, func(net core.Network, _ core.NodeID) { net.Send(c, m) })
		return nil
	}
	switch verb {
	case "dial":
		return nil
	case "close":
		s.do(a, func(net core.Network, _ core.NodeID) { net.Close(c, core.Stopping) })
		return nil
	case "ping":
		return ask(core.Msg{Kind: core.MsgPing})
	case "resolve":
		return s.resolve(a, c, name, id.Video)
	case "get", "get-here", "get-once":
		kind := map[string]core.MsgKind{"get": core.MsgGet, "get-here": core.MsgGetHere, "get-once": core.MsgGetOnce}[verb]
		s.get(a, c, kind, name, id.Video, args[2:], opts)
		return nil
	case "cancel":
		return s.cancel(a, c, name, id, opts)
	case "release":
		return ask(core.Msg{Kind: core.MsgRelease, Aux: s.stream(a, args[1])})
	case "query":
		return ask(core.Msg{Kind: core.MsgQuery, Video: id.Video, Chunk: id.Chunk, N: uint8(s.number(opts, "n", 1))})
	case "register":
		h := core.HashName(args[1])
		return ask(core.Msg{Kind: core.MsgRegister, Mask: [4]uint32{uint32(h), uint32(h >> 32)}})
	case "held":
		m := core.Msg{Kind: core.MsgHeld, Video: id.Video}
		for _, n := range s.chunks(args[2:]) {
			m.Chunk = n &^ 127
			m.Mask[n%128/32] |= 1 << (n % 32)
		}
		return ask(m)
	case "report":
		action := map[string]uint32{"added": core.ReportAdded, "deleted": core.ReportDeleted, "moved": 77}[opts["as"]]
		return ask(core.Msg{Kind: core.MsgReport, Video: id.Video, Chunk: id.Chunk, Aux: action})
	case "send":
		return ask(core.Msg{Kind: core.MsgKind(s.number(opts, "kind", 0)), Video: id.Video, Chunk: id.Chunk,
			N: uint8(s.number(opts, "n", 0))})
	}
	s.fatalf("a probe cannot %s", verb)
	return nil
}

// named reads VIDEO [CHUNK] where a verb has them.
func (s *stage) named(a *actor, args []string) (string, core.ChunkID) {
	var id core.ChunkID
	if len(args) == 0 {
		return "", id
	}
	s.mention(args[0])
	id.Video = s.w.Video(a.spec.Name, args[0])
	if len(args) > 1 {
		id.Chunk = s.chunks(args[1:])[0]
	}
	return args[0], id
}

// dial returns the probe's connection to a node.
func (s *stage) dial(a *actor, to string) (c core.Conn) {
	s.t.Helper()
	if s.actors[to] == nil {
		s.fatalf("no node %q", to)
	}
	peer := s.w.Peer(a.spec.Name, to)
	s.do(a, func(net core.Network, _ core.NodeID) { c = net.Dial(peer) })
	a.probe.conns[c] = to
	return c
}

// resolve asks for a manifest and prints what it says.
func (s *stage) resolve(a *actor, c core.Conn, name string, v core.Video) []string {
	s.t.Helper()
	before := len(a.probe.rec.Log())
	s.do(a, func(net core.Network, _ core.NodeID) { net.Send(c, core.Msg{Kind: core.MsgResolve, Video: v}) })
	line := ""
	if !s.until(func() bool {
		for _, e := range a.probe.rec.Log()[before:] {
			switch {
			case e.Kind == OnVideo && e.Video == v:
				a.probe.knows[v] = true
				line = fmt.Sprintf("%s < %s has %d chunks, %d bytes", a.spec.Name, name, e.Info.Chunks(), e.Info.Length)
			case e.Kind == OnMsg && e.Msg.Kind == core.MsgNo && e.Msg.Refused() == core.MsgResolve:
				line = fmt.Sprintf("%s < no resolve %s: %v", a.spec.Name, name, e.Msg.Why())
			}
		}
		return line != ""
	}) {
		s.fatalf("no answer")
	}
	return []string{line}
}

// get asks for chunks in the order given. A probe cannot check a chunk without its manifest, so it asks for that first.
func (s *stage) get(a *actor, c core.Conn, kind core.MsgKind, name string, v core.Video, list []string, opts map[string]string) {
	s.t.Helper()
	spec, declared := s.videos[name]
	if declared && !a.probe.knows[v] {
		s.resolve(a, c, name, v)
	}
	for _, chunk := range s.chunks(list) {
		span := core.Span{Video: v, Chunk: chunk, N: max(1, spec.pieces(chunk))}
		s.do(a, func(net core.Network, _ core.NodeID) {
			net.Watch(c, span, 0)
			net.Send(c, core.Get(kind, span, s.stream(a, opts["stream"])))
		})
	}
}

func (v VideoSpec) pieces(chunk uint32) uint8 {
	if v.PieceSize == 0 {
		return 0
	}
	return v.Info().Pieces(chunk)
}

// cancel withdraws a get.
func (s *stage) cancel(a *actor, c core.Conn, name string, id core.ChunkID, opts map[string]string) []string {
	span := core.Span{Video: id.Video, Chunk: id.Chunk, N: max(1, s.videos[name].pieces(id.Chunk))}
	s.do(a, func(net core.Network, _ core.NodeID) {
		net.Refuse(c, span)
		net.Send(c, core.Msg{Kind: core.MsgCancel, Video: id.Video, Chunk: id.Chunk, Aux: s.stream(a, opts["stream"])})
	})
	return nil
}

// stream returns the id of s1, s2, ...; "" is 0, and "wrong" one that was never given.
func (s *stage) stream(a *actor, name string) uint32 {
	s.t.Helper()
	s.hear(a)
	if name == "" {
		return 0
	}
	if name == "wrong" {
		return 0x7f000123
	}
	i := s.parseNumber(strings.TrimPrefix(name, "s"))
	if i < 1 || i > len(a.probe.streams) {
		s.fatalf("no stream %s has been opened", name)
	}
	return a.probe.streams[i-1]
}

// expect waits for n more lines and prints them.
func (s *stage) expect(a *actor, n int, sorted bool) []string {
	s.t.Helper()
	p := a.probe
	s.until(func() bool {
		s.hear(a)
		return len(p.lines) >= n
	})
	k := min(n, len(p.lines))
	lines := p.lines[:k:k]
	p.lines = p.lines[k:]
	if sorted {
		sort.Strings(lines)
	}
	if k < n {
		lines = append(lines, fmt.Sprintf("%s hears no more than these %d", a.spec.Name, k))
	}
	return lines
}

// nothing lets the World settle and prints what has come unexpectedly.
func (s *stage) nothing(a *actor) []string {
	s.w.Until(map[bool]core.Time{true: core.Second, false: settleReal}[s.w.Simulated()], func() bool { return false })
	s.hear(a)
	lines := a.probe.lines
	a.probe.lines = nil
	if len(lines) == 0 {
		return []string{a.spec.Name + " hears nothing"}
	}
	return lines
}

// hear turns what has happened to a probe into lines.
func (s *stage) hear(a *actor) {
	p, log := a.probe, a.probe.rec.Log()
	for ; p.seen < len(log); p.seen++ {
		if text := s.heard(a, log[p.seen]); text != "" {
			p.lines = append(p.lines, fmt.Sprintf("%s < %s", a.spec.Name, text))
		}
	}
}

// heard writes an event as a script shows it, "" if it does not.
func (s *stage) heard(a *actor, e Event) string {
	m, chunk := e.Msg, func(v core.Video, n uint32) string { return fmt.Sprintf("%s %d", s.videoOf(a, v), n) }
	switch {
	case e.Kind == OnMsg && m.Kind == core.MsgOpened:
		a.probe.streams = append(a.probe.streams, m.Aux)
		return fmt.Sprintf("opened s%d at %s", len(a.probe.streams), chunk(m.Video, m.Chunk))
	case e.Kind == OnMsg && m.Kind == core.MsgNo && m.Refused() != core.MsgResolve:
		if f, _ := m.Refused().Fields(); f&core.FieldChunk == 0 {
			return fmt.Sprintf("no %v: %v", m.Refused(), m.Why())
		}
		return fmt.Sprintf("no %v %s: %v", m.Refused(), chunk(m.Video, m.Chunk), m.Why())
	case e.Kind == OnMsg && m.Kind == core.MsgPeers:
		var names []string
		for i, id := range m.IDs[:m.NIDs] {
			name := s.nameOf(a, id)
			if m.N > 1 {
				name += fmt.Sprintf("/%b", m.Holds(i))
			}
			names = append(names, name)
		}
		sort.Strings(names)
		text := fmt.Sprintf("peers of %s: %d of %d", chunk(m.Video, m.Chunk), m.NIDs, m.Aux)
		if m.NIDs > 0 && int(m.Aux) == int(m.NIDs) { // else chance has chosen
			text += ": " + strings.Join(names, " ")
		}
		return text
	case e.Kind == OnMsg && m.Kind != core.MsgPing && m.Kind != core.MsgNo:
		return m.Kind.String()
	case e.Kind == OnFlow && e.Flow.Kind == core.FlowDone:
		span := e.Flow.Span
		name := s.videoOf(a, span.Video)
		if err := s.w.Check(a.spec.Name, name, span.Chunk); err != nil {
			return fmt.Sprintf("%s is wrong: %v", chunk(span.Video, span.Chunk), err)
		}
		return fmt.Sprintf("%s, %d bytes", chunk(span.Video, span.Chunk), s.videos[name].Info().SpanBytes(span))
	case e.Kind == OnFlow && e.Flow.Kind != core.FlowPieces:
		return fmt.Sprintf("%s %s", chunk(e.Flow.Span.Video, e.Flow.Span.Chunk), flowKindText[e.Flow.Kind])
	case e.Kind == OnClose:
		return fmt.Sprintf("connection to %s closed: %v", a.probe.conns[e.Conn], e.Why)
	}
	return ""
}
