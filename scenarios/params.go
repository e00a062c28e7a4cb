package scenarios

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"

	"peerstreamer/core"
)

// Params are the keys of [policy] that belong to the policy itself. A policy's make function asks for each key by its
// name, with a default and a line of documentation; what it never asks for is an unknown key.
type Params struct {
	given  map[string]any
	asked  []Param
	faults []paramFault
}

// Param documents a policy's own key.
type Param struct {
	Key, Type, Default, Doc string
}

type paramFault struct {
	key  string
	text string
}

// Int returns a whole number of at least 0.
func (p *Params) Int(key string, def int, doc string) int {
	return ask(p, key, "whole number", def, fmt.Sprint(def), doc, func(v any) (int, error) {
		n, ok := v.(int64)
		if !ok || n < 0 || n > 1<<31-1 {
			return 0, fmt.Errorf("is %v: want a whole number from 0 to %d", v, 1<<31-1)
		}
		return int(n), nil
	})
}

// Float returns a number.
func (p *Params) Float(key string, def float64, doc string) float64 {
	return ask(p, key, "number", def, floatText(def), doc, func(v any) (float64, error) {
		f, ok := number(v)
		if !ok {
			return 0, fmt.Errorf("is %v: want a number", v)
		}
		return f, nil
	})
}

// Bool returns true or false.
func (p *Params) Bool(key string, def bool, doc string) bool {
	return ask(p, key, "true or false", def, fmt.Sprint(def), doc, func(v any) (bool, error) {
		b, ok := v.(bool)
		if !ok {
			return false, fmt.Errorf("is %v: want true or false", v)
		}
		return b, nil
	})
}

// Time returns a span of time.
func (p *Params) Time(key string, def core.Time, doc string) core.Time {
	return ask(p, key, "time", def, fmt.Sprintf("%q", def), doc, func(v any) (core.Time, error) {
		s, ok := v.(string)
		if !ok {
			return 0, fmt.Errorf("is %v: want a time in quotes, such as \"1.5s\"", v)
		}
		return core.ParseTime(s)
	})
}

// Text returns a word, one of several if choices are given.
func (p *Params) Text(key, def, doc string, choices ...string) string {
	return ask(p, key, "text", def, fmt.Sprintf("%q", def), doc, func(v any) (string, error) {
		s, ok := v.(string)
		if !ok || len(choices) > 0 && !slices.Contains(choices, s) {
			return "", fmt.Errorf("is %q: want %s", v, oneOf(choices))
		}
		return s, nil
	})
}

func ask[T any](p *Params, key, kind string, def T, defText, doc string, read func(any) (T, error)) T {
	p.asked = append(p.asked, Param{key, kind, defText, doc})
	v, ok := p.given[key]
	if !ok {
		return def
	}
	got, err := read(v)
	if err != nil {
		p.faults = append(p.faults, paramFault{key, key + " " + err.Error()})
		return def
	}
	return got
}

// registered is a policy that scenarios may name.
type registered struct {
	name, doc string
	make      func(*Params) (core.Policy, error)
}

var registry struct {
	sync.Mutex
	list []registered
}

// Register makes a policy known by name, for [policy] name = "..." and psim -policy. make builds one that serves all nodes
// of one run; it must ask for all its keys, whatever they are, and it is also called to learn what they are. Register is
// meant for the start of a program, and panics if the name is empty or taken.
func Register(name, doc string, make func(p *Params) (core.Policy, error)) {
	registry.Lock()
	defer registry.Unlock()
	if name == "" || slices.ContainsFunc(registry.list, func(r registered) bool { return r.name == name }) {
		panic(fmt.Sprintf("scenarios: Register(%q): the name is empty or taken", name))
	}
	registry.list = append(registry.list, registered{name, doc, make})
	slices.SortFunc(registry.list, func(a, b registered) int { return strings.Compare(a.name, b.name) })
}

// PolicyDoc is a registered policy and its own keys.
type PolicyDoc struct {
	Name, Doc string
	Params    []Param
}

// Policies returns the registered policies by name.
func Policies() []PolicyDoc {
	registry.Lock()
	defer registry.Unlock()
	var docs []PolicyDoc
	for _, r := range registry.list {
		var p Params
		_, _ = r.make(&p) // asked for its keys; whether the defaults make a policy is Validate's question
		docs = append(docs, PolicyDoc{r.name, r.doc, p.asked})
	}
	return docs
}

// New builds the policy. It is an error if no policy has the name or a key is not one of its own.
func (p *Policy) New() (core.Policy, error) {
	policy, faults := p.build()
	var errs []error
	for _, f := range faults {
		errs = append(errs, errors.New(f.text))
	}
	return policy, errors.Join(errs...)
}

// build is New with the key of each fault.
func (p *Policy) build() (core.Policy, []paramFault) {
	registry.Lock()
	i := slices.IndexFunc(registry.list, func(r registered) bool { return r.name == p.Name })
	var names []string
	for _, r := range registry.list {
		names = append(names, r.name)
	}
	var r registered
	if i >= 0 {
		r = registry.list[i]
	}
	registry.Unlock()
	if i < 0 {
		return nil, []paramFault{{"name", fmt.Sprintf("no policy is named %q: want %s, or run the program that registers it",
			p.Name, oneOf(names))}}
	}
	params := Params{given: p.Params}
	policy, err := r.make(&params)
	faults := params.faults
	known := keysOf(reflect.TypeFor[Policy]())
	for _, a := range params.asked {
		known = append(known, a.Key)
	}
	for _, key := range sortedKeys(p.Params) {
		if slices.Contains(known, key) {
			continue
		}
		faults = append(faults, paramFault{key, fmt.Sprintf("unknown key %q%s", key, didYouMean(key, known))})
	}
	if err != nil && len(faults) == 0 {
		faults = append(faults, paramFault{"name", fmt.Sprintf("policy %q: %v", p.Name, err)})
	}
	return policy, faults
}
