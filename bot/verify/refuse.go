package verify

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxSentence is the longest sentence, in characters, that is looked at.
const maxSentence = 400

// marks are what may stand in a sentence besides letters and digits. Brackets,
// asterisks, slashes that part addresses, and all that shapes text on a platform
// are not among them.
const marks = " .,;:'’‘\"“”«»-–—%$!¡/(){}‑"

var (
	tokens  = regexp.MustCompile(`\{[^{}]*\}`)
	address = regexp.MustCompile(`(?i)[a-z0-9-]+\.(?:[a-z]{2,})\b|\b(?:www|https?|mailto)\b|\btel:|\b(?:dot|punto|at|arroba)\s+(?:com|org|gov|net|edu|mil|info|gmail|hotmail|yahoo|outlook)\b`)
	longRun = regexp.MustCompile(`\d[\d .,()–—‑-]{5,}\d`)
	dialled = regexp.MustCompile(`(?i)\b(?:call|text|dial|ring|phone|sms|llame|llamar|marque|marcar|texto|mensaje)\b(?:\W+\p{L}+){0,3}\W+\d{3,}`)
	groups3 = regexp.MustCompile(`^\d{1,3}(?:,\d{3})+(?:\.\d+)?$`)
)

// unfit names what no passage can excuse in a sentence as it is written, or "".
func (e *Evidence) unfit(text string) string {
	switch {
	case !utf8.ValidString(text) || strings.TrimSpace(text) == "":
		return "empty"
	case utf8.RuneCountInString(text) > maxSentence:
		return "too_long"
	case strings.ContainsAny(text, "?¿"):
		return "question"
	}
	bare := tokens.ReplaceAllString(text, "line")
	for _, r := range bare {
		if !plainRune(r) {
			return "script"
		}
	}
	switch {
	case strings.ContainsAny(bare, "{}"):
		return "token"
	case address.MatchString(shortForms.Replace(bare)), dials(bare):
		return "contact"
	}
	return ""
}

// dials tells whether a text tells to call or write to a number. A year is none:
// "el texto de 2014".
func dials(text string) bool {
	return slices.ContainsFunc(dialled.FindAllString(text, -1), func(m string) bool { return !yearEnd.MatchString(m) })
}

// shortForms hold points between letters and are no addresses.
var shortForms = strings.NewReplacer("EE.UU", "EEUU", "ee.uu", "eeuu", "U.S.C", "USC", "p.ej", "pej")

// plainRune tells whether a character is one of English or Spanish prose.
func plainRune(r rune) bool {
	switch {
	case r >= '0' && r <= '9', r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z':
		return true
	case r < utf8.RuneSelf:
		return strings.ContainsRune(marks, r)
	}
	return strings.ContainsRune("áéíóúüñÁÉÍÓÚÜÑ"+marks, r)
}

// dialable tells whether a text holds so many digits in a row, however parted,
// that they can be dialled, and not as a passage holds them: a clause of law.
func dialable(text string, cited []*passage) bool {
	for _, m := range longRun.FindAllString(text, -1) {
		n := 0
		for _, r := range m {
			if unicode.IsDigit(r) {
				n++
			}
		}
		if n >= 7 && !groups3.MatchString(m) && !yearSpan.MatchString(m) &&
			!slices.ContainsFunc(cited, func(p *passage) bool { return p.writes(m) }) {
			return true
		}
	}
	return false
}

// writes tells whether a passage has each of some numbers as it is written.
func (p *passage) writes(run string) bool {
	for part := range strings.SplitSeq(run, ", ") {
		if !strings.Contains(p.raw, part) {
			return false
		}
	}
	return true
}

var yearEnd = regexp.MustCompile(`\D(?:19|20)\d\d$`)

var yearSpan = regexp.MustCompile(`^\d{4}\D+\d{4}$`)

// spoken tells whether a sentence spells a number out digit by digit.
func (l *language) spoken(s *sentence) bool {
	run := 0
	for _, i := range s.words {
		t := s.tokens[i]
		if l.digit[t.word] || t.number && len(t.word) <= 4 && t.unit == "" && allDigits(t.word) {
			run++
			if run >= 4 {
				return true
			}
			continue
		}
		if t.number && t.word != "" && !allDigits(t.word) { // several number words already joined
			run++
			continue
		}
		run = 0
	}
	return false
}

