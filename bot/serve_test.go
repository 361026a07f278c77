package bot_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"porchlight/adapters/adaptertest"
	"porchlight/bot"
	"porchlight/bot/inbox"
)

// scripted answers by the first word of the text.
type scripted struct {
	mu    sync.Mutex
	tries map[bot.MessageID]int
	cut   time.Duration // how long a patient answer went on before its ctx ended
}

func (s *scripted) Answer(ctx context.Context, m bot.Message) bot.Replies {
	s.mu.Lock()
	if s.tries == nil {
		s.tries = make(map[bot.MessageID]int)
	}
	s.tries[m.ID]++
	try := s.tries[m.ID]
	s.mu.Unlock()
	return func(yield func(bot.Reply, error) bool) {
		said, _, _ := strings.Cut(m.Text, " ")
		switch {
		case said == "twice" && try <= 2:
			yield(bot.Reply{Lead: "half an"}, errAgain)
			return
		case said == "panic":
			panic("cannot answer " + m.Text)
		case said == "slow":
			if !yield(bot.Reply{Lead: "wait"}, nil) {
				return
			}
			select {
			case <-time.After(5 * time.Second):
			case <-ctx.Done():
			}
		case said == "endless":
			began := time.Now()
			<-ctx.Done()
			s.cut = time.Since(began)
			yield(bot.Reply{Lead: "half an"}, ctx.Err())
			return
		}
		if yield(bot.Reply{Lead: "half an"}, nil) {
			yield(bot.Reply{Lead: "answer to " + said, Final: true}, ctx.Err())
		}
	}
}

// serve runs Serve in a bubble and returns what ends it and hands over its error.
func serve(t *testing.T, in bot.Inbox, ans bot.Answerer, adapters ...bot.Adapter) (stop func() error) {
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- bot.Serve(ctx, in, ans, adapters...) }()
	return func() error {
		cancel()
		return <-ended
	}
}

func await(t *testing.T, twin *adaptertest.Twin, event, want string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Hour) // of the bubble
	defer cancel()
	p, err := twin.Await(ctx, event)
	if err != nil {
		t.Fatal(err)
	}
	if p.Text != want || !p.Alone {
		t.Errorf("the post is %+v, want %q for the asker alone", p, want)
	}
}

func TestServe(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var in inbox.Memory
		var ans scripted
		one, two := &adaptertest.Twin{Called: "one"}, &adaptertest.Twin{Called: "two"}
		stop := serve(t, &in, &ans, one, two)
		began := time.Now()
		a := one.Say("kitchen", "good morning")
		b := two.Say("kitchen", "slow one")
		c := one.Say("kitchen", "twice around")
		d := one.Say("field", "good evening")
		await(t, one, a, "answer to good")
		await(t, one, d, "answer to good")
		if took := time.Since(began); took != 0 {
			t.Errorf("others waited %v for the slow and the failing", took)
		}
		await(t, two, b, "answer to slow")
		await(t, one, c, "answer to twice")
		for _, e := range []string{a, c, d} {
			if !one.Acknowledged(e) {
				t.Errorf("%s was not acknowledged", e)
			}
		}
		one.Redeliver(a)
		synctest.Wait()
		if err := stop(); err != nil {
			t.Errorf("Serve: %v", err)
		}
		if in.Open() != 0 || in.Buried() != 0 {
			t.Errorf("%d open, %d buried", in.Open(), in.Buried())
		}
		total := 0
		for _, n := range ans.tries {
			total += n
		}
		if total != 6 { // four, and two more for the one that failed
			t.Errorf("%d answers, want 6", total)
		}
	})
}

func TestServeContainsAPanic(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var buf bytes.Buffer
		in := inbox.Memory{Log: slog.New(slog.NewTextHandler(&buf, nil))}
		var twin adaptertest.Twin
		stop := serve(t, &in, &scripted{}, &twin)
		bad := twin.Say("kitchen", "panic my marigold")
		next := twin.Say("kitchen", "good morning")
		await(t, &twin, next, "answer to good")
		if err := stop(); err != nil {
			t.Errorf("Serve: %v", err)
		}
		if in.Buried() != 1 || in.Open() != 0 {
			t.Errorf("%d buried, %d open, want 1 and 0", in.Buried(), in.Open())
		}
		if posts := twin.Posts(bad); len(posts) > 0 {
			t.Errorf("posted %+v", posts)
		}
		if log := buf.String(); strings.Contains(log, "marigold") || !strings.Contains(log, "panic while answering") {
			t.Errorf("the log:\n%s", log)
		}
	})
}

func TestServeBuriesWhatNoAdapterCanDeliver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var in inbox.Memory
		var ans scripted
		err := in.Put(t.Context(), bot.Message{ID: "1", Text: "good morning", From: bot.Address{Adapter: "elsewhere"}})
		if err != nil {
			t.Fatal(err)
		}
		stop := serve(t, &in, &ans, &adaptertest.Twin{})
		synctest.Wait()
		if err := stop(); err != nil {
			t.Errorf("Serve: %v", err)
		}
		if in.Buried() != 1 || in.Open() != 0 || len(ans.tries) != 0 {
			t.Errorf("%d buried, %d open, %d answered; want 1, 0, 0", in.Buried(), in.Open(), len(ans.tries))
		}
	})
}

func TestServeEndsInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in := inbox.Memory{Workers: 2}
		var ans scripted
		var twin adaptertest.Twin
		stop := serve(t, &in, &ans, &twin)
		slow := twin.Say("kitchen", "slow one")
		after := twin.Say("kitchen", "good morning")
		twin.Say("field", "endless one")
		waiting := twin.Say("barn", "good morning")
		synctest.Wait()
		if err := stop(); err != nil {
			t.Errorf("Serve: %v", err)
		}
		await(t, &twin, slow, "answer to slow") // it was in hand, and had the time it needed
		if ans.cut != 10*time.Second {
			t.Errorf("the endless one was cut after %v, want ten seconds", ans.cut)
		}
		if in.Open() != 3 || in.Buried() != 0 {
			t.Errorf("%d open, %d buried, want 3 and 0", in.Open(), in.Buried())
		}
		late := twin.Say("kitchen", "too late")
		synctest.Wait()
		if twin.Acknowledged(late) {
			t.Error("acknowledged after the end")
		}

		stop = serve(t, &in, &ans, &twin) // the next one finds what was left
		await(t, &twin, after, "answer to good")
		await(t, &twin, waiting, "answer to good")
		await(t, &twin, late, "answer to too")
		if err := stop(); err != nil {
			t.Errorf("Serve: %v", err)
		}
	})
}

// deaf is a platform that ends by itself.
type deaf struct {
	adaptertest.Twin
	after time.Duration
	err   error
}

func (d *deaf) Run(ctx context.Context, accept func(context.Context, bot.Message) error) error {
	select {
	case <-time.After(d.after):
		return d.err
	case <-ctx.Done():
		return nil
	}
}

func TestServeEndsWithItsAdapters(t *testing.T) {
	errGone := errors.New("the platform is gone")
	for _, test := range []struct {
		name     string
		adapters []bot.Adapter
		want     error
		after    time.Duration
	}{
		{"none", nil, nil, 0},
		{"one fails, the other listens", []bot.Adapter{&deaf{after: time.Minute, err: errGone}, &adaptertest.Twin{}}, errGone, time.Minute},
		{"all end", []bot.Adapter{
			&deaf{Twin: adaptertest.Twin{Called: "one"}, after: time.Minute},
			&deaf{Twin: adaptertest.Twin{Called: "two"}, after: time.Hour},
		}, nil, time.Hour},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				began := time.Now()
				err := bot.Serve(t.Context(), &inbox.Memory{}, &scripted{}, test.adapters...)
				if !errors.Is(err, test.want) {
					t.Errorf("Serve: %v, want %v", err, test.want)
				}
				if took := time.Since(began); took != test.after {
					t.Errorf("after %v, want %v", took, test.after)
				}
			})
		})
	}
}

// brittle is an inbox whose Work fails.
type brittle struct {
	inbox.Memory
	err error
}

func (b *brittle) Work(context.Context, func(context.Context, bot.Message) error) error { return b.err }

func TestServeEndsWithItsInbox(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		errDisk := errors.New("disk full")
		err := bot.Serve(t.Context(), &brittle{err: errDisk}, &scripted{}, &adaptertest.Twin{})
		if !errors.Is(err, errDisk) {
			t.Errorf("Serve: %v, want %v", err, errDisk)
		}
	})
}

// A platform with a slow edit rate sees the last reply all the same.
func TestServeWithLatest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var in inbox.Memory
		twin := &sluggish{}
		stop := serve(t, &in, &scripted{}, twin)
		event := twin.Say("kitchen", "twice around")
		await(t, &twin.Twin, event, "answer to twice")
		if err := stop(); err != nil {
			t.Errorf("Serve: %v", err)
		}
	})
}

type sluggish struct{ adaptertest.Twin }

func (s *sluggish) Deliver(ctx context.Context, m bot.Message, replies bot.Replies) error {
	return s.Twin.Deliver(ctx, m, func(yield func(bot.Reply, error) bool) {
		for r, err := range bot.Latest(replies) {
			<-time.After(time.Second)
			if !yield(r, err) {
				return
			}
		}
	})
}

// Serve is the whole program: here with a platform and an inbox in memory, and
// an answerer that knows one thing.
func ExampleServe() {
	ctx, hangUp := context.WithCancel(context.Background()) // in main: signal.NotifyContext
	var in inbox.Memory
	var platform adaptertest.Twin
	served := make(chan error)
	go func() { served <- bot.Serve(ctx, &in, greeter{}, &platform) }()

	event := platform.Say("kitchen", "Hello?")
	post, err := platform.Await(ctx, event)
	fmt.Println(post.Text, err)

	hangUp()
	fmt.Println("ended:", <-served)
	// Output:
	// Good morning. What can I help with? <nil>
	// ended: <nil>
}

type greeter struct{}

// Answer yields a reply that grows: each one holds all that came before.
func (greeter) Answer(context.Context, bot.Message) bot.Replies {
	return func(yield func(bot.Reply, error) bool) {
		r := bot.Reply{Kind: bot.About, Lead: "Good morning."}
		if !yield(r, nil) {
			return
		}
		r.Lead += " What can I help with?"
		r.Final = true
		yield(r, nil)
	}
}
