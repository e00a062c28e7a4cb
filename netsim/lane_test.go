package netsim_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"peerstreamer/core"
	"peerstreamer/netsim"
)

// arrivals lets node 1 send n messages to node 2, one every gap, and returns how long each took beyond the latency.
func arrivals(t *testing.T, cfg netsim.Config, n int, gap core.Time) []core.Time {
	t.Helper()
	if cfg.Latency == nil {
		cfg.Latency = netsim.Constant(30 * core.Millisecond)
	}
	m := &stamps{tape: newTape(0, 0, 0)}
	m.s = netsim.New(cfg, m)
	startAll(m.s, m.s.AddNode("a", netsim.Link{}), m.s.AddNode("b", netsim.Link{}))
	m.at(0, 1, func(net core.Network) { net.Dial(2) })
	m.s.Run(core.Hour)
	begin := core.Hour
	for i := range n {
		m.s.Call(begin+core.Time(i)*gap, 1, func(net core.Network, _ core.NodeID) {
			net.Send(m.conn[[2]core.NodeID{1, 2}], core.Msg{Kind: core.MsgPing, Chunk: uint32(i)})
		})
	}
	m.s.Run(core.Never)
	if len(m.at2) != n {
		t.Fatalf("%d of %d messages came", len(m.at2), n)
	}
	extra := make([]core.Time, n)
	for i, at := range m.at2 {
		if m.order[i] != uint32(i) {
			t.Fatalf("message %d came as number %d", m.order[i], i)
		}
		extra[i] = at - begin - core.Time(i)*gap - m.s.Latency(1, 2)
	}
	return extra
}

// stamps is a tape that knows when messages came, and which.
type stamps struct {
	*tape
	at2   []core.Time
	order []uint32
}

func (m *stamps) OnMsg(net core.Network, _ core.NodeID, _ core.Conn, msg core.Msg) {
	m.at2, m.order = append(m.at2, net.Now()), append(m.order, msg.Chunk)
}

// TestJitter: messages that are further apart than the jitter are late by a uniform draw; its mean is half the jitter,
// within five standard errors of jitter/sqrt(12n).
func TestJitter(t *testing.T) {
	const n = 2000
	jitter := 20 * core.Millisecond
	sum, late := core.Time(0), 0
	for _, d := range arrivals(t, netsim.Config{Seed: 1, Jitter: jitter}, n, core.Second) {
		if d < 0 || d > jitter {
			t.Fatalf("a message is late by %v", d)
		}
		if d > jitter*9/10 {
			late++
		}
		sum += d
	}
	if got, sigma := float64(sum)/n, float64(jitter)/math.Sqrt(12*n); math.Abs(got-float64(jitter)/2) > 5*sigma {
		t.Errorf("on average late by %.0f ns, want %v", got, jitter/2)
	}
	if late < n/10-70 || late > n/10+70 { // 5 sigma of a binomial
		t.Errorf("%d of %d are late by more than nine tenths of the jitter", late, n)
	}
}

// TestJitterKeepsOrder: messages sent within one jitter do not overtake each other, so they pile up behind the latest.
func TestJitterKeepsOrder(t *testing.T) {
	extra := arrivals(t, netsim.Config{Seed: 1, Jitter: 20 * core.Millisecond}, 500, core.Millisecond)
	behind := 0
	for i := 1; i < len(extra); i++ {
		if extra[i]+core.Millisecond == extra[i-1] {
			behind++
		}
	}
	if behind < 100 {
		t.Errorf("only %d of 500 messages came together with the one before", behind)
	}
}

// TestFarLosses: on the longest path a lost message waits for what its timeout can be at most.
func TestFarLosses(t *testing.T) {
	const most = (1<<32 - 1) * core.Microsecond
	late := 0
	far := netsim.Config{Seed: 1, Latency: netsim.Constant(1099 * core.Second), Loss: netsim.Loss{Middle: 100_000}}
	for _, d := range arrivals(t, far, 20, 100*core.Hour) {
		if d%most != 0 {
			t.Errorf("a message is late by %d ns, want a multiple of %d", d, most)
		}
		late += int(d / most)
	}
	if late == 0 {
		t.Error("no message was lost")
	}
}

// TestLostMessages: of messages far apart a share p waits for one timeout of 200 ms, p*p for one of 400 ms more, and so on.
func TestLostMessages(t *testing.T) {
	const n = 5000
	count := map[core.Time]int{}
	for _, d := range arrivals(t, netsim.Config{Seed: 3, Loss: netsim.Loss{Middle: 100_000}}, n, core.Minute) {
		count[d/core.Millisecond]++
	}
	total := 0
	for k, p := 0, 0.9; k < 4; k, p = k+1, p*0.1 {
		at := core.Time(200 * (1<<k - 1))
		want, sigma := n*p, math.Sqrt(n*p*(1-p))
		if got := float64(count[at]); math.Abs(got-want) > 5*sigma+1 {
			t.Errorf("late by %d ms: %.0f messages, want %.0f", at, got, want)
		}
		total += count[at]
	}
	if total < n-5 {
		t.Errorf("of %d messages %d are late by no sum of timeouts: %v", n, n-total, count)
	}
}

// TestLossDelaysThoseBehind: a message that is lost holds up what was sent after it.
func TestLossDelaysThoseBehind(t *testing.T) {
	extra := arrivals(t, netsim.Config{Seed: 1, Loss: netsim.Loss{Middle: 50_000}}, 400, 10*core.Millisecond)
	held := 0
	for i := 1; i < len(extra); i++ {
		if d := extra[i-1] - extra[i]; extra[i] > 0 && d == 10*core.Millisecond {
			held++
		}
	}
	if held < 100 { // about 20 are lost, and 19 or so come behind each of them
		t.Errorf("%d messages were held up by one before", held)
	}
}

