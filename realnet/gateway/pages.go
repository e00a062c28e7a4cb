package gateway

import (
	_ "embed"
	"html/template"
	"net/http"

	"go.uber.org/zap"
)

//go:embed list.html
var listHTML string

//go:embed watch.html
var watchHTML string

var (
	listPage  = template.Must(template.New("list").Parse(listHTML))
	watchPage = template.Must(template.New("watch").Parse(watchHTML))
)

// list shows the videos.
func (g *Gateway) list(w http.ResponseWriter, r *http.Request) {
	g.page(w, listPage, g.cfg.Catalogue.Videos())
}

// watch shows a player.
func (g *Gateway) watch(w http.ResponseWriter, r *http.Request) {
	if v, ok := g.find(w, r); ok {
		g.page(w, watchPage, v)
	}
}

func (g *Gateway) page(w http.ResponseWriter, t *template.Template, data any) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	if err := t.Execute(w, data); err != nil {
		g.log.Debug("a page was not sent", zap.Error(err))
	}
}
