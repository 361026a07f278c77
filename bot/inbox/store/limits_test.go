package store_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"porchlight/bot"
	"porchlight/bot/inbox/store"
)

// What comes beyond a limit waits its turn, the longer the more there is, and is
// never dropped. Who waits is told once, and again only much later.
func TestLimits(t *testing.T) {
	for _, test := range []struct {
		name         string
		person, talk int
		message      func(n int) bot.Message
	}{
		{"of a person", 2, -1, func(n int) bot.Message { return message(fmt.Sprint(n), fmt.Sprint("talk ", n), "ann") }},
		{"of a conversation", -1, 2, func(n int) bot.Message { return message(fmt.Sprint(n), "talk", fmt.Sprint("person ", n)) }},
		{"of nobody known", -1, 2, func(n int) bot.Message { return message(fmt.Sprint(n), "talk", "") }},
	} {
		t.Run(test.name, func(t *testing.T) {
			each(t, func(t *testing.T, e engine) {
				var seen events
				o := quick()
				o.Person, o.Talk, o.Observe = test.person, test.talk, seen.observe
				place := e.place(t)
				s := open(t, place, master(t, 1), o)
				n := 0
				more := func(count int) {
					for range count {
						put(t, s, test.message(n))
						n++
					}
				}
				got, _ := attend(t, s)
				wants := func(id string, waited bool) {
					t.Helper()
					if m := next(t, got, id); m.Handed.Waited != waited {
						t.Errorf("%s is to be told that it waited: %v, want %v", id, m.Handed.Waited, waited)
					}
				}
				more(1)
				wants("0", false)
				more(1)
				wants("1", false)
				more(2)
				if want := []time.Duration{30 * time.Second, time.Minute}; !slices.Equal(seen.of(store.Delayed), want) {
					t.Errorf("delayed for %v, want %v", seen.of(store.Delayed), want)
				}
				put(t, s, test.message(3)) // the platform repeats
				idle(t, s, got, "stranger")
				pass(t, place, 30*time.Second)
				wants("2", true)
				idle(t, s, got, "another stranger")
				pass(t, place, 30*time.Second)
				wants("3", false)

				for _, waited := range []bool{false, true} { // after one window, and after ten
					pass(t, place, time.Minute)
					for range 2 {
						more(1)
						wants(fmt.Sprint(n-1), false)
					}
					more(1)
					pass(t, place, 30*time.Second)
					wants(fmt.Sprint(n-1), waited)
					pass(t, place, 10*time.Minute)
				}
			})
		})
	}
}

// No wait is longer than ten minutes.
func TestLimitOfTheWait(t *testing.T) {
	var seen events
	o := quick()
	o.Person, o.Window, o.Observe = 1, time.Hour, seen.observe
	s := open(t, t.TempDir(), master(t, 1), o)
	put(t, s, one(), message("two", "talk", "ann"))
	if got := seen.of(store.Delayed); len(got) != 1 || got[0] != 10*time.Minute {
		t.Errorf("delayed for %v, want ten minutes", got)
	}
}

func rushes(m bot.Message) bool { return strings.Contains(m.Text, "danger") }

// What rushes is held up by no limit, nor by what rests before it; but it never
// runs beside another of its conversation.
func TestRush(t *testing.T) {
	danger, command := message("danger", "talk", "ann"), message("forget", "talk", "ann")
	command.Command = bot.Forget
	for _, test := range []struct {
		name  string
		err   error // of the first message
		limit int
		last  bot.Message
		hand  bool // the first message stays in hand
	}{
		{"passes a limit", nil, 1, danger, false},
		{"passes what a limit delays", nil, 1, danger, false},
		{"passes what rests", &bot.LaterError{After: 5 * time.Minute, Err: errAgain}, -1, danger, false},
		{"so does a wish to be forgotten", &bot.LaterError{After: 5 * time.Minute, Err: errAgain}, 1, command, false},
		{"waits for what is in hand", nil, -1, danger, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			each(t, func(t *testing.T, e engine) {
				var seen events
				o := quick()
				o.Person, o.Rush, o.Observe = test.limit, rushes, seen.observe
				s := open(t, e.place(t), master(t, 1), o)
				got, release := make(chan bot.Message, 10), make(chan struct{})
				work(t, s, func(_ context.Context, m bot.Message) error {
					got <- m
					if m.ID != "one" {
						return nil
					}
					if test.hand {
						<-release
					}
					return test.err
				})
				put(t, s, one())
				next(t, got, "one")
				if !test.hand {
					eventually(t, "an end", func() bool { return seen.n(store.Answered)+seen.n(store.Failed) == 1 })
				}
				if test.limit > 0 && test.err == nil {
					put(t, s, message("delayed", "talk", "ann"))
				}
				put(t, s, test.last)
				if test.hand {
					idle(t, s, got, "stranger")
					close(release)
				}
				if m := next(t, got, string(test.last.ID)); m.Handed.Waited {
					t.Error("it is to be told that it waited")
				}
				idle(t, s, got, "another stranger")
			})
		})
	}
}

