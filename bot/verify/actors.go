package verify

import "slices"

// actors compares who does what to whom.
func (x *laid) actors(v *values) {
	for _, p := range x.parts {
		if p.by < 0 {
			continue
		}
		s := x.on.said[p.by]
		mine, theirs := x.claim.cast(tagRole, p.from, p.to), s.cast(tagRole, 0, len(s.words))
		for _, r := range mine {
			v[roleNew] += b2f(!slices.Contains(theirs, r) && !x.inTitle(tagRole, r))
		}
		for _, r := range s.liveCast(&p) {
			v[roleLost] += b2f(!slices.Contains(x.claim.cast(tagRole, 0, len(x.claim.words)), r))
		}
		sectors := s.cast(tagSector, 0, len(s.words))
		for _, r := range x.claim.cast(tagSector, p.from, p.to) {
			v[sectorNew] += b2f(!slices.Contains(sectors, r) && !x.inTitle(tagSector, r))
		}
		x.turns(&p, s, v)
		v[licensed] = max(v[licensed], b2f(x.claim.licence(p.from, p.to) && !s.licence(0, len(s.words))))
		v[subjectMoved] += b2f(x.moved(&p, s))
		v[youNew] += b2f(x.claim.speaks(p.from, p.to) && !s.speaks(0, len(s.words)))
	}
	v[roleNew], v[roleLost], v[sectorNew], v[orderTurned] = min(v[roleNew], 2), min(v[roleLost], 2), min(v[sectorNew], 2), min(v[orderTurned], 2)
}

// moved tells whether the clause begins with what is no beginning in the passage,
// and the passage's own beginning, somebody, is gone from there.
func (x *laid) moved(p *part, s *sentence) bool {
	for i, at := range p.at {
		t := x.claim.word(p.from + i)
		if x.claim.word(p.from+i).weight == 0 && x.kind(t) == common {
			continue
		}
		if at < 0 {
			return false
		}
		for k := range at {
			b := s.word(k)
			if b.part == s.word(at).part && x.kind(b) != common && x.kind(b) != aNumber {
				return true
			}
		}
		return false
	}
	return false
}

// speaks tells whether a stretch speaks to the reader.
func (s *sentence) speaks(from, to int) bool {
	for at := from; at < to; at++ {
		switch s.word(at).word {
		case "you", "your", "yours", "usted", "ustedes", "su", "sus", "le":
			return true
		}
	}
	return false
}

// inTitle tells whether a title cited means something.
func (x *laid) inTitle(k tag, name string) bool {
	for n, p := range x.on.passages {
		if x.cited[n] && slices.Contains(p.title.cast(k, 0, len(p.title.words)), name) {
			return true
		}
	}
	return false
}

// turns looks for somebody who stands on the other side of what they do, or of
// somebody else, than in the passage, though both say it in the same voice.
func (x *laid) turns(p *part, s *sentence, v *values) {
	if x.claim.passive(p.from, p.to) != s.passive(p.lo, p.hi) {
		return
	}
	last, lastSome := -1, false
	for i, at := range p.at {
		t := x.claim.word(p.from + i)
		k := x.kind(t)
		some := k == aName || k == aRole
		if at < 0 || t.weight == 0 && !some {
			continue
		}
		if last >= 0 && at < last && s.word(at).part == s.word(last).part {
			switch {
			case some && lastSome:
				v[orderTurned]++
			case some || lastSome:
				v[sideTurned]++
			}
		}
		last, lastSome = at, some
	}
}

// cast are the roles or sectors of a stretch as they come on; workers, victims
// and people are one.
func (s *sentence) cast(k tag, from, to int) (out []string) {
	for at := from; at < to; at++ {
		r, ok := s.word(at).is(k)
		if !ok {
			continue
		}
		if k == tagRole && (r == "person" || r == "victim") {
			r = "worker"
		}
		if !slices.Contains(out, r) {
			out = append(out, r)
		}
	}
	return out
}

// liveCast are the roles in the units that a clause rests on.
func (s *sentence) liveCast(p *part) (out []string) {
	for at := p.lo; at < p.hi; at++ {
		if p.live[at] {
			out = append(out, s.cast(tagRole, at, at+1)...)
		}
	}
	return out
}

// passive tells whether a stretch says by whom something is done.
func (s *sentence) passive(from, to int) bool {
	for at := from; at < to; at++ {
		if w := s.word(at).word; w == "by" || w == "por" {
			return true
		}
	}
	return false
}

// licence tells whether a stretch says that an employer, a recruiter or their like
// may do something.
func (s *sentence) licence(from, to int) bool {
	power := false
	for at := from; at < to; at++ {
		t := s.word(at)
		if r, ok := t.is(tagRole); ok {
			power = powerful[r]
		}
		if power && t.marks&may != 0 && !t.not {
			return true
		}
	}
	return false
}

var powerful = map[string]bool{"employer": true, "recruiter": true, "company": true, "landlord": true, "host": true}
