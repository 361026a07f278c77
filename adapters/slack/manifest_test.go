package slack

import (
	"bytes"
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/slack-go/slack"

	"porchlight/prompts"
)

// manifests are both forms, with the words that people are shown.
func manifests(t *testing.T) map[string][]byte {
	t.Helper()
	phrases, err := prompts.Load()
	if err != nil {
		t.Fatal(err)
	}
	all := map[string][]byte{}
	for name, base := range map[string]string{"manifest_socket": "", "manifest_http": "https://chat.example.org/"} {
		if all[name], err = Manifest(base, phrases.Screen); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

func TestManifestGolden(t *testing.T) {
	for name, raw := range manifests(t) {
		golden(t, name, string(raw)+"\n")
	}
}

// What Slack publishes of manifests, and the library, know every field.
func TestManifestContract(t *testing.T) {
	for name, raw := range manifests(t) {
		var m slack.Manifest
		dec := json.NewDecoder(bytes.NewReader(raw))
		dec.DisallowUnknownFields()
		if err := dec.Decode(&m); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if len([]rune(m.Display.Description)) > 140 || len([]rune(m.Features.Shortcuts[0].Name)) > 24 {
			t.Errorf("%s: too long", name)
		}
		for _, p := range m.Features.AgentView.SuggestedPrompts {
			if p.Title == "" || p.Message == "" {
				t.Errorf("%s: an empty prompt", name)
			}
		}
		for _, s := range m.OAuthConfig.Scopes.BotOptional { // Slack refuses it otherwise
			if !slices.Contains(m.OAuthConfig.Scopes.Bot, s) {
				t.Errorf("%s: optional %s is not among the scopes", name, s)
			}
		}
	}
	dir := filepath.FromSlash("../../../shared/contracts")
	if _, err := os.Stat(dir); err != nil {
		t.Skip("no contracts here: ", err)
	}
	for _, file := range []string{"manifest.schema.json", "manifest.schema.1.0.0.json", "manifest.schema.2.0.0.json"} {
		c := jsonschema.NewCompiler()
		c.UseLoader(schemaDir(dir))
		schema, err := c.Compile("https://contracts.test/" + file)
		if err != nil {
			t.Fatal(err)
		}
		for name, raw := range manifests(t) {
			v, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
			if err == nil {
				err = schema.Validate(v)
			}
			if err != nil {
				t.Errorf("%s against %s: %v", name, file, err)
			}
		}
	}
}

// schemaDir is a folder that stands in for every address, by the last part of it.
type schemaDir string

// Load reads a schema, without the look-ahead in its pattern of domains, which Go
// has not.
func (c schemaDir) Load(url string) (any, error) {
	raw, err := os.ReadFile(filepath.Join(string(c), path.Base(url)))
	if err != nil {
		return nil, err
	}
	return jsonschema.UnmarshalJSON(bytes.NewReader(bytes.ReplaceAll(raw, []byte(`(?![\\.\\-])`), nil)))
}

func TestManifestAddresses(t *testing.T) {
	say := func(_, key string) string { return key }
	for _, bad := range []string{"http://a.example", "chat.example.org", "https://", "https:///x", "https://u:p@a.example", "https://a.example/?x", "https://a.example#x", "https://a b", "ftp://a.example", "https://:443"} {
		if _, err := Manifest(bad, say); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
	raw, err := Manifest("https://a.example:8443/bots/", say)
	if err != nil || !strings.Contains(string(raw), `"https://a.example:8443/bots/slack/events"`) {
		t.Errorf("%v %s", err, raw)
	}
}

// apiCalls are the methods of the library that the adapter uses, each with Slack's
// name for it and the scopes that it needs, after docs.slack.dev. A new one is
// added here, and its scope to Scopes.
var apiCalls = map[string]struct {
	method string
	scopes []string
}{
	"slack.GetOAuthV2ResponseContext":            {"oauth.v2.access", nil},
	"slack.RefreshOAuthV2TokenContext":           {"oauth.v2.access", nil},
	"AuthTestContext":                            {"auth.test", nil},
	"PostMessage":                                {"chat.postMessage", []string{"chat:write"}},
	"PostEphemeral":                              {"chat.postEphemeral", []string{"chat:write"}},
	"StartStream":                                {"chat.startStream", []string{"chat:write"}},
	"AppendStream":                               {"chat.appendStream", []string{"chat:write"}},
	"StopStream":                                 {"chat.stopStream", []string{"chat:write"}},
	"UpdateMessage":                              {"chat.update", []string{"chat:write"}},
	"DeleteMessageContext":                       {"chat.delete", []string{"chat:write"}},
	"OpenConversationContext":                    {"conversations.open", []string{"im:write"}},
	"GetConversationRepliesContext":              {"conversations.replies", []string{"im:history", "channels:history", "groups:history"}},
	"GetConversationHistoryContext":              {"conversations.history", []string{"im:history", "channels:history", "groups:history"}},
	"GetUserInfoContext":                         {"users.info", []string{"users:read"}},
	"PublishViewContext":                         {"views.publish", nil},
	"SetAssistantThreadsStatusContext":           {"assistant.threads.setStatus", []string{"chat:write"}},
	"SetAssistantThreadsSuggestedPromptsContext": {"assistant.threads.setSuggestedPrompts", []string{"assistant:write"}},
	"SetAssistantThreadsTitleContext":            {"assistant.threads.setTitle", []string{"assistant:write"}},
	// What needs no scope of the bot: a response_url is its own permission, and the
	// app token has connections:write.
	"slack.PostWebhookCustomHTTPContext": {"", nil},
	"socketmode.New":                     {"apps.connections.open", nil},
}

// declared are scopes that no call needs, but what the manifest declares.
var declared = map[string]string{"commands": "slash_commands"}

// apiUsed finds what the sources of this package ask of Slack: every method called
// on a field api, and every function of the library that calls Slack itself.
func apiUsed(t *testing.T) map[string]string {
	t.Helper()
	files, err := filepath.Glob("*.go")
	if err != nil || len(files) == 0 {
		t.Fatal("no sources", err)
	}
	found := map[string]string{}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		fset := token.NewFileSet()
		f, err := parser.ParseFile(fset, name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			s, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			at := fset.Position(s.Pos()).String()
			switch x := s.X.(type) {
			case *ast.SelectorExpr:
				if x.Sel.Name == "api" {
					found[s.Sel.Name] = at
				}
			case *ast.Ident:
				if x.Name == "socketmode" && s.Sel.Name == "New" || x.Name == "slack" && strings.HasSuffix(s.Sel.Name, "Context") {
					found[x.Name+"."+s.Sel.Name] = at
				}
			}
			return true
		})
	}
	return found
}

// Every call has its scope, and every scope and event its use.
func TestManifestCoversCalls(t *testing.T) {
	found := apiUsed(t)
	needed := map[string]bool{}
	scopes := grantNames(Scopes(), true)
	for name, at := range found {
		c, ok := apiCalls[name]
		if !ok {
			t.Errorf("%s: %s is in no line of apiCalls; say there which scopes it needs", at, name)
		}
		for _, s := range c.scopes {
			needed[s] = true
			if !slices.Contains(scopes, s) {
				t.Errorf("%s: %s needs %s, which Scopes has not", at, name, s)
			}
		}
	}
	methods := map[string]bool{}
	for name, c := range apiCalls {
		methods[c.method] = true
		if found[name] == "" {
			t.Errorf("%s is not called any more; take it out of apiCalls", name)
		}
	}
	for method := range tiers {
		if !methods[method] {
			t.Errorf("the pace of %s is kept, but it is in no line of apiCalls", method)
		}
	}
	for _, e := range Events() {
		if i := slices.IndexFunc(Scopes(), func(g Grant) bool { return g.Name == e.Scope }); e.Scope != "" && (i < 0 || Scopes()[i].Optional != e.Optional) {
			t.Errorf("%s needs %s, optional or not as it is itself", e.Name, e.Scope)
		}
		needed[e.Scope] = true
	}
	for _, s := range scopes {
		if !needed[s] && declared[s] == "" {
			t.Errorf("%s is asked for and not needed", s)
		}
	}
	for _, g := range append(Scopes(), Events()...) {
		if g.Why == "" || g.Without == "" {
			t.Errorf("%s is not explained", g.Name)
		}
	}
}

// The events that are asked for are those that the decoder knows, and the
// suggested questions the same at both places.
func TestManifestCoversEvents(t *testing.T) {
	read := literalsOf(t, "events.go", "event", true)
	asked := []string{}
	for _, e := range Events() {
		base, _, _ := strings.Cut(e.Name, ".") // message.im is a message
		if asked = append(asked, base); !slices.Contains(read, base) {
			t.Errorf("%s is asked for and not read", e.Name)
		}
	}
	for _, e := range read {
		if !slices.Contains(asked, e) {
			t.Errorf("%s is read and not asked for", e)
		}
	}
	said := slices.DeleteFunc(literalsOf(t, "errands.go", "prompts", false), func(s string) bool { return !strings.HasPrefix(s, "prompt_") })
	if !slices.Equal(said, suggestedPrompts) {
		t.Errorf("suggested in a conversation are %q, in the manifest %q", said, suggestedPrompts)
	}
}

// literalsOf are the strings in a method of a file, or those of its cases alone.
func literalsOf(t *testing.T, file, method string, cases bool) (all []string) {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	collect := func(n ast.Node) bool {
		if l, ok := n.(*ast.BasicLit); ok && l.Kind == token.STRING {
			s, err := strconv.Unquote(l.Value)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, s)
		}
		return true
	}
	for _, d := range f.Decls {
		fn, ok := d.(*ast.FuncDecl)
		if !ok || fn.Name.Name != method || fn.Recv == nil {
			continue
		}
		if !cases {
			ast.Inspect(fn, collect)
			continue
		}
		ast.Inspect(fn, func(n ast.Node) bool {
			if c, ok := n.(*ast.CaseClause); ok {
				for _, e := range c.List {
					ast.Inspect(e, collect)
				}
			}
			return true
		})
	}
	if len(all) == 0 {
		t.Fatalf("%s: no strings in %s", file, method)
	}
	return all
}
