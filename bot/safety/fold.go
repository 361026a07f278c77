package safety

import (
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// charClass says what a character does to the word that is being read.
type charClass uint8

const (
	charSpace  charClass = iota // ends a word
	charLetter                  // belongs to a word
	charAlone                   // is a word of its own: Han, kana, Hangul, symbols
	charDrop                    // is not there: zero width, bidi, combining marks
	charQuote                   // apostrophe: belongs to a word between letters
	charSoft                    // a comma: ends a word, and what is said before it
	charBang                    // ends a sentence, loudly
	charAsk                     // ends a sentence as a question
	charStop                    // ends a sentence
	charDot                     // may end a sentence
	charLine                    // ends a line
	charMask                    // * @ $: hides a letter when it stands between letters
)

// folded is a character in its plainest form.
type folded struct {
	class charClass
	upper bool
	plain string // for letters: lower case, no accents
}

// plainLimit bounds the table; what lies above is folded when it is met.
const plainLimit = 0x2100

var plainTable = sync.OnceValue(func() *[plainLimit]folded {
	var t [plainLimit]folded
	for r := range rune(plainLimit) {
		t[r] = foldSlow(r)
	}
	return &t
})

// foldRune folds any rune.
func foldRune(t *[plainLimit]folded, r rune) folded {
	if r < plainLimit {
		return t[r]
	}
	return foldSlow(r)
}

// signs that mean the same as a plain mark, and letters that norm leaves alone.
var foldTo = map[rune]string{
	'đ': "d", 'ø': "o", 'ł': "l", 'ı': "i", 'ß': "ss", 'æ': "ae", 'œ': "oe", 'ð': "d", 'þ': "th", 'ħ': "h",
	'أ': "ا", 'إ': "ا", 'آ': "ا", 'ٱ': "ا", 'ى': "ي", 'ی': "ي", 'ئ': "ي", 'ة': "ه", 'ؤ': "و", 'ک': "ك", 'ۀ': "ه", 'ہ': "ه",
	'ँ': "ं",
	'ᴀ': "a", 'ʙ': "b", 'ᴄ': "c", 'ᴅ': "d", 'ᴇ': "e", 'ꜰ': "f", 'ɢ': "g", 'ʜ': "h", 'ɪ': "i", 'ᴊ': "j", 'ᴋ': "k", 'ʟ': "l",
	'ᴍ': "m", 'ɴ': "n", 'ᴏ': "o", 'ᴘ': "p", 'ʀ': "r", 'ꜱ': "s", 'ᴛ': "t", 'ᴜ': "u", 'ᴠ': "v", 'ᴡ': "w", 'ʏ': "y", 'ᴢ': "z",
	'ɑ': "a", 'ɡ': "g", 'ⅼ': "l", 'ɩ': "i",
}

var marks = map[rune]charClass{
	'\'': charQuote, '’': charQuote, '‘': charQuote, 'ʼ': charQuote, 'ʻ': charQuote, '`': charQuote, '´': charQuote, '′': charQuote, '＇': charQuote,
	'!': charBang, '！': charBang, '¡': charSoft, '‼': charBang,
	'?': charAsk, '？': charAsk, '؟': charAsk, '¿': charSoft,
	';': charStop, '；': charStop, '؛': charStop, '。': charStop, '．': charStop, '।': charStop, '۔': charStop, '｡': charStop,
	'.': charDot, '\n': charLine, '\r': charLine, '\u2028': charLine, '\u2029': charLine, '\v': charLine, '…': charLine,
	',': charSoft, ':': charSoft, '(': charSoft, ')': charSoft, '"': charSoft, '“': charSoft, '”': charSoft, '«': charSoft, '»': charSoft,
	'—': charSoft, '–': charSoft, '，': charSoft, '、': charSoft, '：': charSoft, '،': charSoft, '/': charSoft, '|': charSoft,
	'*': charMask, '@': charMask, '$': charMask,
}

func foldSlow(r rune) folded {
	switch {
	case marks[r] != charSpace:
		return folded{class: marks[r]}
	case invisible(r):
		return folded{class: charDrop}
	case r == utf8.RuneError || r >= 0x1F1E6 && r <= 0x1F1FF: // broken bytes, flags
		return folded{}
	case alone(r):
		return folded{class: charAlone, plain: string(r)}
	case r >= 0x1F150 && r <= 0x1F169: // letters in circles and squares
		r = r - 0x1F150 + 'A'
	case r >= 0x1F170 && r <= 0x1F189:
		r = r - 0x1F170 + 'A'
	}
	return foldLetter(r)
}

func foldLetter(r rune) folded {
	low := unicode.ToLower(r)
	f := folded{class: charLetter, upper: low != r}
	if to, ok := foldTo[low]; ok {
		f.plain = to
		return f
	}
	var out []rune
	for _, d := range norm.NFKD.String(string(low)) {
		d = unicode.ToLower(d)
		if to, ok := foldTo[d]; ok {
			out = append(out, []rune(to)...)
			continue
		}
		switch v := digit(d); {
		case invisible(d):
		case v >= 0:
			out = append(out, '0'+rune(v)) //nolint:gosec // 0 to 9
		case unicode.IsLetter(d) || unicode.IsMark(d):
			out = append(out, d)
		}
	}
	if len(out) == 0 {
		if unicode.IsSymbol(r) {
			return folded{class: charAlone, plain: string(r)}
		}
		return folded{}
	}
	f.plain = string(out)
	return f
}

// invisible characters and marks that people leave out: accents, vowel points.
func invisible(r rune) bool {
	switch {
	case r == 0xAD, r >= 0x300 && r <= 0x36F, // soft hyphen, combining accents
		r >= 0x610 && r <= 0x61A, r >= 0x64B && r <= 0x65F, r == 0x670, r == 0x640, // Arabic vowels, tatweel
		r == 0x93C,                                             // Devanagari nukta
		r >= 0x200B && r <= 0x200F, r >= 0x202A && r <= 0x202E, // zero width, bidi
		r >= 0x2060 && r <= 0x206F, r == 0xFEFF, r == 0x61C, r == 0x180E, // joiners
		r >= 0xFE00 && r <= 0xFE0F, r >= 0x1F3FB && r <= 0x1F3FF, r >= 0xE0000 && r <= 0xE01EF, // selectors, skin tones, tags
		r >= 0x20D0 && r <= 0x20FF:
		return true
	}
	return false
}

// alone tells the scripts that write without spaces, or glue endings on.
func alone(r rune) bool {
	return r >= 0x2E80 && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul)
}

