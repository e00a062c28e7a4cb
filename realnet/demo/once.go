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
	"sync"
	"text/tabwriter"

	"go.uber.org/zap"

	"peerstreamer/realnet/client"
)

// Once starts the swarm in a temporary directory, without limits on its links, streams the video through every box, first
// through one of each site and then through the others, and writes to cfg.Out what came from where. It fails if a viewer got
// other bytes than the source has.
func Once(ctx context.Context, cfg Config) error {
	return inTemp(func(dir string) error { return once(ctx, cfg, dir) })
}

// inTemp runs a demo in a directory that goes with it.
func inTemp(demo func(dir string) error) error {
	dir, err := os.MkdirTemp("", "psnode-demo-")
	if err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	defer os.RemoveAll(dir)
	if err := demo(dir); err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	return nil
}

func once(ctx context.Context, cfg Config, dir string) (err error) {
	s := form(dir, nil, logger(cfg))
	if s.video, err = cut(ctx, s.database(), cfg.Video); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.stop()) }()
	if err := s.start(1); err != nil {
		return err
	}
	want, err := s.sum(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintf(cfg.Out, "source %s has %s, %d bytes\n", s.members[0].station.Node.Addr(), s.video.Name(), s.video.Info().Length)
	for _, m := range s.members[1:] {
		fmt.Fprintf(cfg.Out, "%s %s has master %s\n", m.name, m.station.Node.Addr(), m.master.name)
	}
	var first, rest []*member
	for i, m := range s.leaves() {
		if i%boxes == 0 {
			first = append(first, m)
		} else {
			rest = append(rest, m)
		}
	}
	for _, at := range [][]*member{first, rest} {
		if err := s.watch(ctx, cfg.Out, at, want); err != nil {
			return err
		}
	}
	s.report(cfg.Out)
	return nil
}

func logger(cfg Config) *zap.Logger {
	if cfg.Log == nil {
		return zap.NewNop()
	}
	return cfg.Log
}

// sum returns the hash of the video's bytes, read at the source.
func (s *swarm) sum(ctx context.Context) ([]byte, error) {
	v, err := s.members[0].station.Desk.Open(ctx, s.video.Name())
	if err != nil {
		return nil, err
	}
	defer v.Close()
	h := sha256.New()
	_, err = io.Copy(h, v)
	return h.Sum(nil), err
}

// watch streams the video through some nodes at once.
func (s *swarm) watch(ctx context.Context, out io.Writer, at []*member, want []byte) error {
	var wg sync.WaitGroup
	results := make([]client.Result, len(at))
	errs := make([]error, len(at))
	sums := make([]hash.Hash, len(at))
	for i, m := range at {
		sums[i] = sha256.New()
		wg.Go(func() {
			results[i], errs[i] = client.Stream(ctx,
				client.Config{Source: m.station.Node.Addr(), Video: s.video.Name(), Log: s.log}, sums[i])
		})
	}
	wg.Wait()
	for i, m := range at {
		if errs[i] != nil {
			return errs[i]
		}
		if !bytes.Equal(sums[i].Sum(nil), want) {
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
		if st := m.now(); st != nil {
			r := st.Record()
			fmt.Fprintf(t, "%s\t%d\t%d\t%d\t%d\t\n", m.name, r.FromSource, r.FromMaster, r.FromSibling, r.Sent)
		}
	}
	t.Flush()
	source := s.members[0].station.Node.Traffic().PayloadSent
	fmt.Fprintf(out, "\n%d viewers watched; the video left the source %.2f times.\n", len(s.leaves()),
		float64(source)/float64(s.video.Info().Length))
}
