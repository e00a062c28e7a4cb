package realnet

import (
	"slices"
	"testing"

	"peerstreamer/core"
	"peerstreamer/realnet/manifest"
	"peerstreamer/realnet/store"
)

// backwards is a Machine that used the chunks it found in the opposite order, and does nothing else.
type backwards struct {
	core.Machine
	held []core.ChunkID
}

func (m *backwards) OnStart(_ core.Network, _ core.NodeID, b core.Boot) {
	m.held = slices.Clone(b.Held)
	slices.Reverse(m.held)
}

func (m *backwards) OnStop(_ core.NodeID, held []core.ChunkID) []core.ChunkID {
	return append(held, m.held...)
}

// TestOrderOfUseIsKept: what OnStop says was used last is the last that the next life finds.
func TestOrderOfUseIsKept(t *testing.T) {
	const chunks, size = 8, 1024
	data := make([]byte, size)
	hashes := []manifest.Hash{manifest.PieceHash(data)}
	m, err := manifest.New("movie", "video/mp4", core.VideoInfo{Length: chunks * size, ChunkSize: size, PieceSize: size},
		slices.Repeat([]manifest.Hash{manifest.Root(hashes)}, chunks))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	st, err := store.Open(dir, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := st.AddManifest(m); err != nil {
		t.Fatal(err)
	}
	for c := range uint32(chunks) {
		k := store.Key{ID: m.ID(), Chunk: c}
		if err := st.Begin(k, hashes); err != nil {
			t.Fatal(err)
		}
		if err := st.Put(k, 0, data); err != nil {
			t.Fatal(err)
		}
	}
	st.Close()
	for life, want := range [][]uint32{{0, 1, 2, 3, 4, 5, 6, 7}, {7, 6, 5, 4, 3, 2, 1, 0}, {0, 1, 2, 3, 4, 5, 6, 7}} {
		st, err := store.Open(dir, store.Options{})
		if err != nil {
			t.Fatal(err)
		}
		var got []uint32
		for _, k := range st.Held() {
			got = append(got, k.Chunk)
		}
		if !slices.Equal(got, want) {
			t.Errorf("life %d finds %v, want %v", life, got, want)
		}
		node, err := Start(Config{Name: "mit", Store: st}, &backwards{})
		if err != nil {
			t.Fatal(err)
		}
		if err := node.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		st.Close()
	}
}
