package core

import "peerstreamer/core/slab"

// cache is the index half of every node's chunk cache: which chunks are whole, and in which order they were last used.
// The bytes are the Network's. Who holds a chunk, so that it may not be evicted, is not kept here: see locked.
//
// Readers read in order, so what a node used last forms runs of consecutive chunks, and the order is kept as a list of
// those. A node costs a bit for each chunk of a page and 20 bytes for each run: one for a reader alone, two for each
// chunk of the distance between two, and one for nearly every chunk where many read here and there: what is O(runs) is then
// O(chunks). A store without a limit never evicts, so there the order is that of arrival.
type cache struct {
	pages slab.Slab[shelfPage]
	runs  slab.Slab[useRun]
}

// useRun is n chunks of a video from first on that were last used one after another.
type useRun struct {
	video      Video
	first, n   uint32
	prev, next uint32 // towards the least and the most recently used
}

// usage is a node's order of use.
type usage struct {
	oldest, newest uint32 // runs
	count          uint32 // chunks in all
	kib            uint32 // their sizes, each rounded up to a KiB: up to 4 TiB
}

// add makes a chunk that was not here the most recently used. O(1).
func (x *cache) add(l *usage, v *nodeVideo, chunk uint32) {
	x.put(&v.shelf, chunk)
	x.use(l, v.video, chunk)
	l.count++
}

// remove forgets a chunk that is here. O(runs).
func (x *cache) remove(l *usage, v *nodeVideo, chunk uint32) {
	x.take(&v.shelf, chunk)
	x.forget(l, x.find(l, v.video, chunk), chunk)
	l.count--
}

// touch makes a chunk that is here the most recently used. O(runs), O(1) for what was used lately.
func (x *cache) touch(l *usage, v Video, chunk uint32) {
	h := x.find(l, v, chunk)
	if r := x.runs.At(h); h == l.newest && chunk == r.first+r.n-1 {
		return
	}
	x.forget(l, h, chunk)
	x.use(l, v, chunk)
}

// find returns the run with a chunk that is here.
func (x *cache) find(l *usage, v Video, chunk uint32) uint32 {
	for h := l.newest; h != 0; h = x.runs.At(h).prev {
		if r := x.runs.At(h); r.video == v && chunk-r.first < r.n {
			return h
		}
	}
	panic("core: a chunk is on its shelf and in no run")
}

// use puts a chunk that is in no run behind all others.
func (x *cache) use(l *usage, v Video, chunk uint32) {
	if l.newest != 0 {
		if r := x.runs.At(l.newest); r.video == v && r.first+r.n == chunk {
			r.n++
			return
		}
	}
	h := x.runs.Alloc()
	*x.runs.At(h) = useRun{video: v, first: chunk, n: 1, prev: l.newest}
	if l.newest != 0 {
		x.runs.At(l.newest).next = h
	} else {
		l.oldest = h
	}
	l.newest = h
}

// forget takes a chunk out of its run, which may fall into two.
func (x *cache) forget(l *usage, h, chunk uint32) {
	r := x.runs.At(h)
	switch last := r.first + r.n - 1; {
	case r.n == 1:
		x.unlink(l, h)
		x.join(l, r.prev, r.next)
	case chunk == last:
		r.n--
	case chunk == r.first:
		r.first++
		r.n--
	default:
		t := x.runs.Alloc()
		*x.runs.At(t) = useRun{video: r.video, first: chunk + 1, n: last - chunk, prev: h, next: r.next}
		if r.next != 0 {
			x.runs.At(r.next).prev = t
		} else {
			l.newest = t
		}
		r.n, r.next = chunk-r.first, t
	}
}

// join makes one of two runs that have become neighbours, if they fit.
func (x *cache) join(l *usage, a, b uint32) {
	if a == 0 || b == 0 {
		return
	}
	p, q := x.runs.At(a), x.runs.At(b)
	if p.video == q.video && p.first+p.n == q.first {
		p.n += q.n
		x.unlink(l, b)
	}
}

func (x *cache) unlink(l *usage, h uint32) {
	r := x.runs.At(h)
	if r.prev != 0 {
		x.runs.At(r.prev).next = r.next
	} else {
		l.oldest = r.next
	}
	if r.next != 0 {
		x.runs.At(r.next).prev = r.prev
	} else {
		l.newest = r.prev
	}
	x.runs.Release(h)
}

