package measure

import (
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"porchlight/knowledge/index"
)

// A Collection is a set of passages and questions with judgements.
type Collection struct {
	Name      string
	Passages  []index.Passage
	Questions []Question
}

// A Question is answered by the passages in Grades. One without is a question
// that the collection cannot answer.
type Question struct {
	ID, Text string
	Grades   map[int]int // passage number -> grade, 1 or more; nil when nothing answers it
}

// Answerable tells whether some passage answers the question.
func (q Question) Answerable() bool { return len(q.Grades) > 0 }

// The three files of a collection: tab-separated, no header, one row a line.
const (
	corpusFile  = "corpus.tsv"
	queriesFile = "queries.tsv"
	qrelsFile   = "qrels.tsv"
)

// Load reads a collection from corpus.tsv (id, title, body), queries.tsv (id,
// question) and qrels.tsv (question id, passage id, grade). All three must be
// there, and the first malformed line is an error that names file and line. An
// error holds ids and never the words of a question.
func Load(files fs.FS, name string) (*Collection, error) {
	c := &Collection{Name: name}
	passages, err := c.corpus(files)
	if err != nil {
		return nil, fmt.Errorf("load %s: %w", name, err)
	}
	questions, err := c.queries(files)
	if err != nil {
		return nil, fmt.Errorf("load %s: %w", name, err)
	}
	if err := c.judgements(files, passages, questions); err != nil {
		return nil, fmt.Errorf("load %s: %w", name, err)
	}
	return c, nil
}

func (c *Collection) corpus(files fs.FS) (map[string]int, error) {
	known := map[string]int{}
	err := rows(files, corpusFile, "passage id, title, body", 3, func(col []string) error {
		if err := unseen(known, col[0], "passage"); err != nil {
			return err
		}
		c.Passages = append(c.Passages, index.Passage{Title: col[1], Body: col[2]})
		return nil
	})
	return known, err
}

func (c *Collection) queries(files fs.FS) (map[string]int, error) {
	known := map[string]int{}
	err := rows(files, queriesFile, "question id, question", 2, func(col []string) error {
		if err := unseen(known, col[0], "question"); err != nil {
			return err
		}
		c.Questions = append(c.Questions, Question{ID: col[0], Text: col[1]})
		return nil
	})
	return known, err
}

func (c *Collection) judgements(files fs.FS, passages, questions map[string]int) error {
	return rows(files, qrelsFile, "question id, passage id, grade", 3, func(col []string) error {
		q, ok := questions[col[0]]
		if !ok {
			return fmt.Errorf("question %q is not in %s: add it there or remove this line", col[0], queriesFile)
		}
		p, ok := passages[col[1]]
		if !ok {
			return fmt.Errorf("passage %q is not in %s: add it there or remove this line", col[1], corpusFile)
		}
		grade, err := strconv.Atoi(col[2])
		if err != nil || grade < 0 || grade > maxGrade {
			return fmt.Errorf("grade %q: write a whole number from 0 (does not answer) to %d", col[2], maxGrade)
		}
		if grade == 0 {
			return nil // judged, and no answer
		}
		if c.Questions[q].Grades == nil {
			c.Questions[q].Grades = map[int]int{}
		}
		c.Questions[q].Grades[p] = grade
		return nil
	})
}

// unseen notes a new id under the next number; one seen before is an error.
func unseen(known map[string]int, id, what string) error {
	if id == "" {
		return fmt.Errorf("the %s has no id: begin the line with one", what)
	}
	if _, ok := known[id]; ok {
		return fmt.Errorf("%s %q stands twice: give each its own id", what, id)
	}
	known[id] = len(known)
	return nil
}

// rows calls f with the columns of every line of a file.
func rows(files fs.FS, name, columns string, want int, f func([]string) error) error {
	data, err := fs.ReadFile(files, name)
	if err != nil {
		return fmt.Errorf("%w: a collection is a folder with %s, %s and %s", err, corpusFile, queriesFile, qrelsFile)
	}
	n := 0
	for line := range strings.Lines(strings.TrimPrefix(string(data), "\ufeff")) {
		n++
		line = strings.TrimRight(line, "\r\n")
		col := strings.Split(line, "\t")
		switch {
		case !utf8.ValidString(line):
			err = fmt.Errorf("not UTF-8: save the file as UTF-8")
		case len(col) != want:
			err = fmt.Errorf("%d columns: write %d, divided by tabs (%s)", len(col), want, columns)
		default:
			err = f(col)
		}
		if err != nil {
			return fmt.Errorf("%s line %d: %w", name, n, err)
		}
	}
	return nil
}

// sample is every so-manieth question, at most limit of them; all when limit is 0.
func (c *Collection) sample(limit int) []Question {
	n := len(c.Questions)
	if limit <= 0 || limit >= n {
		return c.Questions
	}
	out := make([]Question, 0, limit)
	for i := range limit {
		out = append(out, c.Questions[i*n/limit])
	}
	return out
}

// best is the most relevant passages' grades, largest first.
func (q Question) best() []int {
	out := make([]int, 0, len(q.Grades))
	for _, g := range q.Grades {
		out = append(out, g)
	}
	slices.SortFunc(out, func(a, b int) int { return b - a })
	return out
}
