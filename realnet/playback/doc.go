// Package playback reads videos through a node for those who watch them there: in order from any place, waiting for what is
// under way, and with the node's whole protocol behind each read. A Session is an io.ReadSeekCloser, so whatever can serve a
// file can serve a video that is not here yet.
//
// It is not a player: it knows nothing of frames, time or stalls. It does not speak HTTP (package gateway does), and it is not
// a second node (package client, for a process that has none, is).
//
//	desk := playback.NewDesk(playback.Options{})
//	node, err := realnet.Start(realnet.Config{..., OnDeliver: desk.Deliver}, machine)
//	desk.Serve(node, machine)
//	...
//	s, err := desk.Open(ctx, "movie")
//	defer s.Close()
//	http.ServeContent(w, r, "", time.Time{}, s)
//
// # How it works
//
// A Session is one of core's viewers, of the kind that pulls. What is ahead of its position within the node's read-ahead is
// fetched first and cannot be evicted; Seek moves that window with the next Read, so that what was under way for the old
// place makes room at once. Nothing is fetched for a Session that has not read.
//
// Opening, seeking and closing are done on the owner's goroutine, so that no word about an earlier place or an earlier
// holder of a handle can be taken for one about this.
//
// # Known limits
//
// Within a chunk, bytes are readable in order: a Read in the middle of a chunk that is not here waits for those before it,
// too. A chunk is 1 MiB by default.
package playback
