package core

// Stream is a policy's handle on one stream.
type Stream struct{}

// Node is a policy's handle on one node.
type Node struct{}
