// Package demo is a small swarm on this machine's loopback: a source with a video, two sites with a master and three boxes
// each, and a viewer at every box. It is what psnode demo runs, and the longest example of how the pieces of realnet are put
// together.
//
// Show is for people: the links of the source and of the sites are as thin as they are where boxes pay off, five viewers and
// the reader's own browser watch at the pace of the video, and a page draws who sends what to whom. A site's master can be
// taken down while they do. Once is for scripts and tests: it streams as fast as it goes, checks every byte and ends.
//
//	err := demo.Show(ctx, demo.Config{Out: os.Stdout, Log: log})
//
// # Known limits
//
// It shows that the protocol works, not how fast: all nodes share one processor, and rates are shaped by the nodes themselves
// (realnet.Config's Uplink and Downlink), not by a network. Bytes count as having crossed a site's line if a member of the site
// received them from a node outside; what is said about a node within a quarter of a second before it dies is not counted.
package demo
