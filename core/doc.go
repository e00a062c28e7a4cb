// Package core is the streaming protocol: what a node says, keeps and decides, and nothing of how bytes move.
//
// A video is cut into chunks, a chunk into pieces. It flows from a source through a tree of nodes to viewers; every
// node caches the chunks it has seen and serves them to its siblings. Core is written against Network, a small
// interface of messages, timers and bulk transfers, which package netsim implements as a deterministic simulation
// and package realnet over TCP. The same code therefore runs at a million simulated nodes and on real machines.
//
// The layers, from the bottom:
//
//   - units.go, rand.go, math.go: integer time, bytes and rates; named streams of randomness; portable draws.
//   - network.go, msg.go: the seam. Network is all that a node may do to the world, Machine all that the world tells it.
//   - swarm.go: Swarm, the Machine that policies share. It carries out membership, the cache index, streams,
//     failover and playout for every node of one Network.
//   - policy.go: Policy, the decisions Swarm leaves open: whom to ask, for what, when, and whom to serve.
//   - classic.go, direct.go: two policies.
//
// Core holds no clock, goroutine, lock, file or socket, and never iterates over a map: the same inputs give the same
// history on every machine and architecture. Floating point appears only in the portable draws of math.go.
package core