// clear frees all that a node's order of use holds. The shelves are freed with their videos.
func (x *cache) clear(l *usage) {
	for l.oldest != 0 {
		x.unlink(l, l.oldest)
	}
	l.count, l.kib = 0, 0
}

func (x *cache) clone() cache { return cache{x.pages.Clone(), x.runs.Clone()} }

// cached reports whether a chunk is in the node's cache. What a source owns is not.
func (t turn) cached(id ChunkID) bool {
	v := t.video(id.Video)
	return v != nil && t.cache.has(&v.shelf, id.Chunk)
}

// here reports whether the node has a whole chunk.
func (t turn) here(id ChunkID) bool {
	v := t.video(id.Video)
	if v == nil {
		return false
	}
	return t.cache.has(&v.shelf, id.Chunk) || v.hold == owned && id.Chunk < t.infos[id.Video].Chunks()
}

// keep takes a chunk that is whole into the cache.
func (s *Swarm) keep(l *usage, v *nodeVideo, chunk uint32) {
	s.cache.add(l, v, chunk)
	l.kib += s.kib(ChunkID{v.video, chunk})
}

// kib returns what a chunk counts for in a store's size.
func (s *Swarm) kib(id ChunkID) uint32 {
	return uint32((s.infos[id.Video].ChunkBytes(id.Chunk) + KiB - 1) / KiB)
}

// touch makes a chunk the most recently used, if it is in the cache and the store has a limit.
func (t turn) touch(id ChunkID) {
	if l := t.net.Limits(); (l.StoreChunks > 0 || l.StoreBytes > 0) && t.cached(id) {
		t.cache.touch(&t.node().usage, id.Video, id.Chunk)
	}
}

// locked returns the chunk after the last of those from id on that may not be evicted, because a stream's window covers
// them or they are being sent; id.Chunk if id itself may go. O(streams and gets of the node).
func (t turn) locked(id ChunkID) uint32 {
	until := id.Chunk
	for h := t.node().streams; h != 0; h = t.streams.At(h).next {
		if s := t.streams.At(h); t.covers(s, id) {
			until = max(until, s.pos+t.window(s))
		}
	}
	if until > id.Chunk {
		return until
	}
	for c := t.node().peers; c != 0; c = t.peers.At(c).next {
		for u := t.peers.At(c).uploads; u != 0; u = t.uploads.At(u).next {
			if up := t.uploads.At(u); up.locked && up.span.ID() == id {
				return id.Chunk + 1
			}
		}
	}
	return until
}

// evict drops the least recently used chunk that nobody holds, of one video or with 0 of all, and reports whether there was
// one.
func (t turn) evict(of Video) bool {
	for h := t.node().usage.oldest; h != 0; h = t.cache.runs.At(h).next {
		r := t.cache.runs.At(h)
		if of != 0 && r.video != of {
			continue
		}
		for chunk := r.first; chunk < r.first+r.n; {
			id := ChunkID{r.video, chunk}
			if chunk = t.locked(id); chunk == id.Chunk {
				if t.video(r.video).hold == pinned {
					break
				}
				t.drop(id)
				return true
			}
		}
	}
	return false
}

// shrink evicts what is too much: of a video beyond its quota its own chunks, so that it takes no other's place, and then of
// all.
func (t turn) shrink(grown Video) {
	if len(t.quotas) > 0 {
		t.ration(grown)
	}
	for l := t.net.Limits(); t.node().usage.exceeds(l) && t.evict(0); {
	}
}

// exceeds reports whether more is kept than a store may hold.
func (l *usage) exceeds(most Limits) bool {
	return most.StoreChunks > 0 && l.count > uint32(most.StoreChunks) ||
		most.StoreBytes > 0 && Bytes(l.kib)*KiB > most.StoreBytes
}

// drop gives up a chunk of the cache.
func (t turn) drop(id ChunkID) {
	l := &t.node().usage
	t.cache.remove(l, t.video(id.Video), id.Chunk)
	l.kib -= t.kib(id)
	t.net.Drop(id)
	t.announce(id, false)
}
