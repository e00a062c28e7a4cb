package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"peerstreamer/realnet/gateway"
	"peerstreamer/realnet/gateway/ticket"
)

// httpFlags are the flags of psnode run about viewers with browsers and players. docs/http.md tells more of each.
type httpFlags struct {
	addr    string
	secret  string
	options gateway.Options
}

func (h *httpFlags) register(f *flag.FlagSet) {
	o := &h.options
	f.StringVar(&h.addr, "http", "", "`HOST:PORT` on which browsers and players find the videos, such as 127.0.0.1:8080 (default: nowhere)")
	f.StringVar(&o.Cert, "http-cert", "", "PEM `FILE` with a certificate, for HTTPS; read again when it changes")
	f.StringVar(&o.Key, "http-key", "", "PEM `FILE` with the certificate's key")
	f.Var(&repeated{set: add(&o.CORS)}, "http-cors", "`ORIGIN` whose pages may read videos, such as https://moodle.example, or *; may be repeated")
	f.Var(&repeated{set: add(&o.Frame)}, "http-frame", "`ORIGIN` whose pages may frame /embed/NAME, or *; may be repeated")
	f.Var(&repeated{set: add(&o.Hosts)}, "http-host", "`NAME` under which viewers may ask; may be repeated (default: any; localhost alone where only this machine can connect)")
	f.Var(&repeated{set: func(s string) error {
		p, err := netip.ParsePrefix(s)
		if err == nil {
			o.Proxies = append(o.Proxies, p.Masked())
		}
		return err
	}}, "http-proxy", "`PREFIX` of reverse proxies that say for whom they ask, such as 127.0.0.1/32; may be repeated")
	f.StringVar(&h.secret, "http-secret", "", "`FILE` with a secret: nothing plays without a signature from psnode sign-url")
	f.StringVar(&o.Self, "http-self", "", "`URL` under which viewers reach this node (default: the one that they have asked); with -http-near its pages play from all nodes")
	f.Var(&repeated{set: func(s string) error {
		n, err := gateway.ParseNear(s)
		if err == nil {
			o.Near = append(o.Near, n)
		}
		return err
	}}, "http-near", "`PREFIX=URL`: /go/NAME leads viewers of that network there, such as 10.1.0.0/16=http://box-a:8080; may be repeated, the same at each node")
	f.DurationVar(&o.Stall, "http-stall", gateway.DefaultStall, "how long a viewer may take nothing, as in a pause, before the connection ends")
	f.IntVar(&o.Conns, "http-conns", gateway.DefaultConns, "connections of viewers at a time")
	f.IntVar(&o.ConnsPerAddr, "http-conns-per-address", gateway.DefaultConnsPerAddr, "connections from one address at a time, but for -http-proxy")
}

// repeated is a flag that may be given several times. A flag.Func has no value to show, and a change of it when the configuration
// is read again could not be told.
type repeated struct {
	set func(string) error
	all []string
}

// String implements flag.Value.
func (r *repeated) String() string { return strings.Join(r.all, " ") }

// Set implements flag.Value.
func (r *repeated) Set(s string) error {
	err := r.set(s)
	if err == nil {
		r.all = append(r.all, s)
	}
	return err
}

// add returns a flag's function that takes it any number of times.
func add(to *[]string) func(string) error {
	return func(s string) error {
		if s == "" {
			return errors.New("is empty")
		}
		*to = append(*to, s)
		return nil
	}
}

// open reads what the flags name.
func (h *httpFlags) open() (gateway.Options, error) {
	o := h.options
	if h.secret == "" {
		return o, nil
	}
	var err error
	if o.Secret, err = ticket.Load(h.secret); err != nil {
		return o, fmt.Errorf("-http-secret: %w", err)
	}
	return o, nil
}

const signHelp = `
psnode sign-url prints an address of a video with which it can be watched for a while, at nodes that run with -http-secret
and the same secret. It is good for the video's page, its bytes, its playlists and the player to embed.

  openssl rand -hex 32 > secret
  psnode sign-url -secret secret -for 4h https://box.example/watch/movie
  psnode sign-url -secret secret -for 4h -viewers 10.1.0.0/16 http://10.1.0.1:8080/go/movie
`

func runSign(_ context.Context, args []string, std streams) error {
	f := newFlags("sign-url", signHelp, std)
	secret := f.String("secret", "", "`FILE` with the secret of the nodes' -http-secret")
	good := f.Duration("for", 4*time.Hour, "how long the address is good")
	var viewers netip.Prefix
	f.Func("viewers", "`PREFIX` of the network whose viewers it is good for (default: everybody)", func(s string) (err error) {
		viewers, err = netip.ParsePrefix(s)
		return err
	})
	address, err := parseWord(f, args)
	switch {
	case err != nil:
		return err
	case address == "":
		return complain(f, "which URL?")
	case *secret == "":
		return complain(f, "-secret is needed")
	case *good <= 0:
		return complain(f, "-for %v: want more than 0", *good)
	}
	k, err := ticket.Load(*secret)
	if err != nil {
		return err
	}
	signed, err := k.SignURL(address, *good, viewers)
	if err != nil {
		return complain(f, "%v", err)
	}
	fmt.Fprintln(std.out, signed)
	return nil
}
