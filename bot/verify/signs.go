package verify

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// A sign is something about a claim that may weigh against it.
type sign int

const (
	unknown      sign = iota // share of the claim that nothing bears out
	unknownMost              // weight of the heaviest word that nothing bears out
	unknownCount             // how many such words
	unknownEnds              // how many clauses begin or end with one
	loosely                  // share borne out by other words only
	single                   // share that the best sentence does not bear out
	near                     // nor the ones beside it
	passageOut               // nor the rest of its passage
	unjoint                  // share that the sentences best for each clause do not bear out
	headAway                 // clauses whose first telling word stands in another sentence
	nameApart                // names and roles whose clause another sentence bears out
	nameSwapped              // where the sentence has another of the kind that the claim has not
	figureApart              // the same of numbers and help lines
	figureLoose              // least of what bears out a number that also bears out its clause
	figureRival              // how much better another number fits
	nameLoose
	nameRival
	roleLoose
	roleRival
	wordLoose
	wordRival
	figureAlone // numbers whose neighbours are not theirs in the passage
	backwards   // share of neighbours that stand the other way round
	scattered   // share of neighbours that are none
	parity      // clauses denied on one side only
	denied      // denials of the claim that its sentences have not
	undenied    // denials of the sentences that the claim has not
	moved       // denials on both sides, of other words
	contraries  // words borne out by their opposite
	turned      // weight of words under a negation on one side only
	orderTurned // who does what to whom
	roleNew
	roleLost
	sectorNew
	sideTurned  // what somebody does stands on their other side
	tellerLost  // the passage only tells what somebody says
	causeNew    // a cause that the passage does not give
	causeTurned // cause and effect the other way round
	dutyLost    // the claim may, the passage must
	dutyNew
	hardened  // the passage says it softly, the claim hard
	hedgeLost // the passage says it softly, the claim does not
	subjectMoved
	supposed // the passage only supposes what the claim states
	licensed // the claim lets those who hold power do what the passage does not
	changed  // see altered
	stronger // how much more strongly the claim says it
	weaker
	innerLost // share of the stretch that the claim leaves out
	stretchLost
	sentenceLost
	ifLost     // telling words behind a condition that the claim leaves out
	strictLost // those that limit: only, unless
	leadLost   // a leading restriction: for H-2A visas
	ifNew      // conditions that the sentence has not
	headLost
	youNew
	spread // sentences that the clauses rest on, beyond the first
	leap   // of another passage
	elsewhere
	short
	long
	marksNew   // one for each mark
	marksLost  = marksNew + sign(markCount)
	firstClose = marksLost + sign(markCount) // see close
	signs      = firstClose + sign(20)
)

const markCount = 20

var signNames = plainNames()

func plainNames() []string {
	names := []string{
		"unknown", "unknown_most", "unknown_count", "unknown_ends", "loosely", "single", "near", "passage_out", "unjoint",
		"head_away", "name_apart", "name_swapped", "figure_apart", "figure_loose", "figure_rival", "name_loose", "name_rival", "role_loose", "role_rival", "word_loose", "word_rival", "figure_alone", "backwards", "scattered", "parity",
		"denied", "undenied", "negation_moved", "contraries", "turned", "order_turned", "role_new", "role_lost", "sector_new", "side_turned", "teller_lost", "cause_new", "cause_turned",
		"duty_lost", "duty_new", "hardened", "hedge_lost", "subject_moved", "supposed", "licensed", "altered", "stronger", "weaker", "inner_lost", "stretch_lost", "sentence_lost", "if_lost", "strict_lost", "lead_lost", "if_new", "head_lost", "you_new", "spread",
		"leap", "elsewhere", "short", "long",
	}
	return append(names, markSigns(names)...)
}

func markSigns(names []string) (out []string) {
	for _, end := range [...]string{"_new", "_lost"} {
		for _, m := range markNames {
			out = append(out, m+end)
		}
	}
	for k := range closeSigns {
		out = append(out, names[closeSigns[k]]+"_close")
	}
	return out
}

func (s sign) String() string { return signNames[s] }

// values are how much of each sign a claim shows.
type values [signs]float64

