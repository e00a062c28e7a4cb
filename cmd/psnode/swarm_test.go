package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"peerstreamer/bench/nodes"
	"peerstreamer/realnet/sample"
)

// asProgram makes the test binary be psnode itself, so that tests run real processes without building anything.
const asProgram = "PSNODE_TEST_RUN_MAIN"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
	}
	os.Exit(m.Run())
}

// stage is a temporary directory and the processes started in it.
type stage struct {
	t   *testing.T
	bin nodes.Binary
	dir string
	log *lockedBuffer
}

func newStage(t *testing.T) *stage {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	s := &stage{t: t, bin: nodes.Binary{Path: exe, Env: []string{asProgram + "=1"}}, dir: t.TempDir(), log: &lockedBuffer{}}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("what the nodes logged:\n%s", s.log)
		}
	})
	return s
}

func (s *stage) path(name string) string { return filepath.Join(s.dir, name) }

// split writes data as a video of the stage's database.
func (s *stage) split(name string, data []byte, chunk string) {
	s.t.Helper()
	file := s.path(name + ".in")
	if err := os.WriteFile(file, data, 0o644); err != nil {
		s.t.Fatal(err)
	}
	if err := s.bin.Split("-d", s.path("videos"), "-s", file, "-c", chunk, "-f", name); err != nil {
		s.t.Fatal(err)
	}
}

// run starts a node and kills it at the end of the test if it still runs.
func (s *stage) run(name string, flags ...string) *nodes.Node {
	s.t.Helper()
	n, err := s.bin.Run(s.log, name, append([]string{"-log", "json"}, flags...)...)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { n.Kill() })
	return n
}

func (s *stage) source() *nodes.Node { return s.run("source", "-videodatabase", s.path("videos")) }

func (s *stage) node(name string, master, super *nodes.Node, flags ...string) *nodes.Node {
	s.t.Helper()
	args := []string{"-chunkdirectory", s.path(name), "-master", master.Addr}
	if super != nil {
		args = append(args, "-supermaster", super.Addr)
	}
	return s.run(name, append(args, flags...)...)
}

// stream reads a video from a node and checks that it is want.
func (s *stage) stream(from *nodes.Node, video string, want []byte, flags ...string) {
	s.t.Helper()
	sum := sha256.New()
	s.streamTo(sum, from, video, flags...)
	if w := sha256.Sum256(want); !bytes.Equal(sum.Sum(nil), w[:]) {
		s.t.Fatalf("stream of %s from %s: other bytes than the source has", video, from.Name)
	}
}

// streamTo reads a video from a node into w.
func (s *stage) streamTo(w io.Writer, from *nodes.Node, video string, flags ...string) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	if _, _, err := s.bin.Stream(ctx, w, from.Addr, video, flags...); err != nil {
		s.t.Fatal(err)
	}
}

func randomBytes(n int) []byte {
	b := make([]byte, n)
	rand.Read(b)
	return b
}

// The bundled MP4 and a 60 MB file go from the source over mit to ben and on to a viewer, each in a process of its own.
func TestTwoHops(t *testing.T) {
	s := newStage(t)
	big := randomBytes(60_000_000)
	s.split("sample", sample.Video, "64k")
	s.split("big", big, "1m")
	source := s.source()
	mit := s.node("mit", source, nil)
	ben := s.node("ben", mit, source)
	s.stream(ben, "sample", sample.Video)
	s.stream(ben, "big", big)
	for _, n := range []*nodes.Node{ben, mit, source} {
		if _, err := n.Stop(); err != nil {
			t.Errorf("%s: %v after an interrupt, want a clean end", n.Name, err)
		}
	}
}

// Forty chunks fit into what a node keeps: the second time no chunk leaves the source, which is not even there.
func TestSecondTimeNothingLeavesTheSource(t *testing.T) {
	s := newStage(t)
	video := randomBytes(40 << 16)
	s.split("forty", video, "64k")
	source := s.source()
	mit := s.node("mit", source, nil)
	s.stream(mit, "forty", video)
	if sent, err := source.Sent(); err != nil || sent != int64(len(video)) {
		t.Errorf("the source sent %d bytes (%v) for the first viewing, want each of the %d once", sent, err, len(video))
	}
	s.stream(mit, "forty", video)
}

