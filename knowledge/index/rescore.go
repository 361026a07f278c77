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
	for _, key := range slices.Backward(found) {
		d := reading{passage: ^uint32(key), score: float64(key>>32) * x.scale / whole}
		if x.seq != nil {
			x.read(s, &d)
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

// read goes once through the words of a passage: which slots occur, how near
// neighbours of the question stand, how like a phrase the question is.
func (x *Index) read(s *searcher, d *reading) {
	var (
		at                [maxSlots]int32 // where a slot last stood, + 1
		best              [maxSlots]uint8 // pair (k, k+1) of s.words -> nearest, 0 for none
		phrase            uint32          // the mark of the phrase being read
		has, total        float32         // telling words of this phrase found, and all
		inPhrase, partial uint64
	)
	pairs := s.pairs()
	asked := float32(0)
	for _, o := range s.slots {
		asked += o.telling
	}
	closePhrase := func() {
		if phrase != markBody && has > 0 {
			q := float32(0)
			for m := inPhrase; m != 0; m &= m - 1 {
				q += s.slots[bits.TrailingZeros64(m)].telling
			}
			for m := partial &^ inPhrase; m != 0; m &= m - 1 {
				q += 0.7 * s.slots[bits.TrailingZeros64(m)].telling
			}
			if p, c := has/total, q/asked; p+c > 0 {
				f := float64(2 * p * c / (p + c))
				d.like = max(d.like, f)
				if phrase == markAsk {
					d.kin = max(d.kin, f)
				}
			}
		}
		d.present |= inPhrase
		d.partial |= partial
		has, total, inPhrase, partial = 0, 0, 0, 0
	}
	pos := int32(0)
	for _, t := range x.seq[x.seqAt[d.passage]:x.seqAt[d.passage+1]] {
		pos++
		if t >= markTitle {
			closePhrase()
			phrase = t
			pos += reach
			continue
		}
		m := s.mark[t]
		if m == 0 && x.plain != nil {
			m = s.mark[x.plain[t]] // asked without marks
		}
		if phrase != markBody {
			total += x.everyday[t]
			if m != 0 {
				has += x.everyday[t]
			}
		}
		if m == 0 {
			continue
		}
		if m > maxSlots {
			partial |= 1 << (m - 1 - maxSlots)
			continue
		}
		i := m - 1
		inPhrase |= 1 << i
		if l := pairs[i]; l.before != 0 {
			if p := at[l.before-1]; p != 0 && pos+1-p <= reach {
				best[i] = closer(best[i], pos+1-p)
			}
		}
		if l := pairs[i]; l.after != 0 {
			// In reversed order they count as one word further apart.
			if p := at[l.after-1]; p != 0 && pos+2-p <= reach {
				best[l.after-1] = closer(best[l.after-1], pos+2-p)
			}
		}
		at[i] = pos + 1
	}
	closePhrase()
	for i, n := range best[:len(s.slots)] {
		if n == 0 {
			continue
		}
		a, b := s.slots[pairs[i].before-1], s.slots[i]
		d.near += lambda * float64(a.idf+b.idf) / 2 / float64(n)
		d.pair = max(d.pair, math.Sqrt(float64(a.telling*b.telling))/float64(n))
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
