package verify

import "slices"

// causes tells whether what the claim gives as the cause is the effect in the
// passage: both rest on one sentence, which has them in another order.
func (x *laid) causes(v *values) {
	cut, mine := x.claim.turn(because, therefore)
	if cut < 0 || x.main < 0 {
		return
	}
	s := x.on.said[x.main]
	there, theirs := s.turn(because, therefore)
	if there < 0 {
		v[causeTurned] = 0.3
		v[causeNew] = b2f(!x.explains())
		return
	}
	straight, crossed := 0.0, 0.0
	for at := range x.claim.words {
		k := x.links[at][x.main]
		if k.good == 0 || x.claim.word(at).weight == 0 || at == cut || k.at == there {
			continue
		}
		if (at > cut == mine) == (k.at > there == theirs) {
			straight += x.claim.word(at).weight
		} else {
			crossed += x.claim.word(at).weight
		}
	}
	v[causeTurned] = share(crossed, straight+crossed)
	if cut == 0 {
		v[causeTurned] = b2f(there > 0 && x.crossed(mine, there, theirs))
	}
}

// crossed tells whether the first clause of the claim, a cause or an effect, rests
// on the other side of the word that parts cause from effect in the passage.
func (x *laid) crossed(cause bool, there int, causeBehind bool) bool {
	p := x.parts[0]
	return p.by == x.main && p.hi > p.lo && (p.lo >= there) != (cause == causeBehind)
}

// turn is the place of the first of two kinds of marks, and whether it is of the
// first kind; -1 for none.
func (s *sentence) turn(first, second mark) (at int, isFirst bool) {
	for k := range s.words {
		if m := s.word(k).marks & (first | second); m != 0 {
			return k, m&first != 0
		}
	}
	return -1, false
}

// explains tells whether any sentence that the claim rests on, or the one after
// it, gives a cause.
func (x *laid) explains() bool {
	for _, p := range x.parts {
		for s := p.by; s >= 0 && s <= p.by+1 && s < len(x.on.said); s++ {
			if x.on.of[s] == x.on.of[p.by] && x.on.said[s].marks(0, len(x.on.said[s].words))&(because|therefore) != 0 {
				return true
			}
		}
	}
	return false
}

// omissions weighs what the passage says and the claim does not.
func (x *laid) omissions(v *values) {
	var stretch, inner, whole tally
	for _, p := range x.parts {
		if p.by < 0 {
			continue
		}
		s := x.on.said[p.by]
		first, last := len(s.words), -1
		for i, at := range p.at {
			if at >= 0 && x.claim.word(p.from+i).weight > 0 {
				first, last = min(first, at), max(last, at)
			}
		}
		head := true
		for at := range s.words {
			t := s.word(at)
			if t.weight == 0 {
				continue
			}
			gone := !x.says(p.by, at)
			whole.add(t.weight, gone)
			if at >= p.lo && at < p.hi {
				stretch.add(t.weight, gone)
				v[headLost] += b2f(head && gone)
				head = false
			}
			if at > first && at < last {
				inner.add(t.weight, gone)
			}
		}
		x.conditions(&p, s, v)
		v[supposed] = max(v[supposed], x.supposes(&p, s))
	}
	v[stretchLost], v[innerLost], v[sentenceLost] = stretch.share(), inner.share(), whole.share()
	v[ifLost], v[headLost], v[ifNew] = min(v[ifLost], 3), min(v[headLost], 2), min(v[ifNew], 2)
}

// tally counts what is left out of how much.
type tally struct{ all, out float64 }

func (y *tally) add(w float64, out bool) {
	y.all += w
	y.out += w * b2f(out)
}

func (y *tally) share() float64 { return share(y.out, y.all) }

func share(part, all float64) float64 {
	if all == 0 {
		return 0
	}
	return part / all
}

// conditions looks for a condition of the passage that the claim drops, and for
// conditions of its own.
func (x *laid) conditions(p *part, s *sentence, v *values) {
	for at := 0; at < len(s.words); at++ {
		if !conditional[s.word(at).word] || p.live[at] && s.word(at).word != "only" && s.word(at).word != "solo" {
			continue
		}
		said, lost, to := 0.0, 0.0, at
		for to < len(s.words) && (s.word(to).part <= s.word(at).part || s.word(to).part == s.word(at).part+1 && conditional[s.word(to).word]) {
			w := max(s.word(to).weight, 0.1)
			if x.says(p.by, to) {
				said += w
			} else {
				lost += w
			}
			to++
		}
		if p.live[at] && to < len(s.words) && conditional[s.word(to-1).word] {
			continue
		}
		if lost > said {
			v[ifLost]++
			v[strictLost] += b2f(limiting[s.word(at).word])
		}
		at = to - 1
	}
	lead := 0 // a leading "for H-2A visas,"
	for lead < len(s.words) && s.word(lead).clause == s.word(0).clause {
		lead++
	}
	if lead < len(s.words) && !p.live[0] && leading[s.word(0).word] {
		var y tally
		for at := range lead {
			y.add(s.word(at).weight, !x.says(p.by, at))
		}
		v[leadLost] += b2f(y.share() > 0.5)
	}
	has := func(i int) bool { return conditional[s.tokens[i].word] }
	for at := p.from; at < p.to; at++ {
		v[ifNew] += b2f(conditional[x.claim.word(at).word] && !slices.ContainsFunc(s.words, has))
	}
}

var (
	// conditional are the words that begin a condition.
	conditional = setOf([]string{"if", "unless", "only", "except", "when", "until", "where", "once", "whether", "si", "salvo", "excepto", "solo", "cuando", "hasta", "donde"})
	limiting    = setOf([]string{"only", "unless", "except", "if", "solo", "salvo", "excepto", "si"})
	leading     = setOf([]string{"for", "in", "on", "at", "under", "with", "during", "among", "to", "para", "en", "con", "bajo", "durante", "entre", "por"})
)

// supposes tells whether all that bears out a clause stands behind an if, and the
// clause has none.
func (x *laid) supposes(p *part, s *sentence) float64 {
	for at := p.from; at < p.to; at++ {
		if supposing[x.claim.word(at).word] {
			return 0
		}
	}
	behind := -1 // the mark-parted stretch that the if begins
	in := make(map[int]bool)
	for at := range s.words {
		if w := s.word(at).word; w == "if" || w == "si" {
			behind = s.word(at).clause
		}
		in[at] = s.word(at).clause == behind
	}
	inside, all := 0.0, 0.0
	for i, at := range p.at {
		if w := x.claim.word(p.from + i).weight; at >= 0 && w > 0 {
			all += w
			inside += w * b2f(in[at])
		}
	}
	return b2f(all > 0 && inside > 0.9*all)
}
