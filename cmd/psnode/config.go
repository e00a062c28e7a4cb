package main

import (
	"context"
)

const configHelp = `
psnode config prints a configuration for psnode run with every setting, what it means and its default, all commented out.

  psnode config > psnode.toml
  psnode run -config psnode.toml
`

func runConfig(_ context.Context, args []string, std streams) error {
	f := newFlags("config", configHelp, std)
	if err := parse(f, args); err != nil {
		return err
	}
	var n nodeFlags
	run := newFlags("run", runHelp, std)
	n.register(run)
	return writeConfig(std.out, run)
}
