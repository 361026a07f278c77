package redact

import (
	"embed"
	"io/fs"
	"slices"
	"strings"
	"sync"
)

//go:embed words/*.txt
var files embed.FS

// A section holds phrases by their first word, the longest first.
type section map[string][]phrase

type phrase struct {
	rest  []string // the words after the first
	value string   // after an equals sign
}

var lists = sync.OnceValue(load)

// in is a section by its name; an unknown one is empty.
func in(name string) section { return lists()[name] }

// has tells whether a section holds a word by itself.
func (s section) has(w string) bool {
	return slices.ContainsFunc(s[w], func(p phrase) bool { return len(p.rest) == 0 })
}

func load() map[string]section {
	all := map[string]section{}
	names, err := fs.Glob(files, "words/*.txt")
	if err != nil {
		panic("redact: list words: " + err.Error()) // the pattern is fixed
	}
	for _, name := range names {
		data, err := files.ReadFile(name)
		if err != nil {
			panic("redact: read words: " + err.Error())
		}
		parse(all, string(data))
	}
	for _, s := range all {
		for _, list := range s {
			slices.SortStableFunc(list, func(a, b phrase) int { return len(b.rest) - len(a.rest) })
		}
	}
	return all
}

func parse(all map[string]section, data string) {
	var s section
	for line := range strings.Lines(data) {
		line = strings.TrimSpace(line)
		switch {
		case line == "" || line[0] == '#':
		case line[0] == '[':
			title := strings.Trim(line, "[]")
			if all[title] == nil {
				all[title] = section{}
			}
			s = all[title]
		default:
			for entry := range strings.SplitSeq(line, ",") {
				s.add(entry)
			}
		}
	}
}

func (s section) add(entry string) {
	entry, value, _ := strings.Cut(foldWord(strings.TrimSpace(entry)), "=")
	if w := strings.FieldsFunc(entry, func(r rune) bool { return r == ' ' || r == '-' }); len(w) > 0 {
		s[w[0]] = append(s[w[0]], phrase{w[1:], value})
	}
}

// phraseAt is how many words the longest phrase of a section takes from word i
// on, 0 for none.
func (t *text) phraseAt(s section, i int) int {
	if i < 0 || i >= len(t.words) {
		return 0
	}
	for _, p := range s[t.words[i].s] {
		n := 0
		for n < len(p.rest) && t.joined(i+1+n, " .-") && t.words[i+1+n].s == p.rest[n] {
			n++
		}
		if n == len(p.rest) {
			return n + 1
		}
	}
	return 0
}

// is tells whether word i stands in one of the sections by itself.
func (t *text) is(i int, sections ...string) bool {
	return i >= 0 && i < len(t.words) &&
		slices.ContainsFunc(sections, func(s string) bool { return in(s).has(t.words[i].s) })
}

// known tells whether word i is an ordinary word, by itself or without an ending.
func (t *text) known(i int) bool {
	w := t.words[i].s
	w = strings.TrimSuffix(w, "'s")
	for _, s := range []string{"stop", "proper", "states", "places", "verbs", "roles", "titles", "units", "business", "digits"} {
		if in(s).has(w) || in(s).has(strings.TrimSuffix(w, "s")) {
			return true
		}
	}
	if t.Known == nil {
		return false
	}
	return t.Known(w) || t.Known(strings.TrimSuffix(w, "s")) || t.Known(strings.TrimSuffix(w, "es"))
}

// named tells whether word i is in a list of names; sure leaves out those that
// are words too.
func (t *text) named(i int, sure bool) bool {
	if i < 0 || i >= len(t.words) {
		return false
	}
	w := strings.TrimSuffix(t.words[i].s, "'s")
	if in("maybenames").has(w) {
		return !sure
	}
	return in("names").has(w) || !sure && in("surnames").has(w)
}
