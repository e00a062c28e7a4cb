package main

import (
	"context"
	"fmt"
	"time"

	"peerstreamer/realnet"
	"peerstreamer/realnet/identity"
)

const keygenHelp = `
psnode keygen makes a new swarm: its certificate authority, the keys and the certificate of its first node, and the key
with which a source signs its manifests. It never overwrites a file. Further boxes get theirs with psnode invite and
psnode join.

  psnode keygen -keys keys -name source -addr 192.0.2.7:9100
`

func runKeygen(_ context.Context, args []string, std streams) error {
	f := newFlags("keygen", keygenHelp, std)
	dir := f.String("keys", "keys", "the `DIR` to write, made if it does not exist")
	name := f.String("name", "", "the node's `NAME`, which its certificate carries")
	addr := f.String("addr", "", "`HOST:PORT` at which others will reach this node, for psnode invite")
	if err := parse(f, args); err != nil {
		return err
	}
	if *name == "" {
		return complain(f, "-name is needed")
	}
	if *addr != "" {
		if _, err := realnet.ParseAddr(*addr); err != nil {
			return complain(f, "-addr: %v", err)
		}
	}
	k, err := identity.Generate(*dir, *name, identity.Settings{Address: *addr}, time.Now())
	if err != nil {
		return err
	}
	s, err := identity.LoadSettings(*dir)
	if err != nil {
		return err
	}
	fmt.Fprintf(std.out, "%s: a new swarm and the keys of %s, good until %s\nswarm %v\nsource key %s\n", *dir, k.Name(),
		k.Certificate().NotAfter.Format(time.DateOnly), k.Swarm(), s.SourceKey)
	return nil
}
