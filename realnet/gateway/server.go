package gateway

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"go.uber.org/zap"

	"peerstreamer/realnet/audience"
	"peerstreamer/realnet/catalog"
	"peerstreamer/realnet/playback"
)

// Config says what to serve.
type Config struct {
	Desk      *playback.Desk
	Catalogue Catalogue
	Audience  *audience.Audience // nil: nobody wants to know who watches
	Log       *zap.Logger        // nil: nothing is logged
	Options   Options
}

// Catalogue knows which videos there are. Its methods may be called at any time, from any goroutine.
type Catalogue interface {
	// Videos returns all videos that the node has or has heard of, without their companions (see package media), by name.
	Videos() []catalog.Video

	// Find returns the one of that name, which may be a companion.
	Find(name string) (catalog.Video, bool)

	// Settled reports whether what Find does not find does not exist: false for a node that has not heard of any video yet.
	Settled() bool
}

// What a client may cost before it has said what it wants, and while it does nothing.
const (
	headerTimeout = 10 * time.Second
	idleTimeout   = 2 * time.Minute
	maxHeader     = 16 << 10 // bytes, to which net/http adds 4096
)

// Gateway answers requests. It is an http.Handler with a mux of its own, to which other packages add what they show.
type Gateway struct {
	cfg   Config
	opts  Options
	log   *zap.Logger
	mux   *http.ServeMux
	seats *seats
	tails *tails
	rooms *rooms
}

// New returns a gateway that listens nowhere, or what is wrong with its options.
func New(cfg Config) (*Gateway, error) {
	g := &Gateway{cfg: cfg, opts: cfg.Options, log: cfg.Log, mux: http.NewServeMux()}
	if g.log == nil {
		g.log = zap.NewNop()
	}
	if err := g.opts.settle(); err != nil {
		return nil, err
	}
	g.seats = newSeats(cfg.Desk, g.log)
	if len(g.opts.Near) > 0 && g.opts.Self == "" {
		g.log.Warn("viewers are led to other nodes, but pages of this one play from it alone, and stop when it does: give -http-self, " +
			"by which the others know them")
	}
	g.tails = newTails(cfg.Desk, g.log)
	g.rooms = newRooms()
	g.mux.HandleFunc("GET /{$}", g.unlisted(g.list))
	g.mux.HandleFunc("GET /watch/{name}", g.watch)
	g.mux.HandleFunc("GET /embed/{name}", g.embed)
	g.mux.HandleFunc("GET /v/{name}", g.video)
	g.mux.HandleFunc("GET /v/{name}/"+variantsPart, g.variants)
	g.mux.HandleFunc("GET /v/{name}/"+filePart, g.video)
	g.mux.HandleFunc("GET /v/{name}/{part}", g.companion)
	g.mux.HandleFunc("GET /go/{name}", g.goVideo)
	g.mux.HandleFunc("GET /go/{name}/{part}", g.goPart)
	g.mux.HandleFunc("GET /steer/{name}", g.steer)
	g.mux.HandleFunc("GET /api/room", g.room)
	g.mux.Handle("GET /assets/{hash}/{file...}", assets())
	return g, nil
}

// Close ends what the gateway does beside answering. After the last request.
func (g *Gateway) Close() {
	g.tails.close()
	g.rooms.close()
}

// Handle adds what answers a pattern, as http.ServeMux wants it. Before the first request.
func (g *Gateway) Handle(pattern string, h http.Handler) { g.mux.Handle(pattern, h) }

// Server is a gateway that listens.
type Server struct {
	*Gateway
	addr   net.Addr
	http   *http.Server
	guests *crowd
	certs  *certificate // nil: plain HTTP
	done   chan error
}

// Listen starts to serve at host:port; port 0 picks one.
func Listen(addr string, cfg Config) (*Server, error) {
	return listen(addr, cfg, headerTimeout, idleTimeout)
}

func listen(addr string, cfg Config, header, idle time.Duration) (*Server, error) {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("http: %w", err)
	}
	return serve(l, cfg, header, idle)
}

// Serve starts to serve at a listener, which it closes in the end, or if it returns an error.
func Serve(l net.Listener, cfg Config) (*Server, error) {
	return serve(l, cfg, headerTimeout, idleTimeout)
}

func serve(l net.Listener, cfg Config, header, idle time.Duration) (*Server, error) {
	beyond := !loopback(l.Addr())
	if !beyond && len(cfg.Options.Hosts) == 0 {
		cfg.Options.Hosts = []string{"localhost"}
	}
	g, err := New(cfg)
	if err != nil {
		l.Close()
		return nil, fmt.Errorf("http: %w", err)
	}
	s := &Server{Gateway: g, addr: l.Addr(), done: make(chan error, 1)}
	s.guests = newCrowd(l, &g.opts, g.log)
	s.http = &http.Server{
		Handler: g, ReadHeaderTimeout: header, IdleTimeout: idle, WriteTimeout: g.opts.Stall, MaxHeaderBytes: maxHeader,
		ErrorLog: zap.NewStdLog(g.log.Named("http")), ConnState: s.guests.heard, Protocols: new(http.Protocols),
	}
	s.http.Protocols.SetHTTP1(true) // one request at a time for each connection, which is what is counted
	l = s.guests
	if g.opts.Cert != "" {
		if s.certs, err = newCertificate(g.opts.Cert, g.opts.Key, g.log); err != nil {
			l.Close()
			g.Close()
			return nil, fmt.Errorf("http: %w", err)
		}
		l = tls.NewListener(l, &tls.Config{GetCertificate: s.certs.get, MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"}})
	} else if beyond {
		g.log.Warn("viewers beyond this machine are served in plain HTTP: whoever carries the bytes can read and change them; "+
			"give -http-cert and -http-key, or put a proxy with HTTPS in front", zap.Stringer("address", s.addr))
	}
	go func() { s.done <- s.http.Serve(l) }()
	return s, nil
}

// loopback reports whether only this machine reaches an address.
func loopback(a net.Addr) bool {
	tcp, ok := a.(*net.TCPAddr)
	return ok && tcp.IP.IsLoopback()
}

// URL returns the address of the server for who is on this machine or was told its host.
func (s *Server) URL() string {
	if s.opts.Cert != "" {
		return "https://" + s.Addr()
	}
	return "http://" + s.Addr()
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
	s.Gateway.Close()
	return err
}
