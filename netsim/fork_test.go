package netsim_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"peerstreamer/core"
	"peerstreamer/netsim"
)

// Fork returns a copy, as netsim wants it.
func (m *chaos) Fork() core.Machine {
	c := *m
	c.videos, c.log, c.nodes = slices.Clone(m.videos), slices.Clone(m.log), slices.Clone(m.nodes)
	for i := range c.nodes {
		n := &c.nodes[i]
		n.conns, n.flows, n.wanted = slices.Clone(n.conns), slices.Clone(n.flows), slices.Clone(n.wanted)
	}
	return &c
}

// TestForkGoesOnAsTheOriginal: forked at any moment, whatever is going on, the original and its copy both end as a run
// that was never forked, in whichever order they go on. Memory that they shared would show here or in the walk over both.
func TestForkGoesOnAsTheOriginal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := drawChaos(t)
		r.alone = true
		whole, _, _ := r.build()
		whole.Run(core.Never)

		s, _, _ := r.build()
		var runs []*netsim.Sim
		for range rapid.IntRange(1, 3).Draw(t, "forks") {
			s.Run(s.Now() + core.Time(rapid.Int64Range(0, int64(20*core.Second)).Draw(t, "span")))
			f := s.Fork()
			if shared := sharedMemory(reflect.ValueOf(s).Elem(), reflect.ValueOf(f).Elem(), "Sim"); len(shared) > 0 {
				t.Fatalf("at %v the fork shares %v", s.Now(), shared)
			}
			runs = append(runs, f)
		}
		runs = append(runs, s)
		if rapid.Bool().Draw(t, "original first") {
			slices.Reverse(runs)
		}
		for len(runs) > 0 { // A step of each in turn, so that what one writes another reads.
			runs = slices.DeleteFunc(runs, func(f *netsim.Sim) bool {
				f.Run(f.Now() + 5*core.Second)
				if !f.Idle() {
					return false
				}
				if f.Digest() != whole.Digest() || f.Events() != whole.Events() || f.Transfers() != whole.Transfers() {
					t.Fatalf("digest %016x after %d events and %d transfers, want %016x after %d and %d", f.Digest(), f.Events(),
						f.Transfers(), whole.Digest(), whole.Events(), whole.Transfers())
				}
				if left := f.Leaks(); left != "" {
					t.Fatalf("left over: %s", left)
				}
				return true
			})
		}
	})
}

// constant is what a Sim and its fork may share: nobody writes to it.
var constant = []string{"Sim.cfg", "Sim.machine", "Sim.calls", "Sim.traces", ".name", ".names", "].a", "].b", ".Owns", ".Knows", ".Held"}

// sharedMemory returns the paths at which two values of one type lead to the same memory.
func sharedMemory(a, b reflect.Value, path string) (paths []string) {
	for _, c := range constant {
		if strings.HasSuffix(path, c) {
			return nil
		}
	}
	switch a.Kind() {
	case reflect.Struct:
		for i := range a.NumField() {
			paths = append(paths, sharedMemory(a.Field(i), b.Field(i), path+"."+a.Type().Field(i).Name)...)
		}
	case reflect.Pointer, reflect.Map, reflect.Chan, reflect.Func:
		if !a.IsNil() && a.Pointer() == b.Pointer() {
			return []string{path}
		}
		if a.Kind() == reflect.Pointer && !a.IsNil() && !b.IsNil() {
			return sharedMemory(a.Elem(), b.Elem(), path)
		}
	case reflect.Interface:
		if !a.IsNil() && !b.IsNil() && a.Elem().Kind() == reflect.Pointer && a.Elem().Pointer() == b.Elem().Pointer() {
			return []string{path}
		}
	case reflect.Slice:
		if a.Cap() > 0 && b.Cap() > 0 && a.Pointer() == b.Pointer() {
			return []string{path}
		}
		if flat(a.Type().Elem()) {
			return nil
		}
		for i := range min(a.Len(), b.Len()) {
			paths = append(paths, sharedMemory(a.Index(i), b.Index(i), fmt.Sprintf("%s[%d]", path, i))...)
		}
	case reflect.Array:
		if flat(a.Type().Elem()) {
			return nil
		}
		for i := range a.Len() {
			paths = append(paths, sharedMemory(a.Index(i), b.Index(i), fmt.Sprintf("%s[%d]", path, i))...)
		}
	}
	return paths
}

