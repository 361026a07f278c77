package adaptertest_test

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"testing/synctest"

	"porchlight/adapters/adaptertest"
	"porchlight/bot"
)

// harness shows the least there is to a harness: Twin is its own platform.
type harness struct{ *adaptertest.Twin }

func (h harness) Adapter(log *slog.Logger) bot.Adapter {
	h.Log = log
	return h.Twin
}

func TestTwin(t *testing.T) {
	adaptertest.Run(t, func(*testing.T) adaptertest.Harness { return harness{&adaptertest.Twin{}} })
}

func TestAwait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var twin adaptertest.Twin
		ctx, cancel := context.WithCancel(t.Context())
		heard, ended := make(chan bot.Message, 1), make(chan error, 1)
		go func() {
			ended <- twin.Run(ctx, func(_ context.Context, m bot.Message) error {
				heard <- m
				return nil
			})
		}()
		event := twin.Say("kitchen", "hello there")
		got := make(chan adaptertest.Post, 1)
		go func() {
			p, err := twin.Await(ctx, event)
			if err != nil {
				t.Error(err)
			}
			got <- p
		}()
		m := <-heard
		err := twin.Deliver(ctx, m, func(yield func(bot.Reply, error) bool) {
			yield(bot.Reply{Lead: "wait"}, nil)
			synctest.Wait()
			if len(got) > 0 {
				t.Error("Await did not wait for the final reply")
			}
			yield(bot.Reply{Lead: "hello", Privacy: bot.Everyone, Final: true}, nil)
		})
		if err != nil {
			t.Error(err)
		}
		if p := <-got; p.Text != "hello" || p.Alone {
			t.Errorf("the post is %+v", p)
		}
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("Run: %v", err)
		}
		if _, err := twin.Await(ctx, "no such event"); !errors.Is(err, context.Canceled) {
			t.Errorf("Await of nothing: %v", err)
		}
	})
}
