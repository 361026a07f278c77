package safety

import (
	"io/fs"
	"regexp"

	"go.yaml.in/yaml/v3"
)

var (
	kinds = []Kind{Danger, SelfHarm, Disclosure, Tip, Refusal, OffTopic, About, onTopic}
	flags = []Flag{CannotSpeak, Deaf, Minor, OnTheMove, OutsideUS, ThirdPerson, WatchedDevice} // sorted
	about = []string{"greeting", "thanks", "bye", "what_are_you", "human", "who_reads", "stored", "help", "languages", bending}
)

func readWordFile(fsys fs.FS, name string, ps *problems) *wordFile {
	w := &wordFile{name: name}
	n := parseFile(fsys, name, ps)
	if n == nil {
		return w
	}
	fields(n, name, ps, map[string]func(*yaml.Node) error{
		"lang":      into(&w.lang, text[string]),
		"not":       into(&w.not, commas),
		"between":   into(&w.between, commas),
		"subject":   into(&w.subject, commas),
		"common":    into(&w.common, commas),
		"plain":     into(&w.plain, commas),
		"shorthand": into(&w.shorthand, list),
		"classes":   func(n *yaml.Node) error { w.classes = sections(n, name, ps, readClass); return nil },
		"guards":    func(n *yaml.Node) error { w.guards = sections(n, name, ps, readGuard); return nil },
	})
	return w
}

func sections(n *yaml.Node, file string, ps *problems, read func(*yaml.Node, string, *problems) section) []section {
	var out []section
	if n.Kind != yaml.MappingNode {
		*ps = append(*ps, problem{file, n.Line, "expected names with lists"})
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		s := read(n.Content[i+1], file, ps)
		s.name, s.at = n.Content[i].Value, n.Content[i].Line
		out = append(out, s)
	}
	return out
}

func readClass(n *yaml.Node, file string, ps *problems) section {
	lines, err := commas(n)
	if err != nil {
		*ps = append(*ps, problem{file, n.Line, err.Error()})
	}
	return section{lines: lines}
}

func readGuard(n *yaml.Node, file string, ps *problems) (s section) {
	fields(n, file, ps, map[string]func(*yaml.Node) error{
		"before":   into(&s.before, yes),
		"patterns": into(&s.lines, list),
	})
	return s
}

var countryCode = regexp.MustCompile(`^([A-Z]{2}|\?\?)$`)

func readSigns(fsys fs.FS, name string, ps *problems) []entry {
	n := parseFile(fsys, name, ps)
	if n == nil {
		return nil
	}
	var out []entry
	var lang string
	fields(n, name, ps, map[string]func(*yaml.Node) error{
		"lang": into(&lang, text[string]),
		"signs": func(n *yaml.Node) error {
			if n.Kind != yaml.SequenceNode {
				*ps = append(*ps, problem{name, n.Line, "expected a list of signs, each beginning with `- id:`"})
				return nil
			}
			for _, k := range n.Content {
				e := readEntry(k, name, ps)
				e.lang = lang
				out = append(out, e)
			}
			return nil
		},
	})
	if lang == "" {
		*ps = append(*ps, problem{name, 1, "begin the file with `lang: en` or another code"})
	}
	return out
}

func readEntry(n *yaml.Node, file string, ps *problems) entry {
	e := entry{file: file, at: n.Line}
	fields(n, file, ps, map[string]func(*yaml.Node) error{
		"id":       into(&e.id, text[string]),
		"kind":     into(&e.kind, oneOf(kinds...)),
		"flags":    into(&e.flags, several(oneOf(flags...))),
		"country":  into(&e.country, text[string]),
		"about":    into(&e.about, oneOf(about...)),
		"after":    into(&e.after, several(oneOf(kinds...))),
		"yields":   into(&e.yields, yes),
		"unless":   into(&e.unless, list),
		"patterns": into(&e.patterns, list),
		"examples": into(&e.examples, list),
		"benign":   into(&e.benign, list),
	})
	e.check(ps)
	return e
}

// check holds a sign against the rules of signs/README.md.
func (e *entry) check(ps *problems) {
	bad := func(what string) { *ps = append(*ps, problem{e.file, e.at, "sign " + e.id + ": " + what}) }
	if e.id == "" {
		bad("give it an id")
	}
	if e.kind == "" && len(e.flags) == 0 {
		bad("give it a kind or flags")
	}
	if bends := e.kind == Refusal && e.about == bending; !bends && ((e.kind == About) != (e.about != "") || e.about == bending) {
		bad("kind about and the field about belong together; about: rules belongs to a refusal")
	}
	if e.country != "" && !countryCode.MatchString(e.country) {
		bad("country is two capital letters, or ??")
	}
	if e.yields && e.kind != Refusal {
		bad("only a refusal can give way")
	}
	for what, lines := range map[string][]line{"patterns": e.patterns, "examples": e.examples, "benign": e.benign} {
		if len(lines) == 0 {
			bad("give it one or more " + what)
		}
	}
	if !e.kind.Urgent() {
		return
	}
	for _, l := range e.patterns {
		if wholeMessage.MatchString(l.text) {
			*ps = append(*ps, problem{e.file, l.at, "an urgent sign must not depend on the rest of the message: write ^ and $ for ^^ and $$"})
		}
	}
}

var wholeMessage = regexp.MustCompile(`\^\^|\$\$`)

func readPlaces(fsys fs.FS, name string, ps *problems) placeFile {
	var f placeFile
	n := parseFile(fsys, name, ps)
	if n == nil {
		return f
	}
	fields(n, name, ps, map[string]func(*yaml.Node) error{
		"frames": into(&f.frames, list),
		"places": func(n *yaml.Node) error {
			for _, s := range sections(n, name, ps, readClass) {
				if !countryCode.MatchString(s.name) {
					*ps = append(*ps, problem{name, s.at, "a country is two capital letters, or ??"})
				}
				f.places = append(f.places, place{s.name, s.lines})
			}
			return nil
		},
	})
	return f
}
