package gateway

import (
	"container/list"
	"net"
	"net/http"
	"net/netip"
	"sync"

	"go.uber.org/zap"
)

// crowd is the connections of one server, bounded in all and for each address. When there is no room for another, the one that
// has said nothing for longest makes room: somebody who holds thousands of connections open keeps nobody out.
type crowd struct {
	net.Listener
	opts *Options
	log  *zap.Logger

	mu    sync.Mutex
	conns map[net.Conn]*guest
	homes map[netip.Prefix]*home
	idle  list.List // *guest, the longest idle first
}

// guest is one connection.
type guest struct {
	conn net.Conn
	home *home // nil: a proxy's

	idle, atHome *list.Element // places in the lists of idle ones; nil: it is busy
}

// home is where connections come from.
type home struct {
	from netip.Prefix
	n    int
	idle list.List
}

func newCrowd(l net.Listener, o *Options, log *zap.Logger) *crowd {
	return &crowd{Listener: l, opts: o, log: log, conns: map[net.Conn]*guest{}, homes: map[netip.Prefix]*home{}}
}

// Accept implements net.Listener: the next connection that there is room for.
func (c *crowd) Accept() (net.Conn, error) {
	for {
		conn, err := c.Listener.Accept()
		if err != nil {
			return nil, err
		}
		in, out := c.admit(conn)
		if out != nil {
			out.Close() // whoever has not asked for anything has nothing to hear
		}
		if in {
			return conn, nil
		}
		conn.Close()
	}
}

// admit takes a connection in, as idle. It returns the one that makes room for it, if one does.
func (c *crowd) admit(conn net.Conn) (in bool, out net.Conn) {
	g := &guest{conn: conn}
	c.mu.Lock()
	defer c.mu.Unlock()
	if from, ok := c.homeOf(conn); ok {
		h := c.homes[from]
		if h == nil {
			h = &home{from: from}
		}
		if h.n >= c.opts.ConnsPerAddr {
			if out = c.evict(&h.idle); out == nil {
				return false, nil
			}
		}
		g.home = h
	}
	if out == nil && len(c.conns) >= c.opts.Conns {
		if out = c.evict(&c.idle); out == nil {
			c.log.Warn("no connection is idle and there is no room for more: another viewer was turned away")
			return false, nil
		}
	}
	if g.home != nil {
		g.home.n++
		c.homes[g.home.from] = g.home
	}
	c.conns[conn] = g
	c.rest(g)
	return true, out
}

// homeOf returns where a connection is counted; false if nowhere.
func (c *crowd) homeOf(conn net.Conn) (netip.Prefix, bool) {
	at, err := netip.ParseAddrPort(conn.RemoteAddr().String())
	if err != nil || c.opts.proxy(plain(at.Addr())) {
		return netip.Prefix{}, false
	}
	return homeOf(plain(at.Addr())), true
}

// evict forgets the first of a list, and returns its connection, nil if there is none.
func (c *crowd) evict(idle *list.List) net.Conn {
	first := idle.Front()
	if first == nil {
		return nil
	}
	g := first.Value.(*guest)
	c.forget(g)
	return g.conn
}

// rest puts a guest behind all that are idle.
func (c *crowd) rest(g *guest) {
	if g.idle != nil {
		return
	}
	g.idle = c.idle.PushBack(g)
	if g.home != nil {
		g.atHome = g.home.idle.PushBack(g)
	}
}

// wake takes a guest from those that are idle.
func (c *crowd) wake(g *guest) {
	if g.idle == nil {
		return
	}
	c.idle.Remove(g.idle)
	if g.home != nil {
		g.home.idle.Remove(g.atHome)
	}
	g.idle, g.atHome = nil, nil
}

func (c *crowd) forget(g *guest) {
	c.wake(g)
	delete(c.conns, g.conn)
	if h := g.home; h != nil {
		if h.n--; h.n == 0 {
			delete(c.homes, h.from)
		}
	}
}

// heard is the http.Server's ConnState.
func (c *crowd) heard(conn net.Conn, s http.ConnState) {
	if t, ok := conn.(interface{ NetConn() net.Conn }); ok {
		conn = t.NetConn() // below TLS
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	g := c.conns[conn]
	if g == nil {
		return
	}
	switch s {
	case http.StateActive:
		c.wake(g)
	case http.StateIdle:
		c.rest(g)
	case http.StateClosed, http.StateHijacked:
		c.forget(g)
	}
}
