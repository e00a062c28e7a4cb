// Package demo is a small swarm on this machine's loopback: a source with the bundled video, two sites with a master
// and three nodes each, and a viewer at every node. It is what psnode demo runs, and the shortest example of how the
// pieces of realnet are put together.
//
// It shows that the protocol works, not how fast: all nodes share one processor and no link is limited.
package demo
