package gateway

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"go.uber.org/zap"

	"peerstreamer/realnet/audience"
	"peerstreamer/realnet/catalog"
	"peerstreamer/realnet/manifest"
	"peerstreamer/realnet/playback"
)

// video serves the bytes of one video. What a request means is net/http's: ranges, several at once, conditions.
func (g *Gateway) video(w http.ResponseWriter, r *http.Request) {
	v, ok := g.find(w, r)
	if !ok {
		return
	}
	if strings.Count(r.Header.Get("Range"), ",") >= maxRanges {
		http.Error(w, fmt.Sprintf("more than %d ranges in one request", maxRanges), http.StatusRequestedRangeNotSatisfiable)
		return
	}
	b, err := g.open(w, r, v.Name)
	if err != nil {
		g.fail(w, r, err)
		return
	}
	defer b.Close()
	g.send(w, r, b, b.s.Manifest().MediaType())
}

// open returns a session as the body of an answer. It ends with the request at the latest, and then nothing more is fetched
// for it.
func (g *Gateway) open(w http.ResponseWriter, r *http.Request, name string) (*body, error) {
	ctx, cancel := context.WithCancel(r.Context())
	b := &body{came: time.Now(), ctx: ctx, end: cancel, seat: g.seats.seat(w, g.opts.viewer(r), cancel)}
	if _, err := b.seated(func() (_ int64, err error) {
		b.s, err = g.cfg.Desk.Open(ctx, name)
		return 0, err
	}); err != nil {
		cancel()
		return nil, err
	}
	return b, nil
}

// send answers with a body.
func (g *Gateway) send(w http.ResponseWriter, r *http.Request, b *body, mediaType string) {
	m := b.s.Manifest()
	h := w.Header()
	h.Set("Content-Type", mediaType)
	h.Set("ETag", etag(m))
	if h.Get("Cache-Control") == "" {
		h.Set("Cache-Control", "no-cache") // a name may get another video; the ETag tells in one round trip
	}
	if g.cfg.Audience != nil {
		var leave func()
		w, leave = g.cfg.Audience.Enter(w, r, audience.Visit{Came: b.came, From: g.opts.viewer(r), Video: m.Name(), Info: m.Info()})
		defer leave()
	}
	out := &sender{ResponseWriter: w, ctl: http.NewResponseController(w), from: b, stall: g.opts.Stall}
	if r.Method == http.MethodGet {
		out.first = g.tails.begun(b.s)
		out.fail = func(err error) { g.fail(w, r, err) }
	}
	http.ServeContent(out, r, "", time.Time{}, b)
	if out.err != nil && r.Context().Err() == nil {
		g.log.Info("a viewer did not get all", zap.String("video", m.Name()), zap.Int64("sent_bytes", out.sent), zap.Error(out.err))
	}
}

// find returns the video that the request names and may see, or answers why not.
func (g *Gateway) find(w http.ResponseWriter, r *http.Request) (v catalog.Video, ok bool) {
	name := goodName(r)
	if !g.admits(w, r, name) {
		return v, false
	}
	if name != "" {
		if v, ok = g.cfg.Catalogue.Find(name); ok {
			return v, true
		}
	}
	g.missing(w, r, "there is no such video here")
	return v, false
}

// missing answers that something is not there, or that nobody can tell yet: with a page where one was asked for.
func (g *Gateway) missing(w http.ResponseWriter, r *http.Request, text string) {
	status := http.StatusNotFound
	if !g.cfg.Catalogue.Settled() {
		w.Header().Set("Retry-After", "2")
		text, status = "this node has not heard yet which videos there are: ask again in a moment", http.StatusServiceUnavailable
	}
	if strings.HasPrefix(r.URL.Path, "/watch/") || strings.HasPrefix(r.URL.Path, "/embed/") {
		g.absent(w, r, status)
		return
	}
	http.Error(w, text, status)
}

// fail answers for a video that cannot be read.
func (g *Gateway) fail(w http.ResponseWriter, r *http.Request, err error) {
	status := http.StatusBadGateway
	switch {
	case r.Context().Err() != nil:
		return // there is nobody to answer
	case errors.Is(err, playback.ErrNoVideo):
		status = http.StatusNotFound
	case errors.Is(err, playback.ErrFull), errors.Is(err, playback.ErrEnded):
		status = http.StatusServiceUnavailable
		w.Header().Set("Retry-After", "5")
	case errors.Is(err, playback.ErrSilent):
		status = http.StatusGatewayTimeout
	}
	g.log.Info("a request failed", zap.String("path", r.URL.Path), zap.Error(err))
	http.Error(w, err.Error(), status)
}

// etag names a video's bytes: its id is the hash of all of them.
func etag(m *manifest.Manifest) string { return fmt.Sprintf("%q", m.ID().String()) }
