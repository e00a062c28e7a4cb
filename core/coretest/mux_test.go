package coretest

import (
	"testing"

	"peerstreamer/core"
)

// TestMux checks that each node's callbacks reach its own Machine, and that nodes which share a Machine share its fork.
func TestMux(t *testing.T) {
	w := newToy(t, "")
	w.Add(NodeSpec{Name: "a"})
	net := w.node("a")
	one, two := &Recorder{}, &Recorder{}
	var x Mux
	x.Set(1, one)
	x.Set(2, two)
	x.Set(3, one)
	for id := range core.NodeID(3) {
		x.OnTimer(net, id+1, core.Timer(id))
	}
	if len(one.Log()) != 2 || len(two.Log()) != 1 || two.Log()[0].Timer != 1 {
		t.Fatalf("three timers reached %v and %v: want timers 0 and 2, and timer 1", one.Log(), two.Log())
	}
	y := x.Fork().(*Mux)
	if y.machines[1] == core.Machine(one) || y.machines[1] != y.machines[3] || y.machines[1] == y.machines[2] {
		t.Errorf("forks %v of %v", y.machines, x.machines)
	}
	defer func() {
		if recover() == nil {
			t.Error("a callback for a node without a Machine did not panic")
		}
	}()
	x.OnTimer(net, 9, 0)
}