// String lists the signs that a claim shows.
func (v values) String() string {
	var b strings.Builder
	for k := range signs {
		if v[k] != 0 {
			fmt.Fprintf(&b, "%s %.2f, ", k, v[k])
		}
	}
	return b.String()
}

// weigh looks at a claim from all sides.
func (x *laid) weigh() (v values) {
	x.coverage(&v)
	x.joints(&v)
	x.apart(&v)
	x.neighbours(&v)
	x.bindings(&v)
	x.negations(&v)
	x.strength(&v)
	x.actors(&v)
	x.causes(&v)
	x.omissions(&v)
	v[elsewhere] = x.elsewhere()
	v[changed] = x.altered()
	v[short] = max(0, 3-x.weight)
	v[long] = min(12, x.weight)
	x.close(&v)
	return v
}

func (x *laid) coverage(v *values) {
	if x.weight == 0 {
		v[unknown], v[unknownMost] = 1, 1
		return
	}
	for at := range x.claim.words {
		w := x.claim.word(at).weight
		switch good := max(x.best[at], aside*x.titles[at]); {
		case w == 0:
		case good <= contrary:
			v[unknown] += w / x.weight
			v[unknownMost] = max(v[unknownMost], w)
			v[unknownCount]++
		case good < exactly:
			v[loosely] += w * (exactly - good) * 4 / x.weight
		}
	}
	v[unknownCount] = min(v[unknownCount], 6)
	for _, p := range x.parts {
		for _, at := range x.claim.ends(p.clause) {
			if max(x.best[at], x.titles[at]) <= contrary {
				v[unknownEnds]++
			}
		}
	}
}

// ends are the first and the last telling word of a clause.
func (s *sentence) ends(c clause) (out []int) {
	for at := c.from; at < c.to; at++ {
		if s.word(at).weight > 0 {
			out = append(out, at)
		}
	}
	if len(out) > 2 {
		out = []int{out[0], out[len(out)-1]}
	}
	return out
}

// out is the share of the claim that some sentences do not bear out, though
// titles and what stands aside may.
func (x *laid) out(c clause, titles []float64, in func(s int) float64) float64 {
	lost := 0.0
	for at := c.from; at < c.to; at++ {
		w := x.claim.word(at).weight
		if w == 0 {
			continue
		}
		good := aside * titles[at]
		for s, k := range x.links[at] {
			good = max(good, k.good*in(s))
		}
		lost += w * (1 - good)
	}
	return lost
}

func (x *laid) whole() clause { return clause{0, len(x.claim.words)} }

// single is the share that the best sentence leaves open.
func (x *laid) single() float64 {
	if x.weight == 0 {
		return 1
	}
	return x.out(x.whole(), x.titles, func(s int) float64 { return b2f(s == x.main) }) / x.weight
}

// joints tells how much of the claim is put together from several sentences.
func (x *laid) joints(v *values) {
	if x.weight == 0 {
		return
	}
	from := func(s int) int { return x.on.of[s] }
	v[single] = x.single()
	if x.main >= 0 {
		v[near] = x.out(x.whole(), x.titles, func(s int) float64 {
			if s >= x.main-1 && s <= x.main+1 && from(s) == from(x.main) {
				return exactly
			}
			return 0
		}) / x.weight
		v[passageOut] = x.out(x.whole(), x.titles, func(s int) float64 { return b2f(from(s) == from(x.main)) }) / x.weight
	}
	rests := []int{}
	for _, p := range x.parts {
		v[unjoint] += x.out(p.clause, x.titles, func(s int) float64 { return b2f(s == p.by) }) / x.weight
		if p.by >= 0 && !slices.Contains(rests, p.by) {
			if len(rests) > 0 && from(rests[0]) != from(p.by) {
				v[leap] = 1
			}
			rests = append(rests, p.by)
		}
		if e := x.claim.ends(p.clause); len(e) > 0 && p.by >= 0 {
			if x.links[e[0]][p.by].good <= contrary && x.titles[e[0]] == 0 {
				v[headAway]++
			}
		}
	}
	v[spread] = float64(max(0, len(rests)-1))
}

