package core

import "slices"

// Children that are about to have a chunk. A master that is asked early (MsgQuery with First QueryEarly) notes the asker:
// whatever it is told, it will fetch the chunk now. The next that asks is told of it too, reads from it while the chunk
// arrives, and so the chunk leaves the master once although nobody has it yet.
//
// Those who ask at the same time so become a tree. As the first two are named that were not named four times yet, and the
// asker picks one of them, each feeds about two others: nobody's uplink feeds them all, and of n the last is some log n
// pieces behind the first.
//
// Nobody waits for itself that way. A child is told of those that were noted for the chunk before it, and one that is
// noted already, because what it was told did not help, only of those that have the chunk.

// mark notes that a child is about to have a chunk.
type mark struct {
	id    ChunkID
	kid   uint32
	named uint32 // so many times, at most maxNamed
}

// maxComing bounds the marks of a master, 16 KiB; the oldest gives way. A mark lasts until its child says that it has the
// chunk, or leaves. One that is wrong, because the child's viewer left, costs no more than that the child fetches the
// chunk for who asks it.
const maxComing = 1024

// What an asker is told of children that are about to have a chunk: how many, and how often one is named.
const (
	namedEarly = 2
	maxNamed   = 2 * namedEarly
)

// coming is a master's marks, the oldest first.
type coming struct{ marks []mark }

// find returns the place of a child's mark, -1 if it has none. O(marks).
func (c *coming) find(kid uint32, id ChunkID) int {
	return slices.IndexFunc(c.marks, func(m mark) bool { return m.kid == kid && m.id == id })
}

// next writes into kids the first that are about to have a chunk and may be named, and notes asker behind them. It returns
// how many it wrote: none if asker was noted before. O(marks).
func (c *coming) next(id ChunkID, asker uint32, kids []uint32) (n int) {
	if c.find(asker, id) >= 0 {
		return 0
	}
	for i := range c.marks {
		if m := &c.marks[i]; m.id == id && m.named < maxNamed && n < min(len(kids), namedEarly) {
			m.named++
			kids[n] = m.kid
			n++
		}
	}
	if len(c.marks) == maxComing {
		c.marks = slices.Delete(c.marks, 0, 1)
	}
	c.marks = append(c.marks, mark{id: id, kid: asker})
	return n
}

// came forgets that a child is about to have a chunk.
func (c *coming) came(kid uint32, id ChunkID) {
	if i := c.find(kid, id); i >= 0 {
		c.marks = slices.Delete(c.marks, i, i+1)
	}
}

// left forgets a child.
func (c *coming) left(kid uint32) {
	c.marks = slices.DeleteFunc(c.marks, func(m mark) bool { return m.kid == kid })
}
