package main

import (
	"bytes"
	"cmp"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"

	"peerstreamer/core/spell"
)

// maxConfig bounds a configuration file in bytes.
const maxConfig = 1 << 20

// configFlag is the flag that names the file, and the only one that cannot be in it.
const configFlag = "config"

// readConfig sets the flags that a TOML file tells and the command line does not. A key is a flag's name without the dash; a
// flag that may be repeated takes an array. It returns an error for a key that is no flag and for a value that its flag does
// not take, with the line.
func readConfig(f *flag.FlagSet, file string) error {
	data, err := readSmall(file)
	if err != nil {
		return err
	}
	var keys map[string]any
	if err := toml.Unmarshal(data, &keys); err != nil {
		var bad *toml.DecodeError
		if errors.As(err, &bad) {
			row, col := bad.Position()
			return fmt.Errorf("%s:%d:%d: %w", file, row, col, err)
		}
		return fmt.Errorf("%s: %w", file, err)
	}
	said := map[string]bool{configFlag: true}
	f.Visit(func(f *flag.Flag) { said[f.Name] = true })
	var faults []error
	for _, key := range sortedKeys(keys, data) {
		fault := func(format string, args ...any) {
			faults = append(faults, fmt.Errorf("%s:%d: %s", file, lineOf(data, key), fmt.Sprintf(format, args...)))
		}
		switch at := f.Lookup(key); {
		case at == nil:
			hint := ""
			if near := nearest(f, key); near != "" {
				hint = fmt.Sprintf(", did you mean %q?", near)
			}
			fault("%q is no setting%s", key, hint)
		case key == configFlag:
			fault("a configuration file cannot name another")
		case isTable(keys[key]):
			fault("%s = ...: want a value, not a table", key)
		case said[key]:
		default:
			for _, v := range values(keys[key]) {
				if err := f.Set(key, v); err != nil {
					_, usage := flag.UnquoteUsage(at)
					fault("%s = %q: %v; it is %s", key, v, err, usage)
				}
			}
		}
	}
	return errors.Join(faults...)
}

// readSmall reads a file of at most maxConfig bytes.
func readSmall(file string) ([]byte, error) {
	in, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	data, err := io.ReadAll(io.LimitReader(in, maxConfig+1))
	if err != nil {
		return nil, err
	}
	if len(data) > maxConfig {
		return nil, fmt.Errorf("%s: a configuration of more than %d bytes", file, maxConfig)
	}
	return data, nil
}

func isTable(v any) bool {
	_, is := v.(map[string]any)
	return is
}

// values returns what a flag is set to, one after the other.
func values(v any) (all []string) {
	if list, ok := v.([]any); ok {
		for _, v := range list {
			all = append(all, fmt.Sprint(v))
		}
		return all
	}
	return []string{fmt.Sprint(v)}
}

// sortedKeys returns the keys as the file has them, so that faults come in its order.
func sortedKeys(keys map[string]any, data []byte) (sorted []string) {
	for k := range keys {
		sorted = append(sorted, k)
	}
	slices.SortFunc(sorted, func(a, b string) int {
		return cmp.Or(lineOf(data, a)-lineOf(data, b), strings.Compare(a, b))
	})
	return sorted
}

// lineOf returns the line on which a key is set, from 1; 0 if it is written in a way that is not worth looking for.
func lineOf(data []byte, key string) int {
	for i, line := range bytes.Split(data, []byte("\n")) {
		word, _, _ := bytes.Cut(line, []byte("="))
		if name := strings.Trim(string(word), " \t[]\"'"); name == key || strings.HasPrefix(name, key+".") {
			return i + 1
		}
	}
	return 0
}

// nearest returns the flag whose name is like the key, "" if none is.
func nearest(f *flag.FlagSet, key string) string {
	var flags []string
	f.VisitAll(func(f *flag.Flag) { flags = append(flags, f.Name) })
	return spell.Near(strings.ReplaceAll(key, "_", "-"), flags)
}

// writeConfig writes a configuration with every flag, its meaning and its default, commented out.
func writeConfig(w io.Writer, f *flag.FlagSet) error {
	var b bytes.Buffer
	b.WriteString("# Settings of psnode run -config FILE: the flags' names without the dash. What is said on the command line counts.\n" +
		"# SIGHUP (systemctl reload) has the file read again.\n")
	f.VisitAll(func(f *flag.Flag) {
		if f.Name == configFlag {
			return
		}
		name, usage := flag.UnquoteUsage(f)
		if name != "" {
			usage += " (" + name + ")"
		}
		fmt.Fprintf(&b, "\n# %s\n#%s = %s\n", strings.ReplaceAll(usage, "\n", "\n# "), f.Name, literal(f))
	})
	_, err := w.Write(b.Bytes())
	return err
}

// literal returns a flag's default as TOML.
func literal(f *flag.Flag) string {
	switch v := f.Value.(type) {
	case flag.Getter:
		switch v.Get().(type) {
		case bool, int, int64, uint, uint64, float64:
			return f.DefValue
		case string, fmt.Stringer:
			return fmt.Sprintf("%q", f.DefValue)
		}
	}
	return "[]"
}
