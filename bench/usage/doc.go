// Package usage reads what this process has used, for benchmarks that report CPU seconds and memory.
package usage
