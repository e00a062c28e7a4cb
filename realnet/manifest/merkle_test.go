package manifest

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"testing"

	"peerstreamer/core"
)

// The leaves and roots that the certificate transparency projects publish for RFC 6962's tree.
func TestRootIsRFC6962(t *testing.T) {
	leaves := []string{"", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"}
	roots := []string{
		"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
		"fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
		"aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
		"d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
		"4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
		"76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
		"ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
		"5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
	}
	var hashes []Hash
	for i, leaf := range leaves {
		data, err := hex.DecodeString(leaf)
		if err != nil {
			t.Fatal(err)
		}
		hashes = append(hashes, PieceHash(data))
		root := Root(hashes)
		if got := hex.EncodeToString(root[:]); got != roots[i] {
			t.Errorf("root of %d leaves is %s, want %s", i+1, got, roots[i])
		}
	}
}

func TestRootLeavesItsArgument(t *testing.T) {
	hashes := []Hash{{1}, {2}, {3}}
	Root(hashes)
	if hashes[0] != (Hash{1}) || hashes[2] != (Hash{3}) {
		t.Errorf("hashes are %x after Root", hashes)
	}
}

func TestRootPanics(t *testing.T) {
	for _, n := range []int{0, core.MaxPieces + 1} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("root of %d hashes did not panic", n)
				}
			}()
			Root(make([]Hash, n))
		}()
	}
}

// A piece that spells a node must not hash like it, or one piece could be sold as two.
func TestPieceIsNoNode(t *testing.T) {
	a, b := PieceHash([]byte("a")), PieceHash([]byte("b"))
	pair := append(a[:], b[:]...)
	if PieceHash(pair) == Root([]Hash{a, b}) {
		t.Error("64 bytes of video hash like the node over two pieces")
	}
	if PieceHash([]byte("a")) == sha256.Sum256([]byte("a")) {
		t.Error("a piece's hash lacks its prefix")
	}
}

func TestVerifyHashes(t *testing.T) {
	data := bytes.Repeat([]byte{1, 2, 3}, 2000) // chunks of 2048, pieces of 512: 4, 4, 4 (the last of 368 bytes)
	m, hashes := build(t, "v", data, 2048, 512)
	other := append([]Hash(nil), hashes[0]...)
	other[3][31] ^= 1
	swapped := append([]Hash(nil), hashes[0]...)
	swapped[0], swapped[2] = swapped[2], swapped[0]
	for _, c := range []struct {
		name   string
		chunk  uint32
		hashes []Hash
		ok     bool
	}{
		{"first", 0, hashes[0], true},
		{"last", 2, hashes[2], true},
		{"another chunk's", 0, hashes[2], false},
		{"one bit", 0, other, false},
		{"swapped", 0, swapped, false},
		{"none", 0, nil, false},
		{"one short", 0, hashes[0][:3], false},
		{"one more", 0, append(append([]Hash(nil), hashes[0]...), Hash{}), false},
		{"far too many", 0, make([]Hash, 1000), false},
		{"the node level", 0, []Hash{Root(hashes[0][:2]), Root(hashes[0][2:])}, false},
		{"no such chunk", 3, hashes[0], false},
	} {
		err := m.VerifyHashes(c.chunk, c.hashes)
		if (err == nil) != c.ok || err != nil && !errors.Is(err, ErrHashes) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func TestHashingDoesNotAllocate(t *testing.T) {
	data := make([]byte, 1000)
	hashes := make([]Hash, core.MaxPieces)
	if n := testing.AllocsPerRun(100, func() { PieceHash(data) }); n != 0 {
		t.Errorf("PieceHash allocates %v times", n)
	}
	if n := testing.AllocsPerRun(100, func() { Root(hashes) }); n != 0 {
		t.Errorf("Root allocates %v times", n)
	}
}

func BenchmarkPieceHash(b *testing.B) {
	data := make([]byte, 64<<10)
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		PieceHash(data)
	}
}

func BenchmarkRoot(b *testing.B) {
	hashes := make([]Hash, 16)
	for b.Loop() {
		Root(hashes)
	}
}
