package eval

import (
	"embed"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"text/tabwriter"

	"go.yaml.in/yaml/v3"

	"porchlight/bot/verify"
)

//go:embed claims/*.tsv claims/*.yaml
var claimFiles embed.FS

// A Claim is a sentence that somebody marked as faithful to passages or not.
type Claim struct {
	Set, ID, Lang string
	Fault         string // "none" for a faithful one
	Given         []verify.Passage
	verify.Claim
}

// Good tells whether the claim is faithful.
func (c Claim) Good() bool { return c.Fault == "none" }

// LoadClaims reads the claims of a set: "dev", "train", "more" and "said", from which the
// checks were learned, or "test", "said-test" and "kept-test", which nobody looked at who
// wrote them. Those called said are sentences that a language model wrote when it was asked
// as models are asked here, and the same with a fault put in, those called kept what it
// writes since it is told to write one fact a line; in the others writers were asked to word
// faithful sentences as freely as they can.
func LoadClaims(set string) (out []Claim, err error) {
	passages, err := claimPassages(set)
	if err != nil {
		return nil, err
	}
	files, err := fs.Glob(claimFiles, "claims/"+set+".*.tsv")
	if err != nil {
		return nil, err
	}
	for _, name := range files {
		data, err := claimFiles.ReadFile(name)
		if err != nil {
			return nil, err
		}
		lang := strings.Split(path.Base(name), ".")[1]
		_, rows, _ := strings.Cut(string(data), "\n") // the first line names the columns
		for line := range strings.Lines(rows) {
			c, err := claim(strings.Split(strings.TrimRight(line, "\n"), "\t"), lang, passages)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			c.Set = set
			out = append(out, c)
		}
	}
	return out, nil
}

func claim(row []string, lang string, passages map[string]verify.Passage) (c Claim, err error) {
	if len(row) != 5 {
		return c, fmt.Errorf("%q: %d columns, not 5", strings.Join(row, " "), len(row))
	}
	given := strings.Split(row[2], ",")
	c = Claim{ID: row[0], Lang: lang, Fault: row[1]}
	c.Text = row[4]
	for _, id := range given {
		p, ok := passages[id+"."+lang]
		if !ok {
			return c, fmt.Errorf("%s: there is no passage %s in %s", row[0], id, lang)
		}
		c.Given = append(c.Given, p)
	}
	for id := range strings.SplitSeq(row[3], ",") {
		c.Cites = append(c.Cites, slices.Index(given, id))
	}
	return c, nil
}

func claimPassages(set string) (map[string]verify.Passage, error) {
	name := "claims/" + set + ".passages.yaml"
	data, err := claimFiles.ReadFile(name)
	if err != nil {
		return nil, err
	}
	var list []struct {
		ID, Lang, Title, Text string
		Details               []string
	}
	if err := yaml.Unmarshal(data, &list); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	out := map[string]verify.Passage{}
	for _, p := range list {
		q := verify.Passage{Title: p.Title, Sentences: verify.Sentences(p.Text)}
		for _, d := range p.Details {
			q.Sentences = append(q.Sentences, verify.Sentences(d)...)
		}
		out[p.ID+"."+p.Lang] = q
	}
	return out, nil
}

// Claims sums up what the checks do to the claims of one set and language.
type Claims struct {
	Set         string   `json:"set"`
	Lang        string   `json:"lang"`
	Bad         int      `json:"bad"`
	BadRefused  int      `json:"bad_refused"`
	Good        int      `json:"good"`
	GoodRefused int      `json:"good_refused"`
	Missed      []string `json:"missed,omitempty"` // bad ones that would be shown: id and fault
}

// CheckClaims has claims checked.
func CheckClaims(c *verify.Checker, all []Claim) (out []Claims) {
	for _, x := range all {
		i := slices.IndexFunc(out, func(s Claims) bool { return s.Lang == x.Lang && s.Set == x.Set })
		if i < 0 {
			i = len(out)
			out = append(out, Claims{Set: x.Set, Lang: x.Lang})
		}
		s := &out[i]
		e, ok := c.Prepare(x.Lang, x.Given)
		shown := ok && e.Check(x.Claim).Shown
		switch {
		case x.Good():
			s.Good++
			s.GoodRefused += one(!shown)
		default:
			s.Bad++
			s.BadRefused += one(!shown)
			if shown {
				s.Missed = append(s.Missed, x.ID+" "+x.Fault)
			}
		}
	}
	return out
}

func claimsText(w io.Writer, all []Claims) error {
	if len(all) == 0 {
		return nil
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "\nsentences of a model\tlang\tunfaithful\trefused %\tfaithful\trefused %\t")
	for _, s := range all {
		fmt.Fprintf(t, "%s\t%s\t%d\t%s\t%d\t%s\t\n", wording(s.Set), s.Lang, s.Bad, Percent(share(s.BadRefused, s.Bad)), s.Good, Percent(share(s.GoodRefused, s.Good)))
	}
	return t.Flush()
}

// wording says how the faithful ones of a set are worded.
func wording(set string) string {
	switch {
	case strings.HasPrefix(set, "said"):
		return "as models write"
	case strings.HasPrefix(set, "kept"):
		return "as models write, one fact a line"
	}
	return "as freely as can be"
}

func share(n, of int) float64 { return float64(n) / float64(max(1, of)) }
