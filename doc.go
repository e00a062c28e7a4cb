// Package peerstreamer is a peer-to-peer video streaming protocol that is written once and run twice: in a
// deterministic discrete-event simulator, to study it, and over TCP, to use it.
//
// This package holds no code. Start with README.md; the protocol is in core, the simulator in netsim, the TCP
// transport in realnet, experiments in scenarios, their figures in analysis, the programs in cmd.
package peerstreamer
