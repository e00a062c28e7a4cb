// Package starflows is a workload whose exact outcome is known: hosts on a star, each with a few slots that fetch a
// megabyte after another from random others. The engine's tests compare its ends with an independent simulator's, and
// bench/starflows measures how fast they are found.
//
// Run is a test of bandwidth sharing and of nothing else: no message, no latency, no protocol. Machine does the same
// with connections and messages, through core.Network. NewHub is another workload, in which one uplink serves all.
package starflows
