package gateway

import (
	"fmt"
	"hash/fnv"
	"net/http"
	"path"
	"strings"

	"peerstreamer/realnet/catalog"
	"peerstreamer/realnet/media"
)

// card is a video as the pages show it.
type card struct {
	Name, Title, Search string // Search is what words are looked for in, in lower case
	Type                string
	Bytes               int64
	Length, Size, Here  string // for people; "" if unknown
	Part                bool   // some of it is here, but not all
	Percent             int    // of it that is here

	Watch, File, HLS, Poster, Embed string // addresses; "" if there is none
	Tracks                          []track

	Self   string   // the address of this node's server, if there are others
	Others []string // those of the other nodes at which the video plays under the same path
	Master string   // the playlist that leads to all of them; "" if there is none

	query string // what its addresses carry

	Hue, HueX int // of the drawing that stands for a poster
}

// track is one of a video's subtitles.
type track struct{ Lang, URL string }

// cards returns all videos in the order of their titles.
func (g *Gateway) cards(r *http.Request) []card {
	query := carried(r)
	var all []card
	for _, v := range g.cfg.Catalogue.Videos() {
		all = append(all, newCard(v, query))
	}
	sortByTitle(all)
	return all
}

func newCard(v catalog.Video, query string) card {
	c := card{
		Name: v.Name, Title: title(v.Name), Type: v.Type, Bytes: int64(v.Length),
		Watch: place("/watch/", v.Name, "", query), File: place("/v/", v.Name, "", query),
		Embed: place("/embed/", v.Name, "", query), query: query,
	}
	c.Search = strings.ToLower(c.Title + " " + v.Name)
	if v.Length > 0 {
		c.Size = size(int64(v.Length))
	}
	if v.Duration > 0 {
		c.Length = media.Clock(v.Duration)
	}
	switch {
	case v.Whole():
		c.Here = "all of it here"
	case v.Here > 0:
		c.Part, c.Percent = true, max(1, int(int64(v.Here)*100/int64(v.Chunks)))
		c.Here = fmt.Sprintf("%d %% here", c.Percent)
	}
	if v.Poster {
		c.Poster = place("/v/", v.Name, "/"+media.PosterPart, query)
	}
	if v.HLS {
		c.HLS = place("/v/", v.Name, "/"+media.PlaylistPart, query)
	}
	for _, lang := range v.Subtitles {
		c.Tracks = append(c.Tracks, track{lang, place("/v/", v.Name, "/"+media.SubtitlePart(lang), query)})
	}
	h := fnv.New32a()
	h.Write([]byte(v.Name))
	c.Hue, c.HueX = int(h.Sum32()%360), int(h.Sum32()>>16%320)
	return c
}

// roam has the video play at other nodes, too.
func (c *card) roam(self string, others []string) {
	c.Self, c.Others = self, others
	if c.HLS != "" {
		c.Master = place("/v/", c.Name, "/"+variantsPart, withPageSubtitles(c.query))
	}
}

// title is a name without what only machines need of it.
func title(name string) string {
	t := strings.TrimSuffix(name, path.Ext(name))
	if path.Ext(name) == "" || t == "" || len(path.Ext(name)) > 6 {
		t = name
	}
	return strings.TrimSpace(strings.ReplaceAll(t, "_", " "))
}

// size writes a number of bytes with a decimal unit.
func size(n int64) string {
	units := []string{"B", "kB", "MB", "GB", "TB"}
	f, i := float64(n), 0
	for f >= 999.5 && i < len(units)-1 {
		f, i = f/1000, i+1
	}
	if i > 0 && f < 9.95 {
		return fmt.Sprintf("%.1f %s", f, units[i])
	}
	return fmt.Sprintf("%.0f %s", f, units[i])
}
