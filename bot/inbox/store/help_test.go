package store_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"porchlight/bot"
	"porchlight/bot/bottest"
	"porchlight/bot/conversation"
	"porchlight/bot/inbox/database"
	"porchlight/bot/inbox/store"
)

var errAgain = errors.New("not this time")

func message(id, talk, person string) bot.Message {
	return bot.Message{
		ID: bot.MessageID(id), Conversation: bot.ConversationID(talk), Person: bot.PersonID(person),
		From: bot.Address{Adapter: "test", Place: "channel-of-" + talk}, Text: "words of " + id,
	}
}

// one is a message when it does not matter which.
func one() bot.Message { return message("one", "talk", "ann") }

func put(t testing.TB, s *store.Store, ms ...bot.Message) {
	t.Helper()
	for _, m := range ms {
		if err := s.Put(t.Context(), m); err != nil {
			t.Fatal(err)
		}
	}
}

type doer = func(context.Context, bot.Message) error

// work runs Work until stop, or the end of the test.
func work(t *testing.T, s *store.Store, do doer) (stop func()) {
	return bottest.Start(t, "Work", func(ctx context.Context) error { return s.Work(ctx, do) })
}

// attend runs Work and gives what it answers.
func attend(t *testing.T, s *store.Store) (got <-chan bot.Message, stop func()) {
	c := make(chan bot.Message, 1000)
	return c, work(t, s, func(_ context.Context, m bot.Message) error {
		c <- m
		return nil
	})
}

// next wants that message to be handed out next.
func next(t *testing.T, got <-chan bot.Message, id string) bot.Message {
	t.Helper()
	m := bottest.Receive(t, "message "+id, got)
	if m.ID != bot.MessageID(id) {
		t.Fatalf("got message %s, want %s", m.ID, id)
	}
	return m
}

// idle wants nothing else to be due: a stranger's message, put last, comes first.
func idle(t *testing.T, s *store.Store, got <-chan bot.Message, stranger string) {
	t.Helper()
	put(t, s, message(stranger, stranger, stranger))
	next(t, got, stranger)
}

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	if !bottest.Eventually(ok) {
		t.Fatal("never happened: ", what)
	}
}

// die has a process take a message and die with it in hand: whatever do makes of
// it is never written.
func die(t *testing.T, place string, o store.Options, do func(bot.Message)) {
	t.Helper()
	s, err := store.Open(t.Context(), place, master(t, 1), o)
	if err != nil {
		t.Fatal(err)
	}
	taken, release := make(chan bot.Message, 1), make(chan struct{})
	stop := work(t, s, func(_ context.Context, m bot.Message) error {
		taken <- m
		<-release
		return nil
	})
	do(bottest.Receive(t, "the message that the process dies of", taken))
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	close(release)
	stop()
}

// raw looks at the database of a store behind its back.
func raw(t testing.TB, place string) *sql.DB {
	t.Helper()
	driver, at := "pgx", place
	if !database.IsPostgres(place) {
		driver, at = "sqlite", "file:"+filepath.Join(place, "porchlight.db")+"?_pragma=busy_timeout(5000)"
	}
	db, err := sql.Open(driver, at)
	if err != nil {
		t.Fatal(err)
	}
	return db
}

func execute(t testing.TB, place string, statements ...string) {
	t.Helper()
	db := raw(t, place)
	defer db.Close()
	for _, s := range statements {
		if _, err := db.ExecContext(t.Context(), s); err != nil {
			t.Fatal(err)
		}
	}
}

// query is one number from the database of a store.
func query(t testing.TB, place, ask string, args ...any) (n int64) {
	t.Helper()
	db := raw(t, place)
	defer db.Close()
	if err := db.QueryRowContext(t.Context(), ask, args...).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// pass lets time pass for all that is stored, once nothing is in hand.
func pass(t testing.TB, place string, d time.Duration) {
	t.Helper()
	db := raw(t, place)
	defer db.Close()
	var inHand int
	if !bottest.Eventually(func() bool {
		err := db.QueryRowContext(t.Context(), "SELECT count(*) FROM inbox WHERE holder<>''").Scan(&inHand)
		return err == nil && inHand == 0
	}) {
		t.Fatal(inHand, " are still in hand")
	}
	for _, s := range []string{
		"UPDATE inbox SET added=added-$1, due=due-$1", "UPDATE memory SET until=until-$1", "UPDATE lease SET until=until-$1",
	} {
		if _, err := db.ExecContext(t.Context(), s, d.Milliseconds()); err != nil {
			t.Fatal(err)
		}
	}
}

// lapse ends the lease of the first message in hand.
func lapse(t testing.TB, place string) {
	t.Helper()
	execute(t, place, "UPDATE inbox SET due=added WHERE holder<>'' AND id='one'")
}

// An event is what Observe was told.
type event struct {
	store.Event
	took time.Duration
}

// events notes what Observe is told.
type events struct {
	mu  sync.Mutex
	all []event
}

func (e *events) observe(what store.Event, d time.Duration) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.all = append(e.all, event{what, d})
}

// of is how long each of those events took.
func (e *events) of(what store.Event) (took []time.Duration) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, x := range e.all {
		if x.Event == what {
			took = append(took, x.took)
		}
	}
	return took
}

func (e *events) n(what store.Event) int { return len(e.of(what)) }

// A journal is a log that can be read while it is written.
type journal struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (j *journal) Write(b []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.buf.Write(b)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.buf.String()
}

func (j *journal) log() *slog.Logger { return slog.New(slog.NewJSONHandler(j, nil)) }

func (j *journal) check(t *testing.T, wants ...string) {
	t.Helper()
	for _, want := range wants {
		if !strings.Contains(j.String(), want) {
			t.Errorf("the log lacks %s:\n%s", want, j)
		}
	}
	if strings.Contains(j.String(), "words of") || strings.Contains(j.String(), "channel-of") {
		t.Errorf("a person's words were logged:\n%s", j)
	}
}

// topic is a state of a conversation, told from others by its language.
func topic(lang string) conversation.State { return conversation.State{Pinned: lang} }

func save(t *testing.T, s *store.Store, person, talk, lang string) {
	t.Helper()
	if err := s.Save(t.Context(), bot.PersonID(person), bot.ConversationID(talk), topic(lang)); err != nil {
		t.Fatal(err)
	}
}

// remembers wants a conversation to be remembered so; "" is not at all.
func remembers(t *testing.T, s *store.Store, talk, lang string) {
	t.Helper()
	remembersNow(t.Context(), t, s, talk, lang)
}

// remembersNow is for within an answer, with its ctx.
func remembersNow(ctx context.Context, t *testing.T, s *store.Store, talk, lang string) {
	t.Helper()
	st, err := s.Load(ctx, bot.ConversationID(talk))
	if err != nil || st.Pinned != lang {
		t.Errorf("conversation %s is remembered as %q, %v; want %q", talk, st.Pinned, err, lang)
	}
}

func waiting(t *testing.T, s *store.Store, want int) {
	t.Helper()
	n, _, err := s.Waiting(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if n != want {
		t.Errorf("%d are open, want %d", n, want)
	}
}

func forget(t *testing.T, s *store.Store, person, talk string, want conversation.Erased) {
	t.Helper()
	got, err := s.Forget(t.Context(), bot.PersonID(person), bot.ConversationID(talk))
	if err != nil || got != want {
		t.Errorf("Forget: %+v, %v; want %+v", got, err, want)
	}
}