// Ben's master is killed, or hung, while a viewer reads from ben; ben goes on with the supermaster.
func TestMasterLostInMidStream(t *testing.T) {
	for _, c := range []struct {
		name string
		lose func(*nodes.Node)
	}{
		{"killed", func(n *nodes.Node) { n.Kill() }},
		{"hung", func(n *nodes.Node) { _ = n.Hang() }},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t)
			video := randomBytes(60 << 16)
			s.split("movie", video, "64k")
			source := s.source()
			mit := s.node("mit", source, nil)
			ben := s.node("ben", mit, source)
			trap := &trigger{after: len(video) / 4, f: func() { c.lose(mit) }}
			s.streamTo(trap, ben, "movie", "-interval", "20")
			if !bytes.Equal(trap.got.Bytes(), video) {
				t.Errorf("%d bytes, want the %d of the source unchanged", trap.got.Len(), len(video))
			}
			for _, said := range []string{"registered with the master", "lost the upstream", "follows the supermaster"} {
				if !strings.Contains(s.log.String(), said) {
					t.Errorf("nobody logged %q", said)
				}
			}
		})
	}
}

// trigger calls f once when it has got a number of bytes.
type trigger struct {
	got   bytes.Buffer
	after int
	f     func()
}

func (w *trigger) Write(b []byte) (int, error) {
	if w.f != nil && w.got.Len() > w.after {
		w.f()
		w.f = nil
	}
	return w.got.Write(b)
}

// A killed node's directory opens at once and serves what it held, with nobody to ask.
func TestKilledNodeServesFromDisk(t *testing.T) {
	s := newStage(t)
	video := randomBytes(20 << 16)
	s.split("movie", video, "64k")
	source := s.source()
	mit := s.node("mit", source, nil)
	s.stream(mit, "movie", video)
	mit.Kill()
	source.Kill()
	mit = s.run("mit", "-chunkdirectory", s.path("mit"), "-master", source.Addr)
	s.stream(mit, "movie", video)
}

func TestPlayerGetsTheVideo(t *testing.T) {
	s := newStage(t)
	s.split("sample", sample.Video, "64k")
	source := s.source()
	out := s.path("played")
	s.streamTo(io.Discard, source, "sample", "-player", "cat > "+out)
	got, err := os.ReadFile(out)
	if err != nil || !bytes.Equal(got, sample.Video) {
		t.Errorf("the player got %d bytes (%v), want the %d of the video", len(got), err, len(sample.Video))
	}
	s.streamTo(io.Discard, source, "sample", "-o", out+".mp4")
	got, err = os.ReadFile(out + ".mp4")
	if err != nil || !bytes.Equal(got, sample.Video) {
		t.Errorf("-o FILE has %d bytes (%v), want the %d of the video", len(got), err, len(sample.Video))
	}
}

func TestDemo(t *testing.T) {
	var out, errs bytes.Buffer
	if code := dispatch(context.Background(), []string{"demo", "-once"}, streams{&out, &errs}); code != exitDone {
		t.Fatalf("exit code %d: %s", code, errs.String())
	}
	if n := strings.Count(out.String(), "identical"); n != 6 {
		t.Errorf("%d of 6 viewers got the video:\n%s", n, out.String())
	}
}

// damage writes one byte into the file in which a node keeps its only video.
func (s *stage) damage(name string, b byte, at int64) {
	s.t.Helper()
	data, err := filepath.Glob(filepath.Join(s.path(name), "*.data"))
	if err != nil || len(data) != 1 {
		s.t.Fatalf("%s keeps its chunks in %v, %v: want one file", name, data, err)
	}
	disk, err := os.OpenFile(data[0], os.O_WRONLY, 0)
	if err != nil {
		s.t.Fatal(err)
	}
	defer disk.Close()
	if _, err := disk.WriteAt([]byte{b}, at); err != nil {
		s.t.Fatal(err)
	}
}

// A peer that sends a wrong chunk: mit's disk lies about one. Ben sees it, takes everything from the source, and has
// nothing false to serve when both others are gone.
func TestWrongChunkGoesNowhere(t *testing.T) {
	s := newStage(t)
	video := randomBytes(20 << 16)
	s.split("movie", video, "64k")
	source := s.source()
	mit := s.node("mit", source, nil)
	s.stream(mit, "movie", video)
	s.damage("mit", ^video[7<<16], 7<<16)
	ben := s.node("ben", mit, source)
	s.stream(ben, "movie", video)
	if said := s.log.String(); !strings.Contains(said, "bad data") || !strings.Contains(said, "does not match its hash") {
		t.Errorf("ben did not see the wrong chunk:\n%s", said)
	}
	mit.Kill()
	source.Kill()
	s.stream(ben, "movie", video)
}

