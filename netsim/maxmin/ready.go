package maxmin

// ready is the flows that Pop is to return, in its order: a binary heap, mostly of one. A flow that is no longer to be
// returned is recognised when it comes up.
type ready struct{ heap []arrival }

// arrival is a flow at its goal.
type arrival struct {
	up   Link
	turn uint32 // of joining
	flow Flow
}

// before orders by uplink, then by joining. Of the flows on one link none is more than 2^31 joins older than another.
func (a arrival) before(b arrival) bool {
	return a.up < b.up || a.up == b.up && int32(a.turn-b.turn) < 0
}

func (r *ready) push(a arrival) {
	r.heap = append(r.heap, a)
	i := len(r.heap) - 1
	for i > 0 && a.before(r.heap[(i-1)/2]) {
		r.heap[i] = r.heap[(i-1)/2]
		i = (i - 1) / 2
	}
	r.heap[i] = a
}

// top reports whether there is a flow to return, having dropped what is not.
func (r *ready) top(n *Net) bool {
	for len(r.heap) > 0 {
		a := r.heap[0]
		if p := n.flow(a.flow); p.home == waiting && p.turn == a.turn && n.name(p.path[0]) == a.up {
			return true
		}
		r.pop()
	}
	return false
}

// pop removes the first. There must be one.
func (r *ready) pop() Flow {
	first := r.heap[0].flow
	last := len(r.heap) - 1
	a := r.heap[last]
	r.heap = r.heap[:last]
	i := 0
	for c := 1; c < last; c = 2*i + 1 {
		if c+1 < last && r.heap[c+1].before(r.heap[c]) {
			c++
		}
		if !r.heap[c].before(a) {
			break
		}
		r.heap[i] = r.heap[c]
		i = c
	}
	if last > 0 {
		r.heap[i] = a
	}
	return first
}
