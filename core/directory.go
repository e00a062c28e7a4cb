package core

import (
	"encoding/binary"
	"math/bits"
	"slices"

	"peerstreamer/core/slab"
)

// directory is what a master knows of its children's caches: for each chunk of a video a row of bits, one for each
// child. Adding and removing are O(1); drawing holders of a chunk costs a 64th of the number of children.
//
// Memory: 16 bytes for a child, 30 where they are many, and a bit for each child and chunk of each video that one of them
// holds some of, but not more than maxTables in all. What would need more is not noted. A table is made as far as children
// have come, and counted as a whole.
type directory struct {
	kids    []kid // row 0 is none; child k has bit k-1
	free    []uint32
	names   slab.Index // children by name, once there were more than fewKids at a time
	inward  []uint64   // bits: children that nobody can dial; nil before the first
	videos  []dirVideo
	coming  coming
	entries int // chunks at children
	bytes   int // of all tables
}

// maxTables bounds the tables of a directory: 1,000 children and a hundred films of two hours at 5 Mbit/s, or 100,000
// and one.
const maxTables = 64 << 20

// maxUnknown is up to where a video may add to that of which nobody has said how many chunks it has: a child may name
// videos that do not exist, and must not take the room of those that do.
const maxUnknown = maxTables / 8

type kid struct {
	conn Conn
	name uint64
}

// dirVideo is a video's table: rows of the same whole number of bytes, the first for chunk 0.
type dirVideo struct {
	video   Video
	rows    uint32 // that it may come to have
	width   int    // bytes in a row: 1, 2, 4 or a multiple of 8
	entries int
	bits    []byte
}

// fewKids is up to how many children looking at all is faster than an index.
const fewKids = 16

// fewRows is how many rows a table begins with, if it may have so many.
const fewRows = 64

// named returns the child of a name, which is not 0; 0 if there is none. O(1).
func (d *directory) named(name uint64) uint32 {
	if d.names.Len() == 0 {
		return uint32(max(0, slices.IndexFunc(d.kids, func(k kid) bool { return k.name == name })))
	}
	return d.names.Get(name, func(k uint32) bool { return d.kids[k].name == name })
}

// join makes a row for a child, whose name no other has.
func (d *directory) join(c Conn, name uint64) uint32 {
	if len(d.kids) == 0 {
		d.kids = make([]kid, 1, 1+fewKids/4)
	}
	k := uint32(len(d.kids))
	if n := len(d.free); n > 0 {
		k, d.free = d.free[n-1], d.free[:n-1]
	} else {
		if n := len(d.kids); n == cap(d.kids) && n <= fewKids { // Children come in powers of two, and row 0 is none.
			d.kids = append(make([]kid, 0, 2*n-1), d.kids...)
		}
		d.kids = append(d.kids, kid{})
	}
	switch {
	case d.names.Len() > 0:
		d.names.Put(name, k)
	case len(d.kids)-1-len(d.free) > fewKids:
		d.kids[k].name = name
		for i := range d.kids[1:] {
			if n := d.kids[i+1].name; n != 0 {
				d.names.Put(n, uint32(i+1))
			}
		}
	}
	d.kids[k] = kid{c, name}
	return k
}

// leave forgets a child and what it held. O(chunks of its videos).
func (d *directory) leave(k uint32) {
	for i := len(d.videos) - 1; i >= 0; i-- {
		v := &d.videos[i]
		if at, bit := place(k); at < v.width {
			for ; at < len(v.bits); at += v.width {
				if v.bits[at]&bit != 0 {
					v.bits[at] &^= bit
					v.entries--
					d.entries--
				}
			}
		}
		if v.entries == 0 {
			d.forget(i)
		}
	}
	d.coming.left(k)
	d.turnOutward(k)
	d.names.Remove(d.kids[k].name, k)
	d.kids[k] = kid{}
	d.free = append(d.free, k)
}

func (d *directory) conn(k uint32) Conn { return d.kids[k].conn }

// place returns where in a row a child's bit is.
func place(k uint32) (at int, bit byte) { return int(k-1) / 8, 1 << ((k - 1) % 8) }

// table returns a video's table, nil if nobody holds any of it.
func (d *directory) table(id Video) *dirVideo {
	for i := range d.videos {
		if d.videos[i].video == id {
			return &d.videos[i]
		}
	}
	return nil
}

// row returns a chunk's bits, nil if they were never written.
func (v *dirVideo) row(chunk uint32) []byte {
	if v == nil || (uint64(chunk)+1)*uint64(v.width) > uint64(len(v.bits)) {
		return nil
	}
	return v.bits[int(chunk)*v.width:][:v.width]
}

// forget gives back a table that has become empty.
func (d *directory) forget(i int) {
	d.bytes -= int(d.videos[i].rows) * d.videos[i].width
	d.videos = slices.Delete(d.videos, i, i+1)
}

