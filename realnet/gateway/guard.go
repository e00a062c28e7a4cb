package gateway

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"time"

	"peerstreamer/realnet/gateway/ticket"
	"peerstreamer/realnet/manifest"
	"peerstreamer/realnet/media"
)

// Bounds on a request, beside maxHeader.
const (
	maxURL    = 4096 // bytes; a name takes 765 at most
	maxRanges = 16   // in one request; players ask for one
)

// bodyTimeout is how long is waited for the rest of a request that is refused.
const bodyTimeout = time.Second

// defaultPolicy is for whatever is not a page: nothing in it runs or is framed.
const defaultPolicy = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"

// ServeHTTP implements http.Handler.
func (g *Gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin") // an address may be signed, which is nobody else's business
	h.Set("Content-Security-Policy", defaultPolicy)
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	switch {
	case len(r.RequestURI) > maxURL:
		http.Error(w, "the address is too long", http.StatusRequestURITooLong)
	case !g.opts.isHost(r.Host):
		http.Error(w, "this server does not go by that name", http.StatusMisdirectedRequest)
	case r.Method != http.MethodGet && r.Method != http.MethodHead && r.Method != http.MethodOptions:
		h.Set("Allow", "GET, HEAD, OPTIONS")
		g.refuseBody(w, "videos can be read, and nothing else", http.StatusMethodNotAllowed)
	case r.ContentLength != 0:
		g.refuseBody(w, "a request has no body here", http.StatusRequestEntityTooLarge)
	case g.answersCORS(w, r):
	default:
		g.mux.ServeHTTP(w, r)
	}
}

// refuseBody answers and ends the connection without waiting for what the client would still send.
func (g *Gateway) refuseBody(w http.ResponseWriter, text string, status int) {
	w.Header().Set("Connection", "close")
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(bodyTimeout)) // a recorder has none
	http.Error(w, text, status)
}

// shared reports whether a path leads to what pages of other origins may be let read: videos, what belongs to them, and where
// they are. The rest of the server, such as the node's status, is for its own pages, whatever the operator's list of origins says.
func shared(path string) bool {
	for _, folder := range []string{"/v/", "/go/", "/steer/"} {
		if strings.HasPrefix(path, folder) {
			return true
		}
	}
	return path == "/api/room"
}

// answersCORS lets pages of the origins that the operator has named, and those of the nodes among which viewers are led, read
// videos, and returns true if all has been said.
func (g *Gateway) answersCORS(w http.ResponseWriter, r *http.Request) bool {
	h, origin := w.Header(), r.Header.Get("Origin")
	switch {
	case !shared(r.URL.Path), len(g.opts.CORS)+len(g.opts.nodes) == 0:
	case slices.Contains(g.opts.CORS, "*"):
		h.Set("Access-Control-Allow-Origin", "*")
	default:
		h.Add("Vary", "Origin")
		if origin != "" && (slices.Contains(g.opts.CORS, origin) || slices.Contains(g.opts.nodes, origin)) {
			h.Set("Access-Control-Allow-Origin", origin)
		}
	}
	if h.Get("Access-Control-Allow-Origin") != "" {
		h.Set("Access-Control-Expose-Headers", "Accept-Ranges, Content-Length, Content-Range, ETag")
	}
	if r.Method != http.MethodOptions {
		return false
	}
	h.Set("Allow", "GET, HEAD, OPTIONS")
	if h.Get("Access-Control-Allow-Origin") != "" {
		h.Set("Access-Control-Allow-Methods", "GET, HEAD")
		h.Set("Access-Control-Allow-Headers", "Range, If-Range, If-None-Match, CMCD-Object, CMCD-Request, CMCD-Session, CMCD-Status")
		h.Set("Access-Control-Max-Age", "86400")
	}
	w.WriteHeader(http.StatusNoContent)
	return true
}

// isHost reports whether a request may be for this server: it has a Host that is one, and if the operator has named hosts
// or only this machine can connect, it is an address, localhost or one of those.
func (o *Options) isHost(host string) bool {
	name := host
	if h, port, err := net.SplitHostPort(host); err == nil {
		if port != "" && strings.Trim(port, "0123456789") != "" {
			return false
		}
		name = h
	} else {
		name = strings.TrimSuffix(strings.TrimPrefix(name, "["), "]")
	}
	if addr, err := netip.ParseAddr(name); err == nil {
		return addr.Zone() == ""
	}
	name = strings.ToLower(strings.TrimSuffix(name, "."))
	if name == "" || len(name) > 253 || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789-._") != "" {
		return false
	}
	return len(o.Hosts) == 0 || name == "localhost" || strings.HasSuffix(name, ".localhost") ||
		slices.ContainsFunc(o.Hosts, func(s string) bool { return strings.EqualFold(s, name) })
}

// admits reports whether the request may see the video of a name, and answers if not. What belongs to a video needs that
// video's ticket.
func (g *Gateway) admits(w http.ResponseWriter, r *http.Request, name string) bool {
	if g.opts.Secret == nil {
		return true
	}
	if video, _, ok := media.Parse(name); ok {
		name = video
	}
	w.Header().Set("Cache-Control", "private, no-cache")
	err := g.opts.Secret.Check(name, r.URL.RawQuery, time.Now(), g.opts.viewer(r))
	if err != nil {
		http.Error(w, err.Error(), http.StatusForbidden)
	}
	return err == nil
}

// unlisted keeps a list of videos from those who need a ticket for each.
func (g *Gateway) unlisted(list http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if g.opts.Secret != nil {
			http.Error(w, "this server has no list: "+ticket.ErrMissing.Error(), http.StatusForbidden)
			return
		}
		list(w, r)
	}
}

// goodName returns the name in the path, "" if it can name nothing.
func goodName(r *http.Request) string {
	if name := r.PathValue("name"); manifest.CheckName(name) == nil {
		return name
	}
	return ""
}
