package verify

import "slices"

// A mark is how strongly something is said, of how many, when and why.
type mark uint32

const (
	must mark = 1 << iota
	should
	may
	will
	all
	most
	some
	only
	half
	more
	less
	about
	before
	after
	because
	therefore
	now  // at present, or still
	past // no longer
	even // in spite of something
	unless
	lastMark
)

var markNames = []string{
	"must", "should", "may", "will", "all", "most", "some", "only", "half", "more", "less", "about",
	"before", "after", "because", "therefore", "now", "past", "even", "unless",
}

// markOf is the mark of a meaning, 0 where it has none.
func markOf(m meaning) mark {
	if m.tag != tagModal && m.tag != tagQuantifier && m.tag != tagOrder && m.tag != tagCause {
		return 0
	}
	if k := slices.Index(markNames, m.name); k >= 0 {
		return 1 << k
	}
	return 0
}

// marks are those of some words of a sentence.
func (s *sentence) marks(from, to int) (out mark) {
	for at := from; at < to; at++ {
		out |= s.word(at).marks
	}
	return out
}
