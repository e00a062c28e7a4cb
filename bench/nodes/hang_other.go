//go:build !unix

package nodes

import "errors"

// Hang returns an error that wraps errors.ErrUnsupported: no process can be stopped here.
func (n *Node) Hang() error { return errors.ErrUnsupported }
