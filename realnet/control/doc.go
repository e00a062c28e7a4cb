// Package control lets whoever owns a node's directory tell the running node what to keep: a Unix socket in the directory,
// with permissions for its owner alone, on which the node answers HTTP. psnode list, remove, pin, unpin and prefetch speak it.
//
//	s, err := control.Listen("ben", node, log)  // in the node
//	c, err := control.Dial("ben")               // in another process
//	videos, err := c.List(ctx)
//
// Who may use the socket may do all that it offers. It is no way into the node from elsewhere.
//
// # Known limit
//
// The path of a socket has at most about 100 bytes; a node in a deeper directory runs without one.
package control
