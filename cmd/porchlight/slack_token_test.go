package main

import (
	"strings"
	"testing"
	"time"

	"porchlight/adapters/slack"
	"porchlight/adapters/slack/slacktwin"
)

// TestSlackToken expects the program to tell once, in its log and at /readyz, that
// the bot token is refused and what to do, to keep what is asked meanwhile, and to
// answer it by itself once the token is good again.
func TestSlackToken(t *testing.T) {
	r := newSlackRun(t, slacktwin.Options{}, true)
	r.start()
	r.ready()
	r.twin.SetToken(slacktwin.BotToken, slacktwin.TokenRevoked)
	for i := range 5 {
		q := r.ask(slacktwin.Ana, questions[i%len(questions)], i, false)
		if q.acked = r.tell(t.Context(), q.Event); !q.acked {
			t.Fatal("not taken")
		}
	}
	if !within(20*time.Second, func() bool { return r.get("/readyz") == "" }) {
		t.Fatal("it is ready")
	}
	posts := r.twin.Count("chat.postMessage")
	r.twin.SetToken(slacktwin.BotToken, slacktwin.TokenGood)
	r.judge(r.settle(time.Minute))
	if r.get("/readyz") == "" {
		t.Error("it is not ready again")
	}
	log := r.log.String()
	if n := strings.Count(log, slack.Mend("token_revoked")); n == 0 || strings.Count(log, "refuses the bot token") != 1 {
		t.Errorf("logged:\n%s", r.tail())
	}
	if posts > 5 {
		t.Errorf("%d posts with a refused token", posts)
	}
	r.stop()
}
