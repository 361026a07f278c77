package eval_test

import (
	"testing"

	"porchlight/bot"
	"porchlight/bot/eval"
	"porchlight/bot/verify"
	"porchlight/prompts"
)

// TestClaims holds what the checks do to the blind sets where it is: the aims are 97
// and 8 of 100.
func TestClaims(t *testing.T) {
	never, err := prompts.Never()
	if err != nil {
		t.Fatal(err)
	}
	c, err := verify.New(never)
	if err != nil {
		t.Fatal(err)
	}
	for set, floor := range map[string]struct{ bad, good float64 }{"test": {96, 70}, "said-test": {92, 28}, "kept-test": {0, 20}} {
		all, err := eval.LoadClaims(set)
		if err != nil {
			t.Fatal(err)
		}
		if len(all) < 300 {
			t.Fatalf("only %d claims", len(all))
		}
		for _, s := range eval.CheckClaims(c, all) {
			bad, good := 100*float64(s.BadRefused)/float64(s.Bad), 100*float64(s.GoodRefused)/float64(s.Good)
			t.Logf("%s, %s: refused %.1f %% of %d unfaithful, %.1f %% of %d faithful", set, s.Lang, bad, s.Bad, good, s.Good)
			if bad < floor.bad || good > floor.good {
				t.Errorf("%s, %s: worse than before", set, s.Lang)
			}
		}
	}
}

// TestSetBeside sums up what a model had to do with replies.
func TestSetBeside(t *testing.T) {
	offline := &eval.Report{Rows: []eval.Row{{Set: "info", Lang: "en", N: 2, Share: 0.5, Broken: 0}}}
	with := &eval.Report{
		Rows: []eval.Row{{Set: "info", Lang: "en", N: 2, Share: 1}},
		Cases: []eval.Outcome{
			{Case: eval.Case{Set: "info", Lang: "en"}, Mode: string(bot.Model), Wrote: &eval.Wrote{
				Sentences: 3, Refused: map[string]int{"contact": 2}, Prompt: 1000, Completion: 100, Broken: []string{"a number"},
			}},
			{Case: eval.Case{Set: "info", Lang: "en"}, Mode: string(bot.Offline)},
		},
	}
	with.SetBeside(offline)
	b := with.Beside
	if b.Asked != 1 || b.Sentences != 3 || b.Refused["contact"] != 2 || b.Prompt != 1000 || b.Modes["offline"] != 1 {
		t.Errorf("%+v", b)
	}
	if r := b.Rows[0]; r.Offline != 0.5 || r.Model != 1 || r.BrokenUnchecked != 1 || r.BrokenModel != 0 {
		t.Errorf("%+v", r)
	}
}
