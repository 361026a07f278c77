package bot_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "porchlight"

// rooms are all packages and what each may import of ours. An asterisk stands
// for one folder; the first entry that fits counts. Tests may import more.
var rooms = []struct {
	room    string
	imports []string
}{
	{"knowledge", []string{"knowledge/classify", "knowledge/index", "knowledge/language"}},
	{"knowledge/classify", nil},
	{"knowledge/index", nil},
	{"knowledge/language", nil},
	{"knowledge/measure", []string{"knowledge/index", "knowledge/language"}},
	{"prompts", nil},
	{"bot", []string{"knowledge"}},
	{"bot/redact", nil},
	{"bot/near", []string{"bot/llm", "knowledge"}},
	{"bot/safety", nil},
	{"bot/llm", nil},
	{"bot/llm/llmtwin", nil},
	{"bot/verify", []string{"knowledge/language"}},
	{"bot/inbox", []string{"bot"}},
	{"bot/inbox/database", nil},
	{"bot/inbox/seal", nil},
	{"bot/inbox/store", []string{"bot", "bot/conversation", "bot/inbox", "bot/inbox/database", "bot/inbox/seal"}},
	{"bot/bottest", nil},
	{"bot/inbox/inboxtest", []string{"bot", "bot/bottest"}},
	{"bot/conversation", []string{"bot"}},
	{"bot/laws", []string{"bot", "knowledge", "prompts"}},
	{"bot/eval", []string{
		"bot", "bot/answer", "bot/conversation", "bot/laws", "bot/safety", "bot/verify", "knowledge", "knowledge/index", "prompts",
	}},
	{"bot/answer", []string{
		"bot", "bot/safety", "bot/llm", "bot/conversation", "bot/verify",
		"knowledge", "knowledge/index", "knowledge/language", "prompts",
	}},
	{"adapters/adaptertest", []string{"bot", "bot/bottest", "bot/inbox"}},
	{"adapters/*", []string{"bot"}},
	{"adapters/slack/slacktwin", []string{"bot/bottest"}},
	{"adapters/discord/discordtwin", []string{"bot/bottest"}},
	{"cmd/*", []string{"*"}},
}

// folders are what may stand at the top, besides those with a dot.
var folders = []string{"cmd", "bot", "knowledge", "adapters", "prompts"}

// A source is one Go file that is not a test, by its path in the module.
type source struct {
	name string
	*ast.File
	fset *token.FileSet
}

func (s source) room() string { return path.Dir(s.name) }

func (s source) at(p token.Pos) string {
	return fmt.Sprintf("%s:%d", s.name, s.fset.Position(p).Line)
}

func parse(name string, text any, mode parser.Mode) (source, error) {
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, name, text, mode)
	return source{name, f, fset}, err
}

// sources reads the module, whose root is above this package.
func sources(t *testing.T, mode parser.Mode) []source {
	t.Helper()
	root := os.DirFS("..")
	var all []source
	err := fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		base := path.Base(name)
		switch {
		case err != nil:
			return err
		case d.IsDir() && name != "." && (base[0] == '.' || base[0] == '_' || base == "testdata"):
			return fs.SkipDir
		case d.IsDir() || path.Ext(name) != ".go" || strings.HasSuffix(name, "_test.go"):
			return nil
		}
		text, err := fs.ReadFile(root, name)
		if err != nil {
			return err
		}
		s, err := parse(name, text, mode)
		all = append(all, s)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(all) == 0 {
		t.Fatal("no Go file found")
	}
	return all
}

func TestRooms(t *testing.T) {
	for _, s := range sources(t, parser.ImportsOnly) {
		for _, what := range wrongImports(s) {
			t.Error(what)
		}
	}
}

func wrongImports(s source) (wrong []string) {
	allowed, ok := []string(nil), false
	for _, r := range rooms {
		if fits, err := path.Match(r.room, s.room()); fits && err == nil {
			allowed, ok = r.imports, true
			break
		}
	}
	if !ok {
		return []string{fmt.Sprintf("%s: %s is no room; give it a line in bot/imports_test.go, and say there what it may import", s.name, s.room())}
	}
	for _, i := range s.Imports {
		p, err := strconv.Unquote(i.Path.Value)
		ours, inModule := strings.CutPrefix(p, module+"/")
		if err != nil || !inModule || slices.Contains(allowed, "*") || slices.Contains(allowed, ours) {
			continue
		}
		wrong = append(wrong, fmt.Sprintf("%s: %s may not import %s", s.at(i.Pos()), s.room(), ours))
	}
	return wrong
}

