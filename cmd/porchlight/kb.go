package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/alecthomas/kong"

	"porchlight/bot"
	"porchlight/knowledge"
	"porchlight/knowledge/index"
	"porchlight/prompts"
)

// kbCmd shows and checks the content.
type kbCmd struct {
	Lint      kbLintCmd      `cmd:"" help:"Check all content: schema, references, stray contacts, reading grade, translations, overdue reviews."`
	List      kbListCmd      `cmd:"" help:"List the topics."`
	Show      kbShowCmd      `cmd:"" help:"Show a topic or a help line whole."`
	Search    kbSearchCmd    `cmd:"" help:"Search the topics and say why each was found."`
	Resources kbResourcesCmd `cmd:"" help:"List the help lines."`
}

type kbLintCmd struct {
	JSON   bool `name:"json" help:"Write one JSON document."`
	Strict bool `help:"Fail on warnings too."`
	Brief  bool `help:"Leave out the single warnings."`
}

// errLint ends a lint that found errors; they have been printed.
var errLint = errors.New("kb lint: content has errors")

// Run checks the content. A content that cannot be loaded at all is a report too.
func (c *kbLintCmd) Run(k *kong.Context, g *globals) error {
	base, err := knowledge.Load(knowledge.Embedded(), g.overlays()...)
	report := knowledge.Report{}
	if problems, ok := errors.AsType[knowledge.Problems](err); ok {
		report.Errors = problems
	} else if err != nil {
		return err
	} else {
		phrases, err := prompts.Load()
		if err != nil {
			return err
		}
		fixed := map[string]string{}
		for _, lang := range phrases.Langs() {
			for key, s := range phrases.All(lang) {
				fixed["prompts/phrases/"+lang+".yaml: "+key] = s
			}
		}
		report = base.Lint(time.Now(), fixed)
	}
	if c.JSON {
		if err := writeJSON(k.Stdout, report); err != nil {
			return err
		}
	} else {
		c.print(k.Stdout, report)
	}
	if len(report.Errors) > 0 || c.Strict && len(report.Warnings) > 0 {
		return errLint
	}
	return nil
}

func (c *kbLintCmd) print(w io.Writer, r knowledge.Report) {
	if !c.Brief {
		for _, p := range r.Warnings {
			fmt.Fprintln(w, "warning:", p)
		}
	}
	for _, p := range r.Errors {
		fmt.Fprintln(w, "error:", p)
	}
	fmt.Fprint(w, r.Summary())
}

func writeJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

type kbListCmd struct {
	Lang    string `default:"en" help:"Language of the titles."`
	Section string `help:"Only this section."`
	JSON    bool   `name:"json" help:"Write one JSON document."`
}

// Run lists the topics.
func (c *kbListCmd) Run(k *kong.Context, g *globals) error {
	base, err := g.load()
	if err != nil {
		return err
	}
	if c.Section != "" && !slices.Contains(knowledge.Sections, c.Section) {
		return fmt.Errorf("kb list: no section %q; there are %s", c.Section, strings.Join(knowledge.Sections, ", "))
	}
	if !slices.Contains(base.Langs(), c.Lang) {
		return fmt.Errorf("kb list: no topics in %q; there are %s", c.Lang, strings.Join(base.Langs(), ", "))
	}
	type row struct {
		ID       string         `json:"id"`
		Section  string         `json:"section"`
		Title    string         `json:"title"`
		Review   string         `json:"review"`
		ReviewBy knowledge.Date `json:"review_by"`
	}
	rows := []row{}
	for _, t := range base.Topics(c.Lang) {
		if c.Section == "" || t.Section == c.Section {
			rows = append(rows, row{t.ID, t.Section, t.Title, t.Review, t.ReviewBy})
		}
	}
	if c.JSON {
		return writeJSON(k.Stdout, rows)
	}
	w := tabwriter.NewWriter(k.Stdout, 0, 4, 2, ' ', 0)
	for _, r := range rows {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", r.Section, r.ID, r.Title, r.Review, r.ReviewBy)
	}
	return w.Flush()
}

type kbShowCmd struct {
	ID   string `arg:"" help:"Id of a topic or a help line."`
	Lang string `default:"en" help:"Language."`
	JSON bool   `name:"json" help:"Write one JSON document."`
}

// Run shows one record whole, what is withheld from readers included.
func (c *kbShowCmd) Run(k *kong.Context, g *globals) error {
	base, err := g.load()
	if err != nil {
		return err
	}
	if t, ok := base.Topic(c.ID, c.Lang); ok {
		if c.JSON {
			return writeJSON(k.Stdout, map[string]any{"topic": t, "sources": base.Cite(t)})
		}
		printTopic(k.Stdout, base, t)
		return nil
	}
	r, ok := base.Resource(c.ID)
	if !ok {
		return fmt.Errorf("kb show: no topic (in %s) or help line %q; see kb list and kb resources", c.Lang, c.ID)
	}
	if c.JSON {
		return writeJSON(k.Stdout, r)
	}
	printResource(k.Stdout, base, r, c.Lang)
	return nil
}

