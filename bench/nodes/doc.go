// Package nodes runs psnode processes for measurements and end-to-end tests, on ports and in directories of their own.
//
//	b := nodes.Binary{Path: "psnode"}
//	source, err := b.Run(log, "source", "-videodatabase", "videos")
//	ben, err := b.Run(log, "ben", "-chunkdirectory", "ben", "-master", source.Addr)
//	cost := ben.Stop()
//
// It knows psnode's command line and nothing of its insides.
package nodes
