// Package realnet implements core.Network over TCP for one node: the same core.Machine that netsim runs a million times
// over, run once against sockets, a clock and a disk.
//
// It is not the protocol, which is core's; nor the format of frames (package wire), of manifests (manifest), of a chunk
// store (store) or of a source's videos (library). It decides nothing about whom to ask or what to keep.
//
// # Use
//
//	node, err := realnet.Start(realnet.Config{
//		Name: "ben", Listen: "127.0.0.1:9102", Master: "tcp://127.0.0.1:9101", Store: st,
//	}, core.NewSwarm(core.DefaultConfig(), core.NewClassic(core.DefaultClassic())))
//	...
//	node.View(core.ViewEvent{Kind: core.ViewOpen, Player: core.Pull, View: 1, Video: node.Video("movie")})
//	...
//	err = node.Close(ctx)
//
// # How it works
//
// One goroutine, the owner, runs all callbacks of the Machine, one at a time, from a mailbox. Each connection has a
// reader and a writer. The reader parses frames, translates handles, checks every piece against the manifest and puts it
// into the store before the owner hears of it; the owner hears only at the steps that the Machine asked for. The writer
// sends control frames before the next data frame, and takes data frames in turn from the flows of the lowest priority
// number. Bytes of a video never pass through the owner or its mailbox, and on Linux those that are sent from a file do not
// pass through the process at all: the kernel takes them from the page cache.
//
// The files, from the outside: config.go, node.go (life of a node), owner.go (the loop), network.go (core.Network),
// conn.go (a connection as the Machine sees it), dial.go (how connections are made, and which of two crossed ones
// stays), link.go (a TCP connection with its two goroutines), reader.go, receive.go (watches and arriving flows),
// writer.go, outbox.go (what waits to be sent), place.go (the files of what is sent), sendfile_linux.go (how that leaves
// without being copied; elsewhere the writer copies it), videos.go and peers.go (handles), bucket.go (rate limits),
// secure.go (who the peer is), gather.go (records of TLS, sent together), belief.go (whose manifests are taken), bans.go
// (who is kept out).
//
// # Known error
//
// A byte counts as taken by the peer when the kernel has taken it, so Sent and Queued are ahead of the peer by at most
// Limits.SendBuffer and the peer's receive buffer; on Linux no more than Limits.Unsent of that has not left. Limits on
// rates shape what a node hands to and takes from the kernel, averaged over about 10 ms; latency is not shaped. A chunk's
// file that is cut short while a frame of it leaves costs the connection. Without Keys a peer is who it says it is:
// another process may claim a node's address and so replace its connection. docs/threat-model.md says who can do what.
package realnet