// room makes a video's table reach as far as a child and a chunk ask, and chunks in all if that is more, and returns it;
// nil if all tables would have more than most bytes then.
func (d *directory) room(id Video, k, chunks uint32, most int) *dirVideo {
	width := 1
	for width*8 < len(d.kids)-1 {
		width *= 2
	}
	if width > 8 { // By an eighth at a time, so that a directory of very many children is not half empty.
		width = ((len(d.kids)-1)*9/64 + 8) &^ 7
	}
	if uint64(chunks) > uint64(most) {
		return nil // whatever its width, and products stay small where int has 32 bits
	}
	v := d.table(id)
	if v == nil {
		if int64(d.bytes)+int64(width)*int64(chunks) > int64(most) {
			return nil
		}
		d.videos = append(d.videos, dirVideo{video: id, width: width})
		v = &d.videos[len(d.videos)-1]
	}
	if int(k-1)/8 < v.width {
		width = v.width
	}
	have, count := int(v.rows), int(v.rows)*v.width
	rows := max(have, int(chunks))
	if rows*width == count {
		return v
	}
	// Where the number of chunks is unknown they mostly come in order, and each would cost a copy of the table.
	if more := have + have/2; rows > have && rows < more && d.bytes+more*width-count <= most {
		rows = more
	}
	if int64(d.bytes)+int64(rows)*int64(width)-int64(count) > int64(most) {
		return nil
	}
	d.bytes += rows*width - count
	v.rows = uint32(rows)
	if width != v.width {
		v.copy(len(v.bits)/v.width, width)
	}
	return v
}

// copy makes a table of so many rows of a width, and copies what there was.
func (v *dirVideo) copy(rows, width int) {
	table := make([]byte, rows*width)
	for c := range len(v.bits) / v.width {
		copy(table[c*width:], v.bits[c*v.width:][:v.width])
	}
	v.width, v.bits = width, table
}

// has reports whether a child holds a chunk.
func (d *directory) has(k uint32, id ChunkID) bool {
	row := d.table(id.Video).row(id.Chunk)
	at, bit := place(k)
	return at < len(row) && row[at]&bit != 0
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

// add notes that a child holds a chunk of a video that has so many; 0 if that is unknown.
func (d *directory) add(k uint32, id ChunkID, chunks uint32) {
	d.coming.came(k, id)
	if d.has(k, id) || id.Chunk == 1<<32-1 { // No video has that chunk: it would be the 2^32nd.
		return
	}
	most := maxTables
	if chunks == 0 {
		most = maxUnknown
	}
	v := d.room(id.Video, k, max(chunks, id.Chunk+1), most)
	if v == nil {
		return
	}
	at, bit := place(k)
	if v.row(id.Chunk) == nil {
		v.copy(int(min(v.rows, max(id.Chunk+1, 2*uint32(len(v.bits)/v.width), fewRows))), v.width)
	}
	v.row(id.Chunk)[at] |= bit
	v.entries++
	d.entries++
}

// remove notes that a child holds a chunk no more.
func (d *directory) remove(k uint32, id ChunkID) {
	if !d.has(k, id) {
		return
	}
	v := d.table(id.Video)
	at, bit := place(k)
	v.row(id.Chunk)[at] &^= bit
	v.entries--
	d.entries--
	if v.entries == 0 {
		d.forget(slices.IndexFunc(d.videos, func(o dirVideo) bool { return o.video == id.Video }))
	}
}

// sample draws different holders of a chunk that can be dialled into kids, never the asker, and returns how many it drew
// and how many others hold the chunk and can be dialled in all. They are in the order of their rows. O(children/64).
func (d *directory) sample(id ChunkID, asker uint32, kids []uint32, net Network) (drawn int, all uint32) {
	row := d.table(id.Video).row(id.Chunk)
	for i := range words(row) {
		all += uint32(bits.OnesCount64(d.outward(row, i)))
	}
	skip := ^uint32(0) // the asker's rank among the holders
	if asker != 0 && d.has(asker, id) && !d.isInward(asker) {
		skip = d.rank(row, asker-1)
		all--
	}
	if all == 0 {
		return 0, 0
	}
	// Floyd's draw of k out of all: each set of ranks is equally likely.
	var ranks [MaxPeers]uint32
	k := min(uint32(len(kids)), all, MaxPeers)
	for j := all - k; j < all; j++ {
		r := j
		if all > k {
			if r = Below(net.Rand(), j+1); slices.Contains(ranks[:drawn], r) {
				r = j
			}
		}
		ranks[drawn] = r
		drawn++
	}
	slices.Sort(ranks[:drawn])
	i, before := 0, uint32(0)
	for n := range drawn {
		r := ranks[n]
		if r >= skip {
			r++
		}
		for {
			if here := uint32(bits.OnesCount64(d.outward(row, i))); r >= before+here {
				before += here
				i++
				continue
			}
			break
		}
		w := d.outward(row, i)
		for range r - before {
			w &= w - 1
		}
		kids[n] = uint32(i*64+bits.TrailingZeros64(w)) + 1
	}
	return drawn, all
}

// words returns how many words a row has, and word the i-th of them. A row of less than a word is one.
func words(row []byte) int { return (len(row) + 7) / 8 }

func word(row []byte, i int) uint64 {
	switch len(row) {
	case 1:
		return uint64(row[0])
	case 2:
		return uint64(binary.LittleEndian.Uint16(row))
	case 4:
		return uint64(binary.LittleEndian.Uint32(row))
	}
	return binary.LittleEndian.Uint64(row[8*i:])
}

// rank returns how many of a row's bits below a given one are set, of children that can be dialled.
func (d *directory) rank(row []byte, bit uint32) (n uint32) {
	for i := range int(bit / 64) {
		n += uint32(bits.OnesCount64(d.outward(row, i)))
	}
	return n + uint32(bits.OnesCount64(d.outward(row, int(bit/64))&(1<<(bit%64)-1)))
}

func (d *directory) clone() directory {
	c := *d
	c.names = d.names.Clone()
	c.kids, c.free, c.videos = slices.Clone(d.kids), slices.Clone(d.free), slices.Clone(d.videos)
	c.coming.marks = slices.Clone(d.coming.marks)
	c.inward = slices.Clone(d.inward)
	for i := range c.videos {
		c.videos[i].bits = slices.Clone(c.videos[i].bits)
	}
	return c
}
