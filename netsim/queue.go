package netsim

import "peerstreamer/core"

// event is something that will happen: 32 bytes without pointers. What a, b, c, x and y mean is the kind's business.
type event struct {
	at      core.Time
	seq     uint64 // order of insertion
	a, b, c uint32
	y       uint16
	x       uint8
	kind    eventKind
}

// queue is the events to come, in the order (time, insertion). It is a 4-ary heap: push and pop take O(log n) moves of
// 32 bytes.
type queue struct {
	heap []event
	seq  uint64
}

func (q *queue) len() int { return len(q.heap) }

// next returns the time of the first event, Never if there is none.
func (q *queue) next() core.Time {
	if len(q.heap) == 0 {
		return core.Never
	}
	return q.heap[0].at
}

// push adds e, behind all events of its time.
func (q *queue) push(e event) {
	q.seq++
	e.seq = q.seq
	q.heap = append(q.heap, e)
	i := len(q.heap) - 1
	for i > 0 {
		parent := (i - 1) / 4
		if !before(&e, &q.heap[parent]) {
			break
		}
		q.heap[i] = q.heap[parent]
		i = parent
	}
	q.heap[i] = e
}

// pop removes and returns the first event. There must be one.
func (q *queue) pop() event {
	first := q.heap[0]
	last := len(q.heap) - 1
	e := q.heap[last]
	q.heap = q.heap[:last]
	if last == 0 {
		return first
	}
	i := 0
	for {
		least := 4*i + 1
		if least >= last {
			break
		}
		for c := least + 1; c < min(4*i+5, last); c++ {
			if before(&q.heap[c], &q.heap[least]) {
				least = c
			}
		}
		if !before(&q.heap[least], &e) {
			break
		}
		q.heap[i] = q.heap[least]
		i = least
	}
	q.heap[i] = e
	return first
}

func before(a, b *event) bool {
	if a.at != b.at {
		return a.at < b.at
	}
	return a.seq < b.seq
}
