// Package gateway lets people watch: it serves a node's videos over HTTP to browsers, players and curl, without a node of their
// own.
//
// It serves videos by name and never a path: a name is looked up in the catalogue, and what is sent are a video's verified
// bytes, fetched through the node while they are read (package playback). It does not cut, convert or inspect videos.
// docs/http.md lists every address and option.
//
// # Use
//
//	g, err := gateway.Listen("127.0.0.1:8080", gateway.Config{Desk: desk, Catalogue: catalogue})
//	...
//	err = g.Close(ctx)
//
// # How it works
//
// From the outside: crowd.go (connections, how many), guard.go (what a request may be, and who may ask), video.go (bytes) with
// sender.go (how they leave), tails.go (what is fetched before anybody asks), companion.go (playlists, posters,
// subtitles), near.go and rooms.go (which node a viewer is led to), steer.go (HLS Content Steering; web/places.js is its page's side), certificate.go (HTTPS),
// pages.go, card.go, assets.go and embed.go (what browsers show), options.go (an operator's choices).
//
// A response's bytes go from the store's files to the connection by the kernel, with a file position of the session's own;
// over TLS they are copied. net/http is given a *sender that passes files on, so whoever wraps the ResponseWriter of a video's
// handler must pass ReadFrom on, or pays for a copy.
//
// # Known limits
//
// A handler that answers for longer than Options.Stall, as one of events does, must move its write deadline with an
// http.ResponseController: net/http's WriteTimeout is Stall for all answers, and only videos move it by themselves. HTTP/2 is
// not spoken: one request at a time for each connection is what the limits count.
package gateway
