package netsim_test

import (
	"fmt"
	"testing"

	"peerstreamer/core"
	"peerstreamer/netsim"
)

// pusher is a Machine that sends every chunk it gets on to its children: to all at once, or to one after another. Chunks
// go out in the order in which they came, each when the one before has left.
type pusher struct {
	idle
	video    core.Video
	chunks   uint32
	children [][]core.NodeID // by node
	serial   bool

	conns  [][]core.Conn // by node, in the order of children
	jobs   [][]job       // by node: what is still to be sent, the first being sent
	busy   []int         // by node: flows under way
	opened int
	last   core.Time // when the last chunk was whole anywhere
	got    int
}

// job is a chunk for some children.
type job struct {
	chunk uint32
	to    []core.Conn
}

func newPusher(children [][]core.NodeID, serial bool) *pusher {
	n := len(children)
	return &pusher{children: children, serial: serial, conns: make([][]core.Conn, n), jobs: make([][]job, n),
		busy: make([]int, n)}
}

func (m *pusher) OnStart(net core.Network, self core.NodeID, _ core.Boot) {
	for _, child := range m.children[self] {
		m.conns[self] = append(m.conns[self], net.Dial(child))
	}
}

func (m *pusher) OnOpen(net core.Network, _ core.NodeID, c core.Conn, _ core.NodeID, f core.PeerFlags) {
	if f&core.PeerInbound == 0 {
		m.opened++
		return
	}
	for chunk := range m.chunks {
		net.Watch(c, core.Span{Video: m.video, Chunk: chunk, N: 1}, 0)
	}
}

func (m *pusher) OnFlow(net core.Network, self core.NodeID, e core.FlowEvent) {
	if e.Tag == 0 {
		m.last, m.got = net.Now(), m.got+1
		m.give(net, self, e.Span.Chunk)
	} else if m.busy[self]--; m.busy[self] == 0 {
		m.jobs[self] = m.jobs[self][1:]
		m.work(net, self)
	}
}

// give adds the jobs for a chunk that is now here.
func (m *pusher) give(net core.Network, self core.NodeID, chunk uint32) {
	for i := range m.conns[self] {
		if m.serial {
			m.jobs[self] = append(m.jobs[self], job{chunk, m.conns[self][i : i+1]})
		} else if i == 0 {
			m.jobs[self] = append(m.jobs[self], job{chunk, m.conns[self]})
		}
	}
	if m.busy[self] == 0 {
		m.work(net, self)
	}
}

func (m *pusher) work(net core.Network, self core.NodeID) {
	if len(m.jobs[self]) == 0 {
		return
	}
	for _, c := range m.jobs[self][0].to {
		m.busy[self]++
		s := core.Span{Video: m.video, Chunk: m.jobs[self][0].chunk, N: 1}
		net.Transfer(c, core.Offer{Span: s, Avail: 1, Tag: 1})
	}
}

const (
	pushChunk = 1 * core.MiB
	pushRate  = 10 * core.Mbps
)

// pushTime is how long a chunk takes on an uplink: 0.8388608 s.
const pushTime = 8 * float64(pushChunk) / float64(pushRate)

// push lets node 1 push some chunks to everybody, with downlinks by node, and returns the time from then to the end.
func push(t *testing.T, m *pusher, chunks uint32, latency core.Time, downlink func(core.NodeID) core.Rate) float64 {
	t.Helper()
	m.chunks = chunks
	s := netsim.New(netsim.Config{Seed: 1, Latency: netsim.Constant(latency)}, m)
	m.video = s.AddVideo("push", core.VideoInfo{
		Length: core.Bytes(chunks) * pushChunk, ChunkSize: pushChunk, PieceSize: pushChunk,
	})
	links := 0
	for n := core.NodeID(1); int(n) < len(m.children); n++ {
		s.AddNode(fmt.Sprint("n", n), netsim.Link{Uplink: pushRate, Downlink: downlink(n)})
		links += len(m.children[n])
	}
	for n := core.NodeID(1); int(n) < len(m.children); n++ {
		startAll(s, n)
	}
	begin := s.Run(10 * core.Second)
	if m.opened != links {
		t.Fatalf("%d connections are open, want %d", m.opened, links)
	}
	s.Call(begin, 1, func(net core.Network, self core.NodeID) {
		for chunk := range chunks {
			m.give(net, self, chunk)
		}
	})
	s.Run(core.Never)
	if want := links * int(chunks); m.got != want {
		t.Fatalf("%d chunks arrived, want %d", m.got, want)
	}
	return (m.last - begin).Seconds()
}

