package coretest

import (
	"fmt"

	"peerstreamer/core"
)

// viewer is one view of a script.
type viewer struct {
	id    core.View
	at    *actor
	video string
	kind  core.PlayerKind
	taken uint32 // chunks a Pull reader has taken: all before this one
}

var playerKinds = map[string]core.PlayerKind{"": core.Download, "pull": core.Pull}

func (s *stage) cmdView(args []string, opts map[string]string) []string {
	v := &viewer{id: core.View(len(s.views) + 1), at: s.node(opts["at"]), video: opts["of"], kind: playerKinds[opts["as"]]}
	s.mention(v.video)
	v.taken = uint32(s.number(opts, "from", 0))
	s.views[args[0]] = v
	s.tell(v, core.ViewOpen, v.taken)
	return nil
}

// tell hands the viewer's doing to its node.
func (s *stage) tell(v *viewer, kind core.ViewKind, chunk uint32) {
	name := v.at.spec.Name
	s.w.View(name, core.ViewEvent{Kind: kind, Player: v.kind, View: v.id, Video: s.w.Video(name, v.video), Chunk: chunk})
}

func (s *stage) viewer(name string) *viewer {
	s.t.Helper()
	v := s.views[name]
	if v == nil {
		s.fatalf("no view %q", name)
	}
	return v
}

func (s *stage) cmdLeave(args []string, _ map[string]string) []string {
	s.tell(s.viewer(args[0]), core.ViewClose, 0)
	return nil
}

func (s *stage) viewRecord(v *viewer) (r core.ViewRecord) {
	s.do(v.at, func(net core.Network, _ core.NodeID) { r = v.at.swarm.View(v.id, net.Now()) })
	return r
}

// cmdWatch waits until a view is over and prints how it went.
func (s *stage) cmdWatch(args []string, _ map[string]string) []string {
	v := s.viewer(args[0])
	var r core.ViewRecord
	over := func() bool {
		r = s.viewRecord(v)
		return r.State == core.Ended || r.State == core.Gone
	}
	if !s.until(over) {
		s.fatalf("the view is still %v", r.State)
	}
	if r.State == core.Gone {
		return []string{fmt.Sprintf("%s is gone: %v", args[0], r.Why)}
	}
	return []string{args[0] + " ended"}
}

// cmdRead takes chunks up to and including the given one as `psnode stream -interval` does: it waits for a chunk, takes
// it, and after the pause asks for the next. Where every= is given it prints the longest wait.
func (s *stage) cmdRead(args []string, opts map[string]string) []string {
	v := s.viewer(args[0])
	first, last := v.taken, uint32(s.parseNumber(args[1]))
	pause := s.time(opts, "every", 0)
	var longest core.Time
	for ; v.taken <= last; v.taken++ {
		asked := s.now()
		var d core.Delivery
		ready := func() bool {
			v.at.mu.Lock()
			defer v.at.mu.Unlock()
			d = v.at.reach[v.id]
			return d.Chunk > v.taken || d.Why != core.Fine // with End all before d.Chunk can be read
		}
		if !s.until(ready) {
			s.fatalf("chunk %d did not come", v.taken)
		}
		if d.Chunk <= v.taken {
			return []string{fmt.Sprintf("%s read %s up to chunk %d: %v", args[0], v.video, v.taken, d.Why)}
		}
		if err := s.w.Check(v.at.spec.Name, v.video, v.taken); err != nil {
			s.fatalf("chunk %d: %v", v.taken, err)
		}
		longest = max(longest, s.now()-asked)
		s.tell(v, core.ViewNeed, v.taken+1)
		if pause > 0 {
			s.w.Until(pause/s.w.TimeScale(), func() bool { return false })
		}
	}
	lines := []string{fmt.Sprintf("%s read %s %d-%d", args[0], v.video, first, last)}
	if _, timed := opts["every"]; timed {
		lines = append(lines, "sim: longest wait "+seconds(longest))
	}
	return lines
}
