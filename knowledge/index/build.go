package index

import (
	"cmp"
	"iter"
	"math"
	"slices"
	"sync"
)

// A Passage is one thing that can be found.
type Passage struct {
	Title string
	Asks  []string // other ways of asking for it; they weigh as much as the title
	Body  string
}

// A Synonym widens a question: one that holds a phrase of Say also looks for
// the words of Means, with less weight. A phrase has one to four words.
type Synonym struct {
	Say   []string `yaml:"say"`
	Means []string `yaml:"means"`
}

// Options shape an index. The zero value indexes words as they stand.
type Options struct {
	// Lang is the language of the passages, an ISO 639-1 code. One without
	// rules here is indexed without stemming.
	Lang string
	// Common are the commonest words of everyday language, commonest first.
	// They tell a question's telling words from its glue, and are never taken
	// for misspellings. Without them the signals rest on the passages alone.
	Common []string
	// Synonyms are applied to questions, never to passages.
	Synonyms []Synonym
}

const (
	winBits = 14
	winSize = 1 << winBits

	fieldTitle, fieldAsks, fieldBody = 0, 1, 2
	fields                           = 3

	k1, b = 1.2, 0.75 // Robertson's values; a grid search gained 0.0006

	// maxSequences is the most passages for which the places of words are kept
	// (4 bytes a word and 4 a posting). Beyond it a search goes without proximity.
	maxSequences = 60_000
	// maxForms bounds the table of words as written, which serves quick
	// look-up and spelling correction: the commonest stay.
	maxForms = 200_000

	// Marks inside a word sequence. Term numbers stay below them.
	markTitle = math.MaxUint32 - 3 // a title begins
	markAsk   = math.MaxUint32 - 2 // a way of asking begins
	markBody  = math.MaxUint32 - 1
)

var fieldWeight = [fields]float64{2, 2, 1}

// Index finds passages. It never changes after Build and may be searched by
// any number of goroutines at once.
type Index struct {
	lang  string
	n     int
	terms *dict
	df    []uint32
	first []uint32 // term -> first block; one more at the end
	top   []uint8  // term -> its largest impact
	deep  []uint8  // term -> the impact that its depth-th best posting has: no list of that length ends below it

	// A block holds a term's postings in one window of 16,384 passages.
	win   []uint16
	start []uint32 // block -> first posting; one more at the end
	max   []uint8
	off   []uint16 // posting -> passage within the window
	imp   []uint8  // posting -> impact

	scale float64 // what impact 1 is worth

	places // where words stand, in small collections

	forms         *dict
	formTerms     [][2]uint32 // form -> its term + 1, and its other term + 1 or 0
	formCount     []uint32
	everyday      []float32          // term -> how telling it is, 0.02 to 1
	common        map[string]float32 // the same for everyday words in no passage
	everydayForms map[string]bool    // everyday words as written
	plain         []uint32           // where marks tell words apart: term -> its term without them
	marked        []uint64           // the same the other way: term without marks<<32 | term, sorted
	spell         func() *speller    // made when the first unknown word comes
	syn           synonyms

	pool searchers
}

// Build makes an index of the passages, numbered from 0 as they come.
func Build(o Options, passages iter.Seq[Passage]) *Index {
	everyday := make(map[string]bool, len(o.Common))
	for _, w := range o.Common {
		everyday[w] = true
	}
	bl := &builder{
		Index: &Index{lang: o.Lang, terms: newDict(1 << 10), everydayForms: everyday},
		a:     newAnalyzer(o.Lang, everyday),
		raw:   map[string]*form{},
	}
	for p := range passages {
		bl.add(p)
	}
	bl.post()
	bl.vocabulary(o)
	bl.terms.clip()
	return bl.Index
}

// form is a word as written.
type form struct {
	text  string
	terms [2]uint32 // term + 1; other term + 1
	count uint32
}

