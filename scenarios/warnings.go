package scenarios

import (
	"fmt"
	"slices"

	"peerstreamer/core"
)

// Warnings returns what is allowed and probably not meant.
func (c *Config) Warnings() (list []string) {
	list = append(c.netWarnings(), c.siteWarnings()...)
	for i := range c.Groups {
		g := &c.Groups[i]
		if len(g.Region) > 0 && g.Access != "regional" && c.Net.Latency.Kind != "regions" {
			list = append(list, fmt.Sprintf("group %q: its region changes nothing: want latency = { kind = \"regions\" } in [net]", g.Name))
		}
		if c.Player.Kind != "play" {
			continue
		}
		if up := g.Uplink.Max(); g.Role == "source" && g.Access == "" && up > 0 && up < c.Video.Bitrate {
			list = append(list, fmt.Sprintf("group %q: its uplink %v is below the video's %v: every viewer will stall", g.Name, up, c.Video.Bitrate))
		}
		if down := g.Downlink.Max(); g.Watches && g.Access == "" && down > 0 && down < c.Video.Bitrate {
			list = append(list, fmt.Sprintf("group %q: its downlink %v is below the video's %v: its viewers will stall", g.Name, down, c.Video.Bitrate))
		}
		if g.Watches && g.Arrive.At > c.Horizon {
			list = append(list, fmt.Sprintf("group %q: its viewers come at %v, after the horizon %v", g.Name, g.Arrive.At, core.Time(c.Horizon)))
		}
	}
	return list
}

// netWarnings says what [net] has that is probably not meant.
func (c *Config) netWarnings() []string {
	n := &c.Net
	list := n.Latency.warnings()
	if len(n.Regions.names) > 0 && n.Latency.Kind != "regions" {
		list = append(list, fmt.Sprintf("net.regions: they change nothing with latency of kind %q: want latency = { kind = \"regions\" }", n.Latency.Kind))
	}
	loses := n.Loss > 0 || slices.ContainsFunc(c.Groups, func(g Group) bool { return g.Loss > 0 })
	if n.AckEach && !loses {
		list = append(list, "net.ack_each: it changes nothing without loss: want loss in [net] or in a group")
	}
	return list
}
