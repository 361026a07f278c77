package knowledge

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

func day(s string) time.Time {
	t, err := time.Parse("2006-01-02", s)
	if err != nil {
		panic(err)
	}
	return t.Add(15 * time.Hour) // in the afternoon
}

func lines(ps Problems) []string {
	var out []string
	for _, p := range ps {
		out = append(out, p.String())
	}
	return out
}

// TestContactShapes tells contacts from the numbers that laws, years and sums are.
func TestContactShapes(t *testing.T) {
	c := embeddedBase(t).contactPattern()
	for _, s := range []string{
		"call 1-888-373-7888", "call 1 888 373 7888", "call (888) 373-7888", "call 1.888.373.7888", "+18883737888",
		"18883737888", "call 373-7888 today", "08000 121 700", "+44 8000 121 700", "131 237", "800 5533 000", "131 AFP",
		"1-866-DHS-2-ICE", "1-888-key-2-free", "call 1-800-CALL-FBI!",
		"dial 911", "911.", "(911)", "marque el 911", "911 or 988", "call 999", "llame al 000", "dial 711 first",
		"text 233733", "text HELP to 233733", "741741", "741-741", "88788",
		"in the years 2012-2016, 1-888-373-7888",
		"http://example.com", "https://www.dhs.gov", "www.example.org", "see dhs.gov", "humantraffickinghotline.org", "gob.mx", "canadianhumantraffickinghotline.ca",
		"help@humantraffickinghotline.org", "write to a.b+c@d-e.f",
		"{nhth} or 911",
	} {
		if c.find(s) == "" {
			t.Errorf("%q passes", s)
		}
	}
	for _, s := range []string{
		"", "call {nhth} or {emergency-911}", "{phone:988}", "text {text:nhth}",
		"18 USC 1592", "18 USC 1581, 1584", "1581, 1584", "sections 1581 to 1584", "8 CFR 214.11", "22 USC 7102(11)", "29 U.S.C. 1801",
		"5,000", "10 000", "10.000", "1,911 people", "about 50,000 a year", "27.6 million", "$7.25", "up to 5,000 T visas", "250 000 dollars", "$250,000",
		"2012-2016", "2012 - 2016", "2010, 2011, 2012", "between 2008 and 2022", "52.222-50", "FAR 52.222-50", "November 18, 2014",
		"20 years", "24 hours a day, 7 days a week", "H-2A and H-2B", "form I-914", "9 to 5", "1-2 sentences", "2,000 to 3,000", "13th",
		"us. org", "e.g. this", "a worker@ home",
	} {
		if m := c.find(s); m != "" {
			t.Errorf("%q: %q looks like a contact", s, m)
		}
	}
}

