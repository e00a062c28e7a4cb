package realnet

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"peerstreamer/core"
)

// The ways in which a time loses its monotonic reading, or is made without one: what is computed from such times jumps when
// the clock does. Methods are looked for by name on anything, functions in package time.
var (
	wallMethods   = []string{"UTC", "Local", "AddDate", "Unix", "UnixMilli", "UnixMicro", "UnixNano"}
	wallFunctions = []string{"Date", "Parse", "ParseInLocation"}
)

// mayUseWallClock are the places where that is right.
var mayUseWallClock = map[string]string{
	"dial.go: time.Unix":   "a deadline in the past, whatever the clock says",
	"bans.go: until.UTC":   "for people to read",
	"look.go: ?.UnixMicro": "what the clock says, for psnode check to compare with",
}

// TestNoWallClock: nothing that a node decides depends on the wall clock, which an operator or NTP may set at any moment. Of
// package time only what keeps the monotonic reading is used.
func TestNoWallClock(t *testing.T) {
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	used, files := map[string]bool{}, 0
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".go") || strings.HasSuffix(e.Name(), "_test.go") {
			continue
		}
		files++
		fset := token.NewFileSet()
		file, err := parser.ParseFile(fset, e.Name(), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			sel, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			name := "?"
			if x, ok := sel.X.(*ast.Ident); ok {
				name = x.Name
			}
			if !slices.Contains(wallMethods, sel.Sel.Name) && !(name == "time" && slices.Contains(wallFunctions, sel.Sel.Name)) {
				return true
			}
			key := e.Name() + ": " + name + "." + sel.Sel.Name
			if used[key] = true; mayUseWallClock[key] == "" {
				t.Errorf("%v: %s.%s loses the monotonic clock: use time.Since and time.Now().Add, or say in mayUseWallClock why not",
					fset.Position(sel.Pos()), name, sel.Sel.Name)
			}
			return true
		})
	}
	if files < 10 || !used["dial.go: time.Unix"] {
		t.Errorf("%d files looked at, found %v: is this the package?", files, used)
	}
}

// TestTimesAreMonotonic: the moment from which a node counts its time has a monotonic reading, and so has what it is compared
// with.
func TestTimesAreMonotonic(t *testing.T) {
	n, err := Start(Config{Name: "n"}, core.NewSwarm(core.DefaultConfig(), core.NewDirect()))
	if err != nil {
		t.Fatal(err)
	}
	defer n.Kill()
	for what, at := range map[string]time.Time{"the node's beginning": n.began, "a deadline": time.Now().Add(n.cfg.Stall)} {
		if !strings.Contains(at.String(), " m=") {
			t.Errorf("%s is %v, without a monotonic reading", what, at)
		}
	}
}
