package core

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// drawer is the part of a Network that sample uses.
type drawer struct {
	Network
	rand Rand
}

func (d *drawer) Rand() uint64 { return d.rand.Uint64() }

// TestDirectoryAgainstModel adds, removes and lets children come and go, some of which nobody can dial, and draws holders
// after each step.
func TestDirectoryAgainstModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var d directory
		net := &drawer{rand: NewRand(1, "directory", 0)}
		holds := map[uint32]map[ChunkID]bool{} // by child
		var kids []uint32
		inward := map[uint32]bool{}
		joined := 0
		for range rapid.IntRange(1, 150).Draw(t, "steps") {
			id := ChunkID{Video(rapid.IntRange(1, 2).Draw(t, "video")), uint32(rapid.IntRange(0, 130).Draw(t, "chunk"))}
			switch op := rapid.IntRange(0, 9).Draw(t, "op"); {
			case op == 0 || len(kids) == 0:
				for range rapid.SampledFrom([]int{1, 1, 7, 60}).Draw(t, "joiners") {
					joined++
					k := d.join(Conn(joined), uint64(joined))
					holds[k] = map[ChunkID]bool{}
					if inward[k] = rapid.IntRange(0, 3).Draw(t, "inward") == 0; inward[k] {
						d.turnInward(k)
					}
					kids = append(kids, k)
				}
			case op == 1:
				i := rapid.IntRange(0, len(kids)-1).Draw(t, "leaver")
				d.leave(kids[i])
				delete(holds, kids[i])
				kids = slices.Delete(kids, i, i+1)
			case op < 7:
				k := rapid.SampledFrom(kids).Draw(t, "kid")
				d.add(k, id, 0)
				holds[k][id] = true
			default:
				k := rapid.SampledFrom(kids).Draw(t, "kid")
				d.remove(k, id)
				delete(holds[k], id)
			}
			var want []uint32
			total := 0
			for _, k := range kids {
				total += len(holds[k])
				if holds[k][id] {
					want = append(want, k)
				}
			}
			if d.entries != total {
				t.Fatalf("%d entries, want %d", d.entries, total)
			}
			asker := uint32(0)
			if len(kids) > 0 {
				asker = kids[0]
			}
			for k := uint32(1); int(k) < len(d.kids); k++ {
				name := d.kids[k].name
				if here := slices.Contains(kids, k); here != (name != 0) || here && d.named(name) != k {
					t.Fatalf("child %d of name %d is %d by that name, here: %v", k, name, d.named(name), here)
				}
			}
			if k := d.named(uint64(joined + 1)); k != 0 {
				t.Fatalf("a name that nobody has is child %d's", k)
			}
			slices.Sort(want)
			var hidden []uint32
			for k := d.nextInward(id, 0); k != 0; k = d.nextInward(id, k) {
				hidden = append(hidden, k)
			}
			named := slices.DeleteFunc(slices.Clone(want), func(k uint32) bool { return inward[k] })
			want = slices.DeleteFunc(want, func(k uint32) bool { return !inward[k] })
			if !slices.Equal(hidden, want) {
				t.Fatalf("%v: holders that nobody can dial are %v, want %v", id, hidden, want)
			}
			want = slices.DeleteFunc(named, func(k uint32) bool { return k == asker })
			var got [MaxPeers]uint32
			n, all := d.sample(id, asker, got[:], net)
			if int(all) != len(want) || n != min(len(want), MaxPeers) {
				t.Fatalf("%v: drew %d of %d, want %d of %d", id, n, all, min(len(want), MaxPeers), len(want))
			}
			seen := map[uint32]bool{}
			for _, k := range got[:n] {
				if !slices.Contains(want, k) || seen[k] {
					t.Fatalf("%v: drew %v, holders %v", id, got[:n], want)
				}
				seen[k] = true
				if d.window(k, id, 1) != 1 {
					t.Fatalf("%v: child %d is drawn but its window lacks the chunk", id, k)
				}
			}
		}
	})
}

// TestDirectoryDrawsEvenly asks for 8 of 100 holders 5,000 times: each is drawn 400 times on average, with a standard
// deviation of about 19.
func TestDirectoryDrawsEvenly(t *testing.T) {
	var d directory
	net := &drawer{rand: NewRand(1, "directory", 0)}
	id := ChunkID{1, 7}
	for i := range 100 {
		d.add(d.join(Conn(i+1), uint64(i+1)), id, 20)
	}
	var drawn [101]int
	for range 5000 {
		var kids [MaxPeers]uint32
		n, _ := d.sample(id, 0, kids[:], net)
		for _, k := range kids[:n] {
			drawn[k]++
		}
	}
	for k, n := range drawn[1:] {
		if n < 300 || n > 500 {
			t.Errorf("child %d was drawn %d times, want about 400", k+1, n)
		}
	}
}

