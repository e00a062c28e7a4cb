package maxmin_test

import (
	"fmt"
	"slices"
	"testing"

	"peerstreamer/core"
	"peerstreamer/netsim/maxmin"
)

// TestEpsilon lets flows come and go on a network in which changes spread far: all links are alike and each has many
// flows. With an epsilon fewer links are solved; 99 of 100 rates are within three epsilons of the exact ones, and no link
// carries more than its capacity and an epsilon.
func TestEpsilon(t *testing.T) {
	for _, ppm := range []uint32{1000, 10_000, 50_000} {
		t.Run(fmt.Sprint(ppm, "ppm"), func(t *testing.T) {
			const links, degree, capacity = 200, 8, maxmin.Share(1e9)
			var exact, near maxmin.Net
			near.SetEpsilon(ppm)
			for range links {
				exact.AddLink(capacity)
				near.AddLink(capacity)
			}
			epsilon := float64(ppm) / 1e6
			rng := core.NewRand(1, "epsilon", uint64(ppm))
			paths := make([]maxmin.Path, links*degree/2+1)
			var errors []float64
			fullest := 0.0
			for i := range 4000 {
				f := maxmin.Flow(rng.Below(uint32(len(paths)-1)) + 1)
				exact.Leave(f)
				near.Leave(f)
				up := maxmin.Link(rng.Below(links/2) + 1)
				paths[f] = maxmin.Path{up, maxmin.Link(rng.Below(links/2) + links/2 + 1)}
				exact.Join(f, paths[f], maxmin.Infinite)
				near.Join(f, paths[f], maxmin.Infinite)
				exact.Repair()
				near.Repair()
				if i%100 != 99 {
					continue
				}
				load := make([]float64, links+1)
				for f, p := range paths[1:] {
					want, got := float64(exact.Rate(maxmin.Flow(f+1))), float64(near.Rate(maxmin.Flow(f+1)))
					if want == 0 {
						continue
					}
					errors = append(errors, max(got-want, want-got)/want)
					load[p[0]] += got
					load[p[1]] += got
				}
				fullest = max(fullest, slices.Max(load[1:])/float64(capacity))
			}
			slices.Sort(errors)
			p50, p99 := errors[len(errors)/2], errors[len(errors)*99/100]
			t.Logf("rates are off by %.2g epsilon in the median, %.2g for 1 %%, at most %.2g; %d solves instead of %d; links are %.4f full",
				p50/epsilon, p99/epsilon, errors[len(errors)-1]/epsilon, near.Solves(), exact.Solves(), fullest)
			if p99 > 3*epsilon {
				t.Errorf("1 %% of the rates are off by more than %.2g, want at most three epsilons", p99)
			}
			if fullest > 1+epsilon {
				t.Errorf("a link is %.4f full, want at most 1 and an epsilon", fullest)
			}
			if near.Solves() >= exact.Solves() {
				t.Errorf("%d solves, without epsilon %d: nothing is saved", near.Solves(), exact.Solves())
			}
			if len(errors) == 0 || errors[len(errors)-1] == 0 {
				t.Error("no rate is off: epsilon does nothing")
			}
		})
	}
}
