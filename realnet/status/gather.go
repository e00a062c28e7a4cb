package status

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Bounds on gathering.
const (
	gatherWithin = 4 * time.Second        // all of it
	gatherMargin = 500 * time.Millisecond // less for each step away, so that an answer that is late there is in time here
	gatherLeast  = 250 * time.Millisecond // with less time left nobody is asked
	maxAsked     = 64                     // neighbours that one node asks
	maxAsking    = 4                      // gatherings at a time, so that who may ask cannot have the node hold more than that
	maxGathers   = 256                    // that are remembered, so that each passes a node once
	maxGatherID  = 32                     // bytes
	maxHead      = 16 << 10               // bytes of the header of a neighbour's answer
)

// All is how the nodes of a tree do, as far as they could be asked.
type All struct {
	Format int       `json:"format"`
	Time   time.Time `json:"time"`
	Nodes  []*Report `json:"nodes"`  // without history and chunk maps; the one that was asked first
	Failed []Failure `json:"failed"` // neighbours that did not tell
}

// Failure is a neighbour that did not tell.
type Failure struct {
	By    string `json:"by"` // the node that asked
	Web   string `json:"web"`
	Error string `json:"error"`
}

// gatherer asks neighbours. A node asks only those to whom it is connected, where it sees them, and those that its operator has
// named: nobody can have it ask a third party. They ask on, so all of the tree is asked; each gathering has a number, and whoever
// has seen that number answers with nothing.
type gatherer struct {
	client *http.Client
	turns  chan struct{} // maxAsking

	mu   sync.Mutex
	seen []string // the latest maxGathers numbers, the oldest first
}

func (g *gatherer) init() {
	g.turns = make(chan struct{}, maxAsking)
	g.client = &http.Client{
		Transport: &http.Transport{MaxIdleConns: maxAsked, IdleConnTimeout: time.Minute, MaxResponseHeaderBytes: maxHead,
			DisableCompression: true, Proxy: nil},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

func (g *gatherer) close() { g.client.CloseIdleConnections() }

// first reports whether a number has not been seen, and remembers it.
func (g *gatherer) first(id string) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if slices.Contains(g.seen, id) {
		return false
	}
	if len(g.seen) == maxGathers {
		g.seen = slices.Delete(g.seen, 0, 1)
	}
	g.seen = append(g.seen, id)
	return true
}

// all is /api/status?all=1.
func (b *Board) all(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	id, within := q.Get("gather"), gatherWithin
	if ms, err := strconv.ParseInt(q.Get("within_ms"), 10, 32); err == nil {
		within = min(within, max(0, time.Duration(ms)*time.Millisecond))
	}
	if len(id) > maxGatherID {
		http.Error(w, fmt.Sprintf("gather has %d bytes: want at most %d", len(id), maxGatherID), http.StatusBadRequest)
		return
	}
	own := id == "" // who asks on behalf of another node does not read
	if own {
		id = rand.Text()
	}
	select {
	case b.gather.turns <- struct{}{}:
		defer func() { <-b.gather.turns }()
	default:
		w.Header().Set("Retry-After", "5")
		http.Error(w, fmt.Sprintf("%d ask for all nodes already", maxAsking), http.StatusServiceUnavailable)
		return
	}
	x := newHarvest()
	if b.gather.first(id) {
		ctx, cancel := context.WithTimeout(r.Context(), within)
		defer cancel()
		b.collect(ctx, x, id, within)
	}
	b.answer(w, x.result(), own)
}

// collect adds this node and those beyond it.
func (b *Board) collect(ctx context.Context, x *harvest, id string, within time.Duration) {
	if err := x.add(small(b.Report())); err != nil {
		x.fail(Failure{b.cfg.Name, b.cfg.Web, err.Error()})
	}
	if within -= gatherMargin; within < gatherLeast {
		return
	}
	var asked sync.WaitGroup
	for _, web := range b.neighbours() {
		asked.Go(func() {
			if err := b.ask(ctx, x, web, id, within); err != nil {
				x.fail(Failure{b.cfg.Name, web, err.Error()})
			}
		})
	}
	asked.Wait()
}

// neighbours returns the web servers to ask, as http://host:port.
func (b *Board) neighbours() []string {
	all := slices.Clone(b.cfg.Others)
	for _, p := range b.Report().Peers {
		if p.Web != "" && p.Open {
			all = append(all, "http://"+p.Web)
		}
	}
	slices.Sort(all)
	all = slices.Compact(all)
	return all[:min(len(all), maxAsked)]
}

// ask adds the reports of a neighbour and of those beyond it.
func (b *Board) ask(ctx context.Context, x *harvest, web, id string, within time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	at := fmt.Sprintf("%s/api/status?all=1&gather=%s&within_ms=%d", strings.TrimSuffix(web, "/"), url.QueryEscape(id), within.Milliseconds())
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, at, nil)
	if err != nil {
		return err
	}
	b.cfg.Access.sign(r, id)
	a, err := b.gather.client.Do(r)
	if err != nil {
		return err
	}
	defer a.Body.Close()
	switch a.StatusCode {
	case http.StatusOK:
	case http.StatusForbidden:
		return errors.New("it shows its status to its own machine alone: give all nodes the same -status-token, or run it with -status public")
	case http.StatusBadRequest:
		return errors.New("it answers 400; one that speaks HTTPS alone is asked if -http-peers gives its https address")
	default:
		return fmt.Errorf("it answers %d", a.StatusCode)
	}
	if kind := a.Header.Get("Content-Type"); kind != "application/json" {
		return fmt.Errorf("it answers with %.40q, want application/json: it is no node's web server", kind)
	}
	return x.read(a.Body)
}

// small returns a report without what makes it long.
func small(r *Report) *Report {
	s := *r
	s.History, s.Videos = nil, make([]Video, len(r.Videos))
	for i, v := range r.Videos {
		v.Map = []Run{}
		s.Videos[i] = v
	}
	return &s
}
