package safety

import (
	"flag"
	"fmt"
	"strings"
	"testing"
)

var explainFlag = flag.String("explain", "", "texts to explain, separated by |")

// TestExplain shows why a text is what it is: go test -run Explain -explain 'he has a gun'
func TestExplain(t *testing.T) {
	if *explainFlag == "" {
		t.Skip("give -explain 'a text | another'")
	}
	for text := range strings.SplitSeq(*explainFlag, "|") {
		t.Log(explain(strings.TrimSpace(text), Context{}))
	}
}

// explain lists what was found in a text, and what blocked it.
func explain(text string, c Context) string {
	s := shipped()
	sc := &scan{reader: reader{v: s.v}}
	sc.split(text)
	var b strings.Builder
	fmt.Fprintf(&b, "%q -> %+v\n  read:", text, Triage(text, c))
	for _, t := range sc.tokens {
		fmt.Fprintf(&b, " %s", s.name(&t))
	}
	for pos := range sc.tokens {
		t := &sc.tokens[pos]
		for _, w := range []word{t.id, t.stem} {
			if w == 0 {
				continue
			}
			for _, i := range s.found.anchored(w) {
				p := &s.found.progs[i]
				f := field{sc.tokens, near(sc.sents[t.sent], pos, pos+1)}
				at, ok := s.found.runs(p, f, pos)
				if !ok {
					continue
				}
				fmt.Fprintf(&b, "\n  %s %s: %s", s.all[p.owner].Lang, s.all[p.owner].ID, s.words(sc, at))
				if s.blocked(sc, p, &s.all[p.owner], at) {
					fmt.Fprintf(&b, "  BLOCKED %s", s.why(sc, &s.all[p.owner], at))
				}
			}
		}
	}
	return b.String()
}

func (s *signs) why(sc *scan, sign *sign, at span) string {
	var out []string
	lines := span{sc.segs[sc.tokens[at.from].seg].from, sc.segs[sc.tokens[at.to-1].seg].to}
	f := field{sc.tokens, near(lines, at.from, at.to)}
	for pos := f.from; pos < f.to; pos++ {
		for _, i := range s.guards.anchored(sc.tokens[pos].id) {
			p := &s.guards.progs[i]
			for _, u := range sign.unless {
				if g, ok := s.guards.runs(p, f, pos); u == p.owner && ok && (!s.groups[u].before || g.from < at.from) {
					out = append(out, s.words(sc, g))
				}
			}
		}
	}
	return strings.Join(out, " / ")
}

func (s *signs) words(sc *scan, at span) string {
	var out []string
	for i := at.from; i < at.to; i++ {
		out = append(out, s.name(&sc.tokens[i]))
	}
	return "[" + strings.Join(out, " ") + "]"
}

func (s *signs) name(t *token) string {
	switch {
	case t.id != 0:
		return s.v.names[t.id]
	case t.stem != 0:
		return s.v.names[t.stem]
	}
	return "_"
}
