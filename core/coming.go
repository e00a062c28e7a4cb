package core

import "slices"

// Children that are about to have a chunk. A master that is asked early (MsgQuery with First 1) notes the asker: whatever
// it is told, it will fetch the chunk now. The next that asks is told of it too, reads from it while the chunk arrives, and
// so the chunk leaves the master once although nobody has it yet.
//
// Nobody waits for itself that way. A child is told of those that were noted for the chunk before it, and one that is
// noted already, because what it was told did not help, only of those that have the chunk.

// mark notes that a child is about to have a chunk.
type mark struct {
	id  ChunkID
	kid uint32
}

// maxComing bounds the marks of a master, 12 KiB; the oldest gives way. A mark lasts until its child says that it has the
// chunk, or leaves. One that is wrong, because the child's viewer left, costs no more than that the child fetches the
// chunk for who asks it.
const maxComing = 1024

// coming is a master's marks, the oldest first.
type coming struct{ marks []mark }

// sample draws up to len(kids) children that are about to have a chunk, each set being equally likely, and notes asker
// behind them. It returns none if asker, not 0, was noted before. O(marks).
func (c *coming) sample(id ChunkID, asker uint32, kids []uint32, net Network) (drawn int) {
	if slices.Contains(c.marks, mark{id, asker}) {
		return 0
	}
	seen := uint32(0)
	for _, m := range c.marks {
		if m.id != id {
			continue
		}
		seen++
		if drawn < len(kids) {
			kids[drawn] = m.kid
			drawn++
		} else if len(kids) > 0 {
			if i := Below(net.Rand(), seen); int(i) < len(kids) {
				kids[i] = m.kid
			}
		}
	}
	if len(c.marks) == maxComing {
		c.marks = slices.Delete(c.marks, 0, 1)
	}
	c.marks = append(c.marks, mark{id, asker})
	return drawn
}

// came forgets that a child is about to have a chunk.
func (c *coming) came(kid uint32, id ChunkID) {
	if i := slices.Index(c.marks, mark{id, kid}); i >= 0 {
		c.marks = slices.Delete(c.marks, i, i+1)
	}
}

// left forgets a child.
func (c *coming) left(kid uint32) {
	c.marks = slices.DeleteFunc(c.marks, func(m mark) bool { return m.kid == kid })
}
