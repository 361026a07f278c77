package knowledge

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// A Problem is something wrong in a content file: where, what, and how to mend it.
type Problem struct {
	File string `json:"file"`
	Line int    `json:"line,omitempty"`
	What string `json:"what"`
	Mend string `json:"mend,omitempty"`
}

func (p Problem) String() string {
	where := p.File
	if p.Line > 0 {
		where = fmt.Sprintf("%s:%d", p.File, p.Line)
	}
	if p.Mend == "" {
		return fmt.Sprintf("%s: %s", where, p.What)
	}
	return fmt.Sprintf("%s: %s; %s", where, p.What, p.Mend)
}

// Problems is every problem found in one reading of the content, as an error.
type Problems []Problem

func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}

func (ps *Problems) add(file string, line int, mend, what string, args ...any) {
	*ps = append(*ps, Problem{File: file, Line: line, What: fmt.Sprintf(what, args...), Mend: mend})
}

// err is nil when there are none.
func (ps Problems) err() error {
	if len(ps) == 0 {
		return nil
	}
	ps.sort()
	return ps
}

// sort orders by file, line and text: equal content has equal reports.
func (ps Problems) sort() {
	slices.SortStableFunc(ps, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.What, b.What))
	})
}

// lineOf finds the line, from 1, of the first line that starts with one of the
// prefixes (indentation and list dashes aside); 1 when none does.
func lineOf(text string, prefixes ...string) int {
	n := 0
	for line := range strings.Lines(text) {
		n++
		line = strings.TrimLeft(line, " \t-")
		for _, p := range prefixes {
			if strings.HasPrefix(line, p) {
				return n
			}
		}
	}
	return 1
}

// lineWith is the line, from 1, of the first of these strings that stands in
// the text; 1 when none does.
func lineWith(text string, finds ...string) int {
	for _, f := range finds {
		if before, _, ok := strings.Cut(text, f); ok && f != "" {
			return 1 + strings.Count(before, "\n")
		}
	}
	return 1
}
