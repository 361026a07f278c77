package bot_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"porchlight/bot"
	"porchlight/bot/bottest"
)

// answererFunc is an Answerer.
type answererFunc func(context.Context, bot.Message, func(bot.Reply, error) bool)

func (f answererFunc) Answer(ctx context.Context, m bot.Message) bot.Replies {
	return func(yield func(bot.Reply, error) bool) { f(ctx, m, yield) }
}

// show is a reply in short: what it says, ! when urgent, . when final.
func show(r bot.Reply, err error) string {
	s := r.Lead
	if r.Urgent {
		s += "!"
	}
	if r.Final {
		s += "."
	}
	if err != nil {
		s += " " + err.Error()
	}
	return s
}

func fixedHelp(bot.Message) bot.Reply { return bot.Reply{Lead: "help"} }

// Whatever the answerer does, the answer comes to an end, in time.
func TestGuarded(t *testing.T) {
	const deadline = 40 * time.Second
	half, urgent, final := bot.Reply{Lead: "half"}, bot.Reply{Lead: "call", Urgent: true}, bot.Reply{Lead: "whole", Final: true}
	patient := func(r bot.Reply) answererFunc {
		return func(ctx context.Context, _ bot.Message, yield func(bot.Reply, error) bool) {
			if yield(r, nil) {
				<-ctx.Done()
			}
		}
	}
	for _, test := range []struct {
		name   string
		handed bot.Handed
		answer answererFunc
		want   []string
		lost   string
		took   time.Duration
	}{
		{"good", bot.Handed{}, func(_ context.Context, _ bot.Message, yield func(bot.Reply, error) bool) {
			_ = yield(half, nil) && yield(final, nil)
		}, []string{"half", "whole."}, "", 0},
		{"asked for the fixed text", bot.Handed{Fixed: true}, nil, []string{"help."}, "fixed", 0},
		{"panics", bot.Handed{}, func(context.Context, bot.Message, func(bot.Reply, error) bool) {
			panic("words of a person")
		}, []string{"help."}, "panic", 0},
		{"panics half way", bot.Handed{}, func(_ context.Context, _ bot.Message, yield func(bot.Reply, error) bool) {
			yield(half, nil)
			panic("words of a person")
		}, []string{"half", "help."}, "panic", 0},
		{"panics after what is urgent", bot.Handed{}, func(_ context.Context, _ bot.Message, yield func(bot.Reply, error) bool) {
			yield(urgent, nil)
			panic("words of a person")
		}, []string{"call!", "call!."}, "panic", 0},
		{"nothing", bot.Handed{}, func(context.Context, bot.Message, func(bot.Reply, error) bool) {}, []string{"help."}, "empty", 0},
		{"never final", bot.Handed{}, func(_ context.Context, _ bot.Message, yield func(bot.Reply, error) bool) {
			yield(half, nil)
		}, []string{"half", "help."}, "empty", 0},
		{"urgent and never final", bot.Handed{}, func(_ context.Context, _ bot.Message, yield func(bot.Reply, error) bool) {
			yield(urgent, nil)
		}, []string{"call!", "call!."}, "empty", 0},
		{"too long", bot.Handed{}, patient(half), []string{"half", "help."}, "deadline", deadline},
		{"too long and urgent", bot.Handed{}, patient(urgent), []string{"call!", "call!."}, "deadline", deadline},
		{"too long, and says so", bot.Handed{}, func(ctx context.Context, _ bot.Message, yield func(bot.Reply, error) bool) {
			<-ctx.Done()
			yield(half, ctx.Err())
		}, []string{"help."}, "deadline", deadline},
		{"an error", bot.Handed{}, func(_ context.Context, _ bot.Message, yield func(bot.Reply, error) bool) {
			yield(half, errAgain)
		}, []string{"half " + errAgain.Error()}, "", 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { // ends with every goroutine gone
				var buf bytes.Buffer
				var lost, got []string
				g := bot.Guarded{
					Answerer: test.answer, Fixed: fixedHelp, Log: slog.New(slog.NewTextHandler(&buf, nil)),
					Lost: func(why string) { lost = append(lost, why) },
				}
				began := time.Now()
				for r, err := range g.Answer(t.Context(), bot.Message{ID: "1", Handed: test.handed}) {
					got = append(got, show(r, err))
				}
				if took := time.Since(began); took != test.took {
					t.Errorf("took %v, want %v", took, test.took)
				}
				if !slices.Equal(got, test.want) {
					t.Errorf("got %q, want %q", got, test.want)
				}
				if strings.Join(lost, " ") != test.lost {
					t.Errorf("lost by %q, want %q", lost, test.lost)
				}
				if log := buf.String(); strings.Contains(log, "words of") || (test.lost == "panic") != strings.Contains(log, "panic while answering") {
					t.Errorf("the log:\n%s", log)
				}
			})
		})
	}
}

