package core

import (
	"math/bits"
)

// Children that nobody can dial: a NAT or a firewall stands before them, and all that leads to them is the connection
// that they opened to their master. So the master names them to nobody. It asks them itself, as a sibling would, for the
// chunk that a reader of its own waits for next, before anybody further up the tree is asked, and relays what comes. So
// what such a child can upload counts, at the price of one hop more.

// askInward asks an undialable child for a stream's next chunk, if one holds it and nobody is asked yet. The policy finds
// it Asked. O(window, and holders up to MaxPeers by requests of the node).
func (t turn) askInward(h uint32) {
	s := t.streams.At(h)
	for chunk := s.pos; chunk-s.pos < t.window(s); chunk++ {
		id := ChunkID{s.video, chunk}
		if t.here(id) {
			continue
		}
		span := t.infos[s.video].Whole(id)
		if p := t.partialOf(id); p != 0 {
			if t.partials.At(p).requests > 0 {
				return
			}
			have := t.partials.At(p).have.prefix()
			span.First, span.N = have, span.N-have
		}
		if child := t.inwardHolder(id, s.conn); child != 0 {
			t.requestPieces(h, t.peer(child).id, span, MsgGetHere)
		}
		return
	}
}

// maxInward bounds the gets at one undialable child at a time. What more readers want comes from further up: all that such
// children upload goes through their own link first, and a get that waits for its turn there must not time out.
const maxInward = 4

// inwardHolder returns the connection of an undialable child, other than the reader's, that holds a chunk: of the first
// MaxPeers the one of which the least is asked now. 0 if there is none that is not busy.
func (t turn) inwardHolder(id ChunkID, reader Conn) (best Conn) {
	d := t.directory()
	least, looked := 0, 0
	for k := d.nextInward(id, 0); k != 0 && looked < MaxPeers; k = d.nextInward(id, k) {
		c := d.conn(k)
		if c == reader || t.peer(c).reach != reachInward || t.isBanned(t.peer(c).id) {
			continue
		}
		asked := 0
		for q := t.node().requests; q != 0; q = t.requests.At(q).next {
			if t.requests.At(q).conn == c {
				asked++
			}
		}
		if asked < maxInward && (best == 0 || asked < least) {
			best, least = c, asked
		}
		looked++
	}
	return best
}

// inwardFailed strikes a chunk that an undialable child did not deliver off what it holds, or the next look would ask for
// it again at once, and for ever. A child that let a get time out is asked no more until it comes back: else one that says
// that it has everything and sends nothing would cost every reader a timeout for each chunk.
func (t turn) inwardFailed(c Conn, id ChunkID, why Reason) {
	if !t.node().inward || c == 0 || !t.mine(c) || t.peer(c).reach == reachAll {
		return
	}
	p := t.peer(c)
	if p.child {
		t.directory().remove(p.kid, id)
	}
	if why == TimedOut {
		p.reach = reachMute
	}
}

// turnInward notes that nobody can dial a child. O(1), or a copy as children come.
func (d *directory) turnInward(k uint32) {
	at := int(k-1) / 64
	if at >= len(d.inward) {
		d.inward = append(d.inward, make([]uint64, at+1-len(d.inward))...)
	}
	d.inward[at] |= 1 << ((k - 1) % 64)
}

// turnOutward forgets it: the row is another child's next.
func (d *directory) turnOutward(k uint32) {
	if d.isInward(k) {
		d.inward[(k-1)/64] &^= 1 << ((k - 1) % 64)
	}
}

func (d *directory) isInward(k uint32) bool {
	at := int(k-1) / 64
	return at < len(d.inward) && d.inward[at]>>((k-1)%64)&1 == 1
}

// outward returns the i-th word of a row without the children that nobody can dial.
func (d *directory) outward(row []byte, i int) uint64 {
	w := word(row, i)
	if i < len(d.inward) {
		w &^= d.inward[i]
	}
	return w
}

// nextInward returns the first holder of a chunk after a child that nobody can dial, 0 if there is none. O(children/64).
func (d *directory) nextInward(id ChunkID, after uint32) uint32 {
	row := d.table(id.Video).row(id.Chunk)
	for i := int(after / 64); i < min(words(row), len(d.inward)); i++ {
		w := word(row, i) & d.inward[i]
		if i == int(after/64) {
			w = w >> (after % 64) << (after % 64)
		}
		if w != 0 {
			return uint32(i*64+bits.TrailingZeros64(w)) + 1
		}
	}
	return 0
}
