package answer

import (
	"slices"
	"testing"
)

// TestParseDraft expects the forms of a line that models write, and no others.
func TestParseDraft(t *testing.T) {
	for line, want := range map[string]draft{
		"[1] A worker must be paid.":           {"A worker must be paid.", []int{0}},
		"[1,3] A worker must be paid.":         {"A worker must be paid.", []int{0, 2}},
		"[1 , 12]  A worker must be paid.":     {"A worker must be paid.", []int{0, 11}},
		"[1][2] A worker must be paid.":        {"A worker must be paid.", []int{0, 1}},
		"[1], [2] A worker must be paid.":      {"A worker must be paid.", []int{0, 1}},
		"[2]A worker must be paid.":            {"A worker must be paid.", []int{1}},
		"- [2] A worker must be paid.":         {"A worker must be paid.", []int{1}},
		"A worker must be paid. [1]":           {"A worker must be paid.", []int{0}},
		"A worker must be paid [1][3].":        {"A worker must be paid.", []int{0, 2}},
		"\u2022 A worker must be paid. [1, 2]": {"A worker must be paid.", []int{0, 1}},
		"[1] See [this](x.example).":           {"See [this](x.example).", []int{0}}, // for the checks to refuse
	} {
		d, ok := parseDraft(line)
		if !ok || d.text != want.text || !slices.Equal(d.cites, want.cites) {
			t.Errorf("%q: %+v, %v", line, d, ok)
		}
	}
	for _, line := range []string{
		"", "A worker must be paid.", "[0] A worker must be paid.", "[] A worker.", "[a] A worker.", "[1]", "[1] ", "[123] A worker.",
		"[1,2,3,4,5] A worker.", "[1][2][3][4][5] A worker.", "[-1] A worker.", "[1.5] A worker.", "A [1] worker must be paid.",
		"\xff[1] A worker.", "[1", "A worker [x] was paid. [1]",
	} {
		if d, ok := parseDraft(line); ok {
			t.Errorf("%q: %+v", line, d)
		}
	}
}