func unlimited(core.NodeID) core.Rate { return 0 }
func equal(core.NodeID) core.Rate     { return pushRate }

// TestPipelinedTree: M equal chunks pushed down a full k-ary tree of depth D, to k children at once, are everywhere after
// (M-1+D) * k * chunk/uplink + D * latency.
func TestPipelinedTree(t *testing.T) {
	for _, c := range []struct {
		k, depth int
		chunks   uint32
		latency  core.Time
		downlink func(core.NodeID) core.Rate
	}{
		{1, 5, 4, 0, equal},
		{2, 3, 6, 0, unlimited},
		{2, 3, 6, 40 * core.Millisecond, equal},
		{4, 4, 3, 0, unlimited},
		{4, 4, 3, 25 * core.Millisecond, unlimited},
		{3, 2, 20, 1 * core.Second, equal}, // a latency longer than a chunk
	} {
		name := fmt.Sprintf("k=%d/D=%d/M=%d/latency=%dms", c.k, c.depth, c.chunks, c.latency/core.Millisecond)
		t.Run(name, func(t *testing.T) {
			children := make([][]core.NodeID, 2)
			for first, level := 1, 0; level < c.depth; level++ {
				next := len(children)
				for parent := first; parent < next; parent++ {
					for range c.k {
						children[parent] = append(children[parent], core.NodeID(len(children)))
						children = append(children, nil)
					}
				}
				first = next
			}
			got := push(t, newPusher(children, false), c.chunks, c.latency, c.downlink)
			want := float64(int(c.chunks)-1+c.depth)*float64(c.k)*pushTime + float64(c.depth)*c.latency.Seconds()
			within(t, "end", want, got)
		})
	}
}

// TestClientServer: a source that sends the video to N clients at once needs max(N*F/u, F/d) for the slowest downlink d.
func TestClientServer(t *testing.T) {
	for _, c := range []struct {
		clients int
		slowest core.Rate
		want    float64
	}{
		{10, 10 * core.Mbps, 10 * pushTime},
		{10, 1 * core.Mbps, 10 * pushTime}, // just as fast as its share
		{10, 500 * core.Kbps, 20 * pushTime},
		{1000, 10 * core.Mbps, 1000 * pushTime},
	} {
		t.Run(fmt.Sprintf("N=%d/slowest=%dkbps", c.clients, c.slowest/core.Kbps), func(t *testing.T) {
			children := make([][]core.NodeID, 2+c.clients)
			for i := range c.clients {
				children[1] = append(children[1], core.NodeID(i+2))
			}
			got := push(t, newPusher(children, false), 1, 0, func(n core.NodeID) core.Rate {
				if n == 2 {
					return c.slowest
				}
				return 10 * core.Mbps
			})
			within(t, "end", c.want, got)
		})
	}
}

// TestSnowball: one chunk, every node that has it sending it to another in each slot of chunk/uplink, to at most k others
// in all, reaches N viewers in the least slots t with f(1)+...+f(t) >= N, where f(1) = 1 and f(t) = f(t-1)+...+f(t-k)
// (Bianchi et al.; Liu for unlimited k, 1 + ceil(log2 N)).
func TestSnowball(t *testing.T) {
	for _, c := range []struct{ viewers, k, slots int }{
		{1000, 2, 15}, {1000, 3, 12}, {1000, 4, 12}, {1000, 1000, 11}, {1024, 1000, 11}, {1025, 1000, 12}, {1, 1, 1},
	} {
		t.Run(fmt.Sprintf("N=%d/k=%d", c.viewers, c.k), func(t *testing.T) {
			children := make([][]core.NodeID, 2, c.viewers+2)
			children[1] = []core.NodeID{2} // the source sends each chunk once
			children = append(children, nil)
			for len(children) < c.viewers+2 { // a slot
				for n, have := 2, len(children); n < have && len(children) < c.viewers+2; n++ {
					if len(children[n]) < c.k {
						children[n] = append(children[n], core.NodeID(len(children)))
						children = append(children, nil)
					}
				}
			}
			within(t, "end", float64(c.slots)*pushTime, push(t, newPusher(children, true), 1, 0, equal))
		})
	}
}
