package safety

import (
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// A wordFile is words/<lang>.yaml: what a language is made of.
type wordFile struct {
	name, lang string
	not        []line // words that deny what follows
	between    []line // words that may stand between a denial and what it denies
	subject    []line // words that begin a statement; "no" before them is an answer
	common     []line // words too common to look for first
	plain      []line // ordinary words that are never taken for misspelt ones
	shorthand  []line // spelling = what it stands for
	classes    []section
	guards     []section
}

// A section is a named list of patterns.
type section struct {
	name   string
	at     int
	before bool // a guard that must stand before the sign
	lines  []line
}

// A line is one entry of a list, with its place in the file.
type line struct {
	text string
	at   int
}

// An entry is one sign of signs/<lang>.yaml.
type entry struct {
	file, lang string
	at         int
	id         string
	kind       Kind
	flags      []Flag
	country    string
	about      string
	after      []Kind
	yields     bool
	unless     []line
	patterns   []line
	examples   []line
	benign     []line
}

// A place is a country with its names.
type place struct {
	code  string
	names []line
}

// placeFile is places.yaml.
type placeFile struct {
	frames []line // patterns in which {place} stands for the names
	places []place
}

// parseFile reads a YAML document.
func parseFile(fsys fs.FS, name string, ps *problems) *yaml.Node {
	data, err := fs.ReadFile(fsys, name)
	if err != nil {
		*ps = append(*ps, problem{name, 0, err.Error()})
		return nil
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(data, &doc); err != nil {
		at := 0
		if m := yamlLine.FindStringSubmatch(err.Error()); m != nil {
			at, _ = strconv.Atoi(m[1])
		}
		*ps = append(*ps, problem{name, at, err.Error()})
		return nil
	}
	if len(doc.Content) == 0 {
		*ps = append(*ps, problem{name, 0, "the file is empty"})
		return nil
	}
	return doc.Content[0]
}

var yamlLine = regexp.MustCompile(`line (\d+)`)

// fields reads a mapping strictly: each key has a reader or is refused.
func fields(n *yaml.Node, file string, ps *problems, read map[string]func(*yaml.Node) error) {
	if n.Kind != yaml.MappingNode {
		*ps = append(*ps, problem{file, n.Line, "expected fields like `id: locked-in`"})
		return
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		f := read[key.Value]
		switch {
		case f == nil:
			*ps = append(*ps, problem{file, key.Line, fmt.Sprintf("unknown field %q", key.Value)})
			continue
		case seen[key.Value]:
			*ps = append(*ps, problem{file, key.Line, fmt.Sprintf("field %q stands there twice", key.Value)})
			continue
		}
		seen[key.Value] = true
		if err := f(value); err != nil {
			*ps = append(*ps, problem{file, value.Line, key.Value + ": " + err.Error()})
		}
	}
}

// list reads either a sequence or a block of lines; # begins a comment.
func list(n *yaml.Node) ([]line, error) {
	var out []line
	switch n.Kind {
	case yaml.SequenceNode:
		for _, k := range n.Content {
			if k.Kind != yaml.ScalarNode {
				return nil, errors.New("expected a list of texts")
			}
			out = append(out, line{k.Value, k.Line})
		}
	case yaml.ScalarNode:
		for i, s := range strings.Split(n.Value, "\n") {
			at := n.Line
			if n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0 {
				at += i + 1
			}
			s, _, _ = strings.Cut(s, " #")
			if s = strings.TrimSpace(s); s != "" && s[0] != '#' {
				out = append(out, line{s, at})
			}
		}
	default:
		return nil, errors.New("expected a text or a list")
	}
	return out, nil
}

// commas reads a list whose lines hold several entries.
func commas(n *yaml.Node) ([]line, error) {
	lines, err := list(n)
	var out []line
	for _, l := range lines {
		for s := range strings.SplitSeq(l.text, ",") {
			if s = strings.TrimSpace(s); s != "" {
				out = append(out, line{s, l.at})
			}
		}
	}
	return out, err
}

func into[T any](dst *T, read func(*yaml.Node) (T, error)) func(*yaml.Node) error {
	return func(n *yaml.Node) error {
		v, err := read(n)
		*dst = v
		return err
	}
}

func text[T ~string](n *yaml.Node) (T, error) {
	if n.Kind != yaml.ScalarNode || n.Value == "" {
		return "", errors.New("expected a text")
	}
	return T(n.Value), nil
}

func oneOf[T ~string](allowed ...T) func(*yaml.Node) (T, error) {
	return func(n *yaml.Node) (T, error) {
		v, err := text[T](n)
		if err == nil && !slices.Contains(allowed, v) {
			err = fmt.Errorf("%q is none of %v", string(v), allowed)
		}
		return v, err
	}
}

func several[T ~string](one func(*yaml.Node) (T, error)) func(*yaml.Node) ([]T, error) {
	return func(n *yaml.Node) ([]T, error) {
		if n.Kind != yaml.SequenceNode {
			v, err := one(n)
			return []T{v}, err
		}
		var out []T
		for _, k := range n.Content {
			v, err := one(k)
			if err != nil {
				return nil, err
			}
			out = append(out, v)
		}
		return out, nil
	}
}

func yes(n *yaml.Node) (bool, error) {
	v, err := oneOf("true", "false")(n)
	return v == "true", err
}
