package scenarios

import (
	"peerstreamer/core"
	"peerstreamer/netsim"
	"peerstreamer/netsim/topology"
)

// Config is a scenario: what the file says, with a default wherever it says nothing. A field's toml tag is its key, its
// doc tag is all the documentation of it that there is: Explain and InitText print it.
type Config struct {
	Name    string    `toml:"name" doc:"a word that names the scenario and the folder of its results; by default the file's name"`
	Text    string    `toml:"text" doc:"one line on what the experiment is"`
	Seed    uint64    `toml:"seed" doc:"of all randomness; the same scenario and seed give the same history"`
	Horizon core.Time `toml:"horizon" doc:"the run ends then, even if somebody still watches"`
	Sample  core.Time `toml:"sample" doc:"how often series over time take a value; the run ends at the first such moment after the last viewer is done"`

	Video    Video    `toml:"video" doc:"the video that everybody watches"`
	Policy   Policy   `toml:"policy" doc:"how nodes decide, and the constants of the node"`
	Player   Player   `toml:"player" doc:"what viewers do with the video"`
	Sites    []Site   `toml:"site" doc:"a place whose nodes share one link to the rest of the network: a campus, an access point, an ISP"`
	Groups   []Group  `toml:"group" doc:"nodes of one kind"`
	Net      Net      `toml:"net" doc:"the middle of the network, between the access links"`
	Faults   []Fault  `toml:"fault" doc:"what goes wrong, and when"`
	Branches []Branch `toml:"branch" doc:"a variant that parts from the others at a moment; what is before is the same for all and simulated once"`
	Claims   []Claim  `toml:"claim" doc:"what should be true of the outcome; psim exits with 3 if a claim fails"`
}

// Video describes the content. Simulated bytes have no content, only a size.
type Video struct {
	Name     string     `toml:"name" doc:"as viewers ask for it"`
	Duration core.Time  `toml:"duration" doc:"of playback"`
	Bitrate  core.Rate  `toml:"bitrate" doc:"media bits per second; with duration it gives the size"`
	Chunk    core.Bytes `toml:"chunk" doc:"size of a chunk, the unit of the cache: 1KiB to 16MiB"`
	Piece    core.Bytes `toml:"piece" doc:"size of a piece, the unit that is verified and relayed; at most 128 to a chunk"`
	File     string     `toml:"file" doc:"a real file, relative to the scenario; its size replaces the bitrate"`

	path   string     // of the file, from here; empty if there is none
	length core.Bytes // of the file
}

// Policy names a policy and sets the constants of core.Config. Keys that are neither belong to the policy.
type Policy struct {
	Name         string     `toml:"name" doc:"which policy decides whom to ask for what; psim -list shows them"`
	ReadAhead    uint32     `toml:"read_ahead" doc:"chunks a stream holds, the one to be read next included: 1 to 64"`
	Relay        core.Relay `toml:"relay" doc:"\"piece\": pass a chunk on while it arrives; \"chunk\": only when it is whole"`
	MaxWaiting   uint32     `toml:"max_waiting" doc:"requests that may wait on one stream"`
	MaxStreams   uint32     `toml:"max_streams" doc:"streams a node keeps open"`
	GetTimeout   core.Time  `toml:"get_timeout" doc:"a peer that owes a chunk and gives no sign of life for this long is given up"`
	QueryTimeout core.Time  `toml:"query_timeout" doc:"wait for the master's answer to a query, a registration or a dial"`
	RetryAfter   core.Time  `toml:"retry_after" doc:"pause between giving up the master and asking its fallback"`
	RejoinMin    core.Time  `toml:"rejoin_min" doc:"first attempt to come back to a lost master; doubles, with jitter, up to rejoin_max"`
	RejoinMax    core.Time  `toml:"rejoin_max" doc:"longest pause between attempts to come back"`
	PingEvery    core.Time  `toml:"ping_every" doc:"how often a master looks after silent children"`
	PingTimeout  core.Time  `toml:"ping_timeout" doc:"a child that does not answer within this is dropped; less than ping_every"`
	StreamIdle   core.Time  `toml:"stream_idle" doc:"a stream that nobody read for this long is reaped"`

	Params map[string]any `toml:",rest"` // a policy's own keys, read through Params
}

// Player is what a viewer does with the bytes.
type Player struct {
	Kind          string    `toml:"kind" doc:"\"play\": consume at the bitrate, stall when the buffer is empty; \"download\": take chunks as they come"`
	StartupBuffer core.Time `toml:"startup_buffer" doc:"playable media needed before the first frame"`
	Rebuffer      core.Time `toml:"rebuffer" doc:"playable media needed to go on after a stall"`
}

