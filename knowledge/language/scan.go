package language

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

const (
	maxBytes  = 32 << 10 // read of a text
	maxWords  = 2000     // read of a text
	maxLength = 48       // letters of a word; longer ones are noise
)

// prepare cuts a long text and composes accents typed as separate marks.
func prepare(text string) string {
	if len(text) > maxBytes {
		n := maxBytes
		for n > maxBytes-utf8.UTFMax && !utf8.RuneStart(text[n]) {
			n--
		}
		text = text[:n]
	}
	if norm.NFC.QuickSpanString(text) < len(text) {
		text = norm.NFC.String(text)
	}
	return text
}

// read goes through a text word by word.
func (r *reading) read(text string) {
	for i := 0; i < len(text) && r.total < maxWords; {
		if text[i] <= ' ' {
			i++
			continue
		}
		if n := place(text[i:]); n > 0 {
			i += n
			continue
		}
		end, odd := chunk(text, i)
		if c := text[i:end]; !odd || !address(c) {
			r.chunk(c)
		}
		i = end
	}
}

// places are names made of common words, by their first letter. They say
// nothing of the language around them.
var places = map[byte][]string{
	'l': {"los angeles", "las vegas", "las cruces"},
	'e': {"el paso", "el salvador"},
	'n': {"new york", "new jersey", "new mexico", "new orleans"},
}

// place returns the length of the place name that text starts with, else 0.
func place(text string) int {
	switch text[0] {
	case 'l', 'L', 'e', 'E', 'n', 'N':
		for _, p := range places[text[0]|0x20] {
			if len(text) >= len(p) && strings.EqualFold(text[:len(p)], p) {
				return len(p)
			}
		}
	}
	return 0
}

// chunk returns where the run of characters without space that starts at i
// ends. A change between East Asian and other writing ends it too, because
// links stand there without spaces. odd is true if it may be an address.
func chunk(text string, i int) (end int, odd bool) {
	east := eastAsian(text[i])
	for ; i < len(text); i++ {
		switch b := text[i]; {
		case b <= ' ':
			return i, odd
		case b < utf8.RuneSelf:
			if east {
				return i, odd
			}
			if b == '.' || b == '@' || b == '/' || b == ':' || b == '<' {
				odd = true
			}
		case b >= 0xC0 && eastAsian(b) != east:
			return i, odd
		}
	}
	return i, odd
}

// eastAsian tells by the first byte of a character.
func eastAsian(b byte) bool { return 0xE3 <= b && b <= 0xEF }

// address reports what is no prose: links, e-mail addresses, mentions,
// commands, names of emoji and files.
func address(c string) bool {
	if strings.IndexByte(c, '@') >= 0 || strings.Contains(c, "://") || strings.Contains(c, "www.") {
		return true
	}
	switch c[0] {
	case '/':
		return len(c) > 1
	case '<':
		return len(c) > 1 && strings.IndexByte("#!:a", c[1]) >= 0
	case ':':
		return len(c) > 2 && strings.IndexByte(c[1:], ':') > 0
	}
	dot := strings.IndexByte(c, '.')
	if dot <= 0 || dot == len(c)-1 {
		return false
	}
	c = c[dot+1:]
	if strings.IndexByte(c, '/') > 0 {
		return true
	}
	c = strings.TrimRight(c, ".,;:!?)>\"'")
	switch c[strings.LastIndexByte(c, '.')+1:] {
	case "com", "org", "net", "gov", "edu", "info", "io", "app", "dev", "gg", "ly",
		"mx", "pdf", "jpg", "png", "doc", "docx", "html":
		return true
	}
	return false
}

