package slack

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// shownKeys are the attributes that the log of the program shows; all else it hides.
var shownKeys = []string{"message", "err", "type", "addr", "name", "after", "tries", "why"}

// TestLogsAreShown expects nothing to be logged under a key that is hidden: who runs
// the program would read that something is wrong, and not what.
func TestLogsAreShown(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	calls, fset := 0, token.NewFileSet()
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(fset, name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			level, ok := call.Fun.(*ast.SelectorExpr)
			if !ok || !slices.Contains([]string{"Debug", "Info", "Warn", "Error"}, level.Sel.Name) {
				return true
			}
			if on, ok := level.X.(*ast.SelectorExpr); !ok || on.Sel.Name != "Log" {
				return true
			}
			calls++
			for i := 1; i < len(call.Args); i += 2 {
				lit, ok := call.Args[i].(*ast.BasicLit)
				if !ok {
					t.Errorf("%s: a key that is no literal", fset.Position(call.Pos()))
					continue
				}
				if key, _ := strconv.Unquote(lit.Value); !slices.Contains(shownKeys, key) {
					t.Errorf("%s: %q is hidden in the log", fset.Position(call.Pos()), key)
				}
			}
			return true
		})
	}
	if calls < 15 {
		t.Errorf("only %d lines of a log were found", calls)
	}
}