// Group is a set of nodes that are alike.
type Group struct {
	Name        string     `toml:"name" doc:"of the group; its nodes are NAME-0, NAME-1 and so on, or NAME if count is 1"`
	Role        string     `toml:"role" doc:"\"source\": has the video and no master; \"\": an ordinary node"`
	Count       uint32     `toml:"count" doc:"how many nodes"`
	Uplink      Rates      `toml:"uplink" doc:"to the network: a rate, \"unlimited\", a range \"1Mbit/s..5Mbit/s\", or { mix = [[rate, weight], ...] }"`
	Downlink    Rates      `toml:"downlink" doc:"from the network, in the same forms"`
	Access      string     `toml:"access" doc:"instead of uplink and downlink, pairs of them drawn together: \"regional\", with the region, or \"bittorrent\""`
	Latency     Times      `toml:"latency" doc:"one way, of the access link: a time, a range \"5ms..40ms\", or { mix = [[time, weight], ...] }"`
	Region      Region     `toml:"region" doc:"where nodes live, for latency by regions and access = \"regional\": a region, or { mix = [[region, weight], ...] }"`
	Loss        netsim.PPM `toml:"loss" doc:"part of the packets lost on the access link, such as \"1%\", in addition to net.loss: at most 20%"`
	Trace       Trace      `toml:"trace" doc:"instead of uplink and downlink, rates that change over time, from a file"`
	Site        string     `toml:"site" doc:"the site at which the nodes are, those of several alike in turn; by default on the open internet"`
	Slots       uint32     `toml:"slots" doc:"uploads at a time, 0 for no limit; more wait"`
	StoreChunks uint32     `toml:"store_chunks" doc:"chunks a node keeps besides a source's own video, 0 for no limit"`
	MaxConns    uint32     `toml:"max_connections" doc:"connections at a time, 0 for no limit, over tcp for 4096; dials beyond it fail, and others' are refused"`
	NAT         bool       `toml:"nat" doc:"nobody can dial the nodes, as behind a NAT: they serve over the connections that they open, through their master"`
	Master      string     `toml:"master" doc:"group of the parents; node i's parent is its node i modulo its count"`
	Tree        Tree       `toml:"tree" doc:"the group's nodes form a tree below its master, or below the only source"`
	Supermaster string     `toml:"supermaster" doc:"group of the fallbacks; by default the parent's parent, \"none\" for none"`
	Watches     bool       `toml:"watches" doc:"a viewer at each node watches the video"`
	Arrive      Arrive     `toml:"arrive" doc:"when viewers come; nodes that others depend on are up from the beginning"`
	Stay        Stay       `toml:"stay" doc:"how long a node stays after its viewer came"`
}

// Site is a place with a link that all its nodes share for what comes from elsewhere or goes there.
type Site struct {
	Name     string `toml:"name" doc:"of the site; several alike are NAME-0, NAME-1 and so on"`
	Count    uint32 `toml:"count" doc:"how many such sites, each with a link of its own"`
	Uplink   Rates  `toml:"uplink" doc:"from the site, shared: a rate or a distribution, in the forms that a group's has; by default unlimited"`
	Downlink Rates  `toml:"downlink" doc:"to the site, the same"`
}

// Trace is a bandwidth trace that each node of a group follows, from a place of its own.
type Trace struct {
	File    string `toml:"file" doc:"CSV with the columns time in seconds from 0, uplink, downlink; relative to the scenario. A rate of 0 is an outage"`
	Unit    string `toml:"unit" doc:"of the file's rates: bit/s, kbit/s, Mbit/s or Gbit/s"`
	Repeat  bool   `toml:"repeat" doc:"the trace begins anew at its end, the last line having lasted as long as the one before; otherwise that holds for ever"`
	Aligned bool   `toml:"aligned" doc:"all nodes are at the beginning of the trace at time 0; otherwise each is at a place that is drawn"`

	path    string        // of the file, from here
	sum     string        // of its content
	trace   *netsim.Trace // what it says
	refused bool          // it says nothing that could be used
}

// Tree is a full tree in heap order: the root's children are nodes 0..arity-1.
type Tree struct {
	Arity uint32 `toml:"arity" doc:"children of a node, the root included; 0 for no tree"`
}

