package index

import (
	"cmp"
	"math"
	"slices"
)

const (
	lambda  = 0.5 // weight of proximity
	kinship = 2   // how much a known way of asking lifts its passage
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
	for _, key := range slices.Backward(found) {
		reads = append(reads, reading{passage: ^uint32(key), score: float64(key>>32) * x.scale / whole})
	}
	if x.ordered() {
		x.read(s, reads, float32(r.Telling))
	} else {
		for i := range reads {
			x.probe(s, &reads[i])
		}
	}
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
	_, ok := x.posting(t, passage)
	return ok
}

// posting finds the posting of a term for a passage.
func (x *Index) posting(t, passage uint32) (uint32, bool) {
	k, ok := slices.BinarySearch(x.win[x.first[t]:x.first[t+1]], uint16(passage>>winBits))
	if !ok {
		return 0, false
	}
	k += int(x.first[t])
	i, ok := slices.BinarySearch(x.off[x.start[k]:x.start[k+1]], uint16(passage&(winSize-1)))
	return x.start[k] + uint32(i), ok
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
