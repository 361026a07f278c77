package safety

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// A said is a line of testdata/<what>.<lang>.tsv: half, text, and perhaps what
// else the finding must show: flags, a country, a value of About. Half is dev
// (to write signs by) or test (to look at the figure only).
type said struct {
	what, lang, half, text string
	shows                  []string
	at                     string
}

// A floor is what share of the lines of a file must come out right.
type floor struct {
	what   string
	en     float64 // and es
	others float64
	right  func(Finding) bool
}

func is(kinds ...Kind) func(Finding) bool {
	return func(f Finding) bool { return slices.Contains(kinds, f.Kind) || slices.Contains(kinds, f.Also) }
}

func isNot(kinds ...Kind) func(Finding) bool {
	return func(f Finding) bool { return !is(kinds...)(f) }
}

func first(k Kind) func(Finding) bool { return func(f Finding) bool { return f.Kind == k } }

// floors are the promises of the package. A file may stand in several lines:
// "danger" must be urgent nearly always, and mostly danger by name.
var floors = []floor{
	{"danger", 0.99, 0.95, func(f Finding) bool { return f.Kind.Urgent() }},
	{"danger", 0.95, 0.90, is(Danger)},
	{"self_harm", 0.99, 0.95, func(f Finding) bool { return f.Kind.Urgent() }},
	{"self_harm", 0.95, 0.90, is(SelfHarm)},
	{"disclosure", 0.95, 0.90, is(Disclosure)},
	{"disclosure", 0.90, 0.90, isNot(Danger, SelfHarm)},
	{"tip", 0.95, 0.90, is(Tip)},
	{"refusal", 0.95, 0.90, first(Refusal)},
	{"off_topic", 0.90, 0.85, first(OffTopic)},
	{"about", 0.95, 0.90, first(About)},
	{"benign", 0.98, 0.98, isNot(Danger, SelfHarm)}, // false alarms
	{"benign", 0.98, 0.98, isNot(Refusal)},
	{"benign", 0.95, 0.95, isNot(OffTopic)}, // some look-alikes are about cats and games; see honest for questions
	{"benign", 0.95, 0.95, isNot(Disclosure, Tip)},
	{"honest", 0.98, 0.98, isNot(Danger, SelfHarm, Refusal, OffTopic)},
}

// TestTestdata holds the package to its promises, over each file and over its
// test half. It prints what went wrong; run it with -v to see the figures.
func TestTestdata(t *testing.T) {
	files, err := filepath.Glob("testdata/*.tsv")
	if err != nil {
		t.Fatal(err)
	}
	for _, lang := range []string{"en", "es"} {
		for _, fl := range floors {
			name := fmt.Sprintf("testdata/%s.%s.tsv", fl.what, lang)
			if _, err := os.Stat(name); errors.Is(err, fs.ErrNotExist) {
				t.Errorf("%s is missing", name)
			}
		}
	}
	for _, name := range files {
		lines := readSaid(t, name)
		t.Run(strings.TrimSuffix(filepath.Base(name), ".tsv"), func(t *testing.T) {
			for _, fl := range floors {
				if fl.what == lines[0].what {
					fl.check(t, lines)
				}
			}
			checkShows(t, lines)
		})
	}
}

func readSaid(t *testing.T, name string) []said {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	what, lang, _ := strings.Cut(strings.TrimSuffix(filepath.Base(name), ".tsv"), ".")
	var out []said
	for i, l := range strings.Split(strings.TrimSpace(string(data)), "\n") {
		cols := strings.Split(l, "\t")
		s := said{what: what, lang: lang, half: cols[0], at: fmt.Sprintf("%s:%d", name, i+1)}
		if len(cols) < 2 || len(cols) > 3 || s.half != "dev" && s.half != "test" {
			t.Fatalf("%s: write dev or test, a tab, the text, and perhaps a tab and flags: %q", s.at, l)
		}
		s.text = cols[1]
		if len(cols) == 3 && cols[2] != "" {
			s.shows = strings.Split(cols[2], ",")
		}
		out = append(out, s)
	}
	return out
}

