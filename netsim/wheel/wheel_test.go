package wheel_test

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"peerstreamer/core"
	"peerstreamer/netsim/wheel"
)

// lastTime is the latest time that an event can have.
const lastTime = core.Never - 1

// record is a pending event of the model. id counts the pushes.
type record struct {
	at core.Time
	id int
}

// model drives a Queue and, beside it, a list that is always sorted.
type model struct {
	fatal  func(format string, args ...any)
	q      wheel.Queue[int]
	list   []record
	pushes int
	now    core.Time // nothing may be pushed before it
}

// push pushes an event into both, d after now.
func (m *model) push(d core.Time) {
	at := min(m.now.After(d), lastTime)
	m.q.Push(at, m.pushes)
	i, _ := slices.BinarySearchFunc(m.list, at, func(r record, at core.Time) int {
		if r.at <= at {
			return -1
		}
		return 1
	})
	m.list = slices.Insert(m.list, i, record{at, m.pushes})
	m.pushes++
	m.count()
}

// next looks at the queue up to a horizon, and moves now there if nothing happens before.
func (m *model) next(limit core.Time) core.Time {
	want := core.Never
	if len(m.list) > 0 && m.list[0].at <= limit {
		want = m.list[0].at
	}
	if got := m.q.Next(limit); got != want {
		m.fatal("next up to %d is %d, want %d", limit, got, want)
	}
	if len(m.list) > 0 {
		m.now = max(m.now, min(want, limit))
	}
	return want
}

// pop takes the first event.
func (m *model) pop() {
	at, id := m.q.Pop()
	if got := (record{at, id}); got != m.list[0] {
		m.fatal("popped %+v, want %+v, the first of %d", got, m.list[0], len(m.list))
	}
	m.list = m.list[1:]
	m.now = at
	m.count()
}

func (m *model) count() {
	if m.q.Len() != len(m.list) {
		m.fatal("%d events, want %d", m.q.Len(), len(m.list))
	}
}

// run pops all events up to a horizon.
func (m *model) run(limit core.Time) {
	for m.next(limit) != core.Never {
		m.pop()
	}
}

// TestAgainstSort pushes in bursts that differ in size and spread, looks ahead and pops at random; what comes out is what
// a stable sort by time would give.
func TestAgainstSort(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := &model{fatal: t.Fatalf}
		rng := core.NewRand(rapid.Uint64().Draw(t, "seed"), "wheel", 0)
		for range rapid.IntRange(1, 30).Draw(t, "steps") {
			width := core.Time(1) << rapid.IntRange(0, 62).Draw(t, "width")
			n := rapid.SampledFrom([]int{1, 2, 10, 100, 1000}).Draw(t, "n")
			switch rapid.IntRange(0, 4).Draw(t, "step") {
			case 0:
				for range n {
					m.push(rng.Between(0, width-1))
				}
			case 1: // all at one time
				for d := rng.Between(0, width-1); n > 0; n-- {
					m.push(d)
				}
			case 2: // pops, each of which pushes one event or none
				for ; n > 0 && len(m.list) > 0; n-- {
					m.pop()
					if rng.Below(3) > 0 {
						m.push(rng.Between(0, width-1))
					}
				}
			case 3: // looks at horizons of which nothing comes
				for range min(n, 10) {
					m.next(m.now.After(rng.Between(0, width-1)))
				}
			case 4:
				m.run(m.now.After(rng.Between(0, width-1)))
			}
		}
		m.run(core.Never)
		if len(m.list) != 0 {
			t.Fatalf("%d events never came", len(m.list))
		}
	})
}

