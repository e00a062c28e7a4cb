// Package trace tells what happens in a simulation: event by event in words, and as a file for a trace viewer.
//
//	w := trace.NewWriter(file, trace.Options{Name: name, State: swarm.ViewState})
//	sim.Observe(w.Event)
//	sim.Run(core.Minute)
//	err := w.Close(sim.Now())
//
// The file is Chrome's trace-event format (JSON), which ui.perfetto.dev and chrome://tracing open: a process for each
// node; in it a track of what the node was told, one of its viewer's states, and one for each transfer that it sends or
// receives at a time, with an arrow from a transfer's beginning at its sender to that at its receiver. It is written as
// the events come; what is held is what is going on.
//
// Source of the format: Trace Event Format, by N. Duca and D. Sinclair, Google, 2016.
//
// Known error: a transfer is drawn from the moment it may use its links, and so with the waiting for others on the same
// connection. What a receiver never asked for is drawn at it until the connection ends.
package trace
