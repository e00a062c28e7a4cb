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
	ancestors := "'self'"
	if len(g.opts.Frame) > 0 {
		ancestors = "'self' " + strings.Join(g.opts.Frame, " ")
	}
	w.Header().Del("Cross-Origin-Opener-Policy") // is about windows, not frames
	g.player(w, embedPage, ancestors, newCard(v, carried(r)))
}
