package language

import "unicode"

// script is a writing system, as far as telling languages apart needs it.
type script uint8

const (
	none script = iota
	latin
	cyrillic
	arabic
	han
	kana
	hangul
	greek
	hebrew
	armenian
	devanagari
	bengali
	gurmukhi
	gujarati
	tamil
	telugu
	kannada
	malayalam
	sinhala
	thai
	lao
	burmese
	georgian
	ethiopic
	khmer
	scripts // how many
)

// scriptLang names the language of each script that decides alone. The script
// of Hindi is also that of Marathi and Nepali, which we do not tell apart.
var scriptLang = [scripts]string{
	hangul: "ko", greek: "el", hebrew: "he", armenian: "hy", devanagari: "hi",
	bengali: "bn", gurmukhi: "pa", gujarati: "gu", tamil: "ta", telugu: "te",
	kannada: "kn", malayalam: "ml", sinhala: "si", thai: "th", lao: "lo",
	burmese: "my", georgian: "ka", ethiopic: "am", khmer: "km",
	han: "zh", kana: "ja",
}

// scored tells whether words must decide between the languages of a script.
func (s script) scored() bool { return s == latin || s == cyrillic || s == arabic }

// weight is how much one letter counts where scripts are mixed: an ideograph
// or a syllable says as much as two letters.
func (s script) weight() int {
	if s == han || s == hangul {
		return 2
	}
	return 1
}

// blocks are the ranges of scripts outside the first few, in order.
var blocks = []struct {
	lo, hi rune
	script script
}{
	{0x0530, 0x058F, armenian}, {0x0590, 0x05FF, hebrew},
	{0x0600, 0x06FF, arabic}, {0x0750, 0x077F, arabic}, {0x08A0, 0x08FF, arabic},
	{0x0900, 0x097F, devanagari}, {0x0980, 0x09FF, bengali},
	{0x0A00, 0x0A7F, gurmukhi}, {0x0A80, 0x0AFF, gujarati},
	{0x0B80, 0x0BFF, tamil}, {0x0C00, 0x0C7F, telugu},
	{0x0C80, 0x0CFF, kannada}, {0x0D00, 0x0D7F, malayalam},
	{0x0D80, 0x0DFF, sinhala}, {0x0E00, 0x0E7F, thai},
	{0x0E80, 0x0EFF, lao}, {0x1000, 0x109F, burmese},
	{0x10A0, 0x10FF, georgian}, {0x1100, 0x11FF, hangul},
	{0x1200, 0x139F, ethiopic}, {0x1780, 0x17FF, khmer},
	{0x1C90, 0x1CBF, georgian}, {0x1E00, 0x1EFF, latin},
	{0x1F00, 0x1FFF, greek}, {0x2C60, 0x2C7F, latin},
	{0x3005, 0x3007, han}, {0x3041, 0x30FF, kana}, {0x3130, 0x318F, hangul},
	{0x31F0, 0x31FF, kana}, {0x3400, 0x9FFF, han}, {0xAC00, 0xD7AF, hangul},
	{0xF900, 0xFAFF, han}, {0xFB1D, 0xFB4F, hebrew}, {0xFB50, 0xFDFF, arabic},
	{0xFE70, 0xFEFE, arabic}, {0xFF66, 0xFF9F, kana}, {0x20000, 0x3FFFF, han},
}

// letterOf returns the script of a letter, none for anything else.
func letterOf(r rune) script {
	switch {
	case r < 0x80:
		if l := r | 0x20; 'a' <= l && l <= 'z' {
			return latin
		}
		return none
	case r < 0xC0 || r == '×' || r == '÷':
		return none
	case r < 0x2B0:
		return latin
	case r < 0x370:
		return none
	case r < 0x400:
		if unicode.IsLetter(r) {
			return greek
		}
		return none
	case r < 0x530:
		if 0x482 <= r && r < 0x48A {
			return none
		}
		return cyrillic
	}
	for _, b := range blocks {
		if r < b.lo {
			return none
		}
		if r <= b.hi {
			if b.script == han || b.script == hangul || unicode.IsLetter(r) {
				return b.script
			}
			return none
		}
	}
	return none
}

// chineseOnly reports ideographs that Japanese does not use.
func chineseOnly(r rune) bool {
	switch r {
	case '你', '您', '们', '們', '这', '這', '吗', '嗎', '呢', '吧', '啊', '么', '麼',
		'没', '沒', '说', '說', '给', '谁', '怎', '她', '很', '哪', '钱', '话', '请', '帮', '幫':
		return true
	}
	return false
}
