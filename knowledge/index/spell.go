package index

import (
	"cmp"
	"hash/maphash"
	"math"
	"slices"
	"sync"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// speller finds known words near an unknown one. Every known word stands in
// the table under the hash of itself and of each string that leaving out one
// letter gives (SymSpell); the table is one sorted slice, 8 bytes an entry.
type speller struct {
	seed  maphash.Seed
	keys  []uint32 // 14 more bits of the hash, 18 of the form
	jump  []uint32 // high bits of the hash -> where they begin in keys
	shift uint
}

const (
	minSpell  = 4 // shorter words have too many neighbours
	twoEdits  = 8 // from this many letters on two mistakes are forgiven
	maxLetter = 40
	formBits  = 18 // maxForms fits
	restBits  = 32 - formBits
)

func newSpeller(forms *dict) *speller {
	sp := &speller{seed: maphash.MakeSeed()}
	var keys []uint64 // hash<<32 | form
	var letters []rune
	var buf []byte
	for id := range forms.len() {
		letters = appendRunes(letters[:0], forms.str(uint32(id)), true)
		if len(letters) < minSpell-1 || len(letters) > maxLetter {
			continue
		}
		buf = appendWithout(buf[:0], letters, -1, -1)
		keys = append(keys, uint64(sp.hash(buf))<<32|uint64(id))
		for i := range letters {
			buf = appendWithout(buf[:0], letters, i, -1)
			keys = append(keys, uint64(sp.hash(buf))<<32|uint64(id))
		}
	}
	slices.Sort(keys)
	keys = slices.Compact(keys)
	bits := uint(0)
	for 1<<(bits+3) < len(keys) && bits < 18 {
		bits++
	}
	sp.shift = 64 - bits
	sp.jump = make([]uint32, 1<<bits+1)
	at := 0
	for h := range sp.jump {
		for at < len(keys) && keys[at]>>sp.shift < uint64(h) {
			at++
		}
		sp.jump[h] = uint32(at)
	}
	sp.keys = make([]uint32, len(keys))
	for i, k := range keys {
		sp.keys[i] = sp.rest(k) | uint32(k)
	}
	return sp
}

// rest is the 14 bits of the hash below those that jump goes by, in their place.
func (sp *speller) rest(key uint64) uint32 {
	return uint32(key>>(sp.shift-formBits-restBits)) >> formBits << formBits
}

func (sp *speller) hash(w []byte) uint32 { return uint32(maphash.Bytes(sp.seed, w)) }

// baseLetters takes accents off: a missing accent is no misspelling.
var baseLetters = sync.OnceValue(func() *[0x2000]uint16 {
	var t [0x2000]uint16
	for r := range t {
		d, _ := utf8.DecodeRuneInString(norm.NFD.String(string(rune(r))))
		if b := strokes.Replace(string(d)); len(b) == 1 {
			d = rune(b[0])
		}
		t[r] = uint16(d)
	}
	return &t
})

func base(r rune) rune {
	if r < utf8.RuneSelf || r >= rune(len(baseLetters())) {
		return r
	}
	return rune(baseLetters()[r])
}

func appendRunes(dst []rune, w []byte, plain bool) []rune {
	for len(w) > 0 {
		r, n := utf8.DecodeRune(w)
		if plain {
			r = base(r)
		}
		dst = append(dst, r)
		w = w[n:]
	}
	return dst
}

// appendWithout appends letters without the i-th and the j-th (-1: none).
func appendWithout(dst []byte, letters []rune, i, j int) []byte {
	for k, r := range letters {
		if k != i && k != j {
			dst = utf8.AppendRune(dst, r)
		}
	}
	return dst
}

// look calls f with every form that stands under w.
func (sp *speller) look(w []byte, f func(form uint32)) {
	h := uint64(sp.hash(w)) << 32
	want := sp.rest(h)
	lo, hi := sp.jump[h>>sp.shift], sp.jump[h>>sp.shift+1]
	for _, k := range sp.keys[lo:hi] {
		if k>>formBits == want>>formBits {
			f(k & (1<<formBits - 1))
		}
	}
}

// spelling is the scratch memory of corrections.
type spelling struct {
	letters, other []rune
	bare           []rune
	buf            []byte
	tried          []uint32
	rows           [3][maxLetter + 1]int
}

// correct returns the known form nearest to w within one edit, or two from
// eight letters on, not the first one: fewer edits first, then the same first letter, then the
// commoner word, then the alphabet.
func (x *Index) correct(s *spelling, w string) (uint32, bool) {
	s.buf = append(s.buf[:0], w...)
	s.letters = appendRunes(s.letters[:0], s.buf, false)
	// Who types accents means them; who types none may have left them out.
	plain := !slices.ContainsFunc(s.letters, func(r rune) bool { return base(r) != r })
	n := len(s.letters)
	if n < minSpell-1 || n > maxLetter {
		return 0, false
	}
	sp := x.spell()
	if len(sp.keys) == 0 {
		return 0, false
	}
	limit := 1
	if n >= twoEdits {
		limit = 2
	}
	best, found, top := uint32(0), false, math.Inf(-1)
	s.tried = s.tried[:0]
	try := func(id uint32) {
		if slices.Contains(s.tried, id) {
			return
		}
		s.tried = append(s.tried, id)
		s.other = appendRunes(s.other[:0], x.forms.str(id), plain)
		if n < minSpell && (len(s.other) != minSpell || s.other[0] != s.letters[0]) {
			return // three letters: only one that was left out of four
		}
		d := s.distance(limit)
		if d > limit || d > 1 && s.other[0] != s.letters[0] {
			return // people seldom miss the first letter and another one
		}
		v := -10*float64(d) + math.Log(float64(x.formCount[id]))
		if s.other[0] == s.letters[0] {
			v += 3
		}
		if v > top || v == top && cmp.Compare(string(x.forms.str(id)), string(x.forms.str(best))) < 0 {
			best, found, top = id, true, v
		}
	}
	s.bare = s.bare[:0]
	for _, r := range s.letters {
		s.bare = append(s.bare, base(r))
	}
	s.buf = appendWithout(s.buf[:0], s.bare, -1, -1)
	sp.look(s.buf, try)
	for i := range s.bare {
		s.buf = appendWithout(s.buf[:0], s.bare, i, -1)
		sp.look(s.buf, try)
	}
	if limit == 2 {
		for i := range s.bare {
			for j := range i {
				s.buf = appendWithout(s.buf[:0], s.bare, i, j)
				sp.look(s.buf, try)
			}
		}
	}
	return best, found
}

// distance is the number of edits between letters and other, where swapping
// two neighbours is one edit; anything above limit is just more than limit.
func (s *spelling) distance(limit int) int {
	a, b := s.letters, s.other
	if len(b) > maxLetter || len(a)-len(b) > limit || len(b)-len(a) > limit {
		return limit + 1
	}
	p2, p1, p0 := s.rows[0][:len(b)+1], s.rows[1][:len(b)+1], s.rows[2][:len(b)+1]
	for j := range p1 {
		p1[j] = j
	}
	for i := 1; i <= len(a); i++ {
		p0[0] = i
		for j := 1; j <= len(b); j++ {
			c := 1
			if a[i-1] == b[j-1] {
				c = 0
			}
			p0[j] = min(p1[j]+1, p0[j-1]+1, p1[j-1]+c)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				p0[j] = min(p0[j], p2[j-2]+1)
			}
		}
		p2, p1, p0 = p1, p0, p2
	}
	return p1[len(b)]
}
