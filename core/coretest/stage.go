package coretest

import (
	"fmt"
	"sort"
	"strconv"
	"strings"
	"sync"
	"testing"

	"peerstreamer/core"
)

// stage is a script's World with its actors: nodes, which run core.Swarm with the classic policy, and probes.
type stage struct {
	t      testing.TB
	w      World
	where  string // file, line and command, for what is fatal
	cfg    core.Config
	shared *Audit // the one Swarm of a simulated World
	swarm  *core.Swarm
	videos map[string]VideoSpec
	names  []string // of videos, in the order of mention
	actors map[string]*actor
	order  []string // of actors
	views  map[string]*viewer
	marked core.Time

	mu   sync.Mutex // callbacks of all nodes write
	sent map[sender][]sentMsg
}

// actor is a node or a probe.
type actor struct {
	spec    NodeSpec
	swarm   *core.Swarm // nil: a probe
	aud     *Audit
	rec     *Recorder // nil: a node
	probe   *probe
	running bool
	hung    bool
	base    core.NodeRecord // what was counted in earlier lives

	mu    sync.Mutex // the node's callbacks write what the test's goroutine reads
	reach map[core.View]core.Delivery
}

// How long a script waits for what must come: in a simulated World longer than it takes to try a lost master again, and
// shorter than it takes to reap an idle stream, which must not pass for tidiness.
const (
	scriptPatienceSim  = 45 * core.Second
	scriptPatienceReal = 15 * core.Second
)

func newStage(t testing.TB, w World) *stage {
	return &stage{t: t, w: w, cfg: core.DefaultConfig(), videos: map[string]VideoSpec{}, actors: map[string]*actor{},
		views: map[string]*viewer{}, sent: map[sender][]sentMsg{}}
}

func (s *stage) fatalf(format string, args ...any) {
	s.t.Helper()
	s.t.Fatalf("%s: %s", s.where, fmt.Sprintf(format, args...))
}

// until waits for cond and returns whether it came true.
func (s *stage) until(cond func() bool) bool {
	limit := scriptPatienceReal
	if s.w.Simulated() {
		limit = scriptPatienceSim
	}
	return s.w.Until(limit, cond)
}

// run carries out a command and returns what it prints.
func (s *stage) run(words []string) []string {
	s.t.Helper()
	args, opts := split(words[1:])
	if a := s.actors[words[0]]; a != nil && a.probe != nil && len(args) > 0 {
		return s.runProbe(a, args[0], args[1:], opts)
	}
	c, ok := commands[words[0]]
	if !ok {
		s.fatalf("no such command and no such probe")
	}
	if len(args) < c.args {
		s.fatalf("want %d arguments", c.args)
	}
	return c.run(s, args, opts)
}

// split separates key=value words from the others.
func split(words []string) (args []string, opts map[string]string) {
	opts = map[string]string{}
	for _, w := range words {
		if k, v, ok := strings.Cut(w, "="); ok && k != "" && !strings.ContainsAny(k, "<>") {
			opts[k] = v
		} else {
			args = append(args, w)
		}
	}
	return args, opts
}

// commands are the script language's words, probes' verbs aside.
var commands map[string]struct {
	args int // at least
	run  func(*stage, []string, map[string]string) []string
}

func init() { // a literal would be an initialisation cycle
	type c = struct {
		args int
		run  func(*stage, []string, map[string]string) []string
	}
	commands = map[string]c{
		"video": {1, (*stage).cmdVideo}, "config": {0, (*stage).cmdConfig},
		"node": {1, (*stage).cmdNode}, "probe": {1, (*stage).cmdProbe},
		"start": {1, (*stage).cmdStart}, "kill": {1, (*stage).cmdKill}, "restart": {1, (*stage).cmdRestart},
		"hang": {1, (*stage).cmdHang}, "resume": {1, (*stage).cmdResume},
		"run": {1, (*stage).cmdRun}, "mark": {0, (*stage).cmdMark}, "took": {0, (*stage).cmdTook},
		"wait": {1, (*stage).cmdWait}, "counters": {2, (*stage).cmdCounters}, "held": {2, (*stage).cmdHeld},
		"sent": {2, (*stage).cmdSent}, "forget": {1, (*stage).cmdForget}, "upstream": {1, (*stage).cmdUpstream},
		"view": {1, (*stage).cmdView}, "read": {2, (*stage).cmdRead}, "watch": {1, (*stage).cmdWatch},
		"leave": {1, (*stage).cmdLeave}, "seek": {2, (*stage).cmdSeek}, "count": {2, (*stage).cmdCount},
	}
}

func (s *stage) cmdVideo(args []string, opts map[string]string) []string {
	v := VideoSpec{Name: args[0], ChunkSize: s.bytes(opts, "size", 4*core.KiB)}
	v.PieceSize = s.bytes(opts, "piece", v.ChunkSize/4)
	v.Length = core.Bytes(s.number(opts, "chunks", 1)-1)*v.ChunkSize + s.bytes(opts, "last", v.ChunkSize)
	v.Duration = s.time(opts, "duration", 0)
	s.videos[v.Name] = v
	s.mention(v.Name)
	return nil
}

func (s *stage) cmdConfig(_ []string, opts map[string]string) []string {
	s.cfg.ReadAhead = uint32(s.number(opts, "readahead", int(s.cfg.ReadAhead)))
	s.cfg.MaxWaiting = uint32(s.number(opts, "maxwaiting", int(s.cfg.MaxWaiting)))
	s.cfg.MaxStreams = uint32(s.number(opts, "maxstreams", int(s.cfg.MaxStreams)))
	if opts["relay"] == "chunk" {
		s.cfg.Relay = core.RelayChunk
	}
	return nil
}

