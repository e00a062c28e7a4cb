// Package coretest tests implementations of core.Network, and the protocol above them, in the manner of testing/fstest:
// a network's own tests implement World, a handful of nodes under a test's control, and hand it to two functions.
//
//	func TestNetwork(t *testing.T)    { coretest.TestNetwork(t, newWorld) }
//	func TestBehaviours(t *testing.T) { coretest.TestBehaviours(t, newWorld) }
//
// TestNetwork asks whether the network keeps the contracts of core/network.go, with Machines that do nothing but record
// and do what a check tells them. Around each is an Audit, which sees what is wrong whatever the check was after; it
// can be put around any Machine. That the suite finds bugs is tested with a toy network that is broken in forty ways.
//
// TestBehaviours asks whether the protocol does what it should on that network: core.Swarm with the classic policy,
// played by the scripts in testdata/behaviours, one for each behaviour and for each fault of the original system.
//
// It is not a test of speed, of how fairly bandwidth is shared, or of hostile bytes on a wire: those are each network's
// own. A simulated World's Latency should be about 1 ms, so that the durations in scripts, which are derived by hand to
// a tenth of a second, do not depend on it. Known error: in a real World "nothing happens" is only observed for a tenth
// of a second.
//
// # Scripts
//
// A script is paragraphs of commands; what a paragraph prints stands after a line of dashes. A line that begins with #
// is a comment, and says how the figures are derived. Lines that begin with "sim: " are compared in simulated Worlds
// only. With -coretest.update a simulated run rewrites the transcripts.
//
//	video movie chunks=3 size=4KiB last=100
//	node source owns=movie
//	node mit master=source
//	start source mit
//	probe p
//
//	p get mit movie 1
//	p expect 2
//	counters mit streams
//	----
//	p < opened s1 at movie 1
//	p < movie 1, 4096 bytes
//	mit: streams 1
//
// Declaring, and life and death:
//
//	video V chunks=N size=4KiB last=BYTES piece=BYTES   default: 4 KiB chunks of four pieces
//	node N owns=V,V master=N super=N store=CHUNKS up=RATE nat=yes   nat: nobody can dial it
//	probe P listen=yes mute=yes                          a scripted client; mute: does not answer pings
//	start N...  kill N...  hang N...  resume N...        kill is kill -9
//	restart N... store=lost                              without store=lost, with what the store kept
//
// Viewers at a node:
//
//	view W at=N of=V from=CHUNK as=pull                  without as=pull, a download as fast as it comes
//	watch W                                              wait until it is over
//	read W CHUNK every=TIME                              take chunks up to this one, one every TIME
//	leave W
//
// Probes; VIDEO CHUNK may go on with more chunks and ranges such as 10-6, in the order in which they are asked for:
//
//	P get N V CHUNK stream=s1    without stream=, the get opens one; s1 is the first that was opened, wrong was never
//	P get-here N V CHUNK         as a sibling
//	P get-once N V CHUNK
//	P cancel N V CHUNK stream=s1
//	P release N s1
//	P resolve N V                and wait for the answer
//	P query N V CHUNK n=COUNT
//	P register N NAME            as the child NAME
//	P held N V CHUNKS
//	P report N V CHUNK as=added  or deleted, or moved, which does not exist
//	P ping N
//	P send N V CHUNK kind=NUMBER n=PIECES
//	P dial N                     every other verb dials, too
//	P close N
//	P expect COUNT sorted=yes    wait for that many lines and print them
//	P nothing                    wait a little and print what has come after all
//
// Looking:
//
//	run TIME                     let time pass; divided by the World's TimeScale, as all times are
//	wait N FIELD=VALUE...        until a counter has a value, or upstream=N
//	counters N FIELD...          print counters, of the node's present life or since forget N
//	held N V                     print which chunks it has, having checked the bytes in its store
//	upstream N                   print whom it follows
//	sent N KIND to=N             print the chunks of the messages of a kind that it sent, in this life or since forget N
//	forget N                     begin to count anew
//	count N KIND min=A max=B     fail unless it sent so many
//	mark, took                   print the time between
package coretest
