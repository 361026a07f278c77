// Package inboxtest is what every inbox must do, as one suite of tests.
//
// It knows the promises of bot.Inbox. It must not know how a store keeps them.
package inboxtest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"porchlight/bot"
	"porchlight/bot/bottest"
)

// Run checks an inbox against the promises of bot.Inbox, each in a subtest with
// an inbox of its own. open returns an empty one and closes it in t.Cleanup. It
// should work on 32 messages at once, and bring back a message that failed in
// some milliseconds and at least five times; Run waits ten seconds for anything.
// Goroutines that outlive a subtest fail it, so no other test may run in
// parallel.
func Run(t *testing.T, open func(t *testing.T) bot.Inbox) {
	for _, c := range []struct {
		name  string
		check func(*testing.T, bot.Inbox)
	}{
		{"what was stored is worked, whole", whole},
		{"a known id is worked once", known},
		{"order within a conversation", order},
		{"parallel between conversations", parallel},
		{"an error brings back", bringsBack},
		{"a panic brings back", contained},
		{"giving up removes", givesUp},
		{"ctx ends", ends},
		{"ctx has ended before", ended},
		{"many put at once", crowd},
	} {
		t.Run(c.name, func(t *testing.T) {
			bottest.NoneLeft(t)
			c.check(t, open(t))
		})
	}
}

var errAgain = errors.New("inboxtest: not this time")

func message(id, conversation string) bot.Message {
	return bot.Message{
		ID: bot.MessageID(id), Conversation: bot.ConversationID(conversation),
		From: bot.Address{Adapter: "test", Place: "place of " + conversation},
		Text: "text of " + id, At: time.Date(2026, 11, 24, 6, 30, 0, 0, time.UTC),
	}
}

func put(t *testing.T, in bot.Inbox, ms ...bot.Message) {
	t.Helper()
	for _, m := range ms {
		if err := in.Put(t.Context(), m); err != nil {
			t.Fatalf("Put(%s): %v", m.ID, err)
		}
	}
}

// work starts Work and returns what ends it and waits; the end of the test does
// so, too.
func work(t *testing.T, in bot.Inbox, do func(context.Context, bot.Message) error) (stop func()) {
	return bottest.Start(t, "Work", func(ctx context.Context) error { return in.Work(ctx, do) })
}

// never fails t when something has arrived by now.
func never[T any](t *testing.T, what string, from <-chan T) {
	t.Helper()
	select {
	case v := <-from:
		t.Fatalf("%s: %v", what, v)
	default:
	}
}

func whole(t *testing.T, in bot.Inbox) {
	want := bot.Message{
		ID: "one", Conversation: "talk", Person: "someone",
		From:    bot.Address{Adapter: "test", Place: "C1/å\n\"'"},
		Command: bot.ShowTopic, Text: "¿me quitaron el pasaporte?\n\"'; \x00 🕯️", Lang: "es-MX",
		Private: true, Share: true, Explain: true,
		At: time.Date(2026, 11, 24, 6, 30, 0, 123_000_000, time.FixedZone("", -6*60*60)),
	}
	put(t, in, want)
	got := make(chan bot.Message, 2)
	stop := work(t, in, func(_ context.Context, m bot.Message) error {
		got <- m
		return nil
	})
	compare(t, bottest.Receive(t, "the stored message", got), want)

	want.ID = "two" // Work is idle and must be woken
	put(t, in, want)
	compare(t, bottest.Receive(t, "a message put while Work waits", got), want)
	stop()
	never(t, "worked again", got)
	want.ID = "three"
	put(t, in, want) // nobody works: it is kept
	work(t, in, func(_ context.Context, m bot.Message) error {
		got <- m
		return nil
	})
	compare(t, bottest.Receive(t, "a message put while nobody works", got), want)
}

func compare(t *testing.T, got, want bot.Message) {
	t.Helper()
	if !got.At.Equal(want.At) {
		t.Errorf("At = %v, want %v", got.At, want.At)
	}
	got.At, want.At = time.Time{}, time.Time{}
	got.Handed = bot.Handed{}
	if got != want {
		type fields bot.Message // shows what a Message hides
		t.Errorf("the message came out as\n%+v, went in as\n%+v", fields(got), fields(want))
	}
}

