package scenarios

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

// errInterrupted is that what was asked for ended early, and what there was is written.
var errInterrupted = errors.New("interrupted")

// untilInterrupted returns a context that is done at the first signal that asks a program to end: psim then writes what
// there is. Another signal ends a simulation at once; nodes over real sockets first tidy up what they have on disk.
func (p *psim) untilInterrupted(o *options) (ctx context.Context, stop func()) {
	signals, more := []os.Signal{os.Interrupt, syscall.SIGTERM}, "once more to end at once"
	if o.network != "sim" {
		signals, more = append(signals, syscall.SIGHUP), "its nodes tidy up first"
	}
	ctx, release := signal.NotifyContext(context.Background(), signals...)
	finished := context.AfterFunc(ctx, func() {
		if o.network == "sim" {
			release()
		}
		fmt.Fprintf(p.stderr, "psim: interrupted: writing what there is; %s\n", more)
	})
	return ctx, func() {
		finished()
		release()
	}
}
