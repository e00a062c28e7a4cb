package coretest

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"peerstreamer/core"
)

// stage is a script's World with its actors: nodes, which run core.Swarm with the classic policy, and probes.
type stage struct {
	t      testing.TB
	w      World
	where  string      // file, line and command, for what is fatal
	swarm  *core.Swarm // the last one made, which is the only one of a simulated World, ...
	around *Audit      // ... and the Audit around it
	audits []*Audit    // of Swarms and probes
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
	swarm   *core.Swarm // of its present life; nil: a probe
	aud     *Audit
	probe   *probe // nil: a node
	running bool
	hung    bool
	base    core.NodeRecord // what counters leave out: what was counted before this life, or before forget

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
	return &stage{t: t, w: w, videos: map[string]VideoSpec{}, actors: map[string]*actor{},
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
		s.know(opts, "stream n sorted kind as")
		return s.runProbe(a, args[0], args[1:], opts)
	}
	c, ok := commands[words[0]]
	if !ok {
		s.fatalf("no such command and no such probe")
	}
	if len(args) < c.args {
		s.fatalf("want %d arguments", c.args)
	}
	s.know(opts, c.keys)
	return c.run(s, args, opts)
}

// know fails the script if it says key=value with a key that means nothing there. The key * stands for all.
func (s *stage) know(opts map[string]string, keys string) {
	s.t.Helper()
	for key := range opts {
		if keys != "*" && !slices.Contains(strings.Fields(keys), key) {
			s.fatalf("no option %q here: want one of %s", key, keys)
		}
	}
}

// split separates key=value words from the others.
func split(words []string) (args []string, opts map[string]string) {
	opts = map[string]string{}
	for _, w := range words {
		if k, v, ok := strings.Cut(w, "="); ok && k != "" {
			opts[k] = v
		} else {
			args = append(args, w)
		}
	}
	return args, opts
}

// commands are the script language's words, probes' verbs aside.
var commands = map[string]struct {
	args int    // at least
	keys string // options
	run  func(s *stage, args []string, opts map[string]string) []string
}{
	"video":    {1, "chunks size piece last", (*stage).cmdVideo},
	"node":     {1, "master super owns store up nat", (*stage).cmdNode},
	"probe":    {1, "listen mute", (*stage).cmdProbe},
	"start":    {1, "", (*stage).cmdStart},
	"kill":     {1, "", (*stage).cmdKill},
	"restart":  {1, "store", (*stage).cmdRestart},
	"hang":     {1, "", (*stage).cmdHang},
	"resume":   {1, "", (*stage).cmdResume},
	"view":     {1, "at of from as", (*stage).cmdView},
	"read":     {2, "every", (*stage).cmdRead},
	"watch":    {1, "", (*stage).cmdWatch},
	"leave":    {1, "", (*stage).cmdLeave},
	"run":      {1, "", (*stage).cmdRun},
	"wait":     {1, "*", (*stage).cmdWait},
	"mark":     {0, "", (*stage).cmdMark},
	"took":     {0, "", (*stage).cmdTook},
	"counters": {2, "", (*stage).cmdCounters},
	"held":     {2, "", (*stage).cmdHeld},
	"upstream": {1, "", (*stage).cmdUpstream},
	"sent":     {2, "to", (*stage).cmdSent},
	"count":    {2, "min max", (*stage).cmdCount},
	"forget":   {1, "", (*stage).cmdForget},
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

// audit reports the contracts that were broken on this stage.
func (s *stage) audit() {
	const most = 5
	for _, a := range s.audits {
		faults := a.Faults()
		for _, f := range faults[:min(most, len(faults))] {
			s.t.Error(f)
		}
		if len(faults) > most {
			s.t.Errorf("and %d more", len(faults)-most)
		}
	}
}