type builder struct {
	*Index
	a       *analyzer
	raw     map[string]*form // as it stood in the text
	byKey   map[string]*form // as it is looked up
	fwd     []uint32         // term<<2|field, passage after passage
	end     []int            // passage -> end of its part of fwd
	flen    [fields][]uint16
	counted [][]cell // passage -> its terms, when there are few passages
	order   []uint32 // words in reading order with marks, in small collections
	until   []int    // passage -> end of its part of order
}

func (bl *builder) add(p Passage) {
	bl.field(fieldTitle, p.Title)
	n := 0
	for _, q := range p.Asks {
		n += bl.text(fieldAsks, q)
	}
	bl.flen[fieldAsks] = append(bl.flen[fieldAsks], clip16(n))
	bl.field(fieldBody, p.Body)
	bl.end = append(bl.end, len(bl.fwd))
	bl.until = append(bl.until, len(bl.order))
	bl.n++
	if bl.n > maxSequences {
		bl.order, bl.until = nil, nil
	}
}

func clip16(n int) uint16 { return uint16(min(n, math.MaxUint16)) }

func (bl *builder) field(f int, text string) {
	bl.flen[f] = append(bl.flen[f], clip16(bl.text(f, text)))
}

func (bl *builder) text(f int, text string) (n int) {
	keep := bl.n < maxSequences
	if keep {
		bl.order = append(bl.order, [fields]uint32{markTitle, markAsk, markBody}[f])
	}
	bl.a.words(text, func(raw string) bool {
		w := bl.word(raw)
		w.count++
		bl.fwd = append(bl.fwd, (w.terms[0]-1)<<2|uint32(f))
		if w.terms[1] != 0 {
			bl.fwd = append(bl.fwd, (w.terms[1]-1)<<2|uint32(f))
		}
		if keep {
			bl.order = append(bl.order, w.terms[0]-1)
		}
		n++
		return true
	})
	return n
}

// word looks a raw word up, analysing it when it is new.
func (bl *builder) word(raw string) *form {
	if w, ok := bl.raw[raw]; ok {
		return w
	}
	key := bl.a.form(raw)
	if bl.byKey == nil {
		bl.byKey = map[string]*form{}
	}
	w, ok := bl.byKey[key]
	if !ok {
		own, other := bl.a.pair(key)
		w = &form{text: string(append([]byte(nil), key...))}
		w.terms[0] = bl.terms.add(own) + 1
		if other != "" {
			w.terms[1] = bl.terms.add(other) + 1
		}
		bl.byKey[w.text] = w
	}
	bl.raw[string(append([]byte(nil), raw...))] = w
	return w
}

// pair gives the two terms of a form: the one that stands for it, and another
// one under which it is also found, or "". Where marks tell words apart the word
// as written stands for itself; elsewhere the word without accents does.
func (a *analyzer) pair(form string) (own, other string) {
	written := a.term(form)
	bare := a.bare(form)
	if bare == form || !a.tones && a.everyday[bare] && !a.everyday[form] {
		return written, "" // Spanish uñas is not unas without its tilde
	}
	// The stemmer's string is reused, so the first result must be copied.
	written = string(append([]byte(nil), written...))
	plain := a.term(bare)
	if plain == written {
		return written, ""
	}
	if a.tones {
		return written, plain
	}
	return plain, written
}

type cell struct {
	term  uint32
	count [fields]uint16
}

// cells counts the terms of passage d, in the order of their numbers.
func (bl *builder) cells(d int, scratch []uint32, out []cell) ([]uint32, []cell) {
	lo := 0
	if d > 0 {
		lo = bl.end[d-1]
	}
	scratch = append(scratch[:0], bl.fwd[lo:bl.end[d]]...)
	slices.Sort(scratch)
	out = out[:0]
	for _, x := range scratch {
		t, f := x>>2, x&3
		if n := len(out); n == 0 || out[n-1].term != t {
			out = append(out, cell{term: t})
		}
		out[len(out)-1].count[f]++
	}
	return scratch, out
}

