package language

import (
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// An id numbers the languages that words decide between.
type id uint8

const (
	en id = iota
	es
	fr
	pt
	ht
	vi
	tl
	pl
	de
	it
	tr
	ro
	ru
	uk
	ar
	fa
	ur
	scored // how many
)

var codes = [scored]string{
	"en", "es", "fr", "pt", "ht", "vi", "tl", "pl", "de", "it", "tr", "ro", "ru", "uk", "ar", "fa", "ur",
}

// A group is the run of ids that share a script.
type group struct{ from, to id }

var groups = map[script]group{latin: {en, ru}, cyrillic: {ru, ar}, arabic: {ar, scored}}

func idOf(code string) (id, bool) {
	for i, c := range codes {
		if c == code {
			return id(i), true
		}
	}
	return 0, false
}

func (g group) has(code string) bool {
	l, ok := idOf(code)
	return ok && g.from <= l && l < g.to
}

// A set holds languages, one bit an id.
type set uint32

func (s set) has(l id) bool { return s>>l&1 != 0 }

func (g group) set() set { return 1<<g.to - 1<<g.from }

// alphabets are the letters a language uses beyond those its whole group uses.
// A letter in none of them is foreign to all.
var alphabets = [scored]string{
	en: "",
	es: "áéíóúüñ",
	fr: "àâæçéèêëîïôœùûü",
	pt: "áâãàçéêíóôõúü",
	ht: "èòàé",
	vi: "àáâãèéêìíòóôõùúýăđĩũơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ",
	tl: "ñ",
	pl: "ąćęłńóśźż",
	de: "äöüß",
	it: "àèéìíîòóù",
	tr: "çğıöşüâîû",
	ro: "ăâîșțşţ",
	ru: "ыэёъ",
	uk: "іїєґ",
	ar: "ةىأإؤئآيك",
	fa: "پچژگکیئآه",
	ur: "پچژگکیئآؤٹڈڑںےہھۓۂ",
}

// shared are the letters a group's languages all use.
var shared = map[script]string{
	latin:    "abcdefghijklmnopqrstuvwxyz",
	cyrillic: "абвгдежзийклмнопрстуфхцчшщьюя",
	arabic:   "ءابتثجحخدذرزسشصضطظعغفقلمنوه",
}

// A letter is what the tables know about a character.
type letter struct {
	lower, bare uint16 // bare: without accents
	second      byte   // a second letter of bare: œ, ß, æ
	symbol      uint8  // of bare, for pairs
	langs       set    // that use it
}

// letterCount covers everything up to Arabic and the Vietnamese block.
const letterCount = 0x700 + 0x100

func letterIndex(r rune) (int, bool) {
	switch {
	case r < 0x700:
		return int(r), true
	case 0x1E00 <= r && r <= 0x1EFF:
		return int(r) - 0x1E00 + 0x700, true
	}
	return 0, false
}

// plain are letters that lose their mark though Unicode does not take them apart.
var plain = map[rune]string{
	'đ': "d", 'ł': "l", 'ı': "i", 'ø': "o", 'œ': "oe", 'ß': "ss", 'æ': "ae", 'ð': "d",
	'ё': "е", 'ґ': "г", 'й': "й", 'ї': "ї",
	'أ': "ا", 'إ': "ا", 'آ': "ا", 'ٱ': "ا", 'ى': "ي", 'ی': "ي", 'ے': "ي", 'ئ': "ي",
	'ک': "ك", 'ة': "ه", 'ہ': "ه", 'ھ': "ه", 'ۂ': "ه", 'ؤ': "و", 'ں': "ن",
}

func buildLetters(table *[letterCount]letter) {
	for i := range table {
		r := rune(i)
		if i >= 0x700 {
			r = rune(i) - 0x700 + 0x1E00
		}
		if letterOf(r) == none {
			table[i] = letter{lower: uint16(r), bare: uint16(r)}
			continue
		}
		low := unicode.ToLower(r)
		b, second := bare(low)
		table[i] = letter{lower: uint16(low), bare: uint16(b), second: second, symbol: symbol(b)}
	}
	for s, all := range shared {
		for _, r := range all {
			i, _ := letterIndex(r)
			table[i].langs = groups[s].set()
		}
	}
	for l, own := range alphabets {
		for _, r := range own {
			i, _ := letterIndex(r)
			table[i].langs |= 1 << l
		}
	}
	for i := range table { // capitals are used where their small letters are
		if j, ok := letterIndex(rune(table[i].lower)); ok {
			table[i].langs = table[j].langs
		}
	}
}

// bare returns a small letter without its mark.
func bare(r rune) (first rune, second byte) {
	if r < utf8.RuneSelf {
		return r, 0
	}
	if p, ok := plain[r]; ok {
		rs := []rune(p)
		if len(rs) > 1 {
			second = byte(rs[1])
		}
		return rs[0], second
	}
	if d := norm.NFD.PropertiesString(string(r)).Decomposition(); d != nil {
		r, _ = utf8.DecodeRune(d)
	}
	return r, 0
}
