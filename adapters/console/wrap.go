package console

import (
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// wrap cleans s and breaks it at spaces into lines no wider than width, the
// first behind the indent first, the others behind rest. A width of 0 breaks
// only where s does. An address is never broken, so that it can be copied; any
// other word that is too wide is.
func wrap(s string, width int, first, rest string) []string {
	var out []string
	indent := first
	for line := range strings.SplitSeq(clean(s), "\n") {
		line = strings.ReplaceAll(line, "\t", " ")
		lead := len(line) - len(strings.TrimLeft(line, " "))
		hang := rest + line[:min(lead, minWidth/2)]
		if lead > 0 {
			indent += line[:min(lead, minWidth/2)]
		}
		out = append(out, fold(line[lead:], width, indent, hang)...)
		indent = rest
	}
	return out
}

// fold breaks one line.
func fold(line string, width int, first, rest string) []string {
	if width <= 0 || ansi.StringWidth(first)+ansi.StringWidth(line) <= width {
		return []string{strings.TrimRight(first+line, " ")}
	}
	var out []string
	now, used := first, ansi.StringWidth(first)
	fresh := true // nothing stands behind the indent yet
	next := func() {
		out = append(out, strings.TrimRight(now, " "))
		now, used, fresh = rest, ansi.StringWidth(rest), true
	}
	// Only spaces break: a no-break space holds a number together.
	for word := range strings.FieldsFuncSeq(line, func(r rune) bool { return r == ' ' }) {
		for _, piece := range pieces(word, width-ansi.StringWidth(rest)) {
			w := ansi.StringWidth(piece)
			if !fresh && used+1+w > width {
				next()
			}
			if !fresh {
				now += " "
				used++
			}
			now, used, fresh = now+piece, used+w, false
		}
	}
	next()
	return out
}

// pieces cuts a word that fits no line, unless it is an address.
func pieces(word string, width int) []string {
	if ansi.StringWidth(word) <= width || strings.Contains(word, "://") ||
		strings.Contains(word, "@") || strings.HasPrefix(word, "www.") {
		return []string{word}
	}
	return strings.Split(ansi.Hardwrap(word, max(width, 1), true), "\n")
}
