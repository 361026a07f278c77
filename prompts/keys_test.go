package prompts_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"porchlight/bot"
	"porchlight/knowledge"
	"porchlight/prompts"
)

// reserved are phrases that no code says yet. Take one off when code says it;
// take the phrase away when none will.
var reserved = []string{"joined", "as_of"}

// computed are the keys that code puts together, by what they are made of.
func computed() []string {
	keys := []string{string(bot.OffTopic), string(bot.NoAnswer)} // decline
	keys = append(keys, "greeting", "thanks", "bye")             // safety.Finding.About
	for _, s := range knowledge.Sections {
		keys = append(keys, "section_"+s)
	}
	return keys
}

// spoken reads bot/answer: literals are all its string literals, passed are
// those given as a key to say, sayIn or sayFor, with where.
func spoken(t *testing.T) (literals map[string]bool, passed map[string]string) {
	t.Helper()
	files, err := filepath.Glob("../bot/answer/*.go")
	if err != nil || len(files) == 0 {
		t.Fatal("no source of bot/answer", err)
	}
	literals, passed = map[string]bool{}, map[string]string{}
	fset := token.NewFileSet()
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(fset, name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			if s, ok := literal(n); ok {
				literals[s] = true
			}
			if call, ok := n.(*ast.CallExpr); ok {
				for _, arg := range keysOf(call) {
					if s, ok := literal(arg); ok {
						passed[s] = fset.Position(arg.Pos()).String()
					}
				}
			}
			return true
		})
	}
	return literals, passed
}

// keysOf are the arguments of a call that are keys of phrases.
func keysOf(call *ast.CallExpr) []ast.Expr {
	f, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return nil
	}
	switch f.Sel.Name {
	case "say":
		return call.Args
	case "sayIn", "sayFor", "Say":
		return call.Args[1:]
	}
	return nil
}

func literal(n ast.Node) (string, bool) {
	l, ok := n.(*ast.BasicLit)
	if !ok || l.Kind != token.STRING {
		return "", false
	}
	s, err := strconv.Unquote(l.Value)
	return s, err == nil
}

func TestKeysOfCodeExist(t *testing.T) {
	p := load(t)
	_, passed := spoken(t)
	if len(passed) < 20 {
		t.Fatalf("only %d keys found in the source", len(passed))
	}
	for key, at := range passed {
		if strings.HasSuffix(key, "_") { // "section_" + …
			continue
		}
		if p.All("en")[key] == "" && !slices.Contains(prompts.UrgentKeys, key) {
			t.Errorf("%s: no phrase %q", at, key)
		}
	}
	for _, key := range computed() {
		if p.All("en")[key] == "" {
			t.Errorf("no phrase %q, which code puts together", key)
		}
	}
}

func TestKeysAreUsed(t *testing.T) {
	literals, _ := spoken(t)
	for key := range load(t).All("en") {
		used := literals[key] || slices.Contains(computed(), key)
		if used == slices.Contains(reserved, key) {
			t.Errorf("%s: used is %t, reserved is %t", key, used, !used)
		}
	}
}
