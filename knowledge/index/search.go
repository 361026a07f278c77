package index

import (
	"math/bits"
	"slices"
	"sync"
)

const (
	// depth is how many passages a search brings up for rescoring, and so the
	// most that it can return.
	depth    = 20
	maxSlots = 64  // words of a question that take part
	maxRead  = 512 // words of a question that are looked at

	whole     = 16 // a word as asked; weights are in sixteenths
	corrected = 14
	synonym   = 10
	other     = 4 // the word as written, beside the word without accents
	context   = 4 // a word of the turn before
)

// A Query is a question to the index.
type Query struct {
	Text    string
	Context string // what was said before: it tips the balance, and is never evidence
	// Lean is the weight of a word of Context in sixteenths of a word asked; 0
	// means 4.
	Lean    int
	Limit   int  // hits wanted, at most 20; 0 means 10
	Explain bool // fill Result.Words
}

// A Result is what a search found, best first. Equal searches give equal results.
type Result struct {
	Hits  []Hit
	Words []Word // how each word was understood; only with Query.Explain
	// Telling is how much the question says, in words: glue counts little.
	Telling float64
	// Peak is how telling the most telling word is, 0 to 1.
	Peak float64
}

// A Hit is a passage found. Score compares hits of one search only; the other
// numbers mean the same in every collection.
type Hit struct {
	Passage  int
	Score    float64
	Match    float64 // share of the score that a perfect passage would have
	Coverage float64 // share of the question's telling words found, 0 to 1
	Like     float64 // likeness to its title or to one way of asking for it, 0 to 1
	Pair     float64 // how near the two most telling neighbours stand, 0 to 1
	// Confidence joins the signals: the likelihood, 0 to 1, that the passage is
	// about the question.
	Confidence float64
}

// A Word is what the index made of one word of the question.
type Word struct {
	Text      string   // as asked
	Term      string   // as looked up; "" when unknown
	Corrected string   // the known word it was taken for, if misspelt
	Also      []string // terms added by the synonym table
	Telling   float64
	Passages  int // how many hold it
}

// slot is one distinct word of the question.
type slot struct {
	term    uint32
	known   bool
	fixed   bool // by spelling correction
	weight  int32
	telling float32
	ideal   float32 // the most this word can score
	idf     float32
	alts    [2]uint16 // its synonyms in searcher.alts
}

// alternative is a term that may stand for a word of the question.
type alternative struct {
	term   uint32
	weight int32
}

type list struct {
	blk, end    uint32 // blocks
	weight      int32
	bound       int32 // in the present window
	lo, hi, cur uint32
}

// searcher is the scratch memory of one search at a time.
type searcher struct {
	a     *analyzer
	slots []slot
	words []uint16 // the slots in the order of the question
	alts  []alternative
	lists []list
	act   []int32
	heap  []uint64
	acc   []int32
	seen  []uint64
	bound []int32
	order []uint64
	mark  []uint8 // term -> slot+1, or slot+1+maxSlots for a synonym
	key   []byte
	low   []byte
	text  [][]byte // for synonyms: the terms of the question's words
	store []byte
	reads [depth]reading
	looks []look
	stand []standing
	said  []phrase
	both  [2][]uint32
	fix   spelling
	raw   []string // with Explain
	floor int32    // depth passages reach it, whatever the rest of the question
	exact bool     // no pruning: for tests
}

type searchers struct{ p sync.Pool }

func (p *searchers) take(x *Index) *searcher {
	if s, ok := p.p.Get().(*searcher); ok {
		return s
	}
	n := min(winSize, (x.n+63)&^63)
	s := &searcher{a: newAnalyzer(x.lang, x.everydayForms), acc: make([]int32, n), seen: make([]uint64, n/64)}
	if x.ordered() {
		s.mark = make([]uint8, x.terms.len())
	}
	return s
}

// Len is the number of passages.
func (x *Index) Len() int { return x.n }

// Search finds the passages that answer a question best. It never fails: a
// question of unknown words only finds nothing.
func (x *Index) Search(q Query) Result {
	s := x.pool.take(x)
	defer x.pool.p.Put(s)
	return x.search(s, q)
}

func (x *Index) search(s *searcher, q Query) Result {
	limit := q.Limit
	if limit <= 0 {
		limit = 10
	}
	limit = min(limit, depth)
	x.parse(s, q)
	x.collect(s, q)
	found := x.best(s)
	r := x.rescore(s, found, limit)
	if q.Explain {
		r.Words = x.explain(s)
	}
	s.forget()
	return r
}

// forget wipes the words of the question from the scratch memory.
func (s *searcher) forget() {
	clear(s.low[:cap(s.low)])
	clear(s.store[:cap(s.store)])
	clear(s.key[:cap(s.key)])
	clear(s.fix.buf[:cap(s.fix.buf)])
	clear(s.fix.letters[:cap(s.fix.letters)])
	clear(s.fix.bare[:cap(s.fix.bare)])
	clear(s.raw[:cap(s.raw)])
	clear(s.text[:cap(s.text)])
	s.a.it.SetText("")
}

// best runs the search proper and leaves the best passages in s.heap, sorted
// ascending by score<<32 | ^passage: equal scores go to the lower passage.
func (x *Index) best(s *searcher) []uint64 {
	s.heap = s.heap[:0]
	if x.n == 0 || len(s.lists) == 0 {
		return s.heap
	}
	windows := (x.n + winSize - 1) >> winBits
	if windows == 1 {
		x.window(s, 0)
	} else {
		x.windows(s, windows)
	}
	slices.Sort(s.heap)
	return s.heap
}

