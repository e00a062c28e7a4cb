//go:build unix

package nodes

import "syscall"

// Hang stops the node's process until Kill: its sockets stay open, and nothing is read or written.
func (n *Node) Hang() error { return n.cmd.Process.Signal(syscall.SIGSTOP) }
