package safety

import (
	"bytes"
	"slices"
	"strings"
	"unicode/utf8"
)

// A word is the number of a word that some pattern knows. Spellings of one word
// share it; the beginning of a word ("golpe*") has one too.
type word uint16

// vocabulary knows every word of the data files, and how people misspell it.
type vocabulary struct {
	table  *[plainLimit]folded
	names  []string // by word
	forms  table    // spellings
	ids    []word   // the words that the forms stand for, one form after the other
	idsAt  []uint32 // form -> where in ids; one more at the end
	stems  table
	stemID []word
	longs  []int // lengths of the stems, longest first
	sorted []named
	taught []word // whose misspellings are known
	slips  slips
	sounds sounds
}

func newVocabulary() *vocabulary {
	return &vocabulary{table: plainTable(), names: []string{""}, idsAt: []uint32{0}}
}

// form gives the words that a spelling stands for.
func (v *vocabulary) form(w []byte) (ids []word, ok bool) {
	i, ok := v.forms.find(w)
	if !ok {
		return nil, false
	}
	return v.ids[v.idsAt[i]:v.idsAt[i+1]], true
}

// addForm notes what a new spelling stands for.
func (v *vocabulary) addForm(s string, ids []word) {
	v.forms.add(s)
	v.ids = append(v.ids, ids...)
	v.idsAt = append(v.idsAt, uint32(len(v.ids))) //nolint:gosec // some thousands
}

// spelled gives the words of a word's own spelling.
func (v *vocabulary) spelled(id word) []word {
	ids, _ := v.form([]byte(v.names[id]))
	return ids
}

// plain folds a word of a data file the way texts are folded; scripts without
// spaces give one word a character.
func (v *vocabulary) plain(s string) []string {
	var out []string
	var b strings.Builder
	flush := func() {
		if b.Len() > 0 {
			out = append(out, b.String())
			b.Reset()
		}
	}
	for _, r := range s {
		switch f := foldRune(v.table, r); f.class {
		case charLetter:
			b.WriteString(f.plain)
		case charAlone:
			flush()
			out = append(out, f.plain)
		case charQuote:
			b.WriteByte('\'')
		case charMask:
			b.WriteRune(r)
		case charDrop:
		default:
			flush()
		}
	}
	flush()
	return out
}

// intern gives the words that a spelling of a data file stands for, new ones
// if need be.
func (v *vocabulary) intern(s string) []word {
	if ids, ok := v.form([]byte(s)); ok {
		return ids
	}
	if bare := strings.ReplaceAll(s, "'", ""); bare != s {
		return v.intern(bare)
	}
	ids := []word{v.number(s)}
	v.addForm(s, ids)
	return ids
}

func (v *vocabulary) number(name string) word {
	if len(v.names) >= 1<<16-1 {
		panic("safety: more than 65,535 words in the data files")
	}
	v.names = append(v.names, name)
	return word(len(v.names) - 1) //nolint:gosec // bounded above
}

// stem gives the number of a beginning of words.
func (v *vocabulary) stem(s string) word {
	if i, ok := v.stems.find([]byte(s)); ok {
		return v.stemID[i]
	}
	id := v.number(s + "*")
	v.addStem(s, id)
	return id
}

func (v *vocabulary) addStem(s string, id word) {
	v.stems.add(s)
	v.stemID = append(v.stemID, id)
	if !slices.Contains(v.longs, len(s)) {
		v.longs = append(v.longs, len(s))
		slices.Sort(v.longs)
		slices.Reverse(v.longs)
	}
}

// covered lists the known words and longer stems that begin with a stem.
func (v *vocabulary) covered(stem string) []word {
	if len(v.sorted) != v.forms.len()+v.stems.len() {
		v.sort()
	}
	var out []word
	i, _ := slices.BinarySearchFunc(v.sorted, stem, func(e named, s string) int { return strings.Compare(e.text, s) })
	for ; i < len(v.sorted) && strings.HasPrefix(v.sorted[i].text, stem); i++ {
		if e := v.sorted[i]; e.word != 0 && (!e.stem || e.text != stem) {
			out = append(out, e.word)
		}
	}
	return out
}

