package verify

import (
	"slices"
	"strings"
)

// How much a word of a claim is borne out by one of a passage.
const (
	exactly  = 1.0
	likewise = 0.85 // another word of the same meaning
	akin     = 0.7  // the same root: recruit, recruitment
	contrary = 0.3  // the opposite word: it speaks of the same, the other way
	aside    = 0.8  // of what the title or the sentence before knows
)

// bears is how well word b bears out word a, 0 to 1; contrary where it says the
// opposite.
func bears(a, b *token) float64 {
	switch {
	case a.line || b.line:
		return same(a.word == b.word)
	case a.number || b.number:
		return same(a.number && b.number && a.value == b.value && alike(a.unit, b.unit))
	case a.proper && !b.name:
		return 0 // the Labor Department is no labor
	case a.stem == b.stem:
		return exactly
	}
	for _, k := range [...]tag{tagRole, tagSector} {
		r, ok := a.is(k)
		q, ok2 := b.is(k)
		if ok && ok2 && r == q {
			return likewise
		}
		if ok && ok2 {
			return 0
		}
	}
	if best := kin(a.means, b); best > 0 {
		return best
	}
	for _, n := range b.means {
		if n.tag == tagOpposite && n.name == a.stem {
			return likewise
		}
	}
	if sameRoot(a.stem, b.stem) {
		return akin
	}
	return 0
}

func same(ok bool) float64 {
	if ok {
		return exactly
	}
	return 0
}

// kin is how well the meanings of a word agree with another word's.
func kin(means []meaning, b *token) (best float64) {
	for _, m := range means {
		if m.tag == tagOpposite && m.name == b.stem {
			best = likewise
		}
		for _, n := range b.means {
			switch {
			case m.tag != n.tag:
			case m == n && (m.tag == tagGroup || m.tag == tagOpposite):
				best = likewise
			case m.tag == tagSide && opposed(m.name, n.name):
				best = max(best, contrary)
			}
		}
	}
	return best
}

// opposed tells whether two sides are those of one pair.
func opposed(a, b string) bool {
	return len(a) == len(b) && a != b && a[:len(a)-1] == b[:len(b)-1]
}

// sameRoot tells whether two stems share so long a beginning that they are of
// one family.
func sameRoot(a, b string) bool {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n >= 5 && n*10 >= 7*max(len(a), len(b)) || n >= 6 && n == min(len(a), len(b)) && max(len(a), len(b)) <= n+4
}

// place is where a word of a sentence stands: which sentence of the passages
// cited, and which of its words.
type place struct{ in, at, unit int }

// ground are the sentences that a claim may rest on, with an index of their
// words. It is read only.
type ground struct {
	passages []*passage
	said     []*sentence
	of       []int // passage of each
	units    []unit
	index    map[string][]place
	names    map[string]bool // words that are names somewhere
}

// unit is a stretch of a sentence between marks and conjunctions.
type unit struct{ in, from, to int }

func newGround(ps []*passage) *ground {
	g := &ground{passages: ps, index: map[string][]place{}, names: map[string]bool{}}
	for n, p := range ps {
		for _, s := range p.sentences {
			g.said, g.of = append(g.said, s), append(g.of, n)
			for at := range s.words {
				g.add(s, at)
			}
		}
	}
	return g
}

// add takes in a word of the last sentence.
func (g *ground) add(s *sentence, at int) {
	in := len(g.said) - 1
	if at == 0 || s.word(at).part != s.word(at-1).part {
		g.units = append(g.units, unit{in, at, at})
	}
	u := len(g.units) - 1
	g.units[u].to = at + 1
	t := s.word(at)
	if t.proper {
		g.names[t.word] = true
	}
	for _, key := range t.key {
		g.index[key] = append(g.index[key], place{in, at, u})
	}
}

// keyOf begins the keys of meanings by which words bear out each other. What is
// opposite has the stem of what it is the opposite of.
var keyOf = [tagSide + 1]string{tagGroup: "=", tagRole: "@", tagSector: "&", tagSide: "|", tagOpposite: " "}

// keys are what words that may bear out each other have in common.
func (t *token) keys() (out []string) {
	out = append(out, t.stem, " "+t.stem)
	if t.number {
		return append(out, "#")
	}
	if t.line {
		return out
	}
	if len(t.stem) >= 5 {
		out = append(out, "~"+t.stem[:5])
	}
	for _, m := range t.means {
		if k := keyOf[m.tag]; k != "" {
			out = append(out, k+strings.TrimRight(m.name, "+-"))
		}
	}
	return out
}

