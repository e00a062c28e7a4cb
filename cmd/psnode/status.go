package main

import (
	"errors"
	"flag"
	"fmt"
	"net/url"
	"os"
	"strings"

	"peerstreamer/realnet/status"
)

// statusFlags say who may see how a node does.
type statusFlags struct {
	who, token string
	others     webFlags
	debug      bool
}

func (s *statusFlags) register(f *flag.FlagSet) {
	f.StringVar(&s.who, "status", "loopback", "`WHO` may see /status, /api/ and /metrics of -http: loopback, or public for everybody")
	f.StringVar(&s.token, "status-token", "", "`FILE` with a token; who sends it may see them from elsewhere, and nodes with the same show all of the tree")
	f.Var(&s.others, "http-peers", "`URL` of another node's web server, for all of the tree; may be repeated (default: those of its peers)")
	f.BoolVar(&s.debug, "debug", false, "profiles under /debug/pprof of -http, for those who may see the status")
}

// access returns what the flags mean.
func (s *statusFlags) access() (a status.Access, err error) {
	switch s.who {
	case "loopback":
	case "public":
		a.Public = true
	default:
		return a, fmt.Errorf("-status %s: want loopback or public", s.who)
	}
	if s.token == "" {
		return a, nil
	}
	b, err := os.ReadFile(s.token)
	if err != nil {
		return a, fmt.Errorf("-status-token: %w", err)
	}
	a.Token = strings.TrimSpace(string(b))
	if len(a.Token) < status.MinToken {
		return a, fmt.Errorf("-status-token %s: a token of %d bytes: want at least %d, such as `openssl rand -hex 16` prints",
			s.token, len(a.Token), status.MinToken)
	}
	return a, nil
}

// webFlags are addresses of web servers.
type webFlags []string

func (w *webFlags) String() string { return strings.Join(*w, " ") }

// Set implements flag.Value.
func (w *webFlags) Set(s string) error {
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" {
		return errors.New("want http://host:port")
	}
	*w = append(*w, u.Scheme+"://"+u.Host)
	return nil
}
