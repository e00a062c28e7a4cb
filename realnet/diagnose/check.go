package diagnose

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"peerstreamer/core"
	"peerstreamer/realnet"
	"peerstreamer/realnet/identity"
	"peerstreamer/realnet/store"
	"peerstreamer/realnet/wire"
)

// Level is how bad a finding is.
type Level string

// The levels of a finding.
const (
	OK   Level = "OK"
	Warn Level = "WARN" // the node runs, worse than it could
	Fail Level = "FAIL" // the node will not run, or will get nothing
)

// Finding is what one check found.
type Finding struct {
	Level Level  `json:"level"`
	What  string `json:"what"`         // that was checked
	Text  string `json:"text"`         // what was found
	Do    string `json:"do,omitempty"` // what to do about it; "" if it is OK
}

// Failed reports whether one of the findings is a Fail.
func Failed(list []Finding) bool {
	for _, f := range list {
		if f.Level == Fail {
			return true
		}
	}
	return false
}

// Thresholds of warnings.
const (
	MaxClockOffset = 5 * time.Second     // log lines and certificates of two nodes no longer fit together
	MinValid       = 30 * 24 * time.Hour // of the certificate
	MinFree        = core.GiB            // below it the store will be full soon
	spareFiles     = 64                  // open files besides one for each connection
)

// Check looks at a node's settings, this machine, and the node's master and supermaster. dir is the chunk directory, "" if
// there is none. The node itself must not run, or its port and directory are in use.
func Check(ctx context.Context, cfg realnet.Config, dir string) (list []Finding) {
	port, listener := checkPort(cfg.Listen)
	list = append(list, port)
	if listener != nil {
		defer listener.Close()
	}
	if dir != "" {
		list = append(list, checkDir(dir)...)
	}
	list = append(list, checkFiles(cfg))
	if cfg.Keys != nil {
		list = append(list, checkKeys(cfg.Keys, time.Now()))
	}
	if cfg.Master != "" {
		list = append(list, checkPeer(ctx, "master", cfg.Master, cfg, listener)...)
	}
	if cfg.Supermaster != "" {
		list = append(list, checkPeer(ctx, "supermaster", cfg.Supermaster, cfg, nil)...)
	}
	return list
}

// checkPort binds the port, and keeps it for who dials back.
func checkPort(listen string) (Finding, *net.TCPListener) {
	f := Finding{OK, "port", "", ""}
	hostport, err := realnet.ParseAddr(listen)
	if err == nil {
		var l net.Listener
		if l, err = net.Listen("tcp", hostport); err == nil {
			f.Text = fmt.Sprintf("%s is free", hostport)
			return f, l.(*net.TCPListener)
		}
	}
	f.Level, f.Text = Fail, err.Error()
	f.Do = "choose another -port or -ip, or end the program that has it (a node of yours that runs already?)"
	return f, nil
}

// checkDir looks whether the store can be opened, or its directory made.
func checkDir(dir string) (list []Finding) {
	f := Finding{OK, "chunk directory", "", ""}
	_, err := os.Stat(dir)
	at := dir
	if errors.Is(err, fs.ErrNotExist) {
		for at = filepath.Dir(dir); ; at = filepath.Dir(at) { // up to one that exists; the root does
			if _, err = os.Stat(at); !errors.Is(err, fs.ErrNotExist) || at == filepath.Dir(at) {
				break
			}
		}
		var tmp *os.File
		if tmp, err = os.CreateTemp(at, ".psnode-check-*"); err == nil {
			err = errors.Join(tmp.Close(), os.Remove(tmp.Name()))
		}
		f.Text = fmt.Sprintf("%s does not exist yet and can be made", dir)
	} else if err == nil {
		var st *store.Store
		if st, err = store.Open(dir, store.Options{}); err == nil {
			f.Text = fmt.Sprintf("%s holds %d videos, nobody uses it", dir, len(st.Manifests()))
			err = st.Close()
		}
	}
	if err != nil {
		return []Finding{{Fail, f.What, err.Error(),
			"give the node a -chunkdirectory that it may write and that no other node uses"}}
	}
	list = append(list, f)
	if free, ok := freeBytes(at); ok {
		f = Finding{OK, "free space", fmt.Sprintf("%d MiB beside %s", free/core.MiB, dir), ""}
		if free < MinFree {
			f.Level, f.Do = Warn, "make room, or keep less (-store-size)"
		}
		list = append(list, f)
	}
	return list
}

// checkFiles compares the limit of open files with the connections that the node may have.
func checkFiles(cfg realnet.Config) Finding {
	conns := cfg.MaxConns
	if conns == 0 {
		conns = realnet.DefaultLimits().MaxConns
	}
	limit, ok := openFiles()
	switch need := uint64(conns + spareFiles); {
	case !ok:
		return Finding{OK, "open files", "this system has no limit that could be asked for", ""}
	case limit < need:
		return Finding{Warn, "open files", fmt.Sprintf("at most %d; %d connections need %d", limit, conns, need),
			fmt.Sprintf("ulimit -n %d, or LimitNOFILE=%d in the service's unit", need, need)}
	default:
		return Finding{OK, "open files", fmt.Sprintf("at most %d; %d connections need %d", limit, conns, need), ""}
	}
}

