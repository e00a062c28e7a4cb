package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"peerstreamer/realnet"
	"peerstreamer/realnet/identity"
	"peerstreamer/realnet/join"
)

const inviteHelp = `
psnode invite prints a code with which one box can become a member of the swarm, once and for a short time. It works where
the swarm's key is, and a node must be running there with the same -keys. Who has the code can join: send it over a
channel that you trust.

  psnode invite -keys keys -addr 192.0.2.7:9100
`

func runInvite(_ context.Context, args []string, std streams) error {
	f := newFlags("invite", inviteHelp, std)
	dir := f.String("keys", "keys", "`DIR` of the swarm's key, that psnode keygen has made")
	addr := f.String("addr", "", "`HOST:PORT` at which the box reaches the node that runs here (default: keygen's -addr)")
	master := f.String("master", "", "`ADDRESS` of the node that the box will follow (default: -addr)")
	node := f.String("node", "", "the `NAME` that the box must have, also if it had been given away before; any new one if not given")
	life := f.Duration("for", 15*time.Minute, "how long the code is good")
	if err := parse(f, args); err != nil {
		return err
	}
	keys, err := identity.Load(*dir)
	if err != nil {
		return err
	}
	if _, err := keys.Authority(); errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w: only where the swarm's key is can others be invited", err)
	} else if err != nil {
		return err
	}
	settings, err := identity.LoadSettings(*dir)
	if err != nil {
		return err
	}
	if *addr == "" {
		*addr = settings.Address
	}
	if *addr == "" {
		return complain(f, "-addr is needed: at which address does the box reach this node?")
	}
	hostport, err := realnet.ParseAddr(*addr)
	if err != nil {
		return complain(f, "-addr: %v", err)
	}
	give := identity.Settings{Master: "tcp://" + hostport, SourceKey: settings.SourceKey}
	if *master != "" {
		if _, err := realnet.ParseAddr(*master); err != nil {
			return complain(f, "-master: %v", err)
		}
		give.Master = *master
	}
	now := time.Now()
	code, err := join.InvitesIn(*dir).New(hostport, join.Invite{Expires: now.Add(*life), Name: *node, Give: give}, now)
	if err != nil {
		return err
	}
	code.Swarm = keys.Swarm()
	fmt.Fprintln(std.out, code.Text())
	fmt.Fprintf(std.err, "good once, until %s; on the box: psnode join -name NAME, which asks for it\n", code.Expires.Format(time.DateTime))
	return nil
}
