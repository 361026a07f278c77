package answer

import (
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
)

// draft is one sentence of a model that nobody has checked. Only verify makes
// one into something that can be shown.
type draft struct {
	text  string
	cites []int // passages, from 0
}

const (
	maxLine   = 700  // bytes of a line; a longer one is dropped
	maxDrafts = 12   // lines that are looked at
	maxDraft  = 8000 // bytes of all that is read
)

// draftReader takes the lines of a draft apart as they come.
//
//	level: ordinary
//	[1,3] A sentence.
//	end
type draftReader struct {
	rest  strings.Builder // a line that has not ended
	long  bool            // and is too long
	read  int             // bytes
	lines int
	level string // what the first line says of the message, "" so far
	begun bool   // a line has been read
	done  bool   // the last line has been read, or enough
	none  bool   // the passages do not answer
}

// feed takes a piece and gives each line that it ends to line.
func (d *draftReader) feed(piece string, line func(string)) {
	for piece != "" && !d.done {
		part, rest, ended := strings.Cut(piece, "\n")
		if d.read += len(part) + 1; d.read > maxDraft {
			d.done = true
			return
		}
		if d.rest.Len()+len(part) > maxLine {
			d.long = true
		} else {
			d.rest.WriteString(part)
		}
		if !ended {
			return
		}
		d.end(line)
		piece = rest
	}
}

// end takes what is left for a line.
func (d *draftReader) end(line func(string)) {
	s, long := strings.TrimSpace(d.rest.String()), d.long
	d.rest.Reset()
	d.long = false
	if d.done || s == "" && !long {
		return
	}
	first := !d.begun
	d.begun = true
	word := strings.ToLower(strings.Trim(s, ". "))
	switch {
	case long:
	case word == "end":
		d.done = true
		return
	case word == "none":
		d.none, d.done = true, true
		return
	case strings.HasPrefix(word, "level:"):
		if first {
			d.level = strings.TrimSpace(strings.TrimPrefix(word, "level:"))
		}
		return
	}
	d.lines++
	d.done = d.lines >= maxDrafts
	line(s)
}

// The forms of a line: numbers before the sentence as the prompt asks for, in all the
// ways in which models write more than one, or behind it as they often do.
var (
	numbersFirst = regexp.MustCompile(`^(?:[-*\x{2022}] *)?((?:\[\d{1,2}(?: ?, ?\d{1,2})*\][ ,]*)+)(\S.*)$`)
	numbersLast  = regexp.MustCompile(`^(?:[-*\x{2022}] *)?([^\[\]]*[^\[\]\s]) *((?:\[\d{1,2}(?: ?, ?\d{1,2})*\][ ,]*)+)(\.?)$`)
	oneNumber    = regexp.MustCompile(`\d+`)
)

// parseDraft reads a line of the form "[1,3] A sentence.", "[1][3] A sentence." or "A
// sentence. [1]"; ok is false for any other, and for more than four passages.
func parseDraft(line string) (d draft, ok bool) {
	if !utf8.ValidString(line) {
		return d, false
	}
	var numbers string
	if m := numbersFirst.FindStringSubmatch(line); m != nil {
		numbers, d.text = m[1], m[2]
	} else if m := numbersLast.FindStringSubmatch(line); m != nil {
		numbers, d.text = m[2], m[1]+m[3]
	} else {
		return d, false
	}
	for _, n := range oneNumber.FindAllString(numbers, -1) {
		i, err := strconv.Atoi(n)
		if err != nil || i < 1 {
			return draft{}, false
		}
		d.cites = append(d.cites, i-1)
	}
	d.text = strings.TrimSpace(d.text)
	return d, len(d.cites) <= 4
}
