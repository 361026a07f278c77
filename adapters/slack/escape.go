package slack

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

// inert is clean text as mrkdwn that shows it and does nothing. Slack has no
// escape for the marks of its formatting, and none for the names of emoji:
// characters that look like them stand in their place.
func inert(s string) string {
	first := strings.IndexAny(s, "&<>*_~`:")
	if first < 0 {
		return s
	}
	var b strings.Builder
	from := 0
	for i := first; i < len(s); i++ {
		if t := standIn(s, i); t != "" {
			if from == 0 {
				b.Grow(len(s) + 16)
			}
			b.WriteString(s[from:i])
			b.WriteString(t)
			from = i + 1
		}
	}
	if from == 0 {
		return s
	}
	b.WriteString(s[from:])
	return b.String()
}

// standIn is what is written for the byte at i, "" for itself.
func standIn(s string, i int) string {
	switch s[i] {
	case '&':
		return "&amp;"
	case '<':
		return "&lt;"
	case '>':
		if before := strings.TrimRightFunc(s[:i], blank); before == "" || strings.HasSuffix(before, "\n") {
			return "›" // first in a line it would quote, even as an entity
		}
		return "&gt;"
	case '*':
		return "∗"
	case '~':
		return "∼"
	case '`':
		return "'"
	case '_':
		if i == 0 || i == len(s)-1 || !letter(s[i-1]) || !letter(s[i+1]) { // as in an address it is left
			return "ˍ"
		}
	case ':':
		if emoji(s[i+1:]) {
			return "∶"
		}
	}
	return ""
}

// blank tells what indents a line.
func blank(r rune) bool { return r != '\n' && unicode.IsSpace(r) }

// letter tells ASCII letters and digits.
func letter(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z'
}

// emoji tells whether s begins with the name of an emoji and the colon after it;
// the time 10:30:00 does not.
func emoji(s string) bool {
	const longest = 100
	digits := true
	for i := 0; i < min(len(s), longest); i++ {
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

// bold is one line of clean text in bold, as mrkdwn.
func bold(s string) string {
	if s == "" {
		return ""
	}
	return "*" + inert(s) + "*"
}

// literal is text for a plain_text object, in one line. Nothing is obeyed there;
// the brackets are changed so that no copy of it is obeyed elsewhere.
func literal(s string) string {
	s = oneLine(s)
	if strings.ContainsAny(s, "<>") {
		s = strings.NewReplacer("<", "‹", ">", "›").Replace(s)
	}
	return s
}

// units is the length of s where characters outside the basic plane count twice.
func units(s string) int {
	n := 0
	for _, r := range s {
		n++
		if r > 0xFFFF {
			n++
		}
	}
	return n
}

// size is the length of s in JSON, at least as long as any way of counting it.
func size(s string) (n int) {
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"', c == '\\', c == '\n', c >= 0xF0: // outside the basic plane
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
// many characters each once inert. A word that is too long is divided, too.
func splitText(s string, most int) []string {
	if len(s)*longestEntity <= most {
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

// widths is the cost of s as inert.
func widths(s string) (n int) {
	for _, r := range s {
		n += cost(r)
	}
	return n
}

const longestEntity = len("&amp;")

// cost is what a character takes once inert and in JSON.
func cost(r rune) int {
	switch {
	case r == '&':
		return longestEntity
	case r == '<', r == '>':
		return len("&lt;")
	case r == '"', r == '\\', r == '\n', r > 0xFFFF:
		return 2
	}
	return 1
}
