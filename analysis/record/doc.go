// Package record holds what a run leaves behind: plain numbers about its video, nodes and viewers, the same whether a
// simulator or real sockets moved the bytes. Metrics, bounds, plots and files are all computed from it and from nothing
// else.
//
// It is not the node's own bookkeeping (core.ViewRecord, core.NodeRecord), from which a runner fills it, and it computes
// nothing. A viewer takes 72 bytes and a node 88.
//
//	run := record.Run{Seed: 1, End: 90 * core.Second, Video: record.Video{Length: 75e6, Duration: 2 * core.Minute}}
//	run.Groups = append(run.Groups, record.Group{Name: "source", Count: 1})
//	run.Nodes = append(run.Nodes, record.Node{Source: true, Uplink: 50 * core.Mbps})
//
// Known error: a run has one video, and every viewer starts at its beginning.
package record