// TestTimeoutGrowsWithTheRoundTrip: at a round trip of 300 ms a lost message waits for 600 ms.
func TestTimeoutGrowsWithTheRoundTrip(t *testing.T) {
	cfg := netsim.Config{Seed: 1, Latency: netsim.Constant(150 * core.Millisecond), Loss: netsim.Loss{Middle: netsim.MaxLoss}}
	m := newPlaced(2, 0, cfg)
	m.at(0, 1, func(net core.Network) { net.Dial(2) })
	m.s.Run(core.Hour)
	m.lines = nil
	for i := range 20 {
		m.s.Call(core.Hour+core.Time(i)*core.Minute, 1, func(net core.Network, _ core.NodeID) {
			net.Send(m.conn[[2]core.NodeID{1, 2}], core.Msg{Kind: core.MsgPing, Chunk: uint32(i)})
		})
	}
	m.s.Run(core.Never)
	once, late := 0, 0
	for i, line := range m.lines {
		var at float64
		if _, err := fmt.Sscanf(line, "%f", &at); err != nil {
			t.Fatal(err)
		}
		switch extra := at - 3.6e6 - float64(i)*6e4; extra {
		case 150:
			once++
		case 750, 1950, 4350:
			late++
		default:
			t.Errorf("%s: after %v ms", line, extra)
		}
	}
	if once == 0 || late == 0 {
		t.Errorf("%d came at once, %d were late:\n%s", once, late, strings.Join(m.lines, "\n"))
	}
}

// TestLanesAreTheirOwn: jitter on one connection does not depend on what another does.
func TestLanesAreTheirOwn(t *testing.T) {
	run := func(busy bool) string {
		m := newPlaced(3, 0, netsim.Config{Seed: 1, Latency: netsim.Constant(1), Jitter: core.Second, Loss: netsim.Loss{Middle: 1000}})
		m.at(0, 1, func(net core.Network) {
			if busy {
				net.Dial(3)
			}
			net.Dial(2)
		})
		m.at(5000, 1, func(net core.Network) {
			if busy {
				net.Send(m.conn[[2]core.NodeID{1, 3}], core.Msg{Kind: core.MsgPing})
			}
			net.Send(m.conn[[2]core.NodeID{1, 2}], core.Msg{Kind: core.MsgPing})
		})
		m.s.Run(core.Never)
		var kept []string
		for _, line := range m.lines {
			if strings.Contains(line, " 2 ") {
				kept = append(kept, line)
			}
		}
		return strings.Join(kept, "\n")
	}
	if alone, busy := run(false), run(true); alone != busy || !strings.Contains(alone, "ping") {
		t.Errorf("alone:\n%s\nbeside another connection:\n%s", alone, busy)
	}
}

// TestLanesDiffer: two connections that a node opens at once have draws of their own, and so has a connection that is
// opened anew.
func TestLanesDiffer(t *testing.T) {
	m := newPlaced(3, 0, netsim.Config{Seed: 1, Latency: netsim.Constant(1), Jitter: core.Second})
	for i := range 3 {
		m.at(float64(10_000*i), 1, func(net core.Network) { net.Dial(2); net.Dial(3) })
		m.at(float64(10_000*i+5000), 1, func(net core.Network) {
			net.Close(m.conn[[2]core.NodeID{1, 2}], core.Cancelled)
			net.Close(m.conn[[2]core.NodeID{1, 3}], core.Cancelled)
		})
	}
	m.s.Run(core.Never)
	took := map[int]bool{} // how long dials took to arrive, in ms
	for _, line := range m.lines {
		var at float64
		if _, err := fmt.Sscanf(line, "%f", &at); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(line, "open peer 1") {
			took[int(at)%10_000] = true
		}
	}
	if len(took) != 6 {
		t.Errorf("six dials took %v ms", took)
	}
}

// TestLanesAllocateNothing: a message over a connection with jitter and loss costs no memory.
func TestLanesAllocateNothing(t *testing.T) {
	m := &bouncer{}
	s := netsim.New(netsim.Config{Seed: 1, Latency: netsim.Coordinates{Side: core.Second / 10}, Jitter: core.Millisecond,
		Loss: netsim.Loss{Middle: 10_000}}, m)
	startAll(s, s.AddNode("a", netsim.Link{}), s.AddNode("b", netsim.Link{}))
	s.Call(0, 1, func(net core.Network, _ core.NodeID) { net.Send(net.Dial(2), core.Msg{Kind: core.MsgPing}) })
	s.Run(core.Hour)
	if n := testing.AllocsPerRun(10, func() { s.Run(s.Now() + core.Minute) }); n != 0 {
		t.Errorf("a minute of messages allocates %v times", n)
	}
	if m.bounces < 1000 {
		t.Errorf("only %d messages", m.bounces)
	}
}

// bouncer answers every message with another.
type bouncer struct {
	idle
	bounces int
}

func (m *bouncer) OnMsg(net core.Network, _ core.NodeID, c core.Conn, msg core.Msg) {
	m.bounces++
	net.Send(c, msg)
}

// TestLanesGolden pins what a seed draws, on every architecture.
func TestLanesGolden(t *testing.T) {
	cfg := netsim.Config{Seed: 7, Jitter: core.Second, Loss: netsim.Loss{Middle: netsim.MaxLoss}}
	want := []core.Time{515693978, 474414829, 711809370, 493302187, 603255456,
		604623437, 990704688, 888094623, 979566498, 94886443}
	if diff := cmp.Diff(want, arrivals(t, cfg, 10, core.Minute)); diff != "" {
		t.Errorf("messages are late by (-want +got):\n%s", diff)
	}
}