// Arrive is an arrival process.
type Arrive struct {
	Kind string    `toml:"kind" doc:"\"once\": all at the same time; \"constant\": evenly; \"poisson\"; \"flash\": an intensity that decays as exp(-t/tau)"`
	At   core.Time `toml:"at" doc:"when the process begins"`
	Over core.Time `toml:"over" doc:"span of the arrivals, if no rate is given; 0 for no end of a flash crowd"`
	Rate float64   `toml:"rate" doc:"viewers per second, constant and poisson"`
	Tau  core.Time `toml:"tau" doc:"flash: time in which the intensity falls to 37 %"`
}

// Stay is the distribution of a session's length. A node that leaves early closes its viewer and its store is lost.
type Stay struct {
	Kind   string    `toml:"kind" doc:"\"end\": to the end of the run, and serves others when its viewer is done; \"constant\", \"exponential\", \"weibull\", \"lognormal\": leaves after a time"`
	Mean   core.Time `toml:"mean" doc:"constant and exponential"`
	Shape  float64   `toml:"shape" doc:"weibull; below 1 most stays are short and a few very long"`
	Scale  core.Time `toml:"scale" doc:"weibull; 63 % leave before"`
	Median core.Time `toml:"median" doc:"lognormal; half leave before"`
	Sigma  float64   `toml:"sigma" doc:"lognormal; standard deviation of the logarithm"`
}

// Net is the middle of the network, between the access links. Over tcp it is the loopback's.
type Net struct {
	Latency   Latency    `toml:"latency" doc:"one way, between two access links: a time, a range \"10ms..80ms\" drawn for each pair, or a table whose kind says which model"`
	Regions   Regions    `toml:"regions" doc:"one-way delays for latency = { kind = \"regions\" }, such as EU = { EU = \"10ms\", NA = \"40ms\" }; by default six regions of the world"`
	Jitter    core.Time  `toml:"jitter" doc:"each message takes up to so much longer, drawn evenly; those of a connection keep their order"`
	Loss      netsim.PPM `toml:"loss" doc:"part of all packets lost in the middle, such as \"0.1%\", at most 20%: limits flows as TCP would, and delays messages by a retransmission"`
	SlowStart bool       `toml:"slow_start" doc:"payload on a connection that is new or was idle starts with ten segments in a round trip, then twice as many and so on"`
	Epsilon   netsim.PPM `toml:"epsilon" doc:"a link's new rate is passed on to other links only when it has changed by that part, such as \"0.1%\", at most 10%: runs in which every node sends to many are faster, and rates off by two or three times as much; 0% is exact, and the result says if it is not"`
	AckEach   bool       `toml:"ack_each" doc:"with loss: receivers acknowledge every segment, which makes lossy flows 1.4 times as fast; otherwise every second one"`
}

// Latency is a model of the delay between two nodes. Which keys it has depends on its kind.
type Latency struct {
	Kind       string    `toml:"kind" doc:"\"constant\"; \"range\": drawn for each pair; \"regions\": by net.regions; \"matrix\": by a file; \"coordinates\": nodes are points of a plane"`
	Value      core.Time `toml:"value" doc:"constant, which must have it"`
	Min        core.Time `toml:"min" doc:"range, which must have it"`
	Max        core.Time `toml:"max" doc:"range, which must have it"`
	File       string    `toml:"file" doc:"matrix: delays between places, relative to the scenario"`
	Format     string    `toml:"format" doc:"matrix: \"square\": rows of numbers, which is the default; \"pairs\": lines \"i,j delay\", as the King data set has; \"gml\": a graph with its shortest paths"`
	Unit       string    `toml:"unit" doc:"matrix: of the file's numbers: ns, us, ms or s"`
	Of         string    `toml:"of" doc:"matrix: what the file's numbers are: \"rtt\" or \"one-way\""`
	Asymmetric bool      `toml:"asymmetric" doc:"matrix: the two directions of a pair may differ; otherwise that is an error"`
	Missing    string    `toml:"missing" doc:"matrix: \"drop\": leave out places from or to which delays are missing; otherwise that is an error"`
	Assign     string    `toml:"assign" doc:"matrix: who lives where: \"draw\": each node at a place that is drawn, which is the default; \"turn\": nodes at places in turn"`
	Side       core.Time `toml:"side" doc:"coordinates: delay along the side of the square in which nodes lie, at most 2s; the mean distance is 0.52 of it"`
	Height     span      `toml:"height" doc:"coordinates: what each end adds to the distance: a time, or a range \"2ms..10ms\" drawn for each node"`
	Spread     core.Time `toml:"spread" doc:"regions and matrix: each pair has up to so much more, drawn evenly"`

	path    string           // of the file, from here
	sum     string           // of its content
	matrix  *topology.Matrix // what it says
	refused bool             // it says nothing that could be used
}

