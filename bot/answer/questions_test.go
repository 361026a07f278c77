package answer_test

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"porchlight/bot"
	"porchlight/knowledge"
)

// TestLawsHold holds every reply to every test question against the laws, each
// asked in public and in private, shared and not, from several countries.
func TestLawsHold(t *testing.T) {
	b := content(t)
	countries := []string{"", "MX", "CA", "GB", "AU", "XX"}
	for _, lang := range []string{"en", "es"} {
		t.Run(lang, func(t *testing.T) {
			p := pipeline(t, b)
			kinds := map[bot.Kind]int{}
			for i, q := range questions(t, lang) {
				conv := fmt.Sprint(lang, i)
				if c := countries[i%len(countries)]; c != "" {
					ask(t, p, do(conv, bot.SetCountry, c))
				}
				m := say(conv, q)
				m.Share, m.Private, m.Explain = i%2 == 0, i%3 == 0, i%7 == 0
				if i%4 == 0 {
					m.Lang = lang
				}
				r := ask(t, p, m)
				kinds[r.Kind]++
				if r.Shareable != (r.Kind == bot.Answer) {
					t.Errorf("%q: %s, shareable %t", q, r.Kind, r.Shareable)
				}
				if m.Explain != (r.Explanation != nil) {
					t.Errorf("%q: explained %t", q, r.Explanation != nil)
				}
			}
			t.Log(kinds)
		})
	}
}

// TestManyAtOnce answers the same questions in eight goroutines, with one memory
// and content that is exchanged meanwhile; each gets the answer it gets alone.
func TestManyAtOnce(t *testing.T) {
	b := content(t)
	same, err := knowledge.Load(knowledge.Embedded())
	if err != nil {
		t.Fatal(err)
	}
	p := pipeline(t, b)
	said := slices.Concat(questions(t, "en")[:100], questions(t, "es")[:100])
	alone := make([]string, len(said))
	for i, q := range said {
		alone[i] = ask(t, p, say(fmt.Sprint("alone", i), q)).Plain()
	}
	var n atomic.Int64
	p.Base = func() *knowledge.Base {
		if n.Add(1)%3 == 0 {
			return same
		}
		return b
	}
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for k := range said {
				i := (k + g*25) % len(said)
				for r, err := range p.Answer(t.Context(), say(fmt.Sprint(g, i), said[i])) {
					if err != nil || r.Final && r.Plain() != alone[i] {
						t.Errorf("%q is answered in another way, err %v:\n%s\n---\n%s", said[i], err, r.Plain(), alone[i])
					}
				}
			}
		})
	}
	wg.Wait()
}
