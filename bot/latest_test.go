package bot_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"porchlight/bot"
)

var errAgain = errors.New("not this time")

// numbered is a reply that can be told from others.
func numbered(n, of int) bot.Reply { return bot.Reply{Lead: fmt.Sprint(n), Final: n == of} }

// Each test is a bubble: a goroutine that Latest leaves behind fails it.

func TestLatestSkips(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var got []string
		for r, err := range bot.Latest(func(yield func(bot.Reply, error) bool) {
			for n := 1; n <= 100 && yield(numbered(n, 100), nil); n++ {
				if n == 1 || n == 50 {
					synctest.Wait() // the consumer has taken it, and is busy
				}
			}
		}) {
			if err != nil {
				t.Error(err)
			}
			got = append(got, r.Lead)
			<-time.After(time.Second) // an edit is slow
		}
		if want := []string{"1", "100"}; !slices.Equal(got, want) {
			t.Errorf("shown %v, want %v", got, want)
		}
	})
}

func TestLatestShowsAllToTheQuick(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var got []string
		for r, err := range bot.Latest(func(yield func(bot.Reply, error) bool) {
			for n := 1; n <= 3 && yield(numbered(n, 3), nil); n++ {
				<-time.After(time.Second)
			}
		}) {
			if err != nil {
				t.Error(err)
			}
			got = append(got, r.Lead)
		}
		if want := []string{"1", "2", "3"}; !slices.Equal(got, want) {
			t.Errorf("shown %v, want %v", got, want)
		}
	})
}

func TestLatestNeverLosesTheLast(t *testing.T) {
	for of := 1; of <= 200; of++ {
		synctest.Test(t, func(t *testing.T) {
			var last bot.Reply
			shown := 0
			for r, err := range bot.Latest(func(yield func(bot.Reply, error) bool) {
				for n := 1; n <= of; n++ {
					var err error
					if n == of {
						err = errAgain
					}
					if !yield(numbered(n, of), err) {
						return
					}
					<-time.After(rand.N(3 * time.Millisecond))
				}
			}) {
				if r.Final != errors.Is(err, errAgain) {
					t.Errorf("reply %s with error %v", r.Lead, err)
				}
				last, shown = r, shown+1
				<-time.After(rand.N(6 * time.Millisecond))
			}
			if !last.Final || shown > of {
				t.Errorf("%d of %d shown, the last is %q", shown, of, last.Lead)
			}
		})
	}
}

func TestLatestOfNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for r, err := range bot.Latest(func(func(bot.Reply, error) bool) {}) {
			t.Errorf("shown %q, %v", r.Lead, err)
		}
	})
}

func TestLatestConsumerStops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stopped := false
		for _, err := range bot.Latest(func(yield func(bot.Reply, error) bool) {
			for n := 1; yield(numbered(n, 0), nil); n++ {
				<-time.After(time.Second)
			}
			stopped = true
		}) {
			if err != nil {
				t.Error(err)
			}
			break
		}
		if !stopped {
			t.Error("the answerer was not told that nobody reads on")
		}
	})
}

// An answer that ctx cuts short says so in its last error; that must arrive, or
// half an answer would count as a whole one.
func TestLatestCtxEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		var last error
		for _, err := range bot.Latest(func(yield func(bot.Reply, error) bool) {
			if yield(numbered(1, 2), nil) {
				<-ctx.Done()
				yield(numbered(1, 2), ctx.Err())
			}
		}) {
			last = err
			cancel()
		}
		if !errors.Is(last, context.Canceled) {
			t.Errorf("ended with %v, want %v", last, context.Canceled)
		}
	})
}

// A panic must reach the consumer's goroutine, where the inbox contains it.
func TestLatestPanics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		defer func() {
			if v := recover(); v != errAgain { //nolint:errorlint // what was thrown, not an error of it
				t.Errorf("the consumer saw %v", v)
			}
		}()
		for r, err := range bot.Latest(func(yield func(bot.Reply, error) bool) {
			yield(numbered(1, 2), nil)
			panic(errAgain)
		}) {
			if err != nil || r.Final {
				t.Errorf("shown %q, %v", r.Lead, err)
			}
		}
	})
}
