package knowledge

import (
	"os"
	"slices"
	"strings"
	"testing"

	"porchlight/knowledge/index"
)

type asked struct {
	text string
	want []string // topics that answer it; nil: the knowledge base has no answer
}

func asks(t testing.TB, set string) (out []asked) {
	t.Helper()
	data, err := os.ReadFile("testdata/" + set + ".tsv")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(data)) {
		line = strings.TrimRight(line, "\n")
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		q, ids, ok := strings.Cut(line, "\t")
		if !ok {
			t.Fatalf("%s: no tab in %q", set, line)
		}
		a := asked{text: q}
		if ids != "-" {
			a.want = strings.Split(ids, ",")
		}
		out = append(out, a)
	}
	return out
}

func questions(t testing.TB, lang string) []asked {
	t.Helper()
	return asks(t, "questions."+lang)
}

// tally is how a set of questions fared.
type tally struct {
	asked, first, three      int // with an answer; right topic first; among three
	answered, wrong, refused int // in the band Certain; with a wrong topic; in Unknown
	foreign, taken           int // without an answer; and answered all the same
}

func fare(t *testing.T, b *Base, set string, tell bool) (n tally) {
	t.Helper()
	lang := set[strings.LastIndexByte(set, '.')+1:]
	for _, q := range asks(t, set) {
		f := b.FindIn(lang, index.Query{Text: q.text, Limit: 5})
		at := -1
		for i, x := range f.Found[:min(3, len(f.Found))] {
			if at < 0 && slices.Contains(q.want, x.Topic.ID) {
				at = i
			}
		}
		if q.want == nil {
			n.foreign++
			if f.Band == Certain {
				n.taken++
				if tell {
					t.Logf("%s: answered with %s (%.2f), has no answer: %q", set, f.Found[0].Topic.ID, f.Confident, q.text)
				}
			}
			continue
		}
		n.asked++
		n.count(f, at)
		if at != 0 && tell && len(f.Found) > 0 {
			t.Logf("%s: %q: %s (%.2f), want %v", set, q.text, f.Found[0].Topic.ID, f.Confident, q.want)
		}
	}
	return n
}

func (n *tally) count(f Finding, at int) {
	if at == 0 {
		n.first++
	}
	if at >= 0 {
		n.three++
	}
	switch f.Band {
	case Certain:
		n.answered++
		if at != 0 {
			n.wrong++
		}
	case Unknown:
		n.refused++
	case Nearest:
	}
}

// TestQuestions holds the content against questions in the voices of real
// people. The sets questions.* were written without looking at the content and
// nothing is tuned on them, so their misses are not shown; dev.* is for tuning.
func TestQuestions(t *testing.T) {
	b, err := Load(Embedded())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		set            string
		first, three   float64 // at least
		refused, taken float64 // at most
		unseen         bool    // misses are not shown
	}{
		{"questions.en", 0.87, 0.96, 0.04, 0.20, true},
		{"questions.es", 0.90, 0.97, 0.04, 0.20, true},
		{"dev.en", 0.90, 0.97, 0.04, 0.20, false},
		{"dev.es", 0.89, 0.96, 0.04, 0.20, false},
	} {
		n := fare(t, b, c.set, !c.unseen)
		share := func(k, of int) float64 { return float64(k) / float64(max(of, 1)) }
		first, three := share(n.first, n.asked), share(n.three, n.asked)
		refused, taken := share(n.refused, n.asked), share(n.taken, n.foreign)
		t.Logf("%s: of %d first right %.3f, among three %.3f, answered %d (%d wrong), not known %d; of %d without an answer %d answered",
			c.set, n.asked, first, three, n.answered, n.wrong, n.refused, n.foreign, n.taken)
		if first < c.first || three < c.three || refused > c.refused || taken > c.taken {
			t.Errorf("%s: worse than first %.2f, among three %.2f, not known %.2f, answered without an answer %.2f",
				c.set, c.first, c.three, c.refused, c.taken)
		}
	}
}
