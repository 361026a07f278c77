package safety

import (
	"slices"
	"testing"
)

func TestLoad(t *testing.T) {
	s := shipped()
	t.Logf("%d signs, %d patterns, %d guards, %d words, %d sets", len(s.all), len(s.found.progs), len(s.guards.progs), len(s.v.names), len(s.found.sets))
}

// TestExamples holds every sign against its own examples and counter-examples.
// A counter-example may weigh enough for the kind without the sign, but few do.
func TestExamples(t *testing.T) {
	benign, weighty := 0, 0
	for _, e := range compiled(t).entries {
		c := Context{Lang: e.lang}
		if e.after != nil {
			c.Kind = e.after[0]
		}
		for _, l := range e.examples {
			if f := Triage(l.text, c); !f.has(e) {
				t.Errorf("%s:%d: %q is an example of %s, but not found: %+v", e.file, l.at, l.text, e.id, f)
			}
		}
		for _, l := range e.benign {
			f := Triage(l.text, c)
			signed := slices.ContainsFunc(f.Signs, func(m Match) bool { return m.Kind == e.kind })
			benign++
			switch {
			case signed && (f.Kind == e.kind || f.Also == e.kind) || e.kind == "" && f.has(e):
				t.Errorf("%s:%d: %q is benign, but %s: %+v", e.file, l.at, l.text, e.kind, f)
			case e.kind != "" && (f.Kind == e.kind || f.Also == e.kind):
				weighty++
				t.Logf("%s:%d: %q is benign, but weighs like %s", e.file, l.at, l.text, e.kind)
			}
		}
	}
	if weighty*100 > benign {
		t.Errorf("%d of %d counter-examples weigh like what they are not", weighty, benign)
	}
}

// has says whether a finding shows the sign of an entry.
func (f Finding) has(e entry) bool {
	for _, g := range e.flags {
		found := false
		for _, have := range f.Flags {
			found = found || have == g
		}
		if !found {
			return false
		}
	}
	if e.country != "" && f.Country != e.country {
		return false
	}
	if e.kind == "" {
		return true
	}
	for _, m := range f.Signs {
		if m.ID == e.id && m.Lang == e.lang {
			return true
		}
	}
	return e.kind == onTopic
}
