package coretest

import (
	"fmt"
	"slices"
	"sort"
	"strconv"
	"strings"

	"peerstreamer/core"
)

// sender is a node as its Audit knows it: in a simulated World one Audit serves all.
type sender struct {
	aud  *Audit
	self core.NodeID
}

type sentMsg struct {
	to core.NodeID
	m  core.Msg
}

// noteSent keeps a message for the sent command.
func (s *stage) noteSent(from sender, to core.NodeID, m core.Msg) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sent[from] = append(s.sent[from], sentMsg{to, m})
}

// sentBy returns what a node has sent since it started or was told to forget.
func (s *stage) sentBy(a *actor, forget bool) []sentMsg {
	from := sender{aud: a.aud}
	s.do(a, func(_ core.Network, self core.NodeID) { from.self = self })
	s.mu.Lock()
	defer s.mu.Unlock()
	if forget {
		delete(s.sent, from)
	}
	return append([]sentMsg(nil), s.sent[from]...)
}

func (s *stage) cmdRun(args []string, _ map[string]string) []string {
	s.w.Until(s.parseTime(args[0])/s.w.TimeScale(), func() bool { return false })
	return nil
}

// now reads the clock of some running node.
func (s *stage) now() (at core.Time) {
	for _, name := range s.order {
		if a := s.actors[name]; a.running && !a.hung {
			s.do(a, func(net core.Network, _ core.NodeID) { at = net.Now() })
			return at
		}
	}
	s.fatalf("no node is running")
	return 0
}

func (s *stage) cmdMark([]string, map[string]string) []string {
	s.marked = s.now()
	return nil
}

func (s *stage) cmdTook([]string, map[string]string) []string {
	return []string{"sim: took " + seconds(s.now()-s.marked)}
}

// seconds writes a duration to a tenth, which is what scripts derive by hand.
func seconds(t core.Time) string { return fmt.Sprintf("%.1fs", t.Seconds()) }

// fields are what counters and wait can ask of a node's record.
var fields = map[string]func(r, base core.NodeRecord) int64{
	"from-source":  func(r, b core.NodeRecord) int64 { return int64(r.FromSource - b.FromSource) },
	"from-master":  func(r, b core.NodeRecord) int64 { return int64(r.FromMaster - b.FromMaster) },
	"from-sibling": func(r, b core.NodeRecord) int64 { return int64(r.FromSibling - b.FromSibling) },
	"sent":         func(r, b core.NodeRecord) int64 { return int64(r.Sent - b.Sent) },
	"served":       func(r, b core.NodeRecord) int64 { return int64(r.ChunksServed - b.ChunksServed) },
	"fetched":      func(r, b core.NodeRecord) int64 { return int64(r.ChunksFetched - b.ChunksFetched) },
	"queries":      func(r, b core.NodeRecord) int64 { return int64(r.Queries - b.Queries) },
	"reports":      func(r, b core.NodeRecord) int64 { return int64(r.Reports - b.Reports) },
	"failovers":    func(r, b core.NodeRecord) int64 { return int64(r.Failovers - b.Failovers) },
	"timed-out":    func(r, b core.NodeRecord) int64 { return int64(r.TimedOut - b.TimedOut) },
	"corrupt":      func(r, b core.NodeRecord) int64 { return int64(r.Corrupt - b.Corrupt) },
	"bad-calls":    func(r, b core.NodeRecord) int64 { return int64(r.BadCalls - b.BadCalls) },
	"children":     func(r, _ core.NodeRecord) int64 { return int64(r.Children) },
	"directory":    func(r, _ core.NodeRecord) int64 { return int64(r.DirectoryEntries) },
	"streams":      func(r, _ core.NodeRecord) int64 { return int64(r.Streams) },
	"cached":       func(r, _ core.NodeRecord) int64 { return int64(r.Cached) },
	"locks":        func(r, _ core.NodeRecord) int64 { return int64(r.Locks) },
}

// field reads one field of a node's record in its present life.
func (s *stage) field(a *actor, name string) (got int64) {
	s.t.Helper()
	f := fields[name]
	if f == nil {
		s.fatalf("no field %q", name)
	}
	s.do(a, func(_ core.Network, self core.NodeID) { got = f(a.swarm.Node(self), a.base) })
	return got
}

func (s *stage) cmdCounters(args []string, _ map[string]string) []string {
	a := s.node(args[0])
	line := args[0] + ":"
	for _, name := range args[1:] {
		line += fmt.Sprintf(" %s %d", name, s.field(a, name))
	}
	return []string{line}
}

// cmdWait waits for fields of a node to be what is given, or for a node to follow an upstream.
func (s *stage) cmdWait(args []string, opts map[string]string) []string {
	a := s.node(args[0])
	ok := s.until(func() bool {
		for name, value := range opts {
			if name == "upstream" {
				if s.upstream(a) != value {
					return false
				}
			} else if n, err := strconv.ParseInt(value, 10, 64); err != nil || s.field(a, name) != n {
				return false
			}
		}
		return true
	})
	if !ok {
		s.audit()
		for name := range opts {
			if name == "upstream" {
				s.fatalf("it is %s\n%s", s.upstream(a), s.letters())
			}
			s.fatalf("%s is %d\n%s", name, s.field(a, name), s.letters())
		}
	}
	return nil
}

