package eval

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// Text writes the report for a terminal: the table, the gates, then every miss.
func (r *Report) Text(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "set\tlang\tasked\tright\t%\t95 %\tkeywords %\tlaws broken\t")
	for _, row := range r.Rows {
		fmt.Fprintf(t, "%s\t%s\t%d\t%d\t%s\t%s-%s\t%s\t%d\t\n", row.Set, row.Lang, row.N, row.Right, Percent(row.Share),
			Percent(row.Interval.Low), Percent(row.Interval.High), Percent(row.Baseline), row.Broken)
	}
	if len(r.Gates) > 0 {
		fmt.Fprintln(t, "\ngate\t\tcases\tcounted\t%\tkeep\taim\t\t")
		for _, v := range r.Gates {
			fmt.Fprintf(t, "%s\t\t%d\t%d\t%s\t%s%s\t%s\t%s\t\n", v.Name, v.N, v.Count, Percent(v.Share),
				v.sign(), Percent(v.Keep), Percent(v.Aim), v.word())
		}
	}
	if err := t.Flush(); err != nil {
		return err
	}
	if err := errors.Join(claimsText(w, r.Claims), r.Beside.text(w)); err != nil {
		return err
	}
	misses := r.Misses()
	fmt.Fprintf(w, "\n%d of %d went wrong\n", len(misses), len(r.Cases))
	for _, o := range misses {
		fmt.Fprintf(w, "%s %s  %s\n    %s\n", o.Set, o.At, o.Why, strings.Join(o.Turns, " >> "))
		for _, b := range o.Broken {
			fmt.Fprintf(w, "    LAW BROKEN: %s\n", b)
		}
	}
	return r.Compared.text(w)
}

func (v Verdict) sign() string {
	if v.Fewer {
		return "<= "
	}
	return ">= "
}

func (v Verdict) word() string {
	switch {
	case !v.Kept:
		return "BROKEN"
	case v.Met:
		return "aim met"
	default:
		return "kept, aim missed"
	}
}

func (c *Changes) text(w io.Writer) error {
	if c == nil {
		return nil
	}
	_, err := fmt.Fprintf(w, "\nagainst content %s: %d better, %d worse, %d with another answer, %d new, %d gone\n",
		c.Before, len(c.Better), len(c.Worse), len(c.Changed), c.Added, c.Gone)
	for _, list := range []struct {
		what string
		of   []Outcome
	}{{"better", c.Better}, {"worse", c.Worse}, {"changed", c.Changed}} {
		for _, o := range list.of {
			fmt.Fprintf(w, "%s: %s %s  %s\n", list.what, o.Set, o.Lang, strings.Join(o.Turns, " >> "))
		}
	}
	return err
}
