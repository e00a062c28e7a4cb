package status

import (
	"slices"
	"strings"
	"sync"
	"time"

	"go.uber.org/zap"

	"peerstreamer/core"
	"peerstreamer/realnet"
	"peerstreamer/realnet/audience"
	"peerstreamer/realnet/library"
	"peerstreamer/realnet/store"
)

// Times of a board.
const (
	tick  = time.Second            // between two rows of history
	fresh = 200 * time.Millisecond // for so long a report is given out again
)

// Config says whose status is shown to whom.
type Config struct {
	Name    string
	Version string
	Node    *realnet.Node
	Machine *core.Swarm
	Store   *store.Store       // nil: none
	Library *library.Library   // nil: none
	People  *audience.Audience // nil: nobody watches here
	Limit   core.Bytes         // of the store, as configured; 0: the disk's alone
	Master  string             // address of the node's master, "": it has none
	Web     string             // where the node's web server listens
	Access  Access
	Others  []string // web servers of other nodes, as http://host:port, that /api/status?all=1 asks beside those it knows
	Log     *zap.Logger
}

// Board collects and shows how a node does. Its methods may be called from any goroutine.
type Board struct {
	cfg     Config
	log     *zap.Logger
	started time.Time
	quit    chan struct{}
	done    sync.WaitGroup
	feed    feed
	gather  gatherer

	mu      sync.Mutex
	past    history
	before  totals // at the last tick
	held    []byte // the videos of the last event, to tell whether they changed
	current *Report
	taken   time.Time // when current was
}

// totals are the counters whose differences make history.
type totals struct {
	from           Received
	peers, viewers core.Bytes
}

// New returns a board that watches a node until Close.
func New(cfg Config) *Board {
	b := &Board{cfg: cfg, log: cfg.Log, started: time.Now(), quit: make(chan struct{})}
	if b.log == nil {
		b.log = zap.NewNop()
	}
	b.gather.init()
	b.feed.init()
	b.before, _ = b.totals()
	b.done.Go(b.run)
	return b
}

// Close ends the board and all who listen to it. Closing again does nothing.
func (b *Board) Close() {
	b.mu.Lock()
	select {
	case <-b.quit:
	default:
		close(b.quit)
	}
	b.mu.Unlock()
	b.done.Wait()
	b.gather.close()
}

// run keeps history and feeds who listens.
func (b *Board) run() {
	t := time.NewTicker(tick)
	defer t.Stop()
	for {
		select {
		case <-b.quit:
			return
		case <-t.C:
			b.remember()
			if b.feed.listened() {
				b.publish()
			}
		}
	}
}

