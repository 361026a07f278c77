package slack_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"porchlight/adapters/slack"
	"porchlight/adapters/slack/slacktwin"
	"porchlight/bot"
)

// TestRefusedToken expects a bot token that Slack refuses while the program runs to
// be told once, with what to do; what is asked meanwhile to be kept and Slack to be
// left alone; and all to go on once the token is good again.
func TestRefusedToken(t *testing.T) {
	for _, code := range []string{"token_revoked", "invalid_auth", "account_inactive", "not_authed", "token_expired"} {
		t.Run(code, func(t *testing.T) {
			r := newRig(t, slacktwin.Options{}, false)
			slack.SetRest(r.a, 100*time.Millisecond)
			r.listen()
			user, channel := r.person()
			var all []bot.Message
			for range 10 {
				all = append(all, r.ask(r.twin.DM(user, theirs)), r.ask(r.twin.Mention(channel, user, theirs, "")))
			}
			r.twin.SetToken(slacktwin.BotToken, code)
			posts := r.twin.Count("chat.postMessage") + r.twin.Count("chat.postEphemeral")
			asked, began := r.twin.Count("auth.test"), time.Now()
			for _, m := range all {
				var later *bot.LaterError
				err := r.a.Deliver(t.Context(), m, repliesOf(replyOf(bot.Answer, "apple")))
				if !errors.As(err, &later) || later.After <= 0 || errors.Is(err, bot.ErrGiveUp) || errors.Is(err, bot.ErrUnclear) {
					t.Fatalf("Deliver: %v", err)
				}
			}
			if n := r.twin.Count("chat.postMessage") + r.twin.Count("chat.postEphemeral") - posts; n != 1 {
				t.Errorf("Slack was called %d times with it", n)
			}
			if r.a.Ready() == nil {
				t.Error("it is ready")
			}
			r.await("Slack is asked again", func() bool { return r.twin.Count("auth.test") > asked })
			if n, most := r.twin.Count("auth.test")-asked, 1+int(time.Since(began)/(100*time.Millisecond)); n > most {
				t.Errorf("asked %d times in %v", n, time.Since(began))
			}
			logs := r.logs.String()
			if strings.Count(logs, "refuses the bot token") != 1 || strings.Count(logs, slack.Mend(code)) != 1 || !strings.Contains(logs, code) {
				t.Errorf("logged %s", logs)
			}
			if strings.Contains(logs, slacktwin.BotToken) {
				t.Error("the token is logged")
			}
			r.twin.SetToken(slacktwin.BotToken, slacktwin.TokenGood)
			r.await("it is ready again", func() bool { return r.a.Ready() == nil })
			for _, m := range all[:4] {
				r.deliver(again(m), replyOf(bot.Answer, "apple"))
			}
			if n := len(r.alone(user)); n != 4 {
				t.Errorf("%d of 4 answered", n)
			}
			if got := r.counts.String(); !strings.Contains(got, "slack.token_refused=1") {
				t.Errorf("counted %s", got)
			}
		})
	}
}

// TestRefusedOnce expects one refusal of a token that works to be over soon, and
// with no question in hand.
func TestRefusedOnce(t *testing.T) {
	r := newRig(t, slacktwin.Options{}, true)
	slack.SetRest(r.a, 20*time.Millisecond)
	r.listen()
	user, _ := r.person()
	m := r.ask(r.twin.DM(user, theirs))
	r.twin.Fault("chat.postMessage", 1, slacktwin.Refused("invalid_auth", nil))
	if err := r.a.Deliver(t.Context(), m, repliesOf(replyOf(bot.Answer, "apple"))); err == nil {
		t.Fatal("no error")
	}
	r.await("it is ready again", func() bool { return r.a.Ready() == nil })
	r.deliver(again(m), replyOf(bot.Answer, "apple"))
	r.only(r.alone(user))
}

// TestBraked expects refusals that name no end to be waited for longer each time,
// and a success to end that.
func TestBraked(t *testing.T) {
	r := listening(t, slacktwin.Options{}, false)
	user, _ := r.person()
	m := r.ask(r.twin.DM(user, theirs))
	r.twin.Fault("chat.postMessage", 1, slacktwin.RateLimitedBare())
	var later *bot.LaterError
	if err := r.a.Deliver(t.Context(), m, repliesOf(replyOf(bot.Answer))); !errors.As(err, &later) || later.After > 2*time.Second {
		t.Errorf("%v", err)
	}
	r.deliver(again(m), replyOf(bot.Answer, "apple"))
	for _, m := range []bot.Message{r.ask(r.twin.HomeOpened(user, "home")), again(r.ask(asks[6].event(r, user, slacktwin.General)))} {
		method := map[bool]string{true: "conversations.open", false: "views.publish"}[m.Handed.Again]
		r.twin.Fault(method, 1, slacktwin.RateLimitedBare())
		if err := r.a.Deliver(t.Context(), m, repliesOf(replyOf(bot.Answer))); !errors.As(err, &later) || errors.Is(err, bot.ErrUnclear) {
			t.Errorf("%s: %v", method, err)
		}
	}
}
