package store_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"porchlight/bot"
	"porchlight/bot/bottest"
	"porchlight/bot/conversation"
	"porchlight/bot/inbox/store"
)

// A platform counts the posts for a message, and can be asked for them.
type platform struct {
	mu    sync.Mutex
	posts map[bot.MessageID]int
}

// deliver posts, unless the message was handed out before and its post stands.
func (p *platform) deliver(m bot.Message) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.posts == nil {
		p.posts = make(map[bot.MessageID]int)
	}
	if !m.Handed.Again || p.posts[m.ID] == 0 {
		p.posts[m.ID]++
	}
}

func (p *platform) once(t *testing.T, id bot.MessageID) {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.posts[id] != 1 {
		t.Errorf("%s was posted %d times, want once", id, p.posts[id])
	}
}

// TestFailures is the table of what may fail between a platform and its answer:
// nothing is lost, and nothing is posted twice.
func TestFailures(t *testing.T) {
	for _, row := range []struct {
		fault string
		test  func(*testing.T, engine)
	}{
		{"before the row is committed", beforeCommit},
		{"committed, before the acknowledgement", beforeAcknowledging},
		{"acknowledged, before it is taken", beforeTaking},
		{"taken, before the post", func(t *testing.T, e engine) { takenOver(t, e, func(*platform, bot.Message) {}) }},
		{"posted, before Done", func(t *testing.T, e engine) { takenOver(t, e, (*platform).deliver) }},
		{"the check fails", checkFails},
		{"paused past its lease", pausedPastLease},
		{"an answer outlasts its lease", outlastsLease},
		{"forgotten meanwhile", forgottenMeanwhile},
	} {
		t.Run(row.fault, func(t *testing.T) { each(t, row.test) })
	}
}

// The platform is told no, and what it repeats is a first time.
func beforeCommit(t *testing.T, e engine) {
	var seen events
	o := quick()
	o.Observe = seen.observe
	place := e.place(t)
	s := open(t, place, master(t, 1), o)
	execute(t, place, "ALTER TABLE inbox RENAME TO gone")
	if err := s.Put(t.Context(), one()); err == nil {
		t.Error("Put acknowledged what it could not store")
	}
	execute(t, place, "ALTER TABLE gone RENAME TO inbox")
	waiting(t, s, 0)
	put(t, s, one())
	got, _ := attend(t, s)
	if m := next(t, got, "one"); m.Handed != (bot.Handed{}) {
		t.Errorf("handed out as %+v, want as for the first time", m.Handed)
	}
	idle(t, s, got, "stranger")
	if seen.n(store.Refused) != 1 || seen.n(store.Stored) != 2 || seen.n(store.Duplicate) != 0 {
		t.Errorf("observed %v", seen.all)
	}
}

// The platform repeats; that is no second question, open, in hand or answered.
func beforeAcknowledging(t *testing.T, e engine) {
	var seen events
	o := quick()
	o.Observe = seen.observe
	place := e.place(t)
	s := open(t, place, master(t, 1), o)
	put(t, s, one(), one())
	got, stop := attend(t, s)
	next(t, got, "one")
	eventually(t, "an answer", func() bool { return seen.n(store.Answered) == 1 })
	put(t, s, one())
	idle(t, s, got, "stranger")
	stop()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, place, master(t, 1), o)
	put(t, s, one()) // known after a restart, too
	got, _ = attend(t, s)
	idle(t, s, got, "another stranger")
	if seen.n(store.Duplicate) != 3 {
		t.Errorf("%d known ids observed, want 3", seen.n(store.Duplicate))
	}
}

// The row is there for the next process.
func beforeTaking(t *testing.T, e engine) {
	place := e.place(t)
	s := open(t, place, master(t, 1), quick())
	put(t, s, one())
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, place, master(t, 1), quick())
	got, _ := attend(t, s)
	if m := next(t, got, "one"); m.Handed != (bot.Handed{}) || m.Text != "words of one" {
		t.Errorf("handed out as %+v with %q, want as for the first time", m.Handed, m.Text)
	}
}

