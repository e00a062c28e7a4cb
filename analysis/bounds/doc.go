// Package bounds holds what no protocol can beat: lower and upper bounds on the figures of a run from its link rates,
// arrivals and departures, so that a table can say how far from the possible a result is. A figure better than its
// bound means that the simulator, the record or the bound is wrong; Bound.Check says so with a Violated error.
//
// It is not a model of any protocol. QiuSrikant and SourceEgress are estimates of a steady state: they are here to be
// compared with and are never checked. A bound whose assumptions a run does not meet is left out by For, not bent.
//
//	s := bounds.Swarm{File: 75e6, Source: 50 * core.Mbps, Viewers: viewers}
//	sec := bounds.Completion(s)     // seconds from the first arrival
//	for _, b := range bounds.For(&run) {
//		ratio := b.Ratio(figures[b.Name]) // 1 is optimal
//	}
//
// Conventions: N counts viewers' nodes, relays only add uplink; rates are payload rates in bit/s, a rate of 0 is not
// limited; times are seconds; nothing is rounded. A run's control bytes share its links, so bounds from payload alone
// are a little looser than they could be.
//
// Known error: rates are taken as constant at their highest, so slowed links loosen a bound. Token buckets over real
// sockets let a burst of bytes through above rate x time; there a ratio may fall below 1 by burst/File.
package bounds
