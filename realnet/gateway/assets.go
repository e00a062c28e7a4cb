package gateway

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"sync"
	"time"
)

// web holds the pages and what they load. Its folder vendor is not in the repository: make assets puts hls.js there, and
// without it browsers play the plain file.
//
//go:embed web
var web embed.FS

// mimeTypes are what assets are, by their endings; nothing else is served. The system's table differs between machines.
var mimeTypes = map[string]string{
	".css": "text/css; charset=utf-8",
	".js":  "text/javascript; charset=utf-8",
	".svg": "image/svg+xml",
	".txt": "text/plain; charset=utf-8",
}

// Assets are the files that pages load, each under an address that changes with the content of any of them, so that browsers
// may keep them for good, and modules find each other by relative names. It is an http.Handler for
// "GET PREFIX{hash}/{file...}".
type Assets struct {
	prefix, hash string
	files        map[string]asset
}

type asset struct {
	mime    string
	data    []byte
	smaller func() []byte // the same with gzip, made once
}

// NewAssets reads the files of a file system that pages may load, which is small: scripts, styles, drawings. The prefix begins
// and ends with a slash. It panics if a file cannot be read: they are in the program.
func NewAssets(prefix string, files fs.FS) *Assets {
	a := &Assets{prefix: prefix, files: map[string]asset{}}
	sum := sha256.New()
	err := fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error { // in the order of names
		mime := mimeTypes[path.Ext(name)]
		if err != nil || d.IsDir() || mime == "" {
			return err
		}
		data, err := fs.ReadFile(files, name)
		a.files[name] = asset{mime: mime, data: data, smaller: sync.OnceValue(func() []byte { return deflated(data) })}
		fmt.Fprintf(sum, "%s %d\n%s", name, len(data), data)
		return err
	})
	if err != nil {
		panic(fmt.Sprintf("gateway: assets: %v", err))
	}
	a.hash = fmt.Sprintf("%x", sum.Sum(nil)[:6])
	return a
}

func deflated(data []byte) []byte {
	var b bytes.Buffer
	z, _ := gzip.NewWriterLevel(&b, gzip.BestCompression) // the level is one
	_, _ = z.Write(data)                                  // into memory
	_ = z.Close()
	return b.Bytes()
}

// URL returns where a file is served, "" if there is none of that name.
func (a *Assets) URL(name string) string {
	if _, ok := a.files[name]; !ok {
		return ""
	}
	return a.prefix + a.hash + "/" + name
}

// ServeHTTP implements http.Handler.
func (a *Assets) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f, ok := a.files[r.PathValue("file")]
	if !ok {
		http.Error(w, "there is no such file", http.StatusNotFound)
		return
	}
	h := w.Header()
	h.Set("Content-Type", f.mime)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Vary", "Accept-Encoding")
	if r.PathValue("hash") == a.hash {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	} else {
		h.Set("Cache-Control", "no-cache") // of an older page, or a newer one from before a restart
	}
	data := f.data
	if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") && r.Header.Get("Range") == "" {
		data = f.smaller()
		h.Set("Content-Encoding", "gzip")
	}
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(data))
}

// assets are those of the gateway's own pages.
var assets = sync.OnceValue(func() *Assets {
	files, err := fs.Sub(web, "web")
	if err != nil {
		panic(err)
	}
	return NewAssets("/assets/", files)
})

// AssetURL returns where the gateway serves one of the files that its pages load, such as player.js; "" if there is none of
// that name.
func AssetURL(name string) string { return assets().URL(name) }
