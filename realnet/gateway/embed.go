package gateway

import (
	"net/http"
	"strings"
)

var embedPage = page("embed.html")

// embed shows a player alone, for a page of somebody else's to frame.
func (g *Gateway) embed(w http.ResponseWriter, r *http.Request) {
	v, ok := g.find(w, r)
	if !ok {
		return
	}
	w.Header().Del("Cross-Origin-Opener-Policy") // is about windows, not frames
	g.player(w, embedPage, g.framers(), newCard(v, carried(r)))
}

// framers are who may frame a player: the sources of a frame-ancestors directive.
func (g *Gateway) framers() string {
	return strings.Join(append([]string{"'self'"}, g.opts.Frame...), " ")
}
