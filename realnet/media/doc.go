// Package media makes videos as people have them into videos as browsers play them: one fragmented MP4 that is a plain file
// and an HLS stream at the same time, with a poster and subtitles beside it.
//
// What belongs to a video are its companions, small videos of the swarm with names of their own (companion.go), so they
// are verified, signed, fetched and cached like any other. This package neither knows nor needs a node, a store or a
// database: it reads files and writes files.
package media
