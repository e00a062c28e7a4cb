package scenarios

import (
	"fmt"
	"slices"
	"strings"

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
	if trip, timers := c.roundTrip(), c.shorterThan(c.roundTrip()); len(timers) > 0 {
		list = append(list, fmt.Sprintf("net: a round trip can take %v, longer than policy.%s: nodes give each other up before an answer can come",
			trip, strings.Join(timers, " and policy.")))
	}
	loses := n.Loss > 0 || slices.ContainsFunc(c.Groups, func(g Group) bool { return g.Loss > 0 })
	if n.AckEach && !loses {
		list = append(list, "net.ack_each: it changes nothing without loss: want loss in [net] or in a group")
	}
	return list
}

// roundTrip returns the longest time from sending a message to the arrival of its answer, about: loss and queues aside.
func (c *Config) roundTrip() core.Time {
	access := core.Time(0)
	for i := range c.Groups {
		access = max(access, c.Groups[i].Latency.Max())
	}
	l := &c.Net.Latency
	middle := max(l.Value, l.Max) + l.Spread
	switch {
	case l.Kind == "coordinates":
		middle = l.Side*1414/1000 + 2*l.Height.High
	case c.Net.places() != nil:
		middle += c.Net.places().Max()
	}
	return 2 * (middle + 2*access + c.Net.Jitter)
}

// shorterThan returns the timers that end a wait for an answer before a time has passed, each with its value.
func (c *Config) shorterThan(t core.Time) (timers []string) {
	for _, timer := range []struct {
		key  string
		wait core.Time
	}{{"query_timeout", c.Policy.QueryTimeout}, {"get_timeout", c.Policy.GetTimeout}, {"ping_timeout", c.Policy.PingTimeout}} {
		if timer.wait < t {
			timers = append(timers, fmt.Sprintf("%s %v", timer.key, timer.wait))
		}
	}
	return timers
}
