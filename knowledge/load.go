package knowledge

import (
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"io/fs"
	"maps"
	"path"
	"runtime"
	"slices"
	"strings"
	"sync"

	"porchlight/knowledge/classify"
	"porchlight/knowledge/index"
	"porchlight/knowledge/language"
)

// Base is all content, checked and searchable. It never changes once loaded
// and may be used by any number of goroutines.
type Base struct {
	topics    map[string]map[string]*Topic // id -> language
	order     []string                     // topic ids by section, then id
	sources   map[string]*Source
	resources map[string]*Resource
	lines     []string          // resource ids as the files have them
	emergency map[string]string // country -> resource id
	words     map[string]labels
	synonyms  map[string][]index.Synonym
	outside   map[string][]Outside // language -> subjects that are not ours
	indexes   map[string]*corpus
	version   string
	cards     sync.Map // cardKey -> Card
}

// corpus is the index of one language with the topics its passages are; the
// passages behind them are subjects from outside.
type corpus struct {
	*index.Index
	model  *classify.Model // which topic a question is for; nil where nothing was learned
	known  []string        // the classes of model
	class  []int           // by topic: its class in model, -1 for none
	other  int             // the class of questions for none of the topics, -1 for none
	topics []*Topic
}

// An Outside is a subject that Porchlight does not answer, with ways in which
// people ask about it: a question nearest to one of these is declined.
type Outside struct {
	ID   string   `yaml:"id"`
	Asks []string `yaml:"asks"`
}

// protected help lines may not be hidden by an overlay: people in danger are
// sent to them.
var protected = []string{"emergency-911", "nhth", "988"}

// Load reads content from fsys and lays each overlay over what came before:
// a file of the same name replaces a topic, an entry of the same id a source
// or a help line, and hide.yaml takes topics and help lines away. The error,
// when there is one, is Problems: all that is wrong, with file, line and mend.
func Load(fsys fs.FS, overlays ...fs.FS) (*Base, error) {
	ld := &loader{
		Base: &Base{
			topics: map[string]map[string]*Topic{}, sources: map[string]*Source{},
			resources: map[string]*Resource{}, emergency: map[string]string{},
			words: map[string]labels{}, synonyms: map[string][]index.Synonym{},
			outside: map[string][]Outside{}, indexes: map[string]*corpus{},
		},
		sum: sha256.New(), absent: map[string]bool{}, named: map[string]Problem{},
	}
	for i, f := range append([]fs.FS{fsys}, overlays...) {
		ld.layer(f, i > 0)
	}
	if !ld.broken { // else every reference into that file would be called dead
		ld.connect()
	}
	if err := ld.ps.err(); err != nil {
		return nil, err
	}
	ld.version = hex.EncodeToString(ld.sum.Sum(nil))[:12]
	ld.build()
	return ld.Base, nil
}

type loader struct {
	*Base
	ps   Problems
	mu   sync.Mutex
	sum  hash.Hash
	over bool            // reading an overlay
	read map[string]bool // its files so far

	broken bool               // a registry file could not be read at all
	absent map[string]bool    // topics that are hidden or could not be read
	named  map[string]Problem // country -> where its emergency line is named
}

// layer reads one file system on top of what is there.
func (ld *loader) layer(fsys fs.FS, over bool) {
	ld.over, ld.read = over, map[string]bool{}
	topics, known := ld.readTopics(fsys) // parsed while the rest is read
	for _, read := range []func(fs.FS) int{ld.readSources, ld.readLabels, ld.readResources, ld.readSynonyms, ld.readOutside} {
		known += read(fsys)
	}
	topics()
	known += ld.readHide(fsys)
	if over {
		known += ld.strays(fsys)
	}
	if known == 0 {
		ld.ps.add(".", 0, "put topics/, resources/, synonyms/, sources.yaml or hide.yaml there", "no content found")
	}
}

func (ld *loader) readSources(fsys fs.FS) int {
	return ld.files(fsys, "sources.yaml", func(name string, data []byte) {
		var list []Source
		if !ld.decode(name, data, &list) {
			return
		}
		seen := map[string]bool{}
		for i := range list {
			s := &list[i]
			line := lineOf(string(data), "id: "+s.ID+"\n", "id: \""+s.ID+"\"")
			if s.ID == "" || seen[s.ID] {
				line = itemLine(data, i)
				ld.ps.add(name, line, "give every source an id of its own", "source id %q is missing or twice", s.ID)
			}
			seen[s.ID] = true
			s.check(name, line, &ld.ps)
			ld.sources[s.ID] = s
		}
	})
}

func (ld *loader) readLabels(fsys fs.FS) int {
	return ld.files(fsys, "resources/labels.yaml", func(name string, data []byte) {
		var file struct {
			Labels map[string]labels `yaml:"labels"`
		}
		if !ld.decode(name, data, &file) {
			return
		}
		for lang, l := range file.Labels {
			l.check(name, lineOf(string(data), lang+":"), lang, &ld.ps)
		}
		maps.Copy(ld.words, file.Labels)
	})
}