// chunk reads the words of a run without spaces.
func (r *reading) chunk(c string) {
	start, joints := -1, 0 // of the word being read, if start is not negative
	var s script
	for i, ch := range c {
		ls := letterOf(ch)
		switch {
		case ls.scored():
			if start >= 0 && s != ls {
				r.word(c[start:i], joints, s)
				start = -1
			}
			if start < 0 {
				start, joints, s = i, 0, ls
			}
			continue
		case ls != none:
			r.letters[ls]++
			if ls == han && chineseOnly(ch) {
				r.chinese++
			}
		case start >= 0 && (digit(ch) || mark(ch)):
			continue
		case start >= 0 && joint(ch):
			joints++
			continue
		case digit(ch):
			start, joints, s = i, 0, latin // "2day"
			continue
		}
		if start >= 0 {
			r.word(c[start:i], joints, s)
			start = -1
		}
	}
	if start >= 0 {
		r.word(c[start:], joints, s)
	}
}

func digit(r rune) bool { return '0' <= r && r <= '9' }

// mark reports marks that stand in words and are not letters: combining
// accents, Arabic vowel signs and the Arabic stretching line.
func mark(r rune) bool {
	return 0x300 <= r && r < 0x370 || r == 0x640 || 0x64B <= r && r <= 0x65F || r == 0x670
}

// joint reports what joins the parts of a word.
func joint(r rune) bool { return hyphen(r) || apostrophe(r) }

// hyphen reports hyphens and the Persian half space.
func hyphen(r rune) bool { return r == '-' || r == '‐' || r == '\u200c' }

func apostrophe(r rune) bool {
	switch r {
	case '\'', '’', '‘', 'ʼ', '`', '´':
		return true
	}
	return false
}

// word reads one word of a scored script. One with joints is taken whole if it
// is in a list ("aujourd'hui"), else by its parts.
func (r *reading) word(w string, joints int, s script) {
	r.total++
	k := r.t.look(w)
	if k.length > maxLength {
		return
	}
	if joints > 0 && !r.t.knows(k) {
		r.pieces(w, s)
		return
	}
	r.take(w, k, s)
}

// pieces reads a joined word part by part.
func (r *reading) pieces(w string, s script) {
	for w != "" {
		part := w
		if i := strings.IndexFunc(w, hyphen); i >= 0 {
			_, n := utf8.DecodeRuneInString(w[i:])
			part, w = w[:i], w[i+n:]
		} else {
			w = ""
		}
		if part != "" {
			r.elided(part, s)
		}
	}
}

// elided reads a word that may hold an apostrophe: "l'argent" is argent and
// speaks for French, "boss's" is boss and speaks for English, "Ankara'dan" for
// Turkish.
func (r *reading) elided(w string, s script) {
	for {
		k := r.t.look(w)
		i := strings.IndexFunc(w, apostrophe)
		if i < 0 || s != latin || r.t.knows(k) {
			r.take(w, k, s)
			return
		}
		_, n := utf8.DecodeRuneInString(w[i:])
		head, tail := w[:i], w[i+n:]
		if !r.prefix(head) {
			r.suffix(head, tail)
			if head != "" {
				r.take(head, r.t.look(head), s)
			}
			return
		}
		if tail == "" {
			return
		}
		w = tail
	}
}

// prefix reports whether what stands before an apostrophe is an elided word,
// and lets it speak.
func (r *reading) prefix(head string) bool {
	switch head {
	case "c", "C", "j", "J", "qu", "Qu", "jusqu", "lorsqu", "puisqu":
		r.score[fr] += apostropheWorth
	case "l", "L", "d", "D", "m", "M", "n", "N", "s", "S", "t", "T":
		r.score[fr] += apostropheWorth
		r.score[it] += apostropheWorth / 2
		r.score[ht] += apostropheWorth / 2
	case "un", "dell", "nell", "sull", "all", "dall", "quell",
		"Un", "Dell", "Nell", "Sull", "All", "Dall", "Quell":
		r.score[it] += apostropheWorth
	default:
		return false
	}
	return true
}

// suffix lets what stands after an apostrophe speak.
func (r *reading) suffix(head, tail string) {
	switch tail {
	case "s", "S", "ll", "re", "ve":
		r.score[en] += apostropheWorth
	default:
		if len(head) > 2 && len(tail) > 1 && len(tail) < 7 {
			r.score[tr] += apostropheWorth
		}
	}
}
