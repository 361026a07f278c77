package discord_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"porchlight/adapters/discord"
	"porchlight/adapters/discord/discordtwin"
	"porchlight/bot"
	"porchlight/bot/bottest"
)

// What bites first at Discord and its library, one by one. Other tests look closer at
// most of it.

// A component that nobody knows breaks no message, in either direction: none is lost,
// none is sent twice, and no event without an author ends the process.
func TestTrap1UnknownComponents(t *testing.T) {
	r := listening(t, discordtwin.Options{})
	r.twin.Send(r.twin.DM(discordtwin.Ana, "x").NoAuthor().Strange())
	m := r.ask(r.twin.DM(discordtwin.Ana, "is it so?").Strange())
	r.twin.Fault(discordtwin.CreateMessage, 1, discordtwin.Strange())
	r.deliver(m, replyOf(bot.Answer, "pear"))
	r.only(r.twin.DMs(discordtwin.Ana))
	if n := r.twin.Count(discordtwin.CreateMessage); n != 1 || r.twin.Opened() != 1 {
		t.Errorf("posted %d times over %d connections", n, r.twin.Opened())
	}
}

// The global limit, which names its end in another header, holds every bucket.
func TestTrap2GlobalLimit(t *testing.T) {
	r := knowing(t, discordtwin.Options{})
	user, channel := r.person()
	r.twin.Fault(discordtwin.CreateMessage, 1, discordtwin.GlobalLimited(30*time.Second))
	_ = r.fails(r.said(r.twin.DM(user, theirs)), replyOf(bot.Answer))
	n := len(r.twin.Calls())
	later, ok := errors.AsType[*bot.LaterError](r.fails(r.said(r.twin.Mention(channel, user, theirs)), replyOf(bot.Answer)))
	if !ok || later.After < 28*time.Second || len(r.twin.Calls()) != n {
		t.Errorf("%+v after %d calls", later, len(r.twin.Calls())-n)
	}
}

// A wait for a limit ends with ctx.
func TestTrap3ContextEndsWaits(t *testing.T) {
	r := knowing(t, discordtwin.Options{})
	user, _ := r.person()
	m := r.said(r.twin.DM(user, theirs))
	r.twin.Fault(discordtwin.CreateMessage, 1, discordtwin.RateLimited(1900*time.Millisecond, "user"))
	_ = r.fails(m, replyOf(bot.Answer))
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	began := time.Now()
	if err := r.a.Deliver(ctx, m, repliesOf(replyOf(bot.Answer))); !errors.Is(err, context.DeadlineExceeded) || time.Since(began) > time.Second {
		t.Errorf("%v after %v", err, time.Since(began))
	}
}

// A code that no patience mends ends Run, in mid-session too, and costs no logins.
func TestTrap4FatalCodes(t *testing.T) {
	for _, code := range discordtwin.FatalCodes {
		r := newRig(t, discordtwin.Options{})
		ended := make(chan error, 1)
		ctx, cancel := context.WithCancel(t.Context())
		go func() { ended <- r.a.Run(ctx, r.take) }()
		r.await("it is connected", func() bool { return r.socketOf(0, 0) != nil })
		r.socketOf(0, 0).Close(code)
		if err := bottest.Receive(t, "the end", ended); err == nil || !strings.Contains(err.Error(), "closed the connection with 4") {
			t.Errorf("%d: %v", code, err)
		}
		if r.twin.Opened() != 1 || r.twin.Identifies() != 999 {
			t.Errorf("%d: connected %d times, %d logins left", code, r.twin.Opened(), r.twin.Identifies())
		}
		cancel()
	}
}

// A connection that acknowledges nothing is closed so that its session lives, and what
// came meanwhile is heard.
func TestTrap5DeadConnections(t *testing.T) {
	r := newRig(t, discordtwin.Options{Heartbeat: 400 * time.Millisecond})
	r.listen()
	s := r.socketOf(0, 0)
	s.Mute()
	r.await("it is left", func() bool { return s.ClosedBy() != 0 })
	r.say(r.twin.DM(discordtwin.Ana, "meanwhile"))
	if m := bottest.Receive(t, "the message", r.heard); m.Text != "meanwhile" {
		t.Errorf("%q", m.Text)
	}
	if code := s.ClosedBy(); code == 1000 || code == 1001 || r.twin.Identifies() != 999 {
		t.Errorf("closed with %d, %d logins left", code, r.twin.Identifies())
	}
}

