package redact

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// A text is what is read: the original beside a folded one, on which the rules
// work.
type text struct {
	Keep
	in    string
	fold  string // lower case, without accents, digits in ASCII
	at    []int  // where each byte of fold begins in in; one more for the end
	paint []int  // for each byte of fold: 0, or stay, or 1 + the place of its mark in marks
	marks []string
	words []word
	shout bool // mostly capitals, which then say nothing
}

const stay = -1

// A word is a run of letters and digits, with apostrophes between letters.
type word struct {
	s        string // folded
	from, to int    // in fold
	cap      bool   // begins with a capital
	upper    bool   // has two capitals or more, and no small letter
	start    bool   // begins a sentence
	digits   int
	letters  int
}

// A marker is one byte in fold, so that no rule reads into it.
const opaque = '\x1f'

func read(s string, keep Keep) *text {
	t := &text{Keep: keep, in: s, at: make([]int, 0, len(s)+1)}
	var b strings.Builder
	b.Grow(len(s))
	put := func(at int, r rune) {
		n := b.Len()
		b.WriteRune(r)
		for ; n < b.Len(); n++ {
			t.at = append(t.at, at)
		}
	}
	for i := 0; i < len(s); {
		if m := markerAt(s[i:]); m != "" {
			put(i, opaque)
			i += len(m)
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		if r = plain(r); r != 0 {
			put(i, r)
		}
		i += size
	}
	t.fold = b.String()
	t.at = append(t.at, len(s))
	t.paint = make([]int, len(t.fold))
	t.cut()
	return t
}

func markerAt(s string) string {
	if s[0] != '[' {
		return ""
	}
	for _, m := range markers {
		if strings.HasPrefix(s, m) {
			return m
		}
	}
	return ""
}

// plain folds one rune, to 0 if nobody sees it.
func plain(r rune) rune {
	switch {
	case r < utf8.RuneSelf:
		if unicode.IsControl(r) && r != '\n' {
			return ' '
		}
		return unicode.ToLower(r)
	case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf):
		return 0
	case unicode.IsDigit(r), unicode.Is(unicode.No, r):
		return digit(r)
	case r >= 0xff01 && r <= 0xff5e: // full width
		return unicode.ToLower(r - 0xff01 + '!')
	case r >= 0x1d400 && r < 0x1d6a4: // mathematical letters
		return 'a' + (r-0x1d400)%26
	case unicode.IsSpace(r):
		return ' '
	case unicode.Is(unicode.Pd, r), r == '−':
		return '-'
	}
	r = unicode.ToLower(r)
	if p, ok := bare[r]; ok {
		return p
	}
	return r
}

// digit is the ASCII digit that r stands for, or r. The digits of a script
// follow each other from zero.
func digit(r rune) rune {
	switch {
	case r >= '①' && r <= '⑨':
		return r - '①' + '1'
	case r == '⓪', r == '⁰', r == '₀':
		return '0'
	case r >= '₁' && r <= '₉':
		return r - '₀' + '0'
	case r >= 0x1d7ce && r <= 0x1d7ff: // five styles, one after the other
		return '0' + (r-0x1d7ce)%10
	case !unicode.IsDigit(r):
		return r
	}
	n := rune(0)
	for n < 9 && unicode.IsDigit(r-n-1) {
		n++
	}
	return '0' + n
}

// bare are letters without their accents, and signs that look like plain ones.
var bare = pairs(
	"áàâäãåāăą", "a", "éèêëēęě", "e", "íìîïīı", "i", "óòôöõøō", "o", "úùûüūů", "u",
	"ýÿ", "y", "ñńň", "n", "çćč", "c", "śšş", "s", "źžż", "z", "ł", "l", "ğ", "g", "ř", "r", "đď", "d", "ťţ", "t",
	"’‘ʼ´`", "'", "。·•", ".", "“”«»", "\"", "／", "/",
)

func pairs(list ...string) map[rune]rune {
	m := map[rune]rune{}
	for i := 0; i+1 < len(list); i += 2 {
		for _, r := range list[i] {
			m[r] = rune(list[i+1][0])
		}
	}
	return m
}

