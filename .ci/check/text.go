package main

import (
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// A rule is something that must hold in every line, or the whole, of the files
// it is for. find returns what is wrong, or "".
type rule struct {
	isFor func(name string) bool
	line  func(line string) string
	whole func(text string) string
}

var rules = []rule{
	{isFor: notTestdata, whole: wellFormed},
	{isFor: notTestdata, line: hidden},
	{isFor: prose, line: match(phone, "digits like a telephone number; only the registry in knowledge/resources holds those")},
	{isFor: topic, line: contact},
	{isFor: core, line: platform},
}

var (
	phone   = regexp.MustCompile(`(^|[^0-9A-Za-z])\(?[0-9]{3}[-. )]{1,2}[0-9]{3}[-. ][0-9]{4}([^0-9]|$)|\+[0-9]{8,15}([^0-9]|$)`)
	address = regexp.MustCompile(`https?:|www\.|[^\s@]@[^\s@]|\b[a-z0-9-]+\.(gov|org|com|net|mil|edu)\b`)
	short   = regexp.MustCompile(`(^|[^0-9A-Za-z$.,-])(911|988|999|233733|741741|88788|64673)([^0-9A-Za-z%]|$)`)
	token   = regexp.MustCompile(`\{[a-z0-9-]+\}`)
	figure  = regexp.MustCompile(`[0-9][0-9.,]*`)
	bidi    = regexp.MustCompile(`[\x{202a}-\x{202e}\x{2066}-\x{2069}]`)
	vendor  = regexp.MustCompile(`(?i)slack|discord`)
)

// text reads every text file under dir and prints what breaks a rule.
func text(dir string, out io.Writer) error {
	files, err := textFiles(os.DirFS(dir))
	if err != nil {
		return fmt.Errorf("text: %w", err)
	}
	var found []string
	for _, name := range sortedKeys(files) {
		found = append(found, judge(name, files[name])...)
	}
	found = append(found, together(files)...)
	for _, f := range found {
		fmt.Fprintln(out, f)
	}
	if len(found) > 0 {
		return fmt.Errorf("text: %d problems in %d files", len(found), len(files))
	}
	fmt.Fprintf(out, "%d files, no problem\n", len(files))
	return nil
}

func textFiles(dir fs.FS) (map[string]string, error) {
	files := map[string]string{}
	err := fs.WalkDir(dir, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && name == ".git":
			return fs.SkipDir
		case !d.Type().IsRegular() || !isText(name):
			return nil
		}
		data, err := fs.ReadFile(dir, name)
		files[name] = string(data)
		return err
	})
	return files, err
}

func isText(name string) bool {
	switch path.Ext(name) {
	case ".go", ".mod", ".sum", ".md", ".txt", ".tmpl", ".yaml", ".yml", ".tsv", ".json", ".sql", ".html", ".css", ".svg":
		return true
	}
	return name == ".ci/run" || name == "LICENSE" || strings.HasPrefix(name, ".git") || name == ".editorconfig"
}

func judge(name, text string) (found []string) {
	for _, r := range rules {
		if !r.isFor(name) {
			continue
		}
		if r.whole != nil {
			if what := r.whole(text); what != "" {
				found = append(found, name+": "+what)
			}
			continue
		}
		n := 0
		for line := range strings.Lines(text) {
			n++
			if what := r.line(strings.TrimRight(line, "\r\n")); what != "" {
				found = append(found, fmt.Sprintf("%s:%d: %s", name, n, what))
			}
		}
	}
	return found
}

// together holds what can only be seen with all files in hand: each topic in
// both languages and with the same figures, and the README's way to start.
func together(files map[string]string) (found []string) {
	for _, name := range sortedKeys(files) {
		if !topic(name) {
			continue
		}
		id, isEnglish := strings.CutSuffix(name, ".en.md")
		if !isEnglish {
			id = strings.TrimSuffix(name, ".es.md")
			if _, ok := files[id+".en.md"]; !ok {
				found = append(found, name+": no English beside it; write "+path.Base(id)+".en.md")
			}
			continue
		}
		spanish, ok := files[id+".es.md"]
		if !ok {
			found = append(found, name+": no Spanish beside it; write "+path.Base(id)+".es.md")
		} else if en, es := figures(files[name]), figures(spanish); !slices.Equal(en, es) {
			found = append(found, fmt.Sprintf("%s: figures %q, but %q in Spanish; one of the two is wrong", name, en, es))
		}
	}
	if !strings.Contains(files["README.md"], "go run ./cmd/porchlight") {
		found = append(found, "README.md: does not say go run ./cmd/porchlight; a reader cannot start")
	}
	return found
}

// figures is every number of a topic's text once, without the marks that
// languages set differently ("1,000" and "1.000").
func figures(topic string) []string {
	_, body, _ := strings.Cut(topic, "\n---\n")
	all := figure.FindAllString(token.ReplaceAllString(body, ""), -1)
	for i, f := range all {
		all[i] = strings.NewReplacer(".", "", ",", "").Replace(f)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func wellFormed(text string) string {
	switch {
	case !utf8.ValidString(text):
		return "not UTF-8"
	case strings.HasPrefix(text, "\ufeff"):
		return "starts with a byte order mark; save it without"
	case strings.Contains(text, "\r"):
		return "a CR; save it with LF line ends"
	case text != "" && !strings.HasSuffix(text, "\n"):
		return "the last line has no end; add a newline"
	}
	return ""
}

func hidden(line string) string {
	if bidi.MatchString(line) {
		return "a bidi control, which hides what the line says; write it as an escape"
	}
	return ""
}

// contact refuses in topics what check.py refused when they were written: code
// puts numbers and addresses beside the text, from the registry.
func contact(line string) string {
	for _, field := range []string{"help:", "related:", "sources:"} {
		if strings.HasPrefix(line, field) {
			return "" // ids
		}
	}
	line = token.ReplaceAllString(line, "")
	if short.MatchString(line) || address.MatchString(line) {
		return "a number or an address in a topic; name the line by its id in braces"
	}
	return ""
}

func platform(line string) string {
	code, _, _ := strings.Cut(line, "//")
	if m := vendor.FindString(code); m != "" {
		return m + " named in the core; only adapters and cmd know platforms"
	}
	return ""
}

func match(re *regexp.Regexp, what string) func(string) string {
	return func(line string) string {
		if re.MatchString(line) {
			return what
		}
		return ""
	}
}

func notTestdata(name string) bool {
	return !strings.Contains("/"+name, "/testdata/")
}

func topic(name string) bool {
	return strings.HasPrefix(name, "knowledge/topics/") && path.Ext(name) == ".md"
}

// prose is what may reach a person, or be copied into what does.
func prose(name string) bool {
	if !notTestdata(name) || strings.HasSuffix(name, "_test.go") || name == "README.md" ||
		strings.HasPrefix(name, "knowledge/resources/") {
		return false
	}
	return slices.Contains([]string{".go", ".tmpl", ".md", ".txt", ".yaml"}, path.Ext(name))
}

// core leaves out the word lists: people type the names of platforms, too.
func core(name string) bool {
	if path.Ext(name) != ".go" || strings.HasSuffix(name, "_test.go") || strings.HasPrefix(name, "knowledge/language/") {
		return false
	}
	room, _, _ := strings.Cut(name, "/")
	return room == "bot" || room == "knowledge" || room == "prompts"
}

func sortedKeys[V any](m map[string]V) []string {
	return slices.Sorted(maps.Keys(m))
}
