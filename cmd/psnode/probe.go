package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"peerstreamer/core"
	"peerstreamer/realnet/diagnose"
)

const probeHelp = `
psnode probe tells what a node holds and how fast it answers. With -video it gets the video's first chunk, if the node
holds it. A swarm with keys is looked at with a member's.

  psnode probe tcp://127.0.0.1:9101 -video movie
  psnode probe tcp://192.0.2.7:9100 -keys keys
`

// probeResult is what -json prints. Times are in nanoseconds.
type probeResult struct {
	Look  diagnose.Look
	Visit diagnose.Visit
	Rate  core.Rate // of the chunk, bit/s
}

func runProbe(ctx context.Context, args []string, std streams) error {
	f := newFlags("probe", probeHelp, std)
	video := f.String("video", "", "`NAME` of a video whose first chunk to get")
	asJSON := f.Bool("json", false, "print the figures as JSON")
	dir := f.String("keys", "", "`DIR` of a member's keys, to look at a node of a swarm that has keys")
	insecure := f.Bool("insecure", false, "allow addresses beyond this machine although connections are not encrypted")
	addr := ""
	if len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		addr, args = args[0], args[1:]
	}
	if err := parse(f, args); err != nil {
		return err
	}
	if addr == "" {
		return complain(f, "give the node's address first, tcp://host:port")
	}
	if err := checkAddr("address", addr, *insecure || *dir != ""); err != nil {
		return complain(f, "%v", err)
	}
	member, err := openKeys(*dir)
	if err != nil {
		return err
	}
	who := diagnose.Asker{Name: "probe", Keys: member.keys}
	if member.keys != nil {
		who.Name = member.keys.Name()
	}
	var r probeResult
	if r.Look, err = diagnose.LookAt(ctx, addr, who); err != nil {
		return err
	}
	if r.Visit, err = diagnose.VisitNode(ctx, addr, *video, who); err != nil {
		return err
	}
	r.Rate = r.Visit.Rate()
	if *asJSON {
		return printJSON(std.out, r)
	}
	r.print(std)
	return nil
}

// print writes the table.
func (r *probeResult) print(std streams) {
	row := func(what, format string, args ...any) {
		fmt.Fprintln(std.out, printable(fmt.Sprintf("%-16s "+format, append([]any{what}, args...)...)))
	}
	l, v := &r.Look, &r.Visit
	kind := "a node"
	if l.Source {
		kind = "a source"
	}
	row("name", "%s, %s", l.Name, kind)
	row("connect", "%s", millis(l.Connect))
	row("hello", "%s", millis(l.Hello))
	row("ping", "%s least, %s median of %d", millis(v.PingMin), millis(v.PingMed), v.Pings)
	if l.Bound > 0 {
		row("clock", "%s from ours, give or take %s", millis(l.Offset), millis(l.Bound))
	}
	if !l.Knows {
		row("holds", "it does not tell; it may be an older version")
	}
	for _, h := range l.About.Videos {
		row("holds", "%s: %d of %d chunks", h.Name, h.Whole, h.Chunks)
	}
	if l.About.More > 0 {
		row("holds", "%d more videos", l.About.More)
	}
	switch {
	case v.Video == "":
	case v.Why != core.Fine:
		row("chunk", "none of %s: %v", v.Video, v.Why)
	default:
		row("manifest", "%s", millis(v.Manifest))
		row("first piece", "%s, %d KiB, checked", millis(v.FirstPiece), v.Piece/core.KiB)
		row("chunk", "%s, %d KiB, checked: %.1f MB/s", millis(v.Took), v.Chunk/core.KiB,
			float64(v.Chunk)/1e6/v.Took.Seconds())
	}
}

func millis(d time.Duration) string { return fmt.Sprintf("%.2f ms", float64(d.Microseconds())/1000) }
