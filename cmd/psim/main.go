// Command psim runs scenarios of peer-to-peer video streaming in the simulator or over real sockets; psim -help says how.
package main

import (
	"os"

	"peerstreamer/scenarios"
)

func main() { os.Exit(scenarios.Main(os.Args[1:], os.Stdout, os.Stderr)) }
