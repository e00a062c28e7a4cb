package status

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"time"

	"go.uber.org/zap"
)

// Bounds on who listens.
const (
	maxListeners = 64
	eventTimeout = 10 * time.Second // for a listener to take an event
	refresh      = 10               // each so many events have the videos in any case, for those who have missed one
)

// feed hands events to those who listen. One who is slow misses some: the next says all that matters.
type feed struct {
	mu        sync.Mutex
	listeners map[chan []byte]struct{}
}

func (f *feed) init() { f.listeners = map[chan []byte]struct{}{} }

// join returns a channel of events, nil if too many listen.
func (f *feed) join() chan []byte {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.listeners) == maxListeners {
		return nil
	}
	c := make(chan []byte, 1)
	f.listeners[c] = struct{}{}
	return c
}

func (f *feed) leave(c chan []byte) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.listeners, c)
}

func (f *feed) listened() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.listeners) > 0
}

func (f *feed) send(e []byte) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for c := range f.listeners {
		select {
		case c <- e:
		default:
		}
	}
}

// publish sends how the node does to those who listen: with the last second of history, and without the videos if they are as
// they were.
func (b *Board) publish() {
	r := *b.Report()
	videos, err := json.Marshal(r.Videos)
	if err != nil {
		b.log.Error("cannot encode the videos", zap.Error(err))
		return
	}
	b.mu.Lock()
	if bytes.Equal(videos, b.held) && b.past.n%refresh != 0 {
		r.Videos = nil
	}
	b.held = videos
	r.History = b.past.last(1)
	b.mu.Unlock()
	e, err := event(&r)
	if err != nil {
		b.log.Error("cannot encode a report", zap.Error(err))
		return
	}
	b.feed.send(e)
}

// event words a server-sent event. JSON has no line ends in it.
func event(r *Report) ([]byte, error) {
	data, err := json.Marshal(r)
	if err != nil {
		return nil, err
	}
	return fmt.Appendf(nil, "event: status\ndata: %s\n\n", data), nil
}

// events is /api/events: all there is to know first, then what is new each second.
func (b *Board) events(w http.ResponseWriter, r *http.Request) {
	c := b.feed.join()
	if c == nil {
		w.Header().Set("Retry-After", "5")
		http.Error(w, fmt.Sprintf("%d listen already", maxListeners), http.StatusServiceUnavailable)
		return
	}
	defer b.feed.leave(c)
	out := http.NewResponseController(w)
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no") // nginx would collect events until they are of no use
	e, err := event(b.full())
	for err == nil {
		if err = out.SetWriteDeadline(time.Now().Add(eventTimeout)); err != nil {
			break
		}
		if _, err = w.Write(e); err != nil {
			break
		}
		if err = out.Flush(); err != nil {
			break
		}
		select {
		case e = <-c:
		case <-r.Context().Done():
			return
		case <-b.quit:
			return
		}
	}
	b.log.Debug("a listener is gone", zap.Error(err))
}

// full returns a report with all of history.
func (b *Board) full() *Report {
	r := *b.Report()
	b.mu.Lock()
	defer b.mu.Unlock()
	r.History = b.past.last(historyLen)
	return &r
}
