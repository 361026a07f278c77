package verify

// clause is a stretch of a claim that says one thing.
type clause struct{ from, to int } // places in words

// clauses parts a claim where a mark or a conjunction does; a stretch of fewer
// than two telling words belongs to the one before it.
func (l *language) clauses(s *sentence) (out []clause) {
	start, told := 0, 0
	for at := range s.words {
		if told >= 2 && s.word(at).part != s.word(at-1).part {
			out = append(out, clause{start, at})
			start, told = at, 0
		}
		if s.word(at).weight > 0 {
			told++
		}
	}
	if told < 2 && len(out) > 0 {
		out[len(out)-1].to = len(s.words)
		return out
	}
	return append(out, clause{start, len(s.words)})
}

// count tells how many words of a stretch mean something of a kind.
func (s *sentence) count(k tag, from, to int) (n int) {
	for at := from; at < to; at++ {
		if s.word(at).has(k) {
			n++
		}
	}
	return n
}

// denials tells how often a stretch is denied.
func (s *sentence) denials(from, to int) int { return s.count(tagNegator, from, to) }
