package quota

import (
	"fmt"
	"path"
	"strings"

	"peerstreamer/core"
	"peerstreamer/realnet/media"
)

// Bounds on what one may say.
const (
	MaxRules   = 1024
	maxPattern = 2 * core.MaxName    // bytes
	maxSize    = 4 * 1024 * core.GiB // what core counts
)

// Rule is how much of each video whose name matches is kept at most.
type Rule struct {
	Pattern string     // a name, or one with * (any letters), ? (one) and [a-z] (one of them)
	Most    core.Bytes // 0: as much as the store holds
}

// Parse reads NAME=SIZE, where the name may be a pattern.
func Parse(s string) (r Rule, err error) {
	at := strings.LastIndexByte(s, '=')
	if at <= 0 {
		return r, fmt.Errorf("quota %q: want NAME=SIZE or PATTERN=SIZE, such as Holiday=5GiB or *=2GiB", s)
	}
	r.Pattern = s[:at]
	if len(r.Pattern) > maxPattern {
		return Rule{}, fmt.Errorf("quota %q...: the pattern has %d bytes, want at most %d", s[:32], at, maxPattern)
	}
	if _, err := path.Match(r.Pattern, ""); err != nil {
		return Rule{}, fmt.Errorf("quota %q: the pattern has a [ without its ], or ends in \\", s)
	}
	if r.Most, err = core.ParseBytes(s[at+1:]); err != nil {
		return Rule{}, fmt.Errorf("quota %q: %w", s, err)
	}
	if r.Most < 0 || r.Most > maxSize {
		return Rule{}, fmt.Errorf("quota %q: want 0 (no limit) to %v", s, core.Bytes(maxSize))
	}
	return r, nil
}

// String returns what Parse reads.
func (r Rule) String() string { return fmt.Sprintf("%s=%v", r.Pattern, r.Most) }

// matches reports whether a video's name is the rule's, or is like its pattern.
func (r Rule) matches(name string) bool {
	if name == r.Pattern {
		return true
	}
	is, err := path.Match(r.Pattern, name)
	return err == nil && is
}

// List is rules of which the first that matches counts. It is a flag.Value.
type List []Rule

// Of returns how much is kept at most of a video; 0: as much as the store holds. Companions, which are small, have no quota.
// O(rules · len(name)).
func (l List) Of(name string) core.Bytes {
	if _, _, companion := media.Parse(name); companion {
		return 0
	}
	for _, r := range l {
		if r.matches(name) {
			return r.Most
		}
	}
	return 0
}

// String implements flag.Value.
func (l *List) String() string {
	var all []string
	for _, r := range *l {
		all = append(all, r.String())
	}
	return strings.Join(all, " ")
}

// Set implements flag.Value: it adds a rule.
func (l *List) Set(s string) error {
	r, err := Parse(s)
	switch {
	case err != nil:
		return err
	case len(*l) >= MaxRules:
		return fmt.Errorf("quota %q: %d are given, which is the most", s, len(*l))
	}
	*l = append(*l, r)
	return nil
}
