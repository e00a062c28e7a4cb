package demo

import (
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"time"
)

// Bounds on who listens.
const (
	maxListeners = 32
	writeTimeout = 10 * time.Second // for a listener to take one state
)

// news hands the latest state to all who listen. A slow listener misses what it has no time for.
type news struct {
	mu        sync.Mutex
	latest    []byte        // JSON; nil: none yet
	newer     chan struct{} // closed when there is a later one
	ended     bool
	listeners int
}

func newNews() *news { return &news{newer: make(chan struct{})} }

func (n *news) publish(s State) {
	b, err := json.Marshal(s)
	if err != nil {
		panic(fmt.Sprintf("demo: a state: %v", err)) // numbers and strings alone
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if !n.ended {
		n.latest = b
		close(n.newer)
		n.newer = make(chan struct{})
	}
}

// end sends the listeners home.
func (n *news) end() {
	n.mu.Lock()
	defer n.mu.Unlock()
	if !n.ended {
		n.ended = true
		close(n.newer)
	}
}

func (n *news) look() (latest []byte, newer chan struct{}, ended bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.latest, n.newer, n.ended
}

// enter counts a listener, if there is room.
func (n *news) enter() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.listeners == maxListeners {
		return false
	}
	n.listeners++
	return true
}

func (n *news) leave() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.listeners--
}

// ServeHTTP sends each state as a server-sent event.
func (n *news) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !n.enter() {
		w.Header().Set("Retry-After", "5")
		http.Error(w, fmt.Sprintf("%d pages look already: close one", maxListeners), http.StatusServiceUnavailable)
		return
	}
	defer n.leave()
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	c := http.NewResponseController(w)
	for {
		latest, newer, ended := n.look()
		if ended {
			return
		}
		if latest != nil {
			_ = c.SetWriteDeadline(time.Now().Add(writeTimeout)) // a test's recorder has none
			if _, err := fmt.Fprintf(w, "data: %s\n\n", latest); err != nil || c.Flush() != nil {
				return
			}
		}
		select {
		case <-newer:
		case <-r.Context().Done():
			return
		}
	}
}