func printTopic(w io.Writer, base *knowledge.Base, t *knowledge.Topic) {
	fmt.Fprintf(w, "%s (%s, %s)\n\n%s\n\n", t.Title, t.ID, t.File(), t.Answer)
	for _, d := range t.Details {
		fmt.Fprintln(w, "-", d)
	}
	fmt.Fprintln(w, "\nAsked as:")
	for _, a := range t.Asks {
		fmt.Fprintln(w, "  ", a)
	}
	fmt.Fprintln(w, "\nSources:")
	for _, s := range base.Cite(t) {
		date := s.Published
		if date == "" {
			date = "undated"
		}
		fmt.Fprintf(w, "   %s: %s (%s) %s\n", s.Publisher, s.Title, date, s.URL)
	}
	fmt.Fprintf(w, "\nsection %s, kind %s, audience %s\nhelp %s (%s), related %s\nas of %s, archived %t, review %s, due %s\n",
		t.Section, t.Kind, strings.Join(t.Audience, " "), strings.Join(t.Help, " "), t.HelpLevel,
		strings.Join(t.Related, " "), t.AsOf, t.Archived, t.Review, t.ReviewBy)
}

func printResource(w io.Writer, base *knowledge.Base, r *knowledge.Resource, lang string) {
	if c, ok := base.Card(r.ID, lang, ""); ok {
		for _, l := range bot.CardLines(c) {
			fmt.Fprintln(w, l)
		}
	} else {
		fmt.Fprintf(w, "%s\n  NEVER SHOWN TO READERS\n", r.Name.In(lang))
	}
	fmt.Fprintf(w, "\nstatus %s, show %s, confirmed on %s, review due %s\n", r.Status, r.Show, r.ConfirmedOn, r.ReviewBy)
	for _, f := range r.Confirmed {
		fmt.Fprintf(w, "confirmed: %s (%s): %s\n", f.Field, f.Status, f.Where)
	}
	for _, h := range r.Withheld {
		fmt.Fprintf(w, "withheld: %s = %s (%s): %s\n", h.Field, h.Value, h.Status, h.Why)
	}
}

type kbSearchCmd struct {
	Words []string `arg:"" help:"The question."`
	Lang  string   `default:"en" help:"Language."`
	Limit int      `default:"5" help:"How many topics, at most 20."`
	JSON  bool     `name:"json" help:"Write one JSON document."`
}

// Run searches, and shows the signals behind the order.
func (c *kbSearchCmd) Run(k *kong.Context, g *globals) error {
	base, err := g.load()
	if err != nil {
		return err
	}
	if !slices.Contains(base.Langs(), c.Lang) {
		return fmt.Errorf("kb search: no topics in %q; there are %s", c.Lang, strings.Join(base.Langs(), ", "))
	}
	f := base.Find(c.Lang, index.Query{Text: strings.Join(c.Words, " "), Limit: c.Limit, Explain: true})
	if c.JSON {
		type hit struct {
			ID    string    `json:"id"`
			Title string    `json:"title"`
			Hit   index.Hit `json:"hit"`
		}
		hits := []hit{}
		for _, x := range f.Found {
			hits = append(hits, hit{x.Topic.ID, x.Topic.Title, x.Hit})
		}
		return writeJSON(k.Stdout, map[string]any{"band": f.Band.String(), "lang": f.Lang, "hits": hits, "words": f.Words})
	}
	w := tabwriter.NewWriter(k.Stdout, 0, 4, 2, ' ', 0)
	fmt.Fprintf(w, "band: %s\n", f.Band)
	fmt.Fprintln(w, "topic\ttitle\tconfidence\tscore\tmatch\tcoverage\tlike\tpair")
	for _, x := range f.Found {
		fmt.Fprintf(w, "%s\t%s\t%.2f\t%.1f\t%.2f\t%.2f\t%.2f\t%.2f\n",
			x.Topic.ID, x.Topic.Title, x.Confidence, x.Score, x.Match, x.Coverage, x.Like, x.Pair)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	for _, x := range f.Words {
		fmt.Fprintf(k.Stdout, "  %s", x.Text)
		switch {
		case x.Corrected != "":
			fmt.Fprintf(k.Stdout, " (taken for %s)", x.Corrected)
		case x.Term == "":
			fmt.Fprint(k.Stdout, " (unknown)")
		}
		if len(x.Also) > 0 {
			fmt.Fprintf(k.Stdout, " also %s", strings.Join(x.Also, " "))
		}
		fmt.Fprintln(k.Stdout)
	}
	return nil
}

type kbResourcesCmd struct {
	Country string `help:"Only lines that serve this country, such as US, MX, CA, GB, AU."`
	Lang    string `default:"en" help:"Language."`
	All     bool   `help:"Also those never shown to readers."`
	JSON    bool   `name:"json" help:"Write one JSON document."`
}

// Run lists the help lines.
func (c *kbResourcesCmd) Run(k *kong.Context, g *globals) error {
	base, err := g.load()
	if err != nil {
		return err
	}
	country := strings.ToUpper(c.Country)
	if country != "" && !slices.Contains(base.Countries(), country) {
		return fmt.Errorf("kb resources: no help lines of %q; there are lines of %s", c.Country, strings.Join(base.Countries(), ", "))
	}
	var list []*knowledge.Resource
	for _, r := range base.Resources() {
		if (country == "" || slices.Contains(r.Countries, country)) && (c.All || r.Shown()) {
			list = append(list, r)
		}
	}
	if c.JSON {
		return writeJSON(k.Stdout, list)
	}
	w := tabwriter.NewWriter(k.Stdout, 0, 4, 2, ' ', 0)
	for _, r := range list {
		phone := ""
		if len(r.Phones) > 0 {
			phone = r.Phones[0].Display
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", strings.Join(r.Countries, " "), r.ID, phone, r.Name.In(c.Lang), r.Status, r.Show)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if country == "" {
		fmt.Fprintln(k.Stdout, "\ncountries:", strings.Join(base.Countries(), " "))
	}
	return nil
}
