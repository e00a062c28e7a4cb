package main

import (
	"context"

	"peerstreamer/realnet/demo"
)

const demoHelp = `
psnode demo starts a source with the bundled video, two sites with a master and three nodes each, all on this machine's
loopback, streams the video through every node and prints what came from where.
`

func runDemo(ctx context.Context, args []string, std streams) error {
	f := newFlags("demo", demoHelp, std)
	var l logFlags
	l.register(f, "error")
	if err := parse(f, args); err != nil {
		return err
	}
	log, err := l.open(std.err)
	if err != nil {
		return complain(f, "%v", err)
	}
	return demo.Run(ctx, std.out, log)
}
