package discord

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// clean takes out of text what cannot be seen: control characters, zero-width
// and other ignorable ones, and bidi controls. Right-to-left letters stay, and
// carry their direction themselves. All ends of lines become newlines.
func clean(s string) string {
	if visible(s) {
		return s
	}
	s = strings.ReplaceAll(s, "\r\n", "\n")
	return strings.Map(func(r rune) rune {
		switch {
		case strings.ContainsRune("\n\r\v\f\u0085\u2028\u2029", r):
			return '\n'
		case r == '\t':
			return ' '
		case hidden(r):
			return -1
		}
		return r
	}, s)
}

// visible spares usual text the work.
func visible(s string) bool {
	i := 0
	for i < len(s) && (s[i] >= ' ' && s[i] < 0x7F || s[i] == '\n') {
		i++
	}
	for _, r := range s[i:] {
		switch {
		case r >= ' ' && r < 0x7F, r == '\n':
		case r == utf8.RuneError, r < 0xA0, r == '\u2028', r == '\u2029', hidden(r):
			return false
		}
	}
	return true
}

// hidden tells whether nobody would see r.
func hidden(r rune) bool {
	switch {
	case r >= 0xAE && r < 0x300, r >= 0x2E80 && r < 0xD800 && r != 0x3164, r >= 0xFF01 && r < 0xFFA0, r >= 0x1F000 && r < 0x30000:
		return false
	}
	return unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Other_Default_Ignorable_Code_Point)
}

// tidy is clean text without space around it.
func tidy(s string) string { return strings.TrimSpace(clean(s)) }

// oneLine is clean text in one line.
func oneLine(s string) string {
	s = tidy(s)
	if strings.Contains(s, "\n") {
		s = strings.Join(strings.Fields(s), " ")
	}
	return s
}

// inert is clean text as Discord's markup that shows it, character by character, and
// does nothing, wherever in a line it is put. Discord shows a sign after a backslash
// as itself and obeys it no more. Only in @everyone another sign stands for the
// first one: Discord's servers look for those words without heeding a backslash,
// and no list of who may be mentioned should be all that stands between.
func inert(s string) string {
	if !strings.ContainsAny(s, "\\*_~`|<>[#-@:.") {
		return s
	}
	var b strings.Builder
	from := 0
	start := true // of a line, spaces apart
	for i := range len(s) {
		c := s[i]
		if t := shown(s, i, start); t != "" {
			if from == 0 {
				b.Grow(len(s) + 16)
			}
			b.WriteString(s[from:i])
			b.WriteString(t)
			from = i + 1
		}
		start = c == '\n' || start && (c == ' ' || c >= utf8.RuneSelf && blankAt(s, i))
	}
	if from == 0 {
		return s
	}
	b.WriteString(s[from:])
	return b.String()
}

// blankAt tells whether a space other than the usual one is at i, or goes on there.
func blankAt(s string, i int) bool {
	for i > 0 && !utf8.RuneStart(s[i]) {
		i--
	}
	r, _ := utf8.DecodeRuneInString(s[i:])
	return unicode.IsSpace(r)
}