// remember adds a row to history.
func (b *Board) remember() {
	now, payload := b.totals()
	boxes := 1
	if payload.ReceivedFrom[core.RoleSibling] > 0 || payload.SentTo[core.RoleSibling] > 0 {
		for _, p := range b.cfg.Node.Peers() {
			if p.Open && p.Role == core.RoleSibling {
				boxes++
			}
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	s := second{
		from:  Received{now.from.Source - b.before.from.Source, now.from.Master - b.before.from.Master, now.from.Sibling - b.before.from.Sibling},
		peers: now.peers - b.before.peers, viewers: now.viewers - b.before.viewers,
	}
	s.least = leastFromAbove(s.from.Sum(), boxes)
	b.before = now
	b.past.add(s)
}

// totals reads the counters.
func (b *Board) totals() (t totals, p realnet.Payload) {
	p = b.cfg.Node.Payload()
	sent := b.sent(p)
	return totals{received(p), sent.Sum() - sent.Viewer, sent.Viewer}, p
}

// received sorts what came from peers. What a child sent, which relays for one that nobody can dial, counts as a sibling's.
func received(p realnet.Payload) Received {
	return Received{p.ReceivedFrom[core.RoleSource], p.ReceivedFrom[core.RoleMaster],
		p.ReceivedFrom.Sum() - p.ReceivedFrom[core.RoleSource] - p.ReceivedFrom[core.RoleMaster]}
}

// sent sorts what went to peers and, over HTTP, to viewers.
func (b *Board) sent(p realnet.Payload) Sent {
	s := Sent{
		Child: p.SentTo[core.RoleChild], Sibling: p.SentTo[core.RoleSibling],
		Master: p.SentTo[core.RoleMaster] + p.SentTo[core.RoleSource], Viewer: p.SentTo[core.RoleViewer],
	}
	if b.cfg.People != nil {
		s.Viewer += b.cfg.People.Totals().Delivered
	}
	return s
}

// Report returns how the node does, no older than fresh, without history.
func (b *Board) Report() *Report {
	b.mu.Lock()
	if r := b.current; r != nil && time.Since(b.taken) < fresh {
		b.mu.Unlock()
		return r
	}
	b.mu.Unlock()
	r := b.look()
	b.mu.Lock()
	defer b.mu.Unlock()
	b.current, b.taken = r, time.Now()
	return r
}

// look collects a report.
func (b *Board) look() *Report {
	n, now := b.cfg.Node, time.Now()
	payload, traffic, counts := n.Payload(), n.Traffic(), n.Counters()
	var rec core.NodeRecord
	n.Do(func(_ core.Network, self core.NodeID) { rec = b.cfg.Machine.Node(self) })
	r := &Report{
		Format: Format, Time: now.UTC().Truncate(time.Millisecond),
		Node: Node{
			Name: b.cfg.Name, Source: b.cfg.Master == "", Address: n.Addr(), Web: b.cfg.Web, Version: b.cfg.Version,
			Started: b.started.UTC().Truncate(time.Millisecond), Uptime: Seconds(now.Sub(b.started)),
		},
		Traffic:  Traffic{Received: received(payload), Sent: b.sent(payload), Control: Control{traffic.ControlSent, traffic.ControlReceived}},
		Requests: Requests{counts.Hits, counts.Misses},
		Queues:   Queues{Uploading: rec.Uploading, Waiting: rec.Queued, Streams: rec.Streams},
		Troubles: Troubles{Failovers: rec.Failovers, Timeouts: rec.TimedOut, Verification: counts.BadData, BadPeers: counts.BadPeers,
			Bans: counts.Banned, FailedDials: counts.DialsFailed},
		Peers: []Peer{}, Viewers: []Viewer{}, Videos: b.videos(),
	}
	t := &r.Traffic
	t.Saved = t.Sent.Viewer + t.Sent.Child - t.Received.Source - t.Received.Master
	for _, p := range n.Peers() {
		r.Queues.Bytes += p.Queued
		r.Peers = append(r.Peers, Peer{Name: p.Name, Address: p.Addr, Web: p.Web, Role: p.Role.String(), Upstream: p.Upstream, Open: p.Open,
			Sent: p.Sent, Received: p.Received, Queued: p.Queued, Sending: p.Sending, Since: p.Since.UTC().Truncate(time.Second), given: p.Master})
	}
	slices.SortFunc(r.Peers, func(x, y Peer) int { return strings.Compare(x.Role+x.Name+x.Address, y.Role+y.Name+y.Address) })
	r.Upstream = b.upstream(r.Peers)
	if b.cfg.People != nil {
		for _, v := range b.cfg.People.Viewers() {
			r.Viewers = append(r.Viewers, viewer(v))
		}
	}
	if b.cfg.Store != nil {
		s := b.cfg.Store.Status()
		r.Store = &Store{Chunks: s.Chunks, Bytes: core.Bytes(s.Bytes), Limit: core.Bytes(s.Room), Dirty: core.Bytes(s.Dirty), Lag: Seconds(s.Lag),
			Lost: s.Lost, Unchecked: s.Unchecked, Full: s.Full, Failing: s.Failing}
		if b.cfg.Limit > 0 {
			r.Store.Limit = min(r.Store.Limit, b.cfg.Limit)
		}
	}
	return r
}

// upstream says who serves as master.
func (b *Board) upstream(peers []Peer) Upstream {
	if b.cfg.Master == "" {
		return Upstream{State: UpstreamNone}
	}
	for _, p := range peers {
		if !p.Upstream {
			continue
		}
		u := Upstream{State: UpstreamReaching, Address: p.Address, Name: p.Name}
		if p.Open {
			u.State = UpstreamFallback
			if p.given {
				u.State = UpstreamMaster
			}
		}
		return u
	}
	return Upstream{State: UpstreamAway}
}

// viewer words a viewing.
func viewer(v audience.Viewer) Viewer {
	w := Viewer{ID: v.ID, Video: v.Video, Address: v.Addr, Agent: v.Agent, Tells: v.Tells, State: v.State.String(),
		Since: v.Asked.UTC().Truncate(time.Millisecond), Buffer: Seconds(v.Buffer), Playhead: Seconds(v.Playhead), Stalls: v.Stalls,
		Stalled: Seconds(v.Stalled), Taken: v.Taken}
	if v.Idle && v.State != core.Ended {
		w.State = "idle"
	}
	if v.Startup >= 0 {
		s := Seconds(v.Startup)
		w.Startup = &s
	}
	return w
}
