package peerstreamer

import (
	"go/ast"
	"go/build"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// mayImport says which of our own packages each may use; a name stands for its sub-packages too. What is missing here
// may import anything.
var mayImport = map[string][]string{
	"core":     {"core"},
	"netsim":   {"core", "netsim"},
	"realnet":  {"core", "realnet"},
	"analysis": {"core", "analysis"},
}

// forbidden says which packages core and netsim must stay away from, lest a run depend on the machine it runs on.
var forbidden = []string{"context", "math/rand", "math/rand/v2", "net", "os", "runtime", "sync",
	"sync/atomic", "time", "unsafe", "hash/maphash"}

func TestPackagesImportWhatTheyMay(t *testing.T) {
	for _, f := range sources(t) {
		house := strings.Split(filepath.ToSlash(f.path), "/")[0]
		allowed, bound := mayImport[house]
		for _, imp := range f.ast.Imports {
			path := strings.Trim(imp.Path.Value, `"`)
			if own, ok := strings.CutPrefix(path, "peerstreamer/"); ok && bound {
				if !slices.Contains(allowed, strings.Split(own, "/")[0]) {
					t.Errorf("%s imports %s; %s may import %v", f.path, path, house, allowed)
				}
			}
			if pure(f.path) && slices.Contains(forbidden, path) && !(path == "unsafe" && isPrefetch(f.path)) {
				t.Errorf("%s imports %s, which would make runs depend on the machine", f.path, path)
			}
			if pure(f.path) && strings.Contains(strings.Split(path, "/")[0], ".") {
				t.Errorf("%s imports %s; core and netsim have no dependencies", f.path, path)
			}
		}
	}
}

// exact is what of package math gives the same bits everywhere.
var exact = []string{"Float64bits", "Float64frombits", "Inf", "IsInf", "IsNaN", "NaN", "Sqrt", "Floor", "Ceil", "Trunc", "Frexp", "Ldexp",
	"MaxInt32", "MaxInt64", "MaxUint32", "MaxUint64", "MaxInt", "MinInt64", "Pi", "Ln2",
	"Sqrt2", "E"}

// pure reports whether a file belongs to the packages that must be deterministic. core/coretest drives both networks
// and their clocks.
func pure(path string) bool {
	path = filepath.ToSlash(path)
	return strings.HasPrefix(path, "core/") && !strings.HasPrefix(path, "core/coretest/") ||
		strings.HasPrefix(path, "netsim/")
}

// isPrefetch reports whether a file is of the one package that may know where records lie: it hands addresses to the
// processor and never returns what stands there.
func isPrefetch(path string) bool { return strings.HasPrefix(filepath.ToSlash(path), "core/prefetch/") }

func TestDeterministicPackagesHoldNoGoroutineAndRangeOverNoMap(t *testing.T) {
	dirs := map[string]bool{}
	for _, f := range sources(t) {
		if pure(f.path) {
			dirs[filepath.Dir(f.path)] = true
		}
	}
	fset := token.NewFileSet()
	conf := types.Config{Importer: importer.ForCompiler(fset, "source", nil)}
	for dir := range dirs {
		pkg, err := build.ImportDir(dir, 0)
		if err != nil {
			t.Fatal(err)
		}
		var files []*ast.File
		for _, name := range pkg.GoFiles {
			file, err := parser.ParseFile(fset, filepath.Join(dir, name), nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			files = append(files, file)
		}
		info := &types.Info{Types: map[ast.Expr]types.TypeAndValue{}}
		if _, err := conf.Check("peerstreamer/"+filepath.ToSlash(dir), fset, files, info); err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			ast.Inspect(file, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.GoStmt:
					t.Errorf("%v: a goroutine", fset.Position(n.Pos()))
				case *ast.SelectStmt:
					t.Errorf("%v: a select", fset.Position(n.Pos()))
				case *ast.ChanType:
					t.Errorf("%v: a channel", fset.Position(n.Pos()))
				case *ast.SelectorExpr:
					if x, ok := n.X.(*ast.Ident); ok && x.Name == "math" && !slices.Contains(exact, n.Sel.Name) {
						t.Errorf("%v: math.%s, which differs between architectures", fset.Position(n.Pos()), n.Sel.Name)
					}
				case *ast.RangeStmt:
					if _, ok := info.Types[n.X].Type.Underlying().(*types.Map); ok {
						t.Errorf("%v: ranges over a map, in an order that differs from run to run", fset.Position(n.Pos()))
					}
				}
				return true
			})
		}
	}
}

func TestEveryPackageSaysWhatItIs(t *testing.T) {
	docs := map[string]bool{}
	for _, f := range sources(t) {
		dir := filepath.Dir(f.path)
		docs[dir] = docs[dir] || f.ast.Doc != nil
	}
	for dir, ok := range docs {
		if !ok {
			t.Errorf("package %s has no package comment", dir)
		}
	}
}

// source is one of our files that is no test.
type source struct {
	path string
	ast  *ast.File
}

// sources parses all files of the module that are no tests, up to their imports.
func sources(t *testing.T) (all []source) {
	t.Helper()
	fset := token.NewFileSet()
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && path != "." && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata" || d.Name() == "results"):
			return fs.SkipDir
		case d.IsDir() && path != ".":
			if _, err := os.Stat(filepath.Join(path, "go.mod")); err == nil {
				return fs.SkipDir // Another module.
			}
			return nil
		case !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go"):
			return nil
		}
		file, err := parser.ParseFile(fset, path, nil, parser.ImportsOnly|parser.ParseComments)
		all = append(all, source{path, file})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 10 {
		t.Fatalf("found only %d files: is this the root of the module?", len(all))
	}
	return all
}
