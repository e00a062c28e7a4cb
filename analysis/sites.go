package analysis

import (
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strconv"

	"peerstreamer/analysis/stats"
	"peerstreamer/core"
)

// SiteColumns are the columns of sites.csv. With several seeds a last one, seed, follows.
var SiteColumns = []string{"site", "uplink_bits_per_s", "downlink_bits_per_s", "payload_out_bytes", "payload_in_bytes",
	"control_out_bytes", "control_in_bytes"}

// WriteSites writes sites.csv: a row for each site of each run, with what crossed its shared link. A link without a limit
// has an empty field.
func WriteSites(w io.Writer, s *Summary) error {
	c := csv.NewWriter(w)
	header := SiteColumns
	if len(s.Runs) > 1 {
		header = append(slices.Clone(header), "seed")
	}
	c.Write(header)
	for i := range s.Runs {
		r := &s.Runs[i]
		for j := range r.Sites {
			row := siteRow(&r.Sites[j])
			if len(s.Runs) > 1 {
				row = append(row, strconv.FormatUint(r.Seed, 10))
			}
			c.Write(row)
		}
	}
	c.Flush()
	if err := c.Error(); err != nil {
		return fmt.Errorf("write sites: %w", err)
	}
	return nil
}

func siteRow(site *Site) []string {
	row := []string{site.Name, "", ""}
	if site.Uplink > 0 {
		row[1] = strconv.FormatInt(int64(site.Uplink), 10)
	}
	if site.Downlink > 0 {
		row[2] = strconv.FormatInt(int64(site.Downlink), 10)
	}
	return append(row, integer(site.PayloadOut), integer(site.PayloadIn), integer(site.ControlOut), integer(site.ControlIn))
}

// siteMean is what crossed a site's link, as a mean over the runs.
type siteMean struct {
	name string
	sums [4]float64 // payload out and in, control out and in
}

// siteMeans returns the means of all sites; none unless every run has the same.
func (s *Summary) siteMeans() []siteMean {
	means := make([]siteMean, len(s.Runs[0].Sites))
	for i := range s.Runs {
		r := &s.Runs[i]
		if len(r.Sites) != len(means) {
			return nil
		}
		for j := range r.Sites {
			m, site := &means[j], &r.Sites[j]
			m.name = site.Name
			for k, n := range []core.Bytes{site.PayloadOut, site.PayloadIn, site.ControlOut, site.ControlIn} {
				m.sums[k] += float64(n) / float64(len(s.Runs))
			}
		}
	}
	return means
}

// sitesObjects returns what summary.json says of each site.
func (s *Summary) sitesObjects() []object {
	list := []object{}
	for _, m := range s.siteMeans() {
		var o object
		o.add("site", m.name)
		for k, x := range m.sums {
			o.add(SiteColumns[3+k], stats.Some(x))
		}
		list = append(list, o)
	}
	return list
}

// sites reports whether any run has sites.
func (s *Summary) sites() bool {
	return slices.ContainsFunc(s.Runs, func(r Run) bool { return len(r.Sites) > 0 })
}
