package gateway

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// TestRoomsBounds: a node is asked where the operator says, and nowhere that it sends the question on to; its answer has a bound.
func TestRoomsBounds(t *testing.T) {
	const good = `{"sessions_in_use":1,"sessions_most":3,"sessions_free":2}`
	var elsewhere atomic.Int32
	third := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		elsewhere.Add(1)
		fmt.Fprint(w, good)
	}))
	t.Cleanup(third.Close)
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		want   string
	}{
		"good":      {func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, good) }, ""},
		"redirect":  {func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, third.URL, http.StatusFound) }, "302"},
		"long":      {func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, strings.Repeat(" ", maxRoom), good) }, "EOF"},
		"long head": {func(w http.ResponseWriter, r *http.Request) { w.Header().Set("X", strings.Repeat("x", 2*maxRoom)) }, "exceeded"},
		"no JSON":   {func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "<html>") }, "invalid character"},
		"failing":   {func(w http.ResponseWriter, r *http.Request) { http.Error(w, good, 500) }, "500"},
	} {
		s := httptest.NewServer(c.answer)
		r := newRooms()
		got := r.ask(t.Context(), []string{s.URL})[0]
		if (got.err == nil) != (c.want == "") || got.err != nil && !strings.Contains(got.err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, got.err, c.want)
		}
		if got.err == nil && got.room != (Room{InUse: 1, Most: 3, Free: 2}) {
			t.Errorf("%s: %+v", name, got.room)
		}
		r.close()
		s.Close()
	}
	if n := elsewhere.Load(); n > 0 {
		t.Errorf("a third party was asked %d times", n)
	}
}

// TestWhoLeavesSaysNothingOfRooms: a viewer who is gone before a node has answered does not make the node count as silent.
func TestWhoLeavesSaysNothingOfRooms(t *testing.T) {
	asked, let := make(chan bool, 2), make(chan bool)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked <- true
		select {
		case <-let:
			fmt.Fprint(w, `{"sessions_free":5}`)
		case <-r.Context().Done():
		}
	}))
	defer s.Close()
	r := newRooms()
	defer r.close()
	r.age, r.client.Timeout = time.Hour, patience
	ctx, leave := context.WithCancel(t.Context())
	go func() {
		<-asked
		leave()
	}()
	if got := r.ask(ctx, []string{s.URL})[0]; got.err == nil {
		t.Fatal("an answer for who has left")
	}
	close(let)
	for range 2 { // the second time from memory
		if got := r.ask(t.Context(), []string{s.URL})[0]; got.err != nil || got.room.Free != 5 {
			t.Errorf("%+v, %v", got.room, got.err)
		}
	}
	if len(asked) != 1 {
		t.Errorf("asked %d times more, want once", len(asked))
	}
}
