// Package usage reads what this process has used, for benchmarks that report CPU seconds and memory and for tests that
// bound what hostile input makes a decoder allocate.
package usage
