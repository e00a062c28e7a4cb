// Package netsim is a deterministic discrete-event simulator that implements core.Network for the nodes of one
// core.Machine.
//
// One goroutine runs everything. Events happen in the order (time, insertion), all quantities are integers, randomness
// comes from named streams, and no map is ever walked over; so a run's history, and its 64-bit digest, depend on the
// script and the seed alone: not on the machine, the architecture, the garbage collector, or the steps in which Run is
// called.
//
//	s := netsim.New(netsim.Config{Seed: 1, Latency: netsim.Constant(20 * core.Millisecond)}, machine)
//	v := s.AddVideo("film", info)
//	a := s.AddNode("a", netsim.Link{Uplink: 10 * core.Mbps, Downlink: 50 * core.Mbps})
//	s.Start(0, a, core.Boot{Name: core.HashName("a"), IsSource: true, Owns: []core.VideoDesc{{Video: v, Info: info}}})
//	s.Stop(core.Minute, a)
//	s.Run(core.Never)
//	fmt.Printf("%016x\n", s.Digest())
//
// # Model
//
// Nodes hang on access links with an uplink rate, a downlink rate and a latency; the middle of the network is a latency
// for each ordered pair: drawn from a Range, looked up between Places, or the distance of Coordinates. A transfer is a
// fluid that flows at its max-min fair rate over the sender's uplink and the receiver's downlink (package maxmin); its
// bytes arrive one path latency after they left, piece boundaries at their exact times. Messages and manifests take no
// bandwidth, only latency; their bytes are counted.
//
//   - Dial costs one round trip until OnOpen at the dialler; the peer opens, and may send, half way. A stopped node
//     refuses after one round trip; a hung one does not answer until it resumes, and then does.
//   - Of the flows on one connection those with the lowest Prio share; the others wait. Flows on different connections
//     know nothing of each other's Prio.
//   - A flow starts when Transfer is called, and is refused one latency later if its receiver does not Watch for it then;
//     the sender hears after another.
//   - Close and Stop act at once on their own side. The peer hears one latency later; a flow that the closing end was
//     receiving uses its links until then.
//   - Cancel stops a flow at once, in mid-frame. What has left is counted as sent, and what of it arrives after the
//     receiver's Refuse is not counted as received.
//   - Hang: the node's callbacks wait, its flows in both directions stand still, and what arrives is kept in order for
//     Resume. Timers that were due fire then.
//   - Nodes at a Site share its uplink and downlink for all that goes to other sites or the open internet; between two
//     nodes of a site there are only their access links. Messages cross as freely as anywhere, and are counted.
//   - Relink, RelinkSite and RelinkTrace, which lets a link follow a Trace, change rates from that moment on.
//   - Partition: what travels between the sides stands still or waits, in order, and arrives one latency after the cut has
//     healed. Connections last, and dials wait for their answer, as long as the nodes' own timers let them.
//   - A node with MaxConns connections is refused when it dials, at once, and refuses who dials it.
//   - With Config.SlowStart a connection's payload starts slowly after idleness; see slowstart.go.
//   - With Config.Jitter each message and each step of a dial takes up to so much longer, drawn from the connection's own
//     stream, and never overtakes the one before it. Flows, what travels about them included, have none: a message may
//     so arrive behind the first bytes of a flow that began after it, or behind all of it.
//   - With Config.Loss the flows of a connection together have at most the long-run rate of TCP at the path's loss and
//     round trip (see lossyRate), in equal parts, and a message waits for a timeout, which doubles, each time it is lost,
//     and holds up those behind it.
//   - The store has no bytes. Drop does nothing but mend what Corrupt damaged; FlowNoSpace never happens.
//
// # Known errors
//
// Flows have their fair rate at once, but for what SlowStart and Loss do: there is no queueing delay, no loss that a
// full queue makes, no congestion window that a long path cannot fill. So short transfers on long paths are too fast,
// by some round trips. Losses are independent of each other and of the load, a message is one packet whatever its size,
// and a lossy flow has TCP Reno's long-run rate from its beginning. Half of a measured round trip is taken for one way,
// and no path ever changes. Shares are per flow, where TCP's are per connection and depend on the round trip. Control
// messages never wait behind payload, nor does payload wait for them. A hung node's peers stop at once, where TCP would
// first fill the buffers in between. After a partition TCP goes on when its retransmission timer, doubled again and
// again meanwhile, fires next, up to as long again as the partition took, and after some 15 minutes it gives a
// connection up. A hundred flows that a link's rate does not divide by leave up to a hundred thousandths of a byte per
// second unused.
package netsim
