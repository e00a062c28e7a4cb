// Package gateway lets people watch: it serves a node's videos over HTTP to browsers, players and curl, without a node of their
// own.
//
// It serves videos by name and never a path: a name is looked up in the catalogue, and what is sent are a video's verified
// bytes, fetched through the node while they are read (package playback). It does not cut, convert or inspect videos.
//
//	/                   the videos
//	/watch/NAME         a page that plays one
//	/v/NAME             its bytes: GET and HEAD, Range, If-Range, ETag, If-None-Match
//
// # Use
//
//	g, err := gateway.Listen("127.0.0.1:8080", gateway.Config{Desk: desk, Catalogue: catalogue})
//	...
//	err = g.Close(ctx)
package gateway