func known(t *testing.T, in bot.Inbox) {
	one := message("one", "talk")
	put(t, in, one, one) // waiting
	got, release := make(chan bot.MessageID, 10), make(chan struct{}, 10)
	work(t, in, func(_ context.Context, m bot.Message) error {
		got <- m.ID
		<-release
		return nil
	})
	bottest.Receive(t, "the message", got)
	put(t, in, one) // in hand
	release <- struct{}{}
	put(t, in, message("two", "talk"))
	bottest.Receive(t, "its successor", got) // so the first one is settled
	put(t, in, one)                          // answered
	elsewhere := one
	elsewhere.Conversation = "another"
	put(t, in, elsewhere, message("end", "talk"), message("end there", "another"))
	close(release)
	for range 2 { // were one there again, it would come before either end
		if id := bottest.Receive(t, "the last of a conversation", got); id == one.ID {
			t.Errorf("%s was worked again", id)
		}
	}
	never(t, "worked again", got)
}

func order(t *testing.T, in bot.Inbox) {
	const talks, each, writers = 300, 5, 20
	book := newBook()
	stop := work(t, in, func(ctx context.Context, m bot.Message) error {
		try, leave := book.enter(t, m)
		select { // an answer takes its time
		case <-time.After(rand.N(2 * time.Millisecond)):
		case <-ctx.Done():
		}
		if try <= 2 && rand.N(3) == 0 {
			leave(errAgain)
			return errAgain
		}
		leave(nil)
		return nil
	})
	var writing sync.WaitGroup
	for w := range writers {
		writing.Go(func() {
			for i := range each {
				for c := w; c < talks; c += writers {
					m := message(fmt.Sprintf("%d.%d", c, i), fmt.Sprint(c))
					if err := in.Put(t.Context(), m); err != nil {
						t.Errorf("Put(%s): %v", m.ID, err)
					}
				}
			}
		})
	}
	writing.Wait()
	if !bottest.Eventually(func() bool { return book.answered() >= talks*each }) {
		t.Fatalf("%d of %d answered", book.answered(), talks*each)
	}
	stop()
	for c := range talks {
		var want []bot.MessageID
		for i := range each {
			want = append(want, bot.MessageID(fmt.Sprintf("%d.%d", c, i)))
		}
		book.check(t, bot.ConversationID(fmt.Sprint(c)), want)
	}
}

func parallel(t *testing.T, in bot.Inbox) {
	const talks = 8
	arrived, release := make(chan bot.MessageID, 2*talks), make(chan struct{})
	for i := range talks {
		put(t, in, message(fmt.Sprint("first ", i), fmt.Sprint(i)), message(fmt.Sprint("second ", i), fmt.Sprint(i)))
	}
	work(t, in, func(_ context.Context, m bot.Message) error {
		arrived <- m.ID
		<-release
		return nil
	})
	defer close(release)
	for range talks {
		if id := bottest.Receive(t, "all conversations at once", arrived); id[0] != 'f' {
			t.Errorf("%s before its predecessor was answered", id)
		}
	}
	never(t, "a second one beside the first of its conversation", arrived)
}

func bringsBack(t *testing.T, in bot.Inbox) {
	put(t, in, message("bad", "talk"), message("next", "talk"), message("other", "another"))
	got := make(chan bot.MessageID, 10)
	tries := 0
	stop := work(t, in, func(_ context.Context, m bot.Message) error {
		if m.ID == "other" {
			return nil
		}
		got <- m.ID
		if m.ID == "bad" {
			tries++
			if tries <= 2 {
				return fmt.Errorf("answer %s: %w", m.ID, errAgain)
			}
		}
		return nil
	})
	for _, want := range []bot.MessageID{"bad", "bad", "bad", "next"} {
		if id := bottest.Receive(t, "a try", got); id != want {
			t.Fatalf("worked on %s, want %s", id, want)
		}
	}
	stop()
	never(t, "worked again", got)
}

func contained(t *testing.T, in bot.Inbox) {
	put(t, in, message("bad", "talk"), message("next", "talk"))
	got := make(chan bot.MessageID, 10)
	var once sync.Once
	work(t, in, func(_ context.Context, m bot.Message) error {
		got <- m.ID
		once.Do(func() { panic("on purpose") })
		return nil
	})
	for _, want := range []bot.MessageID{"bad", "bad", "next"} {
		if id := bottest.Receive(t, "a try", got); id != want {
			t.Fatalf("worked on %s, want %s", id, want)
		}
	}
}

