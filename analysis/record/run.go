package record

import (
	"strconv"

	"peerstreamer/core"
)

// Run is what one run with one seed left behind.
type Run struct {
	Seed      uint64
	Partial   bool      // it was interrupted: End is how far it came
	Digest    string    // of the whole event history, in hex; empty where there is none, as over TCP
	End       core.Time // the network's clock when the run ended
	Events    int64     // 0 where they are not counted
	Copied    int64     // of Events, those before this branch of a run parted from another: they were simulated once, there
	Transfers int64     // bulk transfers that were started
	Chunks    int64     // whole chunks that nodes received

	Video   Video
	Startup core.Bytes // media that a viewer needs in a row before its first frame, at most Video.Length

	// Warm says that a node other than a source may have held payload before the first viewer asked: a store kept from
	// an earlier life, or a policy that pushes ahead of demand. Bounds that count from the first arrival do not hold then.
	Warm bool

	// AcrossSites is the payload that was sent from one site to another, the open internet counting as one: the sum of what
	// went out of all sites, and of what came into them from the open internet.
	AcrossSites core.Bytes

	Groups  []Group // of Nodes, in their order, for their names
	Sites   []Site  // empty if there are none
	Nodes   []Node
	Viewers []Viewer // those who pressed play before the end
	Samples []Sample // ordered by At; empty if nothing was sampled
}

// Video is the one video of a run.
type Video struct {
	Length   core.Bytes
	Duration core.Time // 0 if unknown
}

// Bitrate returns length over duration, 0 if the duration is unknown.
func (v Video) Bitrate() core.Rate { return core.RateOf(v.Length, v.Duration) }

// Group is nodes that follow one another in Run.Nodes and are named alike.
type Group struct {
	Name  string
	Count int
}

// Name returns the name of a node: its group's if the group has one node, else with its number in the group; its number
// alone if it is in no group. A million names are not kept anywhere.
func (r *Run) Name(node int) string {
	first := 0
	for _, g := range r.Groups {
		switch {
		case node-first >= g.Count:
			first += g.Count
		case g.Count == 1:
			return g.Name
		default:
			return g.Name + "-" + strconv.Itoa(node-first)
		}
	}
	return strconv.Itoa(node)
}

// Node is one node: its link, its presence, its traffic.
type Node struct {
	Source           bool      // owns the video; its bytes are not offload
	Site             uint16    // where it is, in Run.Sites, from 1; 0: on the open internet
	Relay            bool      // others may fetch through it, so it can hold chunks that no viewer of its own asked for
	Uplink, Downlink core.Rate // the highest during the run; 0: not limited
	Start            core.Time // when it joined
	Stop             core.Time // when it left for good; core.Never if it was there at the end

	FromSource, FromMaster, FromSibling core.Bytes // payload received, by who sent it
	Sent                                core.Bytes // payload that left it, in cancelled transfers too
	Control                             core.Bytes // everything else that left it: messages, headers, hashes
}

// Received returns the payload that the node received from anybody.
func (n Node) Received() core.Bytes { return n.FromSource + n.FromMaster + n.FromSibling }

// Site is a place whose nodes share one link to the rest of the network, and what went over that.
type Site struct {
	Name                  string
	Uplink, Downlink      core.Rate  // the highest during the run; 0: not limited
	PayloadOut, PayloadIn core.Bytes // payload that left its sender, in cancelled transfers too
	ControlOut, ControlIn core.Bytes // everything else that was sent
}

// Viewer is one viewer of the video.
type Viewer struct {
	Node int32 // index in Run.Nodes; the viewer has its name

	Stalls int32
	Due    int32 // chunks whose last byte was due by the end, on the fixed schedule from the first frame
	OnTime int32 // of those, the chunks that were whole by then

	Last core.ViewState // what the viewer was doing at the end, or when it left

	Arrival core.Time // when the viewer pressed play
	First   core.Time // first frame; core.Never if there was none
	Until   core.Time // when the viewer ended or left; core.Never if it was still there at the end

	Stalled core.Time // after the first frame
	Played  core.Time // media time played

	// Delay is the least time in which payload can come after a request, whomever the viewer asks: the round trips that
	// any policy needs. 0 if unknown.
	Delay core.Time
}

// Started reports whether the viewer saw a first frame.
func (v Viewer) Started() bool { return v.First != core.Never }

// Finished reports whether the viewer played everything.
func (v Viewer) Finished() bool { return v.Last == core.Ended }

// Waited returns how long the viewer waited for its first frame, and whether it was still waiting when it left or the
// run ended: then the true latency is at least this (right-censored).
func (v Viewer) Waited(end core.Time) (d core.Time, censored bool) {
	if v.Started() {
		return v.First - v.Arrival, false
	}
	return max(0, min(v.Until, end)-v.Arrival), true
}

// Sample is the state of a run at one moment.
type Sample struct {
	At                                     core.Time
	SourceSent                             core.Bytes // payload that left all sources so far
	Waiting, Playing, Stalled, Ended, Gone int        // viewers; those who have not come yet are in none
}

// SourceSent returns the payload that left the sources.
func (r *Run) SourceSent() (sum core.Bytes) {
	for _, n := range r.Nodes {
		if n.Source {
			sum += n.Sent
		}
	}
	return sum
}

// FirstArrival returns when the first viewer pressed play, false if there is no viewer.
func (r *Run) FirstArrival() (at core.Time, ok bool) {
	at = core.Never
	for _, v := range r.Viewers {
		at = min(at, v.Arrival)
	}
	return at, len(r.Viewers) > 0
}
