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

// untilInterrupted returns a context that is done at the first signal that asks a program to end. Nodes over real sockets
// then tidy up what they have on disk; a simulation writes what there is, and another signal ends it at once.
func (p *psim) untilInterrupted(o *options) (ctx context.Context, stop func()) {
	if o.network != "sim" {
		return signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	}
	ctx, release := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	finished := context.AfterFunc(ctx, func() {
		release()
		fmt.Fprintln(p.stderr, "psim: interrupted: writing what there is; once more to end at once")
	})
	return ctx, func() {
		finished()
		release()
	}
}