// Fault is something that goes wrong at a moment.
type Fault struct {
	At        core.Time `toml:"at" doc:"when"`
	Kind      string    `toml:"kind" doc:"\"crash\": the process ends; \"restart\": a crashed node starts again; \"hang\": it stops to act but keeps its connections; \"resume\"; \"slow\": links have other rates; \"partition\": nothing gets through between two sides"`
	Group     string    `toml:"group" doc:"whom it hits"`
	Site      string    `toml:"site" doc:"instead of group: slow: the site's shared link; others: the nodes there"`
	Index     int       `toml:"index" doc:"which node of the group or site, from 0; -1: those that share says"`
	Share     float64   `toml:"share" doc:"part of the group's or site's nodes, drawn: 0 to 1; without index and share all of a site are hit, or cut off"`
	From      string    `toml:"from" doc:"partition: the group or site on the other side; by default everybody else"`
	Uplink    Rates     `toml:"uplink" doc:"slow: the rate meanwhile, in the forms that a group's has; by default as before"`
	Downlink  Rates     `toml:"downlink" doc:"slow: the same"`
	Factor    float64   `toml:"factor" doc:"slow: instead of rates, what those there are are multiplied with, such as 0.1; 0 for no factor"`
	After     core.Time `toml:"after" doc:"crash, hang, slow and partition: it is over so much later by itself; 0 for never"`
	KeepStore bool      `toml:"keep_store" doc:"crash and restart: whether a node that starts again finds the chunks it had"`
}

// Claim is a statement about the outcome.
type Claim struct {
	That   string `toml:"that" doc:"a figure, a comparison and a value, such as \"startup_latency.p95 < 5s\""`
	Branch string `toml:"branch" doc:"the variant that it is about; by default every one"`
}

// Default returns the scenario that an empty file means, which Validate refuses for want of nodes.
func Default() Config {
	c := core.DefaultConfig()
	return Config{
		Seed:    1,
		Horizon: core.Hour,
		Sample:  core.Second,
		Video: Video{Name: "movie", Duration: 3 * core.Minute, Bitrate: 5 * core.Mbps,
			Chunk: 1 * core.MiB, Piece: 64 * core.KiB},
		Policy: Policy{
			Name:      "classic",
			ReadAhead: c.ReadAhead, Relay: c.Relay, MaxWaiting: c.MaxWaiting, MaxStreams: c.MaxStreams,
			GetTimeout: c.GetTimeout, QueryTimeout: c.QueryTimeout, RetryAfter: c.RetryAfter,
			RejoinMin: c.RejoinMin, RejoinMax: c.RejoinMax, PingEvery: c.PingEvery, PingTimeout: c.PingTimeout,
			StreamIdle: c.StreamIdle,
		},
		Player: Player{Kind: "play", StartupBuffer: c.StartupBuffer, Rebuffer: c.Rebuffer},
		Net:    Net{Latency: constantLatency(20 * core.Millisecond)},
	}
}

// setDefaults is called before a table of a list is read.
func (g *Group) setDefaults() {
	*g = Group{Count: 1, StoreChunks: 50, Arrive: Arrive{Kind: "once"}, Stay: Stay{Kind: "end"}}
}

func (s *Site) setDefaults() { *s = Site{Count: 1} }

func (f *Fault) setDefaults() { *f = Fault{Index: -1, KeepStore: true} }

// Core returns the constants of the node.
func (c *Config) Core() core.Config {
	p := &c.Policy
	return core.Config{
		ReadAhead: p.ReadAhead, Relay: p.Relay, MaxWaiting: p.MaxWaiting, MaxStreams: p.MaxStreams,
		GetTimeout: p.GetTimeout, QueryTimeout: p.QueryTimeout, RetryAfter: p.RetryAfter,
		RejoinMin: p.RejoinMin, RejoinMax: p.RejoinMax, PingEvery: p.PingEvery, PingTimeout: p.PingTimeout,
		StreamIdle:    p.StreamIdle,
		StartupBuffer: c.Player.StartupBuffer, Rebuffer: c.Player.Rebuffer,
	}
}

// Info returns the facts of the video's manifest.
func (v *Video) Info() core.VideoInfo {
	info := core.VideoInfo{Length: v.length, ChunkSize: v.Chunk, PieceSize: v.Piece, Duration: v.Duration}
	if v.File == "" {
		info.Length = v.Bitrate.In(v.Duration)
	}
	return info
}
