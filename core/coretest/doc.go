// Package coretest tests implementations of core.Network and of the protocol above it, in the manner of
// testing/fstest: a network's own tests make a World and hand it to TestNetwork and TestBehaviours.
package coretest
