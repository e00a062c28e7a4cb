package scenarios

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"os"

	"peerstreamer/core"
	"peerstreamer/realnet/library"
)

// splitVideo cuts the scenario's video into a directory: its file, or as many bytes of noise as it is long.
func splitVideo(ctx context.Context, p *Plan, dir string) (*library.Library, error) {
	v := &p.Config.Video
	if err := os.Mkdir(dir, 0o755); err != nil {
		return nil, err
	}
	var content io.Reader = io.LimitReader(&noise{rand: core.NewRand(p.Seed, "content", 0)}, int64(p.Video.Length))
	if v.path != "" {
		f, err := os.Open(v.path)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		content = f
	}
	_, err := library.Split(ctx, dir, v.Name, content, library.Options{ChunkSize: v.Chunk, PieceSize: v.Piece,
		Duration: v.Duration, FileName: v.File})
	if err != nil {
		return nil, err
	}
	return library.Open(dir)
}

// noise is a reader of random bytes.
type noise struct {
	rand core.Rand
	rest []byte
	word [8]byte
}

func (n *noise) Read(p []byte) (int, error) {
	for i := 0; i < len(p); {
		if len(n.rest) == 0 {
			binary.LittleEndian.PutUint64(n.word[:], n.rand.Uint64())
			n.rest = n.word[:]
		}
		k := copy(p[i:], n.rest)
		n.rest, i = n.rest[k:], i+k
	}
	return len(p), nil
}

// freeAddrs returns loopback addresses at which nobody listens. They lie below the range from which systems take ports
// for outgoing connections, so that a node that is killed finds its port free when it starts again.
func freeAddrs(n int) ([]string, error) {
	const low, high = 10_000, 32_000
	addrs := make([]string, 0, n)
	first := os.Getpid() * 101 % (high - low)
	for i := 0; i < high-low && len(addrs) < n; i++ {
		addr := fmt.Sprintf("127.0.0.1:%d", low+(first+i)%(high-low))
		l, err := net.Listen("tcp", addr)
		if err != nil {
			continue
		}
		if err := l.Close(); err != nil {
			return nil, err
		}
		addrs = append(addrs, addr)
	}
	if len(addrs) < n {
		return nil, fmt.Errorf("%d free ports from %d to %d, want %d", len(addrs), low, high, n)
	}
	return addrs, nil
}
