package coretest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"peerstreamer/core"
)

// TestNetwork checks that the network behind the Worlds of makeWorld keeps what core/network.go says: contracts C1-C7
// and the doc comments of Network and Machine. Each subtest has a fresh World and is named after what it claims. All
// nodes run Recorders inside Audits, so that each subtest also checks what an Audit can see. On a correct network it
// takes milliseconds of CPU in a simulated World and a few seconds on TCP.
func TestNetwork(t *testing.T, makeWorld func(t *testing.T) World) {
	for _, c := range checks {
		t.Run(c.name, func(t *testing.T) {
			runCheck(t, makeWorld(t), c)
		})
	}
	t.Run("Simulated/SameInputsSameHistory", func(t *testing.T) {
		checkSameHistory(t, makeWorld(t), makeWorld(t))
	})
}

// checkSameHistory is C5: the same random things done twice give the same events at the same times. The histories of a
// real World depend on more than the nodes' inputs.
func checkSameHistory(t testing.TB, one, two World) {
	if !one.Simulated() {
		one.Close()
		two.Close()
		return
	}
	var logs [2]string
	for i, w := range []World{one, two} {
		runCheck(t, w, check{"Chaos", func(b *bench) {
			chaos(b, 3)
			for _, n := range b.nodes {
				for _, e := range n.rec.Log() {
					logs[i] += fmt.Sprintf("%s %v\n", n.name, e)
				}
			}
		}})
	}
	if diff := cmp.Diff(logs[0], logs[1]); diff != "" {
		t.Errorf("C5: two runs of the same nodes differ:\n%s", diff)
	}
}

// check is one claim about a network.
type check struct {
	name string
	run  func(b *bench)
}

// checks are in the order of core/network.go's contracts.
var checks = func() (all []check) {
	for _, group := range [][]check{connChecks, messageChecks, timerChecks, flowChecks, cutChecks, lifeChecks, chaosChecks} {
		all = append(all, group...)
	}
	return all
}()

func runCheck(t testing.TB, w World, c check) {
	b := &bench{t: t, w: w}
	defer w.Close()
	c.run(b)
	b.audit()
}

// Limits on waiting. A check that must see nothing happen waits for settle; in a real World that is a compromise between
// what a fault would take to show and the time that a correct network wastes.
const (
	patience   = 20 * core.Second
	settleSim  = 20 * core.Second
	settleReal = 120 * core.Millisecond
)

// bench is a World with its recorded nodes, for the length of one check.
type bench struct {
	t     testing.TB
	w     World
	nodes []*node
}

// node is one of a bench's nodes.
type node struct {
	b    *bench
	name string
	rec  *Recorder
	aud  *Audit
}

// add declares a node with a Recorder.
func (b *bench) add(spec NodeSpec) *node {
	b.t.Helper()
	rec := &Recorder{}
	n := &node{b: b, name: spec.Name, rec: rec, aud: NewAudit(rec)}
	spec.Machine = func() core.Machine { return n.aud }
	spec.OnDeliver = rec.Delivered
	b.w.Add(spec)
	b.nodes = append(b.nodes, n)
	return n
}

// start declares and starts a node.
func (b *bench) start(spec NodeSpec) *node {
	b.t.Helper()
	n := b.add(spec)
	b.w.Start(n.name)
	return n
}

// until waits for cond, or fails the test with all nodes' logs.
func (b *bench) until(what string, cond func() bool) {
	b.t.Helper()
	if !b.w.Until(patience, cond) {
		b.audit()
		b.fatalf("%s: did not happen", what)
	}
}

// settle lets the World run until whatever was to come has come.
func (b *bench) settle() {
	d := settleReal
	if b.w.Simulated() {
		d = settleSim
	}
	b.w.Until(d, func() bool { return false })
}

// fatalf fails the test and prints what each node has seen.
func (b *bench) fatalf(format string, args ...any) {
	b.t.Helper()
	var logs strings.Builder
	for _, n := range b.nodes {
		fmt.Fprintf(&logs, "  what %s saw:\n%s", n.name, transcript(n.rec.Log()))
	}
	b.t.Fatalf("%s\n%s", fmt.Sprintf(format, args...), logs.String())
}

// audit reports the contracts that any node saw broken.
func (b *bench) audit() {
	b.t.Helper()
	for _, n := range b.nodes {
		for i, f := range n.aud.Faults() {
			if i == 5 {
				b.t.Errorf("%s: and more", n.name)
				break
			}
			b.t.Errorf("%s: %s", n.name, f)
		}
	}
}

// do runs f as a callback of the node.
func (n *node) do(f func(net core.Network)) {
	n.b.t.Helper()
	n.b.w.Do(n.name, func(net core.Network, self core.NodeID) {
		n.aud.Do(net, self, func(net core.Network, _ core.NodeID) { f(net) })
	})
}

// dial dials another node and returns the connection.
func (n *node) dial(to *node) (c core.Conn) {
	n.b.t.Helper()
	peer := n.b.w.Peer(n.name, to.name)
	n.do(func(net core.Network) { c = net.Dial(peer) })
	return c
}

// connect dials another node and returns both ends of the open connection.
func (n *node) connect(to *node) (here, there core.Conn) {
	n.b.t.Helper()
	seen := to.count(OnOpen)
	here = n.dial(to)
	n.b.until(fmt.Sprintf("connection from %s to %s", n.name, to.name), func() bool {
		return n.lastOn(here).Kind == OnOpen && to.count(OnOpen) > seen
	})
	return here, to.last(OnOpen).Conn
}

func (n *node) send(c core.Conn, m core.Msg) {
	n.b.t.Helper()
	n.do(func(net core.Network) { net.Send(c, m) })
}

func (n *node) close(c core.Conn, why core.Reason) {
	n.b.t.Helper()
	n.do(func(net core.Network) { net.Close(c, why) })
}

func (n *node) video(name string) core.Video { return n.b.w.Video(n.name, name) }

// find returns the events of a kind.
func (n *node) find(k EventKind) (found []Event) {
	for _, e := range n.rec.Log() {
		if e.Kind == k {
			found = append(found, e)
		}
	}
	return found
}

func (n *node) count(k EventKind) int { return len(n.find(k)) }

// last returns the last event of a kind, or the zero Event.
func (n *node) last(k EventKind) Event {
	if found := n.find(k); len(found) > 0 {
		return found[len(found)-1]
	}
	return Event{}
}

// lastOn returns the last event that concerns a connection, or the zero Event.
func (n *node) lastOn(c core.Conn) (last Event) {
	for _, e := range n.rec.Log() {
		if e.Conn == c {
			last = e
		}
	}
	return last
}

// flows returns the events of one end of flows: tag 0 for what the node received.
func (n *node) flows(tag uint32) (found []core.FlowEvent) {
	for _, e := range n.find(OnFlow) {
		if e.Flow.Tag == tag {
			found = append(found, e.Flow)
		}
	}
	return found
}

// kinds is what flows returns, without the details.
func (n *node) kinds(tag uint32) (kinds []core.FlowKind) {
	for _, e := range n.flows(tag) {
		kinds = append(kinds, e.Kind)
	}
	return kinds
}

func kindsText(kinds []core.FlowKind) string {
	var words []string
	for _, k := range kinds {
		words = append(words, flowKindText[k])
	}
	return strings.Join(words, " ")
}

// want fails the test unless got, one of the bench's observations, is what the contract says.
func want[T comparable](b *bench, what string, want, got T) {
	b.t.Helper()
	if want != got {
		b.fatalf("%s: want %v, got %v", what, want, got)
	}
}
