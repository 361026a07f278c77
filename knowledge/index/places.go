package index

import (
	"math"
	"slices"
)

const (
	reach = 8 // words further apart do not stand together

	// A place is the number of the phrase in its passage, and the number of the
	// word in the passage. What lies beyond is not noted.
	wordBits   = 20
	maxPhrases = 1<<(32-wordBits) - 1
	maxPlace   = 1<<wordBits - 1
)

// places are where the words of each passage stand. The phrases of a passage
// are its title, the ways of asking for it, and last its body.
type places struct {
	placeAt []uint32 // posting -> its first place; one more at the end; nil where they are not kept
	place   []uint32 // rising within a posting
	// What the words of a title or of a way of asking say in all; the first of
	// each passage, and one more at the end.
	phrases  []float32
	phraseAt []uint32
}

// ordered tells whether places were kept.
func (p *places) ordered() bool { return p.placeAt != nil }

// note keeps the places of words where the collection is small enough.
func (bl *builder) note() {
	if bl.n == 0 || bl.n > maxSequences || bl.a.noPhrase {
		return
	}
	at := make([]uint32, len(bl.off)+1)
	postings := make([]uint32, 0, len(bl.order)) // of each word, in reading order
	bl.walk(func(posting, _ uint32) {
		postings = append(postings, posting)
		at[posting]++
	})
	sum := uint32(0)
	for i, n := range at {
		at[i] = sum
		sum += n
	}
	bl.place = make([]uint32, sum)
	next := slices.Clone(at)
	i := 0
	bl.walk(func(posting, place uint32) {
		bl.place[next[posting]] = place
		next[posting]++
		i++
	})
	bl.placeAt = at
	bl.phraseWeights()
	bl.order, bl.until = nil, nil
}

// walk calls f with the posting and the place of each word.
func (bl *builder) walk(f func(posting, place uint32)) {
	at := make([]cursor, bl.terms.len())
	for t := range at {
		at[t] = cursor{posting: bl.start[bl.first[t]], block: bl.first[t]}
	}
	lo := 0
	for d, hi := range bl.until {
		phrase, word := -1, uint32(0)
		for _, t := range bl.order[lo:hi] {
			word++
			if t >= markTitle {
				phrase++
				word += reach
				continue
			}
			if phrase <= maxPhrases && word <= maxPlace {
				f(bl.seek(&at[t], uint32(d)), uint32(phrase)<<wordBits|word)
			}
		}
		lo = hi
	}
}

// cursor is how far the postings of a term were read.
type cursor struct{ posting, block uint32 }

// seek moves a cursor on to a passage that the term is in.
func (x *Index) seek(c *cursor, passage uint32) uint32 {
	for {
		for c.posting >= x.start[c.block+1] {
			c.block++
		}
		if uint32(x.win[c.block])<<winBits|uint32(x.off[c.posting]) >= passage {
			return c.posting
		}
		c.posting++
	}
}

// phraseWeights adds up how telling the words of each phrase are.
func (bl *builder) phraseWeights() {
	lo := 0
	for _, hi := range bl.until {
		bl.phraseAt = append(bl.phraseAt, uint32(len(bl.phrases)))
		sum, in := 0.0, false
		for _, t := range bl.order[lo:hi] {
			if t < markTitle {
				sum += float64(bl.everyday[t])
				continue
			}
			if in {
				bl.phrases = append(bl.phrases, float32(sum))
			}
			sum, in = 0, true
		}
		lo = hi
	}
	bl.phraseAt = append(bl.phraseAt, uint32(len(bl.phrases)))
	bl.phrases, bl.phraseAt = slices.Clone(bl.phrases), slices.Clone(bl.phraseAt)
}

// look is a term that stands for a slot of the question.
type look struct {
	term    uint32
	slot    uint8
	partial bool    // as a synonym
	weight  float64 // how telling it is
	says    float32 // how telling the word of the question is that it stands for
}

