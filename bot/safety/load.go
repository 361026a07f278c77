package safety

import (
	"embed"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"
)

// data are the files that signs.bin is made of; the program itself leaves them out.
//
//go:embed signs/*.yaml words/*.yaml places.yaml
var data embed.FS

// shipped is what Triage looks for. The file is part of the program, so that a
// mistake in it is a programmer's.
var shipped = sync.OnceValue(func() *signs {
	s, err := unpack(signsFile)
	if err != nil {
		panic(err)
	}
	if s.weights, err = readWeights(weightsFile); err != nil {
		panic(err)
	}
	return s
})

// signs is everything that Triage looks for, compiled.
type signs struct {
	v        *vocabulary
	all      []sign
	found    machine
	guards   machine
	groups   []group
	langs    []string
	between  []set // by language
	subjects []set
	entries  []entry  // as the files have them; only after load
	hashes   []uint64 // by word
	weights  *weights
	readers  sync.Pool
}

// A sign is an entry, ready for use.
type sign struct {
	Match
	flags    uint8 // bits in the order of flags
	country  string
	about    string
	after    []Kind
	yields   bool
	unless   []int32 // guard groups, sorted
	quiet    bool    // unless: not said loudly
	question bool    // unless: the segment ends with ?
}

// A group of guards blocks the signs that name it.
type group struct {
	before bool
}

// loader collects the files, then compiles them.
type loader struct {
	*signs
	ps      problems
	words   map[string]*wordFile
	classes map[string]map[string]*node // by language
	parsers map[string]*parser          // by language
	named   map[string]int32            // "en asked" -> group
	places  placeFile
}

// load reads signs/*.yaml, words/*.yaml and places.yaml. The error lists all
// that is wrong with them, with file and line.
func load(fsys fs.FS) (*signs, error) {
	ld := &loader{
		signs: &signs{v: newVocabulary()},
		words: map[string]*wordFile{}, classes: map[string]map[string]*node{}, named: map[string]int32{},
		parsers: map[string]*parser{},
	}
	ld.readAll(fsys)
	if len(ld.ps) == 0 {
		ld.compile()
	}
	if len(ld.ps) > 0 {
		return nil, ld.ps
	}
	ld.v.clip()
	ld.v.sorted = nil // served its purpose
	ld.ready()
	return ld.signs, nil
}

// ready makes what follows from the rest.
func (s *signs) ready() {
	s.hashWords()
	v := s.v
	s.readers.New = func() any { return &scan{reader: reader{v: v}} }
}

func (ld *loader) readAll(fsys fs.FS) {
	names, _ := fs.Glob(fsys, "words/*.yaml") // the pattern is well formed
	for _, name := range names {
		w := readWordFile(fsys, name, &ld.ps)
		if want := strings.TrimSuffix(path.Base(name), ".yaml"); w.lang != want {
			ld.ps = append(ld.ps, problem{name, 1, fmt.Sprintf("write `lang: %s`, as the file is named", want)})
		}
		ld.words[w.lang] = w
		ld.langs = append(ld.langs, w.lang)
	}
	slices.Sort(ld.langs)
	names, _ = fs.Glob(fsys, "signs/*.yaml")
	seen := map[string]bool{}
	for _, name := range names {
		for _, e := range readSigns(fsys, name, &ld.ps) {
			if key := e.lang + " " + e.id; seen[key] {
				ld.ps = append(ld.ps, problem{name, e.at, "there are two signs " + e.id})
			} else {
				seen[key] = true
			}
			if ld.words[e.lang] == nil {
				ld.ps = append(ld.ps, problem{name, 1, "there is no words/" + e.lang + ".yaml"})
				break
			}
			ld.entries = append(ld.entries, e)
		}
	}
	ld.places = readPlaces(fsys, "places.yaml", &ld.ps)
}

// parsed is a pattern that waits until all words are known.
type parsed struct {
	owner int
	lang  uint8
	node  *node
	file  string
	at    int
}

func (ld *loader) compile() {
	for _, lang := range ld.langs {
		ld.teachSpelling(ld.words[lang])
	}
	for _, lang := range ld.langs {
		ld.readClasses(ld.words[lang])
	}
	var guards, found []parsed
	for _, lang := range ld.langs {
		guards = append(guards, ld.guardGroups(ld.words[lang])...)
	}
	for i := range ld.entries {
		g, f := ld.sign(&ld.entries[i])
		guards, found = append(guards, g...), append(found, f...)
	}
	found = append(found, ld.placeSigns()...)
	common := map[word]bool{}
	deny := make([]set, len(ld.langs))
	for i, lang := range ld.langs {
		w := ld.words[lang]
		for _, id := range ld.ids(w.common) {
			common[id] = true
		}
		deny[i] = newSet(ld.ids(w.not), len(ld.v.names))
		ld.between = append(ld.between, newSet(ld.ids(w.between), len(ld.v.names)))
		ld.subjects = append(ld.subjects, newSet(ld.ids(w.subject), len(ld.v.names)))
	}
	for _, set := range []struct {
		into     *machine
		patterns []parsed
	}{{&ld.guards, guards}, {&ld.found, found}} {
		c := newCompiler(ld.v, common, len(set.patterns))
		c.deny = deny
		for _, p := range set.patterns {
			c.lang = p.lang
			if err := c.add(p.owner, p.node); err != nil {
				ld.ps = append(ld.ps, problem{p.file, p.at, "pattern " + err.Error()})
			}
		}
		*set.into = *c.finish()
	}
}

