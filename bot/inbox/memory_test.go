package inbox

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"porchlight/bot"
	"porchlight/bot/inbox/inboxtest"
)

func TestMemory(t *testing.T) {
	inboxtest.Run(t, func(t *testing.T) bot.Inbox {
		return &Memory{Workers: 32, Backoff: func(int) time.Duration { return rand.N(3 * time.Millisecond) }}
	})
}

var errAgain = errors.New("not this time")

func message(id, conversation string) bot.Message {
	return bot.Message{
		ID: bot.MessageID(id), Conversation: bot.ConversationID(conversation),
		From: bot.Address{Adapter: "test"}, Text: "my secret words",
	}
}

func put(t *testing.T, b *Memory, ids ...string) {
	t.Helper()
	for _, id := range ids {
		if err := b.Put(t.Context(), message(id, "talk")); err != nil {
			t.Fatal(err)
		}
	}
}

// work runs Work in a bubble until the returned function ends it.
func work(t *testing.T, b *Memory, do func(context.Context, bot.Message) error) (stop func()) {
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- b.Work(ctx, do) }()
	return func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("Work: %v", err)
		}
	}
}

// logger returns a log and what it wrote.
func logger() (*slog.Logger, *bytes.Buffer) {
	var buf bytes.Buffer
	return slog.New(slog.NewJSONHandler(&buf, nil)), &buf
}

func TestPutWaitsForRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &Memory{MaxOpen: 2}
		put(t, b, "1", "2")
		put(t, b, "2") // known: no need to wait

		results := make(chan string, 10)
		outside := func(ctx context.Context, id string) {
			go func() {
				err := b.Put(ctx, message(id, "talk"))
				results <- fmt.Sprint(id, " ", err)
			}()
			synctest.Wait()
		}
		brief, leave := context.WithCancel(t.Context())
		outside(t.Context(), "3")
		outside(brief, "never")
		outside(t.Context(), "4")
		outside(t.Context(), "3") // again, while the first still waits
		if b.Open() != 2 || len(results) != 0 {
			t.Fatalf("%d open and %d returned, want 2 and 0", b.Open(), len(results))
		}
		if err := b.Put(t.Context(), message("else", "another")); err != nil {
			t.Fatal(err) // other conversations do not wait
		}
		leave()
		if got, want := <-results, "never put never: context canceled"; got != want {
			t.Errorf("got %q, want %q", got, want)
		}

		var order []string
		release := make(chan struct{})
		stop := work(t, b, func(_ context.Context, m bot.Message) error {
			if m.Conversation == "talk" {
				<-release
				order = append(order, string(m.ID))
			}
			return nil
		})
		release <- struct{}{}
		synctest.Wait()
		if got := <-results; got != "3 <nil>" || len(results) != 0 {
			t.Errorf("the first room went to %q, want 3 alone", got)
		}
		close(release)
		synctest.Wait()
		stop()
		if want := []string{"1", "2", "3", "4"}; !slices.Equal(order, want) {
			t.Errorf("answered %v, want %v", order, want)
		}
		if len(results) != 2 {
			t.Errorf("%d Puts returned, want 2", len(results))
		}
		put(t, b, "never") // was not kept, so it is not known
		if b.Open() != 1 {
			t.Errorf("%d open, want 1", b.Open())
		}
	})
}

func TestPutRefuses(t *testing.T) {
	var b Memory
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := b.Put(ctx, message("1", "talk")); !errors.Is(err, context.Canceled) {
		t.Errorf("with an ended ctx: %v", err)
	}
	if err := b.Put(t.Context(), message("", "talk")); !errors.Is(err, errNoID) {
		t.Errorf("without an id: %v", err)
	}
	if b.Open() != 0 {
		t.Errorf("%d open, want 0", b.Open())
	}
}

