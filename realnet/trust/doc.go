// Package trust decides whose manifests a node believes. Where a source's key is pinned, only manifests that it has signed
// are taken. Where none is, the first signed manifest of a name decides: from then on the name belongs to that key, and
// neither another key nor an unsigned manifest may take it, across restarts and also when the video has been forgotten.
// Names that came unsigned belong to nobody.
//
// It checks no signature; package manifest does that, and makes no Manifest of one whose signature is wrong.
//
// # Use
//
//	book, err := trust.Open("ben/.sources", pins)
//	...
//	first, err := book.Check(m) // before anything of m is kept
//
// # Known limits
//
// Trust on first use is worth what the first use is worth: who answers a node's first question about a name may choose
// the key. Pin the key where that matters; psnode join does.
package trust
