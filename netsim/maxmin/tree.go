package maxmin

// forest is the slab of a number of trees, which are sets of (key, flow) in that order. A tree is the number of its
// root, 0 if it is empty. Keys of a tree may be modulo 2^64: base is what the order begins with.
//
// A tree is a treap: a search tree by (key, flow) and a heap by a hash of the flow. Its shape depends on what is in it
// alone, not on the order in which that came (Seidel and Aragon, Randomized Search Trees, 1996). All operations are
// O(log size) expected.
type forest struct {
	nodes []node
	free  []uint32
}

// node is 32 bytes.
type node struct {
	key         uint64
	sum         uint64 // of the keys here and below, modulo 2^64
	flow        Flow
	count       uint32 // of the keys here and below
	left, right uint32
}

// height orders the flows of a tree from top to bottom. It is a bijection, so there are no ties.
func height(f Flow) uint32 {
	h := uint32(f)
	h = (h ^ h>>16) * 0x7FEB352D
	h = (h ^ h>>15) * 0x846CA68B
	return h ^ h>>16
}

// before orders a node before another by (key, flow).
func before(base, key uint64, f Flow, n *node) bool {
	a, b := key-base, n.key-base
	return a < b || a == b && f < n.flow
}

// insert adds (key, f), which is not in the tree.
func (t *forest) insert(root *uint32, base, key uint64, f Flow) {
	i := t.alloc(key, f)
	for *root != 0 {
		n := &t.nodes[*root]
		if height(n.flow) < height(f) {
			break
		}
		n.count++
		n.sum += key
		if before(base, key, f, n) {
			root = &n.left
		} else {
			root = &n.right
		}
	}
	below := *root
	*root = i
	t.split(below, base, key, f, &t.nodes[i].left, &t.nodes[i].right)
	t.add(i)
}

func (t *forest) alloc(key uint64, f Flow) uint32 {
	if len(t.nodes) == 0 {
		t.nodes = append(t.nodes, node{})
	}
	n := node{key: key, flow: f}
	if k := len(t.free); k > 0 {
		i := t.free[k-1]
		t.free = t.free[:k-1]
		t.nodes[i] = n
		return i
	}
	t.nodes = append(t.nodes, n)
	return uint32(len(t.nodes) - 1)
}

// add computes a node's sums from its children's.
func (t *forest) add(i uint32) {
	n := &t.nodes[i]
	l, r := &t.nodes[n.left], &t.nodes[n.right]
	n.count = l.count + r.count + 1
	n.sum = l.sum + r.sum + n.key
}

// split divides a tree into what is before (key, f) and the rest.
func (t *forest) split(root uint32, base, key uint64, f Flow, left, right *uint32) {
	if root == 0 {
		*left, *right = 0, 0
		return
	}
	n := &t.nodes[root]
	if before(base, key, f, n) {
		*right = root
		t.split(n.left, base, key, f, left, &n.left)
	} else {
		*left = root
		t.split(n.right, base, key, f, &n.right, right)
	}
	t.add(root)
}

// remove takes (key, f) out. It panics if it is not there.
func (t *forest) remove(root *uint32, base, key uint64, f Flow) {
	for {
		if *root == 0 {
			panic("maxmin: not in the tree")
		}
		n := &t.nodes[*root]
		if n.flow == f && n.key == key {
			break
		}
		n.count--
		n.sum -= key
		if before(base, key, f, n) {
			root = &n.left
		} else {
			root = &n.right
		}
	}
	i := *root
	t.merge(t.nodes[i].left, t.nodes[i].right, root)
	t.free = append(t.free, i)
}

// merge joins two trees, all of the left one being before all of the right one.
func (t *forest) merge(left, right uint32, root *uint32) {
	switch {
	case left == 0:
		*root = right
		return
	case right == 0:
		*root = left
		return
	}
	if l, r := &t.nodes[left], &t.nodes[right]; height(l.flow) > height(r.flow) {
		*root = left
		t.merge(l.right, right, &l.right)
	} else {
		*root = right
		t.merge(left, r.left, &r.left)
	}
	t.add(*root)
}

// first returns the first of a tree that is not empty.
func (t *forest) first(root uint32) (key uint64, f Flow) {
	n := &t.nodes[root]
	for n.left != 0 {
		n = &t.nodes[n.left]
	}
	return n.key, n.flow
}

// below returns how many keys of a tree whose base is 0 are less than key, and their sum.
func (t *forest) below(root uint32, key uint64) (count uint32, sum uint64) {
	for root != 0 {
		n := &t.nodes[root]
		if n.key >= key {
			root = n.left
			continue
		}
		left := &t.nodes[n.left]
		count += left.count + 1
		sum += left.sum + n.key
		root = n.right
	}
	return count, sum
}

// between appends the flows whose keys, of a tree whose base is 0, are in low..high, both included, in order.
func (t *forest) between(root uint32, low, high uint64, to []Flow) []Flow {
	if root == 0 {
		return to
	}
	n := &t.nodes[root]
	if n.key >= low {
		to = t.between(n.left, low, high, to)
		if n.key <= high {
			to = append(to, n.flow)
		}
	}
	if n.key <= high {
		to = t.between(n.right, low, high, to)
	}
	return to
}
