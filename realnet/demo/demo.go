package demo

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"
	"sync"
	"text/tabwriter"
	"time"

	"go.uber.org/zap"

	"peerstreamer/core"
	"peerstreamer/realnet"
	"peerstreamer/realnet/client"
	"peerstreamer/realnet/library"
	"peerstreamer/realnet/sample"
	"peerstreamer/realnet/store"
)

// sites and boxes say how large the swarm is.
const (
	sites     = 2
	boxes     = 3
	chunkSize = 64 * core.KiB // small, so that a short video has enough chunks to trade
)

// Run starts the swarm in a temporary directory, streams the video through every leaf, first through one leaf of each
// site and then through the others, and writes to out what came from where. It fails if a viewer got other bytes than
// the source has.
func Run(ctx context.Context, out io.Writer, log *zap.Logger) (err error) {
	dir, err := os.MkdirTemp("", "psnode-demo-")
	if err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	defer os.RemoveAll(dir)
	s := &swarm{dir: dir, log: log}
	defer func() { err = errors.Join(err, s.close()) }()
	if err := s.start(ctx); err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	fmt.Fprintf(out, "source %s has %s, %d bytes\n", s.members[0].node.Addr(), sample.Name, len(sample.Video))
	for _, m := range s.members[1:] {
		fmt.Fprintf(out, "%s %s has master %s\n", m.name, m.node.Addr(), m.master.name)
	}
	var first, rest []*member
	for i, m := range s.leaves() {
		if i%boxes == 0 {
			first = append(first, m)
		} else {
			rest = append(rest, m)
		}
	}
	for _, round := range [][]*member{first, rest} {
		if err := s.watch(ctx, out, round); err != nil {
			return fmt.Errorf("demo: %w", err)
		}
	}
	s.report(out)
	return nil
}

// member is one node of the swarm.
type member struct {
	name   string
	master *member
	leaf   bool
	node   *realnet.Node
	core   *core.Swarm
	store  *store.Store
}

type swarm struct {
	dir     string
	log     *zap.Logger
	lib     *library.Library
	members []*member // the source first
}

func (s *swarm) leaves() (l []*member) {
	for _, m := range s.members {
		if m.leaf {
			l = append(l, m)
		}
	}
	return l
}

// start cuts the video and starts the nodes, masters first.
func (s *swarm) start(ctx context.Context) error {
	db := filepath.Join(s.dir, "videos")
	if err := os.Mkdir(db, 0o755); err != nil {
		return err
	}
	if _, err := library.Split(ctx, db, sample.Name, bytes.NewReader(sample.Video), library.Options{ChunkSize: chunkSize}); err != nil {
		return err
	}
	lib, err := library.Open(db)
	if err != nil {
		return err
	}
	s.lib = lib
	source, err := s.add("source", nil, realnet.Config{Library: lib})
	if err != nil {
		return err
	}
	for i := range sites {
		site, err := s.add(fmt.Sprintf("site-%c", 'a'+i), source, realnet.Config{})
		if err != nil {
			return err
		}
		for j := range boxes {
			m, err := s.add(fmt.Sprintf("%c%d", 'a'+i, j+1), site, realnet.Config{})
			if err != nil {
				return err
			}
			m.leaf = true
		}
	}
	return nil
}

// add starts a node.
func (s *swarm) add(name string, master *member, cfg realnet.Config) (*member, error) {
	m := &member{name: name, master: master, core: core.NewSwarm(core.DefaultConfig(), core.NewClassic(core.DefaultClassic()))}
	cfg.Name, cfg.Listen, cfg.Log = name, "127.0.0.1:0", s.log
	if master != nil {
		cfg.Master = master.node.Addr()
		if master.master != nil {
			cfg.Supermaster = master.master.node.Addr()
		}
		var err error
		if m.store, err = store.Open(filepath.Join(s.dir, name), store.Options{Create: true}); err != nil {
			return nil, err
		}
		cfg.Store, cfg.StoreChunks = m.store, 50
	}
	node, err := realnet.Start(cfg, m.core)
	if err != nil {
		if m.store != nil {
			err = errors.Join(err, m.store.Close())
		}
		return nil, err
	}
	m.node = node
	s.members = append(s.members, m)
	return m, nil
}

// watch streams the video through some nodes at once.
func (s *swarm) watch(ctx context.Context, out io.Writer, at []*member) error {
	var wg sync.WaitGroup
	results := make([]client.Result, len(at))
	errs := make([]error, len(at))
	sums := make([]hash.Hash, len(at))
	for i, m := range at {
		sums[i] = sha256.New()
		wg.Go(func() {
			results[i], errs[i] = client.Stream(ctx, client.Config{Source: m.node.Addr(), Video: sample.Name, Log: s.log}, sums[i])
		})
	}
	wg.Wait()
	want := sha256.Sum256(sample.Video)
	for i, m := range at {
		if errs[i] != nil {
			return errs[i]
		}
		if !bytes.Equal(sums[i].Sum(nil), want[:]) {
			return fmt.Errorf("the viewer at %s got %d bytes, but not the source's", m.name, results[i].Bytes)
		}
		fmt.Fprintf(out, "viewer at %s: %d bytes, identical, first byte after %d ms, all after %d ms\n", m.name,
			results[i].Bytes, results[i].FirstByte.Milliseconds(), results[i].Took.Milliseconds())
	}
	return nil
}

// report prints what each node received from whom, and sent.
func (s *swarm) report(out io.Writer) {
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(t, "\nnode\tfrom source\tfrom master\tfrom siblings\tsent to nodes and viewers\t\n")
	for _, m := range s.members {
		var r core.NodeRecord
		m.node.Do(func(_ core.Network, self core.NodeID) { r = m.core.Node(self) })
		fmt.Fprintf(t, "%s\t%d\t%d\t%d\t%d\t\n", m.name, r.FromSource, r.FromMaster, r.FromSibling, r.Sent)
	}
	t.Flush()
	source := s.members[0].node.Traffic().PayloadSent
	fmt.Fprintf(out, "\n%d viewers watched; the video left the source %.2f times.\n", len(s.leaves()),
		float64(source)/float64(len(sample.Video)))
}

// close ends the nodes, children first.
func (s *swarm) close() (err error) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	for i := len(s.members) - 1; i >= 0; i-- {
		m := s.members[i]
		err = errors.Join(err, m.node.Close(ctx))
		if m.store != nil {
			err = errors.Join(err, m.store.Close())
		}
	}
	if s.lib != nil {
		err = errors.Join(err, s.lib.Close())
	}
	return err
}
