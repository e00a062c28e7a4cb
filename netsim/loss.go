package netsim

import (
	"fmt"
	"math/bits"
	"strconv"
	"strings"

	"peerstreamer/core"
	"peerstreamer/netsim/maxmin"
)

// PPM is a part in millionths: of packets that are lost on the way from one node to another, or of a rate.
type PPM uint32

// MaxLoss is the most that one part of a path may lose. A path has three parts and so loses less than half, beyond which
// no model of TCP's rate was ever compared with measurements.
const MaxLoss PPM = 200_000

const one PPM = 1_000_000

// String writes a percentage, "0.5%".
func (p PPM) String() string {
	whole, part := p/10_000, p%10_000
	if part == 0 {
		return fmt.Sprintf("%d%%", whole)
	}
	return fmt.Sprintf("%d.%s%%", whole, strings.TrimRight(fmt.Sprintf("%04d", part), "0"))
}

// Part returns p as a fraction, for people and for analysis.
func (p PPM) Part() float64 { return float64(p) / float64(one) }

// ParsePPM reads a percentage of at most 100 with at most four decimals, "0.5%".
func ParsePPM(s string) (PPM, error) {
	text, ok := strings.CutSuffix(s, "%")
	whole, part, _ := strings.Cut(text, ".")
	if len(part) > 4 || !ok {
		return 0, fmt.Errorf("%q: want a percentage with at most four decimals, such as \"0.5%%\"", s)
	}
	v, err := strconv.ParseUint(whole+part+"0000"[len(part):], 10, 32)
	if err != nil || whole == "" || v > uint64(one) {
		return 0, fmt.Errorf("%q: want a percentage, such as \"0.5%%\"", s)
	}
	return PPM(v), nil
}

// both returns the probability that a packet is lost on one of two parts of its way, 1-(1-p)(1-q), rounded to nearest.
func (p PPM) both(q PPM) PPM {
	passed := uint64(one-p) * uint64(one-q)
	return one - PPM((passed+uint64(one)/2)/uint64(one))
}

// Loss is what packets suffer. Losses are independent of each other and of the load.
type Loss struct {
	Middle  PPM   // of the middle of the network, every pair alike
	Access  []PPM // of each node's access link, in both directions, by NodeID; nodes beyond its end lose nothing
	AckEach bool  // receivers acknowledge every segment; otherwise every second one, as RFC 1122's delayed ACKs do
}

func (l *Loss) validate() {
	for i, p := range append([]PPM{l.Middle}, l.Access...) {
		if p > MaxLoss {
			panic(fmt.Sprintf("netsim: loss number %d is %v: want at most %v", i, p, MaxLoss))
		}
	}
}

// any reports whether anything is ever lost.
func (l *Loss) any() bool {
	some := l.Middle > 0
	for _, p := range l.Access {
		some = some || p > 0
	}
	return some
}

func (l *Loss) access(n core.NodeID) PPM {
	if int(n) < len(l.Access) {
		return l.Access[n]
	}
	return 0
}

// between returns the loss on the path between two nodes.
func (l *Loss) between(a, b core.NodeID) PPM {
	return l.Middle.both(l.access(a)).both(l.access(b))
}

const (
	// segment is the payload of a full packet: an Ethernet frame without the headers of IPv4 and TCP with no options.
	segment = 1460 * core.Bytes(1)

	// minTimeout is the least time until TCP sends again what was not acknowledged: Linux's, where RFC 6298 has 1 s.
	minTimeout = 200 * core.Millisecond

	// mathisLimit is the loss up to which timeouts are rare enough to be left out of the rate.
	mathisLimit PPM = 20_000
)

// timeout returns when TCP takes a packet for lost. RFC 6298 has a smoothed round trip and four deviations; here a
// deviation is a quarter of the round trip.
func timeout(rtt core.Time) core.Time { return max(minTimeout, 2*rtt) }

// lossyRate returns the rate at which TCP sends in the long run over a path with this round trip and loss, Infinite if
// either is 0. With b segments to an ACK, 1 or 2,
//
//	rate = segment / (rtt sqrt(2bp/3))
//
// which is the formula of Mathis, Semke, Mahdavi and Ott (The macroscopic behavior of the TCP congestion avoidance
// algorithm, 1997) with its constant of sqrt(3/2) or, for delayed ACKs, sqrt(3/4). Above 2 % timeouts dominate; there
//
//	rate = segment / (rtt sqrt(2bp/3) + timeout min(1, 3 sqrt(3bp/8)) p (1 + 32p^2))
//
// after Padhye, Firoiu, Towsley and Kurose (Modeling TCP throughput, 1998). The rate steps down where the second takes
// over. All in integers, with a relative error below 1e-5.
func lossyRate(rtt core.Time, p PPM, ackEach bool) maxmin.Share {
	if p == 0 || rtt <= 0 {
		return maxmin.Infinite
	}
	b := uint64(2)
	if ackEach {
		b = 1
	}
	// Roots and probabilities are in 1e-9, times in 1e-12 s.
	per := mulDiv(uint64(rtt), squareRoot(2*b*uint64(p)*1e12/3), 1e6)
	if p > mathisLimit {
		likely := min(1e9, 3*squareRoot(3*b*uint64(p)*1e12/8))
		again := uint64(p)*1e3 + 32*uint64(p)*uint64(p)*uint64(p)/1e9
		per += mulDiv(mulDiv(uint64(timeout(rtt)), likely, 1e6), again, 1e9)
	}
	if per == 0 {
		return maxmin.Infinite
	}
	const perByte = 1000 // Shares
	return maxmin.Share(min(mulDiv(uint64(segment)*perByte, 1e12, per), uint64(maxmin.Infinite)))
}

// mulDiv returns a*b/c, rounded down, or the largest uint64 if that is more.
func mulDiv(a, b, c uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	if hi >= c {
		return 1<<64 - 1
	}
	q, _ := bits.Div64(hi, lo, c)
	return q
}
