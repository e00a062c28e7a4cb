package netsim_test

import (
	"fmt"
	"math"
	"testing"

	"pgregory.net/rapid"

	"peerstreamer/core"
	"peerstreamer/netsim"
	"peerstreamer/netsim/maxmin"
)

func TestPPM(t *testing.T) {
	for _, c := range []struct {
		text string
		want netsim.PPM
		back string
	}{
		{"1%", 10_000, "1%"}, {"0.5%", 5_000, "0.5%"}, {"0.0001%", 1, "0.0001%"}, {"100%", 1_000_000, "100%"},
		{"12.3400%", 123_400, "12.34%"}, {"0%", 0, "0%"}, {"2.%", 20_000, "2%"},
	} {
		got, err := netsim.ParsePPM(c.text)
		if err != nil || got != c.want || got.String() != c.back {
			t.Errorf("%s is %d, written %v, error %v; want %d, written %s", c.text, got, got, err, c.want, c.back)
		}
	}
	for _, text := range []string{"", "%", "1", "0.01", "-1%", "101%", "1e1%", "0.00001%", ".5%", "1 %", "9999999999%"} {
		if got, err := netsim.ParsePPM(text); err == nil {
			t.Errorf("%q is %d, want an error", text, got)
		}
	}
}

// TestPathLoss: a packet must survive every part of its way.
func TestPathLoss(t *testing.T) {
	l := netsim.Loss{Middle: 10_000, Access: []netsim.PPM{0, 20_000, 0, 200_000}}
	for _, c := range []struct {
		a, b core.NodeID
		want netsim.PPM
	}{
		{2, 4, 10_000},  // the middle alone; node 4 is beyond the table
		{1, 2, 29_800},  // 1 - 0.99 x 0.98
		{2, 1, 29_800},  //
		{1, 3, 223_840}, // 1 - 0.99 x 0.98 x 0.8
	} {
		if got := netsim.PathLoss(&l, c.a, c.b); got != c.want {
			t.Errorf("between %d and %d: %d, want %d", c.a, c.b, got, c.want)
		}
	}
}

// TestLossyRate compares rates with the formulas in real numbers, and with figures that must never change, on any
// architecture. Shares are thousandths of a byte per second.
func TestLossyRate(t *testing.T) {
	ms := core.Millisecond
	for _, c := range []struct {
		rtt     core.Time
		loss    netsim.PPM
		ackEach bool
		want    maxmin.Share
	}{
		{100 * ms, 10_000, false, 126439709}, // 1460 B x sqrt(3/4) / (0.1 s x sqrt(0.01))
		{100 * ms, 10_000, true, 178812751},  // 1460 B x sqrt(3/2) / (0.1 s x sqrt(0.01))
		{40 * ms, 100, false, 3160992828},    // 1460 B x sqrt(3/4) / (0.04 s x sqrt(0.0001))
		{100 * ms, 20_000, false, 89406375},  // the last of the first formula
		{100 * ms, 20_001, false, 81935200},  // 1460 B / (0.1 s x 0.16330 + 0.2 s x 0.36743 x 0.020257)
		{300 * ms, 100_000, false, 8361302},  // 1460 B / (0.3 s x 0.36515 + 0.6 s x 0.82158 x 0.132)
		{80 * ms, 400_000, true, 2749985},    // 1460 B / (0.08 s x 0.51640 + 0.2 s x 1 x 2.448)
		{ms, 488_000, false, 1733600},
		{core.Minute, 1, false, 21073294},
	} {
		got := netsim.LossyRate(c.rtt, c.loss, c.ackEach)
		p, b := float64(c.loss)/1e6, 2.0
		if c.ackEach {
			b = 1
		}
		per := c.rtt.Seconds() * math.Sqrt(2*b*p/3)
		if c.loss > 20_000 {
			timeout := max(0.2, 2*c.rtt.Seconds())
			per += timeout * min(1, 3*math.Sqrt(3*b*p/8)) * p * (1 + 32*p*p)
		}
		if real := 1460 / per * 1000; math.Abs(float64(got)-real) > 1e-5*real {
			t.Errorf("round trip %v, loss %v: %d, the formula says %.1f", c.rtt, c.loss, got, real)
		}
		if got != c.want {
			t.Errorf("round trip %v, loss %v: %d, want %d", c.rtt, c.loss, got, c.want)
		}
	}
	for _, got := range []maxmin.Share{netsim.LossyRate(0, 1000, false), netsim.LossyRate(ms, 0, false), netsim.LossyRate(1, 1, true)} {
		if got < maxmin.Share(1e12) {
			t.Errorf("without a round trip or loss the rate is %d", got)
		}
	}
}

