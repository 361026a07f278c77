package adaptertest

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"porchlight/bot"
	"porchlight/bot/bottest"
)

// The checks, by name, in the order of a message's way.
var checks = []struct {
	name  string
	check func(*testing.T, *bench)
}{
	{"a message is what was said", said},
	{"acknowledged once stored", acknowledged},
	{"not acknowledged unless stored", refused},
	{"redelivered is the same message", redelivered},
	{"conversations are told apart", apart},
	{"no id of the platform", hashed},
	{"one post ends as the last reply", grows},
	{"an urgent reply shows at once", urgent},
	{"for the asker alone", alone},
	{"delivered twice, one post", twice},
	{"delivered again after a restart, one post", restarted},
	{"replies cut short are an error", cutShort},
	{"ctx ends", ends},
	{"words are not logged", quiet},
}

// Run checks an adapter against the promises of bot.Adapter, each in a subtest
// with a harness of its own, which open makes and ends in t.Cleanup. Run waits
// ten seconds for anything. Goroutines that outlive a subtest fail it, so no
// other test may run in parallel.
func Run(t *testing.T, open func(t *testing.T) Harness) {
	names := map[string]bool{}
	for _, c := range checks {
		names[c.name] = true
		t.Run(c.name, func(t *testing.T) {
			bottest.NoneLeft(t)
			b := &bench{Harness: open(t)}
			if l, ok := b.Harness.(Limited); ok {
				if why, ok := l.Limits()[c.name]; ok {
					t.Skip(why)
				}
			}
			b.restart()
			c.check(t, b)
		})
	}
	t.Run("limits", func(t *testing.T) {
		if l, ok := open(t).(Limited); ok {
			for name := range l.Limits() {
				if !names[name] {
					t.Errorf("Limits names %q, which is no check", name)
				}
			}
		}
	})
}

// Words that show in what people say and in what they are answered.
const (
	theirs = "marigold"
	ours   = "larkspur"
)

var (
	errFull  = errors.New("adaptertest: not stored, on purpose")
	errShort = errors.New("adaptertest: cut short, on purpose")
)

// bench is a harness with the adapter that is under test now.
type bench struct {
	Harness
	adapter bot.Adapter
	logs    record
}

// restart makes the adapter anew, as a new process would.
func (b *bench) restart() {
	b.adapter = b.Adapter(slog.New(slog.NewJSONHandler(&b.logs, &slog.HandlerOptions{Level: slog.LevelDebug - 10})))
}

// record is what was logged.
type record struct {
	mu sync.Mutex
	bytes.Buffer
}

func (r *record) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.Buffer.Write(p)
}

// listen runs the adapter and returns what ends it and waits; the end of the
// test does so, too.
func (b *bench) listen(t *testing.T, accept func(context.Context, bot.Message) error) (stop func()) {
	adapter := b.adapter
	return bottest.Start(t, "Run", func(ctx context.Context) error { return adapter.Run(ctx, accept) })
}

// hear runs the adapter and returns the messages it makes.
func (b *bench) hear(t *testing.T) (messages <-chan bot.Message, stop func()) {
	heard := make(chan bot.Message, 100)
	return heard, b.listen(t, func(_ context.Context, m bot.Message) error {
		heard <- m
		return nil
	})
}

func said(t *testing.T, b *bench) {
	heard, _ := b.hear(t)
	const text = "my boss keeps my " + theirs + " and says I owe him"
	began := time.Now()
	b.Say("kitchen", text)
	m := bottest.Receive(t, "the message", heard)
	if m.Text != text {
		t.Errorf("Text = %q, want %q", m.Text, text)
	}
	if name := b.adapter.Name(); name == "" || m.From.Adapter != name {
		t.Errorf("From.Adapter = %q, but Name() = %q", m.From.Adapter, name)
	}
	for field, value := range map[string]string{
		"ID": string(m.ID), "Conversation": string(m.Conversation), "From.Place": m.From.Place,
	} {
		if value == "" {
			t.Errorf("%s is empty", field)
		}
	}
	if m.Command != bot.NoCommand || m.Share || m.Explain {
		t.Errorf("Command = %q, Share = %v, Explain = %v, but nobody asked for any", m.Command, m.Share, m.Explain)
	}
	if m.At.Before(began.Add(-time.Hour)) || m.At.After(time.Now().Add(time.Hour)) {
		t.Errorf("At = %v, but it is %v", m.At, began)
	}
}

