// Package client reads a video from a node in order and writes its bytes: the thin client behind psnode stream.
//
// It is a realnet.Node that listens nowhere, keeps nothing on disk and follows core.Direct, so timeouts, retries,
// verification and the answer to a restarted node are the protocol's own. It registers nowhere and serves nobody.
//
//	r, err := client.Stream(ctx, client.Config{Source: "tcp://127.0.0.1:9101", Video: "movie"}, os.Stdout)
//
// Known limit: it reads from one node; when that is gone for GiveUp it ends with an error.
package client
