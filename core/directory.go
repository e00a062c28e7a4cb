package core

import "slices"

// directory is what a master knows of its children's caches. For each chunk it keeps a list of holders to draw from,
// and for each child a bit per chunk that says whether the list is right: a removal only clears the bit, and stale
// places go when they are met. Adding, removing and drawing are O(1) amortised.
//
// Memory: 8 bytes for a chunk at a child at most, a bit for each chunk below the highest a child holds, and 32 bytes for
// each below the highest that any holds. At most maxDirectory chunks at children, maxPlaces chunks of videos and
// maxWords words of bits for one child; what would need more is not noted.
type directory struct {
	kids    []kid // row 0 is none
	free    []uint32
	videos  []dirVideo
	spare   [][]uint32 // lists of chunks that nobody holds any more, for those that somebody gets
	entries int
	places  int // chunks in all tables
}

const (
	maxDirectory = 1 << 24
	maxPlaces    = 1 << 22
	maxWords     = 1 << 16
)

type kid struct {
	conn Conn
	name uint64
	has  []kidVideo
	size int // words of bits
}

type kidVideo struct {
	video Video
	bits  []uint64
}

type dirVideo struct {
	video  Video
	chunks []holders
	live   int // entries
}

// holders lists who has a chunk: live of the kids in list really do.
type holders struct {
	list []uint32
	live uint32
}

// join makes a row for a child.
func (d *directory) join(c Conn, name uint64) uint32 {
	if len(d.kids) == 0 {
		d.kids = append(d.kids, kid{})
	}
	if n := len(d.free); n > 0 {
		k := d.free[n-1]
		d.free = d.free[:n-1]
		d.kids[k] = kid{conn: c, name: name}
		return k
	}
	d.kids = append(d.kids, kid{conn: c, name: name})
	return uint32(len(d.kids) - 1)
}

// leave forgets a child and what it held. O(chunks it may hold / 64 + chunks it held).
func (d *directory) leave(k uint32) {
	for _, v := range d.kids[k].has {
		for w, word := range v.bits {
			for i := uint32(0); word != 0; i, word = i+1, word>>1 {
				if word&1 == 1 {
					d.remove(k, ChunkID{v.video, uint32(w)*64 + i})
				}
			}
		}
	}
	d.kids[k] = kid{}
	d.free = append(d.free, k)
}

func (d *directory) name(k uint32) uint64 { return d.kids[k].name }
func (d *directory) conn(k uint32) Conn   { return d.kids[k].conn }

// word returns the word of a child's bits in which a chunk is, nil if it is beyond and grow is false.
func (d *directory) word(k uint32, id ChunkID, grow bool) *uint64 {
	has := &d.kids[k].has
	for i := range *has {
		v := &(*has)[i]
		if v.video != id.Video {
			continue
		}
		w := int(id.Chunk / 64)
		if w >= len(v.bits) {
			if !grow {
				return nil
			}
			d.kids[k].size += w + 1 - len(v.bits)
			v.bits = append(v.bits, make([]uint64, w+1-len(v.bits))...)
		}
		return &v.bits[w]
	}
	if !grow {
		return nil
	}
	*has = append(*has, kidVideo{video: id.Video})
	return d.word(k, id, true)
}

func (d *directory) has(k uint32, id ChunkID) bool {
	w := d.word(k, id, false)
	return w != nil && *w>>(id.Chunk%64)&1 == 1
}

// window returns which of the n chunks from id on a child has, in bits.
func (d *directory) window(k uint32, id ChunkID, n uint8) (bits uint16) {
	for i := uint32(0); i < uint32(n); i++ {
		if d.has(k, ChunkID{id.Video, id.Chunk + i}) {
			bits |= 1 << i
		}
	}
	return bits
}

// at returns a chunk's holders, nil if nobody ever held it and grow is false.
func (d *directory) at(id ChunkID, grow bool) *holders {
	for i := range d.videos {
		v := &d.videos[i]
		if v.video != id.Video {
			continue
		}
		if int(id.Chunk) >= len(v.chunks) {
			if !grow {
				return nil
			}
			d.places += int(id.Chunk) + 1 - len(v.chunks)
			v.chunks = append(v.chunks, make([]holders, int(id.Chunk)+1-len(v.chunks))...)
		}
		return &v.chunks[id.Chunk]
	}
	if !grow {
		return nil
	}
	d.videos = append(d.videos, dirVideo{video: id.Video})
	return d.at(id, true)
}