// TestLossyRateFalls: more loss or a longer way is never faster.
func TestLossyRateFalls(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rtt := core.Time(rapid.Int64Range(1000, int64(10*core.Second)).Draw(t, "rtt"))
		loss := netsim.PPM(rapid.Uint32Range(1, 480_000).Draw(t, "loss"))
		ack := rapid.Bool().Draw(t, "ack each")
		rate := netsim.LossyRate(rtt, loss, ack)
		if more := netsim.LossyRate(rtt, loss+1+netsim.PPM(rapid.Uint32Range(0, 8_000).Draw(t, "more")), ack); more > rate {
			t.Errorf("with more loss %d, with less %d", more, rate)
		}
		if longer := netsim.LossyRate(rtt+core.Time(rapid.Int64Range(1, 1e9).Draw(t, "longer")), loss, ack); longer > rate {
			t.Errorf("with a longer round trip %d, with a shorter one %d", longer, rate)
		}
		if rate <= 0 {
			t.Errorf("the rate is %d", rate)
		}
	})
}

// TestLossLimitsFlows: over a path that loses 1 % with a round trip of 100 ms a chunk of a million bytes takes
// 1e6 B / 126,439.701 B/s, however fast the links are; one that loses nothing takes what its uplink takes.
func TestLossLimitsFlows(t *testing.T) {
	for _, c := range []struct {
		name string
		loss netsim.Loss
		want float64
	}{
		{"middle", netsim.Loss{Middle: 10_000}, 1e6 / 126439.701},
		{"receiver's access", netsim.Loss{Access: []netsim.PPM{0, 0, 10_000}}, 1e6 / 126439.701},
		{"an ACK for each", netsim.Loss{Middle: 10_000, AckEach: true}, 1e6 / 178812.763},
		{"somebody else's access", netsim.Loss{Access: []netsim.PPM{0, 0, 0, 10_000}}, 0.1},
		{"hardly any", netsim.Loss{Middle: 1}, 0.1},
	} {
		m := newPlaced(2, 80*core.Mbps, netsim.Config{Seed: 1, Latency: netsim.Constant(50 * core.Millisecond), Loss: c.loss})
		m.at(0, 1, func(net core.Network) { net.Dial(2) })
		m.s.Run(core.Hour)
		m.lines = nil
		m.s.Call(core.Hour, 2, func(net core.Network, _ core.NodeID) { m.get(net, 2, 1, 0, 0) })
		m.s.Run(core.Never)
		var got, asked, done float64 // ms; the request itself may have been lost
		if len(m.lines) != 3 {
			t.Fatalf("%s: %q", c.name, m.lines)
		}
		for i, to := range []*float64{&asked, &got, &done} {
			if _, err := fmt.Sscanf(m.lines[i], "%f", to); err != nil {
				t.Fatal(err)
			}
		}
		if got -= asked; math.Abs(got/1000-c.want) > 1e-6*c.want || math.Abs(done-asked-got-50) > 1e-3 {
			t.Errorf("%s: sent in %.6f ms, want %.6f s\n%q", c.name, got, c.want, m.lines)
		}
	}
}

// TestFlowsOfAConnectionShareItsLoss: three chunks at once over one connection take three times as long as one.
func TestFlowsOfAConnectionShareItsLoss(t *testing.T) {
	loss := netsim.Loss{Access: []netsim.PPM{0, 0, 0, 10_000}}
	m := newPlaced(3, 80*core.Mbps, netsim.Config{Latency: netsim.Constant(50 * core.Millisecond), Loss: loss})
	m.at(0, 1, func(net core.Network) { net.Dial(2); net.Dial(3) })
	m.s.Run(core.Hour)
	m.lines = nil
	for to := core.NodeID(2); to <= 3; to++ {
		m.s.Call(core.Hour, to, func(net core.Network, _ core.NodeID) {
			for chunk := range uint32(3) {
				net.Watch(m.conn[[2]core.NodeID{to, 1}], m.span(chunk), 0)
			}
		})
		m.s.Call(core.Hour, 1, func(net core.Network, _ core.NodeID) {
			for chunk := range uint32(3) {
				net.Transfer(m.conn[[2]core.NodeID{1, to}], core.Offer{Span: m.span(chunk), Avail: 10, Tag: 1 + chunk})
			}
		})
	}
	m.s.Run(core.Never)
	last := map[string]float64{}
	for _, line := range m.lines {
		var at float64
		var node, end string
		if _, err := fmt.Sscanf(line, "%f %s %s", &at, &node, &end); err != nil {
			t.Fatal(err)
		}
		if end == "in" {
			last[node] = at/1000 - 3600.05
		}
	}
	// Node 3's flows have 126.4 kB/s together; node 2's share the rest of 10 MB/s.
	want := map[string]float64{"2": 3e6 / (10e6 - 126439.709), "3": 3e6 / 126439.709}
	for node, w := range want {
		if math.Abs(last[node]-w) > 1e-6*w {
			t.Errorf("node %s has all after %.6f s, want %.6f s", node, last[node], w)
		}
	}
}