// flat reports whether values of a type hold no pointers.
func flat(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Struct:
		for i := range t.NumField() {
			if !flat(t.Field(i).Type) {
				return false
			}
		}
		return true
	case reflect.Array:
		return flat(t.Elem())
	case reflect.Pointer, reflect.Map, reflect.Chan, reflect.Func, reflect.Interface, reflect.Slice, reflect.String:
		return false
	}
	return true
}

// TestForkOfAClassicSwarm: the nodes of a policy go on in the fork as in the original, and the copy may be told to do
// something else from then on.
func TestForkOfAClassicSwarm(t *testing.T) {
	run := func(fork core.Time, crash bool) (uint64, []core.ViewRecord) {
		s, swarm := classicTree(60, 3)
		if fork > 0 {
			s.Run(fork)
			original := s
			s = s.Fork()
			for _, pair := range [][2]any{{original, s}, {original.Machine(), s.Machine()}} {
				if shared := sharedMemory(reflect.ValueOf(pair[0]).Elem(), reflect.ValueOf(pair[1]).Elem(), "Sim"); len(shared) > 0 {
					t.Errorf("the fork shares %v", shared)
				}
			}
			swarm = s.Machine().(*core.Swarm)
			original.Run(original.Now() + 20*core.Second) // It must not matter to the copy.
		}
		if crash {
			s.Stop(30*core.Second, 2)
		}
		s.Run(10 * core.Minute)
		var views []core.ViewRecord
		for _, w := range swarm.Views() {
			views = append(views, swarm.View(w, s.Now()))
		}
		return s.Digest(), views
	}
	for _, crash := range []bool{false, true} {
		want, records := run(0, crash)
		got, forked := run(25*core.Second, crash)
		if got != want || !slices.Equal(forked, records) {
			t.Errorf("with crash %v the fork ends with digest %016x, want %016x", crash, got, want)
		}
	}
}

// classicTree is a tree of classic nodes below a source, each with a viewer.
func classicTree(n, k int) (*netsim.Sim, *core.Swarm) {
	swarm := core.NewSwarm(core.DefaultConfig(), core.NewClassic(core.DefaultClassic()))
	return classicTreeOf(swarm, n, k), swarm
}

// classicTreeOf is such a tree of a machine that has a swarm in it.
func classicTreeOf(m core.Machine, n, k int) *netsim.Sim {
	s := netsim.New(netsim.Config{Seed: 1, Latency: netsim.Range{Min: core.Millisecond, Max: 40 * core.Millisecond}}, m)
	info := core.VideoInfo{Length: 20 * core.MiB, ChunkSize: core.MiB, PieceSize: 64 * core.KiB, Duration: 40 * core.Second}
	video := s.AddVideo("film", info)
	for i := range n {
		id := s.AddNode("", netsim.Link{Uplink: 12 * core.Mbps, Downlink: 40 * core.Mbps, StoreChunks: 12})
		b := core.Boot{Name: uint64(id), Source: 1, Master: core.NodeID((i-1)/k + 1)}
		if i == 0 {
			b = core.Boot{Name: 1, IsSource: true, Owns: []core.VideoDesc{{Video: video, Info: info}}}
		} else {
			s.View(core.Time(i)*500*core.Millisecond, id, core.ViewEvent{Kind: core.ViewOpen, View: core.View(i), Video: video})
		}
		s.Start(core.Time(i)*10*core.Millisecond, id, b)
	}
	return s
}