// each calls f with the counted terms of every passage. They are counted twice
// in a large collection, and kept from the first time on in a small one.
func (bl *builder) each(f func(d int, c []cell)) {
	if bl.counted != nil {
		for d, c := range bl.counted {
			f(d, c)
		}
		return
	}
	var scratch []uint32
	var cells []cell
	small := bl.n <= 1000
	for d := range bl.n {
		if small {
			cells = nil
		}
		scratch, cells = bl.cells(d, scratch, cells)
		f(d, cells)
		if small {
			bl.counted = append(bl.counted, cells)
		}
	}
}

// post lays out blocks and postings.
func (bl *builder) post() {
	v := bl.terms.len()
	bl.df = make([]uint32, v)
	blocks := make([]uint32, v)
	seen := make([]int32, v) // last window of a term, plus one
	total := 0
	bl.each(func(d int, cells []cell) {
		w := int32(d>>winBits) + 1
		for _, c := range cells {
			bl.df[c.term]++
			if seen[c.term] != w {
				seen[c.term] = w
				blocks[c.term]++
			}
		}
		total += len(cells)
	})
	bl.first = make([]uint32, v+1)
	next := make([]uint32, v) // next posting of a term
	nb, np := uint32(0), uint32(0)
	for t := range v {
		bl.first[t], next[t] = nb, np
		nb += blocks[t]
		np += bl.df[t]
		blocks[t] = bl.first[t] // from here on: next block of the term
		seen[t] = 0
	}
	bl.first[v] = nb
	bl.win = make([]uint16, nb)
	bl.start = make([]uint32, nb+1)
	bl.start[nb] = np
	bl.off = make([]uint16, total)
	score := make([]float32, total)
	norm := bl.norms()
	most := float32(0)
	bl.each(func(d int, cells []cell) {
		w := int32(d>>winBits) + 1
		for _, c := range cells {
			p := next[c.term]
			next[c.term]++
			if seen[c.term] != w {
				seen[c.term] = w
				bl.win[blocks[c.term]] = uint16(w - 1)
				bl.start[blocks[c.term]] = p
				blocks[c.term]++
			}
			bl.off[p] = uint16(d & (winSize - 1))
			score[p] = float32(bl.idf(bl.df[c.term]) * saturate(c.count, norm(d)))
			most = max(most, score[p])
		}
	})
	bl.fwd, bl.end, bl.counted, bl.flen = nil, nil, nil, [fields][]uint16{}
	bl.scale = float64(most) / 255
	bl.quantise(score)
}

// norms returns the length norm of each field of a passage.
func (bl *builder) norms() func(d int) [fields]float64 {
	var avg [fields]float64
	for f := range fields {
		sum := 0.0
		for _, l := range bl.flen[f] {
			sum += float64(l)
		}
		avg[f] = max(sum/float64(max(bl.n, 1)), 1)
	}
	flen := bl.flen
	return func(d int) (n [fields]float64) {
		for f := range fields {
			n[f] = 1 - b + b*float64(flen[f][d])/avg[f]
		}
		return n
	}
}

// saturate is the weighted sum of the fields' own saturated frequencies.
func saturate(count [fields]uint16, norm [fields]float64) (s float64) {
	for f := range fields {
		if count[f] > 0 {
			tf := float64(count[f]) / norm[f]
			s += fieldWeight[f] * tf * (k1 + 1) / (tf + k1)
		}
	}
	return s
}

func (x *Index) idf(df uint32) float64 {
	return math.Log(1 + (float64(x.n)-float64(df)+0.5)/(float64(df)+0.5))
}

