package main

import "testing"

// TestHoldIsTheSameForAllPayloads: what comes when depends on seed and steps alone.
func TestHoldIsTheSameForAllPayloads(t *testing.T) {
	seen := map[string]bool{}
	for _, steps := range []string{"exponential", "uniform"} {
		for _, seed := range []uint64{1, 2} {
			want, err := hold(1000, seed, 5000, 8, steps)
			if err != nil {
				t.Fatal(err)
			}
			if seen[want.Times] {
				t.Errorf("%s steps of seed %d: the same times as with others", steps, seed)
			}
			seen[want.Times] = true
			for _, payload := range []int{16, 24, 32} {
				if got, err := hold(1000, seed, 5000, payload, steps); err != nil || got.Times != want.Times {
					t.Errorf("%s steps of seed %d, payload %d: times %s, want %s, error %v",
						steps, seed, payload, got.Times, want.Times, err)
				}
			}
		}
	}
	if _, err := hold(1, 1, 1, 12, "uniform"); err == nil {
		t.Error("a payload of 12 bytes was accepted")
	}
	if _, err := hold(1, 1, 1, 16, "constant"); err == nil {
		t.Error("constant steps were accepted")
	}
}

// TestPass: n messages, 50 ms on their way on average, are 20 n events in a second; and a seed is a history.
func TestPass(t *testing.T) {
	const n, ops = 1000, 40_000
	p, err := pass(n, 1, ops)
	if err != nil {
		t.Fatal(err)
	}
	if p.Events < ops || p.Events > ops+100 {
		t.Errorf("%d events, want %d or, by the end of a step, few more", p.Events, ops)
	}
	if p.Simulated < 1.9 || p.Simulated > 2.1 {
		t.Errorf("%v s were simulated, want about %d / (20 x %d)", p.Simulated, ops, n)
	}
	if again, _ := pass(n, 1, ops); again.Digest != p.Digest {
		t.Errorf("digest %s, then %s", p.Digest, again.Digest)
	}
	if other, _ := pass(n, 2, ops); other.Digest == p.Digest {
		t.Error("two seeds have one digest")
	}
	if _, err := pass(1, 1, 1); err == nil {
		t.Error("one node alone was accepted")
	}
}
