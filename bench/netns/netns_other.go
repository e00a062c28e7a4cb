//go:build !linux

package netns

import "errors"

var errLinux = errors.New("links with rates need the network namespaces of Linux")

// Enter fails.
func Enter() (ran bool, err error) { return true, errLinux }

// Network is not to be had here.
type Network struct{}

// New fails.
func New(int, string) (*Network, error) { return nil, errLinux }

// IP returns nothing.
func (*Network) IP(int) string { return "" }

// Inside returns nothing.
func (*Network) Inside(int) []string { return nil }

// ShapeInto fails.
func (*Network) ShapeInto(int, string) error { return errLinux }

// Bytes fails.
func (*Network) Bytes(int) (sent, received int64, err error) { return 0, 0, errLinux }

// Close does nothing.
func (*Network) Close() {}
