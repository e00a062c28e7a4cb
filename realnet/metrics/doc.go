// Package metrics tells Prometheus how a node does, at /metrics: what package status tells people, as counters and gauges in base
// units. There are no labels with names or addresses of peers, viewers or videos, so the number of series does not grow.
//
// Each Metrics has a registry of its own; nothing is registered globally. docs/status.md lists the names.
//
//	m := metrics.New(metrics.Build{Version: "v1.2.0"})
//	people := audience.New(audience.Config{OnStart: m.Started, ...})
//	...
//	m.Watch(board.Report, people.Totals)
//	g.Handle("GET /metrics", m.Handler())
package metrics