// TestDirectoryIsBounded: a child that names the highest chunks of many videos makes no more tables than it may, and
// what it made goes with it.
func TestDirectoryIsBounded(t *testing.T) {
	var d directory
	k := d.join(1, 1)
	for v := range Video(2000) {
		d.add(k, ChunkID{v + 1, 1<<16 - 1}, 0)
	}
	for i := range uint64(100) {
		d.add(d.join(2, i+2), ChunkID{1, 0}, 0) // Wider rows.
	}
	sum := 0
	for _, v := range d.videos {
		sum += len(v.bits)
	}
	if d.bytes != sum || d.bytes > maxUnknown || d.entries < 100 {
		t.Errorf("%d bytes counted as %d, want at most %d; %d entries", sum, d.bytes, maxUnknown, d.entries)
	}
	for i, c := range []uint32{1<<28 + 1, 1<<31 - 1, 1 << 31, 1<<32 - 2, 1<<32 - 1} { // as numbers of chunks; and int may have 32 bits
		id := ChunkID{Video(6000 + i), c}
		for _, id := range []ChunkID{id, {id.Video, 3}, id} { // with a table and without
			d.add(k, id, 0)
			d.add(k, id, c)
		}
		if d.has(k, id) || d.bytes > maxTables {
			t.Errorf("chunk %d is noted: %d bytes", c, d.bytes)
		}
		d.remove(k, ChunkID{id.Video, 3})
	}
	film := ChunkID{5000, 7}
	if d.add(k, film, 4300); !d.has(k, film) {
		t.Error("a film that exists finds no room beside videos that do not")
	}
	d.remove(k, film)
	for v := range Video(2000) {
		d.remove(k, ChunkID{v + 1, 1<<16 - 1})
		d.add(k, ChunkID{v + 1, 1<<16 - 1}, 0)
		d.remove(k, ChunkID{v + 1, 1<<16 - 1})
	}
	for k := range uint32(101) {
		d.leave(k + 1)
	}
	if d.bytes != 0 || len(d.videos) != 0 || d.entries != 0 {
		t.Errorf("left over: %d bytes, %d videos, %d entries", d.bytes, len(d.videos), d.entries)
	}
}

// TestDirectoryGrowsSeldom: a child that names the chunks of a video in order, of which nobody knows how many there are,
// does not have the table copied for each.
func TestDirectoryGrowsSeldom(t *testing.T) {
	var d directory
	k := d.join(1, 1)
	grown, size := 0, 0
	for c := range uint32(10_000) {
		if d.add(k, ChunkID{1, c}, 0); d.bytes != size {
			grown, size = grown+1, d.bytes
		}
	}
	if grown > 30 || size > 15_000 || d.entries != 10_000 {
		t.Errorf("the table was copied %d times, to %d bytes for %d chunks", grown, size, d.entries)
	}
}

// TestDirectoryOfAFilm: what eight children hold of a film of 360 chunks takes a byte for each chunk.
func TestDirectoryOfAFilm(t *testing.T) {
	var d directory
	for i := range uint32(8) {
		k := d.join(Conn(i+1), uint64(i+1))
		for c := range uint32(360) {
			d.add(k, ChunkID{1, c}, 360)
		}
	}
	if d.bytes != 360 || cap(d.kids) != 9 {
		t.Errorf("%d bytes and %d rows for 8 children, want 360 and 9", d.bytes, cap(d.kids))
	}
}

// TestDirectoryGrowsWithItsChildren: a table of which children have the beginning is no longer than that, about.
func TestDirectoryGrowsWithItsChildren(t *testing.T) {
	var d directory
	k := d.join(1, 1)
	for c := range uint32(100) {
		d.add(k, ChunkID{1, c}, 360)
		if rows, want := len(d.videos[0].bits), max(64, 2*int(c)); rows > want || d.bytes != 360 {
			t.Fatalf("%d rows for chunks to %d, counted as %d; want at most %d, and 360", rows, c, d.bytes, want)
		}
	}
	if d.add(k, ChunkID{1, 359}, 360); len(d.videos[0].bits) != 360 || d.entries != 101 {
		t.Errorf("%d rows and %d entries, want 360 and 101", len(d.videos[0].bits), d.entries)
	}
}
