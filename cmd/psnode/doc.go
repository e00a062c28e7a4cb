// Command psnode runs nodes of the protocol on real machines: it cuts a video for a source, runs a source or a caching
// node, streams from one, and shows a whole swarm on one machine.
//
//	psnode split -d videos -s movie.mp4 -c 1m -f movie
//	psnode run -name source -port 9100 -videodatabase videos
//	psnode run -name mit -port 9101 -chunkdirectory mit -master tcp://127.0.0.1:9100
//	psnode stream -source tcp://127.0.0.1:9101 -filename movie -o movie.mp4
//	psnode check -name mit -port 9101 -chunkdirectory mit -master tcp://127.0.0.1:9100
//	psnode probe tcp://127.0.0.1:9101 -video movie
//	psnode demo
//
// It parses flags, calls packages and prints. Exit codes: 0 done, 1 something failed, 2 the command line makes no sense.
package main
