package verify

import (
	"slices"
	"strings"
	"sync"
	"testing"

	"porchlight/knowledge"
)

// evidence makes passages ready.
func evidence(t testing.TB, lang string, ps ...Passage) *Evidence {
	t.Helper()
	e, ok := checker(t).Prepare(lang, ps)
	if !ok {
		t.Fatalf("no words for %s", lang)
	}
	return e
}

var (
	visa = Passage{Title: "What a T visa is", Sentences: []string{
		"A T visa can last up to four years.",
		"It costs $1,500 in most cases.",
		"The rules changed on August 28, 2024.",
		"About 42 percent of 132 children were Americans.",
		"USCIS decides who gets one, and the FBI may write a letter.",
		"You do not have to pay if you are under 18.",
		"A worker said, \"They kept my papers for a year.\"",
		"Call {nhth} at any hour.",
	}}
	visado = Passage{Title: "Qué es la visa T", Sentences: []string{
		"La visa T puede durar hasta cuatro años.",
		"Cuesta 1,500 dólares en la mayoría de los casos.",
		"Las reglas cambiaron el 28 de agosto de 2024.",
		"Cerca del 42 por ciento de 132 menores eran estadounidenses.",
		"USCIS decide quién la recibe, y el FBI puede escribir una carta.",
		"No tiene que pagar si es menor de 18 años.",
		"Llame a {nhth} a cualquier hora.",
	}}
	papers = Passage{Title: "When a boss keeps your passport", Sentences: []string{
		"If you are an employer who holds workers' papers, give them back now and talk to a lawyer.",
		"You may ask a lawyer.",
	}}
	rent = Passage{Title: "Rent", Sentences: []string{"A landlord may raise the rent."}}
)

// TestRules holds each rule to a sentence that it refuses and to one beside it
// that it lets be.
func TestRules(t *testing.T) {
	en, es := evidence(t, "en", visa, rent), evidence(t, "es", visado)
	for _, x := range []struct {
		e            *Evidence
		text, reason string // "" for no rule
	}{
		{en, "A T visa can last up to 4 years.", ""},
		{en, "A T visa can last up to five years.", "number"},
		{en, "A T visa can last up to four months.", "number"},
		{en, "It costs 1500 dollars in most cases.", ""},
		{en, "It costs $1,600 in most cases.", "number"},
		{en, "It costs 1,500 percent in most cases.", "number"},
		{en, "The rules changed on 28 August 2024.", ""},
		{en, "The rules changed in August 2024.", ""},
		{en, "The rules changed on August 27, 2024.", "number"},
		{en, "The rules changed on July 28, 2024.", "number"},
		{en, "About 42% of 132 children were Americans.", ""},
		{en, "About 132 percent of 42 children were Americans.", "number"},
		{en, "ICE decides who gets one.", "name"},
		{en, "In most cases Polaris decides who gets one.", "name"},
		{en, "A worker said, \"They kept my papers for a year.\"", ""},
		{en, "A worker said, \"They never kept my papers.\"", "quote"},
		{en, "Call {nhth} at any hour.", ""},
		{en, "Call {cdm} at any hour.", "token"},
		{en, "Call 888 373 7888 at any hour.", "contact"},
		{en, "Call eight eight eight three seven three at any hour.", "contact"},
		{en, "Ask at help at visa dot org at any hour.", "contact"},
		{en, "See example.org for more.", "contact"},
		{en, "You are a victim of trafficking.", "verdict"},
		{en, "Does a T visa last four years?", "question"},
		{en, "A *T visa* lasts four years.", "script"},
		{en, "Виза на четыре года.", "script"},
		{en, "La visa T puede durar hasta cuatro años.", "language"},
		{en, "", "empty"},
		{en, strings.Repeat("A visa can last. ", 40), "too_long"},
		{es, "La visa T puede durar hasta 4 años.", ""},
		{es, "La visa T puede durar hasta seis años.", "number"},
		{es, "Cuesta $1,500 en la mayoría de los casos.", ""},
		{es, "Cuesta mil quinientos dólares en la mayoría de los casos.", ""},
		{es, "Cuesta 1,600 dólares en la mayoría de los casos.", "number"},
		{es, "Las reglas cambiaron el 28 de julio de 2024.", "number"},
		{es, "Cerca del 42 % de 132 menores eran estadounidenses.", ""},
		{es, "Según Polaris, la visa T puede durar hasta cuatro años.", "name"},
		{es, "A T visa can last up to four years.", "language"},
	} {
		_, reason, _ := x.e.judge(Claim{Text: x.text, Cites: []int{0}})
		if reason != x.reason {
			t.Errorf("%q: rule %q, want %q", x.text, reason, x.reason)
		}
	}
}