// An answerer that does not heed its ctx is left behind.
func TestGuardedLeavesTheDeafBehind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		wake := make(chan bool)
		g := bot.Guarded{Deadline: time.Second, Fixed: fixedHelp, Answerer: answererFunc(
			func(_ context.Context, _ bot.Message, yield func(bot.Reply, error) bool) {
				yield(bot.Reply{Lead: "half"}, nil)
				<-wake
				yield(bot.Reply{Lead: "too late", Final: true}, nil)
			})}
		began := time.Now()
		var got []string
		for r, err := range g.Answer(t.Context(), bot.Message{}) {
			got = append(got, show(r, err))
		}
		if want := []string{"half", "help."}; !slices.Equal(got, want) || time.Since(began) != time.Second {
			t.Errorf("got %q after %v, want %q", got, time.Since(began), want)
		}
		close(wake) // and it ends without harm
	})
}

// An answer that ends at its deadline without a word was too long, and not empty,
// however slow its consumer is to see that.
func TestGuardedSaysWhy(t *testing.T) {
	for range 20 { // a select of two has no order
		synctest.Test(t, func(t *testing.T) {
			var lost []string
			g := bot.Guarded{
				Deadline: time.Second, Fixed: fixedHelp, Lost: func(why string) { lost = append(lost, why) },
				Answerer: answererFunc(func(ctx context.Context, _ bot.Message, yield func(bot.Reply, error) bool) {
					yield(bot.Reply{Lead: "half"}, nil)
					<-ctx.Done()
				}),
			}
			for _, err := range g.Answer(t.Context(), bot.Message{}) {
				if err != nil {
					t.Error(err)
				}
				<-time.After(time.Minute)
			}
			if want := []string{"deadline"}; !slices.Equal(lost, want) {
				t.Errorf("lost by %q, want %q", lost, want)
			}
		})
	}
}

// The end of ctx is an error, whether the answerer heeds it or not: the message
// comes back.
func TestGuardedEndsWithCtx(t *testing.T) {
	for name, heeds := range map[string]bool{"heeded": true, "not heeded": false} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				wake := make(chan bool)
				defer close(wake)
				ctx, cancel := context.WithTimeout(t.Context(), time.Second)
				defer cancel()
				g := bot.Guarded{Fixed: fixedHelp, Lost: func(why string) { t.Errorf("lost by %s", why) }, Answerer: answererFunc(
					func(ctx context.Context, _ bot.Message, yield func(bot.Reply, error) bool) {
						if !yield(bot.Reply{Lead: "half"}, nil) {
							return
						}
						if heeds {
							<-ctx.Done()
							yield(bot.Reply{}, ctx.Err())
							return
						}
						<-wake
					})}
				var err error
				n := 0
				for r, e := range g.Answer(ctx, bot.Message{ID: "1"}) {
					n++
					if err = e; r.Final {
						t.Error("it ends as if it were whole")
					}
				}
				if n != 2 || !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("%d replies, then %v", n, err)
				}
			})
		})
	}
}

// Who stops listening leaves nobody talking.
func TestGuardedStopsEarly(t *testing.T) {
	bottest.NoneLeft(t)
	ended := make(chan error, 1)
	g := bot.Guarded{Fixed: fixedHelp, Answerer: answererFunc(func(ctx context.Context, _ bot.Message, yield func(bot.Reply, error) bool) {
		for yield(bot.Reply{Lead: "on and on"}, nil) {
		}
		ended <- ctx.Err()
	})}
	for _, err := range g.Answer(t.Context(), bot.Message{}) {
		if err != nil {
			t.Error(err)
		}
		break
	}
	if err := bottest.Receive(t, "the end of the answerer", ended); !errors.Is(err, context.Canceled) {
		t.Errorf("its ctx: %v, want it cancelled", err)
	}
}
