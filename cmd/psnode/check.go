package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"peerstreamer/realnet/diagnose"
)

const checkHelp = `
psnode check takes the flags of psnode run and tells, without running the node, what would keep it from working and what to
do: the port, the chunk directory, open files, the master and its clock, and whether siblings can dial this node. It exits
with 1 if something fails. Stop the node before: its port and directory are in use while it runs.

  psnode check -name ben -port 9102 -chunkdirectory ben -master tcp://127.0.0.1:9101
`

// errCheck says that a check failed; which has been printed.
var errCheck = errors.New("something fails, see above")

func runCheck(ctx context.Context, args []string, std streams) error {
	f := newFlags("check", checkHelp, std)
	var n nodeFlags
	n.register(f)
	asJSON := f.Bool("json", false, "print the findings as JSON")
	member, err := n.read(f, args)
	if err != nil {
		return err
	}
	cfg, err := n.resolve(member)
	if err != nil {
		return complain(f, "%v", err)
	}
	list := diagnose.Check(ctx, cfg, n.dir)
	if *asJSON {
		if err := printJSON(std.out, list); err != nil {
			return err
		}
	} else {
		for _, l := range list {
			fmt.Fprintf(std.out, "%-4s  %-19s %s\n", l.Level, l.What, printable(l.Text))
			if l.Do != "" {
				fmt.Fprintf(std.out, "%25s  -> %s\n", "", l.Do)
			}
		}
	}
	if diagnose.Failed(list) {
		return errCheck
	}
	return nil
}

func printJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(v)
}