// TestTurned holds plain contradictions of a passage to be refused.
func TestTurned(t *testing.T) {
	en, es := evidence(t, "en", visa, rent), evidence(t, "es", visado)
	held := evidence(t, "en", papers)
	for _, x := range []struct {
		e    *Evidence
		text string
	}{
		{held, "An employer may keep a worker's papers."},
		{held, "Your boss can hold your papers."},
		{en, "You have to pay if you are under 18."},
		{en, "The FBI decides who gets one, and USCIS may write a letter."},
		{en, "Every T visa lasts four years."},
		{en, "A T visa must last four years."},
		{en, "A landlord may raise the rent."},
		{es, "Tiene que pagar si es menor de 18 años."},
		{es, "Todas las visas T duran cuatro años."},
		{es, "El FBI decide quién la recibe."},
	} {
		if v := x.e.Check(Claim{Text: x.text, Cites: []int{0}}); v.Shown {
			t.Errorf("%q is shown, doubt %.2f", x.text, v.Doubt)
		}
	}
}

func TestCitations(t *testing.T) {
	e := evidence(t, "en", visa)
	for _, cites := range [][]int{nil, {}, {1}, {-1}, {0, 7}} {
		if v := e.Check(Claim{Text: visa.Sentences[0], Cites: cites}); v.Shown || v.Reason != "citation" {
			t.Errorf("citing %v: %+v", cites, v)
		}
	}
	if _, ok := checker(t).Prepare("fr", nil); ok {
		t.Error("French is checked without words")
	}
}

// TestOwnSentences: what the knowledge base says itself may be said.
func TestOwnSentences(t *testing.T) {
	base, err := knowledge.Load(knowledge.Embedded())
	if err != nil {
		t.Fatal(err)
	}
	c := checker(t)
	n, shown, pairs, both := 0, 0, 0, 0
	for _, lang := range Langs {
		for _, topic := range base.Topics(lang) {
			p := passageFrom(topic)
			e, _ := c.Prepare(lang, []Passage{p})
			for i, s := range p.Sentences {
				if strings.Contains(s, "?") {
					continue // a question is no claim
				}
				n++
				if v := e.Check(Claim{Text: s, Cites: []int{0}}); v.Shown {
					shown++
				} else {
					t.Logf("%s %s: %s: %s", topic.ID, lang, v.Reason, s)
				}
				if i == 0 || strings.ContainsAny(p.Sentences[i-1]+s, "?:;\"“") {
					continue
				}
				pairs++
				if e.Check(Claim{Text: joined(p.Sentences[i-1], s, lang), Cites: []int{0}}).Shown {
					both++
				}
			}
		}
	}
	t.Logf("%d of %d sentences shown; %d of %d joined with the one before", shown, n, both, pairs)
	if shown*100 < n*98 || both*100 < pairs*98 || n == 0 {
		t.Errorf("too few: %d of %d, joined %d of %d", shown, n, both, pairs)
	}
}

func passageFrom(topic *knowledge.Topic) Passage {
	text, details := topic.Written()
	p := Passage{Title: topic.Title, Sentences: Sentences(text)}
	for _, d := range details {
		p.Sentences = append(p.Sentences, Sentences(d)...)
	}
	return p
}

func joined(a, b, lang string) string {
	and := map[string]string{"en": " and ", "es": " y "}[lang]
	b = strings.TrimPrefix(strings.TrimPrefix(b, "Also, "), "También, ")
	return strings.TrimRight(a, ".!") + and + strings.ToLower(b[:1]) + b[1:]
}

