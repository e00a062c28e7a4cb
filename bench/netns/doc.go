// Package netns makes links with rates on one machine for measurements: network namespaces on a bridge, shaped by tc. It takes
// Linux and root. Nothing has a name outside, and all is gone when the process ends, however that ends.
package netns
