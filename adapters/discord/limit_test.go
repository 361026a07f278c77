package discord_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"porchlight/adapters/discord"
	"porchlight/adapters/discord/discordtwin"
	"porchlight/bot"
	"porchlight/bot/bottest"
)

// TestTokenRefused expects one refusal of the token to end all calls, and Run with one
// line that tells what to do.
func TestTokenRefused(t *testing.T) {
	r := newRig(t, discordtwin.Options{})
	ended := make(chan error, 1)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go func() { ended <- r.a.Run(ctx, r.take) }()
	r.await("it is connected", func() bool { return r.a.Ready() == nil })
	user, channel := r.person()
	m := r.said(r.twin.Mention(channel, user, theirs))
	r.twin.Fault(discordtwin.CreateMessage, 1, discordtwin.Refused(http.StatusUnauthorized, 0, "401: Unauthorized"))
	_ = r.fails(m, replyOf(bot.Answer))
	err := bottest.Receive(t, "the end", ended)
	if err == nil || !strings.Contains(err.Error(), "token") || strings.Contains(err.Error(), "\n") {
		t.Errorf("%v", err)
	}
	n := len(r.twin.Calls())
	for range 50 {
		_ = r.fails(m, replyOf(bot.Answer))
	}
	if more := len(r.twin.Calls()) - n; more > 0 {
		t.Errorf("%d calls after the end", more)
	}
}

// TestTokenOfAnInteraction expects an interaction whose token is refused to end nothing.
func TestTokenOfAnInteraction(t *testing.T) {
	r := listening(t, discordtwin.Options{})
	user, channel := r.person()
	m := r.ask(r.twin.Command(channel, user, "ask", question()))
	r.twin.Fault(discordtwin.UpdateOriginal, 1, discordtwin.Refused(http.StatusUnauthorized, 50027, "Invalid Webhook Token"))
	r.deliver(m, replyOf(bot.Answer, "pear"))
	r.only(r.twin.DMs(user))
	r.ask(r.twin.DM(user, "later"))
}

// TestInvalidRequests expects the program to stop by itself long before Discord turns
// it away, later with answers to interactions than with the rest.
func TestInvalidRequests(t *testing.T) {
	r := listening(t, discordtwin.Options{Invalid: 30})
	discord.SetMisses(r.a, 10, 20)
	user, channel := r.person()
	command := r.ask(r.twin.Command(channel, user, "ask", question()))
	r.twin.Permit(channel, 0)
	r.twin.AddUser(discordtwin.User{ID: user, Name: "closed", Closed: true})
	later := func(m bot.Message) bool {
		err := r.a.Deliver(t.Context(), m, repliesOf(replyOf(bot.Answer)))
		e, ok := errors.AsType[*bot.LaterError](err)
		return ok && e.After > 9*time.Minute
	}
	mention := r.said(r.twin.Mention(channel, user, theirs))
	for n := 0; !later(mention); n++ {
		if n > 20 {
			t.Fatal("it goes on and on")
		}
	}
	if n := r.twin.Invalid(); n < 9 || n > 11 {
		t.Errorf("stopped after %d", n)
	}
	r.deliver(command, replyOf(bot.Answer, "pear")) // goes its own way still
	if n := saying(r.twin.Ephemerals(user), "pear"); n != 1 {
		t.Errorf("%d answers", n)
	}
	r.twin.Fault(discordtwin.UpdateOriginal, 100, discordtwin.Refused(http.StatusForbidden, 50013, "Missing Permissions"))
	for range 20 {
		_ = r.a.Deliver(t.Context(), command, repliesOf(replyOf(bot.Answer)))
	}
	if n := r.twin.Invalid(); n > 20 {
		t.Errorf("%d were refused", n)
	}
}

// TestSharedLimitIsNoFault expects a limit that others used up not to be counted.
func TestSharedLimitIsNoFault(t *testing.T) {
	r := knowing(t, discordtwin.Options{})
	discord.SetMisses(r.a, 1, 1)
	user, channel := r.person()
	r.twin.Fault(discordtwin.CreateMessage, 1, discordtwin.RateLimited(time.Second, "shared"))
	_ = r.fails(r.said(r.twin.Mention(channel, user, theirs)), replyOf(bot.Answer))
	_, elsewhere := r.person()
	r.deliver(r.said(r.twin.Mention(elsewhere, user, theirs)), replyOf(bot.Answer))
}

// TestRateIsLearned expects fewer calls a second each time Discord says that it was too
// much, never none, and as many as before after a while.
func TestRateIsLearned(t *testing.T) {
	r := knowing(t, discordtwin.Options{})
	if n := discord.Rate(r.a); n != 45 {
		t.Fatalf("begins with %v", n)
	}
	user, _ := r.person()
	limited := func() {
		t.Helper()
		_, channel := r.person()
		r.twin.Fault(discordtwin.CreateMessage, 1, discordtwin.GlobalLimited(10*time.Millisecond))
		m := r.said(r.twin.Mention(channel, user, theirs))
		if later, ok := errors.AsType[*bot.LaterError](r.fails(m, replyOf(bot.Answer))); !ok || later.After > 2*time.Second {
			t.Errorf("%+v", later)
		}
	}
	limited()
	if n := discord.Rate(r.a); n >= 40 || n < 20 {
		t.Errorf("after one %v a second", n)
	}
	discord.Regain(r.a, 10*time.Second)
	if n := discord.Rate(r.a); n <= 31.5 || n >= 45 {
		t.Errorf("after a while %v", n)
	}
	discord.Regain(r.a, time.Hour)
	if n := discord.Rate(r.a); n != 45 {
		t.Errorf("in the end %v", n)
	}
}

// TestNeverStarved expects commands to be acknowledged and answered at once while
// messages have used up all that they may.
func TestNeverStarved(t *testing.T) {
	r := listening(t, discordtwin.Options{RateLimits: true})
	user, channel := r.person()
	r.twin.Fault(discordtwin.CreateMessage, 1, discordtwin.GlobalLimited(20*time.Second))
	if _, ok := errors.AsType[*bot.LaterError](r.fails(r.said(r.twin.DM(user, theirs)), replyOf(bot.Answer))); !ok {
		t.Error("not limited")
	}
	errs := make(chan error, 100)
	for range cap(errs) {
		m := r.said(r.twin.Mention(channel, user, theirs))
		go func() { errs <- r.a.Deliver(t.Context(), m, repliesOf(replyOf(bot.Answer))) }()
	}
	began := time.Now()
	r.deliver(r.ask(r.twin.Command(channel, user, "ask", question())), replyOf(bot.Answer, "pear"))
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("took %v", took)
	}
	for range cap(errs) {
		if _, ok := errors.AsType[*bot.LaterError](<-errs); !ok {
			t.Error("a message went out")
		}
	}
}

// TestNotLedElsewhere expects a post not to be made again where an answer points to,
// nor a token to be shown there.
func TestNotLedElsewhere(t *testing.T) {
	r := knowing(t, discordtwin.Options{})
	user, _ := r.person()
	for _, status := range []int{301, 302, 307, 308} {
		n := len(r.twin.Calls())
		r.twin.Fault(discordtwin.CreateMessage, 1, discordtwin.Fault{Name: "elsewhere", Status: status, Header: map[string]string{"Location": "/api/v9/users/@me"}})
		_ = r.fails(r.said(r.twin.DM(user, theirs)), replyOf(bot.Answer))
		if more := len(r.twin.Calls()) - n; more != 1 {
			t.Errorf("%d: %d calls", status, more)
		}
	}
}
