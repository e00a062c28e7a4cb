// Package slab keeps records of one kind in flat pages, addressed by dense 32-bit handles instead of pointers.
//
// A million small records then cost the garbage collector nothing, a handle costs half a pointer, and a copy of all of
// them, for a fork, is a copy of memory. Pages do not move: growing leaves no garbage behind, and a pointer to a row is
// good for as long as the row is in use.
//
//	var peers slab.Slab[peer]
//	h := peers.Alloc()
//	*peers.At(h) = peer{id: 7}
//	peers.Release(h)
//
// The package does no locking, and T should hold no pointers.
package slab
