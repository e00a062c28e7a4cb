package netsim

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"peerstreamer/core"
)

// TestLettersKeepMessages writes and reads messages of which some parts are zero, in another order.
func TestLettersKeepMessages(t *testing.T) {
	word := rapid.OneOf(rapid.Just(uint32(0)), rapid.Uint32())
	draw := rapid.Custom(func(t *rapid.T) (m core.Msg) {
		m.Kind, m.NIDs = core.MsgKind(rapid.Byte().Draw(t, "kind")), rapid.Byte().Draw(t, "ids")
		m.First, m.N = rapid.Byte().Draw(t, "first"), rapid.Byte().Draw(t, "n")
		if rapid.Bool().Draw(t, "about something") {
			m.Video, m.Chunk, m.Aux = core.Video(word.Draw(t, "video")), word.Draw(t, "chunk"), word.Draw(t, "aux")
		}
		for i := range rapid.SampledFrom([]int{0, 2, 4}).Draw(t, "words") {
			m.Mask[i] = word.Draw(t, "word")
		}
		if rapid.Bool().Draw(t, "names peers") {
			m.IDs[rapid.IntRange(0, core.MaxPeers-1).Draw(t, "at")] = core.NodeID(rapid.Uint32().Draw(t, "peer"))
		}
		return m
	})
	rapid.Check(t, func(t *rapid.T) {
		var s Sim
		msgs := rapid.SliceOf(draw).Draw(t, "messages")
		letters := make([]uint32, len(msgs))
		for i := range msgs {
			letters[i] = s.write(&msgs[i], uint32(i))
		}
		for i := range msgs {
			j := (i*7 + 3) % len(msgs)
			if len(msgs)%7 == 0 {
				j = i
			}
			got, size := s.read(letters[j])
			if diff := cmp.Diff(msgs[j], got); diff != "" || size != uint32(j) {
				t.Fatalf("message %d of %d bytes, want %d (-want +got):\n%s", j, size, j, diff)
			}
		}
		if s.letters.Live() != 0 || s.bodies.Live() != 0 {
			t.Fatalf("%d letters and %d bodies are left", s.letters.Live(), s.bodies.Live())
		}
	})
}
