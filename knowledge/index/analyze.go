package index

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/blevesearch/snowballstem"
	"github.com/blevesearch/snowballstem/arabic"
	"github.com/blevesearch/snowballstem/english"
	"github.com/blevesearch/snowballstem/french"
	"github.com/blevesearch/snowballstem/german"
	"github.com/blevesearch/snowballstem/italian"
	"github.com/blevesearch/snowballstem/portuguese"
	"github.com/blevesearch/snowballstem/romanian"
	"github.com/blevesearch/snowballstem/russian"
	"github.com/blevesearch/snowballstem/spanish"
	"github.com/blevesearch/snowballstem/turkish"
	"github.com/clipperhouse/uax29/v2/words"
	"golang.org/x/text/runes"
	"golang.org/x/text/transform"
	"golang.org/x/text/unicode/norm"
)

// maxWord is the longest word, in bytes, that is indexed or looked up. Longer
// runs are noise (a held key, an encoded blob) and cost a stemmer its time.
const maxWord = 128

// rules say how the words of one language become terms.
type rules struct {
	stem     func(*snowballstem.Env) bool
	tones    bool // marks tell words apart: a word typed with them means just that word
	turkish  bool // dotted and dotless i; a suffix follows the apostrophe of a name
	elide    bool // l'argent is argent
	noPhrase bool // no spaces between words, so word distance says little
}

var languages = map[string]rules{
	"ar": {stem: arabic.Stem},
	"de": {stem: german.Stem},
	"el": {},
	"en": {stem: english.Stem},
	"es": {stem: spanish.Stem},
	"fr": {stem: french.Stem, elide: true},
	"hi": {tones: true},
	"it": {stem: italian.Stem, elide: true},
	"ja": {noPhrase: true},
	"pt": {stem: portuguese.Stem},
	"ro": {stem: romanian.Stem},
	"ru": {stem: russian.Stem},
	"th": {tones: true},
	"tr": {stem: turkish.Stem, turkish: true, tones: true},
	"vi": {tones: true},
	"zh": {noPhrase: true},
}

// analyzer turns text into words and words into terms. It holds scratch memory
// and serves one goroutine at a time.
type analyzer struct {
	rules
	env   *snowballstem.Env
	strip transform.Transformer
	it    *words.Iterator[string]

	everyday map[string]bool // common words as written
}

func newAnalyzer(lang string, everyday map[string]bool) *analyzer {
	return &analyzer{
		everyday: everyday,

		rules: languages[lang],
		env:   snowballstem.NewEnv(""),
		strip: transform.Chain(norm.NFKD, runes.Remove(runes.In(unicode.Mn)), norm.NFC),
		it:    words.FromString(""),
	}
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// form is the word as written, with case, Unicode forms and apostrophes out of
// the way: the key under which a word is known.
func (a *analyzer) form(raw string) string {
	w := raw
	if !isASCII(w) {
		w = norm.NFKC.String(w)
		w = strings.Map(func(r rune) rune {
			switch {
			case r == '’', r == '‘', r == 'ʼ', r == '＇':
				return '\''
			case unicode.Is(unicode.Cf, r):
				return -1
			}
			return r
		}, w)
	}
	if a.turkish {
		w = strings.ToLowerSpecial(unicode.TurkishCase, w)
	} else {
		w = strings.ToLower(w)
	}
	return a.cut(w)
}

// cut drops possessives and the apostrophes people leave out.
func (a *analyzer) cut(w string) string {
	i := strings.IndexByte(w, '\'')
	if i < 0 {
		if strings.IndexByte(w, '.') > 0 && len(w) <= 8 { // u.s.
			return strings.ReplaceAll(w, ".", "")
		}
		return w
	}
	switch {
	case a.turkish && i > 0:
		return w[:i]
	case a.elide && i > 0 && i <= 3 && i+1 < len(w):
		w = w[i+1:]
	default:
		w = strings.TrimSuffix(w, "'s")
	}
	return strings.ReplaceAll(w, "'", "")
}

// term is the index term of a form.
func (a *analyzer) term(form string) string {
	if a.stem == nil {
		return form
	}
	a.env.SetCurrent(form)
	a.stem(a.env)
	return a.env.Current()
}

// bare is the form without accents; the form itself when it has none.
func (a *analyzer) bare(form string) string {
	if isASCII(form) {
		return form
	}
	r, _, err := transform.String(a.strip, form)
	if err != nil {
		return form
	}
	if isASCII(r) {
		return r
	}
	return strokes.Replace(r)
}

// strokes are letters that Unicode does not take apart, and how people without
// them on the keyboard write them.
var strokes = strings.NewReplacer("đ", "d", "ł", "l", "ø", "o", "ħ", "h", "ı", "i", "ß", "ss", "æ", "ae", "œ", "oe", "þ", "th", "ð", "d")

// unspaced reports whether the script of r puts no spaces between words.
func unspaced(r rune) bool {
	if r < 0x0E00 {
		return false
	}
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar)
}

// words calls yield with every word of text as it stands there: the UAX #29
// words that hold a letter or a digit, overlapping pairs where the script has no
// spaces, overlapping syllable pairs in Korean, and "H-2A" joined to "H2A".
func (a *analyzer) words(text string, yield func(word string) bool) {
	a.it.SetText(text)
	var (
		prev, gap     string // the word before, and the separator after it
		prevAt, here  int
		run           int // length of the current unspaced run
		more          = true
		prevUnit, end = "", 0
	)
	for more && a.it.Next() {
		v := a.it.Value()
		here, end = end, end+len(v)
		r, _ := utf8.DecodeRuneInString(v)
		wordy := r < utf8.RuneSelf && asciiWord(byte(r)) ||
			r >= utf8.RuneSelf && (unicode.IsLetter(r) || unicode.IsDigit(r) || unspaced(r))
		if wordy && unspaced(r) {
			if run > 0 && prevAt+len(prevUnit) == here {
				more = yield(text[prevAt:end])
				run++
			} else {
				if run == 1 {
					more = yield(prevUnit)
				}
				run = 1
			}
			prevUnit, prevAt = v, here
			continue
		}
		if run == 1 {
			more = yield(prevUnit)
		}
		run = 0
		if !wordy {
			if gap == "" {
				gap = v
			} else {
				gap = " "
			}
			continue
		}
		if len(v) > maxWord {
			prev, gap = "", ""
			continue
		}
		if gap == "-" && len(prev) == 1 && len(v) <= 3 && v[0] >= '0' && v[0] <= '9' {
			more = more && yield(prev+v)
		}
		if r >= 0x1100 && unicode.Is(unicode.Hangul, r) && utf8.RuneCountInString(v) > 2 {
			more = more && syllables(v, yield)
		} else {
			more = more && yield(v)
		}
		prev, gap = v, ""
	}
	if more && run == 1 {
		yield(prevUnit)
	}
}

func asciiWord(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
}

// syllables yields overlapping pairs: Korean particles are glued to the word.
func syllables(v string, yield func(string) bool) bool {
	for i := 0; i < len(v); {
		_, w1 := utf8.DecodeRuneInString(v[i:])
		if i+w1 >= len(v) {
			break
		}
		_, w2 := utf8.DecodeRuneInString(v[i+w1:])
		if !yield(v[i : i+w1+w2]) {
			return false
		}
		i += w1
	}
	return true
}
