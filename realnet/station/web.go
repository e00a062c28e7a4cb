package station

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/pprof"
	"runtime"
	"runtime/debug"

	"peerstreamer/core"
	"peerstreamer/realnet"
	"peerstreamer/realnet/audience"
	"peerstreamer/realnet/gateway"
	"peerstreamer/realnet/metrics"
	"peerstreamer/realnet/status"
)

// listen opens the web server's listener, so that the node can tell its peers where that is, and serves nothing yet.
func (s *Station) listen(addr string, node *realnet.Config) (net.Listener, error) {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("http: %w", err)
	}
	if a, ok := l.Addr().(*net.TCPAddr); ok {
		node.Web = uint16(a.Port)
	}
	return l, nil
}

// serve starts the web server, with the node's status and metrics.
func (s *Station) serve(l net.Listener, cfg Config) (err error) {
	built := build()
	numbers := metrics.New(built)
	c := core.DefaultConfig()
	s.People = audience.New(audience.Config{Startup: c.StartupBuffer, Rebuffer: c.Rebuffer, OnStart: numbers.Started})
	s.Status = status.New(status.Config{
		Name: cfg.Node.Name, Version: built.Version, Node: s.Node, Machine: s.Machine, Store: s.Store, Library: s.Library,
		People: s.People, Limit: cfg.Node.StoreBytes, Master: cfg.Node.Master, Web: l.Addr().String(), Access: cfg.Status,
		Others: cfg.Others, Log: s.log,
	})
	numbers.Watch(s.Status.Report, s.People.Totals)
	s.closers = append(s.closers, func(context.Context) error {
		s.Status.Close() // before the node, which it asks
		return nil
	})
	s.Gateway, err = gateway.Serve(l, gateway.Config{Desk: s.Desk, Catalogue: s, Audience: s.People, Log: s.log, Options: cfg.Web})
	if err != nil {
		return err
	}
	s.Status.Routes(s.Gateway.Handle)
	s.Gateway.Handle("GET /metrics", cfg.Status.Guard(numbers.Handler()))
	if cfg.Debug {
		for path, f := range map[string]http.HandlerFunc{"": pprof.Index, "cmdline": pprof.Cmdline, "profile": pprof.Profile,
			"symbol": pprof.Symbol, "trace": pprof.Trace} {
			s.Gateway.Handle("GET /debug/pprof/"+path, cfg.Status.Guard(f))
		}
	}
	s.closers = append(s.closers, s.Gateway.Close, func(context.Context) error {
		s.Status.Close() // those who listen to it would keep the web server
		return nil
	})
	return nil
}

// build says what this program was built from.
func build() metrics.Build {
	b := metrics.Build{Version: "devel", Commit: "unknown", Go: runtime.Version()}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return b
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		b.Version = v
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			b.Commit = s.Value
		}
	}
	return b
}
