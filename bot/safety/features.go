package safety

import "unicode/utf8"

// Kinds of features; see wordFeatures and unitFeatures.
const (
	fWord uint64 = iota + 1
	fPair
	fTriple
	fSkip
	fClass
	fClassPair
	fClassTriple
	fClassSkip
	fMixed
	fLetters
	fAsks
	fAsksFirst
	fLoud
	fLast
	fNear
)

// nearby is how far back a class is seen together with another, in units.
const nearby = 8

// outside stands before and after a segment.
const outside uint64 = 0x9e3779b97f4a7c15

// mix hashes two numbers into one.
func mix(a, b uint64) uint64 {
	h := (a ^ b*0xff51afd7ed558ccd) * 0xc4ceb9fe1a85ec53
	return h ^ h>>29
}

func hashLetters(w []byte) uint64 {
	h := uint64(0xcbf29ce484222325)
	for _, c := range w {
		h = (h ^ uint64(c)) * 0x100000001b3
	}
	return mix(h, 0)
}

// hashWords gives each word of the data files a number that does not change
// when others are added.
func (s *signs) hashWords() {
	s.hashes = make([]uint64, len(s.v.names))
	for i, n := range s.v.names {
		s.hashes[i] = hashLetters([]byte(n))
	}
}

// A unit is a word or a fixed phrase by its class, or by itself if it has none.
type unit struct {
	class uint64
	last  int // its last token
	known bool
}

// hashTokens numbers the words of a text, and finds their classes.
func (s *signs) hashTokens(sc *scan, w *weights) {
	sc.hashes, sc.units = sc.hashes[:0], sc.units[:0]
	for i := range sc.tokens {
		t := &sc.tokens[i]
		if t.id != 0 {
			sc.hashes = append(sc.hashes, s.hashes[t.id])
		} else {
			sc.hashes = append(sc.hashes, hashLetters(sc.text[t.text.from:t.text.to]))
		}
	}
	for i := 0; i < len(sc.tokens); {
		class, n := w.classAt(sc, i)
		u := unit{class: uint64(class), last: i + n - 1, known: class != 0}
		if class == 0 {
			u.class = sc.hashes[i]
		}
		sc.units = append(sc.units, u)
		i += n
	}
}

// classAt finds the class of the longest phrase at a token, 0 for none.
func (w *weights) classAt(sc *scan, at int) (class uint8, words int) {
	h := sc.hashes[at]
	class, longest := w.class(h)
	words = 1
	for n := 2; n <= int(longest) && at+n <= len(sc.tokens) && sc.tokens[at+n-1].seg == sc.tokens[at].seg; n++ {
		h = mix(h, sc.hashes[at+n-1])
		if c, _ := w.class(h); c != 0 {
			class, words = c, n
		}
	}
	return class, words
}

// wordFeatures lists what is seen at one word: itself, what stands before it,
// and its letters by threes and fours,
// in which a misspelt or inflected word resembles the one that was meant.
func (s *signs) wordFeatures(sc *scan, pos int, out []uint64) []uint64 {
	seg := &sc.segs[sc.tokens[pos].seg]
	w, p, pp := sc.hashes[pos], outside, outside
	if pos > seg.from {
		p = sc.hashes[pos-1]
		if pos-1 > seg.from {
			pp = sc.hashes[pos-2]
		}
	}
	pair := mix(p, w)
	out = append(out, mix(fWord, w), mix(fPair, pair), mix(fTriple, mix(pp, pair)), mix(fSkip, mix(pp, w)))
	out = s.letterFeatures(sc, pos, out)
	if pos == seg.to-1 {
		out = append(out, mix(fLast, w), mix(fLast, mix(p, w)))
		first := mix(fAsksFirst, sc.hashes[seg.from])
		if seg.from+1 < seg.to {
			first = mix(first, sc.hashes[seg.from+1])
		}
		if seg.asks {
			out = append(out, mix(fAsks, 0), first)
		}
		if seg.loud {
			out = append(out, mix(fLoud, 0))
		}
	}
	return out
}

// unitFeatures lists what is seen at one unit: its class, and those before it,
// right before and near.
func (s *signs) unitFeatures(sc *scan, i int, out []uint64) []uint64 {
	u := &sc.units[i]
	seg := &sc.segs[sc.tokens[u.last].seg]
	p, pp, pw := outside, outside, outside
	if i > 0 && sc.units[i-1].last >= seg.from {
		p, pw = sc.units[i-1].class, sc.hashes[sc.units[i-1].last]
		if i > 1 && sc.units[i-2].last >= seg.from {
			pp = sc.units[i-2].class
		}
	}
	pair := mix(p, u.class)
	if u.known {
		out = append(out, mix(fClass, u.class))
	}
	out = append(out, mix(fClassPair, pair), mix(fClassTriple, mix(pp, pair)), mix(fClassSkip, mix(pp, u.class)),
		mix(fMixed, mix(pw, u.class)), mix(fMixed, mix(p, sc.hashes[u.last])))
	for k := i - 1; u.known && k >= max(0, i-nearby) && sc.units[k].last >= seg.from; k-- {
		if v := &sc.units[k]; v.known {
			out = append(out, mix(fNear, mix(v.class, u.class)))
		}
	}
	return out
}

func (s *signs) letterFeatures(sc *scan, pos int, out []uint64) []uint64 {
	t := &sc.tokens[pos]
	sc.runes = append(sc.runes[:0], '^')
	r := sc.runes
	if t.id != 0 {
		for _, c := range s.v.names[t.id] {
			r = append(r, c)
		}
	} else {
		for w := sc.text[t.text.from:t.text.to]; len(w) > 0; {
			c, n := utf8.DecodeRune(w)
			r, w = append(r, c), w[n:]
		}
	}
	r = append(r, '$')
	sc.runes = r
	if len(r) < 5 {
		return out
	}
	r = r[:min(len(r), 24)]
	for i := range len(r) - 2 {
		h := mix(mix(uint64(r[i]), uint64(r[i+1])), uint64(r[i+2])) //nolint:gosec // runes are not negative
		out = append(out, mix(fLetters, h))
		if i+3 < len(r) {
			out = append(out, mix(fLetters, mix(h, uint64(r[i+3])))) //nolint:gosec // runes are not negative
		}
	}
	return out
}
