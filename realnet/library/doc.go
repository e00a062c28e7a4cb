// Package library is a source's video database: a directory with a folder for each video, made by Split and read by
// Library. Everything in it is whole, and nothing is ever written but by Split.
//
// It is not a cache: what a node has received is kept by package store, whose Reader and Filer a Library is too, so that
// serving does not ask who holds a chunk.
//
//	m, err := library.Split(ctx, dir, "movie", file, library.Options{ChunkSize: 1 << 20})
//	...
//	lib, err := library.Open(dir)
//	for _, m := range lib.Manifests() { ... }
//	err = lib.ReadAt(store.Key{ID: m.ID(), Chunk: 7}, 0, buf)
//
// # Layout
//
//	DIR/NAME/0, 1, ...   the chunks, nothing but their bytes
//	DIR/NAME/manifest    as package manifest encodes it
//	DIR/NAME/pieces      the piece hashes, 32 bytes each, in order, so that serving hashes nothing
//
// Library.Reload reads the directory again while a node runs.
//
// A video under way is in a folder DIR/.split-*, which becomes DIR/NAME at the end: a crash leaves no half video, and
// what it leaves is passed over by Open and can be removed by hand.
//
// # Known limits
//
// Open checks every size and the hashes against the manifest, but does not read the chunks: a disk that has changed a
// byte since Split is found out by the first node that fetches it. A video's duration is taken from an MP4's movie
// header; of other kinds of file, and of fragmented MP4, it must be given or is unknown.
package library