// shown is what is written for the byte at i, "" for itself.
func shown(s string, i int, start bool) string {
	switch c := s[i]; c {
	case '\\', '*', '_', '~', '`', '|', '<', '[':
		return `\` + s[i:i+1]
	case '>', '#':
		if start {
			return `\` + s[i:i+1]
		}
	case '-': // a list, or small print
		if start && (i+1 == len(s) || strings.IndexByte(" \n#", s[i+1]) >= 0) {
			return `\-`
		}
	case '@':
		return mentioned(s, i)
	case ':': // an address, or the name of an emoji
		if strings.HasPrefix(s[i+1:], "//") || emojiName(s[i+1:]) {
			return `\:`
		}
	case '.': // a list would be counted anew, and show another number; or an invitation
		if numbered(s, i) || endsIn(s[:i], "discord") || endsIn(s[:i], "discordapp") {
			return `\.`
		}
	}
	return ""
}

// mentioned is what is written for the sign at i.
func mentioned(s string, i int) string {
	rest := s[i+1:]
	switch {
	case !beginsWith(rest, "everyone") && !beginsWith(rest, "here"):
		if i > 0 && s[i-1] == '<' {
			return `\@`
		}
		return ""
	case i > 0 && letter(s[i-1]) && domain(rest): // an address of e-mail stays as it is printed
		return `\@`
	}
	return "＠"
}

// domain tells whether s begins with the name of a host, with a stop in it.
func domain(s string) bool {
	i := 0
	for i < len(s) && (letter(s[i]) || s[i] == '-') {
		i++
	}
	return i+1 < len(s) && s[i] == '.' && letter(s[i+1])
}

// numbered tells whether the stop at i ends a number that a line begins with.
func numbered(s string, i int) bool {
	if i+1 < len(s) && s[i+1] != ' ' && s[i+1] != '\n' {
		return false
	}
	from := i
	for from > 0 && s[from-1] >= '0' && s[from-1] <= '9' {
		from--
	}
	before := strings.TrimRightFunc(s[:from], func(r rune) bool { return r != '\n' && unicode.IsSpace(r) })
	return from < i && (before == "" || before[len(before)-1] == '\n')
}

func beginsWith(s, prefix string) bool {
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}

func endsIn(s, suffix string) bool {
	return len(s) >= len(suffix) && strings.EqualFold(s[len(s)-len(suffix):], suffix)
}

// letter tells ASCII letters and digits.
func letter(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z'
}

// emojiName tells whether s begins with the name of an emoji and the colon after it;
// the time 10:30:00 does not.
func emojiName(s string) bool {
	const longestName = 100
	digits := true
	for i := range min(len(s), longestName) {
		switch c := s[i]; {
		case c == ':':
			return i > 0 && (!digits || s[:i] == "100" || s[:i] == "1234")
		case c >= '0' && c <= '9':
		case letter(c), c >= utf8.RuneSelf, strings.IndexByte("_+-'", c) >= 0:
			digits = false
		default:
			return false
		}
	}
	return false
}

// units is the length of s where characters outside the basic plane count twice.
func units(s string) (n int) {
	for i := range len(s) {
		switch c := s[i]; {
		case c >= 0xF0:
			n += 2
		case c < utf8.RuneSelf, c >= 0xC0:
			n++
		}
	}
	return n
}

// shorten cuts text after a word so that it has no more than so many units.
func shorten(s string, most int) string {
	if len(s) <= most || units(s) <= most {
		return s
	}
	n, word, hard := 1, 0, 0 // 1 for the dots
	for i, r := range s {
		if n += units(string(r)); n > most {
			break
		}
		hard = i + utf8.RuneLen(r)
		if r == ' ' {
			word = i
		}
	}
	if word > 0 && s[hard] != ' ' {
		hard = word
	}
	return strings.TrimRight(s[:hard], " ") + "…"
}

// splitText divides clean text between words into parts that take no more than so
// many units each once inert. A word that is too long is divided, too.
func splitText(s string, most int) []string {
	if len(s)*2 <= most {
		return []string{s}
	}
	var parts []string
	from, space, n := 0, 0, 0
	for i, r := range s {
		c := cost(r)
		if n+c > most {
			at := i
			if space > from {
				at = space
			}
			parts = append(parts, s[from:at])
			from, n = at, widths(s[at:i])
		}
		if r == ' ' || r == '\n' {
			space = i
		}
		n += c
	}
	return append(parts, s[from:])
}

// widths is the cost of s once inert, or more.
func widths(s string) (n int) {
	for _, r := range s {
		n += cost(r)
	}
	return n
}

// cost is what a character takes once inert, at most.
func cost(r rune) int {
	if r > 0xFFFF || r < utf8.RuneSelf && strings.ContainsRune("\\*_~`|<>[#-@:.", r) {
		return 2
	}
	return 1
}