func TestFailuresRestLongerAndEndBuried(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log, buf := logger()
		b := &Memory{Log: log}
		put(t, b, "bad", "next")
		var tries []time.Time
		answered := make(chan struct{})
		stop := work(t, b, func(_ context.Context, m bot.Message) error {
			if m.ID == "next" {
				close(answered)
				return nil
			}
			tries = append(tries, time.Now())
			return errAgain
		})
		<-answered
		stop()
		if len(tries) != 6 {
			t.Fatalf("%d tries, want 1 and 5 more", len(tries))
		}
		for i, mean := 0, time.Second; i < 5; i, mean = i+1, 2*mean {
			if rest := tries[i+1].Sub(tries[i]); rest < mean/2 || rest >= mean*3/2 {
				t.Errorf("rest %d was %v, want %v or half as much more or less", i+1, rest, mean)
			}
		}
		if b.Buried() != 1 || b.Open() != 0 {
			t.Errorf("%d buried, %d open, want 1 and 0", b.Buried(), b.Open())
		}
		for _, want := range []string{`"message buried","message":{"id":"bad"`, `"tries":6`, `"message comes back"`, errAgain.Error()} {
			if !strings.Contains(buf.String(), want) {
				t.Errorf("the log lacks %s:\n%s", want, buf)
			}
		}
		if strings.Contains(buf.String(), "secret") {
			t.Errorf("a person's words were logged:\n%s", buf)
		}
	})
}

func TestRestEndsAtAMinuteAndAHalf(t *testing.T) {
	var b Memory
	for n := 1; n < 200; n++ {
		if d := b.rest(n); d < time.Second/2 || d >= 90*time.Second {
			t.Errorf("rest(%d) = %v", n, d)
		}
	}
}

func TestGiveUpIsCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var b Memory
		put(t, &b, "bad")
		stop := work(t, &b, func(context.Context, bot.Message) error { return fmt.Errorf("no: %w", bot.ErrGiveUp) })
		synctest.Wait()
		stop()
		if b.Buried() != 1 || b.Open() != 0 {
			t.Errorf("%d buried, %d open, want 1 and 0", b.Buried(), b.Open())
		}
	})
}

func TestWhatIsInHandHasTenSeconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &Memory{Retries: 1}
		put(t, b, "quick", "slow")
		var cut time.Duration
		var handed time.Time
		for range 5 { // more often than Retries: being cut short is no failure
			stop := work(t, b, func(ctx context.Context, m bot.Message) error {
				if m.ID == "quick" {
					return nil
				}
				handed = time.Now()
				<-ctx.Done()
				cut = time.Since(handed)
				return fmt.Errorf("answer %s: %w", m.ID, ctx.Err())
			})
			synctest.Wait()
			stop()
			if cut != grace {
				t.Errorf("cut after %v, want %v", cut, grace)
			}
		}
		if b.Open() != 1 || b.Buried() != 0 {
			t.Errorf("%d open, %d buried, want 1 and 0", b.Open(), b.Buried())
		}
		stop := work(t, b, func(context.Context, bot.Message) error { return nil })
		synctest.Wait()
		stop()
		if b.Open() != 0 {
			t.Errorf("%d open at the end", b.Open())
		}
	})
}

func TestPanicsAreContainedAndQuiet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log, buf := logger()
		b := &Memory{Log: log}
		put(t, b, "bad")
		tries := 0
		stop := work(t, b, func(_ context.Context, m bot.Message) error {
			tries++
			switch tries {
			case 1:
				panic("cannot answer " + m.Text)
			case 2:
				panic(errors.New("cannot answer " + m.Text))
			case 3:
				_ = []int{}[tries]
			case 4:
				runtime.Goexit()
			}
			return nil
		})
		<-time.After(time.Hour) // of the bubble: every rest is over
		stop()
		if tries != 5 || b.Open() != 0 {
			t.Errorf("%d tries, %d open, want 5 and 0", tries, b.Open())
		}
		for _, want := range []string{`"panic":"string"`, `"panic":"*errors.errorString"`, "index out of range", "memory_test.go", errNoReturn.Error()} {
			if !strings.Contains(buf.String(), want) {
				t.Errorf("the log lacks %s:\n%s", want, buf)
			}
		}
		if strings.Contains(buf.String(), "secret") {
			t.Errorf("a person's words were logged:\n%s", buf)
		}
	})
}

func TestWorkersAreTheLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &Memory{Workers: 3}
		for i := range 20 {
			if err := b.Put(t.Context(), message(fmt.Sprint(i), fmt.Sprint(i))); err != nil {
				t.Fatal(err)
			}
		}
		var inHand, most atomic.Int32
		release := make(chan struct{})
		stop := work(t, b, func(context.Context, bot.Message) error {
			most.Store(max(most.Load(), inHand.Add(1)))
			<-release
			inHand.Add(-1)
			return nil
		})
		synctest.Wait()
		if n := inHand.Load(); n != 3 {
			t.Errorf("%d in hand, want 3", n)
		}
		close(release)
		synctest.Wait()
		stop()
		if most.Load() != 3 || b.Open() != 0 {
			t.Errorf("at most %d in hand, %d open, want 3 and 0", most.Load(), b.Open())
		}
	})
}

func TestTwoMayWork(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &Memory{Workers: 1}
		release := make(chan struct{})
		var inHand atomic.Int32
		do := func(context.Context, bot.Message) error {
			inHand.Add(1)
			<-release
			return nil
		}
		stop1, stop2 := work(t, b, do), work(t, b, do)
		for _, id := range []string{"1", "2", "3"} {
			if err := b.Put(t.Context(), message(id, id)); err != nil {
				t.Fatal(err)
			}
		}
		synctest.Wait()
		if n := inHand.Load(); n != 2 {
			t.Errorf("%d in hand, want 2", n)
		}
		go stop1()
		close(release)
		synctest.Wait()
		stop2()
		if b.Open() != 0 {
			t.Errorf("%d open: the end of one Work must not stop the other", b.Open())
		}
	})
}

func TestRemembersTheLatest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &Memory{Remember: 3}
		var answered []string
		stop := work(t, b, func(_ context.Context, m bot.Message) error {
			answered = append(answered, string(m.ID))
			return nil
		})
		for _, id := range []string{"1", "2", "3", "1", "4", "1", "2"} { // asking for 1 again keeps it, 2 is forgotten
			put(t, b, id)
			synctest.Wait()
		}
		stop()
		if want := []string{"1", "2", "3", "4", "2"}; !slices.Equal(answered, want) {
			t.Errorf("answered %v, want %v", answered, want)
		}
	})
}

func TestIdleConversationsLeaveNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &Memory{Remember: 10, MaxOpen: 2}
		var failed atomic.Int32
		stop := work(t, b, func(_ context.Context, m bot.Message) error {
			if rand.N(10) == 0 && failed.Add(1) < 100 {
				return errAgain
			}
			return nil
		})
		for i := range 3000 {
			if err := b.Put(t.Context(), message(fmt.Sprint(i), fmt.Sprint(i%1000))); err != nil {
				t.Fatal(err)
			}
		}
		<-time.After(time.Hour) // of the bubble: every rest is over
		stop()
		b.mu.Lock()
		defer b.mu.Unlock()
		if len(b.talks) != 0 || b.ready != nil || len(b.ids) != 10 || b.answered.Len() != 10 {
			t.Errorf("%d conversations, %d ready, %d ids, %d answered; want 0, 0, 10, 10",
				len(b.talks), len(b.ready), len(b.ids), b.answered.Len())
		}
	})
}

func BenchmarkMemory(b *testing.B) {
	b.ReportAllocs()
	in := &Memory{}
	ctx, cancel := context.WithCancel(b.Context())
	ended := make(chan error)
	go func() { ended <- in.Work(ctx, func(context.Context, bot.Message) error { return nil }) }()
	for i := 0; b.Loop(); i++ {
		if err := in.Put(ctx, message(fmt.Sprint(i), fmt.Sprint(i%100))); err != nil {
			b.Fatal(err)
		}
	}
	cancel()
	if err := <-ended; err != nil {
		b.Fatal(err)
	}
}
