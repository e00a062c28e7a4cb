package core

// Notice is something about a node's place in the tree that an operator wants to see in a log.
type Notice struct {
	Kind NoticeKind
	Node NodeID
	Peer NodeID
}

// NoticeKind says what happened.
type NoticeKind uint8

const (
	Registered   NoticeKind = iota + 1 // Peer, our master, has us as its child
	UpstreamLost                       // Peer no longer serves as our master
	FellBack                           // Peer, our fallback, serves as our master
	ChildJoined                        // Peer has registered with us
	ChildLeft                          // Peer is our child no more
)

func (k NoticeKind) String() string {
	return [...]string{"", "registered with the master", "lost the upstream", "follows the supermaster", "a child registered",
		"a child is gone"}[k]
}

// Observe has f told of every notice from now on. f runs inside callbacks: it must not block or use the Network. A fork
// has no observer.
func (s *Swarm) Observe(f func(Notice)) { s.observer = f }

func (t turn) note(k NoticeKind, peer NodeID) {
	if t.observer != nil && peer != 0 {
		t.observer(Notice{k, t.self, peer})
	}
}
