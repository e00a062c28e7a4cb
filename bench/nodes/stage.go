package nodes

import (
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
)

// Stage is a directory of its own with psnode, as this tree builds it, and a source's database that holds one video of
// random bytes.
type Stage struct {
	Dir  string
	Bin  Binary
	Size int               // of the video, bytes
	Sum  [sha256.Size]byte // of the video
	ran  []*Node
}

// Video is the name of a Stage's video.
const Video = "video"

// NewStage builds psnode and cuts a video of size bytes into chunks, whose size is written as psnode split takes it. The
// caller closes the stage.
func NewStage(size int, chunk string) (*Stage, error) {
	dir, err := os.MkdirTemp("", "bench-")
	if err != nil {
		return nil, err
	}
	s := &Stage{Dir: dir, Bin: Binary{Path: filepath.Join(dir, "psnode")}, Size: size}
	if err := s.fill(chunk); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func (s *Stage) fill(chunk string) error {
	if out, err := exec.Command("go", "build", "-o", s.Bin.Path, "peerstreamer/cmd/psnode").CombinedOutput(); err != nil {
		return fmt.Errorf("go build: %w: %s", err, out)
	}
	data := make([]byte, s.Size)
	rand.Read(data)
	s.Sum = sha256.Sum256(data)
	if err := os.WriteFile(s.Path("file"), data, 0o644); err != nil {
		return err
	}
	return s.Bin.Split("-d", s.Path("videos"), "-s", s.Path("file"), "-c", chunk, "-f", Video)
}

// Path returns where a file of the stage is. "file" is the video in one piece.
func (s *Stage) Path(name string) string { return filepath.Join(s.Dir, name) }

// Source runs the source with the given flags. It logs what Node.Sent reads.
func (s *Stage) Source(flags ...string) (*Node, error) {
	return s.Run(io.Discard, "source", append([]string{"-videodatabase", s.Path("videos"), "-log", "json"}, flags...)...)
}

// Node runs a caching node with an empty cache. super may be nil.
func (s *Stage) Node(name string, master, super *Node, flags ...string) (*Node, error) {
	args := append([]string{"-chunkdirectory", s.Path(name), "-master", master.Addr, "-level", "error"}, flags...)
	if super != nil {
		args = append(args, "-supermaster", super.Addr)
	}
	return s.Run(os.Stderr, name, args...)
}

// Run is Binary.Run of a node that ends at the latest with the stage.
func (s *Stage) Run(log io.Writer, name string, flags ...string) (*Node, error) {
	n, err := s.Bin.Run(log, name, flags...)
	if err == nil {
		s.ran = append(s.ran, n)
	}
	return n, err
}

// Tree runs the source, mit below it and ben below mit, both with the given flags.
func (s *Stage) Tree(flags ...string) (source, mit, ben *Node, err error) {
	if source, err = s.Source(); err != nil {
		return
	}
	if mit, err = s.Node("mit", source, nil, flags...); err != nil {
		return
	}
	ben, err = s.Node("ben", mit, source, flags...)
	return
}

// Close kills the nodes that still run, as those of a measurement that failed do, and removes the directory.
func (s *Stage) Close() error {
	for _, n := range s.ran {
		n.Kill()
	}
	return os.RemoveAll(s.Dir)
}
