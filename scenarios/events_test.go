package scenarios

import (
	"cmp"
	"fmt"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"peerstreamer/core"
)

// listed returns a plan's events the plain way: all of them in a list, sorted, and then those that cannot happen taken out.
func listed(p *Plan) (list []Event) {
	add := func(at core.Time, node int, kind EventKind) {
		if at <= p.Config.Horizon {
			list = append(list, Event{At: at, Node: int32(node), Kind: kind})
		}
	}
	for i := range p.Len() {
		n := p.Node(i)
		add(n.Start, i, StartNode)
		add(n.Watch, i, OpenView)
		add(n.Leave, i, LeaveNode)
	}
	list = append(list, p.faults...)
	slices.SortStableFunc(list, func(a, b Event) int { return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.Kind, b.Kind)) })
	return slices.DeleteFunc(list, newPresence(p.Len()).impossible)
}

// TestEventsAreAMerge compares the walk over a plan's events with the plain list of them, in plans whose times coincide a
// lot, and the viewers with the views that are opened.
func TestEventsAreAMerge(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		text := "seed = " + fmt.Sprint(rapid.IntRange(1, 1000).Draw(rt, "seed")) + "\nhorizon = \"20s\"\n" +
			"[[group]]\nname = \"source\"\nrole = \"source\"\nuplink = \"1Mbit/s\"\ndownlink = \"1Mbit/s\"\n"
		for i := range rapid.IntRange(1, 3).Draw(rt, "groups") {
			text += fmt.Sprintf("[[group]]\nname = \"g%d\"\ncount = %d\nmaster = \"source\"\nwatches = %t\nuplink = \"1Mbit/s\"\ndownlink = \"1Mbit/s\"\n",
				i, rapid.IntRange(1, 5).Draw(rt, "count"), i == 0 || rapid.Bool().Draw(rt, "watches"))
			text += rapid.SampledFrom([]string{"", "arrive = { kind = \"constant\", rate = 1.0 }\n", "arrive = { at = \"3s\" }\n",
				"arrive = { kind = \"flash\", tau = \"9s\" }\n"}).Draw(rt, "arrive")
			text += rapid.SampledFrom([]string{"", "stay = { kind = \"constant\", mean = \"3s\" }\n",
				"stay = { kind = \"exponential\", mean = \"5s\" }\n"}).Draw(rt, "stay")
		}
		for range rapid.IntRange(0, 4).Draw(rt, "faults") {
			text += fmt.Sprintf("[[fault]]\nat = \"%ds\"\nkind = %q\ngroup = \"g0\"\nindex = 0\n", rapid.IntRange(0, 6).Draw(rt, "at"),
				rapid.SampledFrom([]string{"crash", "hang", "restart", "resume"}).Draw(rt, "kind"))
		}
		p := planOf(t, text)
		want, got := listed(p), slices.Collect(p.Events())
		if diff := gocmp.Diff(want, got); diff != "" {
			rt.Errorf("(-listed +walked):\n%s\nin %s", diff, text)
		}
		var viewers []int32
		for _, e := range want {
			if e.Kind == OpenView {
				viewers = append(viewers, e.Node)
			}
		}
		slices.Sort(viewers)
		if !slices.Equal(viewers, p.Viewers) {
			rt.Errorf("viewers %v, views are opened at %v", p.Viewers, viewers)
		}
	})
}
