//go:build unix

package main

import (
	"context"
	"net"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/zap"

	"peerstreamer/bench/nodes"
	"peerstreamer/realnet"
	"peerstreamer/realnet/station"
)

// TestSystemd: a node tells systemd's socket when it is ready, reloads on SIGHUP, lives and stops.
func TestSystemd(t *testing.T) {
	path := filepath.Join(t.TempDir(), "notify")
	socket, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	t.Setenv("NOTIFY_SOCKET", path)
	t.Setenv("WATCHDOG_USEC", "60000")
	node, err := station.Start(station.Config{Node: realnet.Config{Name: "ben"}})
	if err != nil {
		t.Fatal(err)
	}
	defer node.Close(t.Context())
	args := []string{"-config", configOf(t, "name = \"ben\"\n")}
	_, f := runFlags(t, args...)
	o := &operated{args: args, flags: f, log: zap.NewNop(), level: zap.NewAtomicLevel(), node: node}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		o.operate(ctx)
		close(ended)
	}()
	hear := func(want string) {
		t.Helper()
		buf := make([]byte, 256)
		if err := socket.SetReadDeadline(time.Now().Add(nodes.Patience)); err != nil {
			t.Fatal(err)
		}
		for {
			n, err := socket.Read(buf)
			if err != nil {
				t.Fatalf("%s: %v", want, err)
			}
			if strings.HasPrefix(string(buf[:n]), want) {
				return
			}
		}
	}
	hear("READY=1")
	hear("WATCHDOG=1")
	if err := syscall.Kill(syscall.Getpid(), syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	hear("RELOADING=1\nMONOTONIC_USEC=")
	hear("READY=1")
	stop()
	hear("STOPPING=1")
	<-ended
}
