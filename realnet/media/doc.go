// Package media makes videos as people have them into videos as browsers play them: one fragmented MP4 that is a plain file
// and an HLS stream at the same time, with a poster and subtitles beside it.
//
//	tools, err := media.Find()
//	info, err := tools.Probe(ctx, "Holiday.mkv")
//	plan, err := media.Decide(info, media.Auto)
//	made, err := tools.Make(ctx, plan, workDir, func(done time.Duration) { ... })
//
// What belongs to a video are its companions, small videos of the swarm with names of their own (companion.go), so they
// are verified, signed, fetched and cached like any other. This package neither knows nor needs a node, a store or a
// database: it reads files and writes files.
//
// # One file for both
//
// The MP4 begins with its header and one index of all fragments (sidx, ISO/IEC 14496-12, section 8.16.3), so a browser that
// plays the plain file knows the duration and seeks with a handful of range requests, and the HLS playlist is the same index
// in other words. Without that index Chromium asks for every fragment's header before it plays: 150 requests for ten minutes.
// Nothing follows the last fragment, or browsers would look there first.
//
// # Known limits
//
// A fragment begins with a key frame, so copied video has fragments as long as the distance of its key frames. One
// audio track is kept, the one that is marked as default or else the first. Subtitles that are pictures are left out.
package media
