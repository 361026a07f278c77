package verify

const never = -1e9 // the score of pairing words that do not belong together

// step is the best way to pair the words of a clause up to one.
type step struct {
	score float64
	back  int // the choice for the word before
}

// trace pairs the words of a clause with those of its sentence, so that what
// stands side by side in one does in the other where it can.
func (x *laid) trace(p *part) {
	s := x.on.said[p.by]
	n, none := p.to-p.from, len(s.words) // the choice past the words is no word
	m := none + 1
	table := make([]step, n*m)
	for i := range n {
		for j := range m {
			table[i*m+j] = step{x.pairs(p, i, j), -1}
			if here := &table[i*m+j]; i > 0 && here.score > never {
				here.join(table[(i-1)*m:i*m], j, none)
			}
		}
	}
	p.at = make([]int, n)
	end := none
	for j := range m {
		if table[(n-1)*m+j].score > table[(n-1)*m+end].score {
			end = j
		}
	}
	for i := n - 1; i >= 0; i-- {
		p.at[i] = end
		if end == none {
			p.at[i] = -1
		}
		end = table[i*m+end].back
	}
	p.span(x, s)
}

// pairs is the worth of pairing the ith word of a clause with the jth of its
// sentence: 0 for none, never where they do not belong together.
func (x *laid) pairs(p *part, i, j int) float64 {
	s, top := x.on.said[p.by], x.links[p.from+i][p.by].good
	if j == len(s.words) {
		return 0
	}
	if top == 0 {
		return never
	}
	t := x.claim.word(p.from + i)
	g := bears(t, s.word(j))
	if g == 0 || g == contrary && top > contrary {
		return never
	}
	return g*max(t.weight, 0.05) + 0.001
}

// join adds the best way so far, less what it costs to stand apart.
func (here *step) join(before []step, j, none int) {
	best := never
	for k, b := range before {
		v := b.score
		if j != none && k != none {
			v -= apartBy(k, j)
		}
		if v > best {
			best, here.back = v, k
		}
	}
	here.score += best
}

// apartBy is what it costs to pair neighbours with words k and j.
func apartBy(k, j int) float64 {
	d := float64(j - k)
	switch {
	case d == 0:
		return 0.1
	case d < 0:
		return min(0.25, 0.1-0.01*d)
	}
	return min(0.15, 0.01*(d-1))
}

// span finds the stretch that the clause rests on: from the first telling word
// that is paired to the last, and on to the marks or conjunctions around it.
func (p *part) span(x *laid, s *sentence) {
	p.live = make([]bool, len(s.words))
	p.lo, p.hi = len(s.words), 0
	for i, at := range p.at {
		if at < 0 || x.claim.word(p.from+i).weight == 0 {
			continue
		}
		p.lo, p.hi = min(p.lo, at), max(p.hi, at+1)
		for k := range s.words {
			p.live[k] = p.live[k] || s.word(k).part == s.word(at).part
		}
	}
	if p.lo >= p.hi {
		p.lo, p.hi = 0, 0
		return
	}
	for p.lo > 0 && s.word(p.lo-1).part == s.word(p.lo).part {
		p.lo--
	}
	for p.hi < len(s.words) && s.word(p.hi).part == s.word(p.hi-1).part {
		p.hi++
	}
}