func (ld *loader) readResources(fsys fs.FS) int {
	return ld.files(fsys, "resources/??*.yaml", func(name string, data []byte) {
		if name == "resources/labels.yaml" {
			return
		}
		var c country
		if !ld.decode(name, data, &c) {
			return
		}
		if !countryCode.MatchString(c.Country) {
			ld.ps.add(name, lineOf(string(data), "country:"), "write country: and the two capitals of its code, or INTL", "country is %q", c.Country)
		}
		if c.Emergency != "" {
			ld.emergency[c.Country] = c.Emergency
			ld.named[c.Country] = Problem{File: name, Line: lineOf(string(data), "emergency:")}
		}
		seen := map[string]bool{}
		for i := range c.Resources {
			r := &c.Resources[i]
			r.file, r.line = name, lineOf(string(data), "id: "+r.ID+"\n", "id: \""+r.ID+"\"")
			if r.ID == "" || seen[r.ID] || !ld.over && ld.resources[r.ID] != nil {
				r.line = itemLine(data, i)
				ld.ps.add(name, r.line, "give every help line an id of its own", "help line id %q is missing or twice", r.ID)
			}
			seen[r.ID] = true
			r.check(&ld.ps)
			if ld.resources[r.ID] == nil {
				ld.lines = append(ld.lines, r.ID)
			}
			ld.resources[r.ID] = r
		}
	})
}

func (ld *loader) readSynonyms(fsys fs.FS) int {
	return ld.files(fsys, "synonyms/*.yaml", func(name string, data []byte) {
		var list []index.Synonym
		if ld.decode(name, data, &list) {
			lang := strings.TrimSuffix(path.Base(name), ".yaml")
			ld.synonyms[lang] = append(ld.synonyms[lang], list...)
		}
	})
}

// readOutside reads the subjects that are not ours.
func (ld *loader) readOutside(fsys fs.FS) int {
	return ld.files(fsys, "outside/*.yaml", func(name string, data []byte) {
		var list []Outside
		if !ld.decode(name, data, &list) {
			return
		}
		for _, o := range list {
			if o.ID == "" || len(o.Asks) == 0 {
				ld.ps.add(name, lineOf(string(data), "id: "+o.ID), "give it an id and asks", "subject %q has no id or no asks", o.ID)
			}
		}
		lang := strings.TrimSuffix(path.Base(name), ".yaml")
		ld.outside[lang] = append(ld.outside[lang], list...)
	})
}

// readTopics parses the topic files on all processors: they are most of a
// start. It returns at once; done waits for them and takes them over.
func (ld *loader) readTopics(fsys fs.FS) (done func(), n int) {
	type file struct {
		name string
		data []byte
	}
	var all []file
	n = ld.files(fsys, "topics/*.md", func(name string, data []byte) { all = append(all, file{name, data}) })
	parsed := make([]*Topic, len(all))
	problems := make([]Problems, len(all))
	var wg sync.WaitGroup
	workers := runtime.GOMAXPROCS(0)
	for w := range workers {
		wg.Go(func() {
			for i := w; i < len(all); i += workers {
				parsed[i] = parseTopic(all[i].name, all[i].data, &problems[i])
			}
		})
	}
	return func() {
		wg.Wait()
		for i, t := range parsed {
			ld.ps = append(ld.ps, problems[i]...)
			if t == nil || t.ID == "" || t.Lang == "" {
				ld.lost(all[i].name)
				continue
			}
			if ld.topics[t.ID] == nil {
				ld.topics[t.ID] = map[string]*Topic{}
			}
			ld.topics[t.ID][t.Lang] = t
		}
	}, n
}

// readHide takes topics and help lines away.
func (ld *loader) readHide(fsys fs.FS) int {
	return ld.files(fsys, "hide.yaml", func(name string, data []byte) {
		var hide struct {
			Topics    []string `yaml:"topics"`
			Resources []string `yaml:"resources"`
		}
		if !ld.decode(name, data, &hide) {
			return
		}
		for _, id := range hide.Topics {
			if ld.topics[id] == nil {
				ld.ps.add(name, lineWith(string(data), id), "see porchlight kb list", "there is no topic %q to hide", id)
			}
			delete(ld.topics, id)
			ld.absent[id] = true
		}
		for _, id := range hide.Resources {
			line := lineWith(string(data), id)
			r := ld.resources[id]
			switch {
			case r == nil:
				ld.ps.add(name, line, "see porchlight kb resources", "there is no help line %q to hide", id)
			case slices.Contains(protected, id) || r.Authority == Emergency:
				ld.ps.add(name, line, "people in danger are sent to it; replace it if it is wrong", "help line %q cannot be hidden", id)
			default:
				hidden := *r
				hidden.Show = ShowNo
				ld.resources[id] = &hidden
			}
		}
	})
}