// lookFor lists the terms that the question is read by: first those of its
// words, then their synonyms. A term stands for one slot only.
func (x *Index) lookFor(s *searcher) {
	s.looks = s.looks[:0]
	x.setMarks(s)
	for i, o := range s.slots {
		if o.known {
			x.look(s, o.term, look{slot: uint8(i), says: o.telling})
		}
	}
	for i, o := range s.slots {
		for _, a := range s.alts[o.alts[0]:o.alts[1]] {
			if s.mark[a.term] == uint8(i+1+maxSlots) {
				x.look(s, a.term, look{slot: uint8(i), partial: true, says: 0.7 * o.telling})
			}
		}
	}
	x.clearMarks(s)
}

// look adds a term, and those that are written with marks where it is without.
func (x *Index) look(s *searcher, term uint32, l look) {
	l.term, l.weight = term, float64(x.everyday[term])
	s.looks = append(s.looks, l)
	at, _ := slices.BinarySearch(x.marked, uint64(term)<<32)
	for ; at < len(x.marked) && x.marked[at]>>32 == uint64(term); at++ {
		if t := uint32(x.marked[at]); s.mark[t] == 0 {
			l.term, l.weight = t, float64(x.everyday[t])
			s.looks = append(s.looks, l)
		}
	}
}

// setMarks notes which slot each term stands for: a word as asked before a
// synonym.
func (x *Index) setMarks(s *searcher) {
	for i, o := range s.slots {
		for _, a := range s.alts[o.alts[0]:o.alts[1]] {
			s.mark[a.term] = uint8(i + 1 + maxSlots)
		}
	}
	for i, o := range s.slots {
		if o.known {
			s.mark[o.term] = uint8(i + 1)
		}
	}
}

func (x *Index) clearMarks(s *searcher) {
	for _, o := range s.slots {
		if o.known {
			s.mark[o.term] = 0
		}
	}
	for _, a := range s.alts {
		s.mark[a.term] = 0
	}
}

// phrase is what was found of one phrase of a passage.
type phrase struct {
	slots uint64  // that occur in it
	has   float64 // how telling the words found are
	says  float32 // how telling the words of the question found are
}

// standing is where the words of a passage begin in searcher.said, and where
// each slot stands in it.
type standing struct {
	said  uint32
	slots [maxSlots]span
}

// span is a part of places.place; more tells that others hold places too.
type span struct {
	lo, hi uint32
	more   bool
}

// read looks where the words of the question stand in the passages found, term
// by term: which slots occur, how near neighbours of the question stand, how
// like a phrase the question is.
func (x *Index) read(s *searcher, reads []reading, asked float32) {
	x.lookFor(s)
	s.stand = slices.Grow(s.stand[:0], len(reads))[:len(reads)]
	order := make([]uint8, 0, depth) // by passage
	n := uint32(0)
	for i := range reads {
		order = append(order, uint8(i))
		s.stand[i].said = n
		clear(s.stand[i].slots[:len(s.slots)])
		p := reads[i].passage
		n += x.phraseAt[p+1] - x.phraseAt[p]
	}
	s.said = slices.Grow(s.said[:0], int(n))[:n]
	clear(s.said)
	slices.SortFunc(order, func(a, b uint8) int { return int(reads[a].passage) - int(reads[b].passage) })
	for i := range s.looks {
		x.visit(s, &s.looks[i], reads, order)
	}
	pairs := s.pairs()
	for i := range reads {
		x.liken(s, &reads[i], i, asked)
		x.nearness(s, &reads[i], i, &pairs)
	}
}

// visit notes where a term stands in the passages.
func (x *Index) visit(s *searcher, l *look, reads []reading, order []uint8) {
	blk, end := x.first[l.term], x.first[l.term+1]
	at, hi := uint32(0), uint32(0)
	for _, i := range order {
		d := &reads[i]
		w, o := uint16(d.passage>>winBits), uint16(d.passage&(winSize-1))
		for blk < end && x.win[blk] < w {
			blk++
			hi = 0
		}
		if blk == end {
			return
		}
		if x.win[blk] != w {
			continue
		}
		if hi == 0 {
			at, hi = x.start[blk], x.start[blk+1]
		}
		if at = seek(x.off, at, hi, o); at < hi && x.off[at] == o && x.placeAt[at] < x.placeAt[at+1] {
			x.meet(s, l, d, &s.stand[i], at)
		}
	}
}