var vendor = regexp.MustCompile(`(?i)slack|discord`)

func TestOnlyAdaptersNamePlatforms(t *testing.T) {
	for _, s := range sources(t, parser.SkipObjectResolution) {
		for _, what := range platformNames(s) {
			t.Error(what)
		}
	}
}

func platformNames(s source) (wrong []string) {
	if top, _, _ := strings.Cut(s.name, "/"); top == "adapters" || top == "cmd" {
		return nil
	}
	ast.Inspect(s.File, func(n ast.Node) bool {
		text := ""
		switch n := n.(type) {
		case *ast.Ident:
			text = n.Name
		case *ast.BasicLit:
			text = n.Value
		}
		if found := vendor.FindString(text); found != "" {
			wrong = append(wrong, fmt.Sprintf("%s: %s names %s; only adapters and cmd know platforms", s.at(n.Pos()), s.room(), found))
		}
		return true
	})
	return wrong
}

// born are the types that only knowledge makes, with all that belongs to a
// number. bot has aliases of them.
var born = []string{"Card", "Contact", "Citation"}

func TestOnlyKnowledgeMakesCards(t *testing.T) {
	for _, s := range sources(t, parser.SkipObjectResolution) {
		for _, what := range cardsMade(s) {
			t.Error(what)
		}
	}
}

// cardsMade finds where a file outside knowledge writes out a value of a born
// type, on its own or as an element, or gives the type a name of its own.
func cardsMade(s source) (wrong []string) {
	if s.room() == "knowledge" {
		return nil
	}
	from := map[string]bool{} // the names that knowledge and bot go by in this file
	for _, i := range s.Imports {
		p, err := strconv.Unquote(i.Path.Value)
		if err != nil || p != module+"/knowledge" && p != module+"/bot" {
			continue
		}
		name := path.Base(p)
		if i.Name != nil {
			name = i.Name.Name
		}
		from[name] = true
	}
	isBorn := func(e ast.Expr) bool {
		switch e := e.(type) {
		case *ast.SelectorExpr:
			x, ok := e.X.(*ast.Ident)
			return ok && from[x.Name] && slices.Contains(born, e.Sel.Name)
		case *ast.Ident: // bot's own aliases, or a dot import
			return (s.room() == "bot" || from["."]) && slices.Contains(born, e.Name)
		}
		return false
	}
	bad := func(n ast.Node, what string) {
		wrong = append(wrong, fmt.Sprintf("%s: %s of a card, contact or citation outside knowledge", s.at(n.Pos()), what))
	}
	ast.Inspect(s.File, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CompositeLit:
			if isBorn(n.Type) {
				bad(n, "a literal")
			}
			if holdsBorn(n.Type, isBorn) && writesElement(n) {
				bad(n, "a literal with elements")
			}
		case *ast.CallExpr:
			if f, ok := n.Fun.(*ast.Ident); ok && f.Name == "new" && len(n.Args) == 1 && isBorn(n.Args[0]) {
				bad(n, "a new one")
			}
		case *ast.TypeSpec:
			if isBorn(n.Type) && s.room() != "bot" {
				bad(n, "another name")
			}
		}
		return true
	})
	return wrong
}

// holdsBorn tells whether t is a list or a map of a born type, or of pointers to one.
func holdsBorn(t ast.Expr, isBorn func(ast.Expr) bool) bool {
	var elem ast.Expr
	switch t := t.(type) {
	case *ast.ArrayType:
		elem = t.Elt
	case *ast.MapType:
		elem = t.Value
	}
	if p, ok := elem.(*ast.StarExpr); ok {
		elem = p.X
	}
	return elem != nil && (isBorn(elem) || holdsBorn(elem, isBorn))
}