// edges are the times at which a bucket of some level begins or ends.
func edges() []core.Time {
	all := []core.Time{0, 1, lastTime - 1, lastTime}
	for power := core.Time(256); ; power *= 256 {
		for _, times := range []core.Time{1, 2, 127, 128, 255} {
			if at := times * power; at/power == times && at > 0 {
				all = append(all, at-1, at, at+1)
			}
		}
		if power == 1<<56 {
			break
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// TestEdges pushes, at each edge of a bucket, events for all later edges, once and then many times; and takes them in one
// go, or with a look at each edge before.
func TestEdges(t *testing.T) {
	at := edges()
	for _, copies := range []int{1, 3, 200} {
		for from := range at {
			m := &model{fatal: func(format string, args ...any) {
				t.Helper()
				t.Fatalf("%d copies from %d on: %s", copies, at[from], fmt.Sprintf(format, args...))
			}}
			m.push(at[from])
			m.pop()
			for range copies {
				for i := from; i < len(at); i += 1 + copies/20 {
					m.push(at[i] - m.now)
				}
			}
			if from%2 == 0 {
				for _, limit := range at[from:] {
					m.run(limit - 1)
					m.next(limit)
				}
			}
			m.run(core.Never)
			m.count()
		}
	}
}

// TestPushesAmongTheSorted pushes many events between the first of a few that are far apart, which lie sorted already,
// in each order, so that the sorted ones must make room.
func TestPushesAmongTheSorted(t *testing.T) {
	const span = core.Time(1e6)
	orders := map[string]func(i core.Time) core.Time{
		"rising":      func(i core.Time) core.Time { return i },
		"falling":     func(i core.Time) core.Time { return span - i },
		"at one time": func(core.Time) core.Time { return span / 2 },
		"now":         func(core.Time) core.Time { return 0 },
		"at the last": func(core.Time) core.Time { return span },
		"scattered":   func(i core.Time) core.Time { return i * 7919 % (span + 1) },
		"both": func(i core.Time) core.Time {
			if i%4 == 0 {
				return span
			}
			return i * 7919 % (span + 1)
		},
	}
	for name, order := range orders {
		t.Run(name, func(t *testing.T) {
			m := &model{fatal: t.Fatalf}
			for i := range core.Time(100) {
				m.push(i * span / 99)
			}
			m.next(core.Never)
			for i := range core.Time(2000) {
				m.push(order(i) - m.now)
			}
			m.run(core.Never)
		})
	}
}

// TestHorizonsChangeNothing: an event that is pushed at a horizon comes before those behind it, however many there are
// and however often they were looked at.
func TestHorizonsChangeNothing(t *testing.T) {
	m := &model{fatal: t.Fatalf}
	for i := range core.Time(1000) {
		m.push(core.Second + i*core.Microsecond)
	}
	for limit := core.Time(0); limit < 2*core.Second; limit += 10*core.Millisecond + 1 {
		m.run(limit)
		m.now = limit
		m.push(0)
		m.push(1)
		m.push(3 * core.Millisecond)
	}
	m.run(core.Never)
}

func TestEmpty(t *testing.T) {
	var q wheel.Queue[int]
	if got := q.Next(core.Never); got != core.Never {
		t.Errorf("an empty queue's next event is at %d, want never", got)
	}
	q.Push(0, 7) // which that has not forbidden
	if at, got := q.Pop(); at != 0 || got != 7 {
		t.Errorf("popped %d of time %d, want 7 of time 0", got, at)
	}
}

func TestPanics(t *testing.T) {
	at := func(times ...core.Time) *wheel.Queue[int] {
		q := new(wheel.Queue[int])
		for _, at := range times {
			q.Push(at, 0)
		}
		return q
	}
	for _, c := range []struct {
		name string
		do   func()
	}{
		{"negative time", func() { at(-1) }},
		{"never", func() { at(core.Never) }},
		{"before the last pop", func() { q := at(1000, 2000); q.Pop(); q.Push(999, 0) }},
		{"before a bucket that was looked at", func() { q := at(1000); q.Next(1000); q.Push(767, 0) }},
		{"pop from an empty queue", func() { q := at(1); q.Pop(); q.Pop() }},
	} {
		t.Run(c.name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			c.do()
		})
	}
}

// TestFootprint: an event costs its payload and 8 bytes, and little more than that; and room is used again.
func TestFootprint(t *testing.T) {
	const n = 200_000
	rng := core.NewRand(1, "footprint", 0)
	var q wheel.Queue[pair]
	for now := core.Time(0); now < 5; now++ {
		for range n {
			q.Push(now*core.Minute+rng.Between(0, 30*core.Second), pair{})
		}
		if got := float64(q.Footprint()) / n; got < 24 || got > 28 {
			t.Errorf("%.1f bytes per event, want 24 to 28", got)
		}
		for range n {
			q.Pop()
		}
	}
}

// TestAllocations: a queue that has been as full as it gets allocates nothing.
func TestAllocations(t *testing.T) {
	rng := core.NewRand(1, "allocations", 0)
	var q wheel.Queue[pair]
	turn := func() {
		for range 20_000 {
			q.Push(q.Next(core.Never)%core.Never+rng.Exponential(core.Second), pair{})
		}
		for range 20_000 {
			q.Pop()
		}
	}
	q.Push(0, pair{})
	for range 10 {
		turn()
	}
	if got := testing.AllocsPerRun(10, turn); got != 0 {
		t.Errorf("%v allocations in 20,000 pushes and pops, want none", got)
	}
}

// TestCopyGoesOnAlone: a copy made in the midst of things pops what the original pops, and neither feels the other.
func TestCopyGoesOnAlone(t *testing.T) {
	rng := core.NewRand(1, "copy", 0)
	var q, c wheel.Queue[uint32]
	for i := range uint32(5000) {
		q.Push(core.Time(rng.Below(1<<20)), i)
	}
	for range 1000 {
		q.Pop()
	}
	q.CopyTo(&c)
	var want []uint32
	for q.Len() > 0 {
		at, p := q.Pop()
		want = append(want, p)
		if len(want) < 2000 {
			q.Push(at+core.Time(rng.Below(1000)), 1e6) // The copy knows nothing of these.
		}
	}
	want = slices.DeleteFunc(want, func(p uint32) bool { return p == 1e6 })
	var got []uint32
	for c.Len() > 0 {
		_, p := c.Pop()
		got = append(got, p)
	}
	if !slices.Equal(got, want) {
		t.Errorf("the copy popped %d events, the original %d of the same, or in another order", len(got), len(want))
	}
}
