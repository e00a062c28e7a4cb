package status

import "peerstreamer/core"

// historyLen is how many seconds are remembered.
const historyLen = 120

// History is what was received and sent in each second of the last two minutes, in bytes, the latest last. All of its lists are
// equally long.
type History struct {
	Interval     Seconds      `json:"interval_seconds"`
	FromSource   []core.Bytes `json:"from_source"`
	FromMaster   []core.Bytes `json:"from_master"`
	FromSibling  []core.Bytes `json:"from_sibling"`
	ToPeers      []core.Bytes `json:"to_peers"`
	ToViewers    []core.Bytes `json:"to_viewers"`
	LeastFromTop []core.Bytes `json:"least_from_above"`
}

// second is a row of history.
type second struct {
	from    Received
	peers   core.Bytes
	viewers core.Bytes
	least   core.Bytes
}

// history is a ring of rows.
type history struct {
	rows [historyLen]second
	n    int // rows so far
}

func (h *history) add(s second) {
	h.rows[h.n%historyLen] = s
	h.n++
}

// last returns the latest n rows, or as many as there are.
func (h *history) last(n int) *History {
	n = min(n, h.n, historyLen)
	x := &History{
		Interval: Seconds(tick), FromSource: make([]core.Bytes, n), FromMaster: make([]core.Bytes, n), FromSibling: make([]core.Bytes, n),
		ToPeers: make([]core.Bytes, n), ToViewers: make([]core.Bytes, n), LeastFromTop: make([]core.Bytes, n),
	}
	for i := range n {
		s := &h.rows[(h.n-n+i)%historyLen]
		x.FromSource[i], x.FromMaster[i], x.FromSibling[i] = s.from.Source, s.from.Master, s.from.Sibling
		x.ToPeers[i], x.ToViewers[i], x.LeastFromTop[i] = s.peers, s.viewers, s.least
	}
	return x
}

// leastFromAbove returns how much of what one of n boxes below a master has received must have come from above at least, if all of
// them receive the same and share evenly: a copy for all of them together. It is the ceiling of offload, 1 - 1/n, of package
// analysis/bounds (Kumar and Ross, 2006), turned round and seen from one box; it holds over a video, not in each second.
func leastFromAbove(received core.Bytes, n int) core.Bytes { return received / core.Bytes(max(1, n)) }
