// Package store keeps the bytes of chunks that a node has received: Store in a directory that survives kill -9, Memory
// for thin clients and tests. Both are Chunks. Reader is the part of them that serving needs, and that a source's
// database (package library) has too.
//
// It is not the cache: what to keep and what to evict is core's index, the same in both networks. It does not verify
// pieces either, since that happens where they arrive, while they are in the processor's cache; but it takes no piece
// hashes that disagree with the manifest, and what it finds on disk it checks before it reports it.
//
//	s, err := store.Open(dir, store.Options{Create: true})
//	...
//	for _, k := range s.Held() { ... }       // whole chunks of an earlier life
//	err = s.AddManifest(m)                   // once per video
//	err = s.Begin(k, hashes)                 // once per chunk
//	err = s.Put(k, piece, data)              // each piece, in any order, from any goroutine
//	err = s.ReadAt(k, off, buf)              // pieces are readable as soon as Put has returned
//	err = s.Drop(k)
//
// # Layout of the directory
//
//	lock          flock'ed by the running node, holds its process id
//	format        the version of this layout
//	journal       44-byte records: a chunk became whole, was dropped, was used
//	ID.manifest   the manifest of a video, by its id in hexadecimal
//	ID.data       its bytes, sparse: chunk i begins at i times the chunk size
//	ID.pieces     its piece hashes, sparse: those of chunk i begin at i times the pieces of a chunk times 32
//
// ID.data and ID.pieces exist while something of the video is kept. A chunk's data is written before its hashes, the
// hashes before the journal's record, so a process killed at any moment leaves no record of what is not there. A chunk
// of which a piece is missing when the process ends is thrown away at the next Open.
//
// # Cost
//
// go test ./realnet/store -bench . prints, on two shared cores and into the page cache: Put 2.2 GB/s with all that a
// chunk costs (pieces of 64 KiB, chunks of 1 MiB, one dropped for each begun), ReadAt 7.8 GB/s, Open 0.8 ms for an empty
// directory and 22 ms for 50 chunks of 1 MiB. Put and ReadAt do not allocate.
//
// # Known limits
//
// Nothing but manifests is synced to the disk, because a cache can be fetched again: after a power cut Open finds what
// the system had not yet written, by hashing, and throws it away. That hashing reads all that is held, about 0.8
// processor seconds for a GB. The order of use is known exactly as far as Used told it, and otherwise to about a quarter
// of the chunks held. Where the file system cannot punch holes, a dropped chunk's bytes are freed with the video's last.
package store
