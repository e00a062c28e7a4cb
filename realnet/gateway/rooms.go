package gateway

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"
)

// How nodes are asked whether they have room.
const (
	roomTimeout = 500 * time.Millisecond // for an answer: a viewer waits meanwhile
	roomAge     = 2 * time.Second        // how long an answer, or none, is taken for the present
	maxRoom     = 4096                   // bytes of an answer
)

// Room is how many viewers a node has and takes, what /api/room says.
type Room struct {
	InUse int `json:"sessions_in_use"`
	Most  int `json:"sessions_most"`
	Free  int `json:"sessions_free"` // 0: the node takes no more
}

// room says how much room there is here.
func (g *Gateway) room(w http.ResponseWriter, r *http.Request) {
	text, err := json.Marshal(g.ownRoom())
	if err != nil {
		panic(err) // three numbers
	}
	w.Header().Set("Cache-Control", "no-store")
	serveText(w, r, "application/json", "", text)
}

func (g *Gateway) ownRoom() Room {
	in, most := g.cfg.Desk.InUse(), g.cfg.Desk.Max()
	return Room{InUse: in, Most: most, Free: max(0, most-in)}
}

// rooms asks other nodes for theirs, and remembers it for a while.
type rooms struct {
	client *http.Client
	age    time.Duration

	mu sync.Mutex
	of map[string]*answer // by the node's address; the operator's rules bound it
}

// answer is what a node said last.
type answer struct {
	mu   sync.Mutex
	at   time.Time
	room Room
	err  error
}

func newRooms() *rooms {
	return &rooms{
		client: &http.Client{
			Timeout:       roomTimeout,
			Transport:     &http.Transport{MaxIdleConnsPerHost: 1, IdleConnTimeout: time.Minute, MaxResponseHeaderBytes: maxRoom},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		age: roomAge, of: map[string]*answer{},
	}
}

// ask returns the rooms of nodes, asked at the same time; an error for each that does not answer.
func (r *rooms) ask(ctx context.Context, nodes []string) []*answer {
	all := make([]*answer, len(nodes))
	var asked sync.WaitGroup
	for i, node := range nodes {
		r.mu.Lock()
		a := r.of[node]
		if a == nil {
			a = &answer{}
			r.of[node] = a
		}
		r.mu.Unlock()
		asked.Go(func() {
			a.mu.Lock() // whoever comes meanwhile waits for the same answer
			defer a.mu.Unlock()
			if a.at.IsZero() || time.Since(a.at) >= r.age {
				a.room, a.err = r.fetch(ctx, node)
				if a.at = time.Now(); ctx.Err() != nil {
					a.at = time.Time{} // the one who asked has left, which says nothing of the node
				}
			}
			all[i] = &answer{room: a.room, err: a.err}
		})
	}
	asked.Wait()
	return all
}

func (r *rooms) fetch(ctx context.Context, node string) (room Room, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, node+"/api/room", nil)
	if err != nil {
		return room, err
	}
	resp, err := r.client.Do(req)
	if err != nil {
		return room, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return room, fmt.Errorf("%s: %s", req.URL, resp.Status)
	}
	if err := json.NewDecoder(io.LimitReader(resp.Body, maxRoom)).Decode(&room); err != nil {
		return room, fmt.Errorf("%s: %w", req.URL, err)
	}
	return room, nil
}

func (r *rooms) close() { r.client.CloseIdleConnections() }