// quantise turns scores into impacts and notes the largest of each block and
// term, and the depth-th largest of each term.
func (bl *builder) quantise(score []float32) {
	bl.imp = make([]uint8, len(score))
	bl.max = make([]uint8, len(bl.win))
	for k := range bl.win {
		for p := bl.start[k]; p < bl.start[k+1]; p++ {
			q := uint8(max(1, min(255, math.Round(float64(score[p])/bl.scale))))
			bl.imp[p] = q
			bl.max[k] = max(bl.max[k], q)
		}
	}
	bl.top = make([]uint8, len(bl.df))
	bl.deep = make([]uint8, len(bl.df))
	var hist [256]uint32
	for t := range bl.df {
		for k := bl.first[t]; k < bl.first[t+1]; k++ {
			bl.top[t] = max(bl.top[t], bl.max[k])
		}
		if bl.df[t] < depth {
			continue
		}
		clear(hist[:])
		for p := bl.start[bl.first[t]]; p < bl.start[bl.first[t+1]]; p++ {
			hist[bl.imp[p]]++
		}
		n := uint32(0)
		for q := 255; q > 0; q-- {
			if n += hist[q]; n >= depth {
				bl.deep[t] = uint8(q)
				break
			}
		}
	}
}

// vocabulary builds all that question words are held against.
func (bl *builder) vocabulary(o Options) {
	forms := make([]*form, 0, len(bl.byKey))
	for _, w := range bl.byKey {
		forms = append(forms, w)
	}
	bl.raw, bl.byKey = nil, nil
	slices.SortFunc(forms, func(a, b *form) int {
		return cmp.Or(cmp.Compare(b.count, a.count), cmp.Compare(a.text, b.text))
	})
	if bl.a.tones {
		bl.plain = make([]uint32, bl.terms.len())
		for t := range bl.plain {
			bl.plain[t] = uint32(t)
		}
		for _, w := range forms {
			if w.terms[1] != 0 {
				bl.plain[w.terms[0]-1] = w.terms[1] - 1
			}
		}
		for t, plain := range bl.plain {
			if plain != uint32(t) {
				bl.marked = append(bl.marked, uint64(plain)<<32|uint64(t))
			}
		}
		slices.Sort(bl.marked)
	}
	forms = forms[:min(len(forms), maxForms)]
	bl.forms = newDict(len(forms))
	for _, w := range forms {
		bl.forms.add(w.text)
		bl.formTerms = append(bl.formTerms, w.terms)
		bl.formCount = append(bl.formCount, w.count)
	}
	bl.forms.clip()
	bl.formTerms, bl.formCount = slices.Clone(bl.formTerms), slices.Clone(bl.formCount)
	bl.weigh(o.Common)
	bl.note()
	known := bl.forms
	bl.spell = sync.OnceValue(func() *speller { return newSpeller(known) })
	bl.syn = newSynonyms(bl.Index, bl.a, o.Synonyms)
}

// amounts is how telling a number is: sums and ages differ from one question to
// the next. A year tells more.
const amounts = 0.3

func amount(term []byte) bool {
	for _, c := range term {
		if c < '0' || c > '9' {
			return false
		}
	}
	century := string(term[:min(2, len(term))])
	return len(term) != 4 || century != "19" && century != "20"
}

// weigh says how telling each term is: near 0 for glue, 1 for rare words. The
// share of a word in everyday language falls with its rank (Zipf).
func (bl *builder) weigh(common []string) {
	share := map[string]float64{}
	for rank, w := range common {
		own, _ := bl.a.pair(bl.a.form(w))
		share[string(append([]byte(nil), own...))] += 0.1 / (float64(rank) + 1.5)
	}
	weight := func(p float64) float32 {
		return float32(max(0.02, min(1, (-math.Log(p)-4.5)/8)))
	}
	if bl.n <= maxSequences {
		bl.everyday = make([]float32, bl.terms.len())
		for t := range bl.everyday {
			bl.everyday[t] = 1
			if amount(bl.terms.str(uint32(t))) {
				bl.everyday[t] = amounts
			}
		}
	}
	bl.common = make(map[string]float32, len(share))
	for w, p := range share {
		bl.common[w] = weight(p)
		if t, ok := bl.terms.findString(w); ok && bl.everyday != nil {
			bl.everyday[t] = weight(p)
		}
	}
}
