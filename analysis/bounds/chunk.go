package bounds

import (
	"math"

	"peerstreamer/core"
)

// SnowballSlots returns how many chunk times it takes for one chunk to reach n viewers if everybody who has it keeps
// uploading it: 1 + ceil(log2 n). The source sends it once; every uplink is exactly the video's rate, there is no
// latency, and a chunk is passed on when it is whole (with cut-through the unit is the piece). 0 if n < 1.
// Source: Liu, On the minimum delay peer-to-peer video streaming, MM 2007.
func SnowballSlots(n int) int { return NeighbourSlots(n, n) }

// NeighbourSlots returns how many chunk times it takes for one chunk to reach n viewers if everybody who has it uploads
// it to at most k others, one after another: the first t with a sum of t k-step Fibonacci numbers of at least n. The
// other conditions are SnowballSlots'. 0 if n < 1; it panics if k < 1. O(k + slots).
// Source: Bianchi, Blefari Melazzi, Bracciale, Lo Piccolo and Salsano, Streamline: an optimal distribution algorithm for
// peer-to-peer real-time streaming, TPDS 2010.
func NeighbourSlots(k, n int) int {
	if n < 1 {
		return 0
	}
	if k < 1 {
		panic("bounds: NeighbourSlots(k < 1)")
	}
	fresh := []int{1} // viewers reached in slot 1, 2, ...
	total := 1
	for total < n {
		next := 0
		for _, f := range fresh[max(0, len(fresh)-k):] { // who got it in the last k slots still has somebody to serve
			next += f
		}
		fresh = append(fresh, next)
		total += next
	}
	return len(fresh)
}

// Level is one level of a tree: every node in it serves FanOut children.
type Level struct {
	FanOut int
	Uplink core.Rate // of each node; 0: not limited
	Delay  core.Time // to each child, one way
}

// TreeDelay returns the seconds until a chunk has reached the last node of a tree whose nodes serve their children from
// their whole uplink, passing on whole chunks: the sum over levels of FanOut*chunk/Uplink + Delay.
func TreeDelay(chunk core.Bytes, levels []Level) (seconds float64) {
	for _, l := range levels {
		seconds += over(float64(l.FanOut)*bits(chunk), l.Uplink) + l.Delay.Seconds()
	}
	return seconds
}

// PipelinedTree returns the exact seconds until a full k-ary tree of depth d (the root has depth 0) has m equal chunks,
// each pushed to all k children at once, whole, over equal uplinks with downlinks no slower, latency between a node and
// its child: (m-1+d)*k*chunk/uplink + d*latency. 0 if d is 0.
func PipelinedTree(m, d, k int, chunk core.Bytes, uplink core.Rate, latency core.Time) float64 {
	if d == 0 {
		return 0
	}
	return over(float64(m-1+d)*float64(k)*bits(chunk), uplink) + float64(d)*latency.Seconds()
}

// StartupLatency returns the least seconds from asking to the first frame: delay, the round trips that must be made
// before payload can come, and then the startup bytes at the slower of the two rates that they must pass.
func StartupLatency(delay core.Time, startup core.Bytes, downlink, source core.Rate) float64 {
	return delay.Seconds() + max(over(bits(startup), downlink), over(bits(startup), source))
}

// QiuSrikant returns the mean seconds of a download in the steady state of the BitTorrent fluid model without aborts
// (theta = 0): max{1/c, (1/eta)(1/mu - 1/gamma)}. mu and c are a peer's upload and download rate in files/s, eta in 0..1
// the effectiveness of sharing, gamma the rate in 1/s at which seeds leave; where gamma <= mu seeds alone suffice and it
// is 1/c. An estimate to compare with, not a bound. Source: Qiu and Srikant, SIGCOMM 2004.
func QiuSrikant(mu, c, eta, gamma float64) float64 {
	if gamma <= mu {
		return 1 / c
	}
	return math.Max(1/c, (1/mu-1/gamma)/eta)
}
