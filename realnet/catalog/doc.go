// Package catalog knows which videos there are in the swarm, also those that nobody has asked for here.
//
// A node asks its master what it has and what it has heard of; the master has asked its own. So the source's list comes
// down the tree, a level with every asking.
//
// It tells what there is said to be, not what is true: a name becomes a video when its manifest has come and is believed,
// which is the node's to do.
package catalog
