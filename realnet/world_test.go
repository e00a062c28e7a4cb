package realnet_test

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"go.uber.org/goleak"

	"peerstreamer/core"
	"peerstreamer/core/coretest"
	"peerstreamer/realnet"
	"peerstreamer/realnet/identity"
	"peerstreamer/realnet/library"
	"peerstreamer/realnet/store"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// world is a coretest.World of nodes in this process, on loopback.
type world struct {
	t     testing.TB
	dir   string
	nodes map[string]*worldNode
	swarm *swarm // nil: without TLS
}

type worldNode struct {
	spec  coretest.NodeSpec
	addr  string // "" if it does not listen
	lib   *library.Library
	store *store.Store
	node  *realnet.Node // nil: not running
	past  realnet.Traffic
}

func newWorld(t *testing.T) coretest.World {
	return &world{t: t, dir: t.TempDir(), nodes: map[string]*worldNode{}}
}

// nextPort begins below the range from which the kernel takes ports for outgoing connections: a reserved port of that
// range could be somebody's by the time that it is listened on.
var nextPort = 10000 + os.Getpid()*101%15000

// reserve returns a loopback address at which nobody listens now.
func reserve(t testing.TB) string {
	t.Helper()
	for range 1000 {
		nextPort++
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", nextPort))
		if err != nil {
			continue
		}
		defer l.Close()
		return l.Addr().String()
	}
	t.Fatal("no free port")
	return ""
}

func (w *world) at(name string) *worldNode {
	w.t.Helper()
	n := w.nodes[name]
	if n == nil {
		w.t.Fatalf("no node %q was added", name)
	}
	return n
}

// running returns a node that must be alive.
func (w *world) running(name string) *realnet.Node {
	w.t.Helper()
	n := w.at(name)
	if n.node == nil {
		w.t.Fatalf("node %q is not running", name)
	}
	return n.node
}

func (w *world) Add(spec coretest.NodeSpec) {
	w.t.Helper()
	n := &worldNode{spec: spec}
	if old := w.nodes[spec.Name]; old != nil {
		if old.node != nil {
			w.t.Fatalf("node %q is added again while it runs", spec.Name)
		}
		if err := os.RemoveAll(filepath.Join(w.dir, spec.Name)); err != nil {
			w.t.Fatal(err)
		}
	}
	if !spec.Silent {
		n.addr = reserve(w.t)
	}
	w.nodes[spec.Name] = n
	if len(spec.Owns) == 0 && !spec.IsSource {
		return
	}
	dir := filepath.Join(w.dir, spec.Name, "library")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		w.t.Fatal(err)
	}
	for _, v := range spec.Owns {
		_, err := library.Split(context.Background(), dir, v.Name, bytes.NewReader(coretest.Content(v.Name, v.Length)),
			library.Options{ChunkSize: v.ChunkSize, PieceSize: v.PieceSize, Duration: v.Duration})
		if err != nil {
			w.t.Fatal(err)
		}
	}
	var err error
	if n.lib, err = library.Open(dir); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) Start(name string) {
	w.t.Helper()
	n := w.at(name)
	if n.node != nil {
		w.t.Fatalf("node %q runs already", name)
	}
	addr := func(of string) string {
		if of == "" {
			return ""
		}
		return w.at(of).addr
	}
	var keys *identity.Keys
	if w.swarm != nil {
		keys = w.swarm.keys(name)
	}
	var err error
	if n.store, err = store.Open(filepath.Join(w.dir, name, "chunks"), store.Options{Create: true}); err != nil {
		w.t.Fatal(err)
	}
	n.node, err = realnet.Start(realnet.Config{
		Name: name, Listen: n.addr, Store: n.store, Library: n.lib,
		Master: addr(n.spec.Master), Supermaster: addr(n.spec.Supermaster), Source: addr(n.spec.Source),
		Uplink: n.spec.Uplink, Downlink: n.spec.Downlink, Slots: n.spec.Slots, StoreChunks: n.spec.StoreChunks,
		Seed: 1, OnDeliver: n.spec.OnDeliver, Keys: keys,
	}, n.spec.Machine())
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) Kill(name string) {
	w.t.Helper()
	w.running(name).Kill()
	w.ended(w.at(name))
}

// ended settles the account of a node's life.
func (w *world) ended(n *worldNode) {
	n.past = add(n.past, n.node.Traffic())
	n.node = nil
	if err := n.store.Close(); err != nil {
		w.t.Error(err)
	}
}

