package knowledge

import (
	"strings"
	"unicode"
)

// Grade is the school grade that a text asks of its reader: Flesch-Kincaid
// for English (Kincaid et al. 1975), Crawford's formula for Spanish (1984). The
// second result is false for other languages and for texts without words.
func Grade(text, lang string) (float64, bool) {
	words, sentences, syllables := 0, 0, 0
	open := false
	for w := range strings.FieldsSeq(strings.ReplaceAll(text, "\n", " . ")) {
		letters := strings.ContainsFunc(w, unicode.IsLetter)
		if letters {
			words++
			syllables += syllablesIn(w, lang)
			open = true
		}
		if strings.ContainsAny(w[len(w)-1:], ".!?:;") && open {
			sentences++
			open = false
		}
	}
	if open {
		sentences++
	}
	if words == 0 {
		return 0, false
	}
	w, s, y := float64(words), float64(sentences), float64(syllables)
	switch lang {
	case "en":
		return 0.39*w/s + 11.8*y/w - 15.59, true
	case "es":
		return -0.205*100*s/w + 0.049*100*y/w - 3.407, true
	}
	return 0, false
}

// syllablesIn counts the syllables of a word: exactly enough in Spanish, by the
// usual rule of thumb in English.
func syllablesIn(w, lang string) int {
	w = strings.ToLower(w)
	n := 0
	var prev rune
	for _, r := range w {
		v := strings.ContainsRune("aeiouáéíóúü", r) || lang == "en" && r == 'y'
		was := strings.ContainsRune("aeiouáéíóúü", prev) || lang == "en" && prev == 'y'
		strong := strings.ContainsRune("aeoáéíóú", r) && strings.ContainsRune("aeoáéíóú", prev)
		if v && (!was || lang == "es" && strong) {
			n++
		}
		prev = r
	}
	if lang == "en" && n > 1 {
		w = strings.TrimRight(w, ".,;:!?'\")")
		if strings.HasSuffix(w, "e") && !strings.HasSuffix(w, "le") || strings.HasSuffix(w, "ed") && !strings.HasSuffix(w, "ted") && !strings.HasSuffix(w, "ded") {
			n--
		}
	}
	return max(n, 1)
}
