package index

import (
	"cmp"
	"slices"
)

// parse turns the question into slots: one for each distinct word.
func (x *Index) parse(s *searcher, q Query) {
	s.slots, s.words, s.alts = s.slots[:0], s.words[:0], s.alts[:0]
	s.text, s.store, s.raw = s.text[:0], s.store[:0], s.raw[:0]
	read := 0
	s.a.words(q.Text, func(raw string) bool {
		x.word(s, raw, q.Explain)
		read++
		return read < maxRead && len(s.slots) < maxSlots*4
	})
	x.widen(s)
	if len(s.slots) > maxSlots {
		s.shorten()
	}
}

// lookup finds the terms of a raw word: its own, or 0, and the other, or 0
// (each + 1). key is the word as it is known; it may be "" for a word found.
func (x *Index) lookup(s *searcher, raw string) (own, also uint32, key string) {
	if len(raw) <= maxWord && isASCII(raw) && !s.a.turkish {
		s.low = s.low[:0]
		plain := true
		for i := range len(raw) {
			c := raw[i]
			if c >= 'A' && c <= 'Z' {
				c += 'a' - 'A'
			}
			plain = plain && c != '\'' && c != '.'
			s.low = append(s.low, c)
		}
		if plain {
			if id, ok := x.forms.find(s.low); ok {
				return x.formTerms[id][0], x.formTerms[id][1], ""
			}
		}
	}
	if id, ok := x.forms.findString(raw); ok { // most words stand as they are known
		return x.formTerms[id][0], x.formTerms[id][1], raw
	}
	key = s.a.form(raw)
	if id, ok := x.forms.findString(key); ok {
		return x.formTerms[id][0], x.formTerms[id][1], key
	}
	a, b := s.a.pair(key)
	if t, ok := x.terms.findString(a); ok {
		own = t + 1
	}
	if b != "" {
		if t, ok := x.terms.findString(b); ok {
			also = t + 1
		}
	}
	return own, also, key
}

// word adds one word of the question.
func (x *Index) word(s *searcher, raw string, explain bool) {
	own, also, key := x.lookup(s, raw)
	n := slot{weight: whole, telling: 1}
	if own == 0 && s.a.tones && also != 0 {
		own, also = also, 0 // typed with marks nobody here uses: try without
	}
	unknown := ""
	if own == 0 {
		own, unknown = x.guess(s, &n, key)
	}
	if i := s.slotOf(own, unknown); i >= 0 { // said before
		o := &s.slots[i]
		o.weight = min(o.weight+n.weight, 2*whole)
		s.words = append(s.words, uint16(i))
		return
	}
	if own != 0 {
		n.term, n.known = own-1, true
		if !n.fixed {
			n.telling = x.telling(n.term)
		}
		n.idf = float32(x.idf(x.df[n.term]))
		n.ideal = float32(x.top[n.term]) * float32(x.scale)
	} else {
		n.idf = float32(x.idf(0))
		n.ideal = 3.3 * n.idf
	}
	n.alts = [2]uint16{uint16(len(s.alts)), uint16(len(s.alts))}
	if own != 0 && also != 0 && !s.a.tones {
		s.alts = append(s.alts, alternative{also - 1, other})
		n.alts[1]++
	}
	s.words = append(s.words, uint16(len(s.slots)))
	s.slots = append(s.slots, n)
	at := len(s.store)
	s.store = append(s.store, unknown...)
	s.text = append(s.text, s.store[at:len(s.store):len(s.store)])
	if explain {
		s.raw = append(s.raw, raw)
	}
}

// guess makes what it can of a word in no passage: an everyday word is just
// that; another may be a misspelling of a known one (its term + 1 is returned).
// The second result is the term it would have.
func (x *Index) guess(s *searcher, n *slot, key string) (own uint32, term string) {
	term, _ = s.a.pair(key)
	if w, everyday := x.common[term]; everyday {
		n.telling = w
		return 0, term
	}
	if x.everyday != nil && amount([]byte(term)) { // and no misspelling of another
		n.telling = amounts
		return 0, term
	}
	if x.syn.starts(term) { // a word of its own right, with a meaning here
		return 0, term
	}
	if id, ok := x.correct(&s.fix, key); ok {
		n.fixed, n.weight = true, corrected
		return x.formTerms[id][0], ""
	}
	return 0, term
}