// A process dies with a message in hand: another has it once the lease ended, in
// a directory of one process at once, and knows to ask the platform first.
func takenOver(t *testing.T, e engine, before func(*platform, bot.Message)) {
	place := e.place(t)
	s := open(t, place, master(t, 1), quick())
	put(t, s, one(), message("two", "talk", "ann"))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	var p platform
	die(t, place, quick(), func(m bot.Message) { before(&p, m) })
	s = open(t, place, master(t, 1), quick())
	got, _ := attend(t, s)
	if e.name == "postgres" {
		idle(t, s, got, "stranger") // not before its lease ends
		lapse(t, place)
	}
	m := next(t, got, "one")
	if !m.Handed.Again || m.Handed.Fixed {
		t.Errorf("handed out as %+v, want again", m.Handed)
	}
	p.deliver(m)
	p.once(t, "one")
	if m := next(t, got, "two"); m.Handed.Again {
		t.Error("its successor was never handed out, and is marked so")
	}
	idle(t, s, got, "end")
}

// Whatever the error, the message comes back, each time a little later.
func checkFails(t *testing.T, e engine) {
	var rests []int
	var seen events
	o := quick()
	o.Observe = seen.observe
	o.Backoff = func(n int) time.Duration {
		rests = append(rests, n)
		return time.Millisecond
	}
	s := open(t, e.place(t), master(t, 1), o)
	put(t, s, one())
	var again []bool
	stop := work(t, s, func(_ context.Context, m bot.Message) error {
		again = append(again, m.Handed.Again)
		if len(again) < 4 {
			return fmt.Errorf("check %s: %w", m.ID, errAgain)
		}
		return nil
	})
	eventually(t, "an answer", func() bool { return seen.n(store.Answered) == 1 })
	stop()
	if want := []int{1, 2, 3}; !slices.Equal(rests, want) {
		t.Errorf("rested after errors %v, want %v", rests, want)
	}
	if want := []bool{false, true, true, true}; !slices.Equal(again, want) {
		t.Errorf("handed out again: %v, want %v", again, want)
	}
	if seen.n(store.Taken) != 4 || seen.n(store.TakenAgain) != 3 || seen.n(store.Failed) != 3 {
		t.Errorf("observed %v", seen.all)
	}
}

// A worker that slept through its lease changes nothing when it wakes up.
func pausedPastLease(t *testing.T, e engine) {
	place := e.place(t)
	first := open(t, place, master(t, 1), quick())
	second := first
	if e.name == "postgres" {
		second = open(t, place, master(t, 1), quick())
	}
	put(t, first, one())
	taken := make(chan bot.Message, 2)
	late, early := make(chan struct{}), make(chan struct{})
	do := func(s *store.Store) doer {
		return func(ctx context.Context, m bot.Message) error {
			release, lang := late, "late"
			if m.Handed.Again {
				release, lang = early, "early"
			}
			if err := s.Save(ctx, m.Person, m.Conversation, topic(lang)); err != nil {
				t.Error(err)
			}
			taken <- m
			<-release
			return nil
		}
	}
	stopFirst := work(t, first, do(first))
	next(t, taken, "one")
	lapse(t, place)
	stopSecond := work(t, second, do(second))
	if m := next(t, taken, "one"); !m.Handed.Again {
		t.Error("the second worker does not know of the first")
	}
	close(late)
	if second != first {
		stopFirst()
	} else { // the first worker is through once another message was answered after it
		settled(t, first)
	}
	waiting(t, first, 1)
	remembers(t, first, "talk", "")
	close(early)
	eventually(t, "an answer", func() bool { n, _, err := first.Waiting(t.Context()); return err == nil && n == 0 })
	stopFirst()
	stopSecond()
	remembers(t, first, "talk", "early")
}

// settled returns once the writer has done what was asked of it before.
func settled(t *testing.T, s *store.Store) {
	t.Helper()
	for range 3 {
		if err := s.Set(t.Context(), "", "settled", ""); err != nil {
			t.Fatal(err)
		}
	}
}

// An answer is ended while its lease still lasts, and comes back after that.
func outlastsLease(t *testing.T, e engine) {
	var seen events
	o := quick()
	o.Lease = 120 * time.Millisecond
	o.Observe = seen.observe
	s := open(t, e.place(t), master(t, 1), o)
	put(t, s, one())
	work(t, s, func(ctx context.Context, m bot.Message) error {
		if m.Handed.Again {
			return nil
		}
		if end, ok := ctx.Deadline(); !ok || time.Until(end) > o.Lease*5/6 {
			t.Errorf("it has %v of a lease of %v", time.Until(end), o.Lease)
		}
		<-ctx.Done()
		return ctx.Err()
	})
	eventually(t, "an answer", func() bool { return seen.n(store.Answered) == 1 })
	if rest := seen.of(store.Failed); len(rest) > 0 && rest[0] > o.Lease/6 {
		t.Errorf("rests for %v, want until the lease ends", rest[0])
	}
}