// checkKeys tells how long the node's certificate is valid. The master tells whether it is the right swarm's.
func checkKeys(k *identity.Keys, now time.Time) Finding {
	c := k.Certificate()
	f := Finding{OK, "keys", fmt.Sprintf("of %q, valid until %s", k.Name(), c.NotAfter.Format(time.DateOnly)), ""}
	switch {
	case now.After(c.NotAfter) || now.Before(c.NotBefore):
		f.Level, f.Do = Fail, "join the swarm again (psnode join), or set this machine's clock"
		f.Text = fmt.Sprintf("of %q, valid from %s to %s only", k.Name(), c.NotBefore.Format(time.DateOnly), c.NotAfter.Format(time.DateOnly))
	case c.NotAfter.Sub(now) < MinValid:
		f.Level, f.Do = Warn, "join the swarm again (psnode join) before that"
	}
	return f
}

// checkPeer looks at a master. With a listener it asks whether others can dial this node.
func checkPeer(ctx context.Context, what, addr string, cfg realnet.Config, listener *net.TCPListener) (list []Finding) {
	who := Asker{Name: cfg.Name, Keys: cfg.Keys}
	knocked := make(chan struct{}, 1)
	if listener != nil {
		who.DialBack = dialBackAt(listener, cfg.Advertise)
		listener.SetDeadline(time.Now().Add(2 * Patience))
		go func() {
			if c, err := listener.Accept(); err == nil {
				c.Close()
				knocked <- struct{}{}
			}
		}()
	}
	l, err := LookAt(ctx, addr, who)
	if err != nil {
		do := "start it, or correct the address; a firewall may be between"
		if errors.Is(err, ErrRefused) {
			do = "it is there and does not want this node: what it says is the reason"
		}
		return []Finding{{Fail, what, err.Error(), do}}
	}
	list = append(list, Finding{OK, what, fmt.Sprintf("%q answers: connected in %s, hello in %s, version %d", l.Name,
		ms(l.Connect+l.TLS), ms(l.Hello), l.Version), ""})
	if l.Bound == 0 {
		return append(list, Finding{Warn, what + "'s clock", "it does not tell the time", "it may be an older version"})
	}
	f := Finding{OK, what + "'s clock", fmt.Sprintf("%s from ours, give or take %s", ms(l.Offset), ms(l.Bound)), ""}
	if l.Offset.Abs() > MaxClockOffset+l.Bound {
		f.Level, f.Do = Warn, "set this machine's clock, or the other's: certificates are judged by it"
	}
	list = append(list, f)
	if !who.DialBack.IsValid() {
		return list
	}
	seen, port := l.About.Seen.Addr(), who.DialBack.Port()
	f = Finding{OK, "siblings", fmt.Sprintf("%s can dial %s", what, netip.AddrPortFrom(seen, port)), ""}
	switch l.About.Reach {
	case wire.ReachNo:
		f.Level, f.Text = Warn, fmt.Sprintf("%s cannot dial port %d at %s, where it sees this node", what, port, seen)
		f.Do = "open the port in the firewall or forward it; or say -nat, and the node serves through its master"
	case wire.ReachYes:
		select {
		case <-knocked:
		case <-time.After(time.Second):
			f.Level, f.Text = Warn, fmt.Sprintf("somebody answers port %d at %s, but not this machine", port, seen)
			f.Do = "forward the port to this machine; or say -nat"
		}
	default:
		f.Level = Warn
		f.Text = fmt.Sprintf("not known: %s sees this node at %s and dials nobody elsewhere, or is busy", what, seen)
		f.Do = "ask again; if -advertise names another IP, dial that from outside"
	}
	return append(list, f)
}

// dialBackAt returns where this node says that it is: the listener's port, or what it advertises.
func dialBackAt(l *net.TCPListener, advertise string) netip.AddrPort {
	own := l.Addr().(*net.TCPAddr).AddrPort()
	if advertise == "" {
		return netip.AddrPortFrom(own.Addr().Unmap(), own.Port())
	}
	host, port, _ := net.SplitHostPort(advertise)
	n, _ := strconv.ParseUint(port, 10, 16)
	if ip, err := netip.ParseAddr(host); err == nil && n != 0 {
		return netip.AddrPortFrom(ip, uint16(n))
	}
	return netip.AddrPortFrom(netip.IPv4Unspecified(), own.Port())
}

// ms writes a duration in milliseconds for people.
func ms(d time.Duration) string { return fmt.Sprintf("%.1f ms", float64(d.Microseconds())/1000) }
