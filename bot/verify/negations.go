package verify

// negations compares what claim and passage deny.
func (x *laid) negations(v *values) {
	for _, p := range x.parts {
		if p.by < 0 {
			continue
		}
		s := x.on.said[p.by]
		mine, theirs, against := x.claim.denials(p.from, p.to), 0, 0
		for at := range s.words {
			theirs += int(b2f(p.live[at] && s.word(at).has(tagNegator)))
		}
		for i, at := range p.at {
			if at < 0 {
				continue
			}
			t, b := x.claim.word(p.from+i), s.word(at)
			g := bears(t, b)
			against += int(b2f(contradicts(t, b, g)))
			if t.weight > 0 && (t.not != b.not) != contradicts(t, b, g) {
				v[turned] += t.weight
			}
		}
		v[contraries] += float64(against)
		v[parity] += float64((mine + theirs + against) % 2)
		x.negators(&p, s, v)
	}
	for _, k := range [...]sign{parity, denied, undenied, contraries, turned} {
		v[k] = min(v[k], 3)
	}
}

// contradicts tells whether one word says the opposite of the other.
func contradicts(a, b *token, good float64) bool {
	return good == contrary || good == likewise && a.has(tagOpposite) != b.has(tagOpposite)
}

// negators looks for denials on one side only: each must deny what is denied, or
// contradicted, on the other side.
func (x *laid) negators(p *part, s *sentence, v *values) {
	mine, theirs := 0, 0
	for at := p.from; at < p.to; at++ {
		if !x.claim.word(at).has(tagNegator) {
			continue
		}
		met := false
		for _, k := range x.claim.governed(at) {
			if k < p.from || k >= p.to || p.at[k-p.from] < 0 {
				continue
			}
			b := s.word(p.at[k-p.from])
			met = met || b.not != contradicts(x.claim.word(k), b, bears(x.claim.word(k), b))
		}
		mine += int(b2f(!met))
	}
	for at := range s.words {
		if !p.live[at] || !s.word(at).has(tagNegator) {
			continue
		}
		met, said := false, false
		for _, k := range s.governed(at) {
			for i, to := range p.at {
				if to == k {
					t := x.claim.word(p.from + i)
					said = true
					met = met || t.not != contradicts(t, s.word(k), bears(t, s.word(k)))
				}
			}
		}
		theirs += int(b2f(said && !met))
	}
	v[denied] += float64(max(0, mine-theirs))
	v[undenied] += float64(max(0, theirs-mine))
	v[moved] += float64(min(mine, theirs))
}

// governed are the first two telling words that a negator denies.
func (s *sentence) governed(at int) (out []int) {
	for k := at + 1; k < len(s.words) && len(out) < 2 && k < at+6 && s.word(k).clause == s.word(at).clause; k++ {
		if s.word(k).weight > 0 {
			out = append(out, k)
		}
	}
	for k := at - 1; k >= 0 && len(out) == 0 && s.word(k).clause == s.word(at).clause; k-- {
		if s.word(k).weight > 0 {
			out = append(out, k)
		}
	}
	return out
}
