package coretest

import "peerstreamer/core"

// NodeSpec declares a node of a World.
type NodeSpec struct {
	Name string

	// Machine returns the state machine of a life of the node; it is called at each start. In a simulated World it may
	// return the same Machine for many nodes, which then serves them all. Elsewhere it must return one of the node's own.
	Machine func() core.Machine

	// OnDeliver, if not nil, gets what the node's Machine Delivers to the readers of its views. It runs like a callback
	// of the node and must not call the World.
	OnDeliver func(core.View, core.Delivery)

	Uplink, Downlink core.Rate // 0: not limited
	Slots            int32     // what core.Limits will say
	StoreChunks      int32     // what core.Limits will say; the store itself keeps all that it is given

	Master, Supermaster, Source string // names of nodes, which may be added later but before the start; "": none

	IsSource bool
	Owns     []VideoSpec // a source's videos
	Silent   bool        // nobody can dial it: a client that does not listen
}

// VideoSpec declares a video whose bytes are Content(Name, Length).
type VideoSpec struct {
	Name                         string
	Length, ChunkSize, PieceSize core.Bytes
	Duration                     core.Time // 0: unknown
}

// Info returns the facts of the video's manifest.
func (v VideoSpec) Info() core.VideoInfo {
	return core.VideoInfo{Length: v.Length, ChunkSize: v.ChunkSize, PieceSize: v.PieceSize, Duration: v.Duration}
}

// Content returns the bytes of a video: pseudo-random, the same for the same name, so that no two chunks are alike. A
// longer video begins with the bytes of a shorter one of the same name.
func Content(name string, length core.Bytes) []byte {
	rng := core.NewRand(core.HashName(name), "content", 0)
	b := make([]byte, length)
	for i := 0; i < len(b); i += 8 {
		w := rng.Uint64()
		for j := i; j < min(i+8, len(b)); j++ {
			b[j] = byte(w)
			w >>= 8
		}
	}
	return b
}

// Traffic is what a node has sent and received since it was added, over all its lives. Payload is chunk bytes alone;
// Control is all the rest: messages and the headers and hashes of flows.
type Traffic struct {
	PayloadSent, PayloadReceived core.Bytes
	ControlSent, ControlReceived core.Bytes
}

// World is a handful of nodes on one network, simulated or real, under a test's control. A network's own tests
// implement it and hand it to TestNetwork and TestBehaviours.
//
// All methods are called from the test's goroutine. A name that was not added, a handle asked of a node that is not
// running, or a call that the node's state forbids (killing a dead node) fails the test at once.
//
// Time stands still in a simulated World between calls: only Until lets it run. Kill, Hang, View and Do have happened
// when they return; their consequences at other nodes take their time.
type World interface {
	// Add declares a node. It has an address from here on, at which nobody listens before Start.
	Add(NodeSpec)

	// Start begins the node's first life; OnStart has run when it returns. Boot has the handles of the names in the
	// spec and what the node owns.
	Start(name string)

	// Kill ends the node as kill -9 would: no farewell, what was not written is lost.
	Kill(name string)

	// Restart begins another life at the same address, after Kill. With keepStore Boot.Held and Boot.Knows tell what the
	// last life left; without it they are empty.
	Restart(name string, keepStore bool)

	// Hang stops a node, its connections staying open: as SIGSTOP or a cut cable would. Resume ends that.
	Hang(name string)
	Resume(name string)

	// Do runs f as a callback of the node and returns when f has. The node must be running and not hung.
	Do(name string, f func(net core.Network, self core.NodeID))

	// View hands a viewer's doing to the node, as OnView. The caller picks View handles: 1, 2, 3 ... within a World.
	View(at string, e core.ViewEvent)

	// Peer and Video return node at's handles for a node and for a video, whether or not anybody has that video. Handles
	// are good for the node's current life.
	Peer(at, of string) core.NodeID
	Video(at, name string) core.Video

	// Until lets the world run until cond holds and reports whether it did before limit had passed, in the world's own
	// time. cond is called on the test's goroutine at the beginning, at the limit, and between callbacks or at least
	// every few milliseconds. In a simulated World the clock then stands at most that far after the moment cond became
	// true, and exactly at the limit if it never did.
	Until(limit core.Time, cond func() bool) bool

	// Traffic returns a node's account so far, flows in progress included.
	Traffic(name string) Traffic

	// Check returns nil if the chunk can be read from the node's store and is right, and else says what is wrong. A
	// simulated store has no bytes, so there it always returns nil.
	Check(at, video string, chunk uint32) error

	// Simulated tells whether time is simulated, so that durations may be asserted exactly.
	Simulated() bool

	// Latency returns the one-way latency between any two nodes; 0 if it is not known.
	Latency() core.Time

	// TimeScale returns what core's timers are to be divided by (core.Config.Scale): 1 in a simulated World.
	TimeScale() core.Time

	// Close ends all nodes. Nothing of the World is running when it returns.
	Close()
}

// Corrupter is a World that can damage what a node has stored or owns: from then on the node's store returns wrong
// bytes for the chunk, and the node does not know. TestNetwork uses it where a World has it.
type Corrupter interface {
	Corrupt(at, video string, chunk uint32)
}