// TestLintRules has a bad example of each rule; the small content is the good one.
func TestLintRules(t *testing.T) {
	if r := mustLoad(t, small()).Lint(day("2026-06-01"), map[string]string{"a": "Call {phone:nhth}."}); len(r.Errors)+len(r.Warnings) != 0 {
		t.Fatalf("good content:\n%v\n%v", r.Errors, r.Warnings)
	}
	const braces = "write the id of the help line in braces"
	hard := "Notwithstanding contractual obligations, undocumented agricultural employees categorically retain comprehensive compensatory entitlements.\n"
	for name, c := range map[string]struct {
		edits    []edit
		phrases  map[string]string
		errors   []string
		warnings []string
	}{
		"contact in a title":   {edits: []edit{{pay, "title: When", "title: 911 when"}}, errors: []string{pay + ":5: \"911\" looks like a contact; " + braces}},
		"contact in an answer": {edits: []edit{{pay, "every hour you work", "every hour; call 911"}}, errors: []string{pay + ":26: \"911\" looks like a contact; …"}},
		"contact in a second line": {edits: []edit{{pay, "every hour you work.", "every hour.\nCall 1-888-373-7888."}},
			errors: []string{pay + ":27: \"1-888-373-7888\" looks like a contact; …"}},
		"contact in a detail": {edits: []edit{{pay, "- Write down", "- See dol.gov and write down"}}, errors: []string{pay + ":28: \"dol.gov\" looks like a contact; …"}},
		"contact beside a name": {edits: []edit{{pay, "{wages}", "{wages} or {emergency-911} or 911"}, {pay, "[nhth, wages]", "[nhth, wages, emergency-911]"}},
			errors: []string{pay + ":29: \"911\" looks like a contact; …"}},
		"contact in an ask":   {edits: []edit{{pay, "  - no wages", "  - should i call 911"}}, errors: []string{pay + ":10: \"911\" looks like a contact; …"}},
		"contact in a phrase": {phrases: map[string]string{"b.yaml: bye": "Write to me@x.org.", "a.yaml: hi": "Call 988."}, errors: []string{"a.yaml: hi: \"988\" looks like a contact; write {phone:ID} and add the contact to the registry", "b.yaml: bye: \"me@x.o\" …"}},
		"contact in a field":  {edits: []edit{{us, "hours: {en: Weekdays", "hours: {en: \"Weekdays, else 911\""}}, errors: []string{us + ":4: help line wages: \"911\" in hours looks like a contact; move it to phones, text or web"}},
		"contact in a name":   {edits: []edit{{us, "name: {en: Wage Office", "name: {en: Wage Office 988"}}, errors: []string{us + ":4: help line wages: \"988\" in name looks like a contact; …"}},
		"contact in a note":   {edits: []edit{{us, "en: Ask for an interpreter", "en: \"Or call 1-888-373-7888\""}}, errors: []string{us + ":4: help line wages: \"1-888-373-7888\" in note N1 looks like a contact; …"}},

		"too hard for a worker": {edits: []edit{{pay, "You must be paid for every hour you work.\n", hard}}, errors: []string{pay + ": reading grade …"}},
		"too hard for all":      {edits: []edit{{pay, "You must be paid for every hour you work.\n", hard}, {pay, "[worker]", "[employer]"}}, warnings: []string{pay + ": reading grade …"}},

		"no translation":         {edits: []edit{{"topics/papers.es.md", "", "-"}}, warnings: []string{"topics/papers.es.md: topic papers is missing in es; translate it"}},
		"no English":             {edits: []edit{{papers, "", "-"}}, warnings: []string{papers + ": topic papers is missing in en; translate it"}},
		"topic overdue":          {edits: []edit{{pay, "review_by: 2027-01-31", "review_by: 2026-05-31"}}, warnings: []string{pay + ":23: review was due on 2026-05-31; check it against its sources and set a new date"}},
		"topic due today":        {edits: []edit{{pay, "review_by: 2027-01-31", "review_by: 2026-06-01"}}},
		"help line overdue":      {edits: []edit{{us, "review_by: \"2027-01-31\"", "review_by: \"2026-05-31\""}}, warnings: []string{us + ":4: help line wages: review was due on 2026-05-31; call the number, check every field and set a new date"}},
		"undated source":         {edits: []edit{{srcs, "  published: 2020-05\n", ""}}, warnings: []string{"sources.yaml: source dol-2020-pay is undated; find its date"}},
		"general knowledge":      {edits: []edit{{srcs, "- id: dol", "- id: general-knowledge\n  publisher: {en: All}\n  title: None\n- id: dol"}}},
		"only archived":          {edits: []edit{{pay, "[dol-2020-pay]", "[seed]"}}, warnings: []string{pay + ":22: the only source, seed, is archived; set archived: true or add a newer source"}},
		"archived and said so":   {edits: []edit{{pay, "[dol-2020-pay]", "[seed]"}, {pay, "archived: false", "archived: true"}}},
		"archived beside newer":  {edits: []edit{{pay, "[dol-2020-pay]", "[seed, dol-2020-pay]"}}},
		"named, not offered":     {edits: []edit{{pay, "[nhth, wages]", "[nhth]"}}, errors: []string{pay + ":17: {wages} is named but not in help; add it to help"}},
		"named, never shown":     {edits: []edit{{pay, "{wages}", "{old-line}"}}},
		"two topics claim":       {edits: []edit{{papers, "boss has my passport uno", "No wages?"}}, errors: []string{pay + ":10: \"no wages\" is also asked in topics/papers.en.md; leave it to one of them"}},
		"accents and case aside": {edits: []edit{{"topics/papers.es.md", "me quitaron el pasaporte dos", "¿NO me págan, uno?"}}, errors: []string{"topics/pay.es.md:9: \"no me pagan uno\" is also asked in topics/papers.es.md; …"}},
		"twice in a topic":       {edits: []edit{{pay, "  - no wages", "  - \"Boss does NOT pay me!\""}}, errors: []string{pay + ":10: \"Boss does NOT pay me!\" is there twice; delete one"}},
		"in another language":    {edits: []edit{{"topics/papers.es.md", "me quitaron el pasaporte dos", "no wages"}}},
	} {
		t.Run(name, func(t *testing.T) {
			r := mustLoad(t, edited(t, c.edits...)).Lint(day("2026-06-01"), c.phrases)
			expect(t, lines(r.Errors), c.errors)
			expect(t, lines(r.Warnings), c.warnings)
			for _, p := range append(slices.Clone(r.Errors), r.Warnings...) {
				if p.Mend == "" {
					t.Errorf("no mend: %v", p)
				}
			}
		})
	}
}

