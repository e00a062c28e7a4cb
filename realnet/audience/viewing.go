package audience

import (
	"time"

	"peerstreamer/core"
	"peerstreamer/realnet/cmcd"
)

// viewing is one player at one video.
type viewing struct {
	id          uint64
	video       string
	addr, agent string
	info        core.VideoInfo
	pace        core.Pace
	play        core.Playout

	asked, last core.Time
	skew        core.Time // by how much the model's clock is behind: the time for which the player wanted nothing
	taken       core.Bytes
	requests    []*request // open

	tells   bool // the player tells its buffer or its stalls
	told    cmcd.Data
	toldAt  core.Time
	starved uint32        // stalls that it has told
	delay   time.Duration // startup latency that it has told; 0: none
}

// request is one answer that is being sent.
type request struct {
	v        *viewing // nil: nobody's, or too many
	placed   bool     // at says where the answer is in the video
	at       core.Bytes
	looked   core.Bytes // taken from a place where the model does not play
	offered  core.Time  // offering: since when bytes are there for the player to take
	offering bool
}

// hold returns the model's time at t, if the player has wanted nothing since from: no later than what makes it wait.
func (v *viewing) hold(t, from core.Time) core.Time {
	switch v.play.State {
	case core.Playing:
		return min(t, max(from, v.play.RunsOut(&v.pace)-1))
	case core.Waiting, core.Stalled:
		return min(t, from)
	default:
		return t
	}
}

// idle says that the player wanted nothing from from until now.
func (v *viewing) idle(from, now core.Time) {
	t := now - v.skew
	v.skew += t - v.hold(t, from-v.skew)
}

// enter begins a request.
func (v *viewing) enter(now core.Time) {
	if len(v.requests) == 0 && v.last != 0 {
		v.idle(v.last, now)
	}
	v.last = now
}

// took counts bytes of one request.
func (v *viewing) took(q *request, n core.Bytes, now core.Time) {
	if q.offering && now-q.offered >= core.Time(patience) {
		v.idle(q.offered, now)
	}
	v.last = now
	v.taken += n
	if !q.placed {
		return
	}
	from := q.at
	q.at += n
	t := now - v.skew
	if v.elsewhere(from, t) {
		if q.looked += n; q.looked < proof && q.at < v.info.Length || v.index(q) {
			return
		}
		v.play.Seek(&v.pace, t, q.at-q.looked)
	}
	q.looked = 0
	v.play.Feed(&v.pace, t, q.at)
}

// elsewhere reports whether byte b is neither in the model's buffer nor next to it.
func (v *viewing) elsewhere(b core.Bytes, t core.Time) bool {
	if b > v.play.Ready() {
		return true
	}
	p := v.play
	p.Advance(&v.pace, t)
	return b < p.Playhead(&v.pace, t) && v.play.State != core.Waiting
}

// index reports whether a request is one for a file's index at its end, before the first frame.
func (v *viewing) index(q *request) bool {
	return v.play.State == core.Waiting && q.at-q.looked >= v.info.Length-v.info.Length/20
}

// startup returns the startup latency, as told or else estimated; negative before the first frame.
func (v *viewing) startup() time.Duration {
	switch {
	case v.delay > 0:
		return v.delay
	case v.play.First == core.Never:
		return -1
	}
	return time.Duration(v.play.First - v.play.Asked)
}

// Viewer is a viewing as an operator sees it.
type Viewer struct {
	ID          uint64 // of this node's life
	Video       string
	Addr, Agent string // IP address; user agent, cut
	Tells       bool   // Buffer and Stalls are the player's own word
	State       core.ViewState
	Idle        bool // has wanted nothing since its buffer must have run dry: paused or gone

	Asked    time.Time
	Startup  time.Duration // negative before the first frame
	Buffer   time.Duration // media ahead of the playhead
	Playhead time.Duration // place in the video, estimated
	Stalls   uint32
	Stalled  time.Duration
	Taken    core.Bytes
	Requests int // open
}

// describe returns how the viewing fares.
func (v *viewing) describe(now core.Time, began time.Time) Viewer {
	t, play := now-v.skew, v.play
	if len(v.requests) == 0 {
		t = v.hold(t, v.last-v.skew)
	}
	for _, q := range v.requests {
		if q.offering { // Full or slow: that shows when it takes more.
			t = v.hold(t, q.offered-v.skew)
		}
	}
	idle := now-v.skew-t >= core.Time(patience)
	play.Advance(&v.pace, t)
	w := Viewer{
		ID: v.id, Video: v.video, Addr: v.addr, Agent: v.agent, Tells: v.tells, State: play.State, Idle: idle,
		Asked: began.Add(time.Duration(v.asked)), Startup: v.startup(), Stalls: play.Stalls,
		Stalled: time.Duration(play.StalledFor(t)), Taken: v.taken, Requests: len(v.requests),
		Playhead: v.media(play.Playhead(&v.pace, t)),
	}
	w.Buffer = v.media(play.Ready()) - w.Playhead
	if v.tells {
		w.Buffer, w.Stalls = 0, v.starved
		if v.told.HasBuffer {
			w.Buffer = v.told.Buffer
		}
	}
	return w
}

// media returns how much of the video lies before a byte, in time.
func (v *viewing) media(b core.Bytes) time.Duration {
	return time.Duration(float64(b) / float64(max(1, v.info.Length)) * float64(v.info.Duration))
}
