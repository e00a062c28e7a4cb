package coretest

import (
	"fmt"
	"strings"

	"peerstreamer/core"
)

func (s *stage) cmdVideo(args []string, opts map[string]string) []string {
	v := VideoSpec{Name: args[0], ChunkSize: s.bytes(opts, "size", 4*core.KiB)}
	v.PieceSize = s.bytes(opts, "piece", v.ChunkSize/4)
	v.Length = core.Bytes(s.number(opts, "chunks", 1)-1)*v.ChunkSize + s.bytes(opts, "last", v.ChunkSize)
	s.videos[v.Name] = v
	s.mention(v.Name)
	return nil
}

func (s *stage) cmdNode(args []string, opts map[string]string) []string {
	a := s.declare(NodeSpec{Name: args[0], Master: opts["master"], Supermaster: opts["super"],
		StoreChunks: int32(s.number(opts, "store", 0)), Uplink: s.rate(opts, "up"), Silent: opts["nat"] == "yes"})
	if opts["owns"] != "" {
		a.spec.IsSource = opts["master"] == ""
		for name := range strings.SplitSeq(opts["owns"], ",") {
			if _, ok := s.videos[name]; !ok {
				s.fatalf("no video %q", name)
			}
			a.spec.Owns = append(a.spec.Owns, s.videos[name])
		}
	}
	a.spec.Machine = func() core.Machine {
		s.cast(a)
		return a.aud
	}
	a.spec.OnDeliver = func(v core.View, d core.Delivery) {
		a.mu.Lock()
		defer a.mu.Unlock()
		a.reach[v] = d
	}
	s.w.Add(a.spec)
	return nil
}

// cast gives a node the Swarm of its next life: in a simulated World one for all nodes, as a simulation has it, else a
// new one, as a new process has it.
func (s *stage) cast(a *actor) {
	if s.swarm == nil || !s.w.Simulated() {
		s.swarm = core.NewSwarm(core.DefaultConfig().Scale(s.w.TimeScale()), core.NewClassic(core.DefaultClassic()))
		aud := NewAudit(s.swarm)
		aud.OnSend = func(self, to core.NodeID, m core.Msg) { s.noteSent(sender{aud, self}, to, m) }
		s.around = aud
		s.audits = append(s.audits, aud)
	}
	a.swarm, a.aud = s.swarm, s.around
}

func (s *stage) declare(spec NodeSpec) *actor {
	if s.actors[spec.Name] != nil {
		s.fatalf("%s exists", spec.Name)
	}
	a := &actor{spec: spec, reach: map[core.View]core.Delivery{}}
	s.actors[spec.Name] = a
	s.order = append(s.order, spec.Name)
	return a
}

func (s *stage) cmdStart(args []string, _ map[string]string) []string {
	for _, name := range args {
		a := s.actors[name]
		if a == nil {
			s.fatalf("no node %q", name)
		}
		s.w.Start(name)
		a.running = true
	}
	return nil
}

func (s *stage) cmdKill(args []string, _ map[string]string) []string {
	for _, name := range args {
		a := s.node(name)
		if a.probe == nil {
			s.cmdForget([]string{name}, nil)
		}
		s.w.Kill(name)
		a.running = false
	}
	return nil
}

func (s *stage) cmdRestart(args []string, opts map[string]string) []string {
	for _, name := range args {
		a := s.actors[name]
		if !s.w.Simulated() {
			a.base = core.NodeRecord{} // The new life has a Swarm of its own, which counts from 0.
		}
		s.w.Restart(name, opts["store"] != "lost")
		a.running = true
	}
	return nil
}

func (s *stage) cmdHang(args []string, _ map[string]string) []string {
	for _, name := range args {
		s.node(name).hung = true
		s.w.Hang(name)
	}
	return nil
}

func (s *stage) cmdResume(args []string, _ map[string]string) []string {
	for _, name := range args {
		s.w.Resume(name)
		s.actors[name].hung = false
	}
	return nil
}

// nameOf returns the name of a handle at a node.
func (s *stage) nameOf(at *actor, id core.NodeID) string {
	for _, name := range s.order {
		if !s.actors[name].spec.Silent && s.w.Peer(at.spec.Name, name) == id {
			return name
		}
	}
	return "somebody"
}

// mention makes a video's name known, so that its handles can be told.
func (s *stage) mention(name string) {
	for _, n := range s.names {
		if n == name {
			return
		}
	}
	s.names = append(s.names, name)
}

func (s *stage) videoOf(at *actor, v core.Video) string {
	for _, name := range s.names {
		if s.w.Video(at.spec.Name, name) == v {
			return name
		}
	}
	return fmt.Sprintf("video %d", v)
}