// connect checks what points from one record to another and puts the names of
// help lines into the texts.
func (ld *loader) connect() {
	for c, id := range ld.emergency {
		r, at := ld.resources[id], ld.named[c]
		switch {
		case r == nil:
			ld.ps.add(at.File, at.Line, "add the line or mend emergency:", "emergency line %q does not exist", id)
		case !r.Shown() || len(r.Phones) == 0:
			ld.ps.add(r.file, r.line, "give its number and show: yes; people in danger are sent to it", "emergency line %q has no number to show", id)
		}
	}
	for _, id := range protected {
		r := ld.resources[id]
		switch {
		case r == nil:
			ld.ps.add("resources/us.yaml", 0, "add it: people in danger are sent to it", "help line %q is missing", id)
		case !r.Shown():
			ld.ps.add(r.file, r.line, "set show: yes; people in danger are sent to it", "help line %q cannot be hidden", id)
		}
	}
	if _, ok := ld.words["en"]; !ok {
		ld.ps.add("resources/labels.yaml", 0, "add the words around a card in English", "labels of en are missing")
	}
	ids := slices.Sorted(maps.Keys(ld.topics))
	slices.SortStableFunc(ids, func(a, b string) int { return ld.section(a) - ld.section(b) })
	ld.order = ids
	for _, id := range ids {
		for _, lang := range slices.Sorted(maps.Keys(ld.topics[id])) {
			ld.topic(ld.topics[id][lang])
		}
	}
}

func (ld *loader) section(id string) int {
	first := len(Sections)
	for _, t := range ld.topics[id] {
		first = min(first, slices.Index(Sections, t.Section))
	}
	return first
}

// topic checks the references of one topic.
func (ld *loader) topic(t *Topic) {
	bad := func(field, mend, what string, args ...any) { ld.ps.add(t.file, t.line(field), mend, what, args...) }
	for _, id := range t.Sources {
		if ld.sources[id] == nil {
			bad("sources", "add it to sources.yaml or mend the id", "source %q does not exist", id)
		}
	}
	if len(t.Sources) == 0 && t.Section != "about" {
		bad("sources", "say where the facts come from", "sources is missing")
	}
	t.Help = slices.DeleteFunc(slices.Clone(t.Help), func(id string) bool {
		r := ld.resources[id]
		if r == nil {
			bad("help", "see porchlight kb resources for the ids", "help line %q does not exist", id)
			return true
		}
		return !r.Shown()
	})
	t.Related = slices.DeleteFunc(slices.Clone(t.Related), func(id string) bool {
		if ld.topics[id] == nil && !ld.absent[id] {
			bad("related", "see porchlight kb list for the ids", "related topic %q does not exist", id)
		}
		return ld.topics[id] == nil
	})
	for _, id := range t.Mentions {
		if ld.resources[id] == nil {
			ld.ps.add(t.file, lineWith(t.raw, "{"+id+"}"), "use the id of a help line in braces", "{%s} is no help line", id)
		}
	}
	for _, id := range t.Sources {
		if s := ld.sources[id]; s != nil {
			t.cites = append(t.cites, s.cite(t.Lang))
		}
	}
	t.Answer = ld.name(t.Answer, t.Lang)
	for i, d := range t.Details {
		t.Details[i] = ld.name(d, t.Lang)
	}
}

// name puts the names of help lines, article included, in the place of their
// ids, and lets Spanish contract: "llame a el" is "llame al".
func (ld *loader) name(s, lang string) string {
	s = token.ReplaceAllStringFunc(s, func(m string) string {
		if r := ld.resources[m[1:len(m)-1]]; r != nil {
			return r.Short.In(lang)
		}
		return m
	})
	if lang == "es" {
		s = contract(s)
	}
	return s
}

// contract is what Spanish makes of "a el" and "de el".
func contract(s string) string {
	if !strings.Contains(s, " el ") {
		return s
	}
	return contractions.Replace(" " + s)[1:]
}

var contractions = strings.NewReplacer(
	" a el ", " al ", " de el ", " del ", " A el ", " Al ", " De el ", " Del ", "¿A el ", "¿Al ", "¿De el ", "¿Del ",
)

// build indexes each language.
func (ld *loader) build() {
	langs := map[string][]*Topic{}
	for _, id := range ld.order {
		for lang, t := range ld.topics[id] {
			langs[lang] = append(langs[lang], t)
		}
	}
	var wg sync.WaitGroup
	for lang, topics := range langs {
		wg.Go(func() {
			c := &corpus{topics: topics}
			c.teach(models()[lang])
			c.Index = index.Build(index.Options{
				Lang: lang, Common: language.Common(lang), Synonyms: ld.synonyms[lang],
			}, func(yield func(index.Passage) bool) {
				for _, t := range topics {
					body := t.Answer + "\n" + strings.Join(t.Details, "\n")
					if !yield(index.Passage{Title: t.Title, Asks: t.Asks, Body: body}) {
						return
					}
				}
				for _, o := range ld.outside[lang] {
					if !yield(index.Passage{Asks: o.Asks}) {
						return
					}
				}
			})
			ld.mu.Lock()
			ld.indexes[lang] = c
			ld.mu.Unlock()
		})
	}
	wg.Wait()
}
