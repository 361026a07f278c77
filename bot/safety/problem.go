package safety

import (
	"fmt"
	"strings"
)

// A problem is one thing that is wrong in a data file.
type problem struct {
	file string
	line int
	what string
}

func (p problem) String() string {
	if p.line == 0 {
		return fmt.Sprintf("%s: %s", p.file, p.what)
	}
	return fmt.Sprintf("%s:%d: %s", p.file, p.line, p.what)
}

// problems is all that is wrong, as one error.
type problems []problem

func (ps problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.String()
	}
	return "safety signs:\n" + strings.Join(lines, "\n")
}