func acknowledged(t *testing.T, b *bench) {
	storing, stored := make(chan struct{}, 10), make(chan struct{})
	b.listen(t, func(ctx context.Context, _ bot.Message) error {
		storing <- struct{}{}
		select {
		case <-stored:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	})
	event := b.Say("kitchen", theirs)
	bottest.Receive(t, "the message", storing)
	if b.Acknowledged(event) {
		t.Error("acknowledged before the message was stored")
	}
	close(stored)
	if !bottest.Eventually(func() bool { return b.Acknowledged(event) }) {
		t.Error("stored but never acknowledged")
	}
}

func refused(t *testing.T, b *bench) {
	tried := make(chan bot.Message, 100)
	stop := b.listen(t, func(_ context.Context, m bot.Message) error {
		tried <- m
		return errFull
	})
	event := b.Say("kitchen", theirs)
	first := bottest.Receive(t, "the message", tried)
	stop() // now nothing of the adapter runs that could still acknowledge
	if b.Acknowledged(event) {
		t.Error("acknowledged although the message was not stored")
	}
	b.restart()
	heard, _ := b.hear(t)
	b.Redeliver(event)
	if again := bottest.Receive(t, "the message, redelivered after a restart", heard); again.ID != first.ID {
		t.Errorf("redelivered as %s, was %s", again.ID, first.ID)
	}
	if !bottest.Eventually(func() bool { return b.Acknowledged(event) }) {
		t.Error("stored at last but never acknowledged")
	}
}

func redelivered(t *testing.T, b *bench) {
	heard, stop := b.hear(t)
	event := b.Say("kitchen", theirs)
	first := bottest.Receive(t, "the message", heard)
	b.Redeliver(event)
	other := b.Say("kitchen", "another "+theirs)
	if !bottest.Eventually(func() bool { return b.Acknowledged(event) && b.Acknowledged(other) }) {
		t.Error("never acknowledged")
	}
	stop()
	for len(heard) > 0 { // the adapter may have seen for itself that it knows the event
		m := <-heard
		if same := m.Text == first.Text; same != (m.ID == first.ID) {
			t.Errorf("one event is %s, then %s; same event: %v", first.ID, m.ID, same)
		}
	}
}

func apart(t *testing.T, b *bench) {
	heard, _ := b.hear(t)
	say := func(conversation string) bot.Message {
		b.Say(conversation, theirs) // the same words: they are not what tells apart
		return bottest.Receive(t, "the message", heard)
	}
	kitchen, field, again := say("kitchen"), say("field"), say("kitchen")
	if kitchen.Conversation != again.Conversation {
		t.Error("one conversation has two ids")
	}
	if kitchen.Conversation == field.Conversation {
		t.Error("two conversations have one id")
	}
	if kitchen.ID == again.ID || kitchen.ID == field.ID {
		t.Error("two events have one message id")
	}
}

func hashed(t *testing.T, b *bench) {
	heard, _ := b.hear(t)
	event := b.Say("kitchen", theirs)
	m := bottest.Receive(t, "the message", heard)
	ids := b.IDs(event)
	if !slices.Contains(ids, event) {
		t.Errorf("IDs(%q) = %q lacks the event's own", event, ids)
	}
	for field, value := range map[string]string{
		"ID": string(m.ID), "Conversation": string(m.Conversation), "Person": string(m.Person),
	} {
		for _, id := range ids {
			if id != "" && strings.Contains(strings.ToLower(value), strings.ToLower(id)) {
				t.Errorf("%s = %q holds the platform's own id %q", field, value, id)
			}
		}
	}
}

// answer is a reply that says ours and each of the words.
func answer(final bool, words ...string) bot.Reply {
	r := bot.Reply{Kind: bot.Answer, Lang: "en", Mode: bot.Offline, Final: final}
	for _, w := range words {
		r.Sections = append(r.Sections, bot.Section{Text: ours + " " + w})
	}
	return r
}

func replies(rs ...bot.Reply) bot.Replies {
	return func(yield func(bot.Reply, error) bool) {
		for _, r := range rs {
			if !yield(r, nil) {
				return
			}
		}
	}
}

// ask has something said and returns the event and the message it became.
func ask(t *testing.T, b *bench) (string, bot.Message) {
	t.Helper()
	heard, _ := b.hear(t)
	event := b.Say("kitchen", theirs)
	return event, bottest.Receive(t, "the message", heard)
}

func deliver(t *testing.T, b *bench, m bot.Message, rs ...bot.Reply) {
	t.Helper()
	if err := b.adapter.Deliver(t.Context(), m, replies(rs...)); err != nil {
		t.Fatalf("Deliver: %v", err)
	}
}

// one is the only post that answers the event; it must have each word once.
func one(t *testing.T, b *bench, event string, words ...string) Post {
	t.Helper()
	posts := b.Posts(event)
	if len(posts) != 1 {
		t.Fatalf("%d posts, want 1: %+v", len(posts), posts)
	}
	for _, w := range words {
		if n := strings.Count(posts[0].Text, w); n != 1 {
			t.Errorf("%q stands %d times in %q, want once", w, n, posts[0].Text)
		}
	}
	return posts[0]
}

func grows(t *testing.T, b *bench) {
	event, m := ask(t, b)
	deliver(t, b, m, answer(false, "apple"), answer(false, "apple", "pear"), answer(true, "apple", "pear", "quince"))
	one(t, b, event, "apple", "pear", "quince")
}

func urgent(t *testing.T, b *bench) {
	event, m := ask(t, b)
	first := bot.Reply{Kind: bot.Danger, Lang: "en", Urgent: true, Lead: ours + " first"}
	last := first
	last.Sections, last.Final = answer(true, "apple").Sections, true
	shown, ended := make(chan struct{}), make(chan error, 1)
	go func() {
		ended <- b.adapter.Deliver(t.Context(), m, func(yield func(bot.Reply, error) bool) {
			if !yield(first, nil) {
				return
			}
			<-shown // the rest takes its time
			yield(last, nil)
		})
	}()
	ok := bottest.Eventually(func() bool { return says(b.Posts(event), "first") })
	close(shown)
	if !ok {
		t.Error("the urgent reply was not shown before the next one came")
	}
	if err := bottest.Receive(t, "the end of Deliver", ended); err != nil {
		t.Fatalf("Deliver: %v", err)
	}
	if posts := b.Posts(event); !says(posts, "apple") { // where posts cannot be edited there are two
		t.Errorf("the last reply is not shown: %+v", posts)
	}
}

func says(posts []Post, word string) bool {
	return slices.ContainsFunc(posts, func(p Post) bool { return strings.Contains(p.Text, word) })
}

func alone(t *testing.T, b *bench) {
	event, m := ask(t, b)
	deliver(t, b, m, answer(false, "apple"), answer(true, "apple", "pear"))
	if p := one(t, b, event); !p.Alone {
		t.Error("others see the answer, and nobody asked for that")
	}
}

func twice(t *testing.T, b *bench) {
	event, m := ask(t, b)
	deliver(t, b, m, answer(false, "apple"), answer(true, "apple", "pear"))
	m.Handed.Again = true // as the inbox says it
	deliver(t, b, m, answer(false, "apple"), answer(true, "apple", "pear"))
	one(t, b, event, "apple", "pear")
}

func restarted(t *testing.T, b *bench) {
	heard, stop := b.hear(t)
	event := b.Say("kitchen", theirs)
	m := bottest.Receive(t, "the message", heard)
	deliver(t, b, m, answer(true, "apple"))
	stop() // and the process dies before the inbox knew
	b.restart()
	b.hear(t)
	m.Handed.Again = true
	deliver(t, b, m, answer(true, "apple"))
	one(t, b, event, "apple")
}

func cutShort(t *testing.T, b *bench) {
	event, m := ask(t, b)
	err := b.adapter.Deliver(t.Context(), m, func(yield func(bot.Reply, error) bool) {
		if yield(answer(false, "apple"), nil) {
			yield(answer(false, "apple"), errShort)
		}
	})
	if !errors.Is(err, errShort) {
		t.Errorf("Deliver returned %v, want the error that ended the replies", err)
	}
	m.Handed.Again = true
	deliver(t, b, m, answer(true, "apple", "pear")) // it comes back
	one(t, b, event, "apple", "pear")
}

func ends(t *testing.T, b *bench) {
	stop := b.listen(t, func(context.Context, bot.Message) error { return nil })
	stop() // with nothing to do
	b.restart()
	storing := make(chan struct{}, 100)
	stop = b.listen(t, func(ctx context.Context, _ bot.Message) error {
		storing <- struct{}{}
		<-ctx.Done()
		return ctx.Err()
	})
	event := b.Say("kitchen", theirs)
	bottest.Receive(t, "the message", storing)
	stop() // with a message that waits to be stored
	if b.Acknowledged(event) {
		t.Error("acknowledged although the message was not stored")
	}
}

func quiet(t *testing.T, b *bench) {
	tried := make(chan struct{}, 100)
	stop := b.listen(t, func(context.Context, bot.Message) error {
		tried <- struct{}{}
		return errFull
	})
	b.Say("field", theirs)
	bottest.Receive(t, "the message", tried)
	stop()
	b.restart()
	heard, stop := b.hear(t)
	b.Say("kitchen", theirs)
	m := bottest.Receive(t, "the message", heard)
	_ = b.adapter.Deliver(t.Context(), m, func(yield func(bot.Reply, error) bool) {
		yield(answer(false, "apple"), errShort)
	})
	deliver(t, b, m, answer(false, "apple"), answer(true, "apple", "pear"))
	m.From.Place = "nowhere" // cannot be delivered
	err := b.adapter.Deliver(t.Context(), m, replies(answer(true, "apple")))
	stop()
	seen := b.logs.String()
	if err != nil {
		seen += err.Error() // whoever gets it logs it
	}
	for _, words := range []string{theirs, ours} {
		if strings.Contains(strings.ToLower(seen), words) {
			t.Errorf("what people say or read was logged: %q is in\n%s", words, seen)
		}
	}
}
