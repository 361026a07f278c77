package verify

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"go.yaml.in/yaml/v3"

	"porchlight/prompts"
)

// pair is a sentence that somebody marked as faithful to its passages or not.
type pair struct {
	id, lang, fault string
	topic           string // the first cited
	given           []Passage
	claim           Claim
}

func (p pair) good() bool { return p.fault == "none" }

// pairs reads the pairs of sets such as "dev".
func pairs(t testing.TB, sets ...string) (out []pair) {
	t.Helper()
	for _, set := range sets {
		passages := passagesOf(t, set)
		files, _ := filepath.Glob("../eval/claims/" + set + ".*.tsv")
		for _, name := range files {
			lang := strings.Split(filepath.Base(name), ".")[1]
			data, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			lines := strings.Split(strings.TrimSpace(string(data)), "\n")
			for _, line := range lines[1:] {
				row := strings.Split(line, "\t")
				if len(row) != 5 {
					t.Fatalf("%s: line %q", name, line)
				}
				p := pair{id: set + " " + row[0], lang: lang, fault: row[1], topic: strings.Split(row[3], ",")[0]}
				given := strings.Split(row[2], ",")
				for _, id := range given {
					q, ok := passages[id+"."+lang]
					if !ok {
						t.Fatalf("%s: %s: no passage %s", name, row[0], id)
					}
					p.given = append(p.given, q)
				}
				p.claim.Text = row[4]
				for id := range strings.SplitSeq(row[3], ",") {
					at := -1
					for i, g := range given {
						if g == id {
							at = i
						}
					}
					p.claim.Cites = append(p.claim.Cites, at)
				}
				out = append(out, p)
			}
		}
	}
	if len(out) == 0 {
		t.Fatalf("no pairs in %v", sets)
	}
	return out
}

func passagesOf(t testing.TB, set string) map[string]Passage {
	t.Helper()
	data, err := os.ReadFile("../eval/claims/" + set + ".passages.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var list []struct {
		ID, Lang, Title, Text string
		Details               []string
		AsOf                  string `yaml:"as_of"`
		Archived              bool
	}
	if err := yaml.Unmarshal(data, &list); err != nil {
		t.Fatal(set, err)
	}
	out := map[string]Passage{}
	for _, p := range list {
		q := Passage{Title: p.Title, Sentences: Sentences(p.Text)}
		for _, d := range p.Details {
			q.Sentences = append(q.Sentences, Sentences(d)...)
		}
		out[p.ID+"."+p.Lang] = q
	}
	return out
}

// checker is the one shipped; while learning, one without trees, since those
// there may be of other signs.
func checker(t testing.TB) *Checker {
	t.Helper()
	c, err := oneChecker()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

var oneChecker = sync.OnceValues(func() (*Checker, error) {
	never, err := prompts.Never()
	if err != nil {
		return nil, err
	}
	trees := forestFile
	if *learn {
		trees = ""
	}
	return newChecker(never, trees)
})
