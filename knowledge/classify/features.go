package classify

import (
	"slices"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// longest is how much of a text is looked at, in words.
const longest = 120

// mix hashes two numbers into one.
func mix(a, b uint64) uint64 {
	h := (a ^ b*0xff51afd7ed558ccd) * 0xc4ceb9fe1a85ec53
	return h ^ h>>29
}

// features lists what is seen in a text, each once, sorted: its words without
// case and accents, pairs of neighbours, and letters by threes to fives.
func features(text string) []uint64 {
	var s scratch
	s.features(text)
	return s.feats
}

func (s *scratch) features(text string) {
	out, word := s.feats[:0], s.word[:0]
	before, words := uint64(0), 0
	end := func() {
		if len(word) == 0 {
			return
		}
		h := uint64(1)
		for _, r := range word {
			h = mix(h, uint64(r)) //nolint:gosec // letters are not negative
		}
		out = append(out, h, mix(mix(2, before), h))
		before = h
		out = letters(word, out)
		word = word[:0]
		words++
	}
	for _, r := range norm.NFKD.String(text) {
		switch {
		case r >= 'a' && r <= 'z':
			word = append(word, r)
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			word = append(word, unicode.ToLower(r))
		case unicode.IsMark(r), r == '\'', r == '’':
		default:
			end()
		}
		if words == longest {
			break
		}
	}
	end()
	slices.Sort(out)
	s.feats, s.word = slices.Compact(out), word
}

func letters(word []rune, out []uint64) []uint64 {
	if len(word) < 3 {
		return out
	}
	at := func(i int) uint64 {
		if i == 0 || i > len(word) {
			return '_'
		}
		return uint64(word[i-1]) //nolint:gosec // letters are not negative
	}
	n := min(len(word), 24) + 2
	for i := range n - 2 {
		h := mix(mix(mix(3, at(i)), at(i+1)), at(i+2))
		out = append(out, h)
		for j := i + 3; j < min(i+5, n); j++ {
			h = mix(h, at(j))
			out = append(out, h)
		}
	}
	return out
}
