// Package wheel is the queue of a discrete-event simulation: pending events in the order (time, insertion), at a cost
// that does not grow with their number.
//
// It is a hierarchical wheel of eight levels of 256 buckets over all of core.Time, with a small sorted array in front,
// the bottom, from which events are taken:
//
//	              time ──►
//	bottom        x x x x                      sorted; everything up to the time `last`
//	level 0       a bucket for each of the 256 times that share all but the lowest byte with base
//	level 1       a bucket for each of the 256 spans of 256 that share all but the two lowest bytes with base
//	...
//	level 7       a bucket for each of the 128 spans of 256^7
//
// An event lies at the level of the highest byte in which its time differs from base, in the bucket of that byte. When
// the bottom is empty, the first bucket of the lowest level in use comes next: a small one is sorted into the bottom, a
// large one is dealt to the levels below it, and base moves to where it begins. So an event is moved about once for
// each byte by which the queue's span exceeds that of a few events.
//
// No sequence number is stored. All events of one time lie in one bucket, because a bucket is a function of time and
// base; every move takes them in the order in which they came and appends them; and sorting is stable.
//
//	var q wheel.Queue[payload]
//	q.Push(at, p)
//	for at := q.Next(until); at != core.Never; at = q.Next(until) {
//		at, p := q.Pop() // and Push what follows from it, at the same time or later
//	}
//
// It is not a general priority queue: time only goes forward, and nothing can be removed but the first event. What was
// pushed and is no longer wanted must be recognised when it comes up; a deadline that is often moved should keep its
// time outside and push again when it comes up too early.
package wheel
