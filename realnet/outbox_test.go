package realnet

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"peerstreamer/core"
)

// picks writes what the outbox sends next, frame by frame: tag:bytes, with > at a flow's beginning and . at its end.
func picks(b *outbox, frames int) string {
	var s []string
	for range frames {
		j, ok := b.pick(true)
		if !ok {
			s = append(s, "-")
			continue
		}
		text := fmt.Sprintf("%d:%d", j.f.offer.Tag, j.n)
		if j.begin {
			text = ">" + text
		}
		if j.last {
			text += "."
		}
		b.wrote(j, false)
		s = append(s, text)
	}
	return strings.Join(s, " ")
}

// add puts a flow of whole pieces of a video with 100 KiB pieces into the outbox.
func (b *outbox) add(tag uint32, prio, first, n, avail uint8) *outflow {
	info := core.VideoInfo{Length: 950 * core.KiB, ChunkSize: 950 * core.KiB, PieceSize: 100 * core.KiB}
	f := &outflow{
		offer: core.Offer{Span: core.Span{First: first, N: n}, Tag: tag, Prio: prio}, info: info, avail: avail,
		from: info.Prefix(0, first),
	}
	b.start(f)
	return f
}

// TestPick: lower priority numbers first, turns among equals, frames of 64 KiB that end at pieces' edges.
func TestPick(t *testing.T) {
	b := &outbox{wake: make(chan struct{}, 1)}
	b.add(1, 5, 0, 1, 1)
	b.add(2, 1, 8, 2, 2) // the last piece of a chunk is short
	b.add(3, 1, 2, 1, 1)
	late := b.add(4, 0, 4, 2, 0)
	if got, want := picks(b, 3), ">2:65536 >3:65536 2:36864"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	b.extend(late, 1)
	b.extend(late, 0) // is not taken back
	if got, want := picks(b, 7), ">4:65536 4:36864 3:36864. 2:51200. >1:65536 1:36864. -"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	b.extend(late, 9) // more than there is
	if got, want := picks(b, 3), "4:65536 4:36864. -"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// TestQueued counts control and available payload until it is written.
func TestQueued(t *testing.T) {
	b := &outbox{wake: make(chan struct{}, 1)}
	want := func(what string, n core.Bytes) {
		t.Helper()
		if got := b.queued(); got != n {
			t.Errorf("%s: %d bytes queued: want %d", what, got, n)
		}
	}
	want("nothing", 0)
	b.control(func(b []byte) []byte { return append(b, "four"...) })
	f := b.add(1, 0, 0, 3, 1)
	want("a message and a piece", 4+100*core.KiB)
	b.takeControl()
	want("the message is being written", 4+100*core.KiB)
	b.takeControl()
	want("the message is written", 100*core.KiB)
	j, _ := b.pick(true)
	want("a frame is being written", 100*core.KiB+8)
	b.wrote(j, false)
	want("a frame is written", 36*core.KiB)
	b.cancel(f)
	want("cancelled: an end frame", 9)
}

// TestCancelWhileWriting: the end frame of a flow that is cancelled in the middle of a frame comes after the frame, and
// not at all if the frame was the last.
func TestCancelWhileWriting(t *testing.T) {
	for _, last := range []bool{false, true} {
		b := &outbox{wake: make(chan struct{}, 1)}
		f := b.add(1, 0, 0, 1, 1)
		if last {
			picks(b, 1)
		}
		j, _ := b.pick(true)
		if !b.cancel(f) {
			t.Error("cancel says that the flow was over")
		}
		if got := b.queued() - core.Bytes(j.size()); got != 0 {
			t.Errorf("last %v: %d bytes of control before the frame is written", last, got)
		}
		if b.wrote(j, false) {
			t.Errorf("last %v: news of a cancelled flow", last)
		}
		if got, want := b.queued(), map[bool]core.Bytes{false: 9, true: 0}[last]; got != want {
			t.Errorf("last %v: %d bytes of control after the frame is written: want %d", last, got, want)
		}
	}
}

// TestRefusedAfterTheLastFrame: a peer's word that it does not want a flow may come between its last frame and the owner's
// hearing of that; the flow must end once all the same, as done, or its upload would never be over for the Machine. What the
// Machine itself has cancelled it hears nothing of.
func TestRefusedAfterTheLastFrame(t *testing.T) {
	for _, failed := range []bool{false, true} {
		b := &outbox{wake: make(chan struct{}, 1)}
		f := b.add(1, 0, 0, 1, 1)
		picks(b, 1)
		j, _ := b.pick(true)
		if !b.wrote(j, failed) {
			t.Errorf("failed %v: no news of a flow that has ended", failed)
		}
		if b.cancel(f) || f.over {
			t.Errorf("failed %v: a flow that has ended was cancelled: over %v", failed, f.over)
		}
		b.mute(f)
		if !f.over {
			t.Errorf("failed %v: there is still something to hear", failed)
		}
	}
}

// TestTrickle: flows of the first priority go first, but one frame of another goes once a second, so that its receiver sees a
// sign of life.
func TestTrickle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &outbox{wake: make(chan struct{}, 1)}
		b.add(1, 1, 0, 9, 9)
		if got, want := picks(b, 1), ">1:65536"; got != want {
			t.Errorf("alone: %s, want %s", got, want)
		}
		b.add(2, 0, 0, 9, 9)
		if got, want := picks(b, 2), ">2:65536 2:36864"; got != want {
			t.Errorf("beside another: %s, want %s", got, want)
		}
		time.Sleep(trickle) // of synctest's time
		if j, ok := b.pick(false); !ok || j.low || j.f.offer.Tag != 1 {
			t.Errorf("after a trickle flow %d is next, low %v; want 1, as if it were not low", j.f.offer.Tag, j.low)
		}
		if got, want := picks(b, 3), "1:4096 2:65536 2:36864"; got != want {
			t.Errorf("after a trickle: %s, want %s", got, want)
		}
		time.Sleep(trickle)
		if got, want := picks(b, 2), "1:4096 2:65536"; got != want {
			t.Errorf("after another: %s, want %s", got, want)
		}
	})
}
