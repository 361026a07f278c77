package store_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"porchlight/bot"
	"porchlight/bot/inbox/database"
	"porchlight/bot/inbox/store"
)

// Counters take names from a fixed list only, add up over processes and starts,
// and are written at the end at the latest.
func TestCounters(t *testing.T) {
	each(t, func(t *testing.T, e engine) {
		place := e.place(t)
		for range 2 {
			s := open(t, place, master(t, 1), quick())
			for _, name := range []string{
				"answered", "answered", "topic.a-b_9", strings.Repeat("x", 64),
				"", "Answered", "my passport", "naïve", "a\n", strings.Repeat("x", 65), "a;b",
			} {
				s.Count(name)
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
		}
		s := open(t, place, master(t, 1), quick())
		got, err := s.Counters(t.Context(), time.Now().Add(-day))
		if err != nil {
			t.Fatal(err)
		}
		today := time.UnixMilli(time.Now().UnixMilli() / day.Milliseconds() * day.Milliseconds()).UTC()
		want := map[string]int{"answered": 4, "topic.a-b_9": 2, strings.Repeat("x", 64): 2}
		for _, c := range got {
			if c.N != want[c.Name] || today.Sub(c.Day)%day != 0 || today.Sub(c.Day) > day {
				t.Errorf("counted %+v, want %d today, %v", c, want[c.Name], today)
			}
			delete(want, c.Name)
		}
		if len(want) > 0 {
			t.Errorf("not counted: %v", want)
		}
		if later, err := s.Counters(t.Context(), time.Now().Add(2*day)); err != nil || len(later) > 0 {
			t.Errorf("of days to come: %v, %v", later, err)
		}
	})
}

// Counters that cannot be written now are written later.
func TestCountersWait(t *testing.T) {
	each(t, func(t *testing.T, e engine) {
		var j journal
		o := quick()
		o.Scrub, o.Log = time.Millisecond, j.log()
		place := e.place(t)
		s := open(t, place, master(t, 1), o)
		execute(t, place, "ALTER TABLE counter RENAME TO gone")
		s.Count("answered")
		attend(t, s)
		eventually(t, "a try", func() bool { return strings.Contains(j.String(), `"step":"count"`) })
		execute(t, place, "ALTER TABLE gone RENAME TO counter")
		eventually(t, "it is written", func() bool { return query(t, place, "SELECT COALESCE(sum(n),0) FROM counter") == 1 })
	})
}

func TestSettings(t *testing.T) {
	each(t, func(t *testing.T, e engine) {
		s := open(t, e.place(t), master(t, 1), quick())
		for _, step := range []struct{ scope, name, set, want string }{
			{"team", "lang", "", ""},
			{"team", "lang", "es", "es"},
			{"team", "lang", "en", "en"},
			{"another", "lang", "", ""},
			{"team", "country", "", ""},
		} {
			if step.set != "" {
				if err := s.Set(t.Context(), step.scope, step.name, step.set); err != nil {
					t.Fatal(err)
				}
			}
			if got, err := s.Setting(t.Context(), step.scope, step.name); err != nil || got != step.want {
				t.Errorf("%v: got %q, %v", step, got, err)
			}
		}
	})
}

// Sweep drops what is past its time and nothing else.
func TestSweep(t *testing.T) {
	each(t, func(t *testing.T, e engine) {
		place := e.place(t)
		s := open(t, place, master(t, 1), quick())
		put(t, s, one())
		got, stop := attend(t, s)
		next(t, got, "one")
		stop()
		put(t, s, message("open", "talk", "ann"))
		rows := func(want int64) {
			t.Helper()
			if err := s.Sweep(t.Context()); err != nil {
				t.Fatal(err)
			}
			if n := query(t, place, "SELECT count(*) FROM inbox"); n != want {
				t.Errorf("%d rows, want %d", n, want)
			}
		}
		rows(2)
		pass(t, place, 24*time.Hour+50*time.Minute)
		rows(2)
		put(t, s, one()) // known, a day later
		waiting(t, s, 1)
		if _, oldest, err := s.Waiting(t.Context()); err != nil || oldest < day || oldest > 2*day {
			t.Errorf("the oldest is %v old, %v", oldest, err)
		}
		pass(t, place, 20*time.Minute)
		rows(1)
		put(t, s, one()) // no platform repeats that late
		waiting(t, s, 2)
	})
}

// A message that a clock put back has moved far ahead is due again.
func TestSweepFrees(t *testing.T) {
	each(t, func(t *testing.T, e engine) {
		place := e.place(t)
		s := open(t, place, master(t, 1), quick())
		put(t, s, one())
		pass(t, place, -time.Hour)
		if err := s.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		got, _ := attend(t, s)
		next(t, got, "one")
	})
}

// A clock put back by an hour, as the process runs or before it starts again,
// keeps nobody waiting, and gives no limit, memory or lease a longer life.
// Postgres has the time of its server, whatever ours is.
func TestClockPutBack(t *testing.T) {
	for name, restart := range map[string]bool{"running": false, "at a restart": true} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, e engine) {
				var c traveller
				var seen events
				place := e.place(t)
				o := c.options()
				o.Person, o.Observe = 2, seen.observe
				s := open(t, place, master(t, 1), o)
				put(t, s, one(), message("two", "talk", "ann"))
				if _, _, err := s.Hold(t.Context(), "shard", 15*time.Second); err != nil {
					t.Fatal(err)
				}
				if restart {
					if err := s.Close(); err != nil {
						t.Fatal(err)
					}
				}
				c.pass(-time.Hour)
				if restart {
					s = open(t, place, master(t, 1), o)
				}
				got := make(chan bot.Message, 10)
				work(t, s, func(ctx context.Context, m bot.Message) error { // which sweeps first
					got <- m
					return ctx.Err()
				})
				next(t, got, "one")
				next(t, got, "two")
				put(t, s, message("three", "talk", "bea"))
				next(t, got, "three")
				if restart && e.name == "sqlite" { // those before are in the time to come, and count no more
					put(t, s, message("four", "talk", "ann"))
					next(t, got, "four")
				}
				eventually(t, "all are answered", func() bool { return seen.n(store.Answered) == seen.n(store.Stored) })
				if n := seen.n(store.TakenAgain); n > 0 {
					t.Errorf("%d were handed out again", n)
				}
				if restart && e.name == "sqlite" {
					if ok, _, err := s.Hold(t.Context(), "shard", 15*time.Second); !ok || err != nil {
						t.Errorf("the lease of a dead process lives on: %v, %v", ok, err)
					}
				}
			})
		})
	}
}

// Waiting is nothing in an empty store.
func TestWaiting(t *testing.T) {
	each(t, func(t *testing.T, e engine) {
		s := open(t, e.place(t), master(t, 1), quick())
		if n, oldest, err := s.Waiting(t.Context()); n != 0 || oldest != 0 || err != nil {
			t.Errorf("%d open, %v, %v", n, oldest, err)
		}
	})
}

// After Close nothing is stored, and nothing hangs.
func TestClosed(t *testing.T) {
	each(t, func(t *testing.T, e engine) {
		s := open(t, e.place(t), master(t, 1), quick())
		for range 2 {
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.Put(t.Context(), one()); !errors.Is(err, database.ErrClosed) {
			t.Errorf("Put: %v", err)
		}
	})
}

// Ready tells whether a message could be stored.
func TestReady(t *testing.T) {
	each(t, func(t *testing.T, e engine) {
		place := e.place(t)
		s := open(t, place, master(t, 1), quick())
		if err := s.Ready(t.Context()); err != nil {
			t.Error(err)
		}
		execute(t, place, "ALTER TABLE lease RENAME TO gone")
		if err := s.Ready(t.Context()); err == nil {
			t.Error("ready, although nothing can be written")
		}
	})
}
