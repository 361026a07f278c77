package index

import (
	"cmp"
	"math"
	"math/bits"
	"slices"
)

const (
	lambda  = 0.5 // weight of proximity
	kinship = 2   // how much a known way of asking lifts its passage
	reach   = 8   // words further apart do not stand together
)

// reading is what one look through a passage found.
type reading struct {
	passage uint32
	score   float64
	near    float64 // proximity bonus
	pair    float64
	like    float64 // to the title or to a way of asking
	kin     float64 // to a way of asking
	present uint64  // slots that occur as asked
	partial uint64  // slots that occur through a synonym
}

// total is the score of a passage once it has been read.
func (d reading) total() float64 { return (d.score + d.near) * (1 + kinship*d.kin) }

// rescore reads the passages found, adds proximity, and makes hits of the best.
func (x *Index) rescore(s *searcher, found []uint64, limit int) Result {
	r := Result{}
	ideal := 0.0
	for _, o := range s.slots {
		ideal += float64(o.ideal) * float64(o.weight) / whole
		r.Telling += float64(o.telling)
		r.Peak = max(r.Peak, float64(o.telling))
	}
	if len(found) == 0 {
		return r
	}
	reads := s.reads[:0]
	x.setMarks(s)
	pairs := s.pairs()
	for _, key := range slices.Backward(found) {
		d := reading{passage: ^uint32(key), score: float64(key>>32) * x.scale / whole}
		if x.seq != nil {
			x.read(s, &look{reading: &d, slots: s.slots, pairs: &pairs, asked: float32(r.Telling)})
		} else {
			x.probe(s, &d)
		}
		reads = append(reads, d)
	}
	x.clearMarks(s)
	slices.SortStableFunc(reads, func(a, b reading) int {
		return cmp.Or(cmp.Compare(b.total(), a.total()), cmp.Compare(a.passage, b.passage))
	})
	reads = reads[:min(limit, len(reads))]
	r.Hits = make([]Hit, len(reads))
	for i, d := range reads {
		r.Hits[i] = Hit{
			Passage: int(d.passage), Score: d.total(), Like: d.like, Pair: d.pair,
			Match: min(1, d.score/max(ideal, 1e-9)), Coverage: s.coverage(d),
		}
		r.Hits[i].Confidence = confidence(r.Hits[i])
	}
	return r
}

// confidence is a logistic curve over match x coverage, fitted on questions
// with and without an answer in three public collections at equal odds. Models
// of up to six signals told them apart no better.
func confidence(h Hit) float64 {
	if h.Coverage == 0 {
		return 0 // what was said before is no evidence
	}
	return 1 / (1 + math.Exp(3.28-16.2*h.Match*h.Coverage))
}

// coverage is the share of the question's telling words found in a passage.
func (s *searcher) coverage(d reading) float64 {
	all, got := 0.0, 0.0
	for i, o := range s.slots {
		all += float64(o.telling)
		switch bit := uint64(1) << i; {
		case d.present&bit != 0 && o.fixed:
			got += 0.85 * float64(o.telling)
		case d.present&bit != 0:
			got += float64(o.telling)
		case d.partial&bit != 0:
			got += 0.7 * float64(o.telling)
		}
	}
	return got / max(all, 1e-9)
}

// setMarks notes which terms the reading looks for.
func (x *Index) setMarks(s *searcher) {
	if x.seq == nil {
		return
	}
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
	if x.seq == nil {
		return
	}
	for _, o := range s.slots {
		if o.known {
			s.mark[o.term] = 0
		}
	}
	for _, a := range s.alts {
		s.mark[a.term] = 0
	}
}

// look is one reading of a passage.
type look struct {
	*reading
	slots []slot
	pairs *[maxSlots]neighbours
	asked float32 // how telling the question is in all

	at    [maxSlots]int32 // where a slot last stood, + 1
	best  [maxSlots]uint8 // slot -> nearest distance to the one before it, 0 for none
	has   float32         // how telling the words of this phrase found are
	in    uint64          // slots found in this phrase as asked
	other uint64          // the same, through a synonym
}

// read goes once through the words of a passage: which slots occur, how near
// neighbours of the question stand, how like a phrase the question is.
func (x *Index) read(s *searcher, l *look) {
	mark, phrase, pos := uint32(markBody), int(x.phraseAt[l.passage])-1, int32(0)
	total := float32(0)
	for _, t := range x.seq[x.seqAt[l.passage]:x.seqAt[l.passage+1]] {
		pos++
		if t >= markTitle {
			l.end(mark, total)
			if mark = t; mark != markBody {
				phrase++
				total = x.phrases[phrase]
			}
			pos += reach
			continue
		}
		m := s.mark[t]
		if m == 0 && x.plain != nil {
			m = s.mark[x.plain[t]] // asked without marks
		}
		if m == 0 {
			continue
		}
		l.has += x.everyday[t]
		if m > maxSlots {
			l.other |= 1 << (m - 1 - maxSlots)
			continue
		}
		l.found(m-1, pos)
	}
	l.end(mark, total)
	l.nearness()
}

