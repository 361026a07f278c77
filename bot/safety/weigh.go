package safety

// The kinds that texts are weighed for. The order is that of the weights file.
// The last one is danger and self-harm together: it is easier to hear that
// something is urgent than what.
var weighed = [...]Kind{Danger, SelfHarm, Disclosure, Tip, Refusal, OffTopic, About, either}

const either Kind = "urgent"

// scores are what a stretch of text weighs for each kind: above zero it counts.
type scores [len(weighed)]float32

// Sizes of what is weighed in one piece. A longer segment is weighed in pieces
// that overlap, so that what stands far away says nothing.
const (
	longestWord = 64 // bytes of a word that are looked at
	stretch     = 40 // words
	stretches   = 4  // segments in a row
)

// fresh keeps the features that are the first of their sort in this segment:
// what is said twice does not count twice.
func (sc *scan) fresh(features []uint64) []uint64 {
	out := features[:0]
	for _, f := range features {
		e := &sc.once[f%uint64(len(sc.once))]
		if *e != f+sc.turn {
			*e = f + sc.turn
			out = append(out, f)
		}
	}
	return out
}

// A tally adds up what features weigh for each kind, in the units of weights.
type tally [len(weighed)]int32

func (t *tally) less(x *tally) (out tally) {
	for k := range t {
		out[k] = t[k] - x[k]
	}
	return out
}

// piece is what a segment weighs, and its length.
type piece struct {
	tally
	words int
}

// weigh gives the most that any stretch of the text weighs for each kind. Text
// in other segments adds stretches and takes none away, so that it cannot lower
// what is found. Its cost is linear in the length of the text.
func (s *signs) weigh(sc *scan, w *weights) scores {
	s.hashTokens(sc, w)
	most := w.nothing()
	sc.pieces = sc.pieces[:0]
	unit := 0
	for i := range sc.segs {
		seg := &sc.segs[i]
		if seg.to <= seg.from { // an empty one, or the end
			continue
		}
		p := piece{words: seg.to - seg.from}
		p.tally = s.tally(sc, w, seg.span, &unit, &most)
		sc.pieces = append(sc.pieces, p)
		s.joined(sc, w, &most)
	}
	return most
}

// tally adds up a segment. One that is too long to be weighed in one piece is
// weighed in pieces that overlap.
func (s *signs) tally(sc *scan, w *weights, seg span, unit *int, most *scores) tally {
	sc.turn = mix(sc.turn, 1)
	var sum tally
	long := seg.to-seg.from > stretch
	sc.sums, sc.feats = sc.sums[:0], sc.feats[:0]
	for pos := seg.from; pos < seg.to; pos++ {
		sc.feats = s.wordFeatures(sc, pos, sc.feats)
		for ; *unit < len(sc.units) && sc.units[*unit].last == pos; *unit++ {
			sc.feats = s.unitFeatures(sc, *unit, sc.feats)
		}
		if !long {
			continue
		}
		w.add(sc.feats, &sum)
		sc.feats = sc.feats[:0]
		sc.sums = append(sc.sums, sum)
		switch n := pos - seg.from; {
		case n == stretch-1:
			w.raise(most, &sum)
		case n >= stretch:
			part := sum.less(&sc.sums[n-stretch])
			w.raise(most, &part)
		}
	}
	w.add(sc.fresh(sc.feats), &sum) // none of a long one are left
	return sum
}

// joined weighs the last segment alone, and with those right before it.
func (s *signs) joined(sc *scan, w *weights, most *scores) {
	var whole tally
	words := 0
	for i := len(sc.pieces) - 1; i >= max(0, len(sc.pieces)-stretches); i-- {
		p := &sc.pieces[i]
		if words += p.words; words > stretch {
			return
		}
		for k := range whole {
			whole[k] += p.tally[k]
		}
		w.raise(most, &whole)
	}
}
