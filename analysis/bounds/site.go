package bounds

import (
	"math"

	"peerstreamer/analysis/record"
	"peerstreamer/core"
)

// throughSites returns the least seconds from the first arrival in which the shared links of sites let all nodes that
// want the file have it; 0 if there are no sites. O(n log n), and as much again for each site with sources.
func throughSites(r *record.Run, wants []core.Time) (seconds float64) {
	eachSite(r, wants, func(s Swarm) { seconds = max(seconds, Completion(s)) })
	return seconds
}

// rateThroughSites returns the highest rate in bit/s at which the shared links of sites let all nodes that want the file have
// it at the same time, +Inf if they do not limit it. Cost as throughSites, without the logarithm.
func rateThroughSites(r *record.Run, wants []core.Time) float64 {
	rate := math.Inf(1)
	eachSite(r, wants, func(s Swarm) {
		if len(s.Viewers) > 0 {
			rate = min(rate, SustainableRate(s))
		}
	})
	return rate
}

// eachSite calls f with the swarms for which bounds hold because of a shared link.
//
// Whatever the nodes of a site receive, one of them has sent it or it came over the site's downlink. So for those of a
// site a bound holds with the downlink, and the sources that are there, in the place of the sources. For those outside
// a site where sources are it holds with that site's uplink, and all other sources.
func eachSite(r *record.Run, wants []core.Time, f func(Swarm)) {
	if len(r.Sites) == 0 {
		return
	}
	at := make([][]int, len(r.Sites)+1)
	withSource := make([]bool, len(r.Sites)+1)
	for i := range r.Nodes {
		n := &r.Nodes[i]
		at[n.Site] = append(at[n.Site], i)
		withSource[n.Site] = withSource[n.Site] || n.Source
	}
	for i := range r.Sites {
		number, site := i+1, &r.Sites[i]
		f(behind(r, wants, at[number], site.Downlink))
		if !withSource[number] {
			continue
		}
		var others []int
		for j, nodes := range at {
			if j != number {
				others = append(others, nodes...)
			}
		}
		f(behind(r, wants, others, site.Uplink))
	}
}

// behind returns the swarm of some nodes to whom all the others are behind one link, which counts as a source.
func behind(r *record.Run, wants []core.Time, nodes []int, link core.Rate) Swarm {
	s := Swarm{File: r.Video.Length, Source: link}
	s.T0, _ = r.FirstArrival()
	for _, i := range nodes {
		n := &r.Nodes[i]
		p := Peer{Uplink: n.Uplink, Downlink: n.Downlink, From: n.Start, To: n.Stop, Want: wants[i]}
		switch {
		case n.Source && (n.Uplink == 0 || s.Source == 0):
			s.Source = 0
		case n.Source:
			s.Source += n.Uplink
		case wants[i] != core.Never:
			s.Viewers = append(s.Viewers, p)
		default:
			s.Helpers = append(s.Helpers, p)
		}
	}
	return s
}
