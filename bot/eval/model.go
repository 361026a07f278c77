package eval

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"

	"porchlight/bot"
	"porchlight/bot/laws"
)

// Wrote is what a model wrote for one case, and what would have come of it
// without checks.
type Wrote struct {
	Sentences  int            `json:"sentences"`
	Refused    map[string]int `json:"refused,omitempty"` // by reason
	Prompt     int            `json:"prompt"`            // tokens
	Completion int            `json:"completion"`
	Broken     []string       `json:"broken,omitempty"` // laws that the unchecked draft breaks
}

// wrote looks at what a model had to do with a reply; nil when it was not asked.
func wrote(m bot.Message, r bot.Reply, l *laws.Laws) *Wrote {
	e := r.Explanation
	if e == nil || e.Model == "" {
		return nil
	}
	w := &Wrote{Sentences: len(e.Drafts), Refused: map[string]int{}, Prompt: e.Prompted, Completion: e.Completed}
	for _, d := range e.Drafts {
		if d.Reason != "" {
			w.Refused[d.Reason]++
		}
	}
	if raw, ok := unchecked(r); ok {
		w.Broken = l.Broken(m, []bot.Reply{raw})
	}
	return w
}

// unchecked is a reply as it would be if everything that the model wrote were
// shown. It is judged, and shown to nobody.
func unchecked(r bot.Reply) (bot.Reply, bool) {
	var all []string
	for _, d := range r.Explanation.Drafts {
		all = append(all, d.Text)
	}
	if len(all) == 0 {
		return r, false
	}
	s := bot.Section{Text: strings.Join(all, " ")}
	if len(r.Sections) > 0 {
		s.Heading, s.Cites, s.Source = r.Sections[0].Heading, r.Sections[0].Cites, r.Sections[0].Source
	}
	r.Sections = []bot.Section{s}
	r.Mode = bot.Offline // what a model may write for is not the question here
	return r, true
}

// Beside sets a run with a model beside one without.
type Beside struct {
	Rows []BesideRow `json:"rows"`
	// Refused is how many sentences were refused, by reason.
	Refused   map[string]int `json:"refused"`
	Sentences int            `json:"sentences"`
	Modes     map[string]int `json:"modes"` // of the replies
	Asked     int            `json:"asked"` // questions that the model was asked
	Prompt    float64        `json:"prompt"`
	Answer    float64        `json:"completion"` // tokens, on average of those asked
}

// A BesideRow is a set in one language.
type BesideRow struct {
	Set     string  `json:"set"`
	Lang    string  `json:"lang"`
	N       int     `json:"n"`
	Offline float64 `json:"offline"` // share that is right
	Model   float64 `json:"model"`
	// Laws broken: without a model, with it, and if nothing were checked.
	BrokenOffline   int `json:"broken_offline"`
	BrokenModel     int `json:"broken_model"`
	BrokenUnchecked int `json:"broken_unchecked"`
}

// SetBeside fills in r.Beside from the run of the same cases without a model.
func (r *Report) SetBeside(offline *Report) {
	b := &Beside{Refused: map[string]int{}, Modes: map[string]int{}}
	for i, row := range r.Rows {
		x := BesideRow{Set: row.Set, Lang: row.Lang, N: row.N, Model: row.Share, BrokenModel: row.Broken}
		if i < len(offline.Rows) {
			x.Offline, x.BrokenOffline = offline.Rows[i].Share, offline.Rows[i].Broken
		}
		b.Rows = append(b.Rows, x)
	}
	for _, o := range r.Cases {
		b.Modes[o.Mode]++
		if o.Wrote == nil {
			continue
		}
		b.Asked++
		b.Sentences += o.Wrote.Sentences
		b.Prompt += float64(o.Wrote.Prompt)
		b.Answer += float64(o.Wrote.Completion)
		for reason, n := range o.Wrote.Refused {
			b.Refused[reason] += n
		}
		if len(o.Wrote.Broken) > 0 {
			i := slices.IndexFunc(b.Rows, func(x BesideRow) bool { return x.Set == o.Set && x.Lang == o.Lang })
			b.Rows[i].BrokenUnchecked++
		}
	}
	b.Prompt /= float64(max(1, b.Asked))
	b.Answer /= float64(max(1, b.Asked))
	r.Beside = b
}

func (b *Beside) text(w io.Writer) error {
	if b == nil {
		return nil
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "\nwith a model\t\t\tright %\t\tlaws broken\t\t\t")
	fmt.Fprintln(t, "set\tlang\tasked\toffline\tmodel\toffline\tmodel\tno verifier\t")
	for _, r := range b.Rows {
		fmt.Fprintf(t, "%s\t%s\t%d\t%s\t%s\t%d\t%d\t%d\t\n", r.Set, r.Lang, r.N, Percent(r.Offline), Percent(r.Model),
			r.BrokenOffline, r.BrokenModel, r.BrokenUnchecked)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	refused := 0
	for _, n := range b.Refused {
		refused += n
	}
	fmt.Fprintf(w, "the model was asked %d times, %.0f tokens in and %.0f out on average; %d of its %d sentences were refused\n",
		b.Asked, b.Prompt, b.Answer, refused, b.Sentences)
	for _, reason := range byCount(b.Refused) {
		fmt.Fprintf(w, "  %s %d\n", reason, b.Refused[reason])
	}
	for _, mode := range byCount(b.Modes) {
		fmt.Fprintf(w, "replies of mode %s: %d\n", mode, b.Modes[mode])
	}
	return nil
}

// byCount are the keys, the commonest first.
func byCount(m map[string]int) []string {
	return slices.SortedFunc(maps.Keys(m), func(a, b string) int { return cmp.Or(m[b]-m[a], strings.Compare(a, b)) })
}