// found notes that slot i stands at pos.
func (l *look) found(i uint8, pos int32) {
	l.in |= 1 << i
	if b := l.pairs[i].before; b != 0 {
		if p := l.at[b-1]; p != 0 && pos+1-p <= reach {
			l.best[i] = closer(l.best[i], pos+1-p)
		}
	}
	if a := l.pairs[i].after; a != 0 {
		// In reversed order they count as one word further apart.
		if p := l.at[a-1]; p != 0 && pos+2-p <= reach {
			l.best[a-1] = closer(l.best[a-1], pos+2-p)
		}
	}
	l.at[i] = pos + 1
}

// end closes a phrase, or the body: how like it is the question?
func (l *look) end(mark uint32, total float32) {
	if l.in|l.other == 0 {
		return
	}
	if mark != markBody && l.has > 0 {
		q := float32(0)
		for m := l.in; m != 0; m &= m - 1 {
			q += l.slots[bits.TrailingZeros64(m)].telling
		}
		for m := l.other &^ l.in; m != 0; m &= m - 1 {
			q += 0.7 * l.slots[bits.TrailingZeros64(m)].telling
		}
		if p, c := l.has/total, q/l.asked; p+c > 0 {
			f := min(1, float64(2*p*c/(p+c))) // sums of many float32 may pass 1
			l.like = max(l.like, f)
			if mark == markAsk {
				l.kin = max(l.kin, f)
			}
		}
	}
	l.present |= l.in
	l.partial |= l.other
	l.has, l.in, l.other = 0, 0, 0
}

// nearness rewards neighbours of the question that stand near each other.
func (l *look) nearness() {
	for i, n := range l.best[:len(l.slots)] {
		if n == 0 {
			continue
		}
		a, b := l.slots[l.pairs[i].before-1], l.slots[i]
		l.near += lambda * float64(a.idf+b.idf) / 2 / float64(n)
		l.pair = max(l.pair, math.Sqrt(float64(a.telling*b.telling))/float64(n))
	}
}

func closer(a uint8, n int32) uint8 {
	if a == 0 || int32(a) > n {
		return uint8(n)
	}
	return a
}

// neighbours are the slots (+1) that stand before and after a slot where the
// question first has it.
type neighbours struct{ before, after uint8 }

func (s *searcher) pairs() (p [maxSlots]neighbours) {
	for k := 1; k < len(s.words); k++ {
		a, b := s.words[k-1], s.words[k]
		if a != b && p[b].before == 0 && p[a].after == 0 {
			p[b].before = uint8(a + 1)
			p[a].after = uint8(b + 1)
		}
	}
	return p
}

// probe looks the slots up in the postings, where word order is not kept.
func (x *Index) probe(s *searcher, d *reading) {
	for i, o := range s.slots {
		if o.known && x.holds(o.term, d.passage) {
			d.present |= 1 << i
			continue
		}
		for _, a := range s.alts[o.alts[0]:o.alts[1]] {
			if x.holds(a.term, d.passage) {
				d.partial |= 1 << i
				break
			}
		}
	}
}

// holds tells whether a passage holds a term.
func (x *Index) holds(t, passage uint32) bool {
	k, ok := slices.BinarySearch(x.win[x.first[t]:x.first[t+1]], uint16(passage>>winBits))
	if !ok {
		return false
	}
	k += int(x.first[t])
	_, ok = slices.BinarySearch(x.off[x.start[k]:x.start[k+1]], uint16(passage&(winSize-1)))
	return ok
}

// explain says how each word of the question was understood.
func (x *Index) explain(s *searcher) []Word {
	out := make([]Word, len(s.slots))
	for i, o := range s.slots {
		w := Word{Text: s.raw[i], Telling: float64(o.telling)}
		if o.known {
			w.Term = string(x.terms.str(o.term))
			w.Passages = int(x.df[o.term])
			if o.fixed {
				w.Corrected = w.Term
			}
		}
		for _, a := range s.alts[o.alts[0]:o.alts[1]] {
			w.Also = append(w.Also, string(x.terms.str(a.term)))
		}
		out[i] = w
	}
	return out
}
