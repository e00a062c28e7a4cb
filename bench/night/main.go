// Command night lets a small swarm work for as long as one likes and looks whether it would survive the night: viewers of all
// manners read from two boxes whose stores are too small, every byte is checked, the master and the boxes are killed with
// SIGKILL again and again, and a row for each minute tells what every process holds.
//
//	go run ./bench/night -for 8h
//
// It fails if a byte was wrong, or an answer that no kill explains. Linux.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"time"

	"peerstreamer/bench/nodes"
)

// Config is what a night is like.
type Config struct {
	For     time.Duration
	Row     time.Duration // between two rows
	Kill    time.Duration // between two kills; 0: none
	Viewers int
	Pause   time.Duration // at most, before a viewer does the next thing
	Videos  int           // each of videoSize bytes
	Store   string        // of a box, as psnode run takes it
	Seed    uint64
}

func main() {
	var c Config
	flag.DurationVar(&c.For, "for", 10*time.Minute, "how long")
	flag.DurationVar(&c.Row, "row", time.Minute, "time between two rows")
	flag.DurationVar(&c.Kill, "kill", 47*time.Second, "time between two kills; 0: none")
	flag.IntVar(&c.Viewers, "viewers", 20, "how many at a time")
	flag.DurationVar(&c.Pause, "pause", time.Second, "how long a viewer rests at most before it does the next thing")
	flag.IntVar(&c.Videos, "videos", 24, "how many, of 6 MiB each")
	flag.StringVar(&c.Store, "store", "40MiB", "`SIZE` of a box's store, which should not hold them all")
	flag.Uint64Var(&c.Seed, "seed", 1, "of what viewers do")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, c); err != nil {
		fmt.Fprintln(os.Stderr, "night:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, c Config) (err error) {
	if c.Viewers < 1 || c.Videos < 1 || c.Row <= 0 || c.Pause < 0 {
		return fmt.Errorf("want at least one viewer and one video, a -row of more than 0, and no -pause of less")
	}
	stage, err := nodes.NewStage(videoSize, chunkSize)
	if err != nil {
		return err
	}
	defer stage.Close()
	s, err := build(stage, c)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, c.For)
	defer cancel()
	done := s.open(ctx, c)
	table := newTable(os.Stdout, s)
	for tick := time.NewTicker(c.Row); ; {
		select {
		case <-tick.C:
			table.row()
			continue
		case <-ctx.Done():
			tick.Stop()
		}
		break
	}
	if err := done(); err != nil {
		return err
	}
	table.row()
	return s.tally.verdict()
}
