package status

import (
	"bytes"
	"encoding/json"
	"net/http"

	"go.uber.org/zap"
)

// Routes has handle know what the board answers.
func (b *Board) Routes(handle func(pattern string, h http.Handler)) {
	guarded := func(pattern string, f http.HandlerFunc) { handle(pattern, b.cfg.Access.Guard(f)) }
	guarded("GET /status", b.page)
	handle("GET /status/web/{file}", http.HandlerFunc(files))
	guarded("GET /api/status", b.api)
	guarded("GET /api/events", b.events)
	handle("GET /healthz", http.HandlerFunc(b.healthz))
	handle("GET /readyz", http.HandlerFunc(b.readyz))
}

// api is /api/status.
func (b *Board) api(w http.ResponseWriter, r *http.Request) {
	if r.URL.Query().Has("all") {
		b.all(w, r)
		return
	}
	b.answer(w, b.full(), true)
}

// answer sends x as JSON, indented for people.
func (b *Board) answer(w http.ResponseWriter, x any, people bool) {
	var body bytes.Buffer
	e := json.NewEncoder(&body)
	if people {
		e.SetIndent("", "  ")
	}
	if err := e.Encode(x); err != nil {
		b.log.Error("cannot encode a report", zap.Error(err))
		http.Error(w, "the report cannot be encoded", http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	if _, err := w.Write(body.Bytes()); err != nil {
		b.log.Debug("a report was not sent", zap.Error(err))
	}
}