// Beyond MaxOpen the texts of one person are joined, in order, and answered once.
func TestJoin(t *testing.T) {
	with := func(m bot.Message, change func(*bot.Message)) bot.Message {
		change(&m)
		return m
	}
	a := func(id string) bot.Message { return message(id, "talk", "ann") }
	each(t, func(t *testing.T, e engine) {
		var seen events
		o := quick()
		o.MaxOpen, o.Observe, o.Workers = 2, seen.observe, 1
		s := open(t, e.place(t), master(t, 1), o)
		put(t, s, a("a1"), a("a2"))
		put(t, s, a("a3"), message("b1", "talk", "bea"), a("a4"), message("b2", "talk", "bea"))
		put(t, s, with(a("a5"), func(m *bot.Message) { m.Share = true }))
		put(t, s, with(a("a6"), func(m *bot.Message) { m.Private = true }))
		put(t, s, with(a("a7"), func(m *bot.Message) { m.Command = bot.ShowHelp }))
		put(t, s, a("a8")) // the last one of hers is a command, which nothing can be joined to
		put(t, s, with(a("a9"), func(m *bot.Message) { m.From.Adapter = "another" }))
		put(t, s, message("elsewhere", "garden", "ann"))
		put(t, s, a("a3"), a("a4"), message("b2", "talk", "bea")) // the platform repeats
		if seen.n(store.Joined) != 3 || seen.n(store.Duplicate) != 3 {
			t.Errorf("observed %v", seen.all)
		}
		got, _ := attend(t, s)
		for _, want := range []struct{ id, text string }{
			{"a1", "words of a1"}, {"a2", "words of a2\nwords of a3\nwords of a4"}, {"b1", "words of b1\nwords of b2"},
			{"a5", "words of a5"}, {"a6", "words of a6"}, {"a7", "words of a7"}, {"a8", "words of a8"}, {"a9", "words of a9"},
			{"elsewhere", "words of elsewhere"},
		} {
			if m := next(t, got, want.id); m.Text != want.text {
				t.Errorf("%s came with %q, want %q", m.ID, m.Text, want.text)
			}
		}
		idle(t, s, got, "stranger")
	})
}

// Nothing is joined to what somebody has, or had, in hand.
func TestJoinNotInHand(t *testing.T) {
	each(t, func(t *testing.T, e engine) {
		o := quick()
		o.MaxOpen = 1
		s := open(t, e.place(t), master(t, 1), o)
		taken, release := make(chan bot.Message, 10), make(chan struct{})
		work(t, s, func(_ context.Context, m bot.Message) error {
			taken <- m
			<-release
			return nil
		})
		put(t, s, one())
		next(t, taken, "one")
		put(t, s, message("two", "talk", "ann"), message("three", "talk", "ann"))
		close(release)
		if m := next(t, taken, "two"); m.Text != "words of two\nwords of three" {
			t.Errorf("got %q", m.Text)
		}
		idle(t, s, taken, "stranger")
	})
}

// What would make a text too long is acknowledged and left out, unless it rushes;
// and then the whole is answered at once.
func TestJoinIsBounded(t *testing.T) {
	const most = 64 << 10
	each(t, func(t *testing.T, e engine) {
		var seen events
		o := quick()
		o.MaxOpen, o.Person, o.Rush, o.Observe = 1, 1, rushes, seen.observe
		s := open(t, e.place(t), master(t, 1), o)
		say := func(id, text string) {
			m := message(id, "talk", "ann")
			m.Text = text
			put(t, s, m)
		}
		got, stop := attend(t, s)
		say("0", "first")
		next(t, got, "0")
		eventually(t, "an answer", func() bool { return seen.n(store.Answered) == 1 })
		say("1", strings.Repeat("w", most/2))
		idle(t, s, got, "stranger") // it is delayed
		say("2", strings.Repeat("x", most/4))
		say("3", strings.Repeat("y", most/2))
		idle(t, s, got, "another stranger")
		stop()
		say("4", strings.Repeat("z", most/2)+"danger")
		got, _ = attend(t, s)
		m := next(t, got, "1")
		if want := []int{most / 2, most / 4, 0, most / 2}; !slices.Equal(counts(m.Text, "wxyz"), want) {
			t.Errorf("joined %v, want %v", counts(m.Text, "wxyz"), want)
		}
		if n := seen.n(store.Joined); n != 3 {
			t.Errorf("%d joined, want 3", n)
		}
	})
}

func counts(text, letters string) (n []int) {
	for _, c := range letters {
		n = append(n, strings.Count(text, string(c)))
	}
	return n
}
