// Package schedule knows what an operator means by night, and has things done at its edges.
//
//	night, err := schedule.ParseSpan("22:00-06:00")
//	night.Follow(ctx, func(in bool) { ... })
//
// Times are those of the clock on the wall where the node is, so nights are an hour longer or shorter twice a year.
package schedule