func (s *stage) cmdNode(args []string, opts map[string]string) []string {
	a := s.declare(NodeSpec{Name: args[0], Master: opts["master"], Supermaster: opts["super"], Source: opts["source"],
		Slots: int32(s.number(opts, "slots", 0)), StoreChunks: int32(s.number(opts, "store", 0)),
		Uplink: s.rate(opts, "up"), Downlink: s.rate(opts, "down")})
	if opts["owns"] != "" {
		a.spec.IsSource = opts["master"] == ""
		for name := range strings.SplitSeq(opts["owns"], ",") {
			a.spec.Owns = append(a.spec.Owns, s.videos[name])
		}
	}
	a.spec.Machine = func() core.Machine {
		if s.w.Simulated() && s.shared != nil {
			a.swarm, a.aud = s.swarm, s.shared
			return a.aud
		}
		a.swarm = core.NewSwarm(s.cfg.Scale(s.w.TimeScale()), core.NewClassic(core.DefaultClassic()))
		a.aud = NewAudit(a.swarm)
		aud := a.aud
		aud.OnSend = func(self, to core.NodeID, m core.Msg) { s.noteSent(sender{aud, self}, to, m) }
		s.swarm, s.shared = a.swarm, a.aud
		return a.aud
	}
	a.reach = map[core.View]core.Delivery{}
	a.spec.OnDeliver = func(v core.View, d core.Delivery) {
		a.mu.Lock()
		defer a.mu.Unlock()
		a.reach[v] = d
	}
	s.w.Add(a.spec)
	return nil
}

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

func (s *stage) declare(spec NodeSpec) *actor {
	if s.actors[spec.Name] != nil {
		s.fatalf("%s exists", spec.Name)
	}
	a := &actor{spec: spec}
	s.actors[spec.Name] = a
	s.order = append(s.order, spec.Name)
	return a
}

// node returns a node, which must be running.
func (s *stage) node(name string) *actor {
	s.t.Helper()
	a := s.actors[name]
	if a == nil {
		s.fatalf("no node %q", name)
	}
	if !a.running || a.hung {
		s.fatalf("%s is not running", name)
	}
	return a
}

func (s *stage) do(a *actor, f func(net core.Network, self core.NodeID)) {
	s.t.Helper()
	s.w.Do(a.spec.Name, func(net core.Network, self core.NodeID) { a.aud.Do(net, self, f) })
}

func (s *stage) cmdStart(args []string, _ map[string]string) []string {
	for _, name := range args {
		a := s.actors[name]
		if a == nil {
			s.fatalf("no node %q", name)
		}
		s.w.Start(name)
		a.running = true
	}
	return nil
}

func (s *stage) cmdKill(args []string, _ map[string]string) []string {
	for _, name := range args {
		a := s.node(name)
		if s.w.Simulated() && a.probe == nil {
			s.do(a, func(_ core.Network, self core.NodeID) { a.base = a.swarm.Node(self) })
		}
		if a.probe == nil {
			s.sentBy(a, true)
		}
		s.w.Kill(name)
		a.running = false
	}
	return nil
}

func (s *stage) cmdRestart(args []string, opts map[string]string) []string {
	for _, name := range args {
		a := s.actors[name]
		s.w.Restart(name, opts["store"] != "lost")
		a.running = true
	}
	return nil
}

func (s *stage) cmdHang(args []string, _ map[string]string) []string {
	for _, name := range args {
		s.node(name).hung = true
		s.w.Hang(name)
	}
	return nil
}

func (s *stage) cmdResume(args []string, _ map[string]string) []string {
	for _, name := range args {
		s.w.Resume(name)
		s.actors[name].hung = false
	}
	return nil
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
		for name := range opts {
			if name == "upstream" {
				s.fatalf("it is %s", s.upstream(a))
			}
			s.fatalf("%s is %d", name, s.field(a, name))
		}
	}
	return nil
}

func (s *stage) upstream(a *actor) string {
	var id core.NodeID
	s.do(a, func(_ core.Network, self core.NodeID) { id = a.swarm.Upstream(self) })
	if id == 0 {
		return "nobody"
	}
	return s.nameOf(a, id)
}

// nameOf returns the name of a handle at a node.
func (s *stage) nameOf(at *actor, id core.NodeID) string {
	for _, name := range s.order {
		if !s.actors[name].spec.Silent && s.w.Peer(at.spec.Name, name) == id {
			return name
		}
	}
	return "somebody"
}

// mention makes a video's name known, so that its handles can be told.
func (s *stage) mention(name string) {
	for _, n := range s.names {
		if n == name {
			return
		}
	}
	s.names = append(s.names, name)
}

func (s *stage) videoOf(at *actor, v core.Video) string {
	for _, name := range s.names {
		if s.w.Video(at.spec.Name, name) == v {
			return name
		}
	}
	return fmt.Sprintf("video %d", v)
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

func (s *stage) cmdForget(args []string, _ map[string]string) []string {
	for _, name := range args {
		s.sentBy(s.node(name), true)
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

// audit reports the contracts that were broken on this stage.
func (s *stage) audit() {
	seen := map[*Audit]bool{}
	for _, name := range s.order {
		a := s.actors[name]
		if a.aud == nil || seen[a.aud] {
			continue
		}
		seen[a.aud] = true
		for i, f := range a.aud.Faults() {
			if i == 5 {
				s.t.Errorf("%s: and more", name)
				break
			}
			s.t.Errorf("%s: %s", name, f)
		}
	}
}