// foldWord folds an entry of a word list.
func foldWord(s string) string {
	return strings.Map(func(r rune) rune {
		if r = plain(r); r == 0 {
			return -1
		}
		return r
	}, s)
}

// cut finds the words.
func (t *text) cut() {
	capitals, letters := 0, 0
	for i := 0; i < len(t.fold); {
		w, next := t.word(i)
		if w.s != "" {
			w.start = t.begins(w.from)
			t.words = append(t.words, w)
			letters += w.letters
			if w.upper {
				capitals += w.letters
			}
		}
		i = next
	}
	t.shout = letters >= 12 && capitals*2 > letters
}

// word reads the word at i, if one begins there, and tells where to go on.
func (t *text) word(i int) (w word, next int) {
	w.from = i
	small, big := 0, 0
	for i < len(t.fold) {
		r, size := utf8.DecodeRuneInString(t.fold[i:])
		inner := r == '\'' && w.letters > 0 && letterAt(t.fold[i+1:])
		if !inner && !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			if i == w.from {
				i += size
			}
			break
		}
		switch {
		case inner:
		case unicode.IsDigit(r):
			w.digits++
		default:
			w.letters++
			if t.capital(i) {
				big++
				w.cap = w.cap || w.letters+w.digits == 1
			} else {
				small++
			}
		}
		i += size
		w.to = i
	}
	if w.to > w.from {
		w.s, w.upper = t.fold[w.from:w.to], big > 1 && small == 0
	}
	return w, i
}

func letterAt(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return unicode.IsLetter(r)
}

// capital tells whether the letter at a byte of fold was one in the original.
func (t *text) capital(i int) bool {
	r, _ := utf8.DecodeRuneInString(t.in[t.at[i]:])
	return unicode.IsUpper(r) || unicode.IsTitle(r)
}

// begins tells whether a sentence begins at i: nothing but spaces and opening
// signs since a full stop, a line or the beginning.
func (t *text) begins(i int) bool {
	for i--; i >= 0; i-- {
		switch c := t.fold[i]; {
		case strings.IndexByte(" \"'([*", c) >= 0:
		case strings.IndexByte(".!?:;\n->", c) >= 0:
			return true
		default:
			return strings.HasSuffix(t.fold[:i+1], "¿") || strings.HasSuffix(t.fold[:i+1], "¡")
		}
	}
	return true
}

// mark lets a stretch of fold give way to a marker, but for what is painted.
func (t *text) mark(from, to int, marker string) {
	t.marks = append(t.marks, marker)
	t.brush(from, to, len(t.marks))
}

func (t *text) brush(from, to, colour int) {
	for i := from; i < to; i++ {
		if t.paint[i] == 0 {
			t.paint[i] = colour
		}
	}
}

// free tells whether nothing is painted on word i.
func (t *text) free(i int) bool {
	return i >= 0 && i < len(t.words) && t.paint[t.words[i].from] == 0 && t.paint[t.words[i].to-1] == 0
}

// gap is what stands before word i, back to the word before it.
func (t *text) gap(i int) string {
	switch {
	case i >= len(t.words):
		return t.fold[t.words[len(t.words)-1].to:]
	case i == 0:
		return t.fold[:t.words[0].from]
	}
	return t.fold[t.words[i-1].to:t.words[i].from]
}

// joined tells whether there is a word i and nothing but a few of these signs
// between it and the word before.
func (t *text) joined(i int, signs string) bool {
	return i > 0 && i < len(t.words) && len(t.gap(i)) <= 4 && strings.Trim(t.gap(i), signs) == ""
}

// String is the original with its painted stretches replaced.
func (t *text) String() string {
	if len(t.marks) == 0 {
		return t.in
	}
	var b strings.Builder
	done := 0 // of in
	for i := 0; i < len(t.fold); {
		colour, from := t.paint[i], i
		for i < len(t.fold) && t.paint[i] == colour {
			i++
		}
		if colour > 0 {
			b.WriteString(t.in[done:t.at[from]])
			b.WriteString(t.marks[colour-1])
			done = t.at[i]
		}
	}
	b.WriteString(t.in[done:])
	return b.String()
}
