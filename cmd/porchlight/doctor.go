package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/alecthomas/kong"

	"porchlight/knowledge"
	"porchlight/prompts"
)

// doctorCmd looks whether serve would run well with the same settings. A store
// that is there is opened as serve does, and written to; none is made.
type doctorCmd struct {
	settings

	JSON bool `name:"json" help:"Write one JSON document."`
}

// A finding is what was looked at, what was found, and what to do about it.
type finding struct {
	State  state  `json:"state"`
	What   string `json:"what"`
	Detail string `json:"detail"`
	Mend   string `json:"mend,omitempty"`
}

type state string

// The states of a finding. Only a failure keeps serve from doing its work.
const (
	healthy state = "ok"
	warning state = "warn"
	failure state = "fail"
)

func ok(what, detail string) finding         { return finding{healthy, what, detail, ""} }
func warn(what, detail, mend string) finding { return finding{warning, what, detail, mend} }
func fail(what, detail, mend string) finding { return finding{failure, what, detail, mend} }

// failOf splits an error that ends in its mend.
func failOf(what string, err error, mend string) finding {
	detail, own, _ := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(err.Error(), "slack: "), "discord: "), "; ")
	return fail(what, detail, cmp.Or(own, mend))
}

func (f finding) String() string {
	label := string(f.State)
	if f.State == failure {
		label = "FAIL"
	}
	s := fmt.Sprintf("%-4s  %s: %s", label, f.What, f.Detail)
	if f.Mend != "" {
		s += " — " + f.Mend
	}
	return s
}

// errDoctor ends a doctor that found a failure; it has been printed.
var errDoctor = errors.New("doctor: serve would not run well")