func b2f(ok bool) float64 {
	if ok {
		return 1
	}
	return 0
}

// elsewhere is how much more of the claim a passage that is not cited bears out,
// at least -0.2.
func (x *laid) elsewhere() float64 {
	if x.weight == 0 || !slices.Contains(x.cited, false) {
		return 0
	}
	titles := x.titled(false)
	other := x.bestFor(x.whole(), false, titles, -1)
	return max(-0.2, x.single()-x.out(x.whole(), titles, func(s int) float64 { return b2f(s == other) })/x.weight)
}

// names tells whether a word names somebody or something: a name, a role, a
// sector.
func (x *laid) names(t *token) bool {
	role, isRole := t.is(tagRole)
	return x.named(t) || isRole && role != "person" || t.has(tagSector)
}

// named tells whether a word is a name, also where it begins a sentence.
func (x *laid) named(t *token) bool { return t.proper || t.name && x.on.names[t.word] && !t.number }

// apart looks for names and numbers whose clause another sentence bears out.
func (x *laid) apart(v *values) {
	for _, p := range x.parts {
		if p.by < 0 {
			continue
		}
		for at := p.from; at < p.to; at++ {
			t := x.claim.word(at)
			good := x.links[at][p.by].good
			switch {
			case t.number || t.line:
				v[figureApart] += b2f(good == 0)
				v[figureAlone] += x.lonely(&p, at)
			case x.names(t) && at > 0 && good == 0 && x.titles[at] == 0:
				v[nameApart]++
				v[nameSwapped] += b2f(x.rival(t, &p))
			case x.names(t) && good == 0 && x.titles[at] == 0:
				v[nameSwapped] += b2f(x.rival(t, &p))
			}
		}
	}
	v[nameApart], v[figureApart] = min(v[nameApart], 3), min(v[figureApart], 2)
	v[nameSwapped] = min(v[nameSwapped], 2)
}

// rival tells whether the stretch has a name of the kind of t that the claim
// has not.
func (x *laid) rival(t *token, p *part) bool {
	s := x.on.said[p.by]
	for at := p.lo; at < p.hi; at++ {
		b := s.word(at)
		if x.names(b) && b.has(tagRole) == t.has(tagRole) && b.has(tagSector) == t.has(tagSector) && !x.says(p.by, at) {
			return true
		}
	}
	return false
}

// lonely tells whether a number stands with other words than in the passage:
// none of the telling words on its sides within three is near it there.
func (x *laid) lonely(p *part, at int) float64 {
	here := p.at[at-p.from]
	if here < 0 {
		return 0
	}
	near, all := 0.0, 0.0
	for k := max(p.from, at-3); k < min(p.to, at+4); k++ {
		w := x.claim.word(k).weight
		if k == at || w == 0 {
			continue
		}
		all += w
		if there := p.at[k-p.from]; there >= 0 && abs(there-here) <= 4 {
			near += w
		}
	}
	if all == 0 {
		return 0
	}
	return 1 - near/all
}

func abs(n int) int { return max(n, -n) }

// neighbours tells how many telling words that stand side by side in the claim
// do so the other way round, or far from each other, in the passage.
func (x *laid) neighbours(v *values) {
	pairs := 0.0
	for _, p := range x.parts {
		last := -1
		for i := range p.at {
			if x.claim.word(p.from+i).weight == 0 {
				continue
			}
			if last >= 0 {
				pairs++
				a, b := p.at[last], p.at[i]
				switch {
				case a < 0 || b < 0:
					v[scattered]++
				case b < a:
					v[backwards]++
				default:
					v[scattered] += math.Min(1, 0.2*float64(max(0, x.telling(p.by, a, b)-1)))
				}
			}
			last = i
		}
	}
	if pairs > 0 {
		v[scattered] /= pairs
		v[backwards] /= pairs
	}
}

// telling counts the telling words from a to b in a sentence.
func (x *laid) telling(s, a, b int) (n int) {
	for at := a + 1; at <= b; at++ {
		if x.on.said[s].word(at).weight > 0 {
			n++
		}
	}
	return n
}
