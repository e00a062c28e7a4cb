package coretest

import "peerstreamer/core"

// timerChecks are about SetTimer: C4. That no timer fires early is checked in every test, by the Audit.
var timerChecks = []check{
	{"Timer/EachFiresOnceInOrder", checkTimers},
	{"Timer/MovedAndCleared", checkMoved},
	{"Timer/PastFiresSoonAndReArms", checkRearm},
	{"Timer/DiesWithTheNode", checkTimerLife},
}

func checkTimers(b *bench) {
	x := b.start(NodeSpec{Name: "x"})
	var start core.Time
	due := func(i core.Timer) core.Time { return start + core.Time(1+(i*3)%core.NumTimers)*10*core.Millisecond }
	x.do(func(net core.Network) {
		start = net.Now()
		for i := range core.Timer(core.NumTimers) {
			net.SetTimer(i, due(i))
		}
	})
	b.until("all timers", func() bool { return x.count(OnTimer) >= core.NumTimers })
	b.settle()
	fired := x.find(OnTimer)
	want(b, "timers that fired", core.NumTimers, len(fired))
	for i, e := range fired {
		want(b, "order of timers", start+core.Time(1+i)*10*core.Millisecond, due(e.Timer))
		if b.w.Simulated() {
			want(b, "simulated time of a timer", due(e.Timer), e.At)
		}
	}
}

func checkMoved(b *bench) {
	x := b.start(NodeSpec{Name: "x"})
	const ms = core.Millisecond
	x.do(func(net core.Network) {
		now := net.Now()
		for i := range core.Timer(4) {
			net.SetTimer(i, now+20*ms)
		}
		net.SetTimer(0, now+60*ms)   // later
		net.SetTimer(1, now+10*ms)   // earlier
		net.SetTimer(2, core.Never)  // cleared
		net.SetTimer(3, core.Never)  // cleared and set again
		net.SetTimer(3, now+40*ms)   //
		net.SetTimer(4, now+3600e12) // an hour away, and cleared below while it waits
	})
	b.until("the timers", func() bool { return x.count(OnTimer) >= 3 })
	x.do(func(net core.Network) { net.SetTimer(4, core.Never) })
	b.settle()
	var got []core.Timer
	for _, e := range x.find(OnTimer) {
		got = append(got, e.Timer)
	}
	if len(got) != 3 || got[0] != 1 || got[1] != 3 || got[2] != 0 {
		b.fatalf("timers that fired: want 1, 3, 0, got %v", got)
	}
}

// checkRearm sets a timer that is due already, from inside its own callback too.
func checkRearm(b *bench) {
	x := b.start(NodeSpec{Name: "x"})
	const times = 100
	x.rec.React(func(net core.Network, _ core.NodeID, e Event) {
		if e.Kind == OnTimer && x.count(OnTimer) < times {
			net.SetTimer(e.Timer, net.Now()-1)
		}
	})
	x.do(func(net core.Network) { net.SetTimer(core.NumTimers-1, 0) })
	b.until("a timer set to the past, again and again", func() bool { return x.count(OnTimer) == times })
	b.settle()
	want(b, "times it fired", times, x.count(OnTimer))
}

// checkTimerLife kills a node with a timer running: it must not fire in the next life, as the Audit would see.
func checkTimerLife(b *bench) {
	x := b.start(NodeSpec{Name: "x"})
	x.do(func(net core.Network) { net.SetTimer(0, net.Now()+30*core.Millisecond) })
	b.w.Kill("x")
	b.w.Restart("x", false)
	b.settle()
	want(b, "timers of an earlier life that fired", 0, x.count(OnTimer))
}
