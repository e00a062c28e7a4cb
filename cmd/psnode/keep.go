package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"peerstreamer/core"
	"peerstreamer/realnet/control"
	"peerstreamer/realnet/media"
	"peerstreamer/realnet/schedule"
)

const (
	listHelp = `
psnode list tells which videos are in a node's directory, whole or in part. It asks the node if it runs, and else looks itself.

  psnode list -chunkdirectory ben
  psnode list -videodatabase videos -json
`
	removeHelp = `
psnode remove takes a video, with its poster and subtitles, out of a source's database, and so out of the swarm, or out of the
store of one node, which fetches it again when somebody watches it there. The node may run or not.

  psnode remove -videodatabase videos Holiday
  psnode remove -chunkdirectory ben Holiday
`
	pinHelp = `
psnode pin has a running node keep a video whatever else comes, also after a restart. It counts against -store-size, and is
refused if it does not fit. It does not fetch the video: psnode prefetch does.

  psnode pin -chunkdirectory ben Holiday
`
	unpinHelp = `
psnode unpin ends what psnode pin began.

  psnode unpin -chunkdirectory ben Holiday
`
	prefetchHelp = `
psnode prefetch has a running node fetch all of a video, now or at a time of the day, while nobody watches anything there. It
goes on after a restart; psnode list says how far it is, psnode remove ends it.

  psnode prefetch -chunkdirectory ben Holiday
  psnode prefetch -chunkdirectory ben -at 02:00 -rate 20Mbit/s Holiday
`
)

// dirFlags name a node's directories.
type dirFlags struct{ chunks, videos string }

func (d *dirFlags) register(f *flag.FlagSet) {
	f.StringVar(&d.chunks, "chunkdirectory", "", "`DIR` of a node's chunks")
	f.StringVar(&d.videos, "videodatabase", "", "`DIR` of a source's videos")
}

// client returns a client of the node that runs there; nil: none does.
func (d *dirFlags) client() (*control.Client, error) {
	if (d.chunks == "") == (d.videos == "") {
		return nil, errors.New("give -chunkdirectory or -videodatabase")
	}
	c, err := control.Dial(d.chunks + d.videos)
	if errors.Is(err, control.ErrNotRunning) {
		return nil, nil
	}
	return c, err
}

// about parses a command about one video and returns its name and the running node's client, nil if none runs.
func (d *dirFlags) about(f *flag.FlagSet, args []string) (name string, c *control.Client, err error) {
	d.register(f)
	if name, err = parseWord(f, args); err != nil {
		return "", nil, err
	}
	if name == "" {
		return "", nil, complain(f, "name the video")
	}
	if err := media.CheckVideoName(name); err != nil {
		return "", nil, complain(f, "%v", err)
	}
	if c, err = d.client(); err != nil {
		return "", nil, complain(f, "%v", err)
	}
	return name, c, nil
}

// mustRun is the error of a command that needs a running node.
func (d *dirFlags) mustRun() error {
	return fmt.Errorf("%s%s: no node runs there that can be reached: start it with psnode run", d.chunks, d.videos)
}

func runList(ctx context.Context, args []string, std streams) error {
	f := newFlags("list", listHelp, std)
	var d dirFlags
	d.register(f)
	asJSON := f.Bool("json", false, "print JSON")
	all := f.Bool("all", false, "posters, playlists and subtitles too")
	if err := parse(f, args); err != nil {
		return err
	}
	c, err := d.client()
	if err != nil {
		return complain(f, "%v", err)
	}
	var list []control.Video
	if c != nil {
		list, err = c.List(ctx)
	} else {
		list, err = control.Offline{Videos: d.videos, Chunks: d.chunks}.List()
	}
	if err != nil {
		return err
	}
	if !*all {
		shown := list[:0]
		for _, v := range list {
			if _, _, companion := media.Parse(v.Name); !companion {
				shown = append(shown, v)
			}
		}
		list = shown
	}
	if *asJSON {
		return printJSON(std.out, list)
	}
	printVideos(std.out, list)
	return nil
}