// windows visits the windows in falling order of what they could hold.
func (x *Index) windows(s *searcher, n int) {
	s.bound = slices.Grow(s.bound[:0], n)[:n]
	clear(s.bound)
	for _, l := range s.lists {
		for k := l.blk; k < l.end; k++ {
			s.bound[x.win[k]] += int32(x.max[k]) * l.weight
		}
	}
	s.order = s.order[:0]
	for w, u := range s.bound {
		if u > 0 {
			s.order = append(s.order, uint64(u)<<32|uint64(uint32(n-w)))
		}
	}
	slices.Sort(s.order)
	for _, o := range slices.Backward(s.order) {
		if !s.exact && int32(o>>32) < s.threshold() {
			return
		}
		x.window(s, uint16(n-int(uint32(o))))
	}
}

// threshold is the score below which a passage cannot matter any more.
func (s *searcher) threshold() int32 {
	if s.exact {
		return 0
	}
	if len(s.heap) == depth {
		return max(s.floor, int32(s.heap[0]>>32))
	}
	return s.floor
}

// window scores the passages of one window.
func (x *Index) window(s *searcher, w uint16) {
	x.activate(s, w)
	theta := s.threshold()
	// The tail of lists whose bounds together stay below the threshold cannot
	// bring up a passage on its own.
	head, rest := len(s.act), int32(0)
	if !s.exact {
		for head > 0 && rest+s.lists[s.act[head-1]].bound < theta {
			head--
			rest += s.lists[s.act[head]].bound
		}
	}
	acc, seen := s.acc, s.seen
	for _, i := range s.act[:head] {
		l := &s.lists[i]
		off := x.off[l.lo:l.hi]
		imp := x.imp[l.lo:l.hi][:len(off)]
		for p, o := range off {
			acc[o] += int32(imp[p]) * l.weight
			seen[o>>6] |= 1 << (o & 63)
		}
	}
	base := uint32(w) << winBits
	for i, m := range seen {
		if m == 0 {
			continue
		}
		seen[i] = 0
		for ; m != 0; m &= m - 1 {
			o := uint32(i<<6 + bits.TrailingZeros64(m))
			score := acc[o]
			acc[o] = 0
			if score+rest < theta {
				continue
			}
			if score = x.complete(s, head, score, rest, theta, uint16(o)); score >= theta {
				s.push(score, base|o)
				theta = s.threshold()
			}
		}
	}
}

// activate points the lists at their postings in window w and orders them by
// what they can add there.
func (x *Index) activate(s *searcher, w uint16) {
	s.act = s.act[:0]
	for i := range s.lists {
		l := &s.lists[i]
		k := l.blk
		if n := l.end - l.blk; n > 1 || x.win[k] != w {
			j, ok := slices.BinarySearch(x.win[l.blk:l.end], w)
			if !ok {
				continue
			}
			k += uint32(j)
		}
		l.lo, l.hi = x.start[k], x.start[k+1]
		l.cur = l.lo
		l.bound = int32(x.max[k]) * l.weight
		s.act = append(s.act, int32(i))
		for j := len(s.act) - 1; j > 0 && s.lists[s.act[j]].bound > s.lists[s.act[j-1]].bound; j-- {
			s.act[j], s.act[j-1] = s.act[j-1], s.act[j]
		}
	}
}

// complete adds the tail lists to a passage's score, giving up once it cannot
// reach the threshold.
func (x *Index) complete(s *searcher, head int, score, rest, theta int32, o uint16) int32 {
	for _, i := range s.act[head:] {
		if score+rest < theta {
			return score
		}
		l := &s.lists[i]
		rest -= l.bound
		l.cur = seek(x.off, l.cur, l.hi, o)
		if l.cur < l.hi && x.off[l.cur] == o {
			score += int32(x.imp[l.cur]) * l.weight
		}
	}
	return score
}

// seek gallops to the first posting at or after o.
func seek(off []uint16, lo, hi uint32, o uint16) uint32 {
	step := uint32(1)
	for lo+step < hi && off[lo+step] < o {
		lo += step
		step <<= 1
	}
	end := min(lo+step+1, hi)
	for lo < end {
		m := (lo + end) / 2
		if off[m] < o {
			lo = m + 1
		} else {
			end = m
		}
	}
	return lo
}

// push keeps the best depth passages in a min-heap.
func (s *searcher) push(score int32, passage uint32) {
	key := uint64(score)<<32 | uint64(^passage)
	h := s.heap
	if len(h) < depth {
		h = append(h, key)
		for i := len(h) - 1; i > 0 && h[(i-1)/2] > h[i]; i = (i - 1) / 2 {
			h[i], h[(i-1)/2] = h[(i-1)/2], h[i]
		}
		s.heap = h
		return
	}
	if key <= h[0] {
		return
	}
	h[0] = key
	for i := 0; ; {
		c := 2*i + 1
		if c >= depth {
			return
		}
		if c+1 < depth && h[c+1] < h[c] {
			c++
		}
		if h[i] <= h[c] {
			return
		}
		h[i], h[c] = h[c], h[i]
		i = c
	}
}