func givesUp(t *testing.T, in bot.Inbox) {
	bad := message("bad", "talk")
	put(t, in, bad, message("next", "talk"))
	got := make(chan bot.MessageID, 10)
	stop := work(t, in, func(_ context.Context, m bot.Message) error {
		got <- m.ID
		if m.ID == bad.ID {
			return fmt.Errorf("answer %s: %w", m.ID, bot.ErrGiveUp)
		}
		return nil
	})
	bottest.Receive(t, "the message", got)
	bottest.Receive(t, "its successor", got)
	put(t, in, bad, message("last", "talk")) // buried is known
	if id := bottest.Receive(t, "the last", got); id != "last" {
		t.Errorf("%s came back although it was given up", id)
	}
	stop()
	never(t, "worked again", got)
}

func ends(t *testing.T, in bot.Inbox) {
	for _, id := range []string{"one", "two", "three"} {
		put(t, in, message(id, "talk"))
	}
	ctx, cancel := context.WithCancel(t.Context())
	began, release := make(chan bot.MessageID, 10), make(chan struct{})
	alive := make(chan error, 10)
	ended := make(chan error, 1)
	go func() {
		ended <- in.Work(ctx, func(ctx context.Context, m bot.Message) error {
			began <- m.ID
			<-release
			alive <- ctx.Err()
			return nil
		})
	}()
	bottest.Receive(t, "the first message", began)
	cancel()
	select {
	case err := <-ended:
		t.Fatalf("Work returned before the message in hand was done: %v", err)
	case <-time.After(bottest.Patience / 200): // long enough for one that does not wait
	}
	close(release)
	if err := bottest.Receive(t, "the end of Work", ended); err != nil {
		t.Errorf("Work returned %v when its ctx ended, want nil", err)
	}
	if err := bottest.Receive(t, "the message in hand", alive); err != nil {
		t.Errorf("the message in hand lost its ctx: %v", err)
	}
	never(t, "taken after ctx ended", began)

	put(t, in, message("four", "talk"), message("one", "talk"))
	got := make(chan bot.MessageID, 10)
	stop := work(t, in, func(_ context.Context, m bot.Message) error {
		got <- m.ID
		return nil
	})
	for _, want := range []bot.MessageID{"two", "three", "four"} {
		if id := bottest.Receive(t, "what was left", got); id != want {
			t.Fatalf("the next Work got %s, want %s", id, want)
		}
	}
	stop()
	never(t, "worked again", got)
}

func ended(t *testing.T, in bot.Inbox) {
	put(t, in, message("one", "talk"))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	got := make(chan bot.MessageID, 1)
	err := in.Work(ctx, func(_ context.Context, m bot.Message) error {
		got <- m.ID
		return nil
	})
	if err != nil {
		t.Errorf("Work returned %v, want nil", err)
	}
	never(t, "taken although ctx had ended", got)
}

func crowd(t *testing.T, in bot.Inbox) {
	const writers, each = 16, 50
	book := newBook()
	stop := work(t, in, func(_ context.Context, m bot.Message) error {
		_, leave := book.enter(t, m)
		leave(nil)
		return nil
	})
	var writing sync.WaitGroup
	for w := range writers {
		writing.Go(func() {
			for i := range each {
				own := message(fmt.Sprintf("%d.%d", w, i), fmt.Sprint(w))
				all := message(fmt.Sprintf("all.%d", i), fmt.Sprintf("all.%d", i)) // each writer puts it
				for _, m := range []bot.Message{own, all, own} {
					if err := in.Put(t.Context(), m); err != nil {
						t.Errorf("Put(%s): %v", m.ID, err)
					}
				}
			}
		})
	}
	writing.Wait()
	if !bottest.Eventually(func() bool { return book.answered() >= (writers+1)*each }) {
		t.Fatalf("%d of %d answered", book.answered(), (writers+1)*each)
	}
	stop()
	for w := range writers {
		var want []bot.MessageID
		for i := range each {
			want = append(want, bot.MessageID(fmt.Sprintf("%d.%d", w, i)))
		}
		book.check(t, bot.ConversationID(fmt.Sprint(w)), want)
	}
	for i := range each {
		id := fmt.Sprintf("all.%d", i)
		book.check(t, bot.ConversationID(id), []bot.MessageID{bot.MessageID(id)})
	}
}
