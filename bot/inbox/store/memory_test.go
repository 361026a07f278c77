package store_test

import (
	"context"
	"database/sql"
	"testing"
	"time"

	"porchlight/bot"
	"porchlight/bot/bottest"
	"porchlight/bot/conversation"
	"porchlight/bot/inbox/store"
)

var _ conversation.Memory = (*store.Store)(nil)

// What is saved while a message is in hand is kept with its answer, or not at all.
func TestMemoryGoesWithTheAnswer(t *testing.T) {
	for _, test := range []struct {
		name string
		do   func() error
		ends store.Event
		want string // is remembered then
	}{
		{"answered", func() error { return nil }, store.Answered, "new"},
		{"failed", func() error { return errAgain }, store.Failed, "old"},
		{"panicked", func() error { panic("on purpose") }, store.Failed, "old"},
		{"unclear", func() error { return bot.ErrUnclear }, store.Failed, "old"},
		{"given up", func() error { return bot.ErrGiveUp }, store.Buried, "old"},
	} {
		t.Run(test.name, func(t *testing.T) {
			each(t, func(t *testing.T, e engine) {
				var seen events
				o := quick()
				o.Observe = seen.observe
				o.Backoff = func(int) time.Duration { return 5 * time.Minute }
				s := open(t, e.place(t), master(t, 1), o)
				save(t, s, "ann", "talk", "old")
				put(t, s, one())
				stop := work(t, s, func(ctx context.Context, m bot.Message) error {
					for talk, lang := range map[bot.ConversationID]string{"talk": "new", "another": "other"} {
						if err := s.Save(ctx, m.Person, talk, topic(lang)); err != nil {
							t.Error(err)
						}
					}
					remembersNow(ctx, t, s, "talk", "old")
					remembersNow(ctx, t, s, "another", "other") // is not what the message is about
					return test.do()
				})
				eventually(t, string(test.ends), func() bool { return seen.n(test.ends) == 1 })
				stop()
				remembers(t, s, "talk", test.want)
			})
		})
	}
}

func TestMemoryLasts(t *testing.T) {
	for _, test := range []struct {
		name     string
		lifetime time.Duration
		passes   time.Duration
		want     string
	}{
		{"by default", 0, conversation.DefaultLifetime - time.Minute, "en"},
		{"not longer", 0, conversation.DefaultLifetime + time.Second, ""},
		{"shorter when told", time.Minute, time.Minute + time.Second, ""},
		{"a day at most", 100 * time.Hour, 24*time.Hour + time.Second, ""},
		{"not when the clock was put back", 0, -time.Hour, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			each(t, func(t *testing.T, e engine) {
				o := quick()
				o.Lifetime = test.lifetime
				place := e.place(t)
				s := open(t, place, master(t, 1), o)
				save(t, s, "ann", "talk", "before")
				save(t, s, "ann", "talk", "en") // replaces
				pass(t, place, test.passes)
				remembers(t, s, "talk", test.want)
				if err := s.Sweep(t.Context()); err != nil {
					t.Fatal(err)
				}
				if n := query(t, place, "SELECT count(*) FROM memory"); (n > 0) != (test.want != "") {
					t.Errorf("%d rows after a sweep", n)
				}
			})
		})
	}
}

