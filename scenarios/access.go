package scenarios

import "peerstreamer/core"

// accessClass is a kind of access link, how many of a hundred have it, and the region where it is, if it is of one.
type accessClass struct {
	down, up core.Rate
	percent  float64
	region   string
}

// accessMixes are dated pictures of access links. A node's uplink and downlink are drawn together.
var accessMixes = []struct {
	name    string
	classes []accessClass
}{
	// Access classes in use with BitTorrent studies of the ADSL years, as papers on swarming quote them; we have not
	// checked the shares against a measurement.
	{"bittorrent", []accessClass{
		{784 * core.Kbps, 128 * core.Kbps, 20, ""},
		{1500 * core.Kbps, 384 * core.Kbps, 40, ""},
		{3000 * core.Kbps, 1000 * core.Kbps, 25, ""},
		{10000 * core.Kbps, 5000 * core.Kbps, 15, ""},
	}},
	// Mean rates by region: North America, Europe, South America, Asia and Pacific, Japan, Australia. The rates are quoted
	// and not verified by us; how many viewers live where is our assumption, a mostly Western audience.
	{"regional", []accessClass{
		{52000 * core.Kbps, 19200 * core.Kbps, 30, "NA"},
		{40000 * core.Kbps, 20700 * core.Kbps, 30, "EU"},
		{18000 * core.Kbps, 5800 * core.Kbps, 15, "SA"},
		{22800 * core.Kbps, 15700 * core.Kbps, 15, "APAC"},
		{22800 * core.Kbps, 10200 * core.Kbps, 5, "JP"},
		{29900 * core.Kbps, 11300 * core.Kbps, 5, "AU"},
	}},
}

func accessNames() (names []string) {
	for _, m := range accessMixes {
		names = append(names, m.name)
	}
	return names
}

// drawAccess draws a class from a mix that exists: if a region is given, one that is there or anywhere.
func drawAccess(r *core.Rand, name, region string) accessClass {
	for _, m := range accessMixes {
		if m.name != name {
			continue
		}
		var room [16]float64 // The nodes of a million are drawn again and again, and leave no garbage.
		weights := append(room[:0], make([]float64, len(m.classes))...)
		for i, c := range m.classes {
			if region == "" || c.region == "" || c.region == region {
				weights[i] = c.percent
			}
		}
		return m.classes[pick(r, weights)]
	}
	panic("scenarios: no access mix " + name)
}