// TestCorrupted changes a word of each sentence of the knowledge base so that it
// says something else; nearly none may be shown then.
func TestCorrupted(t *testing.T) {
	base, err := knowledge.Load(knowledge.Embedded())
	if err != nil {
		t.Fatal(err)
	}
	changes := map[string][][2]string{
		"en": {{" is ", " is not "}, {" can ", " cannot "}, {" not ", " "}, {" may ", " must "}, {" may ", " will "}, {" some ", " all "}, {" often ", " always "}, {" must ", " may "}, {" before ", " after "}, {" more ", " less "}, {" with ", " without "}},
		"es": {{" es ", " no es "}, {" puede ", " no puede "}, {" no ", " "}, {" puede ", " debe "}, {" algunos ", " todos "}, {" a menudo ", " siempre "}, {" debe ", " puede "}, {" antes de ", " después de "}, {" más ", " menos "}, {" con ", " sin "}},
	}
	all, caught := 0, 0
	for _, lang := range Langs {
		var of []*Evidence
		var ps []Passage
		for _, topic := range base.Topics(lang) {
			p := passageFrom(topic)
			e, _ := checker(t).Prepare(lang, []Passage{p})
			of, ps = append(of, e), append(ps, p)
		}
		for _, change := range changes[lang] {
			n, refused := corrupted(t, of, ps, change)
			t.Logf("%s: %q for %q: %d of %d refused", lang, change[1], change[0], refused, n)
			all, caught = all+n, caught+refused
		}
	}
	if all == 0 || caught*1000 < all*995 {
		t.Errorf("%d of %d refused", caught, all)
	}
}

// corrupted counts the sentences that a change of words makes another claim, and
// those of them that are refused.
func corrupted(t *testing.T, of []*Evidence, ps []Passage, change [2]string) (n, refused int) {
	for i, e := range of {
		for _, s := range ps[i].Sentences {
			other := strings.Replace(s, change[0], change[1], 1)
			if other == s {
				continue
			}
			n++
			if e.Check(Claim{Text: other, Cites: []int{0}}).Shown {
				t.Logf("shown: %s", other)
			} else {
				refused++
			}
		}
	}
	return n, refused
}

// TestTogether uses one Evidence from many goroutines; run it with -race.
func TestTogether(t *testing.T) {
	e := evidence(t, "en", visa, rent)
	want := e.Check(Claim{Text: "A T visa may be valid for as long as four years.", Cites: []int{0}})
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 20 {
				if v := e.Check(Claim{Text: "A T visa may be valid for as long as four years.", Cites: []int{0}}); v != want {
					t.Errorf("%+v, want %+v", v, want)
				}
			}
		})
	}
	wg.Wait()
}

// FuzzCheck: nothing panics, nothing is shown without a citation, a digit more
// never helps, and staff are told of no signs where a rule speaks.
func FuzzCheck(f *testing.F) {
	for _, s := range slices.Concat(visa.Sentences, visado.Sentences) {
		f.Add(s)
	}
	f.Add("A T visa can't last 4 years, \"no\" {nhth} 5% $2 – no ni o:")
	f.Add("{")
	f.Add("no not never 1.2.3,4 U.S. H-2A 12-year-old ")
	f.Fuzz(func(t *testing.T, s string) {
		for lang, p := range map[string]Passage{"en": visa, "es": visado} {
			e := evidence(t, lang, p, rent)
			v := e.Check(Claim{Text: s, Cites: []int{0}})
			if v.Shown != (v.Reason == "") || v.Doubt < 0 || v.Doubt > 1 {
				t.Fatalf("%q: %+v", s, v)
			}
			if e.Check(Claim{Text: s}).Shown {
				t.Fatalf("%q is shown without a citation", s)
			}
			if longer := s + " 7"; !v.Shown && e.Check(Claim{Text: longer, Cites: []int{0}}).Shown {
				t.Fatalf("%q is shown, %q is not", longer, s)
			}
			if v.Doubt == 1 && v.Reason != "unsupported" && e.Explain(Claim{Text: s, Cites: []int{0}}) != nil {
				t.Fatalf("%q: signs though %s", s, v.Reason)
			}
		}
	})
}

// BenchmarkCheck checks a sentence against three passages of eight sentences.
func BenchmarkCheck(b *testing.B) {
	e := evidence(b, "en", visa, visa, visa)
	c := Claim{Text: "A T visa may be valid for up to four years, and USCIS is the agency that decides who gets one.", Cites: []int{0, 1, 2}}
	b.ReportAllocs()
	for b.Loop() {
		e.Check(c)
	}
}
