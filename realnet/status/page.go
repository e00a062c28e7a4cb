package status

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"time"
)

//go:embed web
var web embed.FS

// pagePolicy lets the page run what comes from this server and nothing else.
const pagePolicy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// page is /status. It shows nothing of the node: that it asks for.
func (b *Board) page(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Security-Policy", pagePolicy)
	serveFile(w, r, "status.html")
}

// files is what the page loads.
func files(w http.ResponseWriter, r *http.Request) { serveFile(w, r, r.PathValue("file")) }

// serveFile serves a file of the page, which browsers keep until it changes.
func serveFile(w http.ResponseWriter, r *http.Request, name string) {
	b, err := fs.ReadFile(web, path.Join("web", path.Base(name)))
	if err != nil {
		http.NotFound(w, r)
		return
	}
	h := w.Header()
	h.Set("ETag", fmt.Sprintf("\"%x\"", sha256.Sum256(b)))
	h.Set("Cache-Control", "no-cache")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer") // the address may have a token
	http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(b))
}