// ids gives the single words of a list, each made of one word.
func (ld *loader) ids(lines []line) []word {
	var out []word
	for _, l := range lines {
		for _, part := range ld.v.plain(l.text) {
			if ids := ld.v.intern(part); len(ids) == 1 {
				out = append(out, ids[0])
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// teachSpelling reads shorthand and ordinary words.
func (ld *loader) teachSpelling(w *wordFile) {
	for _, l := range w.shorthand {
		from, to, ok := strings.Cut(l.text, "=")
		if !ok {
			ld.ps = append(ld.ps, problem{w.name, l.at, "write `cant = can not`"})
			continue
		}
		var ids []word
		for _, part := range ld.v.plain(to) {
			ids = append(ids, ld.v.intern(part)...)
		}
		for f := range strings.SplitSeq(from, ",") {
			key := strings.Join(ld.v.plain(f), "")
			switch old, ok := ld.v.form([]byte(key)); {
			case !ok:
				ld.v.addForm(key, ids)
			case !slices.Equal(old, ids):
				ld.ps = append(ld.ps, problem{w.name, l.at, fmt.Sprintf("%q already means something else; move this line up", key)})
			}
		}
	}
	for _, l := range w.plain {
		for _, part := range ld.v.plain(l.text) {
			ld.v.intern(part)
		}
	}
}

func (ld *loader) parser(lang string) *parser {
	if ld.parsers[lang] == nil {
		ld.parsers[lang] = &parser{v: ld.v, correct: lang == "en" || lang == "es", read: map[string]*node{}}
	}
	p := ld.parsers[lang]
	p.classes = ld.classes[lang]
	return p
}

// readClasses parses the classes in order; one may use those above it.
func (ld *loader) readClasses(w *wordFile) {
	classes := map[string]*node{}
	ld.classes[w.lang] = classes
	p := ld.parser(w.lang)
	for _, c := range w.classes {
		alt := &node{op: opAlt}
		for _, l := range c.lines {
			n, err := p.parse(l.text)
			if err != nil {
				ld.ps = append(ld.ps, problem{w.name, l.at, fmt.Sprintf("class %s: %q %v", c.name, l.text, err)})
				continue
			}
			alt.kids = append(alt.kids, n)
		}
		if classes[c.name] != nil {
			ld.ps = append(ld.ps, problem{w.name, c.at, "there are two classes " + c.name})
		}
		if len(alt.kids) > 0 {
			classes[c.name] = alt.merged()
		}
	}
}

func (ld *loader) index(lang string) uint8 { return uint8(slices.Index(ld.langs, lang)) } //nolint:gosec // a dozen

func (ld *loader) guardGroups(w *wordFile) []parsed {
	var out []parsed
	for _, g := range w.guards {
		ld.named[w.lang+" "+g.name] = int32(len(ld.groups)) //nolint:gosec // some thousands
		out = append(out, ld.patterns(len(ld.groups), w.lang, w.name, g.lines)...)
		ld.groups = append(ld.groups, group{g.before})
	}
	return out
}

func (ld *loader) patterns(owner int, lang, file string, lines []line) []parsed {
	var out []parsed
	p := ld.parser(lang)
	for _, l := range lines {
		n, err := p.parse(l.text)
		if err != nil {
			ld.ps = append(ld.ps, problem{file, l.at, fmt.Sprintf("pattern %q: %v", l.text, err)})
			continue
		}
		out = append(out, parsed{owner, ld.index(lang), n, file, l.at})
	}
	return out
}

// sign makes a sign of an entry; patterns among its guards become a group.
func (ld *loader) sign(e *entry) (guards, found []parsed) {
	s := sign{
		Match: Match{e.id, e.kind, e.lang}, country: e.country, about: e.about, after: e.after, yields: e.yields,
		flags: bits(e.flags),
	}
	var own []line
	for _, l := range e.unless {
		switch id, ok := ld.named[e.lang+" "+l.text]; {
		case l.text == "quiet":
			s.quiet = true
		case l.text == "question":
			s.question = true
		case ok:
			s.unless = append(s.unless, id)
		default:
			own = append(own, l)
		}
	}
	if len(own) > 0 {
		s.unless = append(s.unless, int32(len(ld.groups))) //nolint:gosec // some thousands
		guards = ld.patterns(len(ld.groups), e.lang, e.file, own)
		ld.groups = append(ld.groups, group{})
	}
	slices.Sort(s.unless)
	found = ld.patterns(len(ld.all), e.lang, e.file, e.patterns)
	ld.all = append(ld.all, s)
	return guards, found
}

func bits(fs []Flag) uint8 {
	var out uint8
	for _, f := range fs {
		out |= 1 << slices.Index(flags, f)
	}
	return out
}

// placeSigns says for each country how people write that they are there.
func (ld *loader) placeSigns() []parsed {
	var out []parsed
	const file = "places.yaml"
	classes := maps.Clone(ld.classes["en"])
	if classes == nil {
		return nil
	}
	p := &parser{v: ld.v, classes: classes}
	for _, pl := range ld.places.places {
		alt := &node{op: opAlt}
		for _, l := range pl.names {
			n, err := p.parse(l.text)
			if err != nil {
				ld.ps = append(ld.ps, problem{file, l.at, fmt.Sprintf("place %q: %v", l.text, err)})
				continue
			}
			alt.kids = append(alt.kids, n)
		}
		classes["place"] = alt.merged()
		p.read = nil // @place is another now
		for _, l := range ld.places.frames {
			n, err := p.parse(l.text)
			if err != nil {
				ld.ps = append(ld.ps, problem{file, l.at, fmt.Sprintf("frame %q: %v", l.text, err)})
				continue
			}
			out = append(out, parsed{len(ld.all), ld.index("en"), n, file, l.at})
		}
		ld.all = append(ld.all, sign{
			Match: Match{ID: "in-" + strings.ToLower(pl.code), Lang: "en"}, country: pl.code, flags: bits([]Flag{OutsideUS}),
		})
	}
	return out
}