// A chunk that goes wrong on the disk while a node is down is found by that node itself: it says so, fetches the chunk
// again, and nobody else sees it.
func TestDamagedChunkIsFetchedAgain(t *testing.T) {
	s := newStage(t)
	video := randomBytes(20 << 16)
	s.split("movie", video, "64k")
	source := s.source()
	mit := s.node("mit", source, nil)
	s.stream(mit, "movie", video)
	if _, err := mit.Stop(); err != nil {
		t.Fatal(err)
	}
	s.damage("mit", ^video[7<<16], 7<<16)
	mit = s.node("mit", source, nil)
	s.stream(mit, "movie", video)
	said := s.log.String()
	if !strings.Contains(said, "threw away a chunk that the disk has damaged") || strings.Contains(said, "bad data") {
		t.Errorf("mit did not find the wrong chunk itself:\n%s", said)
	}
	source.Kill()
	s.stream(mit, "movie", video)
}

// A directory's size counts for videos of any chunk size: with room for ten chunks of 64 KiB, five more push five out.
func TestStoreSize(t *testing.T) {
	s := newStage(t)
	a, b := randomBytes(10<<16), randomBytes(5<<16)
	s.split("a", a, "64k")
	s.split("b", b, "32k")
	source := s.source()
	mit := s.node("mit", source, nil, "-store-size", "640KiB")
	s.stream(mit, "a", a)
	s.stream(mit, "b", b)
	if _, err := mit.Stop(); err != nil {
		t.Fatal(err)
	}
	mit = s.node("mit", source, nil, "-store-size", "640KiB")
	source.Kill()
	s.stream(mit, "b", b)
	if said := s.log.String(); !strings.Contains(said, `"chunks":15,"bytes":655360`) {
		t.Errorf("mit does not hold five chunks of 64 KiB and ten of 32:\n%s", said)
	}
}

// lockedBuffer collects the logs of several processes.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// The order of use outlives a clean stop: of two videos, the one seen again later is still there after a third has come
// into a directory that has room for two.
func TestOrderOfUseSurvivesAStop(t *testing.T) {
	s := newStage(t)
	videos := map[string][]byte{}
	for _, name := range []string{"a", "b", "c"} {
		videos[name] = randomBytes(5 << 16)
		s.split(name, videos[name], "64k")
	}
	source := s.source()
	mit := s.node("mit", source, nil, "-store-chunks", "10")
	for _, name := range []string{"a", "b", "a"} {
		s.stream(mit, name, videos[name])
	}
	if _, err := mit.Stop(); err != nil {
		t.Fatal(err)
	}
	mit = s.node("mit", source, nil, "-store-chunks", "10")
	s.stream(mit, "c", videos["c"])
	source.Kill()
	s.stream(mit, "a", videos["a"])
}

// The source replaces a video that mit holds in part. The old one is gone, and whoever wants the rest of it is told so; the
// next viewer gets the new one.
func TestReplacedVideo(t *testing.T) {
	s := newStage(t)
	before, after := randomBytes(60<<16), randomBytes(60<<16)
	s.split("movie", before, "64k")
	source := s.source()
	port := source.Port()
	mit := s.node("mit", source, nil, "-store-chunks", "50")
	s.stream(mit, "movie", before)
	if _, err := source.Stop(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(s.path("new"), after, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := s.bin.Split("-d", s.path("videos"), "-s", s.path("new"), "-c", "64k", "-f", "movie", "-replace"); err != nil {
		t.Fatal(err)
	}
	s.run("source", "-videodatabase", s.path("videos"), "-port", port)
	_, _, err := s.bin.Stream(context.Background(), io.Discard, mit.Addr, "movie")
	if err == nil || !strings.Contains(err.Error(), "no such video") {
		t.Errorf("the rest of a video that was replaced: %v, want no such video", err)
	}
	s.stream(mit, "movie", after)
	if _, err := mit.Stop(); err != nil {
		t.Fatal(err)
	}
	mit = s.node("mit", source, nil, "-store-chunks", "50")
	s.stream(mit, "movie", after)
}
