//go:build !linux

package main

import "errors"

// roleHold has no use here.
const roleHold = "hold-namespace"

func hold() {}

func inNamespace() (ran bool, err error) {
	return true, errors.New("chain needs the network namespaces of Linux")
}

// network is not to be had here.
type network struct{}

func newNetwork(int, string) (*network, error) { return nil, errors.New("no network namespaces here") }
func (*network) ip(int) string                 { return "" }
func (*network) inside(int) []string           { return nil }
func (*network) close()                        {}
