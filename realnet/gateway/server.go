package gateway

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"go.uber.org/zap"

	"peerstreamer/realnet/catalog"
	"peerstreamer/realnet/playback"
)

// Config says what to serve.
type Config struct {
	Desk      *playback.Desk
	Catalogue Catalogue
	Log       *zap.Logger // nil: nothing is logged
}

// Catalogue knows which videos there are. Its methods may be called at any time, from any goroutine.
type Catalogue interface {
	// Videos returns all videos that the node has or has heard of, without their companions (see package media), by name.
	Videos() []catalog.Video

	// Find returns the one of that name, which may be a companion.
	Find(name string) (catalog.Video, bool)
}

// What a client may cost before it has said what it wants, and while it does nothing.
const (
	headerTimeout = 10 * time.Second
	idleTimeout   = 2 * time.Minute
	maxHeader     = 16 << 10
)

// Gateway answers requests. It is an http.Handler with a mux of its own, to which other packages add what they show.
type Gateway struct {
	cfg Config
	log *zap.Logger
	mux *http.ServeMux
}

// New returns a gateway that listens nowhere.
func New(cfg Config) *Gateway {
	g := &Gateway{cfg: cfg, log: cfg.Log, mux: http.NewServeMux()}
	if g.log == nil {
		g.log = zap.NewNop()
	}
	g.mux.HandleFunc("GET /{$}", g.list)
	g.mux.HandleFunc("GET /watch/{name}", g.watch)
	g.mux.HandleFunc("GET /v/{name}", g.video)
	g.mux.Handle("GET /assets/{hash}/{file...}", assets())
	return g
}

// Handle adds what answers a pattern, as http.ServeMux wants it. Before the first request.
func (g *Gateway) Handle(pattern string, h http.Handler) { g.mux.Handle(pattern, h) }

// ServeHTTP implements http.Handler.
func (g *Gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) { g.mux.ServeHTTP(w, r) }

// Server is a gateway that listens.
type Server struct {
	*Gateway
	addr net.Addr
	http *http.Server
	done chan error
}

// Listen starts to serve at host:port; port 0 picks one.
func Listen(addr string, cfg Config) (*Server, error) {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("http: %w", err)
	}
	s := &Server{Gateway: New(cfg), addr: l.Addr(), done: make(chan error, 1)}
	s.http = &http.Server{
		Handler: s, ReadHeaderTimeout: headerTimeout, IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeader,
		ErrorLog: zap.NewStdLog(s.log.Named("http")),
	}
	go func() { s.done <- s.http.Serve(l) }()
	return s, nil
}

// Addr returns the address that it listens on.
func (s *Server) Addr() string { return s.addr.String() }

// Close stops to listen and ends when all requests have, or ctx does; then what is under way is cut.
func (s *Server) Close(ctx context.Context) error {
	err := s.http.Shutdown(ctx)
	if err != nil {
		err = s.http.Close() // ctx has ended: that is how long viewers were given
	}
	if served := <-s.done; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	return err
}