// A message that is forgotten while it is in hand leaves nothing.
func forgottenMeanwhile(t *testing.T, e engine) {
	var seen events
	o := quick()
	o.Observe = seen.observe
	s := open(t, e.place(t), master(t, 1), o)
	put(t, s, one())
	taken, release := make(chan bot.Message, 1), make(chan struct{})
	stop := work(t, s, func(ctx context.Context, m bot.Message) error {
		if err := s.Save(ctx, m.Person, m.Conversation, topic("en")); err != nil {
			t.Error(err)
		}
		taken <- m
		<-release
		return nil
	})
	next(t, taken, "one")
	forget(t, s, "ann", "talk", conversation.Erased{Questions: 1})
	close(release)
	stop()
	remembers(t, s, "talk", "")
	put(t, s, one()) // the platform repeats
	waiting(t, s, 0)
	if seen.n(store.Answered) != 0 || seen.n(store.Forgotten) != 1 || seen.n(store.Duplicate) != 1 {
		t.Errorf("observed %v", seen.all)
	}
}

// TestRests is for how long a message rests after which error; it comes back
// after that, and the next of its conversation waits for it.
func TestRests(t *testing.T) {
	const lease = time.Minute
	for _, test := range []struct {
		name        string
		err         error
		least, most time.Duration
	}{
		{"an error", errAgain, 3 * time.Minute, 3 * time.Minute},
		{"unclear", fmt.Errorf("post: %w", bot.ErrUnclear), lease - bottest.Patience, lease},
		{"out of time", context.DeadlineExceeded, lease - bottest.Patience, lease},
		{"later", fmt.Errorf("post: %w", &bot.LaterError{After: 7 * time.Minute, Err: errAgain}), 7 * time.Minute, 7 * time.Minute},
		{"much later", &bot.LaterError{After: time.Hour, Err: errAgain}, 10 * time.Minute, 10 * time.Minute},
		{"earlier", &bot.LaterError{After: -time.Hour, Err: errAgain}, 0, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			each(t, func(t *testing.T, e engine) {
				var seen events
				o := quick()
				o.Lease, o.Observe = lease, seen.observe
				o.Backoff = func(int) time.Duration { return 3 * time.Minute }
				place := e.place(t)
				s := open(t, place, master(t, 1), o)
				put(t, s, one(), message("two", "talk", "bea"))
				got := make(chan bot.Message, 10)
				work(t, s, func(_ context.Context, m bot.Message) error {
					got <- m
					if m.ID == "one" && !m.Handed.Again {
						return test.err
					}
					return nil
				})
				next(t, got, "one")
				eventually(t, "a failure", func() bool { return seen.n(store.Failed) == 1 })
				if d := seen.of(store.Failed)[0]; d < test.least || d > test.most {
					t.Errorf("rests for %v, want %v to %v", d, test.least, test.most)
				}
				if test.least > 0 {
					idle(t, s, got, "stranger")
					pass(t, place, test.least-bottest.Patience)
					idle(t, s, got, "another stranger")
					pass(t, place, test.most-test.least+bottest.Patience)
				}
				if m := next(t, got, "one"); !m.Handed.Again || m.Handed.Fixed {
					t.Errorf("handed out as %+v, want again", m.Handed)
				}
				next(t, got, "two")
			})
		})
	}
}

