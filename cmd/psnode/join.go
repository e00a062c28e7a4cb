package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"peerstreamer/realnet/identity"
	"peerstreamer/realnet/join"
)

const joinHelp = `
psnode join makes this box a member of a swarm. The code comes from psnode invite. The box makes its own key, which never
leaves it, and gets a certificate for it and the address of its master.

  psnode join -name ben ps1-...
  psnode run -keys keys -chunkdirectory ben
`

func runJoin(ctx context.Context, args []string, std streams) error {
	f := newFlags("join", joinHelp, std)
	dir := f.String("keys", "keys", "the `DIR` to write, made if it does not exist")
	name := f.String("name", "", "this node's `NAME`")
	replace := f.Bool("replace", false, "take the place of keys that are there, such as expired ones")
	word, err := parseWord(f, args)
	if err != nil {
		return err
	}
	switch {
	case word == "":
		return complain(f, "the code is needed: the word that psnode invite has printed")
	case *name == "":
		return complain(f, "-name is needed")
	}
	code, err := join.ParseCode(word)
	if err != nil {
		return complain(f, "%v", err)
	}
	// Before the code is used up.
	if err := identity.Exists(*dir); errors.Is(err, fs.ErrExist) && !*replace {
		return fmt.Errorf("%w; -replace puts new keys in their place", err)
	}
	m, err := join.Ask(ctx, code, *name, time.Now())
	if err != nil {
		return err
	}
	if err := m.Save(*dir, *replace); err != nil {
		return err
	}
	fmt.Fprintf(std.out, "%s: %s is a member of swarm %v until %s\nnext: psnode run -keys %s -chunkdirectory DIR\n", *dir, m.Name,
		identity.FingerprintOf(m.CA), m.Cert.NotAfter.Format(time.DateOnly), *dir)
	return nil
}
