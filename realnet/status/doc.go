// Package status shows operators how a node does: the tree around it, who sends what to whom, what is here of each video, who
// watches and how they fare, and what its uplink was spared. docs/status.md says what each field means.
//
//	/status             a page for people; /status?all for the whole tree
//	/api/status         the same as JSON; ?all=1 for the whole tree
//	/api/events         the same again each second, as server-sent events
//	/healthz, /readyz   for whoever restarts or routes
//
// It measures nothing itself: what it shows is counted where it happens, by realnet.Node, core.Swarm, store.Store and
// audience.Audience. It remembers two minutes of that. Package metrics says the same to Prometheus.
//
//	b := status.New(status.Config{Name: "ben", Node: node, Machine: machine, Store: st, People: people, Catalogue: catalogue})
//	b.Routes(g.Handle)
//	...
//	b.Close()
//
// # Who may see it
//
// Names and addresses of peers and viewers are not for everybody: without Access, only this machine may look.
//
// # Cost
//
// A row of history a second, from counters. All else is collected when somebody asks, at most once every 200 ms whoever and
// however many ask, on one turn of the node: about 10 us and 50 ns for each chunk of the videos that are known.
package status
