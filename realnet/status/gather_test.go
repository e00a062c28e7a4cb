package status

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// neighbour is a web server that answers with a text.
func neighbour(t testing.TB, kind string, text func(w io.Writer)) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", kind)
		text(w)
	}))
	t.Cleanup(s.Close)
	return s.URL
}

// gatherAll asks a board for all nodes.
func gatherAll(t testing.TB, mux *http.ServeMux, query string) (all All, text string) {
	t.Helper()
	w := httptest.NewRecorder()
	mux.ServeHTTP(w, local("/api/status?all=1"+query))
	if err := json.Unmarshal(w.Body.Bytes(), &all); err != nil {
		t.Fatalf("%v: %.200q", err, w.Body)
	}
	return all, w.Body.String()
}

// TestGatherNumbers: a number passes once, so circles end, and the oldest are forgotten.
func TestGatherNumbers(t *testing.T) {
	var g gatherer
	for i := range maxGathers + 1 {
		if !g.first(fmt.Sprint(i)) || g.first(fmt.Sprint(i)) {
			t.Fatalf("number %d does not pass once", i)
		}
	}
	if len(g.seen) != maxGathers || !g.first("0") {
		t.Errorf("%d numbers are remembered, want %d", len(g.seen), maxGathers)
	}
}

// TestGatherBounds: what a neighbour answers costs no more than the bounds, whatever it is, and what came before the fault counts.
func TestGatherBounds(t *testing.T) {
	rep := strings.Repeat
	const kib = 1024
	for name, c := range map[string]struct {
		answer, want string // the failure
		nodes        int
	}{
		"nonsense":     {"<html>", "read its answer", 0},
		"nothing":      {"", "read its answer: EOF", 0},
		"other JSON":   {`{"version":1,"format":1,"nodes":[{}]}`, "does not begin with", 0},
		"null":         {`{"format":1,"nodes":[null]}`, "null", 0},
		"future":       {`{"format":9,"nodes":[{}]}`, "format 9", 0},
		"not a list":   {`{"format":1,"nodes":{}}`, "want a list", 0},
		"wrong type":   {`{"format":1,"nodes":[{},{"viewers":7}]}`, "viewers", 1},
		"cut":          {`{"format":1,"nodes":[{},{"node":`, "unexpected EOF", 1},
		"no end":       {`{"format":1,"nodes":[{}]`, "EOF", 1},
		"no lists":     {`{"format":1,"nodes":null,"failed":null}`, "<nil>", 0},
		"many nodes":   {`{"format":1,"nodes":[` + rep(`{},`, 10_000) + `{}]}`, "more than 1024 nodes", maxNodes},
		"many values":  {`{"format":1,"nodes":[{},{"x":[` + rep(`1,`, maxCommas+1) + `1]}]}`, "more than 65536 values", 1},
		"long report":  {`{"format":1,"nodes":[{},{"node":{"name":"` + rep("x", 2048*kib) + `"}}]}`, "more than 1048576 bytes", 1},
		"long unknown": {`{"format":1,"x":"` + rep("x", 2048*kib) + `"}`, "more than 1048576 bytes", 0},
		"long format":  {`{"format":` + rep("1", 2048*kib) + `}`, "more than 1048576 bytes", 0},
		"long answer":  {`{"format":1,"x":[],"nodes":[` + rep(rep(" ", 512*kib)+"{},", 20) + `{}]}`, "more than 8388608 bytes", 15},
	} {
		t.Run(name, func(t *testing.T) {
			x := newHarvest()
			err := x.read(strings.NewReader(c.answer))
			if len(x.nodes) != c.nodes || !strings.Contains(fmt.Sprint(err), c.want) {
				t.Errorf("%d nodes, %.300v; want %d, and %q", len(x.nodes), err, c.nodes, c.want)
			}
		})
	}
}

// TestGatheredSwells: text that takes more room once it is spelled out is bounded as that.
func TestGatheredSwells(t *testing.T) {
	x := newHarvest()
	text := []byte(`{"viewers":[` + strings.Repeat(`{},`, 5000) + `{}]}`)
	for range maxHeld/len(text) + 1 {
		if err := x.parse(text); err != nil {
			if !errors.Is(err, errFull) || x.held > maxHeld {
				t.Errorf("%v with %d bytes held", err, x.held)
			}
			return
		}
	}
	t.Errorf("%d bytes are held in %d nodes", x.held, len(x.nodes))
}