func digit(r rune) int {
	switch {
	case r >= '0' && r <= '9':
		return int(r - '0')
	case r >= 0x660 && r <= 0x669:
		return int(r - 0x660)
	case r >= 0x6F0 && r <= 0x6F9:
		return int(r - 0x6F0)
	case r >= 0x966 && r <= 0x96F:
		return int(r - 0x966)
	}
	return -1
}

// looksLatin gives the Latin letter that a Cyrillic or Greek one looks like.
var looksLatin = map[rune]byte{
	'а': 'a', 'в': 'b', 'с': 'c', 'ԁ': 'd', 'е': 'e', 'һ': 'h', 'і': 'i', 'ј': 'j', 'к': 'k', 'ӏ': 'l', 'м': 'm', 'н': 'h', 'о': 'o', 'р': 'p',
	'ԛ': 'q', 'ѕ': 's', 'т': 't', 'у': 'y', 'х': 'x', 'ԝ': 'w', 'г': 'r', 'п': 'n', 'ո': 'n', 'ս': 'u',
	'α': 'a', 'β': 'b', 'ε': 'e', 'η': 'n', 'ι': 'i', 'κ': 'k', 'ν': 'v', 'ο': 'o', 'ρ': 'p', 'τ': 't', 'υ': 'u', 'χ': 'x', 'ω': 'w', 'ѵ': 'v',
}

// leet gives the letter that a digit or mark stands for inside a word.
var leet = map[byte]byte{'0': 'o', '1': 'i', '3': 'e', '4': 'a', '5': 's', '7': 't', '@': 'a', '$': 's'}
