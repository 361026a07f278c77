package discordtwin

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
	"golang.org/x/text/language"
	"golang.org/x/text/message"
)

// contract is Discord's OpenAPI description. It is large, and every twin of a test
// needs the same, so it is read once.
type contract struct {
	mu       sync.Mutex
	document map[string]any
	compiler *jsonschema.Compiler
	schemas  map[string]*jsonschema.Schema
}

var contracts sync.Map // by path

// agent is how the User-Agent of a bot begins.
const agent = "DiscordBot ("

// described is nil when there is no such file.
func described(directory string) *contract {
	if directory == "" {
		return nil
	}
	path := filepath.Join(directory, "discord_openapi.json")
	if c, ok := contracts.Load(path); ok {
		found, _ := c.(*contract)
		return found
	}
	raw, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	c := &contract{compiler: jsonschema.NewCompiler(), schemas: map[string]*jsonschema.Schema{}}
	if err == nil {
		err = json.Unmarshal(raw, &c.document)
	}
	if err == nil {
		err = c.compiler.AddResource("discord.json", c.document)
	}
	if err != nil {
		panic("discordtwin: " + err.Error())
	}
	found, _ := contracts.LoadOrStore(path, c)
	return found.(*contract) //nolint:errcheck // nothing else is stored
}

// against holds a call against the operation that it is.
func (tw *Twin) against(c *Call) []string {
	d := described(tw.options.Contracts)
	if d == nil || c.Op == "" {
		return nil
	}
	i := slices.IndexFunc(table, func(r route) bool { return r.op == c.Op })
	path, method := strings.Join(table[i].parts, "/"), strings.ToLower(c.Method)
	operation := object(object(object(d.document["paths"])[path])[method])
	if operation == nil {
		return []string{"no such operation in the contract"}
	}
	var bad []string
	if !strings.HasPrefix(c.Agent, agent) { // without it Cloudflare may turn one away
		bad = append(bad, "User-Agent is not DiscordBot (url, version)")
	}
	for _, name := range slices.Sorted(maps.Keys(c.Query)) {
		if !slices.ContainsFunc(list(operation["parameters"]), func(p any) bool { return object(p)["name"] == name }) {
			bad = append(bad, "?"+name+": no such parameter")
		}
	}
	if c.Body == nil {
		return bad
	}
	const inside = "/requestBody/content/application~1json/schema"
	pointer := "#/paths/" + strings.ReplaceAll(path, "/", "~1") + "/" + method + inside
	schema := object(object(object(object(operation["requestBody"])["content"])["application/json"])["schema"])
	if schema == nil {
		if len(object(c.Body))+len(list(c.Body)) == 0 {
			return bad // {} and null stand for no body
		}
		return append(bad, "a body, where none is described")
	}
	bad = append(bad, d.differ(pointer, numbered(c.Body))...)
	known := map[string]bool{}
	d.names(schema, known)
	for _, name := range slices.Sorted(maps.Keys(object(c.Body))) {
		if !known[name] {
			bad = append(bad, "/"+name+": no such field")
		}
	}
	return bad
}

// names collects the fields that any of a schema's alternatives knows.
func (d *contract) names(schema map[string]any, known map[string]bool) {
	if ref := text(schema["$ref"]); ref != "" {
		schema = object(object(object(d.document["components"])["schemas"])[ref[strings.LastIndex(ref, "/")+1:]])
	}
	for name := range object(schema["properties"]) {
		known[name] = true
	}
	for _, word := range []string{"anyOf", "oneOf", "allOf"} {
		for _, s := range list(schema[word]) {
			d.names(object(s), known)
		}
	}
}

// differ says what of v is against the schema at a pointer, each with its place.
func (d *contract) differ(pointer string, v any) []string {
	d.mu.Lock()
	s := d.schemas[pointer]
	if s == nil {
		var err error
		if s, err = d.compiler.Compile("discord.json" + pointer); err != nil {
			panic("discordtwin: " + err.Error())
		}
		d.schemas[pointer] = s
	}
	d.mu.Unlock()
	var bad *jsonschema.ValidationError
	if !errors.As(s.Validate(v), &bad) {
		return nil
	}
	var wrong []string
	english := message.NewPrinter(language.English)
	for _, e := range nearest(bad) {
		wrong = append(wrong, fmt.Sprintf("/%s: %s", strings.Join(e.InstanceLocation, "/"), e.ErrorKind.LocalizedString(english)))
	}
	return wrong
}

// nearest are the errors at the end of each branch; of alternatives none of which
// fits, only those of the one that comes nearest.
func nearest(e *jsonschema.ValidationError) []*jsonschema.ValidationError {
	if len(e.Causes) == 0 {
		return []*jsonschema.ValidationError{e}
	}
	var ends []*jsonschema.ValidationError
	_, anyOf := e.ErrorKind.(*kind.AnyOf)
	_, oneOf := e.ErrorKind.(*kind.OneOf)
	best := -1
	for _, cause := range e.Causes {
		of := nearest(cause)
		if !anyOf && !oneOf {
			ends = append(ends, of...)
			continue
		}
		far := len(of)
		if slices.ContainsFunc(of, func(end *jsonschema.ValidationError) bool { return otherKind(end, e) }) {
			far += 1000
		}
		if best < 0 || far < best {
			ends, best = of, far
		}
	}
	return ends
}

// otherKind tells whether an alternative is meant for another type of thing: its
// type differs, or it wants another JSON type altogether.
func otherKind(end, of *jsonschema.ValidationError) bool {
	at := end.InstanceLocation
	switch end.ErrorKind.(type) {
	case *kind.Type:
		return len(at) == len(of.InstanceLocation)
	case *kind.Const, *kind.Enum:
		return len(at) == len(of.InstanceLocation)+1 && at[len(at)-1] == "type"
	}
	return false
}

// numbered is v with its sets of permissions as the contract has them: Discord takes
// them, and documents them, as texts, and describes them as numbers.
func numbered(v any) any {
	switch v := v.(type) {
	case map[string]any:
		m := make(map[string]any, len(v))
		for name, value := range v {
			m[name] = numbered(value)
			if n, err := strconv.ParseFloat(text(value), 64); err == nil && name == "default_member_permissions" {
				m[name] = n
			}
		}
		return m
	case []any:
		l := make([]any, len(v))
		for i, value := range v {
			l[i] = numbered(value)
		}
		return l
	}
	return v
}
