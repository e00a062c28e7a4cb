// Package store keeps the bytes of chunks that a node has received: Store in a directory that survives kill -9 and power
// cuts, Memory for thin clients and tests. Both are Chunks. Reader is the part of them that serving needs, and that a
// source's database (package library) has too.
//
// It is not the cache: what to keep and what to evict is core's index, the same in both networks. It does not verify
// pieces either, since that happens where they arrive, while they are in the processor's cache; but it takes no piece
// hashes that disagree with the manifest, and what it finds on disk it checks before it serves it.
//
//	s, err := store.Open(dir, store.Options{Create: true})
//	...
//	s.OnLost(func(k store.Key) { ... })      // chunks that turn out damaged later
//	for _, k := range s.Held() { ... }       // whole chunks of an earlier life
//	err = s.AddManifest(m)                   // once per video
//	err = s.Begin(k, hashes)                 // once per chunk
//	err = s.Put(k, piece, data)              // each piece, in any order, from any goroutine
//	err = s.ReadAt(k, off, buf)              // pieces are readable as soon as Put has returned
//	err = s.Drop(k)
//	lag := s.Status().Lag                    // what a power cut would cost now
//
// # Layout of the directory
//
//	lock          flock'ed by the running node, holds its process id
//	format        the version of this layout
//	journal       44-byte records: a chunk became whole, was dropped, was used; what is durable
//	ID.manifest   the manifest of a video, by its id in hexadecimal
//	ID.data       its bytes, sparse: chunk i begins at i times the chunk size
//	ID.pieces     its piece hashes, sparse: those of chunk i begin at i times the pieces of a chunk times 32
//
// ID.data and ID.pieces exist while something of the video is kept. A chunk's data is written before its hashes, the
// hashes before the journal's record, so a process killed at any moment leaves no record of what is not there.
//
// # What is durable
//
// Whole means verified, readable, and known to the next process if this one is killed. Durable means that a power cut
// does not undo it. One goroutine commits for all chunks at once, 1 s after something came or after 64 MiB: it syncs the
// data and the hashes, then the names of new files, then appends a record to the journal that says how many records
// before it are true, and syncs that. Only then does it free the places of dropped chunks, so that a record which a power
// cut brings back never tells of bytes that are gone. Put waits only while more than 256 MiB are not durable.
//
// If a sync fails, what was not durable is let go: it can still be read, but the system may have thrown away what it could
// not write, and would not say so again.
//
// # What is trusted
//
// Open believes the journal: after Close, after a kill (the kernel's boot id, which the journal holds, tells that the page
// cache is still the same), and after a power cut for what is durable. That is what Held tells and a node announces, after
// a few milliseconds. What the journal does not call durable after a power cut, at most MaxDirty bytes, Open compares with
// its hashes. The rest is compared before the first byte of a chunk is served, by who asks first (0.8 ms of processor time
// for a MiB, once), or by a goroutine in the background at 64 MiB a second, a twentieth of a processor; a chunk that is
// damaged or cannot be read is dropped, logged, and told to OnLost. So damage that is on the disk at the start is never
// served; damage that comes while a node runs is found by the receiver, or at the next start.
//
// # A full disk
//
// Begin reserves a chunk's space, so that a disk is found full before a chunk is begun rather than in the middle. The
// first error is logged with the directory, what is free and what to do. Held chunks are served as before; space of
// dropped ones is freed at once when a Begin needs it. Room is what the disk has for a store, less 256 MiB or a twentieth
// of a small disk that are left to others: a node uses it as the upper limit of its store's size.
//
// # Versions
//
// A directory of version 1, which had no records of commits, becomes one of version 2 when it is opened: all of it is
// compared with its hashes once. Any other version is refused with a message, and left as it was.
//
// # How it is tested
//
// The store uses a disk interface of nine methods (disk.go). TestPowerCuts runs it on one in memory that fails at random
// calls with EIO or ENOSPC, writes in part, and is cut off at any call, also while the directory is opened again; after a
// power cut each 512-byte sector, size and name has any state that it had since its last sync. Whatever happens the
// directory opens, nothing wrong is read, what was whole survives a kill, what was durable survives a power cut, and
// nothing is announced that is not there. TestKilled does the same to real processes and files.
//
// # Cost
//
// go test ./realnet/store -bench . prints, on two shared cores that others used as well, and into the page cache: Put
// 1.5-2.1 GB/s with all that a chunk costs (pieces of 64 KiB, chunks of 1 MiB, one dropped for each begun, commits beside
// it), ReadAt 4.7 GB/s, Open and Close with their syncs 12 ms for an empty directory and 12-20 ms for 50 chunks of 1 MiB.
// Put and ReadAt do not allocate.
//
// # Known limits
//
// The order of use is known exactly as far as Used told it, and otherwise to about a quarter of the chunks held. A video
// of which something is held keeps two files open. Where the file system cannot punch holes, a dropped chunk's bytes are
// freed with the video's last. If a sync fails and the process is killed before its journal says what that cost, the next
// process may hold chunks that are not on the disk; it finds them out by their hashes before it serves them.
package store