// printVideos prints a table.
func printVideos(w io.Writer, list []control.Video) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "NAME\tSIZE\tPLAYS\tHERE\t")
	for _, v := range list {
		plays := "-"
		if v.Duration > 0 {
			plays = media.Clock(v.Duration)
		}
		length, here := size(v.Length), fmt.Sprintf("%d %%", 100*uint64(v.Here)/uint64(max(1, v.Chunks)))
		switch v.Chunks {
		case 0: // Nobody has heard of it.
			length, here = "-", "-"
		case v.Here:
			here = "whole"
		}
		var notes []string
		if v.Quota > 0 {
			notes = append(notes, fmt.Sprintf("%s of %s", size(v.Kept()), size(v.Quota)))
		}
		if v.Pinned {
			notes = append(notes, "pinned")
		}
		if v.Prefetch != "" {
			notes = append(notes, "prefetch: "+v.Prefetch)
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\n", v.Name, length, plays, here, strings.Join(notes, ", "))
	}
	t.Flush()
}

// size writes a number of bytes for people.
func size(n core.Bytes) string {
	switch {
	case n >= core.GiB:
		return fmt.Sprintf("%.1f GiB", float64(n)/float64(core.GiB))
	case n >= core.MiB:
		return fmt.Sprintf("%.1f MiB", float64(n)/float64(core.MiB))
	}
	return fmt.Sprintf("%.1f KiB", float64(n)/float64(core.KiB))
}

func runRemove(ctx context.Context, args []string, std streams) error {
	f := newFlags("remove", removeHelp, std)
	var d dirFlags
	name, c, err := d.about(f, args)
	if err != nil {
		return err
	}
	if c != nil {
		err = c.Remove(ctx, name)
	} else {
		err = control.Offline{Videos: d.videos, Chunks: d.chunks}.Remove(ctx, name)
	}
	if err == nil {
		fmt.Fprintf(std.out, "removed %q\n", name)
	}
	return err
}

func runPin(ctx context.Context, args []string, std streams) error {
	return pin(ctx, newFlags("pin", pinHelp, std), args, std, true)
}

func runUnpin(ctx context.Context, args []string, std streams) error {
	return pin(ctx, newFlags("unpin", unpinHelp, std), args, std, false)
}

func pin(ctx context.Context, f *flag.FlagSet, args []string, std streams, on bool) error {
	var d dirFlags
	name, c, err := d.about(f, args)
	switch {
	case err != nil:
		return err
	case c == nil:
		return d.mustRun()
	}
	if err := c.Pin(ctx, name, on); err != nil {
		return err
	}
	fmt.Fprintf(std.out, "%s %q\n", map[bool]string{true: "keeps", false: "does not keep"}[on], name)
	return nil
}

func runPrefetch(ctx context.Context, args []string, std streams) error {
	f := newFlags("prefetch", prefetchHelp, std)
	at := f.String("at", "", "`TIME` of the day to begin at, such as 02:00 (default: now)")
	rate := f.String("rate", "0", "no faster than this, such as 20Mbit/s; 0: as fast as it comes")
	var d dirFlags
	name, c, err := d.about(f, args)
	if err != nil {
		return err
	}
	var how control.Prefetch
	if how.Rate, err = core.ParseRate(*rate); err != nil {
		return complain(f, "-rate: %v", err)
	}
	if *at != "" {
		m, err := schedule.ParseMoment(*at)
		if err != nil {
			return complain(f, "-at: %v", err)
		}
		how.At = m.Next(time.Now())
	}
	if c == nil {
		return d.mustRun()
	}
	if err := c.Prefetch(ctx, name, how); err != nil {
		return err
	}
	when := "now"
	if *at != "" {
		when = "from " + how.At.Format("2006-01-02 15:04")
	}
	fmt.Fprintf(std.out, "fetches %q %s; psnode list tells how far it is\n", name, when)
	return nil
}