// Run looks at one thing after another. The error is errDoctor if any is wrong.
func (c *doctorCmd) Run(ctx context.Context, k *kong.Context, g *globals, o *origins) error {
	d := &doctor{settings: c.settings, g: g, o: o, now: time.Now, patience: 20 * time.Second, known: map[string]string{}}
	var all []finding
	for f := range d.findings(ctx) {
		all = append(all, f)
		if !c.JSON {
			fmt.Fprintln(k.Stdout, f)
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	n := map[state]int{}
	for _, f := range all {
		n[f.State]++
	}
	if c.JSON {
		report := map[string]any{"checks": all, "ok": n[healthy], "warn": n[warning], "fail": n[failure]}
		if err := writeJSON(k.Stdout, report); err != nil {
			return err
		}
	} else {
		fmt.Fprintf(k.Stdout, "%d ok, %d warn, %d FAIL\n", n[healthy], n[warning], n[failure])
	}
	if n[failure] > 0 {
		return errDoctor
	}
	return nil
}

// A doctor is one look at everything.
type doctor struct {
	settings
	g        *globals
	o        *origins
	now      func() time.Time // decides which reviews are overdue
	patience time.Duration    // for most checks

	mu      sync.Mutex
	known   map[string]string // secrets that were fetched, by setting
	hidden  []string          // what must not be printed
	running bool              // a serve is here already
}

// A check looks at one thing. Most find one thing to say.
type check struct {
	what string
	run  func(context.Context) []finding
	most time.Duration // how long it may take; 0 is as long as most
}

func (d *doctor) checks() []check {
	all := []check{{what: "settings", run: d.theSettings}, {what: "knowledge", run: d.theKnowledge, most: 2 * time.Minute}} // all of it is read
	if d.Store.set() {
		all = append(all, check{what: "postgres", run: d.thePostgres})
	}
	all = append(all, check{what: "store", run: d.theStore}, check{what: "admin address", run: d.theAdmin})
	if d.Local != "" {
		all = append(all, check{what: "local address", run: d.theLocal})
	}
	if d.Model != "" {
		all = append(all, check{what: "model", run: d.theModel, most: time.Minute})
	}
	if d.onSlack() {
		all = append(all, d.slackChecks()...)
	}
	if d.DiscordBotToken.set() {
		all = append(all, d.discordChecks()...)
	}
	return all
}

// findings yields what the checks find, one after another, without a secret.
func (d *doctor) findings(ctx context.Context) func(yield func(finding) bool) {
	return func(yield func(finding) bool) {
		for _, c := range d.checks() {
			if ctx.Err() != nil {
				return
			}
			for _, f := range d.bounded(ctx, c) {
				f.Detail, f.Mend = d.clean(f.Detail), d.clean(f.Mend)
				if !yield(f) {
					return
				}
			}
		}
	}
}

// bounded runs a check, and leaves one alone that does not end: a disk that hangs
// heeds no ctx.
func (d *doctor) bounded(ctx context.Context, c check) []finding {
	most := cmp.Or(c.most, d.patience)
	ctx, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	done := make(chan []finding, 1)
	go func() { done <- c.run(ctx) }()
	select {
	case f := <-done:
		return f
	case <-ctx.Done():
	}
	select { // most do heed it, and have more to say
	case f := <-done:
		return f
	case <-time.After(time.Second):
		return []finding{fail(c.what, fmt.Sprintf("no answer within %v", most), "look whether the disk or the network hangs")}
	}
}

// reveal fetches a secret once, and has it hidden from then on.
func (d *doctor) reveal(ctx context.Context, name string, s secret) (string, error) {
	d.mu.Lock()
	v, ok := d.known[name]
	d.mu.Unlock()
	if ok {
		return v, nil
	}
	v, err := s.reveal(ctx)
	if err != nil {
		return "", fmt.Errorf("%s: %w", name, err)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.known[name] = v
	d.hidden = append(d.hidden, v)
	if u, err := url.Parse(v); err == nil && u.User != nil {
		p, _ := u.User.Password()
		d.hidden = append(d.hidden, p, url.QueryEscape(p), url.PathEscape(p), u.Query().Get("password"))
	}
	return v, nil
}

// clean is a text on one line without the secrets. None puts one in; this is for
// the errors of others.
func (d *doctor) clean(s string) string {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, h := range d.hidden {
		if len(h) > 3 {
			s = strings.ReplaceAll(s, h, "(hidden)")
		}
	}
	return strings.Join(strings.Fields(s), " ")
}

func (d *doctor) isRunning() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.running
}

func (d *doctor) nowRunning() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.running = true
}

func (d *doctor) theSettings(context.Context) (all []finding) {
	for _, p := range d.problems(d.o) {
		all = append(all, failOf("settings", p, "porchlight config shows where each comes from"))
	}
	slices.SortFunc(all, func(a, b finding) int { return strings.Compare(a.Detail, b.Detail) })
	if d.Local == "" && !d.onSlack() && !d.DiscordBotToken.set() {
		all = append(all, failOf("settings", errNobody, ""))
	}
	if len(all) == 0 {
		all = append(all, ok("settings", "all can be used; porchlight config shows them"))
	}
	return all
}

func (d *doctor) theKnowledge(context.Context) []finding {
	const what, lint = "knowledge", "porchlight kb lint lists all"
	base, err := d.g.load()
	if problems, bad := errors.AsType[knowledge.Problems](err); bad && len(problems) > 0 {
		return []finding{fail(what, fmt.Sprintf("the overlay is refused for %d problems, the first: %v", len(problems), problems[0]), lint+"; serve would answer from the embedded content alone")}
	}
	if err != nil {
		return []finding{fail(what, err.Error(), "give another --knowledge")}
	}
	phrases, err := prompts.Load()
	if err != nil {
		return []finding{fail(what, err.Error(), "mend that file and build again")}
	}
	fixed := map[string]string{}
	for _, lang := range phrases.Langs() {
		for key, s := range phrases.All(lang) {
			fixed["prompts/phrases/"+lang+".yaml: "+key] = s
		}
	}
	if r := base.Lint(d.now(), fixed); len(r.Errors) > 0 {
		return []finding{fail(what, fmt.Sprintf("%d errors, the first: %v", len(r.Errors), r.Errors[0]), lint)}
	}
	if n, first := overdue(base, d.now()); n > 0 {
		return []finding{warn(what, fmt.Sprintf("%d reviews are overdue, the first since %s", n, first.Format(time.DateOnly)), "have them checked and dated anew; "+lint)}
	}
	return []finding{ok(what, fmt.Sprintf("version %s, %d topics, languages %s, next review by %s",
		base.Version(), len(base.Topics("en")), strings.Join(base.Langs(), " "), base.NextReview().Format(time.DateOnly)))}
}

// overdue counts the topics and help lines whose review was due before a day.
func overdue(b *knowledge.Base, now time.Time) (n int, first time.Time) {
	dates := []knowledge.Date{}
	for _, lang := range b.Langs() {
		for _, t := range b.Topics(lang) {
			dates = append(dates, t.ReviewBy)
		}
	}
	for _, r := range b.Resources() {
		dates = append(dates, r.ReviewBy)
	}
	for _, d := range dates {
		if t, ok := d.Time(); ok && t.Before(now.UTC().Truncate(24*time.Hour)) {
			n++
			if first.IsZero() || t.Before(first) {
				first = t
			}
		}
	}
	return n, first
}

// Bounds of the clocks.
const (
	postgresSkew = 5 * time.Second
	slackSkew    = 60 * time.Second
	discordSkew  = 60 * time.Second
)

// skew tells how far another's clock is ahead of this one.
func (d *doctor) skew(what, whose string, by, most time.Duration, otherwise state, mend string) finding {
	off := by.Abs().Round(time.Second)
	side := "behind"
	if by > 0 {
		side = "ahead of"
	}
	if off <= most {
		return ok(what, fmt.Sprintf("no more than %v from that of %s", max(off, time.Second), whose))
	}
	return finding{otherwise, what, fmt.Sprintf("that of %s is %v %s this one", whose, off, side), mend}
}