// Forget takes all that is kept of a person, and of the conversation; what is
// another's stays, and no known id is answered later.
func TestForget(t *testing.T) {
	each(t, func(t *testing.T, e engine) {
		var seen events
		o := quick()
		o.Observe = seen.observe
		place := e.place(t)
		s := open(t, place, master(t, 1), o)
		put(t, s, message("answered", "talk", "ann"))
		got, stop := attend(t, s)
		next(t, got, "answered")
		stop()
		open := []bot.Message{message("here", "talk", "ann"), message("there", "garden", "ann"), message("nameless", "talk", "")}
		put(t, s, open...)
		put(t, s, message("bea's", "talk", "bea"), message("somebody's", "garden", ""))
		save(t, s, "ann", "talk", "en")
		save(t, s, "ann", "garden", "en")
		save(t, s, "bea", "kitchen", "en")
		save(t, s, "", "shed", "en")

		forget(t, s, "ann", "talk", conversation.Erased{Conversations: 2, Questions: 3})
		forget(t, s, "ann", "talk", conversation.Erased{})
		remembers(t, s, "talk", "")
		remembers(t, s, "garden", "")
		remembers(t, s, "kitchen", "en")
		if n := query(t, place, "SELECT count(*) FROM inbox WHERE who='ann'"); n != 0 {
			t.Errorf("%d rows still tell of her", n)
		}
		put(t, s, append(open, message("answered", "talk", "ann"))...) // the platform repeats
		if seen.n(store.Forgotten) != 3 || seen.n(store.Duplicate) != 4 {
			t.Errorf("observed %v", seen.all)
		}
		forget(t, s, "", "shed", conversation.Erased{Conversations: 1}) // one whose person is not known
		got, _ = attend(t, s)
		left := map[bot.MessageID]bool{bottest.Receive(t, "what is left", got).ID: true, bottest.Receive(t, "what is left", got).ID: true}
		if !left["bea's"] || !left["somebody's"] {
			t.Errorf("left is %v", left)
		}
		idle(t, s, got, "stranger")
	})
}

// The message that asks to be forgotten is answered; what was saved before it in
// the same hand is gone, what is saved after it is not.
func TestForgetSparesWhoAsks(t *testing.T) {
	each(t, func(t *testing.T, e engine) {
		var seen events
		o := quick()
		o.Observe = seen.observe
		s := open(t, e.place(t), master(t, 1), o)
		asks := message("asks", "talk", "ann")
		asks.Command = bot.Forget
		put(t, s, asks, message("behind", "talk", "ann"), message("there", "garden", "ann"))
		garden, release := make(chan bool), make(chan struct{})
		asked := make(chan conversation.Erased, 1)
		work(t, s, func(ctx context.Context, m bot.Message) error {
			if err := s.Save(ctx, m.Person, m.Conversation, topic("en")); err != nil {
				t.Error(err)
			}
			switch m.ID {
			case "there": // in hand of another worker
				garden <- true
				<-release
			case "asks":
				<-garden
				e, err := s.Forget(ctx, m.Person, m.Conversation)
				if err != nil {
					t.Error(err)
				}
				asked <- e
			default:
				t.Errorf("%s was answered", m.ID)
			}
			return nil
		})
		if got, want := bottest.Receive(t, "an answer", asked), (conversation.Erased{Questions: 2}); got != want {
			t.Errorf("erased %+v, want %+v", got, want)
		}
		close(release)
		eventually(t, "an answer", func() bool { return seen.n(store.Answered) == 1 })
		waiting(t, s, 0)
		remembers(t, s, "talk", "")
		remembers(t, s, "garden", "")
	})
}

// An answer that is being written while its person is forgotten leaves no memory,
// whichever of the two commits first.
func TestForgetMeetsAnAnswer(t *testing.T) {
	place := emptyPostgres(t) // SQLite has one writer
	s := open(t, place, master(t, 1), quick())
	put(t, s, one())
	db := raw(t, place)
	defer db.Close()
	tx, err := db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range []string{
		"UPDATE inbox SET due=NULL, body=NULL, holder=''",
		"INSERT INTO memory(conv,who,body,until) VALUES('talk','ann','\\x00',9e15)",
	} {
		if _, err := tx.ExecContext(t.Context(), q); err != nil {
			t.Fatal(err)
		}
	}
	forgotten := make(chan error, 1)
	go func() {
		_, err := s.Forget(t.Context(), "ann", "talk")
		forgotten <- err
	}()
	eventually(t, "Forget waits for the answer", func() bool { return blocked(t, db) })
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	if err := bottest.Receive(t, "Forget", forgotten); err != nil {
		t.Fatal(err)
	}
	if n := query(t, place, "SELECT count(*) FROM memory"); n != 0 {
		t.Error("she is remembered")
	}
}

// blocked tells whether somebody waits for a row that another has.
func blocked(t *testing.T, db *sql.DB) bool {
	t.Helper()
	var n int
	ask := "SELECT count(*) FROM pg_stat_activity WHERE datname=current_database() AND wait_event_type='Lock'"
	if err := db.QueryRowContext(t.Context(), ask).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n > 0
}