// letters writes the last messages that each running node has sent, for a script that waits in vain.
func (s *stage) letters() string {
	const most = 20
	var b strings.Builder
	for _, name := range s.order {
		a := s.actors[name]
		if a.probe != nil || !a.running || a.hung {
			continue
		}
		list := slices.DeleteFunc(s.sentBy(a, false), func(x sentMsg) bool {
			return x.m.Kind == core.MsgPing || x.m.Kind == core.MsgPong
		})
		fmt.Fprintf(&b, "  %s sent %d messages besides pings; the last of them:\n", name, len(list))
		for _, x := range list[max(0, len(list)-most):] {
			fmt.Fprintf(&b, "    %v %s %d aux %#x to %s\n", x.m.Kind, s.videoOf(a, x.m.Video), x.m.Chunk, x.m.Aux, s.nameOf(a, x.to))
		}
	}
	return b.String()
}

func (s *stage) upstream(a *actor) string {
	var id core.NodeID
	s.do(a, func(_ core.Network, self core.NodeID) { id = a.swarm.Upstream(self) })
	if id == 0 {
		return "nobody"
	}
	return s.nameOf(a, id)
}

func (s *stage) cmdUpstream(args []string, _ map[string]string) []string {
	return []string{args[0] + " follows " + s.upstream(s.node(args[0]))}
}

// cmdHeld prints which chunks a node has by its index, having checked that the store's bytes are right.
func (s *stage) cmdHeld(args []string, _ map[string]string) []string {
	a, spec := s.node(args[0]), s.videos[args[1]]
	v := s.w.Video(args[0], args[1])
	var chunks []uint32
	s.do(a, func(_ core.Network, self core.NodeID) {
		for c := range spec.Info().Chunks() {
			if a.swarm.Holds(self, core.ChunkID{Video: v, Chunk: c}) {
				chunks = append(chunks, c)
			}
		}
	})
	for _, c := range chunks {
		if err := s.w.Check(args[0], args[1], c); err != nil {
			s.fatalf("chunk %d: %v", c, err)
		}
	}
	return []string{fmt.Sprintf("%s holds %s of %s", args[0], ranges(chunks), args[1])}
}

// ranges writes numbers in the order given, runs of successive ones as first-last.
func ranges(list []uint32) string {
	if len(list) == 0 {
		return "nothing"
	}
	var words []string
	for i := 0; i < len(list); {
		j := i + 1
		for j < len(list) && list[j] == list[j-1]+1 {
			j++
		}
		if j-i >= 3 {
			words = append(words, fmt.Sprintf("%d-%d", list[i], list[j-1]))
		} else {
			for _, n := range list[i:j] {
				words = append(words, fmt.Sprint(n))
			}
		}
		i = j
	}
	return strings.Join(words, " ")
}

// cmdSent prints the chunks of the messages of a kind that a node sent in its present life, since it was last told to
// forget, by receiver.
func (s *stage) cmdSent(args []string, opts map[string]string) []string {
	a := s.node(args[0])
	chunks, order := map[string][]uint32{}, []string(nil)
	for _, x := range s.sentBy(a, false) {
		if x.m.Kind.String() != args[1] {
			continue
		}
		about := ""
		if f, _ := x.m.Kind.Fields(); f&core.FieldVideo != 0 {
			about = " of " + s.videoOf(a, x.m.Video)
		}
		if x.m.Kind == core.MsgReport {
			about += map[uint32]string{core.ReportAdded: " added", core.ReportDeleted: " deleted"}[x.m.Aux]
		}
		to := s.nameOf(a, x.to)
		if opts["to"] != "" && opts["to"] != to {
			continue
		}
		key := fmt.Sprintf("to %s%s", to, about)
		if chunks[key] == nil {
			order = append(order, key)
		}
		chunks[key] = append(chunks[key], x.m.Chunk)
	}
	sort.Strings(order)
	var lines []string
	for _, key := range order {
		line := fmt.Sprintf("%s sent %d %s %s", args[0], len(chunks[key]), args[1], key)
		if strings.Contains(key, " of ") && args[1] != "resolve" {
			line += ": " + ranges(chunks[key])
		}
		lines = append(lines, line)
	}
	if len(lines) == 0 {
		lines = []string{fmt.Sprintf("%s sent no %s", args[0], args[1])}
	}
	return lines
}

// cmdForget makes the sent, count and counters commands begin anew.
func (s *stage) cmdForget(args []string, _ map[string]string) []string {
	for _, name := range args {
		a := s.node(name)
		s.sentBy(a, true)
		s.do(a, func(_ core.Network, self core.NodeID) { a.base = a.swarm.Node(self) })
	}
	return nil
}

// cmdCount checks that a node has sent a number of messages within bounds, where the number depends on chance.
func (s *stage) cmdCount(args []string, opts map[string]string) []string {
	n := 0
	for _, x := range s.sentBy(s.node(args[0]), false) {
		if x.m.Kind.String() == args[1] {
			n++
		}
	}
	if low, high := s.number(opts, "min", 0), s.number(opts, "max", 0); n < low || n > high {
		s.fatalf("%d were sent", n)
	}
	return nil
}
