package eval

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
	"slices"

	"porchlight/bot/laws"
	"porchlight/knowledge"
)

// A Report is what one run found.
type Report struct {
	Program  string    `json:"program"` // version
	Content  string    `json:"content"` // version
	Half     string    `json:"half"`    // dev, test or all
	Rows     []Row     `json:"rows"`
	Gates    []Verdict `json:"gates,omitempty"`
	Cases    []Outcome `json:"cases"`
	Compared *Changes  `json:"compared,omitempty"`
	Beside   *Beside   `json:"beside,omitempty"`
	Claims   []Claims  `json:"claims,omitempty"`
}

// A Row sums up the cases of one set in one language.
type Row struct {
	Set      string   `json:"set"`
	Lang     string   `json:"lang"`
	N        int      `json:"n"`
	Right    int      `json:"right"`
	Share    float64  `json:"share"`
	Interval Interval `json:"interval"`
	Baseline float64  `json:"baseline"`
	Broken   int      `json:"broken"` // replies that break a law
}

// An Interval holds the true share 95 times of 100 (Wilson's score interval).
type Interval struct {
	Low  float64 `json:"low"`
	High float64 `json:"high"`
}

// Wilson gives the 95 % score interval of a share (E. B. Wilson, 1927). Without
// cases it is all that is possible.
func Wilson(right, n int) Interval {
	if n == 0 {
		return Interval{0, 1}
	}
	const z = 1.959964
	p, size := float64(right)/float64(n), float64(n)
	mid := (p + z*z/(2*size)) / (1 + z*z/size)
	half := z / (1 + z*z/size) * math.Sqrt(p*(1-p)/size+z*z/(4*size*size))
	return Interval{max(0, mid-half), min(1, mid+half)}
}

// Options say what Run asks.
type Options struct {
	Half string // Dev, Test, or "" for both
	Lang string // "" for all
	Set  string // "" for all
	// Explain asks for what a model wrote.
	Explain bool
}

// Run asks the cases, one after the other, and sums up. It stops at the first
// that fails to be answered, and when ctx ends.
func Run(ctx context.Context, a Answerer, b *knowledge.Base, cases []Case, o Options) (*Report, error) {
	l, err := laws.For(b)
	if err != nil {
		return nil, err
	}
	base := newBaseline(b)
	r := &Report{Content: b.Version(), Half: cmp.Or(o.Half, "all")}
	for _, c := range cases {
		if o.Half != "" && c.Half != o.Half || o.Lang != "" && c.Lang != o.Lang || o.Set != "" && c.Set != o.Set {
			continue
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		out, err := judge(ctx, a, l, base, c, o.Explain)
		if err != nil {
			return nil, err
		}
		r.Cases = append(r.Cases, out)
	}
	r.sum()
	return r, nil
}

func (r *Report) sum() {
	slices.SortStableFunc(r.Cases, func(a, b Outcome) int {
		return cmp.Or(
			cmp.Compare(slices.Index(Names, a.Set), slices.Index(Names, b.Set)),
			cmp.Compare(order(a.Lang), order(b.Lang)), cmp.Compare(a.Lang, b.Lang),
		)
	})
	baseline := 0
	for i, o := range r.Cases {
		if i == 0 || o.Set != r.Cases[i-1].Set || o.Lang != r.Cases[i-1].Lang {
			r.Rows = append(r.Rows, Row{Set: o.Set, Lang: o.Lang})
			baseline = 0
		}
		row := &r.Rows[len(r.Rows)-1]
		row.N++
		row.Right += one(o.Right)
		row.Broken += one(len(o.Broken) > 0)
		baseline += one(o.Baseline)
		row.Share = float64(row.Right) / float64(row.N)
		row.Baseline = float64(baseline) / float64(row.N)
		row.Interval = Wilson(row.Right, row.N)
	}
}

// order puts the languages that we answer in first.
func order(lang string) int { return one(lang != "en" && lang != "es") }

func one(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

// Misses are the cases that went wrong or broke a law.
func (r *Report) Misses() (out []Outcome) {
	for _, o := range r.Cases {
		if !o.Right || len(o.Broken) > 0 {
			out = append(out, o)
		}
	}
	return out
}

func hash(s string) string {
	h := sha256.Sum256([]byte(s))
	return hex.EncodeToString(h[:8])
}

// Percent prints a share.
func Percent(x float64) string { return fmt.Sprintf("%.1f", 100*x) }
