package topology

import (
	"errors"
	"fmt"
)

// graph is nodes and the delays of the edges between them.
type graph struct {
	spec     Spec
	directed bool
	place    map[int64]int // by a node's id; never walked over
	ids      []int64       // by place
	edges    []edge
	loops    []edge
}

type edge struct {
	from, to int64 // ids
	ns       uint32
	line     int
}

func (g *graph) addNode(id int64, line int) error {
	if _, ok := g.place[id]; ok {
		return fmt.Errorf("line %d: node %d is there twice", line, id)
	}
	if len(g.ids) == MaxGraph {
		return fmt.Errorf("line %d: more than %d nodes", line, MaxGraph)
	}
	g.place[id] = len(g.ids)
	g.ids = append(g.ids, id)
	return nil
}

func (g *graph) addEdge(from, to int64, delay gmlValue, line int) error {
	ns, err := delay.delay(g.spec)
	if err != nil {
		return err
	}
	e := edge{from, to, ns, line}
	if from == to {
		g.loops = append(g.loops, e)
	} else {
		g.edges = append(g.edges, e)
	}
	return nil
}

// matrix returns the delays of all shortest paths.
func (g *graph) matrix() (*Matrix, error) {
	switch {
	case len(g.ids) == 0:
		return nil, errors.New("the graph has no nodes")
	case g.directed && !g.spec.Asymmetric:
		return nil, errors.New("the graph is directed, its two directions may differ: want asymmetric = true")
	}
	arcs, err := g.arcs()
	if err != nil {
		return nil, err
	}
	m := New(len(g.ids))
	w := walker{arcs: arcs, distance: make([]uint64, len(g.ids))}
	for i := range m.n {
		w.from(i)
		for j, d := range w.distance {
			switch {
			case d == unreached:
				m.ns[i*m.n+j] = unknown
			case d > uint64(MaxDelay):
				return nil, fmt.Errorf("the shortest path from node %d to node %d takes more than %v: is the unit right?",
					g.ids[i], g.ids[j], MaxDelay)
			default:
				m.ns[i*m.n+j] = uint32(d)
			}
		}
	}
	for _, e := range g.loops {
		i := g.place[e.from]
		m.ns[i*m.n+i] = e.ns
	}
	lack := func(i, j int) string { return fmt.Sprintf("no path from node %d to node %d", g.ids[i], g.ids[j]) }
	if err := m.complete(g.spec, lack); err != nil {
		return nil, err
	}
	return m, nil
}

// arcs are the edges as their ends see them: those of place i are to[first[i]:first[i+1]].
type arcs struct {
	first []int32
	to    []int32
	ns    []uint32
}

func (g *graph) arcs() (arcs, error) {
	a := arcs{first: make([]int32, len(g.ids)+2)}
	for _, list := range [][]edge{g.edges, g.loops} {
		for _, e := range list {
			for _, id := range []int64{e.from, e.to} {
				if _, ok := g.place[id]; !ok {
					return a, fmt.Errorf("line %d: the edge from %d to %d: there is no node %d", e.line, e.from, e.to, id)
				}
			}
		}
	}
	each := func(f func(from, to int, ns uint32)) {
		for _, e := range g.edges {
			from, to := g.place[e.from], g.place[e.to]
			f(from, to, e.ns)
			if !g.directed {
				f(to, from, e.ns)
			}
		}
	}
	// Counting sort by the place an arc leaves: first[i+2] counts, then first[i+1] is where the next one goes.
	each(func(from, _ int, _ uint32) { a.first[from+2]++ })
	for i := 1; i < len(a.first); i++ {
		a.first[i] += a.first[i-1]
	}
	a.to = make([]int32, a.first[len(a.first)-1])
	a.ns = make([]uint32, len(a.to))
	each(func(from, to int, ns uint32) {
		k := a.first[from+1]
		a.first[from+1]++
		a.to[k], a.ns[k] = int32(to), ns
	})
	return a, nil
}

// walker finds shortest paths by Dijkstra's algorithm with a binary heap from which nothing is removed before its time.
type walker struct {
	arcs     arcs
	distance []uint64 // from the place last asked about
	heap     []uint64 // distance << placeBits | place
}

const (
	placeBits = 13
	unreached = ^uint64(0)
)

// The longest path beside a place fits into a word of the heap; this does not compile otherwise.
const (
	_ = uint64(MaxGraph<<32) << placeBits
	_ = uint64(1<<placeBits - MaxGraph)
)

// from computes the distance from a place to every other.
func (w *walker) from(place int) {
	for i := range w.distance {
		w.distance[i] = unreached
	}
	w.distance[place] = 0
	w.heap = append(w.heap[:0], uint64(place))
	for len(w.heap) > 0 {
		top := w.pop()
		d, i := top>>placeBits, int(top&(1<<placeBits-1))
		if d > w.distance[i] {
			continue // It was reached by a shorter way since.
		}
		for k := w.arcs.first[i]; k < w.arcs.first[i+1]; k++ {
			to, there := w.arcs.to[k], d+uint64(w.arcs.ns[k])
			if there < w.distance[to] {
				w.distance[to] = there
				w.push(there<<placeBits | uint64(to))
			}
		}
	}
}

func (w *walker) push(v uint64) {
	w.heap = append(w.heap, v)
	i := len(w.heap) - 1
	for i > 0 {
		up := (i - 1) / 2
		if w.heap[up] <= v {
			break
		}
		w.heap[i] = w.heap[up]
		i = up
	}
	w.heap[i] = v
}

func (w *walker) pop() uint64 {
	top, v := w.heap[0], w.heap[len(w.heap)-1]
	w.heap = w.heap[:len(w.heap)-1]
	n := len(w.heap)
	if n == 0 {
		return top
	}
	i := 0
	for {
		down := 2*i + 1
		if down >= n {
			break
		}
		if down+1 < n && w.heap[down+1] < w.heap[down] {
			down++
		}
		if w.heap[down] >= v {
			break
		}
		w.heap[i] = w.heap[down]
		i = down
	}
	w.heap[i] = v
	return top
}