// writesElement tells whether an element, at any depth, is written without its
// type, as {…}; those written with it are found on their own.
func writesElement(l *ast.CompositeLit) bool {
	return slices.ContainsFunc(l.Elts, func(e ast.Expr) bool {
		if kv, ok := e.(*ast.KeyValueExpr); ok {
			e = kv.Value
		}
		inner, ok := e.(*ast.CompositeLit)
		return ok && inner.Type == nil
	})
}

func TestFolders(t *testing.T) {
	entries, err := os.ReadDir("..")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.IsDir() && e.Name()[0] != '.' && !slices.Contains(folders, e.Name()) {
			t.Errorf("the folder %s has no place in the picture", e.Name())
		}
		if filepath.Ext(e.Name()) == ".go" {
			t.Errorf("%s: no Go file stands at the top", e.Name())
		}
	}
}

// The checks above must be able to fail.
func TestChecksCanFail(t *testing.T) {
	const head = "package x\nimport (\n\"porchlight/bot\"\nk \"porchlight/knowledge\"\n)\n"
	for _, test := range []struct {
		name, file, text string
		check            func(source) []string
		want             int
	}{
		{"a room may import what the table says", "bot/inbox/x.go", `package x; import "porchlight/bot"`, wrongImports, 0},
		{"and nothing else", "bot/x.go", `package x; import "porchlight/bot/inbox"`, wrongImports, 1},
		{"an adapter knows no other", "adapters/a/x.go", `package x; import "porchlight/adapters/b"`, wrongImports, 1},
		{"nor the inbox", "adapters/a/x.go", `package x; import "porchlight/bot/inbox"`, wrongImports, 1},
		{"its suite does", "adapters/adaptertest/x.go", `package x; import "porchlight/bot/inbox"`, wrongImports, 0},
		{"main knows all", "cmd/porchlight/x.go", `package x; import ("porchlight/bot"; "porchlight/adapters/a")`, wrongImports, 0},
		{"others are free", "knowledge/x.go", `package x; import "example.org/bot"`, wrongImports, 0},
		{"no room", "bot/util/x.go", `package x`, wrongImports, 1},
		{"no room at the top", "x.go", `package x`, wrongImports, 1},

		{"a comment", "bot/x.go", "package x // Slack", platformNames, 0},
		{"a name", "bot/x.go", "package x; var slackToken int", platformNames, 1},
		{"a string", "knowledge/x.go", "package x; var x = `see Discord`", platformNames, 1},
		{"in an adapter", "adapters/a/x.go", "package slack", platformNames, 0},

		{"a literal", "bot/answer/x.go", head + "var _ = bot.Card{Name: \"x\"}", cardsMade, 1},
		{"an empty one", "bot/answer/x.go", head + "var _ = k.Contact{}", cardsMade, 1},
		{"its address", "bot/answer/x.go", head + "var _ = &k.Citation{}", cardsMade, 1},
		{"an element", "bot/answer/x.go", head + "var _ = []bot.Card{{}}", cardsMade, 1},
		{"a pointer as element", "bot/answer/x.go", head + "var _ = map[string]*bot.Card{\"a\": {}}", cardsMade, 1},
		{"an element with its type", "bot/answer/x.go", head + "var _ = []any{k.Card{}}", cardsMade, 1},
		{"new", "bot/answer/x.go", head + "var _ = new(bot.Citation)", cardsMade, 1},
		{"another name", "bot/answer/x.go", head + "type c = bot.Card", cardsMade, 1},
		{"in bot itself", "bot/x.go", "package bot; var _ = Citation{}", cardsMade, 1},
		{"a list of them", "bot/answer/x.go", head + "func f(c bot.Card) []bot.Card { return []bot.Card{c} }", cardsMade, 0},
		{"an empty list", "bot/answer/x.go", head + "var _ = bot.Reply{Resources: []bot.Card{}}", cardsMade, 0},
		{"a type of that name", "bot/answer/x.go", "package x; type Card struct{}; var _ = Card{}", cardsMade, 0},
		{"in knowledge", "knowledge/x.go", "package knowledge; var _ = Card{}", cardsMade, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			s, err := parse(test.file, test.text, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			if got := test.check(s); len(got) != test.want {
				t.Errorf("found %q, want %d", got, test.want)
			}
		})
	}
}
