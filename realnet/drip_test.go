package realnet_test

import (
	"strings"
	"testing"
	"time"

	"peerstreamer/core"
	"peerstreamer/core/coretest"
	"peerstreamer/realnet"
	"peerstreamer/realnet/wire"
)

// TestDrips: a peer that sends byte after byte, each of them in time, or stops, is sent away wherever in a frame it is; and
// while it drips, another peer is heard.
func TestDrips(t *testing.T) {
	for _, c := range []struct {
		name  string
		opens bool   // the connection is open before the frame
		frame []byte // would take longer than patience, but for the header's
		text  string // why; "": the frame's deadline, or a byte's if this machine is too busy to drip in time
	}{
		{"in the hello", false, frameOf(wire.TypeHello, strings.Repeat("x", 1000)), "no whole hello in time"},
		{"in a header", true, []byte{byte(core.MsgPing), 0, 0}, "no byte for 500ms in the middle of a frame"},
		{"in a message", true, frameOf(100, strings.Repeat("x", 1000)), ""},
		{"in a large frame", true, frameOf(wire.TypeManifest, strings.Repeat("x", wire.MaxPart)), ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := begin(t, realnet.Config{Limits: realnet.Limits{Handshake: time.Second, Stall: 500 * time.Millisecond}})
			p := meet(t, s)
			if c.opens {
				p.send(hello("slow"))
				p.expect(wire.TypeHello)
			}
			ended := make(chan struct{})
			defer func() { <-ended }()
			defer p.sock.Close()
			go func() {
				defer close(ended)
				tick := time.NewTicker(25 * time.Millisecond)
				defer tick.Stop()
				for i := range c.frame {
					if _, err := p.sock.Write(c.frame[i : i+1]); err != nil {
						return
					}
					<-tick.C
				}
			}()
			introduced(t, s).send(frameOf(wire.Type(core.MsgPing), ""))
			s.await(coretest.OnMsg, 1)
			if got := s.Counters(); got.BadPeers != 0 {
				t.Errorf("the other peer was heard after the end of the slow one: %+v", got)
			}
			if got := p.expectClose(); got.Why != core.BadPeer || !strings.Contains(got.Text, c.text) {
				t.Errorf("closed because %v, %q: want a bad peer, %q", got.Why, got.Text, c.text)
			}
		})
	}
}
