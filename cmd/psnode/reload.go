package main

import (
	"flag"
	"fmt"
	"io"
	"strings"

	"go.uber.org/zap"

	"peerstreamer/realnet/station"
)

// operated is a running node with what psnode run was told.
type operated struct {
	args  []string
	flags *flag.FlagSet // as they hold now
	log   *zap.Logger
	level zap.AtomicLevel
	node  *station.Station
}

// reloads are the settings that change while the node runs. Others wait for the next start.
var reloads = []struct {
	flags []string
	do    func(o *operated, n *nodeFlags) error
}{
	{[]string{"level"}, func(o *operated, n *nodeFlags) error {
		level, err := n.log.parse()
		if err == nil {
			o.level.SetLevel(level)
		}
		return err
	}},
	{[]string{"uplink", "downlink"}, func(o *operated, n *nodeFlags) error {
		up, down, err := n.rates()
		if err == nil {
			o.node.Relink(up, down)
		}
		return err
	}},
	{[]string{"quota"}, func(o *operated, n *nodeFlags) error {
		o.node.Requota(n.videos.quotas)
		return nil
	}},
}

// reload reads the configuration again and does what has changed. A configuration with a fault changes nothing.
func (o *operated) reload() {
	var n nodeFlags
	f := newFlags("run", runHelp, streams{io.Discard, io.Discard})
	n.register(f)
	member, err := n.read(f, o.args)
	if err == nil {
		err = n.check(member)
	}
	if err != nil {
		o.log.Error("the configuration has a fault and changes nothing", zap.Error(err))
		return
	}
	changed := map[string]bool{}
	f.VisitAll(func(f *flag.Flag) {
		if f.Value.String() != o.flags.Lookup(f.Name).Value.String() {
			changed[f.Name] = true
		}
	})
	if len(changed) == 0 {
		o.log.Info("the configuration is as it was")
		return
	}
	for _, r := range reloads {
		var due []string
		for _, name := range r.flags {
			if changed[name] {
				due = append(due, name)
				delete(changed, name)
			}
		}
		if len(due) == 0 {
			continue
		}
		if err := r.do(o, &n); err != nil {
			o.log.Error("not changed", zap.Strings("settings", due), zap.Error(err))
			continue
		}
		for _, name := range due {
			o.flags.Lookup(name).Value = f.Lookup(name).Value // Others are compared with what the node has started with.
			o.log.Info("changed", zap.String("setting", name), zap.Stringer("value", f.Lookup(name).Value))
		}
	}
	var waiting []string
	f.VisitAll(func(f *flag.Flag) {
		if changed[f.Name] {
			waiting = append(waiting, f.Name)
		}
	})
	if len(waiting) > 0 {
		o.log.Warn(fmt.Sprintf("these settings change at the next start: %s", strings.Join(waiting, ", ")))
	}
}
