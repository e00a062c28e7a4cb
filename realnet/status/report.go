package status

import (
	"strconv"
	"time"

	"peerstreamer/core"
)

// Format is Report.Format: it grows when a field changes its meaning or goes, and not when one is added.
const Format = 1

// Report is how a node does, as /api/status tells it. docs/status.md explains each field.
type Report struct {
	Format   int       `json:"format"`
	Time     time.Time `json:"time"`
	Node     Node      `json:"node"`
	Upstream Upstream  `json:"upstream"`
	Traffic  Traffic   `json:"traffic"`
	Requests Requests  `json:"requests"`
	Queues   Queues    `json:"queues"`
	Troubles Troubles  `json:"troubles"`
	Store    *Store    `json:"store,omitempty"`
	Peers    []Peer    `json:"peers"`
	Viewers  []Viewer  `json:"viewers"`
	Videos   []Video   `json:"videos,omitempty"`
	History  *History  `json:"history,omitempty"`
}

// Node says which node this is.
type Node struct {
	Name    string    `json:"name"`
	Source  bool      `json:"source"`
	Address string    `json:"address"`
	Web     string    `json:"web"`
	Version string    `json:"version"`
	Started time.Time `json:"started"`
	Uptime  Seconds   `json:"uptime_seconds"`
}

// Upstream is who serves as master.
type Upstream struct {
	State   string `json:"state"` // one of the States
	Address string `json:"address,omitempty"`
	Name    string `json:"name,omitempty"`
}

// States of an Upstream.
const (
	UpstreamNone     = "none"     // a source has no master
	UpstreamMaster   = "master"   // the master serves
	UpstreamFallback = "fallback" // the supermaster does
	UpstreamReaching = "reaching" // somebody is being dialled
	UpstreamAway     = "away"     // nobody does
)

// Traffic is in bytes since the node started.
type Traffic struct {
	Received Received   `json:"received_bytes"`
	Sent     Sent       `json:"sent_bytes"`
	Control  Control    `json:"control_bytes"`
	Saved    core.Bytes `json:"saved_bytes"`
}

// Received is payload by who sent it.
type Received struct {
	Source  core.Bytes `json:"source"`
	Master  core.Bytes `json:"master"`
	Sibling core.Bytes `json:"sibling"`
}

// Sum returns all of it.
func (r Received) Sum() core.Bytes { return r.Source + r.Master + r.Sibling }

// Sent is payload by who got it.
type Sent struct {
	Child   core.Bytes `json:"child"`
	Sibling core.Bytes `json:"sibling"`
	Master  core.Bytes `json:"master"`
	Viewer  core.Bytes `json:"viewer"`
}

// Sum returns all of it.
func (s Sent) Sum() core.Bytes { return s.Child + s.Sibling + s.Master + s.Viewer }

// Control is all that is no payload.
type Control struct {
	Sent     core.Bytes `json:"sent"`
	Received core.Bytes `json:"received"`
}

// Requests counts what peers asked for.
type Requests struct {
	Hits   int64 `json:"hits"`
	Misses int64 `json:"misses"`
}

// Queues is what waits now.
type Queues struct {
	Bytes     core.Bytes `json:"bytes"`
	Uploading uint32     `json:"uploading"`
	Waiting   uint32     `json:"waiting"`
	Streams   uint32     `json:"streams"`
}

// Troubles counts what went wrong since the node started.
type Troubles struct {
	Failovers    uint32 `json:"failovers"`
	Timeouts     uint32 `json:"timeouts"`
	Verification int64  `json:"verification_failures"`
	BadPeers     int64  `json:"bad_peers"`
	Bans         int64  `json:"bans"`
	FailedDials  int64  `json:"failed_dials"`
}

// Store is the chunk store.
type Store struct {
	Chunks    int64      `json:"chunks"`
	Bytes     core.Bytes `json:"bytes"`
	Limit     core.Bytes `json:"limit_bytes"`
	Dirty     core.Bytes `json:"uncommitted_bytes"`
	Lag       Seconds    `json:"commit_lag_seconds"`
	Lost      int64      `json:"lost_chunks"`
	Unchecked int64      `json:"unchecked_chunks"`
	Full      bool       `json:"full"`
	Failing   bool       `json:"failing"`
}

// Peer is a connection.
type Peer struct {
	Name     string     `json:"name"`
	Address  string     `json:"address"`
	Web      string     `json:"web,omitempty"`
	Role     string     `json:"role"`
	Upstream bool       `json:"upstream"`
	Open     bool       `json:"open"`
	Sent     core.Bytes `json:"sent_bytes"`
	Received core.Bytes `json:"received_bytes"`
	Queued   core.Bytes `json:"queued_bytes"`
	Sending  int        `json:"sending"`
	Since    time.Time  `json:"since"`

	given bool // the node was told to follow it
}

// Viewer is one who watches at this node's web server.
type Viewer struct {
	ID       uint64     `json:"id"`
	Video    string     `json:"video"`
	Address  string     `json:"address"`
	Agent    string     `json:"agent"`
	Tells    bool       `json:"tells"`
	State    string     `json:"state"`
	Since    time.Time  `json:"since"`
	Startup  *Seconds   `json:"startup_seconds"`
	Buffer   Seconds    `json:"buffer_seconds"`
	Playhead Seconds    `json:"playhead_seconds"`
	Stalls   uint32     `json:"stalls"`
	Stalled  Seconds    `json:"stalled_seconds"`
	Taken    core.Bytes `json:"taken_bytes"`
}

// Video is what is here of one.
type Video struct {
	Name      string     `json:"name"`
	Type      string     `json:"type"`
	Length    core.Bytes `json:"length_bytes"`
	Duration  Seconds    `json:"duration_seconds"`
	ChunkSize core.Bytes `json:"chunk_bytes"`
	Own       bool       `json:"own"`
	Pinned    bool       `json:"pinned"`
	Chunks    uint32     `json:"chunks"`
	Whole     uint32     `json:"whole"`
	Partial   uint32     `json:"partial"`
	Map       []Run      `json:"map"`
}

// Run is chunks in a row that are in one state: whole, partial or absent.
type Run struct {
	State string `json:"state"`
	Count uint32 `json:"count"`
}

// Seconds is a time that is written in seconds, to the millisecond.
type Seconds time.Duration

// MarshalJSON implements json.Marshaler.
func (s Seconds) MarshalJSON() ([]byte, error) {
	ms := time.Duration(s).Round(time.Millisecond).Milliseconds()
	return strconv.AppendFloat(nil, float64(ms)/1000, 'f', -1, 64), nil
}

// UnmarshalJSON implements json.Unmarshaler.
func (s *Seconds) UnmarshalJSON(b []byte) error {
	f, err := strconv.ParseFloat(string(b), 64)
	*s = Seconds(f * float64(time.Second))
	return err
}