// room reports whether the tables may grow as far as a chunk of a child asks.
func (d *directory) room(k uint32, id ChunkID) bool {
	if d.word(k, id, false) == nil && d.kids[k].size+int(id.Chunk/64)+1 > maxWords {
		return false
	}
	return d.at(id, false) != nil || d.places+int(id.Chunk)+1 <= maxPlaces
}

// count adds to the entries of a video, and gives back its table when there are none left.
func (d *directory) count(v Video, by int) {
	d.entries += by
	i := slices.IndexFunc(d.videos, func(o dirVideo) bool { return o.video == v })
	if d.videos[i].live += by; d.videos[i].live == 0 {
		d.places -= len(d.videos[i].chunks)
		d.videos = slices.Delete(d.videos, i, i+1)
	}
}

// add notes that a child holds a chunk.
func (d *directory) add(k uint32, id ChunkID) {
	if d.entries >= maxDirectory || d.has(k, id) || !d.room(k, id) {
		return
	}
	*d.word(k, id, true) |= 1 << (id.Chunk % 64)
	h := d.at(id, true)
	if n := len(d.spare); h.list == nil && n > 0 {
		h.list = d.spare[n-1]
		d.spare = d.spare[:n-1]
	}
	h.list = append(h.list, k)
	h.live++
	d.count(id.Video, 1)
}

// remove notes that a child holds a chunk no more.
func (d *directory) remove(k uint32, id ChunkID) {
	if !d.has(k, id) {
		return
	}
	*d.word(k, id, false) &^= 1 << (id.Chunk % 64)
	h := d.at(id, false)
	h.live--
	if h.live == 0 {
		d.spare = append(d.spare, h.list[:0])
		h.list = nil
	} else if len(h.list) > 2*int(h.live)+16 { // Mostly stale, or kids named twice.
		h.list = slices.DeleteFunc(h.list, func(k uint32) bool { return !d.has(k, id) })
		slices.Sort(h.list)
		h.list = slices.Compact(h.list)
	}
	d.count(id.Video, -1)
}

// sample draws different holders of a chunk into kids, never the asker, and returns how many it drew and how many
// others hold the chunk in all. O(drawn + stale places met).
func (d *directory) sample(id ChunkID, asker uint32, kids []uint32, net Network) (drawn int, all uint32) {
	h := d.at(id, false)
	if h == nil {
		return 0, 0
	}
	all = h.live
	if asker != 0 && d.has(asker, id) {
		all--
	}
	// Shuffle the list from its front; what was met before k is settled.
	for k := 0; k < len(h.list) && drawn < len(kids); {
		i := k + int(Below(net.Rand(), uint32(len(h.list)-k)))
		h.list[k], h.list[i] = h.list[i], h.list[k]
		kid := h.list[k]
		if !d.has(kid, id) || slices.Contains(h.list[:k], kid) {
			last := len(h.list) - 1
			h.list[k] = h.list[last]
			h.list = h.list[:last]
			continue
		}
		k++
		if kid != asker {
			kids[drawn] = kid
			drawn++
		}
	}
	return drawn, all
}

func (d *directory) clone() directory {
	c := directory{kids: slices.Clone(d.kids), free: slices.Clone(d.free), videos: slices.Clone(d.videos),
		entries: d.entries, places: d.places}
	for i := range c.kids {
		c.kids[i].has = slices.Clone(c.kids[i].has)
		for j := range c.kids[i].has {
			c.kids[i].has[j].bits = slices.Clone(c.kids[i].has[j].bits)
		}
	}
	for i := range c.videos {
		c.videos[i].chunks = slices.Clone(c.videos[i].chunks)
		for j := range c.videos[i].chunks {
			c.videos[i].chunks[j].list = slices.Clone(c.videos[i].chunks[j].list)
		}
	}
	return c
}
