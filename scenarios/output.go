package scenarios

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"peerstreamer/analysis"
	"peerstreamer/core"
)

// output is where the files of a result go.
type output struct {
	dir    string
	config string // the resolved scenario, as TOML
}

// newOutput decides where results go, and makes sure that they can, before the run, so that a refusal costs nothing.
// Without -out the folder is named after all that decides the result, so the same run again replaces its own files and no
// others.
func newOutput(o *options, c *Config, seeds []uint64) (output, error) {
	out := output{dir: o.out}
	if out.dir == "" {
		name := c.Name + "-" + c.Hash() + "-s" + seedsText(seeds)
		if o.network != "sim" {
			name += "-" + o.network
		}
		out.dir = filepath.Join("results", name)
		out.config = c.at(out.dir).TOML()
		return out, writable("results")
	}
	out.config = c.at(out.dir).TOML()
	entries, err := os.ReadDir(out.dir)
	switch {
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return out, fmt.Errorf("-out: %w", err)
	case len(entries) > 0 && !o.force:
		return out, fmt.Errorf("-out %s: there is something in it already: want an empty directory, or -force", out.dir)
	}
	if err := writable(out.dir); err != nil {
		return out, fmt.Errorf("-out: %w", err)
	}
	return out, nil
}

// partial returns where the result of an interrupted run goes: beside the folder of the whole one, which it must not
// replace, unless -out named a folder.
func (out output) partial(o *options, c *Config) output {
	if o.out == "" {
		out.dir += "-partial"
		out.config = c.at(out.dir).TOML()
	}
	return out
}

// writable makes a directory if it is missing, and a file in it to see whether that can be done.
func writable(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	probe, err := os.CreateTemp(dir, ".psim-")
	if err != nil {
		return err
	}
	return errors.Join(probe.Close(), os.Remove(probe.Name()))
}

// seedsText names a list of seeds in a file's name: "1-20", "1+4+7-9", or a hash of them if they are many.
func seedsText(seeds []uint64) string {
	var parts []string
	for i := 0; i < len(seeds); {
		j := i + 1
		for j < len(seeds) && seeds[j] == seeds[j-1]+1 {
			j++
		}
		part := fmt.Sprint(seeds[i])
		if j > i+1 {
			part += fmt.Sprintf("-%d", seeds[j-1])
		}
		parts = append(parts, part)
		i = j
	}
	text := strings.Join(parts, "+")
	if len(text) > 30 {
		text = fmt.Sprintf("%d-%d-%08x", seeds[0], seeds[len(seeds)-1], uint32(core.HashName(text)))
	}
	return text
}

// write writes all files.
func (out output) write(s *analysis.Summary) error {
	if err := analysis.Write(out.dir, s); err != nil {
		return err
	}
	return out.writeConfig()
}

// writeConfig writes the scenario.
func (out output) writeConfig() error {
	if err := os.WriteFile(filepath.Join(out.dir, "scenario.toml"), []byte(out.config), 0o644); err != nil {
		return fmt.Errorf("write results: %w", err)
	}
	return nil
}