// slotOf finds the slot of a term (+1), or of an unknown word; -1 for none.
func (s *searcher) slotOf(own uint32, unknown string) int {
	for i := range s.slots {
		if o := &s.slots[i]; own != 0 && o.known && o.term == own-1 ||
			own == 0 && !o.known && string(s.text[i]) == unknown {
			return i
		}
	}
	return -1
}

// telling is how much a known term says about a question.
func (x *Index) telling(t uint32) float32 {
	if x.everyday != nil {
		return x.everyday[t]
	}
	if w, ok := x.common[string(x.terms.str(t))]; ok {
		return w
	}
	return 1
}

// spelled is the term text of slot i.
func (x *Index) spelled(s *searcher, i uint16) []byte {
	if s.slots[i].known {
		return x.terms.str(s.slots[i].term)
	}
	return s.text[i]
}

// widen gives slots the synonyms of the phrases they stand in.
func (x *Index) widen(s *searcher) {
	if x.syn.longest == 0 {
		return
	}
	var found [maxSlots * 4]bool
	for i := range s.words {
		s.key = s.key[:0]
		for n := 1; n <= x.syn.longest && i+n <= len(s.words); n++ {
			s.key = appendKey(s.key, string(x.spelled(s, s.words[i+n-1])))
			id, ok := x.syn.phrases.find(s.key)
			if !ok || found[s.words[i]] && n == 1 {
				continue
			}
			found[s.words[i]] = true
			x.alternatives(s, &s.slots[s.words[i]], x.syn.means[id])
		}
	}
}

// alternatives appends terms to the synonyms of a slot.
func (x *Index) alternatives(s *searcher, o *slot, terms []alternative) {
	lo := len(s.alts)
	s.alts = append(s.alts, s.alts[o.alts[0]:o.alts[1]]...)
	for _, t := range terms {
		if s.slotOf(t.term+1, "") >= 0 || len(s.alts) > 60_000 ||
			slices.ContainsFunc(s.alts[lo:], func(a alternative) bool { return a.term == t.term }) {
			continue
		}
		s.alts = append(s.alts, t)
	}
	o.alts = [2]uint16{uint16(lo), uint16(len(s.alts))}
	if !o.known {
		o.ideal = 0 // a word with a known meaning is no evidence of a foreign subject
		for _, a := range s.alts[lo:] {
			o.ideal = max(o.ideal, float32(x.top[a.term])*float32(x.scale)*float32(a.weight)/whole)
		}
	}
}

// shorten keeps the words of a long message that could matter most: those that
// find something before those that nobody here knows.
func (s *searcher) shorten() {
	worth := func(i int) float32 {
		o := &s.slots[i]
		if !o.known && o.alts[0] == o.alts[1] {
			return -1
		}
		return o.telling * o.ideal
	}
	order := make([]int, len(s.slots))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(worth(b), worth(a)) })
	order = order[:maxSlots]
	slices.Sort(order)
	moved := make([]int, len(s.slots)) // old place -> new place + 1
	for to, from := range order {
		s.slots[to], s.text[to] = s.slots[from], s.text[from]
		if len(s.raw) > 0 {
			s.raw[to] = s.raw[from]
		}
		moved[from] = to + 1
	}
	s.slots = s.slots[:maxSlots]
	kept := s.words[:0]
	for _, w := range s.words {
		if moved[w] > 0 {
			kept = append(kept, uint16(moved[w]-1))
		}
	}
	s.words = kept
}

// collect makes the posting lists that the search will walk, one a term.
func (x *Index) collect(s *searcher, q Query) {
	s.lists = s.lists[:0]
	s.floor = 0
	for _, o := range s.slots {
		if o.known {
			x.list(s, o.term, o.weight)
		}
	}
	for _, o := range s.slots {
		for _, a := range s.alts[o.alts[0]:o.alts[1]] {
			x.list(s, a.term, a.weight)
		}
	}
	if q.Context == "" {
		return
	}
	lean := int32(cmp.Or(q.Lean, context))
	read := 0
	s.a.words(q.Context, func(raw string) bool {
		if own, _, _ := x.lookup(s, raw); own != 0 {
			x.list(s, own-1, lean)
		}
		read++
		return read < maxSlots
	})
}

// list adds the postings of a term; a term that is there already gets no more.
func (x *Index) list(s *searcher, t uint32, weight int32) {
	blk, end := x.first[t], x.first[t+1]
	for i := range s.lists {
		if s.lists[i].blk == blk {
			return
		}
	}
	if x.df[t] >= depth {
		s.floor = max(s.floor, int32(x.deep[t])*weight)
	}
	s.lists = append(s.lists, list{blk: blk, end: end, weight: weight})
}
