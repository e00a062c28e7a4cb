package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"
)

// table prints what the viewers have met and what the processes hold.
type table struct {
	w     io.Writer
	s     *swarm
	began time.Time
}

func newTable(w io.Writer, s *swarm) *table {
	t := &table{w: w, s: s, began: time.Now()}
	fmt.Fprintf(w, "%8s %8s %8s %7s %7s %7s %6s %9s", "time", "done", "GB", "wrong", "faults", "excused", "kills", "longest")
	for _, m := range s.all {
		fmt.Fprintf(w, "  %24s", m.name)
	}
	fmt.Fprintf(w, "\n%67s", "")
	for range s.all {
		fmt.Fprintf(w, "  %24s", "MiB files goroutines")
	}
	fmt.Fprintln(w)
	return t
}

// row prints one row. The longest wait is that since the row before.
func (t *table) row() {
	y := &t.s.tally
	t.s.mu.Lock()
	kills := 0
	for _, m := range t.s.all {
		kills += m.kills
	}
	held := make([]string, len(t.s.all))
	for i, m := range t.s.all {
		held[i] = m.held()
	}
	t.s.mu.Unlock()
	y.mu.Lock()
	fmt.Fprintf(t.w, "%8s %8d %8.2f %7d %7d %7d %6d %6d ms", time.Since(t.began).Round(time.Second), y.done, float64(y.bytes)/1e9, y.wrong, y.faults,
		y.excused, kills, y.longest.Milliseconds())
	y.longest = 0
	y.mu.Unlock()
	for _, h := range held {
		fmt.Fprintf(t.w, "  %24s", h)
	}
	fmt.Fprintln(t.w)
}

// held returns what a node's process holds at the moment: memory that is no file's, descriptors, goroutines; "?" for what cannot
// be told.
func (m *member) held() string {
	memory, files, goroutines := "?", "?", "?"
	if u, err := m.node.Memory(); err == nil {
		memory = fmt.Sprintf("%.1f", float64(u.Anonymous)/(1<<20))
	}
	if open, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", m.node.PID())); err == nil {
		files = fmt.Sprint(len(open))
	}
	client := http.Client{Timeout: 5 * time.Second}
	if answer, err := client.Get(m.web + "/debug/pprof/goroutine?debug=1"); err == nil {
		var head [64]byte
		n, _ := io.ReadFull(answer.Body, head[:]) // less if it says less
		answer.Body.Close()
		line, _, _ := bytes.Cut(head[:n], []byte("\n"))
		if _, total, ok := strings.Cut(string(line), "total "); ok {
			goroutines = total
		}
	}
	client.CloseIdleConnections()
	return fmt.Sprintf("%s %5s %10s", memory, files, goroutines)
}
