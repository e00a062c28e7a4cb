package main

import (
	"context"
	"fmt"

	"peerstreamer/core"
	"peerstreamer/realnet/demo"
)

const demoHelp = `
psnode demo starts a source with a video, two sites with a master and three boxes each, all on this machine's loopback, and
prints the addresses of a page where one sees the chunks flow and of one that plays. It runs until it is interrupted.

  psnode demo
  psnode demo -video movie.mp4 -line 8Mbit/s
  psnode demo -kill

With -once there are no pages: it streams the video through every box as fast as it goes, checks every byte, prints what came
from where and ends.
`

func runDemo(ctx context.Context, args []string, std streams) error {
	f := newFlags("demo", demoHelp, std)
	var l logFlags
	cfg := demo.Config{Out: std.out}
	f.StringVar(&cfg.Video, "video", "", "`FILE` to show, which browsers can play (default: 40 seconds of a test picture)")
	f.StringVar(&cfg.HTTP, "http", "", "`HOST:PORT` of the page (default: 127.0.0.1:8080, or any port if that one is taken)")
	f.BoolVar(&cfg.Kill, "kill", false, "take a site's master down ten seconds after people have begun to watch")
	line := f.String("line", "0", "how fast each site's line to the source is, such as 8Mbit/s; 0: four times what the video needs")
	once := f.Bool("once", false, "stream, check, print and end")
	l.register(f, "error")
	if err := parse(f, args); err != nil {
		return err
	}
	var err error
	if cfg.Line, err = core.ParseRate(*line); err != nil {
		return complain(f, "-line: %v", err)
	}
	if cfg.Log, err = l.open(std.err); err != nil {
		return complain(f, "%v", err)
	}
	if !*once {
		return demo.Show(ctx, cfg)
	}
	if cfg.Kill || cfg.HTTP != "" || cfg.Line != 0 {
		return complain(f, "%v", fmt.Errorf("-once has no pages, no lines and kills nobody: leave out -http, -line and -kill"))
	}
	return demo.Once(ctx, cfg)
}
