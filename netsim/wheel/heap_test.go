package wheel_test

import "peerstreamer/core"

// heap is a 4-ary heap with a sequence number, O(log n) moves for each push and pop: what a Queue is compared with.
type heap[T any] struct {
	events []heapEvent[T]
	seq    uint64
}

type heapEvent[T any] struct {
	at      core.Time
	seq     uint64
	payload T
}

func (e *heapEvent[T]) before(f *heapEvent[T]) bool {
	return e.at < f.at || e.at == f.at && e.seq < f.seq
}

func (h *heap[T]) Push(at core.Time, payload T) {
	h.seq++
	e := heapEvent[T]{at, h.seq, payload}
	h.events = append(h.events, e)
	i := len(h.events) - 1
	for i > 0 {
		parent := (i - 1) / 4
		if !e.before(&h.events[parent]) {
			break
		}
		h.events[i] = h.events[parent]
		i = parent
	}
	h.events[i] = e
}

func (h *heap[T]) Pop() (core.Time, T) {
	first := h.events[0]
	last := len(h.events) - 1
	e := h.events[last]
	h.events = h.events[:last]
	i := 0
	for {
		least := 4*i + 1
		if least >= last {
			break
		}
		for c := least + 1; c < min(4*i+5, last); c++ {
			if h.events[c].before(&h.events[least]) {
				least = c
			}
		}
		if !h.events[least].before(&e) {
			break
		}
		h.events[i] = h.events[least]
		i = least
	}
	if last > 0 {
		h.events[i] = e
	}
	return first.at, first.payload
}
