package manifest

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"peerstreamer/core"
)

// NameError says which rule a name breaks.
type NameError struct {
	Name string
	Rule string
}

func (e *NameError) Error() string {
	name := e.Name
	if len(name) > core.MaxName {
		return fmt.Sprintf("name %q...: %s", name[:32], e.Rule)
	}
	return fmt.Sprintf("name %q: %s", name, e.Rule)
}

// CheckName returns nil if name may name a video or a node, and otherwise a *NameError. A name is 1..core.MaxName bytes
// of UTF-8 without slash, backslash, NUL or other control characters, and does not begin with a dot. So every name is
// one component of a path, never hidden, never "." or ".."; names that begin with a dot are left to the files that
// packages library and store write for themselves. O(len(name)).
func CheckName(name string) error {
	refuse := func(rule string, args ...any) error {
		return &NameError{Name: name, Rule: fmt.Sprintf(rule, args...)}
	}
	switch {
	case name == "":
		return refuse("is empty")
	case len(name) > core.MaxName:
		return refuse("has %d bytes, more than %d", len(name), core.MaxName)
	case !utf8.ValidString(name):
		return refuse("is not UTF-8")
	case strings.ContainsAny(name, `/\`):
		return refuse("contains a slash or backslash")
	case strings.ContainsFunc(name, unicode.IsControl):
		return refuse("contains a control character")
	case name[0] == '.':
		return refuse("begins with a dot")
	}
	return nil
}