func allDigits(w string) bool { return w != "" && strings.Trim(w, "0123456789") == "" }

// said is the reason why a phrase of the sentence is never shown, or "". What a
// cited passage says itself, denied or not in the same way, is excused: "it is
// not your fault".
func said(s *sentence, list []refusal, cited []*passage) string {
	words := s.folded()
	for at := range words {
		for _, r := range list {
			if r.words[0] != words[at] {
				continue
			}
			if n := starts(words[at:], r.words); n > 0 && !s.softens(r, at) && !excused(r, s.denied(at, n), cited) {
				return r.reason
			}
		}
	}
	return ""
}

// folded are the words of a sentence.
func (s *sentence) folded() []string {
	words := make([]string, len(s.words))
	for at, i := range s.words {
		words[at] = s.tokens[i].word
	}
	return words
}

// denied tells whether the last of n words from a place is under a negation.
func (s *sentence) denied(at, n int) bool { return s.tokens[s.words[at+n-1]].not }

// softens tells whether what stands before a phrase takes its edge off: "do not
// confront", "if your boss is a diplomat".
func (s *sentence) softens(r refusal, at int) bool {
	if slices.ContainsFunc(r.words, func(w string) bool { return denying[w] }) {
		return false
	}
	for k := at - 1; k >= 0 && s.word(k).clause == s.word(at).clause; k-- {
		t := s.word(k)
		if r.reason == "verdict" && at-k <= 3 && supposing[t.word] || (r.reason == "confront" || r.reason == "blame") && t.has(tagNegator) {
			return true
		}
	}
	return false
}

var (
	supposing = setOf([]string{"if", "when", "whether", "unless", "si", "cuando", "aunque"})
	denying   = setOf([]string{"not", "no", "never", "nobody", "dont", "wont", "cannot", "without", "nunca", "nadie", "sin", "ni", "nothing", "shouldnt"})
	speaking  = setOf([]string{"i", "im", "my", "yo", "soy", "puedo", "contesto", "tengo", "digo", "hablo", "doy"})
)

func excused(r refusal, denied bool, cited []*passage) bool {
	for _, p := range cited {
		for _, s := range p.sentences {
			words := s.folded()
			for at := range words {
				if r.reason == "claims" && speaking[r.words[0]] && speaking[words[at]] {
					return true
				}
				if n := starts(words[at:], r.words); n > 0 && s.denied(at, n) == denied {
					return true
				}
			}
		}
	}
	return false
}

// starts tells how many words a phrase takes at the start of some; 0 where they
// do not start with it.
func starts(words, phrase []string) int {
	for i, p := range phrase {
		if p == "*" {
			for skip := 1; skip <= 3 && i+skip < len(words); skip++ {
				if n := starts(words[i+skip:], phrase[i+1:]); n > 0 {
					return i + skip + n
				}
			}
			return 0
		}
		if i >= len(words) || words[i] != p {
			return 0
		}
	}
	return len(phrase)
}

// quoted are the pieces between quotation marks, folded.
func quoted(text string) (out []string) {
	rest := text
	for {
		i := strings.IndexAny(rest, "\"“«")
		if i < 0 {
			return out
		}
		_, n := utf8.DecodeRuneInString(rest[i:])
		rest = rest[i+n:]
		k := strings.IndexAny(rest, "\"”»")
		if k < 0 {
			return append(out, strings.Join(foldPhrase(rest), " "))
		}
		out = append(out, strings.Join(foldPhrase(rest[:k]), " "))
		_, n = utf8.DecodeRuneInString(rest[k:])
		rest = rest[k+n:]
	}
}

// verbatim tells whether the passages hold every quotation word for word.
func verbatim(text string, cited []*passage) bool {
	for _, q := range quoted(text) {
		if !slices.ContainsFunc(cited, func(p *passage) bool { return strings.Contains(p.text, " "+q+" ") }) {
			return false
		}
	}
	return true
}
