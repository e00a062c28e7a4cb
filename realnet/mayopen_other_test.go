//go:build !unix

package realnet_test

// mayOpen returns how many files this process may have open: more than the test needs.
func mayOpen() int { return 1 << 20 }
