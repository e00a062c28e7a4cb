package gateway

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"peerstreamer/realnet/gateway/ticket"
)

// Defaults of Options.
const (
	DefaultConns        = 6000
	DefaultConnsPerAddr = 512
	DefaultStall        = 10 * time.Minute
)

// Options are an operator's choices. The zero value serves everybody, in plain HTTP, on this origin.
type Options struct {
	// Stall is how long a client may take nothing of what it has asked for; 0: DefaultStall. A player that is paused takes
	// nothing, so this is how long a pause may be before the connection ends; a browser then asks for the rest anew.
	Stall time.Duration

	// Bounds on connections, 0: the defaults. When one is reached, the connection that has been idle for longest makes room; if
	// none is idle, the new one is closed.
	Conns        int // in all
	ConnsPerAddr int // of one address (IPv6: of its first 64 bits)

	// Proxies are addresses of reverse proxies: they may open any number of connections, and what the last of them says in
	// X-Forwarded-For is who the viewer is. Nobody else's word is taken.
	Proxies []netip.Prefix

	// Hosts are the names under which viewers may ask beside addresses and localhost; none: any. A server that only this
	// machine reaches takes localhost alone unless it is told others, so that no page elsewhere can make a browser
	// believe that it is of the same origin.
	Hosts []string

	Cert, Key string // PEM files for HTTPS, read again when they change; "": plain HTTP

	// CORS are origins whose pages may read videos and what belongs to them, such as https://moodle.example; "*": all; none:
	// those of Self and Near alone. Nothing else of the node is ever theirs to read.
	CORS  []string
	Frame []string // origins whose pages may frame /embed/NAME; "*": all; none: this origin alone

	Secret *ticket.Key // without a ticket of which nothing plays; nil: everybody may watch

	Self string // the address under which viewers reach this node, such as http://box-a:8080; "": the one they have asked

	// Near says which node is nearest to whom: the longest prefix. Pages of those nodes may play what is served here, as if CORS
	// named them; with Self, the pages of this node play from all of them.
	Near []Near

	nodes []string // origins of Self and of the nodes of Near, each once
}

// Near says that viewers of a network are near to a node.
type Near struct {
	Viewers netip.Prefix
	Node    string // an address such as http://box-a:8080
}

// ParseNear reads a rule, 10.1.0.0/16=http://box-a:8080.
func ParseNear(s string) (Near, error) {
	prefix, node, ok := strings.Cut(s, "=")
	if !ok {
		return Near{}, fmt.Errorf("%q: want PREFIX=URL such as 10.1.0.0/16=http://box-a:8080", s)
	}
	p, err := netip.ParsePrefix(prefix)
	if err != nil {
		return Near{}, fmt.Errorf("%q: %w", s, err)
	}
	node, err = base(node)
	return Near{p.Masked(), node}, err
}

// base returns the address of a server without a slash at the end.
func base(s string) (string, error) {
	u, err := url.Parse(s)
	if err != nil {
		return "", err
	}
	if u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil ||
		strings.ContainsAny(u.Host, " ;,'\"*") { // which would mean something in a page's policy
		return "", fmt.Errorf("%q: want the address of a node's web server such as http://box-a:8080", s)
	}
	return strings.TrimRight(u.String(), "/"), nil
}

// origin returns what a browser sends as Origin for pages of a server whose address base has returned.
func origin(server string) string {
	u, err := url.Parse(server)
	if err != nil {
		return "" // which no browser sends
	}
	host := strings.ToLower(u.Host)
	if port := map[string]string{"http": ":80", "https": ":443"}[u.Scheme]; port != "" {
		host = strings.TrimSuffix(host, port)
	}
	return u.Scheme + "://" + host
}

// settle fills in defaults and returns all that is wrong.
func (o *Options) settle() error {
	var errs []error
	if o.Stall == 0 {
		o.Stall = DefaultStall
	}
	if o.Conns == 0 {
		o.Conns = DefaultConns
	}
	if o.ConnsPerAddr == 0 {
		o.ConnsPerAddr = DefaultConnsPerAddr
	}
	if o.Stall < 0 || o.Conns < 0 || o.ConnsPerAddr < 0 {
		errs = append(errs, fmt.Errorf("stall %v, %d connections, %d from one address: want more than 0", o.Stall, o.Conns, o.ConnsPerAddr))
	}
	if (o.Cert == "") != (o.Key == "") {
		errs = append(errs, errors.New("a certificate and its key go together: give both or none"))
	}
	for _, origins := range [][]string{o.CORS, o.Frame} {
		for _, s := range origins {
			if err := checkOrigin(s); err != nil {
				errs = append(errs, err)
			}
		}
	}
	if o.Self != "" {
		self, err := base(o.Self)
		o.Self = self
		errs = append(errs, err)
	}
	o.nodes = nil
	for _, p := range o.pathways() {
		if at := origin(p.node); p.node != "" && !slices.Contains(o.nodes, at) {
			o.nodes = append(o.nodes, at)
		}
	}
	return errors.Join(errs...)
}

// checkOrigin returns nil for * and for what a browser sends as Origin.
func checkOrigin(s string) error {
	if s == "*" {
		return nil
	}
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || s != u.Scheme+"://"+u.Host || strings.ContainsAny(s, " ;,'\"") {
		return fmt.Errorf("origin %q: want *, or one such as https://moodle.example", s)
	}
	return nil
}
