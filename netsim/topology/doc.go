// Package topology reads delays between places from files that measurement projects and topology collections publish,
// and checks them: square matrices, lists of pairs as the King data set has them, and GML graphs, whose shortest paths
// it takes.
//
//	m, err := topology.Pairs(data, topology.Spec{Unit: core.Microsecond, RTT: true})
//	m.At(3, 7) // from place 3 to place 7, one way
//
// A file states neither the unit of its numbers nor whether they are round trips; a Spec says both, because a guess that
// is wrong by a factor of two or a thousand gives a simulation that looks fine. Every error names the line.
//
// The package computes in integers alone, reads no files itself and knows nothing of nodes: who lives at which place is
// the caller's to say. Sizes are bounded by MaxPlaces and MaxGraph, and no table is made before the file is known to
// have enough in it to fill it.
//
// Known error: a delay is one number for ever. Of what was measured over days the file kept a median or a minimum, and
// queues, detours and daily rhythms are gone. Half a round trip is taken for one way, which it is only on symmetric
// routes.
package topology
