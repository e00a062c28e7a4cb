package main

import (
	"errors"
	"flag"
	"fmt"

	"peerstreamer/core"
	"peerstreamer/realnet/ingest"
	"peerstreamer/realnet/media"
	"peerstreamer/realnet/quota"
	"peerstreamer/realnet/schedule"
	"peerstreamer/realnet/station"
)

// videoFlags are the flags of psnode run about what comes into the node, and when.
type videoFlags struct {
	watch, transcode          string
	night, nightUp, nightDown string
	quotas                    quota.List
}

func (v *videoFlags) register(f *flag.FlagSet) {
	f.StringVar(&v.watch, "watch", "", "`DIR` whose files become videos of -videodatabase when they have stopped growing, as psnode add makes them")
	f.StringVar(&v.transcode, "watch-transcode", string(media.Auto), "whether they may be transcoded: never, auto or always")
	f.StringVar(&v.night, "night", "", "`HH:MM-HH:MM` when -uplink-night and -downlink-night hold, such as 22:00-06:00")
	f.Var(&v.quotas, "quota", "keep at most this of each video so named, least recently used chunks go: `NAME=SIZE` such as Holiday=5GiB; *=2GiB "+
		"is for all; the first that fits counts; 0: no limit; may be repeated")
	f.StringVar(&v.nightUp, "uplink-night", "0", "upload limit at night; 0: none")
	f.StringVar(&v.nightDown, "downlink-night", "0", "download limit at night; 0: none")
}

// configure checks the flags and puts them into a station's configuration.
func (v *videoFlags) configure(c *station.Config) (err error) {
	switch {
	case v.watch != "" && c.Videos == "":
		return errors.New("-watch needs a -videodatabase")
	case v.night == "" && (v.nightUp != "0" || v.nightDown != "0"):
		return errors.New("say when it is -night, such as 22:00-06:00")
	}
	c.Quotas = v.quotas
	c.Watch, c.Add = v.watch, ingest.Options{}
	if c.Add.Mode, err = media.ParseMode(v.transcode); err != nil {
		return fmt.Errorf("-watch-transcode %w", err)
	}
	if v.watch != "" {
		if _, err := media.Find(); err != nil {
			return fmt.Errorf("-watch: %w", err)
		}
	}
	if v.night == "" {
		return nil
	}
	n := &station.Night{}
	if n.Span, err = schedule.ParseSpan(v.night); err != nil {
		return fmt.Errorf("-night: %w", err)
	}
	if n.Uplink, err = core.ParseRate(v.nightUp); err != nil {
		return fmt.Errorf("-uplink-night: %w", err)
	}
	if n.Downlink, err = core.ParseRate(v.nightDown); err != nil {
		return fmt.Errorf("-downlink-night: %w", err)
	}
	c.Night = n
	return nil
}
