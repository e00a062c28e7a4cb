package core

import "slices"

// cacheIndex is the index half of every node's chunk cache: which chunks are whole, in which order they were last
// used, and how many readers hold each. The bytes are the Network's. One open-addressing table serves all nodes, so
// that a node costs what it holds: 28 bytes for an entry and 4 to 8 for its place in the table.
type cacheIndex struct {
	entries slab[cacheEntry]
	table   []uint32 // entry handles, 0 empty; len is a power of two, at most 3/4 full
}

// cacheEntry is one whole chunk at one node, in the node's order of use.
type cacheEntry struct {
	node       NodeID
	id         ChunkID
	prev, next uint32 // towards the least and the most recently used
	locks      uint32
}

// cacheList is a node's part: its entries in order of use.
type cacheList struct {
	oldest, newest uint32
	count          uint32
}

func cacheHash(n NodeID, id ChunkID) uint64 {
	return mix(uint64(n)<<32 ^ uint64(id.Video)<<56 ^ uint64(id.Video)>>8 ^ uint64(id.Chunk))
}

// find returns the entry of a chunk, 0 if the node does not hold it. O(1).
func (x *cacheIndex) find(n NodeID, id ChunkID) uint32 {
	if len(x.table) == 0 {
		return 0
	}
	mask := uint64(len(x.table) - 1)
	for i := cacheHash(n, id) & mask; x.table[i] != 0; i = (i + 1) & mask {
		if e := x.entries.at(x.table[i]); e.node == n && e.id == id {
			return x.table[i]
		}
	}
	return 0
}

// add makes a chunk the most recently used of a node that does not hold it yet. O(1) amortised.
func (x *cacheIndex) add(n NodeID, l *cacheList, id ChunkID) uint32 {
	if 4*(x.entries.used()+1) > 3*len(x.table) {
		x.rehash(max(64, 2*len(x.table)))
	}
	h, e := x.entries.take()
	e.node, e.id = n, id
	x.place(h)
	x.link(l, h)
	l.count++
	return h
}

// remove forgets an entry. O(1).
func (x *cacheIndex) remove(l *cacheList, h uint32) {
	e := x.entries.at(h)
	mask := uint64(len(x.table) - 1)
	i := cacheHash(e.node, e.id) & mask
	for x.table[i] != h {
		i = (i + 1) & mask
	}
	// Close the gap: an entry further on moves back unless that would put it before its home.
	for j := (i + 1) & mask; x.table[j] != 0; j = (j + 1) & mask {
		o := x.entries.at(x.table[j])
		home := cacheHash(o.node, o.id) & mask
		if (j-home)&mask >= (j-i)&mask {
			x.table[i] = x.table[j]
			i = j
		}
	}
	x.table[i] = 0
	x.unlink(l, h)
	l.count--
	x.entries.give(h)
}

// touch makes an entry the most recently used. O(1).
func (x *cacheIndex) touch(l *cacheList, h uint32) {
	if l.newest != h {
		x.unlink(l, h)
		x.link(l, h)
	}
}

// evictable returns the least recently used entry that nobody has locked, 0 if there is none. O(locked entries).
func (x *cacheIndex) evictable(l *cacheList) uint32 {
	for h := l.oldest; h != 0; h = x.entries.at(h).next {
		if x.entries.at(h).locks == 0 {
			return h
		}
	}
	return 0
}

func (x *cacheIndex) link(l *cacheList, h uint32) {
	e := x.entries.at(h)
	e.prev, e.next = l.newest, 0
	if l.newest != 0 {
		x.entries.at(l.newest).next = h
	} else {
		l.oldest = h
	}
	l.newest = h
}

func (x *cacheIndex) unlink(l *cacheList, h uint32) {
	e := x.entries.at(h)
	if e.prev != 0 {
		x.entries.at(e.prev).next = e.next
	} else {
		l.oldest = e.next
	}
	if e.next != 0 {
		x.entries.at(e.next).prev = e.prev
	} else {
		l.newest = e.prev
	}
}

func (x *cacheIndex) place(h uint32) {
	e := x.entries.at(h)
	mask := uint64(len(x.table) - 1)
	i := cacheHash(e.node, e.id) & mask
	for x.table[i] != 0 {
		i = (i + 1) & mask
	}
	x.table[i] = h
}

func (x *cacheIndex) rehash(size int) {
	old := x.table
	x.table = make([]uint32, size)
	for _, h := range old {
		if h != 0 {
			x.place(h)
		}
	}
}

func (x *cacheIndex) clone() cacheIndex {
	return cacheIndex{x.entries.clone(), slices.Clone(x.table)}
}
