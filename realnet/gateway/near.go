package gateway

import (
	"cmp"
	"context"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"go.uber.org/zap"

	"peerstreamer/realnet/gateway/ticket"
)

// pathway is one of the nodes that a viewer may watch at.
type pathway struct {
	id   string // as HLS Content Steering calls it
	node string // address of its web server; "": this one, under whatever name it was asked
}

// pathways returns the nodes of the rules in their order, each once, and this one last, if no rule has it.
func (o *Options) pathways() (all []pathway) {
	ids := map[string]bool{}
	add := func(node string) {
		if slices.ContainsFunc(all, func(p pathway) bool { return p.node == node }) {
			return
		}
		id := pathwayID(node)
		for n, bare := 2, id; ids[id]; n++ {
			id = bare + "-" + strconv.Itoa(n)
		}
		ids[id] = true
		all = append(all, pathway{id, node})
	}
	for _, rule := range o.Near {
		add(rule.Node)
	}
	add(o.Self)
	return all
}

// pathwayID makes an id of an address: letters, digits, dots, hyphens and underscores.
func pathwayID(node string) string {
	u, err := url.Parse(node)
	if err != nil || u.Host == "" {
		return "here"
	}
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-", r) {
			return r
		}
		return '-'
	}, u.Host+u.Path)
}

// others returns the addresses of the nodes that a page of this one may play from beside it: none, if the node does not know
// under which address its pages are, by which the others would know them.
func (o *Options) others() (nodes []string) {
	if o.Self == "" {
		return nil
	}
	for _, p := range o.pathways() {
		if p.node != o.Self {
			nodes = append(nodes, p.node)
		}
	}
	return nodes
}

// listed reports whether a rule names the node.
func (o *Options) listed(node string) bool {
	return slices.ContainsFunc(o.Near, func(n Near) bool { return n.Node == node })
}

// nearness returns the length of the longest prefix by which a viewer is near to a node, -1 if it is near to others or none.
func (o *Options) nearness(viewer netip.Addr, node string) int {
	best := -1
	for _, rule := range o.Near {
		if rule.Node == node && rule.Viewers.Contains(viewer) {
			best = max(best, rule.Viewers.Bits())
		}
	}
	return best
}

// Classes of pathways for a viewer, the best first.
const (
	roomy  = iota // a node of the rules that has room, or at which the viewer is already
	resort        // this node, if no rule names it or it is full
	shut          // a node that is full or does not answer
)

// routes returns the pathways in the order in which the viewer should try them: by class, the nearest first, among equals the
// one at which the viewer is by id, then the least busy. A viewer who stays is worth more than loads that are alike: each answer
// would send it to where it is not.
func (g *Gateway) routes(ctx context.Context, viewer netip.Addr, at string) []pathway {
	all := g.opts.pathways()
	var nodes []string
	for _, p := range all {
		if p.node != g.opts.Self {
			nodes = append(nodes, p.node)
		}
	}
	said := g.rooms.ask(ctx, nodes)
	type rank struct{ class, near, busy int }
	ranks := map[string]rank{}
	for _, p := range all {
		k := rank{near: -g.opts.nearness(viewer, p.node), busy: -1}
		var room Room
		var err error
		full := shut
		if p.node == g.opts.Self {
			room, full = g.ownRoom(), resort
			if !g.opts.listed(p.node) {
				k.class = resort
			}
		} else {
			a := said[slices.Index(nodes, p.node)]
			room, err = a.room, a.err
		}
		switch {
		case err != nil:
			k.class = shut
		case p.id == at:
		case room.Free <= 0:
			k.class = full
		default:
			k.busy = share(room)
		}
		if k.class == shut {
			g.log.Debug("a node takes no viewers", zap.String("node", p.node), zap.Int("free", room.Free), zap.Error(err))
		}
		ranks[p.node] = k
	}
	slices.SortStableFunc(all, func(a, b pathway) int {
		x, y := ranks[a.node], ranks[b.node]
		return cmp.Or(cmp.Compare(x.class, y.class), cmp.Compare(x.near, y.near), cmp.Compare(x.busy, y.busy))
	})
	return all
}

// share is how much of a node's room is in use, in thousandths.
func share(r Room) int { return r.InUse * 1000 / max(1, r.Most) }

// goVideo sends a viewer to the nearest node that has room.
func (g *Gateway) goVideo(w http.ResponseWriter, r *http.Request) { g.lead(w, r, "/v/", "", 1) }

// goPart sends a viewer to what belongs to a video, or its page, at the nearest node that has room.
func (g *Gateway) goPart(w http.ResponseWriter, r *http.Request) {
	switch part := r.PathValue("part"); {
	case part == "watch":
		g.lead(w, r, "/watch/", "", 2)
	case part == variantsPart:
		g.variants(w, r) // which leads to all nodes by itself
	case partType(part) != "":
		g.lead(w, r, "/v/", "/"+url.PathEscape(part), 2)
	default:
		http.Error(w, "there is nothing of that name", http.StatusNotFound)
	}
}

// lead redirects to a folder of a node. The request's path has depth parts below the root of this server.
func (g *Gateway) lead(w http.ResponseWriter, r *http.Request, folder, rest string, depth int) {
	v, ok := g.find(w, r)
	if !ok {
		return
	}
	to := g.routes(r.Context(), g.opts.viewer(r), "")[0]
	if r.Context().Err() != nil {
		return
	}
	w.Header().Set("Cache-Control", "no-store") // the next viewer, or the same one later, is led elsewhere
	w.Header().Set("Location", locator(to.root(depth)+folder+url.PathEscape(v.Name)+rest, ticket.Carry(r.URL.RawQuery)))
	w.WriteHeader(http.StatusTemporaryRedirect)
}

// root returns the address of a pathway's server without a slash at the end, as it is written on a page depth folders below
// this one's root.
func (p pathway) root(depth int) string {
	if p.node != "" {
		return p.node
	}
	return strings.TrimSuffix(strings.Repeat("../", depth), "/")
}
