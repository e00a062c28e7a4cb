package bounds

import (
	"peerstreamer/analysis/record"
	"peerstreamer/core"
)

// throughSites returns the least seconds from the first arrival in which the shared links of sites let all nodes that
// want the file have it; 0 if there are no sites.
//
// Whatever the nodes of a site receive, one of them has sent it or it came over the site's downlink. So for those of a
// site Completion holds with the downlink, and the sources that are there, in the place of the sources. For those outside
// a site where sources are it holds with that site's uplink, and all other sources. O(n log n), and as much again for each
// site with sources.
func throughSites(r *record.Run, wants []core.Time) (seconds float64) {
	if len(r.Sites) == 0 {
		return 0
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
		seconds = max(seconds, Completion(behind(r, wants, at[number], site.Downlink)))
		if !withSource[number] {
			continue
		}
		var others []int
		for j, nodes := range at {
			if j != number {
				others = append(others, nodes...)
			}
		}
		seconds = max(seconds, Completion(behind(r, wants, others, site.Uplink)))
	}
	return seconds
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
