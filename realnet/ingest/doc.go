// Package ingest takes videos as people have them into a source's database: package media makes the files, package library
// cuts them, and Add sees to it that all of it appears at once or not at all.
//
//	r, err := ingest.Add(ctx, "videos", "Holiday.mkv", ingest.Options{Mode: media.Auto})
package ingest