// meet notes the places that a posting has.
func (x *Index) meet(s *searcher, l *look, d *reading, st *standing, posting uint32) {
	bit := uint64(1) << l.slot
	lo, hi := x.placeAt[posting], x.placeAt[posting+1]
	if l.partial {
		d.partial |= bit
	} else {
		at := &st.slots[l.slot]
		*at = span{lo, hi, d.present&bit != 0}
		d.present |= bit
	}
	said := s.said[st.said : st.said+x.phraseAt[d.passage+1]-x.phraseAt[d.passage]]
	for _, p := range x.place[lo:hi] {
		k := p >> wordBits
		if k >= uint32(len(said)) { // the body
			return
		}
		f := &said[k]
		f.has += l.weight
		if f.slots&bit == 0 {
			f.slots |= bit
			f.says += l.says
		}
	}
}

// liken says how like the question the title and the ways of asking are.
func (x *Index) liken(s *searcher, d *reading, i int, asked float32) {
	first := x.phraseAt[d.passage]
	n := int(x.phraseAt[d.passage+1] - first)
	said := s.said[s.stand[i].said:][:n]
	totals := x.phrases[first:][:n]
	most, at := float32(0), -1
	for k := 1; k < n; k++ {
		if said[k].says > most {
			most, at = said[k].says, k
		}
	}
	if at > 0 { // the likeliest first: few others need a closer look then
		d.kin = said[at].like(totals[at], asked)
		least := enough(d.kin, asked)
		for k := n - 1; k > 0; k-- {
			if said[k].says >= least {
				d.kin = max(d.kin, said[k].like(totals[k], asked))
				least = enough(d.kin, asked)
			}
		}
	}
	d.like = d.kin
	if n > 0 && said[0].slots != 0 {
		d.like = max(d.like, said[0].like(totals[0], asked))
	}
}

// like is the likeness of a phrase that says so much in all.
func (f *phrase) like(total, asked float32) float64 {
	p, c := float32(f.has)/total, f.says/asked
	return min(1, float64(2*p*c/(p+c)))
}

// enough is how much of the question a phrase must hold to be more like it than
// that, were all of the phrase found.
func enough(like float64, asked float32) float32 {
	return asked * float32(like/(2-like)) * (1 - 1e-5)
}

// nearness rewards neighbours of the question that stand near each other.
func (x *Index) nearness(s *searcher, d *reading, i int, pairs *[maxSlots]neighbours) {
	for k := range s.slots {
		b := pairs[k].before
		if b == 0 || d.present&(1<<k) == 0 || d.present&(1<<(b-1)) == 0 {
			continue
		}
		n := nearest(x.standing(s, i, int(b-1), 0), x.standing(s, i, k, 1))
		if n > reach {
			continue
		}
		a, b2 := &s.slots[b-1], &s.slots[k]
		d.near += lambda * float64(a.idf+b2.idf) / 2 / float64(n)
		d.pair = max(d.pair, math.Sqrt(float64(a.telling*b2.telling))/float64(n))
	}
}

// standing gives the places of a slot in the i-th passage read.
func (x *Index) standing(s *searcher, i, slot, buf int) []uint32 {
	at := s.stand[i].slots[slot]
	if !at.more {
		return x.place[at.lo:at.hi]
	}
	out := s.both[buf][:0]
	for _, l := range s.looks {
		if int(l.slot) != slot || l.partial {
			continue
		}
		if p, ok := x.posting(l.term, s.reads[i].passage); ok {
			out = append(out, x.place[x.placeAt[p]:x.placeAt[p+1]]...)
		}
	}
	slices.Sort(out)
	s.both[buf] = out
	return out
}

// nearest is the least distance of a place in b to one in a. The other way
// round they count as one word further apart.
func nearest(a, b []uint32) uint32 {
	best, i := uint32(reach+1), 0
	for _, p := range b {
		for i < len(a) && a[i] < p {
			i++
		}
		if i > 0 {
			best = min(best, p-a[i-1])
		}
		if i < len(a) {
			best = min(best, a[i]-p+1)
		}
		if best == 1 {
			break
		}
	}
	return best
}
