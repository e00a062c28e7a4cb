package core

// node is one node's state. What nearly every callback looks at comes first.
type node struct {
	running    bool
	source     bool // has videos of its own and no master
	member     bool // registers with its master
	registered bool
	idleArmed  bool
	inward     bool // has had children that nobody can dial

	up               NodeID // who serves as master now: master, fallback, or 0 while there is none
	upConn, joinConn Conn   // to up; on which registration is under way or done
	videos           uint32 // list of nodeVideo
	peers            uint32 // list of Conns
	streams          uint32 // list of stream slots, newest first
	requests         uint32 // list of requests
	partials         uint32 // list of partials
	views            uint32 // list of Views that are not over
	directory        uint32 // what it knows of its children; 0 before the first
	children         uint32 // how many are registered
	nstreams         uint32
	gets             uint32 // that opened a stream upstream, so far
	usage            usage
	uploading        int32  // uploads that hold a slot
	waiting, last    uint32 // uploads that wait for a slot, in the order they came
	deadline         Time   // what timerRequest is set to
	joinBy           Time   // registration must be answered by then

	master, fallback NodeID
	asks             uint32 // list of peers that want a manifest this node is asking for itself
	trouble          uint32 // 0: none
	name             uint64

	rec Tally
}

// nodeVideo is what a node knows of a video.
type nodeVideo struct {
	video  Video
	next   uint32 // in the node's list
	from   Conn   // who was asked for the manifest
	known  bool   // has the manifest
	hold   hold   // why its chunks stay
	probed bool   // the master was pinged because no answer came
	gone   bool   // nobody has it any more; what is left is being sent
	shelf  shelf  // chunks that are whole here, a source's own aside
	asked  Time   // when the manifest was last asked for
	by     Time   // the answer is due by then; Never: none is awaited
}

// hold says why a video's chunks are not evicted.
type hold uint8

const (
	unheld hold = iota
	pinned      // whoever runs the node wants them to stay, see KeepHandler
	owned       // the node is a source of it: all chunks are here, and in no cache
)

// ask is a peer that waits for a manifest.
type ask struct {
	conn  Conn
	video Video
	next  uint32
}

// ban remembers a peer that sent bad data.
type ban struct {
	peer  NodeID
	next  uint32
	until Time
}

const (
	banFor  = Minute
	maxBans = 16
)

// peer is one end of a connection.
type peer struct {
	node       NodeID // whose end this is
	id         NodeID // who is at the other
	next, prev uint32
	uploads    uint32 // list of gets that this peer asked and that are not over
	kid        uint32 // its row in the directory, if it is a child
	gets       uint16 // uploads in its list, at most maxGets
	readers    uint16 // streams that it reads here, at most maxReaders
	child      bool   // registered here
	open       bool
	source     bool
	reach      reach
	heard      Time // the last sign of life
	pinged     Time // a ping that was sent then is not answered yet; 0 none
}

// reach says how a peer can be reached.
type reach uint8

const (
	reachAll    reach = iota // whoever knows its address can dial it
	reachInward              // by the connection that it opened, and no other
	reachMute                // so, and a get on it timed out: nothing more is asked for there
)
