package demo

import (
	"embed"
	"encoding/json"
	"html/template"
	"io/fs"
	"net/http"
	"net/url"
	"sync"
	"time"

	"go.uber.org/zap"

	"peerstreamer/realnet/gateway"
)

//go:embed web
var web embed.FS

var assets = sync.OnceValue(func() *gateway.Assets {
	files, err := fs.Sub(web, "web")
	if err != nil {
		panic(err)
	}
	return gateway.NewAssets("/demo/", files)
})

var demoPage = template.Must(template.New("demo.html").Funcs(template.FuncMap{
	"asset":   func(name string) string { return assets().URL(name) },
	"gateway": gateway.AssetURL,
}).ParseFS(web, "web/demo.html"))

// handler serves the demo's page, and for all else is the first box.
func (s *show) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /demo", s.page)
	mux.Handle("GET /demo/{hash}/{file...}", assets())
	mux.HandleFunc("GET /api/demo", s.api)
	mux.HandleFunc("GET /api/demo/events", func(w http.ResponseWriter, r *http.Request) {
		s.play()
		s.news.ServeHTTP(w, r)
	})
	mux.HandleFunc("POST /api/demo/again", s.do(s.begin))
	mux.HandleFunc("POST /api/demo/kill", s.do(func() error { s.kill(victim); return nil }))
	mux.HandleFunc("POST /api/demo/revive", s.do(s.revive))
	mux.HandleFunc("/", s.box)
	return http.NewCrossOriginProtection().Handler(mux)
}

// box hands a request to the box that the reader watches at.
func (s *show) box(w http.ResponseWriter, r *http.Request) {
	st := s.swarm.leaves()[0].now()
	if st == nil {
		w.Header().Set("Retry-After", "1")
		http.Error(w, "the box is being started", http.StatusServiceUnavailable)
		return
	}
	st.Gateway.ServeHTTP(w, r)
}

func (s *show) page(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "+
		"media-src 'self' blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-cache")
	info := s.swarm.video.Info()
	err := demoPage.Execute(w, struct {
		Name, File, Watch, Line string
		Bytes                   int64
		Boxes                   int
	}{s.swarm.video.Name(), "/v/" + pathOf(s.swarm.video.Name()), "/watch/" + pathOf(s.swarm.video.Name()), rate(s.swarm.line),
		int64(info.Length), boxes})
	if err != nil {
		s.log.Debug("a page was not sent", zap.Error(err))
	}
}

// api tells the state once.
func (s *show) api(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	_ = json.NewEncoder(w).Encode(s.state(time.Now())) // who asked has gone
}

// do answers a button.
func (s *show) do(f func() error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if err := f(); err != nil {
			s.log.Warn("a button", zap.String("path", r.URL.Path), zap.Error(err))
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.WriteHeader(http.StatusNoContent)
	}
}

func pathOf(name string) string { return url.PathEscape(name) }
