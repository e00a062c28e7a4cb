package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"

	"peerstreamer/realnet/client"
)

const streamHelp = `
psnode stream reads a video from a node in order and writes its bytes to a file, to standard output or into a player.
Every byte was checked against the manifest.

  psnode stream -source tcp://127.0.0.1:9102 -filename movie -o movie.mp4
  psnode stream -source tcp://127.0.0.1:9102 -filename movie -interval 100 | ffplay -
  psnode stream -source tcp://127.0.0.1:9102 -filename movie -player "mpv -"
`

func runStream(ctx context.Context, args []string, std streams) (err error) {
	f := newFlags("stream", streamHelp, std)
	source := f.String("source", "", "the node's `ADDRESS`, tcp://host:port")
	name := f.String("filename", "", "the video's `NAME`")
	interval := f.Int("interval", 0, "`MS` to wait from a chunk to the request for the next; 0: as fast as it comes")
	output := f.String("o", "-", "the `FILE` to write; -: standard output")
	player := f.String("player", "", "shell `COMMAND` whose standard input gets the video")
	dir := f.String("keys", "", "`DIR` of the keys that psnode keygen or psnode join has written: TLS with members of the swarm")
	var pins pinFlags
	f.Var(&pins, "pin", "public `KEY` of a source whose manifests are taken, and no other's; may be repeated (default: what -keys knows)")
	insecure := f.Bool("insecure", false, insecureUsage)
	var l logFlags
	l.register(f, "warn")
	if err := parse(f, args); err != nil {
		return err
	}
	switch {
	case *source == "" || *name == "":
		return complain(f, "-source and -filename are needed")
	case *interval < 0:
		return complain(f, "-interval %d: want 0 or more milliseconds", *interval)
	case *player != "" && *output != "-":
		return complain(f, "-o and -player exclude each other")
	}
	if err := checkAddr("-source", *source, *insecure || *dir != ""); err != nil {
		return complain(f, "%v", err)
	}
	member, err := openKeys(*dir)
	if err != nil {
		return err
	}
	log, err := l.open(std.err)
	if err != nil {
		return complain(f, "%v", err)
	}
	out, done, err := sink(ctx, *output, *player, std)
	if err != nil {
		return err
	}
	r, err := client.Stream(ctx, client.Config{
		Source: *source, Video: *name, Interval: time.Duration(*interval) * time.Millisecond, Log: log,
		Keys: member.keys, Pins: member.pins(pins),
	}, out)
	ended := done()
	if *player != "" && errors.Is(err, syscall.EPIPE) {
		if ended == nil {
			fmt.Fprintf(std.err, "the player ended after %d bytes\n", r.Bytes)
		}
		return ended // What it says of its end is the reason; the pipe broke because of it.
	}
	if err := errors.Join(err, ended); err != nil {
		return err
	}
	fmt.Fprintf(std.err, "%d bytes in %d chunks, first byte after %d ms, all after %d ms\n", r.Bytes, r.Chunks,
		r.FirstByte.Milliseconds(), r.Took.Milliseconds())
	return nil
}

// sink opens where the bytes go; done ends it.
func sink(ctx context.Context, output, player string, std streams) (w io.Writer, done func() error, err error) {
	switch {
	case player != "":
		cmd := exec.CommandContext(ctx, "sh", "-c", player)
		cmd.Stdout, cmd.Stderr = std.err, std.err
		in, err := cmd.StdinPipe()
		if err != nil {
			return nil, nil, err
		}
		if err := cmd.Start(); err != nil {
			return nil, nil, fmt.Errorf("-player: %w", err)
		}
		return in, func() error {
			in.Close() // A player that ended early has said so itself.
			if err := cmd.Wait(); err != nil && ctx.Err() == nil {
				return fmt.Errorf("-player: %w", err)
			}
			return nil
		}, nil
	case output == "-":
		return std.out, func() error { return nil }, nil
	}
	file := &lateFile{name: output}
	return file, file.Close, nil
}

// lateFile is a file that is created by the first write, so that a stream that never begins leaves alone what is there.
type lateFile struct {
	name string
	mu   sync.Mutex // held by a Write, which may be under way when the stream has been interrupted
	file *os.File
}

func (l *lateFile) Write(p []byte) (n int, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.file == nil {
		if l.file, err = os.Create(l.name); err != nil {
			return 0, err
		}
	}
	return l.file.Write(p)
}

func (l *lateFile) Close() error {
	if !l.mu.TryLock() {
		return nil // The Write that nobody waits for ends with the process.
	}
	defer l.mu.Unlock()
	if l.file == nil {
		return nil
	}
	return l.file.Close()
}
