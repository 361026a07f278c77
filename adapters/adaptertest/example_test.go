package adaptertest_test

import (
	"context"
	"fmt"
	"log/slog"
	"testing"

	"porchlight/adapters/adaptertest"
	"porchlight/bot"
	"porchlight/bot/inbox"
)

// An adapter's own test needs a harness: the adapter, and a twin of its platform.
func ExampleRun() {
	test := func(t *testing.T) { // TestAdapter, in the package of the adapter
		adaptertest.Run(t, func(t *testing.T) adaptertest.Harness {
			return harness{&adaptertest.Twin{}} // an httptest.Server, say, closed in t.Cleanup
		})
	}
	_ = test
}

// A Harness of a real platform has a server to look at; that of Twin only has
// to take the log.
func ExampleHarness() {
	var h adaptertest.Harness = harness{&adaptertest.Twin{}}
	fmt.Println(h.Adapter(slog.New(slog.DiscardHandler)).Name())
	// Output: twin
}

// Twin is a platform to try the whole program on.
func ExampleTwin() {
	ctx, stop := context.WithCancel(context.Background())
	var twin adaptertest.Twin
	served := make(chan error)
	go func() { served <- bot.Serve(ctx, &inbox.Memory{}, parrot{}, &twin) }()

	event := twin.Say("kitchen", "good morning")
	post, err := twin.Await(ctx, event)
	fmt.Println(post.Text, post.Alone, err)
	stop()
	fmt.Println(<-served)
	// Output:
	// good morning true <nil>
	// <nil>
}

// parrot is an answerer for tests.
type parrot struct{}

func (parrot) Answer(_ context.Context, m bot.Message) bot.Replies {
	return func(yield func(bot.Reply, error) bool) {
		yield(bot.Reply{Lead: m.Text, Final: true}, nil)
	}
}
