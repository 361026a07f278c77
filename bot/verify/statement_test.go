package verify

import "testing"

// TestStatement expects a yes or no at the beginning to be taken off, and nothing else.
func TestStatement(t *testing.T) {
	c := checker(t)
	for _, x := range []struct{ lang, text, want string }{
		{"en", "Yes, a worker may leave.", "a worker may leave."},
		{"en", "No. A worker may leave.", "A worker may leave."},
		{"en", "no — a worker may leave.", "a worker may leave."},
		{"en", "No worker may be held.", "No worker may be held."},
		{"en", "No. 29 is a convention.", "No. 29 is a convention."},
		{"en", "Yes.", "Yes."},
		{"en", "Nobody, not even a boss, may hold you.", "Nobody, not even a boss, may hold you."},
		{"en", "", ""},
		{"es", "Sí, puede irse.", "puede irse."},
		{"es", "SÍ: puede irse.", "puede irse."},
		{"es", "No, puede irse.", "puede irse."},
		{"es", "Si, por miedo, no se va, puede llamar.", "Si, por miedo, no se va, puede llamar."},
		{"es", "No puede irse.", "No puede irse."},
	} {
		e, _ := c.Prepare(x.lang, nil)
		if got := e.Statement(x.text); got != x.want {
			t.Errorf("%q: %q", x.text, got)
		}
	}
}

// TestNumbered expects "No. 29" to deny nothing.
func TestNumbered(t *testing.T) {
	c := checker(t)
	e, _ := c.Prepare("en", []Passage{{Title: "Law", Sentences: []string{
		"The Forced Labour Convention, No. 29, is from 1930 and is still the basic text on it.",
	}}})
	for text, want := range map[string]bool{
		"The Forced Labour Convention, No. 29, is from 1930.":          true,
		"The Forced Labour Convention, No. 105, is from 1930.":         false,
		"The Forced Labour Convention, No. 29, is not from 1930.":      false,
		"No Forced Labour Convention is the basic text on it, No. 29.": false,
	} {
		if v := e.Check(Claim{Text: text, Cites: []int{0}}); v.Shown != want {
			t.Errorf("%q: %+v", text, v)
		}
	}
}
