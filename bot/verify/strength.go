package verify

import (
	"math/bits"
	"slices"
)

// force is how strongly some marks say something, from -2 to 3.
func force(m mark, denied bool) float64 {
	switch {
	case m&(must|will|all|only) != 0 && denied:
		return 0
	case m&(must|will|all|only) != 0:
		return 3
	case m&(most|should) != 0:
		return 1
	case m&(may|some) != 0:
		return -2
	}
	return 0
}

// strength compares how strongly claim and passage say it.
func (x *laid) strength(v *values) {
	whole := x.claim.marks(0, len(x.claim.words))
	for _, p := range x.parts {
		if p.by < 0 {
			continue
		}
		s := x.on.said[p.by]
		mine, theirs, denied := x.claim.marks(p.from, p.to), mark(0), false
		for at := range s.words {
			if p.live[at] {
				theirs |= s.word(at).marks
				denied = denied || s.word(at).has(tagNegator)
			}
		}
		around := s.marks(0, len(s.words))
		for m := range markCount {
			bit := mark(1) << m
			if mine&bit != 0 && around&bit == 0 {
				v[marksNew+sign(m)] = 1
			}
			if theirs&bit != 0 && whole&bit == 0 {
				v[marksLost+sign(m)] = 1
			}
		}
		soft, hard := may|some|most|should, must|will|all|only
		v[dutyLost] += b2f(theirs&must != 0 && (mine&may != 0 && mine&must == 0 || x.claim.denials(p.from, p.to) > 0 && !denied))
		v[tellerLost] += b2f(s.tells() && !x.claim.tells())
		v[dutyNew] += b2f(mine&must != 0 && mine&may == 0 && around&must == 0)
		v[hardened] += b2f(theirs&soft != 0 && mine&soft == 0 && mine&hard != 0 || theirs&(may|some) != 0 && mine&most != 0 && mine&(may|some) == 0)
		v[hedgeLost] += b2f(theirs&soft != 0 && whole&soft == 0)
		d := force(mine, x.claim.denials(p.from, p.to) > 0) - force(theirs, denied)
		v[stronger], v[weaker] = max(v[stronger], d), max(v[weaker], -d)
	}
}

// tells tells whether a sentence gives what somebody says.
func (s *sentence) tells() bool {
	return slices.ContainsFunc(s.words, func(i int) bool { return telling[s.tokens[i].word] })
}

var telling = setOf([]string{"say", "says", "said", "told", "tell", "tells", "claim", "claims", "promise", "promises", "seem", "seems", "dice", "dicen", "dijo", "dijeron", "prometen", "promete", "parece", "parecen", "segun", "according"})

// close repeats the signs that say most where the claim keeps close to its
// sentence: there a word more or less is no other way to say it.
func (x *laid) close(v *values) {
	near := max(0, 1-2.5*v[single]) * b2f(v[unknownCount] == 0)
	for k, of := range closeSigns {
		v[firstClose+sign(k)] = near * min(1, v[of])
	}
}

// closely is the sign that repeats another one.
func closely(s sign) sign { return firstClose + sign(slices.Index(closeSigns[:], s)) }

// isNew is the sign that the claim has a mark and the passage has not.
func isNew(m mark) sign { return marksNew + sign(bits.TrailingZeros32(uint32(m))) }

// isLost is the sign that the passage has a mark and the claim has not.
func isLost(m mark) sign { return marksLost + sign(bits.TrailingZeros32(uint32(m))) }

var closeSigns = [...]sign{denied, undenied, turned, contraries, moved, stronger, dutyLost, orderTurned, sideTurned, backwards, ifLost, leadLost, innerLost, headLost, causeNew, tellerLost, roleLost, roleNew, subjectMoved, figureLoose}