// TestGatherAsksNodes: what is no node's web server is not read.
func TestGatherAsksNodes(t *testing.T) {
	_, mux := board(t, Config{Others: []string{neighbour(t, "text/html", func(w io.Writer) { io.WriteString(w, `{"format":1,"nodes":[{}]}`) })}})
	all, _ := gatherAll(t, mux, "")
	if len(all.Nodes) != 1 || len(all.Failed) != 1 || !strings.Contains(all.Failed[0].Error, "no node's web server") {
		t.Errorf("%d nodes, %v", len(all.Nodes), all.Failed)
	}
}

// TestGatherInTime: with too little time left for an answer to come back, neighbours are not asked.
func TestGatherInTime(t *testing.T) {
	asked := 0
	web := neighbour(t, "application/json", func(w io.Writer) {
		asked++
		io.WriteString(w, `{"format":1}`)
	})
	_, mux := board(t, Config{Others: []string{web}})
	for _, ms := range []string{"0", "-5", "749"} {
		if all, _ := gatherAll(t, mux, "&within_ms="+ms); len(all.Nodes) != 1 || len(all.Failed) != 0 || asked != 0 {
			t.Errorf("within %s ms: %d nodes, %v, asked %d times", ms, len(all.Nodes), all.Failed, asked)
		}
	}
	if gatherAll(t, mux, "&within_ms=99999999"); asked != 1 {
		t.Errorf("asked %d times, want once", asked)
	}
}

// TestGatheredIsAsDocumented: of what a neighbour says those fields are told on that have a meaning, with their types; and a
// failure's text has a bound.
func TestGatheredIsAsDocumented(t *testing.T) {
	web := neighbour(t, "application/json", func(w io.Writer) {
		fmt.Fprintf(w, `{"format":1,"nodes":[{"node":{"name":"b"},"evil":1,"history":{},"videos":[{"map":[{"count":3}]}]},{"node":{"name":"a"}}],`+
			`"failed":[{"by":"b","web":"c","error":%q}],"more":{"x":[1]}}`, strings.Repeat("e", 5*maxFault))
	})
	_, mux := board(t, Config{Others: []string{web}})
	all, text := gatherAll(t, mux, "")
	if len(all.Nodes) != 3 || all.Nodes[0].Node.Name != "source" || all.Nodes[1].Node.Name != "a" || all.Nodes[2].Node.Name != "b" {
		t.Fatalf("%.500s", text)
	}
	if b := all.Nodes[2]; strings.Contains(text, "evil") || b.History != nil || len(b.Videos) != 1 || len(b.Videos[0].Map) != 0 {
		t.Errorf("%+v is told on", b)
	}
	if len(all.Failed) != 1 || len(all.Failed[0].Error) != maxFault {
		t.Errorf("failures: %v", all.Failed)
	}
	if _, short := gatherAll(t, mux, "&gather=of-a-node"); strings.Contains(short, "\n ") {
		t.Errorf("nodes are told with indentation: %.100s", short)
	}
}

// TestGatheringsAtATime: who may ask can have so many gatherings at a time, and more when one has ended.
func TestGatheringsAtATime(t *testing.T) {
	asked, let := make(chan bool), make(chan bool)
	web := neighbour(t, "application/json", func(w io.Writer) {
		asked <- true
		<-let
		io.WriteString(w, `{"format":1}`)
	})
	_, mux := board(t, Config{Others: []string{web}})
	done := make(chan int)
	for range maxAsking {
		go func() {
			w := httptest.NewRecorder()
			mux.ServeHTTP(w, local("/api/status?all=1"))
			done <- w.Code
		}()
		<-asked
	}
	w := httptest.NewRecorder()
	mux.ServeHTTP(w, local("/api/status?all=1"))
	if w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") == "" {
		t.Errorf("one more: %d", w.Code)
	}
	close(let)
	for range maxAsking {
		if code := <-done; code != http.StatusOK {
			t.Errorf("%d", code)
		}
	}
	go func() { <-asked }()
	if all, _ := gatherAll(t, mux, ""); len(all.Failed) > 0 {
		t.Errorf("afterwards: %v", all.Failed)
	}
}

// TestGatherFitsALargeTree: as many nodes as are told, with what a busy one has, fit into what is read of one neighbour.
func TestGatherFitsALargeTree(t *testing.T) {
	r := full()
	for range 10 {
		r.Peers, r.Viewers = append(r.Peers, r.Peers[0]), append(r.Viewers, r.Viewers[0])
	}
	x := newHarvest()
	for range maxNodes {
		if err := x.add(r); err != nil {
			t.Fatal(err)
		}
	}
	big := full()
	for range 1000 { // and one with as many viewers as a node takes, and peers
		big.Peers, big.Viewers = append(big.Peers, big.Peers[0]), append(big.Viewers, big.Viewers[0])
	}
	if text, err := json.Marshal(small(big)); err != nil || len(text) > maxReport {
		t.Errorf("%d bytes, %v", len(text), err)
	}
}
