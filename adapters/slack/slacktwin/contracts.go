package slacktwin

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
	"golang.org/x/text/language"
	"golang.org/x/text/message"
)

// schemas are the files that were read, by path: some are large, and every twin of
// a test needs the same.
var schemas sync.Map

// against holds a call against the schema of its method, and its blocks against the
// schema of blocks, which the method's own lets pass unseen.
func (tw *Twin) against(c *Call) []string {
	if tw.options.Contracts == "" {
		return nil
	}
	wrong := tw.differ("slack-A_"+strings.ReplaceAll(c.Method, ".", "_")+".json", c.Params, "")
	found, where := c.Params["blocks"], "/blocks"
	if view := object(c.Params["view"]); view != nil {
		found, where = view["blocks"], "/view/blocks"
	}
	if found != nil {
		wrong = append(wrong, tw.differ("slack-Blocks.json", found, where)...)
	}
	return wrong
}

// differ says what of v is against a schema, each with its place.
func (tw *Twin) differ(name string, v any, where string) []string {
	s := schema(filepath.Join(tw.options.Contracts, name))
	if s == nil {
		return nil
	}
	var bad *jsonschema.ValidationError
	if !errors.As(s.Validate(present(v)), &bad) {
		return nil
	}
	var wrong []string
	english := message.NewPrinter(language.English)
	for _, e := range nearest(bad) {
		at := strings.Join(append([]string{where}, e.InstanceLocation...), "/")
		wrong = append(wrong, fmt.Sprintf("%s: %s", at, e.ErrorKind.LocalizedString(english)))
	}
	return wrong
}

// schema is nil when there is no such file.
func schema(path string) *jsonschema.Schema {
	if s, ok := schemas.Load(path); ok {
		found, _ := s.(*jsonschema.Schema)
		return found
	}
	if _, err := os.Stat(path); err != nil {
		return nil
	}
	s, err := jsonschema.NewCompiler().Compile(path)
	if err != nil {
		panic("slacktwin: " + err.Error())
	}
	schemas.Store(path, s)
	return s
}

// nearest are the errors at the end of each branch; of alternatives none of which
// fits, only those of the one that comes nearest.
func nearest(e *jsonschema.ValidationError) []*jsonschema.ValidationError {
	if len(e.Causes) == 0 {
		return []*jsonschema.ValidationError{e}
	}
	var ends []*jsonschema.ValidationError
	_, alternatives := e.ErrorKind.(*kind.AnyOf)
	best := -1
	for _, cause := range e.Causes {
		of := nearest(cause)
		if !alternatives {
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

// otherKind tells whether an alternative is meant for another type of thing.
func otherKind(end, of *jsonschema.ValidationError) bool {
	_, constant := end.ErrorKind.(*kind.Const)
	at := end.InstanceLocation
	return constant && len(at) == len(of.InstanceLocation)+1 && at[len(at)-1] == "type"
}

// present is v without nulls: to Slack a null is a parameter that is not there.
func present(v any) any {
	switch v := v.(type) {
	case map[string]any:
		m := make(map[string]any, len(v))
		for name, value := range v {
			if value != nil {
				m[name] = present(value)
			}
		}
		return m
	case []any:
		l := make([]any, len(v))
		for i, value := range v {
			l[i] = present(value)
		}
		return l
	}
	return v
}
