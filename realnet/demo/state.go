package demo

import (
	"time"

	"peerstreamer/core"
	"peerstreamer/realnet"
)

// State is what the page shows, at one moment.
type State struct {
	Round int         `json:"round"` // 1 is the first; caches are empty at the beginning of each
	Over  bool        `json:"over"`  // everybody has seen all
	Video VideoState  `json:"video"`
	Nodes []NodeState `json:"nodes"` // the source first, each master before its boxes
	Links []LinkState `json:"links"` // over which anything was sent in this round
	Lines []LineState `json:"lines"` // of the sites
}

// VideoState is what is watched.
type VideoState struct {
	Name       string     `json:"name"`
	Bytes      core.Bytes `json:"bytes"`
	ChunkBytes core.Bytes `json:"chunk_bytes"`
	Seconds    float64    `json:"seconds"`
}

// NodeState is one node.
type NodeState struct {
	Name   string     `json:"name"`
	Site   string     `json:"site,omitempty"`
	Master string     `json:"master,omitempty"`
	Up     bool       `json:"up"`
	Here   float64    `json:"here"` // share of the chunks that are whole on it
	From   FromState  `json:"from"` // bytes received
	Sent   core.Bytes `json:"sent"` // bytes
	Viewer *ViewState `json:"viewer,omitempty"`
	Web    string     `json:"web"` // of its pages, host:port
}

// FromState is who sent a node what it received in this round, in bytes.
type FromState struct {
	Source  core.Bytes `json:"source"`
	Master  core.Bytes `json:"master"`
	Sibling core.Bytes `json:"sibling"`
}

// ViewState is the viewer at a box.
type ViewState struct {
	Seconds float64 `json:"seconds"` // of the picture
	Waits   bool    `json:"waits"`
	Stalls  int     `json:"stalls"`
}

// LinkState is what one node has received from another in this round.
type LinkState struct {
	From  string     `json:"from"`
	To    string     `json:"to"`
	Role  string     `json:"role"` // of From to To: source, master, sibling
	Bytes core.Bytes `json:"bytes"`
}

// LineState is what has crossed a site's line.
type LineState struct {
	Site    string     `json:"site"`
	Bytes   core.Bytes `json:"bytes"`
	Copies  float64    `json:"copies"`    // of the video
	Needed  float64    `json:"needed"`    // copies, if each viewer of the site so far had fetched its own
	RateBps core.Rate  `json:"bit_per_s"` // of the line
}

// hop is a pair of nodes in the direction in which bytes went.
type hop struct{ from, to string }

// ledger adds up what nodes received from whom, over connections that come and go.
type ledger struct {
	total map[hop]core.Bytes
	roles map[hop]core.Role
	open  map[hop]account
}

// account is what one connection had brought when it was looked at last.
type account struct {
	since time.Time
	bytes core.Bytes
}

func newLedger() *ledger {
	return &ledger{total: map[hop]core.Bytes{}, roles: map[hop]core.Role{}, open: map[hop]account{}}
}

// note enters what a node's connections have brought it by now.
func (l *ledger) note(to string, peers []realnet.Peer) {
	for _, p := range peers {
		h := hop{p.Name, to}
		before := l.open[h]
		if before.since != p.Since {
			before.bytes = 0
		}
		if p.Name == "" || p.Received == 0 {
			continue
		}
		l.total[h] += p.Received - before.bytes
		l.open[h] = account{p.Since, p.Received}
		l.roles[h] = p.Role
	}
}

// state puts together what the page shows. Called by one goroutine at a time.
func (s *swarm) state(round int, l *ledger, viewers []*viewer, now time.Time) State {
	info := s.video.Info()
	st := State{Round: round, Video: VideoState{
		Name: s.video.Name(), Bytes: info.Length, ChunkBytes: info.ChunkSize, Seconds: duration(info).Seconds(),
	}}
	st.Links, st.Over = []LinkState{}, len(viewers) > 0
	watching := map[*member]*viewer{}
	for _, v := range viewers {
		watching[v.member] = v
		st.Over = st.Over && v.done(now)
	}
	outside := map[string]core.Bytes{}
	for _, m := range s.members {
		n := NodeState{Name: m.name, Site: m.site, Web: m.http}
		if m.master != nil {
			n.Master = m.master.name
		} else {
			n.Here = 1
		}
		if at := m.now(); at != nil {
			r := at.Record()
			n.Up, n.Sent = true, r.Sent
			if m.master != nil {
				n.Here = float64(r.Cached) / float64(info.Chunks())
			}
			l.note(m.name, at.Node.Peers())
		}
		if v := watching[m]; v != nil {
			seconds, waits, stalls := v.look(now)
			n.Viewer = &ViewState{Seconds: seconds.Seconds(), Waits: waits, Stalls: stalls}
		}
		for _, from := range s.members {
			h := hop{from.name, m.name}
			b := l.total[h]
			if b == 0 {
				continue
			}
			role := l.roles[h]
			switch role {
			case core.RoleSource:
				n.From.Source += b
			case core.RoleMaster:
				n.From.Master += b
			default:
				role = core.RoleSibling
				n.From.Sibling += b
			}
			st.Links = append(st.Links, LinkState{From: h.from, To: h.to, Role: role.String(), Bytes: b})
			if from.site != m.site {
				outside[m.site] += b
			}
		}
		st.Nodes = append(st.Nodes, n)
	}
	for i := range sites {
		site := string(rune('a' + i))
		line := LineState{Site: site, Bytes: outside[site], RateBps: s.line, Copies: float64(outside[site]) / float64(info.Length)}
		for _, m := range s.members {
			if m.site == site && m.leaf {
				for _, n := range st.Nodes {
					if n.Name == m.name {
						line.Needed += float64(n.From.Source+n.From.Master+n.From.Sibling) / float64(info.Length)
					}
				}
			}
		}
		st.Lines = append(st.Lines, line)
	}
	return st
}