// named is a word or the beginning of words by its text.
type named struct {
	text string
	word word // 0: a spelling of other words
	stem bool
}

// sort lists all words and beginnings by their text.
func (v *vocabulary) sort() {
	v.sorted = v.sorted[:0]
	for i := range v.forms.len() {
		e := named{text: string(v.forms.text(i))}
		if ids := v.ids[v.idsAt[i]:v.idsAt[i+1]]; len(ids) == 1 && v.names[ids[0]] == e.text {
			e.word = ids[0]
		}
		v.sorted = append(v.sorted, e)
	}
	for i, id := range v.stemID {
		v.sorted = append(v.sorted, named{string(v.stems.text(i)), id, true})
	}
	slices.SortFunc(v.sorted, func(a, b named) int { return strings.Compare(a.text, b.text) })
}

// read gives the words that a spelling in a text stands for: as written, or
// else mended. No words and no stem means that no pattern knows it.
func (v *vocabulary) read(w []byte, mixed bool, tmp *[]byte) (ids []word, stem word, stretched bool) {
	if ids, ok := v.form(w); ok {
		return ids, 0, false
	}
	if i := bytes.IndexByte(w, '\''); i > 0 {
		return v.readQuoted(w, i, mixed, tmp)
	}
	if len(w) > 64 {
		return nil, 0, false
	}
	if ids := v.squeezed(w, 3, tmp); ids != nil {
		return ids, 0, true
	}
	if stem := v.longestStem(w); stem != 0 {
		return nil, stem, false
	}
	if ids, stem := v.mended(w, mixed, tmp); ids != nil || stem != 0 {
		return ids, stem, false
	}
	return nil, 0, false
}

// readQuoted reads a word with an apostrophe: as one, as a possessive, or as
// its two halves.
func (v *vocabulary) readQuoted(w []byte, i int, mixed bool, tmp *[]byte) (ids []word, stem word, stretched bool) {
	bare := append(append((*tmp)[:0], w[:i]...), w[i+1:]...)
	*tmp = bare
	if ids, ok := v.form(bare); ok {
		return ids, 0, false
	}
	half, rest := w[:i], w[i+1:]
	if i <= 2 && len(rest) > 2 { // l'aide, qu'il: the elided word says little
		half = rest
	}
	if bytes.IndexByte(half, '\'') > 0 {
		return nil, 0, false
	}
	return v.read(half, mixed, tmp)
}

func (v *vocabulary) longestStem(w []byte) word {
	for _, n := range v.longs {
		if n <= len(w) {
			if i, ok := v.stems.find(w[:n]); ok {
				return v.stemID[i]
			}
		}
	}
	return 0
}

// squeezed looks for a word whose letters were repeated `from` times or more.
func (v *vocabulary) squeezed(w []byte, from int, tmp *[]byte) []word {
	for keep := 1; keep < from; keep++ {
		out, found := (*tmp)[:0], false
		for i := 0; i < len(w); {
			n := 1
			for i+n < len(w) && w[i+n] == w[i] {
				n++
			}
			k := n
			if n >= from && w[i] < utf8.RuneSelf {
				k, found = keep, true
			}
			out = append(out, w[i:i+k]...)
			i += n
		}
		*tmp = out
		if !found {
			return nil
		}
		if ids, ok := v.form(out); ok {
			return ids
		}
	}
	return nil
}

// pieces reads letters that were written apart as known words, the longest first.
func (v *vocabulary) pieces(w []byte) ([]word, bool) {
	var out []word
	for len(w) > 0 {
		n := min(len(w), 20)
		for ; n > 0; n-- {
			if ids, ok := v.form(w[:n]); ok && (n > 1 || w[0] == 'i') {
				out = append(out, ids...)
				break
			}
		}
		if n == 0 {
			return nil, false
		}
		w = w[n:]
	}
	return out, true
}
