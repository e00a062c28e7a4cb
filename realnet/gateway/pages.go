package gateway

import (
	"html/template"
	"net/http"
	"net/url"
	"strings"

	"go.uber.org/zap"
)

// policy lets a page load what this server has, and nothing else: no other host, no script or style in the page itself. Media
// from blobs are what hls.js hands to the video element. A page that plays may also load media from the nodes, which are origins.
func policy(ancestors string, nodes []string) string {
	media := ""
	if len(nodes) > 0 {
		media = " " + strings.Join(nodes, " ")
	}
	return "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'" + media +
		"; media-src 'self' blob:" + media + "; base-uri 'none'; form-action 'self'; frame-ancestors " + ancestors
}

// searchable is how many videos a list has that one may search.
const searchable = 6

// maxQuery bounds the words of a search.
const maxQuery = 200

func page(name string) *template.Template {
	t := template.New(name).Funcs(template.FuncMap{"asset": func(file string) string { return assets().URL(file) }})
	return template.Must(t.ParseFS(web, "web/"+name))
}

var (
	listPage  = page("list.html")
	watchPage = page("watch.html")
)

// listing is what the list shows.
type listing struct {
	Videos     []card // that hold all words of Query
	Total      int
	Query      string
	Searchable bool
}

// list shows the videos.
func (g *Gateway) list(w http.ResponseWriter, r *http.Request) {
	all := g.cards(r)
	l := listing{Total: len(all), Searchable: len(all) >= searchable}
	if q := r.FormValue("q"); len(q) <= maxQuery {
		l.Query = strings.TrimSpace(q)
	}
	words := strings.Fields(strings.ToLower(l.Query))
	for _, c := range all {
		if holds(c.Search, words) {
			l.Videos = append(l.Videos, c)
		}
	}
	g.page(w, listPage, policy("'none'", nil), l)
}

func holds(text string, words []string) bool {
	for _, w := range words {
		if !strings.Contains(text, w) {
			return false
		}
	}
	return true
}

// watch shows a player.
func (g *Gateway) watch(w http.ResponseWriter, r *http.Request) {
	if v, ok := g.find(w, r); ok {
		g.player(w, watchPage, "'none'", newCard(v, carried(r)))
	}
}

// player answers with a page that plays a video, here or, if the operator has named other nodes, there, and that those
// ancestors may frame.
func (g *Gateway) player(w http.ResponseWriter, t *template.Template, ancestors string, c card) {
	var nodes []string
	if others := g.opts.others(); len(others) > 0 {
		c.roam(g.opts.Self, others)
		nodes = g.opts.nodes
	}
	g.page(w, t, policy(ancestors, nodes), c)
}

// page answers with a page.
func (g *Gateway) page(w http.ResponseWriter, t *template.Template, policy string, data any) {
	g.pageAs(w, http.StatusOK, t, policy, data)
}

// pageAs is page with another status than 200.
func (g *Gateway) pageAs(w http.ResponseWriter, status int, t *template.Template, policy string, data any) {
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cache-Control", "no-cache")
	w.WriteHeader(status)
	if err := t.Execute(w, data); err != nil {
		g.log.Debug("a page was not sent", zap.Error(err))
	}
}

// carried returns the query of a page's address that the addresses of its video need, too: a viewer's signature, say. What the
// page itself reads stays out.
func carried(r *http.Request) string {
	q := r.URL.Query()
	q.Del("t")
	q.Del("q")
	if len(q) == 0 {
		return ""
	}
	return "?" + q.Encode()
}

// place is an address below a folder of this server.
func place(folder, name, rest, query string) string {
	return folder + url.PathEscape(name) + rest + query
}
