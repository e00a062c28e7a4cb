package core

// ViewState is what a viewer is doing.
type ViewState uint8

const (
	Waiting ViewState = iota // before the first frame
	Playing
	Stalled
	Ended // all was played
	Gone  // the viewer left, or the view failed
)

func (s ViewState) String() string {
	return [...]string{"waiting", "playing", "stalled", "ended", "gone"}[s]
}

// ViewRecord is what became of one viewer: the raw material of every metric, the same in both networks.
type ViewRecord struct {
	View  View
	Node  NodeID
	Video Video
	State ViewState
	Why   Reason // Gone: why

	Asked   Time // when the viewer pressed play
	First   Time // first frame; Never if there was none
	Until   Time // when the viewer ended or left; Never if it is still there
	Stalls  uint32
	Stalled Time   // after the first frame
	Played  Time   // media time played
	Due     uint32 // chunks whose last byte was due by now on the fixed schedule from First
	OnTime  uint32 // of those, the chunks that were whole by then
}

// Tally is what a node received and sent over all its lives.
type Tally struct {
	FromSource, FromMaster, FromSibling Bytes // payload received, by who sent it
	Sent                                Bytes // payload sent in flows that ended
	ChunksServed, ChunksFetched         uint32
	Queries, Reports, Failovers         uint32
	TimedOut, Corrupt, BadCalls         uint32 // requests that timed out, bad data received, senseless messages received
}

// NodeRecord is what a node received, sent and kept.
type NodeRecord struct {
	Tally

	// Now, not over all time.
	Children, DirectoryEntries uint32 // registered here, and what they hold in chunks
	Streams, Cached, Locks     uint32 // open streams, whole chunks, and holds on them
	Uploading, Queued          uint32 // gets that are being answered, and those that wait for a slot
}