// TestLintTogether: everything at once, sorted, the same every time.
func TestLintTogether(t *testing.T) {
	b := mustLoad(t, edited(t,
		edit{pay, "title: When", "title: 911 when"},
		edit{pay, "[nhth, wages]", "[nhth]"},
		edit{us, "for: {en: Unpaid wages, es: Sueldos sin pagar}", "for: {en: Or 988, es: O 988}"},
		edit{us, "en: Ask for an interpreter, es: Pida un intérprete", "en: Or 911, es: O 911"},
		edit{papers, "boss has my passport uno", "no wages"}))
	want := []string{
		"a: \"911\" looks like a contact; …",
		us + ":4: help line wages: \"911\" in note N1 looks like a contact; …",
		us + ":4: help line wages: \"911\" in note N1 looks like a contact; …",
		us + ":4: help line wages: \"988\" in for looks like a contact; …",
		us + ":4: help line wages: \"988\" in for looks like a contact; …",
		pay + ":5: \"911\" looks like a contact; …",
		pay + ":10: \"no wages\" is also asked in …",
		pay + ":17: {wages} is named but not in help; …",
	}
	for range 10 {
		expect(t, lines(b.Lint(day("2026-06-01"), map[string]string{"a": "911"}).Errors), want)
	}
}

func TestLintCounts(t *testing.T) {
	r := mustLoad(t, edited(t, edit{pay, "review: drafted", "review: expert"}, edit{srcs, "  published: 2020-05\n", ""})).Lint(day("2030-01-01"), nil)
	for k, want := range map[string]int{
		"topics.en": 2, "topics.es": 2, "review.drafted": 3, "review.expert": 1, "resources": 7,
		"show.yes": 5, "show.topic": 1, "show.no": 1, "sources": 2, "sources.undated": 1,
	} {
		if r.Counts[k] != want {
			t.Errorf("%s: %d, want %d", k, r.Counts[k], want)
		}
	}
	if n := len(r.Warnings); n != 4+7+1 { // every review is overdue in 2030
		t.Errorf("%d warnings:\n%v", n, r.Warnings)
	}
	s := r.Summary()
	for _, want := range []string{"review.expert        1\n", "errors               0\n", "warnings             12\n"} {
		if !strings.Contains(s, want) {
			t.Errorf("no %q in\n%s", want, s)
		}
	}
}

// TestOverdue: on the day itself there is still time.
func TestOverdue(t *testing.T) {
	for _, c := range []struct {
		by   Date
		now  string
		want bool
	}{
		{"2026-11-23", "2026-11-22T23:59:59Z", false},
		{"2026-11-23", "2026-11-23T00:00:01Z", false},
		{"2026-11-23", "2026-11-23T23:59:59Z", false},
		{"2026-11-23", "2026-11-24T00:00:00Z", true},
		{"", "2026-11-24T00:00:00Z", false},
		{"soon", "2026-11-24T00:00:00Z", false},
	} {
		now, err := time.Parse(time.RFC3339, c.now)
		if err != nil {
			t.Fatal(err)
		}
		if got := overdue(c.by, now); got != c.want {
			t.Errorf("%q at %s: %t", c.by, c.now, got)
		}
	}
}

