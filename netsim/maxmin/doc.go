// Package maxmin shares the links of a network among bulk transfers as max-min fairness does, in integers and by local
// repair.
//
// Net knows links and the flows that cross them, and keeps every flow's rate. Each link has a water level: the rate it
// gives to the flows that nothing else holds back. A flow runs at the lowest level on its path, or at its own cap. A
// link's level is the highest at which its flows fit into its capacity, and infinite if they fit at any. An assignment
// of levels that satisfies this at every link is max-min fair, and there is only one (Bertsekas and Gallager, Data
// Networks, section 6.5). So when a flow starts or ends, Repair solves its links anew, then those neighbours that a
// changed level concerns, until nothing changes; the rest of the network is not looked at.
//
// Fluid adds time: what is left of every flow, and when it will reach its next goal. A change of a link's level costs
// nothing for the flows that run at it: they share the link's clock. Links of many flows are hubs, which keep their flows
// in order, so that a change costs them O(log degree) and those neighbours whose level it really changes.
//
// SetEpsilon trades exactness for speed where changes spread far: 2.3 epsilons at most in the test that measures it.
//
// Rates are integers of a thousandth of a byte per second and amounts integers of a millionth of a millionth of a byte,
// so a rate times nanoseconds is an exact amount. Rounding a level down leaves at most one unit of rate per flow of a
// link unused. The argument for uniqueness survives that rounding, so rates depend on the network as it is, not on the
// history of repairs, and are the same on every architecture.
//
// The package knows nothing of nodes, messages or latency; netsim is its user:
//
//	var fl maxmin.Fluid
//	up, down := fl.AddLink(maxmin.ShareOf(10*core.Mbps)), fl.AddLink(maxmin.ShareOf(50*core.Mbps))
//	fl.Put(1, 0, maxmin.WorkOf(1*core.MiB), 0)   // flow 1 at time 0, all of it to be sent
//	fl.Join(1, 0, maxmin.Path{up, down}, maxmin.Infinite)
//	fl.Repair(0)
//	fl.Next()                                    // 838.8608 ms
//
// Known error: the model itself. Flows get their fair rate at once, without slow start, queues or loss, and a flow that
// crosses two saturated links loses nothing at either.
package maxmin