// TestBuried is how a message is given up: its words are gone, its id is known,
// its successor is answered, and the log says which it was.
func TestBuried(t *testing.T) {
	for _, test := range []struct {
		name  string
		do    func() error
		fixed []bool // of each try
		log   string
	}{
		{"at once", func() error { return fmt.Errorf("deliver: %w", bot.ErrGiveUp) }, []bool{false}, bot.ErrGiveUp.Error()},
		{"after errors", func() error { return errAgain }, []bool{false, false, true}, errAgain.Error()},
		{"after panics", func() error { panic("words of one") }, []bool{false, false, true}, "panic while answering"},
	} {
		t.Run(test.name, func(t *testing.T) {
			each(t, func(t *testing.T, e engine) {
				var seen events
				var j journal
				o := quick()
				o.Tries, o.Observe, o.Log = 3, seen.observe, j.log()
				place := e.place(t)
				s := open(t, place, master(t, 1), o)
				put(t, s, one(), message("two", "talk", "bea"))
				got := make(chan bot.Message, 10)
				var fixed []bool
				stop := work(t, s, func(_ context.Context, m bot.Message) error {
					if m.ID != "one" {
						got <- m
						return nil
					}
					fixed = append(fixed, m.Handed.Fixed)
					return test.do()
				})
				if m := next(t, got, "two"); m.Handed.Fixed {
					t.Error("its successor gets no answer, either")
				}
				put(t, s, one())
				idle(t, s, got, "stranger")
				stop()
				if !slices.Equal(fixed, test.fixed) {
					t.Errorf("asked for the fixed text: %v, want %v", fixed, test.fixed)
				}
				if seen.n(store.Buried) != 1 || seen.n(store.Duplicate) != 1 || seen.n(store.Failed) != len(fixed)-1 {
					t.Errorf("observed %v", seen.all)
				}
				j.check(t, `"msg":"message buried","message":{"id":"one"`, test.log)
				if n := query(t, place, "SELECT count(*) FROM inbox WHERE body IS NOT NULL"); n != 0 {
					t.Errorf("the words of %d are still there", n)
				}
			})
		})
	}
}

// A message that its process dies of, again and again, gets the fixed text.
func TestCrashes(t *testing.T) {
	each(t, func(t *testing.T, e engine) {
		o := quick()
		o.Crashes = 2
		place := e.place(t)
		s := open(t, place, master(t, 1), o)
		put(t, s, one())
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		for i := range 2 {
			die(t, place, o, func(m bot.Message) {
				if want := (bot.Handed{Again: i > 0}); m.Handed != want {
					t.Errorf("process %d got it as %+v, want %+v", i+1, m.Handed, want)
				}
			})
			lapse(t, place)
		}
		got, _ := attend(t, open(t, place, master(t, 1), o))
		if m := next(t, got, "one"); m.Handed != (bot.Handed{Again: true, Fixed: true}) {
			t.Errorf("handed out as %+v, want for the fixed text", m.Handed)
		}
	})
}

// What is in hand when Work ends is given back at once, and neither an error nor
// a crash of its own.
func TestShutdown(t *testing.T) {
	each(t, func(t *testing.T, e engine) {
		var seen events
		o := quick()
		o.Grace, o.Tries, o.Crashes, o.Observe = time.Millisecond, 2, 1, seen.observe
		s := open(t, e.place(t), master(t, 1), o)
		put(t, s, one())
		for i := range 3 {
			got := make(chan bot.Message, 1)
			stop := work(t, s, func(ctx context.Context, m bot.Message) error {
				got <- m
				<-ctx.Done()
				return ctx.Err()
			})
			if m := next(t, got, "one"); m.Handed != (bot.Handed{Again: i > 0}) {
				t.Errorf("time %d: handed out as %+v", i+1, m.Handed)
			}
			stop()
		}
		if seen.n(store.Failed)+seen.n(store.Buried) != 0 {
			t.Errorf("observed %v", seen.all)
		}
		got, _ := attend(t, s)
		next(t, got, "one")
	})
}

// What is answered within its grace needs not come again.
func TestShutdownWaits(t *testing.T) {
	each(t, func(t *testing.T, e engine) {
		s := open(t, e.place(t), master(t, 1), quick())
		put(t, s, one(), message("two", "talk", "ann"))
		taken, release := make(chan bot.Message, 1), make(chan struct{})
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() {
			ended <- s.Work(ctx, func(ctx context.Context, m bot.Message) error {
				taken <- m
				<-release
				return ctx.Err()
			})
		}()
		next(t, taken, "one")
		cancel()
		close(release)
		if err := bottest.Receive(t, "the end of Work", ended); err != nil {
			t.Error(err)
		}
		waiting(t, s, 1)
	})
}

// Put refuses what it cannot keep before it touches the database.
func TestPutRefuses(t *testing.T) {
	each(t, func(t *testing.T, e engine) {
		s := open(t, e.place(t), master(t, 1), quick())
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := s.Put(ctx, one()); !errors.Is(err, context.Canceled) {
			t.Errorf("with an ended ctx: %v", err)
		}
		if err := s.Put(t.Context(), bot.Message{Text: "words of nobody"}); err == nil {
			t.Error("a message without an id was stored")
		}
		waiting(t, s, 0)
	})
}
