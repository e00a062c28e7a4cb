package netsim

import (
	"fmt"

	"peerstreamer/core"
)

// Script is what happens to nodes and viewers, told when its time comes. A script of a million arrivals that was scripted
// by calls before the run would wait in the queue, at more than 100 bytes each; a Script costs what it keeps itself.
//
// Of what happens at the same moment a Script's events come after the transfers that end then and before all else, just
// like those of calls before the first Run: the history is the same.
type Script interface {
	// Next returns when the next thing happens: not before now, not before what Next said last, Never if nothing does.
	Next() core.Time

	// Happen lets it happen, by calls of Start, Restart, Stop, Hang, Resume, View, Call, Relink, RelinkSite, RelinkTrace,
	// Partition and Corrupt for this very moment, s.Now(), which take effect at once. Then Next says another.
	Happen(s *Sim)
}

// Follow has the simulation follow a script besides what is scripted by calls. It replaces the script that was followed
// before.
func (s *Sim) Follow(c Script) {
	s.alive("a new script")
	s.followed = c
	s.scriptAt = c.Next()
	s.checkScript()
}

// scriptDue lets the script's next event happen.
func (s *Sim) scriptDue() {
	s.inScript = true
	s.followed.Happen(s)
	s.inScript = false
	s.scriptAt = s.followed.Next()
	s.checkScript()
}

func (s *Sim) checkScript() {
	if s.scriptAt < s.now {
		panic(fmt.Sprintf("netsim: a script's next event is at %.9f s, but it is %.9f s", s.scriptAt.Seconds(), s.now.Seconds()))
	}
}

// name returns a node's name for messages.
func (s *Sim) name(n core.NodeID) string {
	switch {
	case n == 0:
		return ""
	case s.cfg.Name != nil:
		return s.cfg.Name(n)
	}
	return s.names[n]
}
