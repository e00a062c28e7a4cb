// Package kills kills a psnode with SIGKILL again and again while it streams, starts it again on the same directory, and
// checks what must survive that: nothing that it has announced to its master is lost, no byte that it serves is wrong, and
// viewers get the whole video.
//
//	report, err := kills.Run(ctx, kills.Config{Binary: bin, Dir: dir, Kills: 100, Seed: 1})
//
// It is not a test of power cuts: what the kernel has taken from the process stays.
//
// Three processes: a source, the victim below it, and a node below the victim that has the source to turn to. One viewer
// reads from the node below, another from the victim itself, whom it dials again after each kill. The victim reaches its
// master through a Listener, which reads what the victim announces.
package kills
