package gateway

import (
	"net/http"
	"strings"
)

var absentPage = page("absent.html")

// absence is what a page says of a video that is not there.
type absence struct {
	Unsettled bool // nobody knows yet: the page looks again
	List      bool // there is a list to go to
}

// absent answers a request for a page of a video with one that says that there is none, in a frame as well.
func (g *Gateway) absent(w http.ResponseWriter, r *http.Request, status int) {
	a := absence{Unsettled: status == http.StatusServiceUnavailable}
	ancestors := g.framers()
	if strings.HasPrefix(r.URL.Path, "/watch/") {
		ancestors = "'none'"
		a.List = g.opts.Secret == nil
	}
	g.pageAs(w, status, absentPage, policy(ancestors, nil), a)
}
