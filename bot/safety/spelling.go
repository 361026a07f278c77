package safety

import (
	"bytes"
	"unicode/utf8"
)

// Words shorter than this are too like others to be guessed.
const (
	slipFrom   = 6 // a letter too many, too few or swapped
	vowelFrom  = 7 // a vowel for a vowel
	soundsFrom = 4
)

// teach makes a word findable under its misspellings.
func (v *vocabulary) teach(id word) {
	s := v.names[id]
	if !letters(s) {
		return
	}
	v.taught = append(v.taught, id)
	if len(s) >= slipFrom {
		for i := 1; i < min(len(s), longestWord); i++ {
			v.slips.add(v.names, slip{id, uint8(i)})
		}
	}
	if len(s) >= soundsFrom {
		v.sounds.add(v.names, id)
	}
}

func letters(s string) bool {
	for i := range len(s) {
		if s[i] < 'a' || s[i] > 'z' {
			return false
		}
	}
	return true
}

// mended guesses what an unknown word was meant to be.
func (v *vocabulary) mended(w []byte, mixed bool, tmp *[]byte) ([]word, word) {
	if mixed {
		return v.mendedScript(w, tmp)
	}
	if i := bytes.IndexAny(w, "013457@$*"); i >= 0 {
		out := (*tmp)[:0]
		for _, c := range w {
			if l, ok := leet[c]; ok {
				c = l
			}
			out = append(out, c)
		}
		*tmp = out
		ids, _ := v.form(out)
		return ids, 0 // h2a and 911 mean what they say
	}
	if ids := v.squeezed(w, 2, tmp); ids != nil {
		return ids, 0
	}
	if id := v.slipped(w, tmp); id != 0 {
		return v.spelled(id), 0
	}
	if len(w) >= soundsFrom {
		*tmp = sound((*tmp)[:0], w)
		if id := v.sounds.find(v.names, *tmp); id != 0 && v.names[id][0] == w[0] || id != 0 && soft(w[0]) {
			return v.spelled(id), 0
		}
	}
	return nil, 0
}

// soft first letters are heard alike: h is silent, b is v, s is z or c.
func soft(c byte) bool { return bytes.IndexByte([]byte("haeiouybvszckqgj"), c) >= 0 }

// slipped finds a word that is one slip of the finger away.
func (v *vocabulary) slipped(w []byte, tmp *[]byte) word {
	if len(w) < slipFrom-1 {
		return 0
	}
	if s, ok := v.slips.find(v.names, w); ok { // a letter left out
		return s.word
	}
	*tmp = append((*tmp)[:0], w...)
	out := *tmp
	if len(w) >= slipFrom {
		for i := 1; i+1 < len(out); i++ { // two letters swapped
			out[i], out[i+1] = out[i+1], out[i]
			if id := v.known(out); id != 0 {
				return id
			}
			out[i], out[i+1] = out[i+1], out[i]
		}
	}
	for i := 1; i < len(w); i++ { // a letter too many, or a vowel for a vowel
		short := append(append(out[:0], w[:i]...), w[i+1:]...)
		if id := v.known(short); id != 0 && len(short) >= slipFrom {
			return id
		}
		if len(w) < vowelFrom || !vowel(w[i]) {
			continue
		}
		if s, ok := v.slips.find(v.names, short); ok && int(s.at) == i && len(v.names[s.word]) == len(w) && vowel(v.names[s.word][i]) {
			return s.word
		}
	}
	return 0
}

func (v *vocabulary) known(w []byte) word {
	if ids, _ := v.form(w); len(ids) == 1 && len(v.names[ids[0]]) >= slipFrom {
		return ids[0]
	}
	return 0
}

func vowel(c byte) bool { return c == 'a' || c == 'e' || c == 'i' || c == 'o' || c == 'u' }

// sound writes a word the way it is heard in Spanish: hervir and erbir alike.
func sound(out, w []byte) []byte {
	for i := 0; i < len(w); i++ {
		c, next := w[i], byte(0)
		if i+1 < len(w) {
			next = w[i+1]
		}
		front := next == 'e' || next == 'i'
		switch {
		case c == 'c' && next == 'h':
			c = 'x'
			i++
		case c == 'h', c == 'u' && i > 0 && (w[i-1] == 'q' || w[i-1] == 'g') && front:
			continue
		case c == 'z' || c == 'c' && front:
			c = 's'
		case c == 'c' || c == 'q':
			c = 'k'
		case c == 'v':
			c = 'b'
		case c == 'g' && front:
			c = 'j'
		case c == 'l' && next == 'l':
			c = 'y'
			i++
		}
		if len(out) > 0 && out[len(out)-1] == c {
			continue
		}
		out = append(out, c)
	}
	return out
}

// mendedScript reads letters of another alphabet that only look Latin, and
// Arabic words behind their little particles.
func (v *vocabulary) mendedScript(w []byte, tmp *[]byte) ([]word, word) {
	out := (*tmp)[:0]
	arabic := false
	for i := 0; i < len(w); {
		r, n := utf8.DecodeRune(w[i:])
		i += n
		if l, ok := looksLatin[r]; ok {
			out = append(out, l)
			continue
		}
		arabic = arabic || r >= 0x620 && r <= 0x6FF
		out = utf8.AppendRune(out, r)
	}
	*tmp = out
	if !arabic {
		ids, _ := v.form(out)
		return ids, v.stemIfLatin(out)
	}
	for _, p := range []string{"وال", "بال", "فال", "لل", "ال", "و", "ف", "ب", "ل", "س"} {
		rest, ok := bytes.CutPrefix(w, []byte(p))
		if !ok || len(rest) < 4 {
			continue
		}
		if ids, _ := v.form(rest); ids != nil {
			return ids, 0
		}
		if stem := v.longestStem(rest); stem != 0 {
			return nil, stem
		}
	}
	return nil, 0
}

func (v *vocabulary) stemIfLatin(w []byte) word {
	if ids, _ := v.form(w); ids != nil || !letters(string(w)) {
		return 0
	}
	return v.longestStem(w)
}
