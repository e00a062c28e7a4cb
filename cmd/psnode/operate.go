package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"
	"go.uber.org/zap"
)

// operate lets the node run until ctx ends, and reads the configuration again at each SIGHUP. Under systemd it tells when the
// node is ready, reloads, lives and stops.
func (o *operated) operate(ctx context.Context) {
	hup := make(chan os.Signal, 1)
	signal.Notify(hup, syscall.SIGHUP)
	defer signal.Stop(hup)
	o.tell(daemon.SdNotifyReady)
	defer o.tell(daemon.SdNotifyStopping)
	var beat <-chan time.Time
	if every, err := daemon.SdWatchdogEnabled(false); err == nil && every > 0 {
		t := time.NewTicker(every / 3)
		defer t.Stop()
		beat = t.C
	}
	for {
		select {
		case <-ctx.Done():
			return
		case <-hup:
			o.tell(daemon.SdNotifyReloading + "\n" + daemon.SdNotifyMonotonicUsec())
			o.reload()
			o.tell(daemon.SdNotifyReady)
		case <-beat:
			o.node.Record() // which waits for the owner: a node that is stuck does not beat
			o.tell(daemon.SdNotifyWatchdog)
		}
	}
}

// tell tells systemd, if it is there.
func (o *operated) tell(state string) {
	if _, err := daemon.SdNotify(false, state); err != nil {
		o.log.Warn("systemd does not hear", zap.Error(err))
	}
}
