package measure

import (
	"errors"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
)

func files(corpus, queries, qrels string) fs.FS {
	return fstest.MapFS{
		corpusFile:  {Data: []byte(corpus)},
		queriesFile: {Data: []byte(queries)},
		qrelsFile:   {Data: []byte(qrels)},
	}
}

func TestLoad(t *testing.T) {
	c, err := Load(files("\ufeffp1\tPay\tYou must be paid.\np2\tRest\t\n", "q1\tam I paid\r\nq2\tthe weather", "q1\tp2\t2\nq1\tp1\t1\nq2\tp1\t0\n"), "small")
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Passages) != 2 || c.Passages[0].Title != "Pay" || c.Passages[1].Body != "" {
		t.Errorf("passages: %+v", c.Passages)
	}
	if len(c.Questions) != 2 || c.Questions[0].Text != "am I paid" || c.Questions[0].Grades[1] != 2 || c.Questions[0].Grades[0] != 1 {
		t.Errorf("questions: %+v", c.Questions)
	}
	if c.Questions[1].Answerable() {
		t.Error("a grade of 0 makes no question answerable")
	}
	if best := c.Questions[0].best(); best[0] != 2 || best[1] != 1 {
		t.Errorf("best grades: %v", best)
	}
}

func TestLoadRefuses(t *testing.T) {
	const corpus, queries, qrels = "p\tt\tb\n", "q\tsecret words\n", "q\tp\t1\n"
	for _, c := range []struct {
		name                   string
		corpus, queries, qrels string
		want                   string
	}{
		{"two columns", "p\tt\tb\nr\tt\n", queries, qrels, "corpus.tsv line 2: 2 columns: write 3"},
		{"blank line", "p\tt\tb\n\n", queries, qrels, "corpus.tsv line 2: 1 columns"},
		{"passage twice", "p\tt\tb\np\tt\tb\n", queries, qrels, `corpus.tsv line 2: passage "p" stands twice`},
		{"no id", "\tt\tb\n", queries, qrels, "corpus.tsv line 1: the passage has no id"},
		{"tab in a question", corpus, "q\tsecret\twords\n", qrels, "queries.tsv line 1: 3 columns: write 2"},
		{"question twice", corpus, "q\ta\nq\tb\n", qrels, `queries.tsv line 2: question "q" stands twice`},
		{"not UTF-8", corpus, "q\ta\xff\n", qrels, "queries.tsv line 1: not UTF-8"},
		{"unknown question", corpus, queries, "x\tp\t1\n", `qrels.tsv line 1: question "x" is not in queries.tsv`},
		{"unknown passage", corpus, queries, "q\tx\t1\n", `qrels.tsv line 1: passage "x" is not in corpus.tsv`},
		{"a grade in words", corpus, queries, "q\tp\tgood\n", `qrels.tsv line 1: grade "good"`},
		{"a grade below 0", corpus, queries, "q\tp\t-1\n", `qrels.tsv line 1: grade "-1"`},
		{"a grade beyond reason", corpus, queries, "q\tp\t99\n", `qrels.tsv line 1: grade "99"`},
	} {
		_, err := Load(files(c.corpus, c.queries, c.qrels), "small")
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "load small: ") {
			t.Errorf("%s: got %v, want %s", c.name, err, c.want)
		} else if strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v tells what was asked", c.name, err)
		}
	}
	_, err := Load(fstest.MapFS{corpusFile: {Data: []byte(corpus)}}, "half")
	if !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), queriesFile) {
		t.Errorf("a missing file: %v", err)
	}
}

func TestSample(t *testing.T) {
	c := &Collection{Questions: []Question{{ID: "0"}, {ID: "1"}, {ID: "2"}, {ID: "3"}, {ID: "4"}}}
	for limit, want := range map[int]string{0: "01234", 1: "0", 2: "02", 3: "013", 5: "01234", 9: "01234"} {
		got := ""
		for _, q := range c.sample(limit) {
			got += q.ID
		}
		if got != want {
			t.Errorf("at most %d: got %s, want %s", limit, got, want)
		}
	}
}