func (fl floor) check(t *testing.T, lines []said) {
	t.Helper()
	want := fl.others
	if lines[0].lang == "en" || lines[0].lang == "es" {
		want = fl.en
	}
	var all, right, tests, testsRight int
	for _, s := range lines {
		f := Triage(s.text, Context{Lang: s.lang})
		ok := fl.right(f)
		all++
		right += one(ok)
		if s.half == "test" {
			tests++
			testsRight += one(ok)
		}
		if !ok {
			t.Logf("%s: %s %q -> %+v", s.at, s.half, s.text, f)
		}
	}
	t.Logf("%d of %d (test half %d of %d), floor %.0f%%", right, all, testsRight, tests, want*100)
	// A floor over few lines allows for one that is missed.
	for _, half := range []struct {
		name     string
		right, n int
	}{{"both halves", right, all}, {"the test half", testsRight, tests}} {
		if missed := half.n - half.right; float64(missed) > max(float64(half.n)*(1-want), float64(one(half.n < 25))) {
			t.Errorf("%s: %d of %d are wrong, the floor is %.0f%%", half.name, missed, half.n, want*100)
		}
	}
}

// checkShows looks at flags, countries and what the question about the bot is.
func checkShows(t *testing.T, lines []said) {
	t.Helper()
	n, missed := 0, 0
	for _, s := range lines {
		f := Triage(s.text, Context{Lang: s.lang})
		for _, want := range s.shows {
			n++
			if want != f.About && want != f.Country && !slices.Contains(f.Flags, Flag(want)) {
				missed++
				t.Logf("%s: %s %q does not show %s: %+v", s.at, s.half, s.text, want, f)
			}
		}
	}
	if float64(missed) > max(1, float64(n)/10) {
		t.Errorf("%d of %d flags, countries and the like are wrong", missed, n)
	}
}

func one(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

// TestRunOn writes cries for help the way they are typed, without full stops:
// what stands beside them must not take the urgency away.
func TestRunOn(t *testing.T) {
	cries := []string{
		"he has a gun", "my boss hits me", "they locked us in the trailer", "he is coming for me",
		"my friend cant breathe", "he said he will kill me", "they are beating a worker",
		"i ran away from the farm and they are following me", "i want to kill myself", "i cant live like this anymore",
	}
	before := []string{
		"idk what to do ", "what do i do ", "please tell me how to get help ", "i dont know if you can help but ",
		"can someone come ", "they made me sign a paper and now ", "hi my name is ana and ", "is someone there ",
		"i work at a restaurant and my boss is mean and ", "im at my job and i need to talk to somebody because ",
		"i dont speak english good but ", "im 16 and ", "last week it was ok but now ", "do you think its bad that ",
		"how do i call the police ", "who can help me ", "i read your poster at the bus station and ",
		"i have no papers so i dont know what happens if i call but ", "where do i go ",
		"sorry to bother you ", "is this the right place ", "my teacher gave me this number ",
	}
	after := []string{
		" what do i do", " idk if you can help", " and i dont know who to call", " is that normal", " is this trafficking",
		" and i have no papers what happens to me", " they work at a restaurant", " please tell me what to do next",
		" can you help", " and nobody believes me", " thanks", " sorry my english", " i read about you in the news",
	}
	missed, n := 0, 0
	for _, cry := range cries {
		for _, p := range before {
			n++
			missed += one(!urgent(t, p+cry))
		}
		for _, p := range after {
			n++
			missed += one(!urgent(t, cry+p))
		}
	}
	if missed*100 > n {
		t.Errorf("%d of %d are not urgent", missed, n)
	}
}

func urgent(t *testing.T, text string) bool {
	t.Helper()
	f := Triage(text, Context{Lang: "en"})
	if !f.Kind.Urgent() {
		t.Logf("%q -> %+v", text, f)
	}
	return f.Kind.Urgent()
}