// A gateway that greets nobody holds up nothing else, and not for ever.
func TestTrap6NoHello(t *testing.T) {
	r := newRig(t, discordtwin.Options{})
	discord.SetPatience(r.a, 300*time.Millisecond, time.Minute)
	r.twin.OpenNext(1, discordtwin.Opening{NoHello: true})
	a := r.a
	bottest.Start(t, "Run", func(ctx context.Context) error { return a.Run(ctx, r.take) })
	r.await("it has dialled", func() bool { return r.twin.Opened() == 1 })
	if a.Ready() == nil {
		t.Error("ready without a greeting")
	}
	user, _ := r.person()
	r.deliver(r.said(r.twin.DM(user, theirs)), replyOf(bot.Answer, "pear"))
	r.await("it is connected", func() bool { return a.Ready() == nil })
}

// A session is resumed where Discord says, and only there; what it says of a session
// that is invalid is heeded, after the pause that it wants.
func TestTrap7Resume(t *testing.T) {
	r := listening(t, discordtwin.Options{StrictResume: true})
	s := r.socketOf(0, 0)
	next := func(what string, session bool) {
		t.Helper()
		r.await("it is up again after "+what, func() bool { return r.socketOf(0, s.Number) != nil })
		now := r.socketOf(0, s.Number)
		if (now.Session() == s.Session()) != session || now.Resumed() != session || now.OnResumeURL != session {
			t.Errorf("after %s: resumed %v at the right address %v", what, now.Resumed(), now.OnResumeURL)
		}
		s = now
	}
	s.Drop()
	next("a break", true)
	for _, resumable := range []bool{true, false} {
		began := time.Now()
		session := s.Session()
		s.Invalidate(resumable)
		if resumable {
			next("an invalid one that lives", true)
		} else {
			r.await("another", func() bool { n := r.socketOf(0, s.Number); return n != nil && n.Session() != session })
		}
		if took := time.Since(began); took < 20*time.Millisecond {
			t.Errorf("began again after %v", took)
		}
	}
}

// Each post carries a nonce that Discord enforces; an answer to an interaction is one
// post by itself.
func TestTrap8Nonce(t *testing.T) {
	r := knowing(t, discordtwin.Options{})
	user, _ := r.person()
	m := r.said(r.twin.DM(user, theirs))
	for range 3 { // not told that it is again: Discord knows
		r.deliver(m, replyOf(bot.Answer, "pear"))
	}
	r.only(r.twin.DMs(user))
	for _, c := range r.twin.CallsTo(discordtwin.CreateMessage) {
		if nonce, _ := c.Field("nonce").(string); nonce == "" || len(nonce) > 25 || c.Field("enforce_nonce") != true {
			t.Errorf("nonce %q, enforced %v", nonce, c.Field("enforce_nonce"))
		}
	}
}

// The intents are ours: three, and none that needs a review.
func TestTrap9Intents(t *testing.T) {
	r := listening(t, discordtwin.Options{})
	if got, want := r.socketOf(0, 0).Intents(), 1<<0|1<<9|1<<12; got != want {
		t.Errorf("%b, want %b", got, want)
	}
}

// Limits of interactions long past are forgotten.
func TestTrap10Buckets(t *testing.T) {
	r := listening(t, discordtwin.Options{})
	user, channel := r.person()
	for range 5 {
		r.deliver(r.ask(r.twin.Command(channel, user, "ask", question())), replyOf(bot.Answer, "pear"))
	}
	had := discord.Buckets(r.a)
	if had < 5 {
		t.Fatalf("%d limits: the test looks in the wrong place", had)
	}
	for i := range 20_000 {
		discord.Remember(r.a, strings.Repeat("x", 8)+string(rune('a'+i%26))+time.Duration(i).String())
	}
	if n := discord.Buckets(r.a); n > 10_000 {
		t.Errorf("%d are remembered", n)
	}
}
