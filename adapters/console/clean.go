package console

import (
	"strings"
	"unicode"

	"github.com/charmbracelet/x/ansi"
)

// clean takes out all that could steer a terminal or turn the reading order:
// escape sequences, control characters other than newline and tab, and bidi
// controls. Right-to-left letters stay: they carry their direction themselves.
// All text from a person, a file or a model passes here before it is printed.
func clean(s string) string {
	if harmless(s) {
		return s
	}
	// Bytes that are no UTF-8 go first: a lone 0x9b opens a sequence as well.
	s = strings.ToValidUTF8(s, "\uFFFD")
	s = strings.ReplaceAll(s, "\r\n", "\n")
	s = strings.ReplaceAll(s, "\r", "\n") // alone it would write over the line
	return strings.Map(func(r rune) rune {
		if steers(r) {
			return -1
		}
		return r
	}, ansi.Strip(s))
}

// harmless spares plain text the work, and keeps it from the stripper's view.
func harmless(s string) bool {
	for _, r := range s {
		if r == unicode.ReplacementChar || steers(r) {
			return false
		}
	}
	return true
}

// steers tells whether a terminal would obey r instead of showing it.
func steers(r rune) bool {
	switch {
	case r == '\n', r == '\t':
		return false
	case unicode.IsControl(r): // C0, DEL, C1
		return true
	}
	return isBidi(r)
}

// isBidi tells whether r is a bidi embedding, override, isolate or mark.
func isBidi(r rune) bool {
	return r >= 0x202A && r <= 0x202E || r >= 0x2066 && r <= 0x2069 ||
		r == 0x200E || r == 0x200F || r == 0x061C
}
