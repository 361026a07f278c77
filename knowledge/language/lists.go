package language

import (
	"cmp"
	"embed"
	"math"
	"path"
	"slices"
	"strings"
	"sync"
)

// words holds one list a language, words/<code>.txt: the commonest word first,
// one a line, # before a comment.
//
//go:embed words
var words embed.FS

// neutral are words of every chat in the world. They say nothing about its
// language, whatever list they are in.
//
//go:embed neutral.txt
var neutral string

// A posting says how strongly a word speaks for a language.
type posting struct {
	lang  id
	score uint8 // in units
}

// A slot of the hash table. A check of 0 is an empty slot; n of 0 marks a
// neutral word. Words themselves are not kept: 32 bits of hash beside the
// place in the table mistake one unknown word in a billion.
type slot struct {
	check    uint32
	first, n uint16
}

// tables are everything Detect looks things up in. They never change.
type tables struct {
	letters  [letterCount]letter
	slots    []slot
	postings []posting
	pairs    pairTable
	common   map[string][]string
	codes    []string
	zipf     []int // scores by rank
}

var loaded = sync.OnceValue(load)

func load() *tables {
	t := &tables{common: make(map[string][]string)}
	buildLetters(&t.letters)
	files, err := words.ReadDir("words")
	if err != nil {
		panic("language: read words: " + err.Error())
	}
	all := make([]entry, 0, 1<<15)
	seen := make(map[string]struct{}, 2048)
	var borrowed map[string]bool
	var counts pairCounts
	for _, f := range files {
		code, ok := strings.CutSuffix(f.Name(), ".txt")
		if !ok {
			continue
		}
		text, err := words.ReadFile(path.Join("words", f.Name()))
		if err != nil {
			panic("language: read words/" + f.Name() + ": " + err.Error())
		}
		list := parse(string(text), seen)
		t.common[code] = list
		t.codes = append(t.codes, code)
		if code == "en" { // files come by name, so before "tl"
			borrowed = borrows(list)
		}
		if l, ok := idOf(code); ok {
			all = t.entries(all, l, list, borrowed)
			counts.learn(t, l, list)
		}
	}
	for _, c := range scriptLang {
		if c != "" {
			t.codes = append(t.codes, c)
		}
	}
	slices.Sort(t.codes)
	t.codes = slices.Compact(t.codes)
	for w := range strings.FieldsSeq(neutral) {
		all = append(all, entry{hash: t.look(w).typed, neutral: true})
	}
	t.index(all)
	counts.compile(&t.pairs)
	return t
}

// borrows returns the longer words of a list. Filipinos write "hello", "boss"
// and "agency" among their own words, but such a word alone is English.
func borrows(english []string) map[string]bool {
	long := make(map[string]bool, len(english))
	for _, w := range english {
		if len(w) > 3 {
			long[w] = true
		}
	}
	return long
}

// parse reads a list: lower case, apostrophes dropped, each word once. It
// clears and uses seen.
func parse(text string, seen map[string]struct{}) []string {
	clear(seen)
	list := make([]string, 0, strings.Count(text, "\n"))
	for line := range strings.Lines(text) {
		w := strings.TrimSpace(line)
		if w == "" || w[0] == '#' {
			continue
		}
		w = dropApostrophes(strings.ToLower(w))
		if _, ok := seen[w]; !ok {
			seen[w] = struct{}{}
			list = append(list, w)
		}
	}
	return slices.Clip(list)
}

func dropApostrophes(w string) string {
	if !strings.ContainsFunc(w, apostrophe) {
		return w
	}
	return strings.Map(func(r rune) rune {
		if apostrophe(r) {
			return -1
		}
		return r
	}, w)
}

// entry is a word on its way into the table.
type entry struct {
	hash    uint64
	lang    id
	score   uint8
	neutral bool
}

// entries adds the words of a list as typed and without accents. Borrowed words
// of Tagalog are known, and no more.
func (t *tables) entries(es []entry, l id, list []string, borrowed map[string]bool) []entry {
	for rank, w := range list {
		for rank >= len(t.zipf) {
			t.zipf = append(t.zipf, zipf(len(t.zipf)))
		}
		score := t.zipf[rank]
		if l == tl && borrowed[w] {
			score = 1
		}
		k := t.look(w)
		es = append(es, entry{hash: k.typed, lang: l, score: uint8(score)})
		if k.bare != k.typed && score > bareCost {
			es = append(es, entry{hash: k.bare, lang: l, score: uint8(score - bareCost)})
		}
	}
	return es
}

// zipf returns how much more often the word of a rank is met than one that is
// in no list, as a logarithm.
func zipf(rank int) int {
	p := min(0.1/(float64(rank)+1.5), commonest)
	return max(1, int(math.Round(math.Log(p/unknown)*unit)))
}

// index builds the hash table.
func (t *tables) index(es []entry) {
	slices.SortFunc(es, func(a, b entry) int { return cmp.Compare(a.hash, b.hash) })
	size := 1
	for size < 3*len(es)/2 {
		size *= 2
	}
	t.slots = make([]slot, size)
	t.postings = make([]posting, 0, len(es))
	for len(es) > 0 {
		n := 1
		for n < len(es) && es[n].hash == es[0].hash {
			n++
		}
		s := slot{check: check(es[0].hash), first: uint16(len(t.postings))}
		t.post(es[:n])
		s.n = uint16(len(t.postings)) - s.first
		at := es[0].hash & uint64(size-1)
		for t.slots[at].check != 0 {
			at = (at + 1) & uint64(size-1)
		}
		t.slots[at] = s
		es = es[n:]
	}
	if len(t.postings) > math.MaxUint16 {
		panic("language: words: more than 65535 words; widen slot.first")
	}
	t.postings = slices.Clip(t.postings)
}

// post adds the postings of one word: none if it is neutral, else the best
// score of each language.
func (t *tables) post(es []entry) {
	var best [scored]uint8
	for _, e := range es {
		if e.neutral {
			return
		}
		best[e.lang] = max(best[e.lang], e.score)
	}
	for l, s := range best {
		if s > 0 {
			t.postings = append(t.postings, posting{id(l), s})
		}
	}
}

// find returns what a word says. known is true for neutral words too.
func (t *tables) find(hash uint64) (says []posting, known bool) {
	mask := uint64(len(t.slots) - 1)
	c := check(hash)
	for at := hash & mask; t.slots[at].check != 0; at = (at + 1) & mask {
		if s := t.slots[at]; s.check == c {
			return t.postings[s.first:][:s.n], true
		}
	}
	return nil, false
}

// knows reports whether a word is in some list as typed.
func (t *tables) knows(k key) bool {
	_, ok := t.find(k.typed)
	return ok
}

func check(hash uint64) uint32 { return uint32(hash>>32) | 1 }
