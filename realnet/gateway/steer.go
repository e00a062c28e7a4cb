package gateway

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"

	"peerstreamer/realnet/gateway/ticket"
	"peerstreamer/realnet/media"
)

// variantsPart is the playlist of a video's playlists: the same one at each node.
const variantsPart = "master.m3u8"

// steerTTL is after how many seconds a player asks again where to go.
const steerTTL = 10

// steering is a steering manifest of HLS Content Steering, version 1.
type steering struct {
	Version  int      `json:"VERSION"`
	TTL      int      `json:"TTL"`
	Reload   string   `json:"RELOAD-URI"`
	Priority []string `json:"PATHWAY-PRIORITY"`
}

// steer tells a player which nodes to turn to, the best first.
func (g *Gateway) steer(w http.ResponseWriter, r *http.Request) {
	v, ok := g.find(w, r)
	if !ok {
		return
	}
	s := steering{Version: 1, TTL: steerTTL, Reload: locator(url.PathEscape(v.Name), ticket.Carry(r.URL.RawQuery))}
	at := r.FormValue("_HLS_pathway") // which players add, and proves nothing: it decides among equals
	for _, p := range g.routes(r.Context(), g.opts.viewer(r), at) {
		s.Priority = append(s.Priority, p.id)
	}
	text, err := json.Marshal(s)
	if err != nil {
		panic(err) // strings and numbers
	}
	w.Header().Set("Cache-Control", "no-store")
	serveText(w, r, "application/json", "", text)
}

// variants serves a multivariant playlist that leads to the video's playlist at each node, the best for this viewer first, and
// names this server as the one that steers.
func (g *Gateway) variants(w http.ResponseWriter, r *http.Request) {
	v, ok := g.find(w, r)
	if !ok {
		return
	}
	c, ok := g.cfg.Catalogue.Find(media.Companion(v.Name, media.PlaylistPart))
	if !ok {
		g.missing(w, r, "this video has no "+media.PlaylistPart)
		return
	}
	b, err := g.open(w, r, c.Name)
	if err != nil {
		g.fail(w, r, err)
		return
	}
	defer b.Close()
	list, err := io.ReadAll(io.LimitReader(b, maxPlaylist))
	if err != nil {
		g.fail(w, r, err)
		return
	}
	peak, mean, err := bandwidth(list)
	if err != nil {
		http.Error(w, fmt.Sprintf("the playlist of %q: %v", v.Name, err), http.StatusBadGateway)
		return
	}
	routes, query := g.routes(r.Context(), g.opts.viewer(r), ""), ticket.Carry(r.URL.RawQuery)
	name := url.PathEscape(v.Name)
	var out bytes.Buffer
	fmt.Fprintf(&out, "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-CONTENT-STEERING:SERVER-URI=%q,PATHWAY-ID=%q\n",
		locator("../../steer/"+name, query), routes[0].id)
	langs := subtitled(v, r)
	for i, p := range routes {
		text := renditions(&out, langs, i, p.root(2), name, query)
		fmt.Fprintf(&out, "#EXT-X-STREAM-INF:BANDWIDTH=%d,AVERAGE-BANDWIDTH=%d,PATHWAY-ID=%q%s\n%s\n", peak, mean, p.id, text,
			locator(p.root(2)+"/v/"+name+"/"+media.PlaylistPart, query))
	}
	w.Header().Set("Cache-Control", "no-store")
	serveText(w, r, playlistType, "", out.Bytes())
}

var errNoSegments = errors.New("no segment has both a duration and a range of bytes")

// bandwidth returns the highest bit rate of the segments of a media playlist of byte ranges, and that of all together, in bits
// per second.
func bandwidth(playlist []byte) (peak, mean int64, err error) {
	var seconds, all float64
	var size, total int64
	for line := range bytes.Lines(playlist) {
		line = bytes.TrimSpace(line)
		if v, ok := bytes.CutPrefix(line, []byte("#EXTINF:")); ok {
			v, _, _ = bytes.Cut(v, []byte(","))
			if seconds, err = strconv.ParseFloat(string(v), 64); err != nil || !(seconds > 0 && seconds < 86400) {
				return 0, 0, fmt.Errorf("a segment of %q seconds", v)
			}
		}
		if v, ok := bytes.CutPrefix(line, []byte("#EXT-X-BYTERANGE:")); ok {
			v, _, _ = bytes.Cut(v, []byte("@"))
			if size, err = strconv.ParseInt(string(v), 10, 64); err != nil || size < 1 || size > 1<<40 {
				return 0, 0, fmt.Errorf("a segment of %q bytes", v)
			}
		}
		if len(line) > 0 && line[0] != '#' {
			if seconds > 0 && size > 0 {
				peak = max(peak, int64(float64(size*8)/seconds))
				all, total = all+seconds, total+size
			}
			seconds, size = 0, 0
		}
	}
	if total == 0 {
		return 0, 0, errNoSegments
	}
	return max(1, peak), max(1, int64(float64(total)*8/all)), nil
}
