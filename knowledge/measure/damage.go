package measure

import (
	"hash/fnv"
	"math/rand/v2"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

const (
	damaged    = 0.3 // share of the long words that get a typing error
	longLetter = 4   // a word of so many letters is long
)

// Typos returns a function that types a question carelessly: about three in ten
// words of four letters or more get a neighbouring key (in other scripts than
// Latin, the letter beside it), lose a letter or swap two neighbours. A first
// letter is never lost. Equal seed and question give equal damage.
func Typos(seed uint64) func(question string) string {
	return func(question string) string {
		h := fnv.New64a()
		h.Write([]byte(question))
		rng := rand.New(rand.NewPCG(seed, h.Sum64()))
		return eachWord(question, func(word []rune) []rune {
			if len(word) < longLetter || rng.Float64() >= damaged {
				return word
			}
			return slip(rng, word)
		})
	}
}

// eachWord replaces every run of letters and their marks.
func eachWord(text string, f func([]rune) []rune) string {
	var out strings.Builder
	var word []rune
	for _, r := range text {
		if unicode.IsLetter(r) || unicode.IsMark(r) {
			word = append(word, r)
			continue
		}
		out.WriteString(string(f(word)))
		word = word[:0]
		out.WriteRune(r)
	}
	out.WriteString(string(f(word)))
	return out.String()
}

// slip makes one typing error; a word of one letter repeated can stay as it was.
func slip(rng *rand.Rand, word []rune) []rune {
	kinds := []func(*rand.Rand, []rune) []rune{missKey, dropLetter, swapLetters}
	for _, k := range rng.Perm(len(kinds)) {
		if out := kinds[k](rng, word); string(out) != string(word) {
			return out
		}
	}
	return word
}

// missKey hits the key beside the one meant.
func missKey(rng *rand.Rand, word []rune) []rune {
	out := append([]rune(nil), word...)
	i := rng.IntN(len(out))
	if keys := besideKey(out[i]); keys != nil {
		out[i] = keys[rng.IntN(len(keys))]
		return out
	}
	if i > 0 {
		out[i] = out[i-1]
	} else {
		out[i] = out[i+1]
	}
	return out
}

func dropLetter(rng *rand.Rand, word []rune) []rune {
	i := 1 + rng.IntN(len(word)-1)
	return append(append([]rune(nil), word[:i]...), word[i+1:]...)
}

func swapLetters(rng *rand.Rand, word []rune) []rune {
	out := append([]rune(nil), word...)
	i := rng.IntN(len(out) - 1)
	out[i], out[i+1] = out[i+1], out[i]
	return out
}

var keyboard = [...]string{"qwertyuiop", "asdfghjkl", "zxcvbnm"}

// besideKey is the letters around a Latin letter on a QWERTY keyboard, in its
// case; nil for any other. A letter with an accent sits where its base sits.
func besideKey(r rune) []rune {
	base := []rune(norm.NFD.String(string(r)))[0]
	low := unicode.ToLower(base)
	for row, keys := range keyboard {
		at := strings.IndexRune(keys, low)
		if at < 0 {
			continue
		}
		var out []rune
		for _, n := range [...][2]int{{row, at - 1}, {row, at + 1}, {row - 1, at}, {row - 1, at + 1}, {row + 1, at - 1}, {row + 1, at}} {
			if n[0] < 0 || n[0] >= len(keyboard) || n[1] < 0 || n[1] >= len(keyboard[n[0]]) {
				continue
			}
			k := rune(keyboard[n[0]][n[1]])
			if base != low {
				k = unicode.ToUpper(k)
			}
			out = append(out, k)
		}
		return out
	}
	return nil
}

// stroked are letters whose stroke or missing dot is no mark of its own.
var stroked = map[rune]rune{
	'đ': 'd', 'Đ': 'D', 'ð': 'd', 'Ð': 'D', 'ł': 'l', 'Ł': 'L', 'ø': 'o', 'Ø': 'O', 'ħ': 'h', 'Ħ': 'H', 'ı': 'i',
}

// Unaccented is the question as people type it who leave accents and tones out:
// Vietnamese đường becomes duong. Marks that are letters of their script, as in
// Hindi and Thai or Russian й, stay.
func Unaccented(question string) string {
	var out strings.Builder
	strip := false
	for _, r := range norm.NFD.String(question) {
		if !unicode.IsMark(r) {
			strip = unicode.In(r, unicode.Latin, unicode.Greek, unicode.Arabic) || r == 'е' || r == 'Е'
		} else if strip {
			continue
		}
		if plain, ok := stroked[r]; ok {
			r = plain
		}
		out.WriteRune(r)
	}
	return norm.NFC.String(out.String())
}
