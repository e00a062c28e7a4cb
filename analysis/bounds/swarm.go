package bounds

import (
	"cmp"
	"math"
	"slices"

	"peerstreamer/core"
)

// Peer is a node as the bounds see it. It may upload from From to To, and a viewer's peer wants the file from Want on.
type Peer struct {
	Uplink, Downlink core.Rate // bit/s; 0: not limited
	From, To         core.Time // presence; To is core.Never if it stays
	Want             core.Time // viewers: when it asked, or the first arrival if its node may hold chunks already
}

// Swarm is one file, the sources that have it from the start, the viewers that get all of it, and helpers that need none
// of it but may pass it on: relays, and viewers that gave up. The clock starts at T0: before it nothing is uploaded.
type Swarm struct {
	File    core.Bytes
	Source  core.Rate // all sources together; 0: not limited
	T0      core.Time
	Viewers []Peer
	Helpers []Peer
}

// bits returns n bytes in bits.
func bits(n core.Bytes) float64 { return 8 * float64(n) }

// over returns bits/rate in seconds, 0 if the rate is not limited.
func over(bits float64, r core.Rate) float64 {
	if r == 0 {
		return 0
	}
	return bits / float64(r)
}

// uplinks returns the sum of all peers' uplinks in bit/s, +Inf if one is not limited.
func (s Swarm) uplinks() (sum float64) {
	for _, peers := range [][]Peer{s.Viewers, s.Helpers} {
		for i := range peers {
			if peers[i].Uplink == 0 {
				return math.Inf(1)
			}
			sum += float64(peers[i].Uplink)
		}
	}
	return sum
}

// slowestDownlink returns the viewers' lowest downlink, 0 if none is limited.
func (s Swarm) slowestDownlink() (d core.Rate) {
	for _, p := range s.Viewers {
		if p.Downlink != 0 && (d == 0 || p.Downlink < d) {
			d = p.Downlink
		}
	}
	return d
}

// source returns the sources' rate in bit/s, +Inf if it is not limited.
func (s Swarm) source() float64 {
	if s.Source == 0 {
		return math.Inf(1)
	}
	return float64(s.Source)
}

// ClientServer returns the least seconds in which a source alone can serve N viewers that all start at once:
// max(N*F/u_s, F/d_min). A max-min fair source with equal viewers attains it.
func ClientServer(s Swarm) float64 {
	f := bits(s.File)
	return max(over(float64(len(s.Viewers))*f, s.Source), over(f, s.slowestDownlink()))
}

// Distribution returns the least seconds in which N viewers that all start at once and stay can have the file:
// max(F/u_s, F/d_min, N*F/(u_s + sum u_i)). Source: Kumar and Ross, Peer-assisted file distribution, HotWeb 2006; it is
// attained by a fluid schedule.
func Distribution(s Swarm) float64 {
	f := bits(s.File)
	return max(over(f, s.Source), over(f, s.slowestDownlink()), float64(len(s.Viewers))*f/(s.source()+s.uplinks()))
}

// SustainableRate returns the highest rate in bit/s at which all N viewers can watch at the same time:
// min(u_s, (u_s + sum u_i)/N, d_min), +Inf if nothing limits it. Source: Kumar, Liu and Ross, Stochastic fluid theory
// for P2P streaming systems, INFOCOM 2007.
func SustainableRate(s Swarm) float64 {
	rate := min(s.source(), (s.source()+s.uplinks())/float64(len(s.Viewers)))
	if d := s.slowestDownlink(); d != 0 {
		rate = min(rate, float64(d))
	}
	return rate
}

// SourceEgress returns the least rate in bit/s that the sources must send while all N viewers receive a video of rate r
// at that rate: max(r, N*r - sum u_i). It speaks of a steady state: buffers may lower a source's rate for a while.
func SourceEgress(r core.Rate, s Swarm) float64 {
	rate := float64(r)
	return max(rate, float64(len(s.Viewers))*rate-s.uplinks())
}

// Offload returns the highest share of received bytes that can come from peers while all N viewers receive at rate r and
// nobody else receives: 1 - max(r, N*r - sum u_i)/(N*r), so at most 1 - 1/N.
func Offload(r core.Rate, s Swarm) float64 {
	return 1 - SourceEgress(r, s)/(float64(len(s.Viewers))*float64(r))
}

// Copies returns the least copies of the file that the sources must send until end for all N viewers to have it by then:
// max(1, N - sum u_i*(e_i - t_i)/F), with t_i..e_i a peer's presence within T0..end. 0 without viewers.
func Copies(s Swarm, end core.Time) float64 {
	if len(s.Viewers) == 0 {
		return 0
	}
	copies := float64(len(s.Viewers))
	for _, peers := range [][]Peer{s.Viewers, s.Helpers} {
		for i := range peers {
			p := &peers[i]
			present := min(p.To, end) - max(p.From, s.T0)
			if present <= 0 {
				continue
			}
			if p.Uplink == 0 {
				return 1
			}
			copies -= float64(p.Uplink) * present.Seconds() / bits(s.File)
		}
	}
	return max(1, copies)
}

// Completion returns the least seconds from T0 until the last viewer has the file, with arrivals and departures: the
// largest of t_i + F/d_i over the viewers, F/u_s, and the smallest T with
// u_s*T + sum u_i*max(0, min(T, e_i) - t_i) >= N*F, all times from T0. With everybody there from T0 on it is
// Distribution. 0 without viewers. O(n log n).
func Completion(s Swarm) float64 {
	if len(s.Viewers) == 0 {
		return 0
	}
	f := bits(s.File)
	latest := over(f, s.Source)
	for _, p := range s.Viewers {
		latest = max(latest, (p.Want-s.T0).Seconds()+over(f, p.Downlink))
	}
	return max(latest, s.supplied(float64(len(s.Viewers))*f))
}

// supplied returns the seconds from T0 after which sources and peers together can have uploaded so many bits. The supply
// is piecewise linear: walk its corners in order of time, with its slope between them.
func (s Swarm) supplied(want float64) float64 {
	if s.Source == 0 {
		return 0
	}
	type corner struct {
		at    float64 // seconds from T0
		slope float64 // bit/s from here on, more or less than before; +Inf: a peer without limit arrives
	}
	corners := make([]corner, 0, len(s.Viewers)+len(s.Helpers))
	for _, peers := range [][]Peer{s.Viewers, s.Helpers} {
		for i := range peers {
			p := &peers[i]
			from := max(p.From, s.T0)
			if p.To <= from {
				continue
			}
			if p.Uplink == 0 {
				corners = append(corners, corner{(from - s.T0).Seconds(), math.Inf(1)})
				continue
			}
			corners = append(corners, corner{(from - s.T0).Seconds(), float64(p.Uplink)})
			if p.To != core.Never {
				corners = append(corners, corner{(p.To - s.T0).Seconds(), -float64(p.Uplink)})
			}
		}
	}
	slices.SortStableFunc(corners, func(a, b corner) int { return cmp.Compare(a.at, b.at) })
	slope, at, have := float64(s.Source), 0.0, 0.0
	for _, c := range corners {
		if have+slope*(c.at-at) >= want {
			break
		}
		have += slope * (c.at - at)
		at = c.at
		if math.IsInf(c.slope, 1) {
			return at
		}
		slope = max(float64(s.Source), slope+c.slope) // Rounding must not push the slope below the sources' own.
	}
	return at + (want-have)/slope
}
