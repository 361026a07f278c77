package verify

// kind is what a word may be mistaken for: another number of its unit, another
// name, another role. It is 0 for common words.
type kind int

const (
	common kind = iota
	aNumber
	aName
	aRole
)

// looseOf is the sign of how loosely a word of a kind is bound; the one after it
// tells how much better another word of the kind fits.
var looseOf = [...]sign{common: wordLoose, aNumber: figureLoose, aName: nameLoose, aRole: roleLoose}

func (x *laid) kind(t *token) kind {
	role, isRole := t.is(tagRole)
	switch {
	case t.number:
		return aNumber
	case t.line, x.named(t):
		return aName
	case isRole && role != "person", t.has(tagSector):
		return aRole
	}
	return common
}

// bindings tells of each number, name and role of a claim whether what the claim
// says of it is what the passage says of it, or rather of another one.
func (x *laid) bindings(v *values) {
	for _, p := range x.parts {
		for at := p.from; at < p.to; at++ {
			t := x.claim.word(at)
			k := x.kind(t)
			if k == common && t.weight < 0.6 || x.best[at] == 0 || x.titles[at] > 0 && k != aNumber {
				continue
			}
			loose := looseOf[k]
			c := p.clause
			if x.rest(c, at) < 0.4 {
				c = x.whole()
			}
			own, other := x.fit(c, at, k)
			v[loose] = max(v[loose], 1-own)
			v[loose+1] = max(v[loose+1], other-own)
		}
	}
}

// rest is the weight of a clause but for one word.
func (x *laid) rest(c clause, but int) (w float64) {
	for at := c.from; at < c.to; at++ {
		if at != but && !x.claim.word(at).number {
			w += x.claim.word(at).weight
		}
	}
	return w
}

// fit is how much of the rest of a clause is borne out, at best, by a unit that
// holds the word, and by one that has another of its kind instead.
func (x *laid) fit(c clause, at int, k kind) (own, other float64) {
	all := x.rest(c, at)
	if all == 0 {
		return 1, 0
	}
	for u := range x.on.units {
		if !x.cited[x.on.of[x.on.units[u].in]] {
			continue
		}
		sum := 0.0
		for i := c.from; i < c.to; i++ {
			if i != at && !x.claim.word(i).number {
				whole := x.links[i][x.on.units[u].in].good
				sum += x.claim.word(i).weight * max(0.7*x.near[i][u]+0.3*whole, 0.6*x.titles[i])
			}
		}
		if x.near[at][u] > contrary {
			own = max(own, sum/all)
		} else if sum/all > other && x.taken(u, c, x.claim.word(at), k) {
			other = sum / all
		}
	}
	return own, other
}

// taken tells whether a unit holds a word of a kind that the clause has not.
func (x *laid) taken(u int, c clause, t *token, k kind) bool {
	n := x.on.units[u]
	for at := n.from; at < n.to; at++ {
		b := x.on.said[n.in].word(at)
		of := k == common && b.weight >= 0.6 || k != common && x.kind(b) == k
		if of && (k != aNumber || alike(b.unit, t.unit)) && !x.within(c, b) {
			return true
		}
	}
	return false
}

// within tells whether a clause says a word, in any form.
func (x *laid) within(c clause, b *token) bool {
	for at := c.from; at < c.to; at++ {
		if bears(x.claim.word(at), b) > contrary {
			return true
		}
	}
	return false
}