// TestEmbeddedLint: the shipped content keeps all rules, and no review was due
// before it was written.
func TestEmbeddedLint(t *testing.T) {
	b := embeddedBase(t)
	r := b.Lint(day("2026-11-24"), nil)
	if len(r.Errors) > 0 {
		t.Errorf("%d errors:\n%v", len(r.Errors), r.Errors)
	}
	for _, w := range r.Warnings {
		if !strings.HasSuffix(w.What, "is undated") {
			t.Errorf("warning: %v", w)
		}
	}
	if len(r.Warnings) != r.Counts["sources.undated"] {
		t.Errorf("%d warnings, %d undated sources", len(r.Warnings), r.Counts["sources.undated"])
	}
	reviews := 0
	for k, n := range r.Counts {
		if strings.HasPrefix(k, "review.") {
			reviews += n
		}
	}
	if want := len(b.Topics("en")) + len(b.Topics("es")); reviews != want {
		t.Errorf("%d review states of %d topics", reviews, want)
	}
	later := b.Lint(day("2030-01-01"), nil)
	due := 0
	for _, w := range later.Warnings {
		if strings.Contains(w.What, "review was due") {
			due++
		}
	}
	if want := reviews + len(b.Resources()); due != want {
		t.Errorf("in 2030 %d reviews are overdue, want all %d", due, want)
	}
}

// TestGrade: texts counted by hand, with a dictionary for the syllables.
func TestGrade(t *testing.T) {
	for _, c := range []struct {
		lang, text                  string
		words, sentences, syllables float64
	}{
		{"en", "The cat sat on the mat.", 6, 1, 6},
		{"en", "You do not have to tell the truth about your status. Your boss must pay you for all the hours you work.", 22, 2, 24},
		{"en", "Federal investigators may certify that a victim helped with reasonable requests during the investigation.", 14, 1, 32},
		{"en", "Your papers are yours.\nKeep a copy\nA copy can help you later", 13, 3, 17},
		{"en", "Is it a crime? Yes! It is a crime to take a passport.", 13, 3, 14},
		{"es", "Usted tiene derecho a su pago. Nadie puede quitarle sus papeles.", 11, 2, 22},
		{"es", "La policía leía el periódico, pero el país seguía igual.", 10, 1, 23},
		{"es", "¿Le quitaron el pasaporte? Llame a la línea. No es la policía.", 12, 3, 24},
	} {
		want := 0.39*c.words/c.sentences + 11.8*c.syllables/c.words - 15.59
		if c.lang == "es" {
			want = -0.205*100*c.sentences/c.words + 0.049*100*c.syllables/c.words - 3.407
		}
		got, ok := Grade(c.text, c.lang)
		if !ok || got < want-0.5 || got > want+0.5 {
			t.Errorf("%s %q: grade %.2f %t, by hand %.2f", c.lang, c.text, got, ok, want)
		}
	}
	for _, c := range [][2]string{{"", "en"}, {"", "es"}, {" \n \n", "en"}, {"... - !", "en"}, {"123 456.", "es"}, {"Le chat dort.", "fr"}, {"Words.", ""}} {
		if g, ok := Grade(c[0], c[1]); ok || g != 0 {
			t.Errorf("%q in %q: grade %.2f", c[0], c[1], g)
		}
	}
	for _, s := range []string{"\xff\xfe", "a\x80b.", strings.Repeat("a", 1<<16), strings.Repeat("á ", 1<<12)} {
		Grade(s, "en") // whatever comes: no panic
		Grade(s, "es")
	}
}

func TestPlainWords(t *testing.T) {
	for s, want := range map[string]string{
		"¿Me quitó el PASAPORTE?": "me quito el pasaporte",
		"me quito  el pasaporte":  "me quito el pasaporte",
		"boss's papers":           "boss s papers",
		"U-Visa (2014)":           "u visa 2014",
		"¡¿?!":                    "",
		"ﬁne":                     "fine",
		"cafe\u0301":              "cafe",
	} {
		if got := plainWords(s); got != want {
			t.Errorf("%q: %q, want %q", s, got, want)
		}
	}
}

func ExampleReport_Summary() {
	r := Report{Counts: map[string]int{"topics.en": 140}}
	fmt.Print(r.Summary())
	// Output:
	// topics.en            140
	// errors               0
	// warnings             0
}
