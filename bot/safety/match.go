package safety

// span is where something was found: tokens from..to-1.
type span struct{ from, to int }

// field is the part of the text in which a pattern may lie.
type field struct {
	tokens []token
	span
}

// runs looks for a program around its anchor at pos.
func (m *machine) runs(p *prog, f field, pos int) (span, bool) {
	s := span{pos, pos + 1}
	if p.left >= 0 {
		from, ok := m.step(p.left, f, pos-1, -1)
		if !ok {
			return s, false
		}
		s.from = from + 1
	}
	if p.right >= 0 {
		to, ok := m.step(p.right, f, pos+1, 1)
		if !ok {
			return s, false
		}
		s.to = to
	}
	return s, true
}

// step walks the code; by is the direction. It returns the first token that
// was not used. Patterns are short, so that going back is cheap; its cost does
// not depend on the length of the text.
func (m *machine) step(pc int32, f field, pos, by int) (int, bool) {
	for {
		in := &m.code[pc]
		switch in.op {
		case doMatch:
			return pos, true
		case doWord:
			if pos < f.from || pos >= f.to || !m.sets[in.set].holds(&f.tokens[pos]) {
				return 0, false
			}
			pos += by
		case doAny:
			if pos < f.from || pos >= f.to || m.deny[in.set].holds(&f.tokens[pos]) {
				return 0, false
			}
			pos += by
		case doSplit:
			if end, ok := m.step(in.next, f, pos, by); ok {
				return end, true
			}
			pc = in.alt
			continue
		case doStart, doEnd, doMsgStart, doMsgEnd:
			if !f.at(in.op, edge(pos, by)) {
				return 0, false
			}
		}
		pc = in.next
	}
}

// edge is the place between two tokens that pos stands for.
func edge(pos, by int) int {
	if by < 0 {
		return pos + 1
	}
	return pos
}

func (f field) at(op instOp, edge int) bool {
	switch op {
	case doStart:
		return edge == 0 || edge < len(f.tokens) && f.tokens[edge-1].seg != f.tokens[edge].seg || edge == len(f.tokens)
	case doEnd:
		return edge == len(f.tokens) || edge == 0 || f.tokens[edge-1].seg != f.tokens[edge].seg
	case doMsgStart:
		return edge == 0
	default:
		return edge == len(f.tokens)
	}
}
