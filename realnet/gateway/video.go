package gateway

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"go.uber.org/zap"

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
	s, err := g.cfg.Desk.Open(r.Context(), v.Name)
	if err != nil {
		g.fail(w, r, err)
		return
	}
	defer s.Close()
	h := w.Header()
	h.Set("Content-Type", s.Manifest().MediaType())
	h.Set("ETag", etag(s.Manifest()))
	h.Set("Cache-Control", "no-cache") // a name may get another video; the ETag tells in one round trip
	http.ServeContent(w, r, "", time.Time{}, s)
}

// find returns the video that the request names, or answers that there is none.
func (g *Gateway) find(w http.ResponseWriter, r *http.Request) (v catalog.Video, ok bool) {
	name := r.PathValue("name")
	if manifest.CheckName(name) == nil {
		if v, ok = g.cfg.Catalogue.Find(name); ok {
			return v, true
		}
	}
	http.Error(w, "there is no such video here", http.StatusNotFound)
	return v, false
}

// fail answers for a video that cannot be read.
func (g *Gateway) fail(w http.ResponseWriter, r *http.Request, err error) {
	status := http.StatusBadGateway
	switch {
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
