package scenarios

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"peerstreamer/core"
)

//go:embed *.toml
var embedded embed.FS

// Names returns the embedded scenarios' names, without .toml, in order.
func Names() []string {
	files, _ := fs.Glob(embedded, "*.toml") // the pattern is well formed
	for i, f := range files {
		files[i] = strings.TrimSuffix(f, ".toml")
	}
	return files
}

// Load reads a scenario and sets keys of it to other values, each as "key=value" with the path of the key:
// "policy.read_ahead=20", "group.viewer.uplink=1Mbit/s". A name without a path is an embedded scenario if there is one of
// that name, with or without .toml. The error joins all faults, each with file and line.
func Load(name string, set ...string) (*Config, error) {
	data, file, err := open(name)
	if err != nil {
		return nil, fmt.Errorf("load scenario: %w", err)
	}
	return Parse(file, data, set...)
}

// open returns the text of a scenario and the file it is from.
func open(name string) (data []byte, file string, err error) {
	if base := strings.TrimSuffix(name, ".toml"); !strings.ContainsAny(name, `/\\`) {
		if data, err := embedded.ReadFile(base + ".toml"); err == nil {
			return data, base + ".toml", nil
		}
	}
	if data, err = os.ReadFile(name); err != nil && errors.Is(err, fs.ErrNotExist) {
		return nil, "", fmt.Errorf("%w; embedded are %s", err, oneOf(Names()))
	}
	return data, name, err
}

// Parse reads a scenario from text. file is for messages, for the default name, and for where video.file is looked for.
func Parse(file string, data []byte, set ...string) (*Config, error) {
	doc, err := parseDocument(file, data)
	if err != nil {
		return nil, err
	}
	for _, assignment := range set {
		if err := doc.override(assignment); err != nil {
			return nil, err
		}
	}
	c := Default()
	c.Name = strings.TrimSuffix(filepath.Base(file), ".toml")
	var d decoder
	d.table("", doc.root, reflect.ValueOf(&c).Elem())
	c.inherit(doc.root)
	faults := d.faults
	if len(faults) == 0 { // faults in what was written would only echo
		faults = append(c.resolve(filepath.Dir(file)), c.faults()...)
	}
	var errs []error
	for _, f := range faults {
		errs = append(errs, doc.fault(doc.where(f.path), "%s", c.describe(f)))
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	return &c, nil
}

// describe puts the names of the tables around a fault before its text: `group "viewer": uplink ...`.
func (c *Config) describe(f fault) string {
	var names []string
	parts := strings.Split(f.path, ".")
	for i, part := range parts {
		key, index, element := strings.Cut(strings.TrimSuffix(part, "]"), "[")
		switch {
		case element:
			names = append(names, key+" "+c.label(key, index))
		case i < len(parts)-1:
			names = append(names, part)
		}
	}
	return strings.Join(append(names, f.text), ": ")
}

// label names an element of a list: a group, a site or a branch by its name, others by their number.
func (c *Config) label(list, index string) string {
	var names []string
	switch list {
	case "group":
		names = c.groupNames()
	case "site":
		names = c.siteNames()
	case "branch":
		names = c.branchNames()
	}
	if i, err := strconv.Atoi(index); err == nil && i < len(names) && names[i] != "" {
		return fmt.Sprintf("%q", names[i])
	}
	return index
}

// resolve reads what stands in other files: the video's size, a table of delays, and traces.
func (c *Config) resolve(dir string) (faults []fault) {
	if err := c.Video.measure(dir); err != nil {
		faults = append(faults, fault{"video.file", fmt.Sprintf("file %v", err)})
	}
	if err := c.Net.Latency.read(dir); err != nil {
		faults = append(faults, fault{"net.latency.file", fmt.Sprintf("file %v", err)})
	}
	for i := range c.Groups {
		if err := c.Groups[i].Trace.read(dir); err != nil {
			faults = append(faults, fault{fmt.Sprintf("group[%d].trace.file", i), fmt.Sprintf("file %v", err)})
		}
	}
	return faults
}

// measure takes the video's size from its file, if it has one.
func (v *Video) measure(dir string) error {
	if v.File == "" {
		return nil
	}
	file := beside(dir, v.File)
	info, err := os.Stat(file)
	if err == nil && (!info.Mode().IsRegular() || info.Size() == 0) {
		err = fmt.Errorf("%s: not a file with something in it", file)
	}
	if err != nil {
		return err
	}
	v.path, v.length = file, core.Bytes(info.Size())
	v.Bitrate = core.RateOf(v.length, v.Duration)
	return nil
}

// beside returns the way to a file that a scenario in dir names.
func beside(dir, file string) string {
	if filepath.IsAbs(file) {
		return file
	}
	return filepath.Join(dir, file)
}

// at returns the scenario as a file in dir has to say it: with the ways from there to the files that it names.
func (c *Config) at(dir string) *Config {
	moved := *c
	if c.Video.path != "" {
		moved.Video.File = wayTo(c.Video.path, dir)
	}
	if c.Net.Latency.path != "" {
		moved.Net.Latency.File = wayTo(c.Net.Latency.path, dir)
	}
	moved.Groups = slices.Clone(c.Groups)
	for i := range moved.Groups {
		if t := &moved.Groups[i].Trace; t.path != "" {
			t.File = wayTo(t.path, dir)
		}
	}
	return &moved
}

// wayTo returns the way to a file from dir, or the file's own if there is none.
func wayTo(file, dir string) string {
	to, err := filepath.Abs(file)
	if err != nil {
		return file
	}
	from, err := filepath.Abs(dir)
	if err != nil {
		return to
	}
	way, err := filepath.Rel(from, to)
	if err != nil {
		return to
	}
	return filepath.ToSlash(way)
}