// link is how well a sentence bears out one word of a claim, and where.
type link struct {
	good float64
	at   int
}

// laid is a claim laid beside the sentences of the passages it cites.
type laid struct {
	claim  *sentence
	on     *ground
	cited  []bool      // by passage
	links  [][]link    // by word of the claim, by sentence
	near   [][]float64 // how well each unit bears out each word
	titles []float64   // how well titles of passages cited bear out each word
	best   []float64   // how well any sentence of theirs does
	weight float64     // of all words of the claim
	parts  []part
	main   int            // the sentence that bears out most of the claim; -1 for none
	heard  map[int][]bool // see says
}

// part is a clause of a claim with the sentence that bears it out best.
type part struct {
	clause
	by     int    // sentence, -1 for none
	at     []int  // place of what bears out each word there, -1 for none
	lo, hi int    // the stretch there that the clause rests on
	live   []bool // words there whose unit holds something that the clause says
}

// lay lays a claim beside the sentences of the passages cited.
func (l *language) lay(claim *sentence, on *ground, cited []bool) *laid {
	n := len(claim.words)
	x := &laid{claim: claim, on: on, cited: cited, links: make([][]link, n), near: make([][]float64, n), best: make([]float64, n), heard: map[int][]bool{}}
	row, near := make([]link, n*len(on.said)), make([]float64, n*len(on.units))
	for at := range claim.words {
		x.links[at], row = row[:len(on.said)], row[len(on.said):]
		x.near[at], near = near[:len(on.units)], near[len(on.units):]
		x.find(at)
	}
	x.titles = x.titled(true)
	x.main = x.bestFor(clause{0, n}, true, x.titles, -1)
	for _, c := range l.clauses(claim) {
		p := part{clause: c, by: x.bestFor(c, true, x.titles, x.main)}
		if p.by >= 0 {
			x.trace(&p)
		}
		x.parts = append(x.parts, p)
	}
	return x
}

// find looks up what bears out a word of the claim.
func (x *laid) find(at int) {
	t := x.claim.word(at)
	x.weight += t.weight
	for _, key := range t.key {
		for _, p := range x.on.index[key] {
			g := bears(t, x.on.said[p.in].word(p.at))
			x.near[at][p.unit] = max(x.near[at][p.unit], g)
			if g > x.links[at][p.in].good {
				x.links[at][p.in] = link{g, p.at}
			}
			if g > x.best[at] && x.cited[x.on.of[p.in]] {
				x.best[at] = g
			}
		}
	}
}

// titled is how well the titles of the passages cited, or of the others, bear
// out each word.
func (x *laid) titled(cited bool) []float64 {
	out := make([]float64, len(x.claim.words))
	for n, p := range x.on.passages {
		if x.cited[n] != cited {
			continue
		}
		for at := range out {
			for k := range p.title.words {
				out[at] = max(out[at], bears(x.claim.word(at), p.title.word(k)))
			}
		}
	}
	return out
}

// bestFor is the sentence, of the passages cited or of the others, that bears
// out most of a clause; -1 if none bears out any of it. Among equals the one
// preferred wins, or else the first.
func (x *laid) bestFor(c clause, cited bool, titles []float64, preferred int) int {
	best, most := -1, 0.0
	for s := range x.on.said {
		if x.cited[x.on.of[s]] != cited {
			continue
		}
		k := 0.0
		for at := c.from; at < c.to; at++ {
			g := x.links[at][s].good
			k += x.claim.word(at).weight * max(g, 0.6*titles[at])
			if g > 0 && x.claim.word(at).weight == 0 {
				k += 0.02
			}
		}
		if s == preferred {
			k *= 1.1
		}
		if k > most+1e-9 {
			best, most = s, k
		}
	}
	return best
}

// says tells whether the claim holds, in any form, a word of a sentence.
func (x *laid) says(s, at int) bool {
	h := x.heard[s]
	if h == nil {
		b := x.on.said[s]
		h = make([]bool, len(b.words))
		for k := range h {
			h[k] = slices.ContainsFunc(x.claim.words, func(i int) bool { return bears(&x.claim.tokens[i], b.word(k)) > contrary })
		}
		x.heard[s] = h
	}
	return h[at]
}
