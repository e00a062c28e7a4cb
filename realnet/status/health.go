package status

import (
	"fmt"
	"net/http"
)

// healthz is /healthz: the node's owner answers, so the process need not be restarted.
func (b *Board) healthz(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	if b.cfg.Node.Peers() == nil {
		http.Error(w, "the node has ended", http.StatusServiceUnavailable)
		return
	}
	fmt.Fprintln(w, "ok")
}

// readyz is /readyz: viewers may be sent here. A master that is away does not make a node unready, for it serves what it has, and
// all of a site's nodes would be unready at once; nor does a store that takes nothing new. A node with a master that has nothing
// and reaches nobody is: whoever is sent there sees nothing. What is not well but no reason is told.
func (b *Board) readyz(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	x := b.Report()
	status, verdict := http.StatusOK, "ready"
	up := x.Upstream.State
	empty := x.Store == nil || x.Store.Chunks == 0
	switch {
	case b.cfg.Node.Peers() == nil:
		status, verdict = http.StatusServiceUnavailable, "not ready: the node has ended"
	case empty && (up == UpstreamAway || up == UpstreamReaching):
		status, verdict = http.StatusServiceUnavailable, "not ready: nothing is here, and nobody can be reached who has it"
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	fmt.Fprintf(w, "%s\nupstream: %s\n", verdict, up)
	if s := x.Store; s != nil {
		switch {
		case s.Failing:
			fmt.Fprintln(w, "store: cannot commit; what is here is served")
		case s.Full:
			fmt.Fprintln(w, "store: the disk is full; what is here is served")
		default:
			fmt.Fprintln(w, "store: writable")
		}
	}
}