func add(a, b realnet.Traffic) realnet.Traffic {
	return realnet.Traffic{
		PayloadSent: a.PayloadSent + b.PayloadSent, PayloadReceived: a.PayloadReceived + b.PayloadReceived,
		ControlSent: a.ControlSent + b.ControlSent, ControlReceived: a.ControlReceived + b.ControlReceived,
	}
}

func (w *world) Restart(name string, keepStore bool) {
	w.t.Helper()
	if n := w.at(name); n.node != nil {
		w.t.Fatalf("node %q runs already", name)
	}
	if !keepStore {
		if err := os.RemoveAll(filepath.Join(w.dir, name, "chunks")); err != nil {
			w.t.Fatal(err)
		}
	}
	w.Start(name)
}

func (w *world) Hang(name string)   { w.running(name).Hang() }
func (w *world) Resume(name string) { w.running(name).Resume() }

func (w *world) Do(name string, f func(core.Network, core.NodeID)) {
	w.t.Helper()
	if !w.running(name).Do(f) {
		w.t.Fatalf("node %q has ended", name)
	}
}

func (w *world) View(at string, e core.ViewEvent) {
	n := w.running(at)
	n.View(e)
	n.Do(func(core.Network, core.NodeID) {}) // so that OnView has run
}

func (w *world) Peer(at, of string) core.NodeID {
	w.t.Helper()
	id := w.running(at).Peer(w.at(of).addr)
	if id == 0 {
		w.t.Fatalf("%s has no handle for %s", at, of)
	}
	return id
}

func (w *world) Video(at, name string) core.Video {
	w.t.Helper()
	v := w.running(at).Video(name)
	if v == 0 {
		w.t.Fatalf("%s has no handle for video %q", at, name)
	}
	return v
}

func (w *world) Until(limit core.Time, cond func() bool) bool {
	end := time.Now().Add(time.Duration(limit))
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for !cond() {
		if !time.Now().Before(end) {
			return cond()
		}
		<-tick.C
	}
	return true
}

func (w *world) Traffic(name string) coretest.Traffic {
	n := w.at(name)
	t := n.past
	if n.node != nil {
		t = add(t, n.node.Traffic())
	}
	return coretest.Traffic(t)
}

func (w *world) Check(at, video string, chunk uint32) error {
	n := w.running(at)
	v := n.Video(video)
	m := n.Manifest(v)
	if m == nil {
		return fmt.Errorf("%s does not know %q", at, video)
	}
	buf := make([]byte, m.Info().ChunkBytes(chunk))
	if err := n.ReadAt(core.ChunkID{Video: v, Chunk: chunk}, 0, buf); err != nil {
		return err
	}
	from := core.Bytes(chunk) * m.Info().ChunkSize
	if !bytes.Equal(buf, coretest.Content(video, m.Info().Length)[from:from+core.Bytes(len(buf))]) {
		return fmt.Errorf("%s has wrong bytes for chunk %d of %q", at, chunk, video)
	}
	return nil
}

// Corrupt changes one byte of a chunk that a node owns.
func (w *world) Corrupt(at, video string, chunk uint32) {
	w.t.Helper()
	path := filepath.Join(w.dir, at, "library", video, strconv.Itoa(int(chunk)))
	b, err := os.ReadFile(path)
	if err != nil {
		w.t.Fatal(err)
	}
	b[len(b)/2] ^= 1
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		w.t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteAt(b, 0); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) Simulated() bool      { return false }
func (w *world) Latency() core.Time   { return 0 }
func (w *world) TimeScale() core.Time { return 20 }

func (w *world) Close() {
	for _, n := range w.nodes {
		if n.node != nil {
			n.node.Kill()
			w.ended(n)
		}
		if n.lib != nil {
			if err := n.lib.Close(); err != nil {
				w.t.Error(err)
			}
		}
	}
}

func TestNetwork(t *testing.T) { coretest.TestNetwork(t, newWorld) }

// TestNetworkTLS: nothing of it changes when nodes prove themselves to each other.
func TestNetworkTLS(t *testing.T) {
	s := newSwarm(t)
	coretest.TestNetwork(t, func(t *testing.T) coretest.World {
		return &world{t: t, dir: t.TempDir(), nodes: map[string]*worldNode{}, swarm: s}
	})
}

// TestBehaviours runs the scripts of the classic policy's behaviours and of the faults that it must not have.
func TestBehaviours(t *testing.T) { coretest.TestBehaviours(t, newWorld) }
