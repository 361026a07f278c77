package main

import (
	"testing"
	"time"

	"porchlight/adapters/slack/slacktwin"
)

// TestSlackThread expects whoever asked with a mention to go on in the thread
// without one, after the program was started anew as well, and nobody else.
func TestSlackThread(t *testing.T) {
	r := newSlackRun(t, slacktwin.Options{}, true)
	r.start()
	r.ready()
	say := func(e slacktwin.Event) {
		t.Helper()
		if !r.tell(t.Context(), e) {
			t.Fatal("not taken")
		}
	}
	answered := func(user string, n int) {
		t.Helper()
		if !within(20*time.Second, func() bool { return len(r.twin.Ephemerals(user)) == n && r.open() == 0 }) {
			t.Fatalf("%d answers, want %d:\n%s", len(r.twin.Ephemerals(user)), n, r.tail())
		}
	}
	ask := r.twin.Mention(slacktwin.General, slacktwin.Ana, questions[0], "")
	say(ask)
	answered(slacktwin.Ana, 1)
	say(r.twin.ChannelMessage(slacktwin.General, slacktwin.Ana, questions[1], ask.Thread))
	answered(slacktwin.Ana, 2)
	r.stop()
	r.start()
	r.ready()
	say(r.twin.ChannelMessage(slacktwin.General, slacktwin.Ben, questions[2], ask.Thread))
	say(r.twin.ChannelMessage(slacktwin.General, slacktwin.Ana, questions[2], ask.Thread))
	answered(slacktwin.Ana, 3)
	answered(slacktwin.Ben, 0)
	if posts := r.twin.Posts(slacktwin.General); len(posts) > 0 {
		t.Errorf("others see %d posts", len(posts))
	}
	r.stop()
}
