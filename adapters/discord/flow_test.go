package discord_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"porchlight/adapters/discord"
	"porchlight/bot"
)

// A part is a reply that comes at a time, in milliseconds.
type part struct {
	at int
	r  bot.Reply
}

func more(at, n int) part { return part{at, bot.Reply{Lead: fmt.Sprint(n)}} }

func last(at, n int) part { return part{at, bot.Reply{Lead: fmt.Sprint(n), Final: true}} }

func urgent(at, n int) part { return part{at, bot.Reply{Lead: fmt.Sprint(n), Urgent: true}} }

// coming are replies at their times.
func coming(parts []part, stopped *bool) bot.Replies {
	return func(yield func(bot.Reply, error) bool) {
		began := time.Now()
		for _, p := range parts {
			<-time.After(time.Duration(p.at)*time.Millisecond - time.Since(began))
			if !yield(p.r, nil) {
				*stopped = true
				return
			}
		}
	}
}

// TestPaced expects replies at the beat that people can read with: one post of what is
// quick, edits no faster than Discord takes, the newest each time, and what is urgent
// or the last at once. It uses a clock of its own.
func TestPaced(t *testing.T) {
	for _, x := range []struct {
		name  string
		parts []part
		edit  int // how long an edit takes, ms
		halt  int // ms; 0 is never
		want  []string
	}{
		{name: "without a model", parts: []part{last(5, 1)}, want: []string{"1@5"}},
		{name: "quick", parts: []part{more(0, 1), more(300, 2), more(600, 3), last(690, 4)}, want: []string{"4@690"}},
		{
			name:  "slow",
			parts: []part{more(100, 1), more(400, 2), more(900, 3), more(2200, 4), more(2500, 5), more(9000, 6), last(9100, 7)},
			want:  []string{"2@800", "4@2300", "5@3800", "6@9000", "7@9100"},
		},
		{
			name:  "slow edits",
			parts: []part{more(0, 1), more(1000, 2), more(2000, 3), more(4000, 4), last(20000, 5)}, edit: 2000,
			want: []string{"1@700", "4@4200", "5@20000"},
		},
		{name: "urgent", parts: []part{urgent(0, 1), last(100, 2)}, want: []string{"1@0", "2@100"}},
		{name: "urgent after a part", parts: []part{more(0, 1), urgent(100, 2), last(3000, 3)}, want: []string{"2@100", "3@3000"}},
		{name: "halted", parts: []part{more(0, 1), more(800, 2), more(5000, 3), last(6000, 4)}, halt: 1500, want: []string{"1@700", "halt@1500"}},
		{name: "halted before the first", parts: []part{more(1000, 1), last(6000, 4)}, halt: 500, want: []string{"halt@500"}},
	} {
		t.Run(x.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				halt := make(chan struct{})
				if x.halt > 0 {
					time.AfterFunc(time.Duration(x.halt)*time.Millisecond, func() { close(halt) })
				}
				var got []string
				stopped, began := false, time.Now()
				for r, err := range discord.Paced(coming(x.parts, &stopped), halt) {
					what := r.Lead
					if errors.Is(err, discord.ErrHalted) {
						what = "halt"
					}
					got = append(got, fmt.Sprintf("%s@%d", what, time.Since(began).Milliseconds()))
					<-time.After(time.Duration(x.edit) * time.Millisecond)
				}
				if !slices.Equal(got, x.want) {
					t.Errorf("shown %v, want %v", got, x.want)
				}
				if stopped != (x.halt > 0) {
					t.Errorf("the answerer was told to stop: %v", stopped)
				}
			})
		})
	}
}

// TestPacedEnds expects the error that ends an answer at once, a panic in the
// consumer, and an answerer that notices when nobody reads on.
func TestPacedEnds(t *testing.T) {
	cut := errors.New("cut short")
	synctest.Test(t, func(t *testing.T) {
		var ended error
		for r, err := range discord.Paced(func(yield func(bot.Reply, error) bool) {
			_ = yield(bot.Reply{}, nil) && yield(bot.Reply{}, cut)
		}, nil) {
			if err == nil {
				t.Errorf("shown %q", r.Lead)
			}
			ended = err
		}
		if !errors.Is(ended, cut) {
			t.Errorf("ended with %v", ended)
		}
		stopped := false
		for _, err := range discord.Paced(coming([]part{more(0, 1), more(5000, 2), last(6000, 3)}, &stopped), nil) {
			if err != nil {
				t.Error(err)
			}
			break
		}
		if !stopped {
			t.Error("the answerer was not told that nobody reads on")
		}
	})
	synctest.Test(t, func(t *testing.T) {
		defer func() {
			if v := recover(); v != cut { //nolint:errorlint // what was thrown, not an error of it
				t.Errorf("the consumer saw %v", v)
			}
		}()
		for r, err := range discord.Paced(func(yield func(bot.Reply, error) bool) {
			yield(bot.Reply{}, nil)
			panic(cut)
		}, nil) {
			t.Errorf("shown %q, %v", r.Lead, err)
		}
	})
}
