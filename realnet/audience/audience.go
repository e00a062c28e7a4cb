package audience

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"peerstreamer/core"
	"peerstreamer/realnet/cmcd"
)

// Bounds and times.
const (
	MaxViewings = 4096             // that are remembered at a time; requests of more are counted in bytes only
	EndAfter    = 60 * time.Second // without a request, a viewing is over
	maxAgent    = 128              // bytes of a user agent that are kept

	// patience is how long a player may take nothing of what is offered before it counts as full rather than slow.
	patience = 5 * time.Second

	// proof is how many bytes from another place a player takes before that is a seek and not a look.
	proof = 256 << 10
)

// Config says how viewings are judged.
type Config struct {
	Startup, Rebuffer core.Time           // media needed in a row to start, and to go on; as core.Config has them
	OnStart           func(time.Duration) // is told each viewing's startup latency; nil: nobody is
	Now               func() time.Time    // nil: time.Now
}

// Audience is all who watch at one node. Its methods may be called from any goroutine.
type Audience struct {
	cfg   Config
	began time.Time

	mu     sync.Mutex
	rows   map[key]*viewing
	lastID uint64
	totals Totals
}

// Totals count over all viewings so far.
type Totals struct {
	Viewings  int64
	Delivered core.Bytes    // of videos and what belongs to them, to viewers
	Started   int64         // viewings that have had a first frame
	Stalls    int64         // without those that are going on
	Stalled   time.Duration // by them, estimated
}

// key tells viewings apart.
type key struct{ video, who string }

// New returns an audience that nobody is in.
func New(cfg Config) *Audience {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	return &Audience{cfg: cfg, began: cfg.Now(), rows: map[key]*viewing{}}
}

// now returns the time since the beginning.
func (a *Audience) now() core.Time { return core.Time(a.cfg.Now().Sub(a.began)) }

// Visit is a request for the bytes of a video, or of what belongs to one.
type Visit struct {
	Came  time.Time  // when it did
	From  netip.Addr // whose it is; the zero Addr if that is not known
	Video string
	Info  core.VideoInfo
}

// Enter is told of a request that is about to be answered. The answer goes to the writer that it returns, and leave is called
// when that is over.
func (a *Audience) Enter(w http.ResponseWriter, r *http.Request, x Visit) (_ http.ResponseWriter, leave func()) {
	told, tells := cmcd.FromRequest(r)
	agent := r.UserAgent()
	agent = strings.ToValidUTF8(agent[:min(len(agent), maxAgent)], "?")
	who := x.From.String() + " " + agent // a string of its own: the agent's is a part of all header fields
	if told.Session != "" {
		who = "sid " + told.Session
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	now := core.Time(x.Came.Sub(a.began))
	q := &request{}
	if x.Info.Duration > 0 && r.Method == http.MethodGet {
		q.v = a.viewing(key{x.Video, who}, agent, x, now)
	}
	if v := q.v; v != nil {
		v.enter(now)
		v.requests = append(v.requests, q)
		if tells {
			a.hear(v, told, now)
		}
	}
	return &writer{ResponseWriter: w, a: a, q: q}, func() { a.leave(q) }
}

// viewing returns the row of a key, a new one if there is none; nil if there are too many.
func (a *Audience) viewing(k key, agent string, x Visit, now core.Time) *viewing {
	if v := a.rows[k]; v != nil {
		return v
	}
	if len(a.rows) >= MaxViewings {
		a.sweep(now)
		if len(a.rows) >= MaxViewings {
			return nil
		}
	}
	a.lastID++
	a.totals.Viewings++
	v := &viewing{
		id: a.lastID, video: k.video, addr: x.From.String(), agent: strings.Clone(agent), asked: now,
		info: x.Info, pace: core.NewPace(x.Info, a.cfg.Startup, a.cfg.Rebuffer, x.Info.Length),
	}
	v.play = core.NewPlayout(core.Play, 0, now)
	a.rows[k] = v
	return v
}

// hear takes what a player tells.
func (a *Audience) hear(v *viewing, d cmcd.Data, now core.Time) {
	if d.Starved && v.play.State != core.Waiting { // Before the first frame every buffer is empty.
		v.starved++
		a.totals.Stalls++
	}
	if d.StartDelay > 0 && v.delay == 0 {
		v.delay = d.StartDelay
	}
	v.tells = v.tells || d.HasBuffer || d.Starved
	if d.HasBuffer {
		d.Session, d.Content = "", "" // which are parts of all header fields
		v.told, v.toldAt = d, now
	}
}

// leave ends a request.
func (a *Audience) leave(q *request) {
	if q.v == nil {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	v := q.v
	v.requests = slices.DeleteFunc(v.requests, func(x *request) bool { return x == q })
	v.last = a.now()
}

// wants notes that a player is offered bytes.
func (a *Audience) wants(q *request) {
	if q.v == nil {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	q.offered, q.offering = a.now(), true
}

// took counts n bytes that the player has taken.
func (a *Audience) took(q *request, n int64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.totals.Delivered += core.Bytes(n)
	v := q.v
	if v == nil {
		return
	}
	now := a.now()
	stalls, stalled, waiting := v.play.Stalls, v.play.Stalled, v.play.State == core.Waiting
	v.took(q, core.Bytes(n), now)
	q.offering = false
	if waiting && v.play.State != core.Waiting {
		a.totals.Started++
		if a.cfg.OnStart != nil {
			a.cfg.OnStart(v.startup())
		}
	}
	if !v.tells {
		a.totals.Stalls += int64(v.play.Stalls - stalls)
	}
	a.totals.Stalled += time.Duration(v.play.Stalled - stalled)
}

// Totals returns what has come to pass so far.
func (a *Audience) Totals() Totals {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.totals
}

// Viewers returns the viewings that are not over, the oldest first.
func (a *Audience) Viewers() []Viewer {
	a.mu.Lock()
	defer a.mu.Unlock()
	now := a.now()
	a.sweep(now)
	all := make([]Viewer, 0, len(a.rows))
	for _, v := range a.rows {
		all = append(all, v.describe(now, a.began))
	}
	slices.SortFunc(all, func(x, y Viewer) int { return int(x.ID) - int(y.ID) })
	return all
}

// sweep forgets viewings that are over.
func (a *Audience) sweep(now core.Time) {
	for k, v := range a.rows {
		if len(v.requests) == 0 && now-v.last >= core.Time(EndAfter) {
			delete(a.rows, k)
		}
	}
}
