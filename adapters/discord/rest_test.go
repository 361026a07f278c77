package discord_test

import (
	"context"
	"errors"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"porchlight/adapters/discord"
	"porchlight/adapters/discord/discordtwin"
	"porchlight/bot"
)

func impatient(o *discord.Options) { o.Call = 400 * time.Millisecond }

// TestOneAnswer expects what may have arrived to be unclear, and to be one post once
// it was delivered again, whether Discord remembers the nonce or not.
func TestOneAnswer(t *testing.T) {
	for name, window := range map[string]time.Duration{"nonce": 0, "looked up": time.Nanosecond} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, discordtwin.Options{NonceWindow: window}).with(impatient)
			r.introduce()
			for _, f := range []discordtwin.Fault{
				discordtwin.Broken(500), discordtwin.Broken(502), discordtwin.Broken(503), discordtwin.BrokenAfter(500), discordtwin.BrokenAfter(504),
				discordtwin.LostAnswer(), discordtwin.Deaf(), discordtwin.ResetBefore(), discordtwin.ResetAfter(), discordtwin.HTML(),
				discordtwin.SlowHeaders(time.Second), discordtwin.SlowBody(time.Second),
			} {
				user, channel := r.person()
				for where, e := range map[string]discordtwin.Event{"direct": r.twin.DM(user, theirs), "channel": r.twin.Mention(channel, user, theirs)} {
					m := r.said(e)
					r.twin.Fault(discordtwin.CreateMessage, 1, f)
					if err := r.fails(m, replyOf(bot.Answer, "pear")); !errors.Is(err, bot.ErrUnclear) || errors.Is(err, bot.ErrGiveUp) {
						t.Errorf("%s, %s: %v", f.Name, where, err)
					}
					r.twin.NoFaults()
					for range 2 {
						r.deliver(again(m), replyOf(bot.Answer, "pear"))
					}
				}
				if len(r.twin.DMs(user)) != 1 || len(r.seen(channel)) != 1 {
					t.Errorf("%s: %d direct posts and %d in the channel", f.Name, len(r.twin.DMs(user)), len(r.seen(channel)))
				}
			}
		})
	}
}

// TestStrangeAnswer expects an answer with what nobody knows to be an answer.
func TestStrangeAnswer(t *testing.T) {
	r := knowing(t, discordtwin.Options{})
	r.twin.Fault("", 5, discordtwin.Strange())
	user, _ := r.person()
	r.deliver(r.said(r.twin.DM(user, theirs)), opening(replyOf(bot.Danger)), replyOf(bot.Danger, "pear"))
	r.only(r.twin.DMs(user))
}

// TestLookUpFails expects nothing to be posted while nobody knows whether something
// stands, and the message to come back soon.
func TestLookUpFails(t *testing.T) {
	r := newRig(t, discordtwin.Options{}).with(impatient)
	r.introduce()
	user, channel := r.person()
	m := r.said(r.twin.Mention(channel, user, theirs))
	for _, f := range []discordtwin.Fault{discordtwin.Broken(500), discordtwin.Deaf(), discordtwin.HTML()} {
		r.twin.Fault(discordtwin.ListMessages, 1, f)
		if err := r.fails(again(m), replyOf(bot.Answer)); errors.Is(err, bot.ErrUnclear) {
			t.Errorf("%s: %v", f.Name, err)
		}
	}
	if n := r.twin.Count(discordtwin.CreateMessage); n != 0 {
		t.Errorf("%d posts", n)
	}
	r.twin.Permit(channel, discordtwin.Least&^discordtwin.ReadMessageHistory)
	m = placed(t, m, map[string]any{"m": ""})
	r.deliver(again(m), replyOf(bot.Answer))
}

// TestLimits expects a 429 to be the end that it names, and nobody whom it holds to
// call meanwhile.
func TestLimits(t *testing.T) {
	type held struct{ same, other, free bool }
	for _, x := range []struct {
		name     string
		fault    discordtwin.Fault
		min, max time.Duration
		held     held
	}{
		{"of a route", discordtwin.RateLimited(30*time.Second, "user"), 29 * time.Second, 31 * time.Second, held{same: true}},
		{"shared", discordtwin.RateLimited(30*time.Second, "shared"), 29 * time.Second, 31 * time.Second, held{same: true}},
		{"short", discordtwin.RateLimited(20*time.Millisecond, "user"), time.Second, 2 * time.Second, held{}},
		{"bare", discordtwin.RateLimitedBare(), time.Second, 11 * time.Minute, held{}},
		{"global", discordtwin.GlobalLimited(30 * time.Second), 29 * time.Second, 31 * time.Second, held{same: true, other: true}},
		{"of the front door", discordtwin.Cloudflare(30 * time.Second), 29 * time.Second, 31 * time.Second, held{true, true, true}},
	} {
		t.Run(x.name, func(t *testing.T) {
			r := listening(t, discordtwin.Options{})
			user, channel := r.person()
			_, elsewhere := r.person()
			command := r.ask(r.twin.Command(channel, user, "ask", question()))
			limited := func(m bot.Message) bool {
				t.Helper()
				n := len(r.twin.Calls())
				ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
				defer cancel()
				err := r.a.Deliver(ctx, m, repliesOf(replyOf(bot.Answer, "pear")))
				later, ok := errors.AsType[*bot.LaterError](err)
				if ok && (later.After <= 0 || len(r.twin.Calls()) != n) {
					t.Errorf("later by %v, after %d calls", later.After, len(r.twin.Calls())-n)
				}
				if err != nil && !ok {
					t.Error(err)
				}
				return ok
			}
			m := r.said(r.twin.Mention(channel, user, theirs))
			r.twin.Fault(discordtwin.CreateMessage, 1, x.fault)
			later, ok := errors.AsType[*bot.LaterError](r.fails(m, replyOf(bot.Answer)))
			if !ok || later.After < x.min || later.After > x.max {
				t.Fatalf("%+v", later)
			}
			if x.max > 10*time.Minute {
				return
			}
			began := time.Now()
			same := limited(m)
			if took := time.Since(began); !x.held.same && took < 900*time.Millisecond {
				t.Errorf("called again after %v", took)
			}
			got := held{same, limited(r.said(r.twin.Mention(elsewhere, user, theirs))), limited(command)}
			if got != x.held {
				t.Errorf("held are %+v, want %+v", got, x.held)
			}
		})
	}
}

// TestLimitWithoutEnd expects the front door to be left alone for long when it does
// not say for how long.
func TestLimitWithoutEnd(t *testing.T) {
	r := knowing(t, discordtwin.Options{})
	user, _ := r.person()
	f := discordtwin.Cloudflare(time.Second)
	f.Header = nil
	r.twin.Fault(discordtwin.CreateMessage, 1, f)
	if later, ok := errors.AsType[*bot.LaterError](r.fails(r.said(r.twin.DM(user, theirs)), replyOf(bot.Answer))); !ok || later.After < 5*time.Minute {
		t.Errorf("%+v", later)
	}
}

// TestBuckets expects a channel's limit to be kept by itself, no 429 to be met, and
// nobody else to wait.
func TestBuckets(t *testing.T) {
	per := 600 * time.Millisecond
	r := knowing(t, discordtwin.Options{RateLimits: true, Buckets: map[string]discordtwin.Bucket{discordtwin.CreateMessage: {Limit: 3, Per: per}}})
	user, channel := r.person()
	began := time.Now()
	for range 7 {
		r.deliver(r.said(r.twin.Mention(channel, user, theirs)), replyOf(bot.Answer))
	}
	if took := time.Since(began); took < 2*per {
		t.Errorf("took %v", took)
	}
	errs := make(chan error, 12)
	for range cap(errs) { // at once: some go, some wait, and some are sent away
		m := r.said(r.twin.Mention(channel, user, theirs))
		go func() { errs <- r.a.Deliver(t.Context(), m, repliesOf(replyOf(bot.Answer))) }()
	}
	for range cap(errs) {
		if err := <-errs; err != nil {
			if later, ok := errors.AsType[*bot.LaterError](err); !ok || later.After > 4*per { // each has a turn of its own, three at a time
				t.Error(err)
			}
		}
	}
	_, elsewhere := r.person()
	began = time.Now()
	r.deliver(r.said(r.twin.Mention(elsewhere, user, theirs)), replyOf(bot.Answer))
	if took := time.Since(began); took > per/2 {
		t.Errorf("another channel took %v", took)
	}
	if n := r.twin.Statuses()[429]; n > 0 {
		t.Errorf("%d times 429", n)
	}
}

// TestSentAway expects who is sent away from a full bucket to leave no room behind.
func TestSentAway(t *testing.T) {
	r := knowing(t, discordtwin.Options{RateLimits: true, Buckets: map[string]discordtwin.Bucket{discordtwin.CreateMessage: {Limit: 1, Per: time.Minute}}})
	user, channel := r.person()
	r.deliver(r.said(r.twin.Mention(channel, user, theirs)), replyOf(bot.Answer))
	for range 3 {
		if later, ok := errors.AsType[*bot.LaterError](r.fails(r.said(r.twin.Mention(channel, user, theirs)), replyOf(bot.Answer))); !ok || later.After < 50*time.Second {
			t.Errorf("%+v", later)
		}
	}
	if n := r.twin.Count(discordtwin.CreateMessage); n != 1 {
		t.Errorf("called %d times", n)
	}
}

// TestWaitHeedsCtx expects a wait for a limit to end with ctx, and nothing to be sent.
func TestWaitHeedsCtx(t *testing.T) {
	r := knowing(t, discordtwin.Options{})
	user, _ := r.person()
	m := r.said(r.twin.DM(user, theirs))
	r.twin.Fault(discordtwin.CreateMessage, 1, discordtwin.RateLimited(1500*time.Millisecond, "user"))
	_ = r.fails(m, replyOf(bot.Answer))
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer cancel()
	began := time.Now()
	err := r.a.Deliver(ctx, m, repliesOf(replyOf(bot.Answer)))
	if took := time.Since(began); !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, bot.ErrUnclear) || took > time.Second {
		t.Errorf("%v after %v", err, took)
	}
	if n := r.twin.Count(discordtwin.CreateMessage); n != 1 {
		t.Errorf("called %d times", n)
	}
}

// TestInteractionsAreFree expects commands not to share each other's limits, nor to
// wait for anybody's posts.
func TestInteractionsAreFree(t *testing.T) {
	r := listening(t, discordtwin.Options{RateLimits: true})
	user, channel := r.person()
	var all []bot.Message
	for range 30 {
		all = append(all, r.ask(r.twin.Command(channel, user, "ask", question())))
	}
	began := time.Now()
	errs := make(chan error, len(all))
	for _, m := range all {
		go func() { errs <- r.a.Deliver(t.Context(), m, repliesOf(replyOf(bot.Answer, "pear"))) }()
	}
	for range all {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	if took := time.Since(began); took > 1500*time.Millisecond {
		t.Errorf("took %v", took)
	}
	if n := saying(r.twin.Ephemerals(user), "pear"); n != len(all) || r.twin.Statuses()[429] > 0 {
		t.Errorf("%d answers, %d times 429", n, r.twin.Statuses()[429])
	}
}

// TestOpenAgain expects a mishap on the way to the direct messages not to be taken
// for a post.
func TestOpenAgain(t *testing.T) {
	r := knowing(t, discordtwin.Options{})
	user, channel := r.person()
	m := r.said(r.twin.Mention(channel, user, theirs))
	r.twin.Permit(channel, 0)
	r.twin.Fault(discordtwin.CreateDM, 1, discordtwin.Broken(500))
	if err := r.fails(m, replyOf(bot.Answer)); errors.Is(err, bot.ErrUnclear) || errors.Is(err, bot.ErrGiveUp) {
		t.Error(err)
	}
	for range 3 {
		r.deliver(again(m), replyOf(bot.Answer, "pear"))
	}
	r.only(r.twin.DMs(user))
}

// TestNobodyThere expects a refused connection to be told from one that was lost:
// nothing was sent.
func TestNobodyThere(t *testing.T) {
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nowhere := "http://" + l.Addr().String() + "/api/v9/"
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	r := newRig(t, discordtwin.Options{}).with(func(o *discord.Options) { o.APIURL = nowhere })
	user, channel := r.person()
	for _, m := range []bot.Message{
		r.said(r.twin.DM(user, theirs)),
		placed(t, r.said(r.twin.Mention(channel, user, theirs)), map[string]any{"t": "aW50ZXJhY3Rpb24secret", "f": bot.Aside, "a": discordtwin.App}),
	} {
		err := r.fails(m, replyOf(bot.Answer))
		if _, later := errors.AsType[*bot.LaterError](err); later || errors.Is(err, bot.ErrUnclear) || errors.Is(err, bot.ErrGiveUp) {
			t.Error(err)
		}
	}
}

// TestSecrets expects no error to tell a token, whatever goes wrong.
func TestSecrets(t *testing.T) {
	r := newRig(t, discordtwin.Options{}).with(impatient)
	user, channel := r.person()
	m := placed(t, r.said(r.twin.Mention(channel, user, theirs)), map[string]any{"t": "aW50ZXJhY3Rpb24secret", "f": bot.Aside, "a": discordtwin.App})
	for _, f := range []discordtwin.Fault{
		discordtwin.Deaf(), discordtwin.ResetBefore(), discordtwin.HTML(), discordtwin.Broken(500), discordtwin.Cloudflare(time.Second),
		{Name: "elsewhere", Status: 307, Header: map[string]string{"Location": "/aW50ZXJhY3Rpb24secret"}},
		{Name: "nowhere", Status: 307, Header: map[string]string{"Location": "http://[::1"}},
	} {
		r.twin.Fault("", 1, f)
		_ = r.fails(m, replyOf(bot.Answer)) // looks at the error
	}
	_ = r.fails(placed(t, m, map[string]any{"t": "aW50ZXJhY3Rpb24\x7f%zz"}), replyOf(bot.Answer))
}

// TestOptions expects all that is wrong to be said at once, and no secret with it.
func TestOptions(t *testing.T) {
	err := discord.Options{Token: "x0x0x0x0 x", HTTP: true, PublicKey: "x0x0x0x0", APIURL: "\x00"}.Validate()
	if err == nil || strings.Count(err.Error(), "\n") != 2 || strings.Contains(err.Error(), "x0x0") {
		t.Errorf("%v", err)
	}
	if err := (discord.Options{Token: "x"}).Validate(); err != nil {
		t.Error(err)
	}
}

// TestRegister expects the commands to be the same ones however often they are
// registered, and what changes to be said.
func TestRegister(t *testing.T) {
	r := newRig(t, discordtwin.Options{})
	for _, guild := range []string{"", discordtwin.Home} {
		changes, err := r.a.Register(t.Context(), guild)
		if err != nil || len(changes) < 6 || slices.ContainsFunc(changes, func(s string) bool { return !strings.HasPrefix(s, "+ ") }) {
			t.Errorf("%q, %v", changes, err)
		}
		if n := len(r.twin.Commands(guild)); n != len(changes) {
			t.Errorf("%d commands, said %d", n, len(changes))
		}
		sets := r.twin.Count(discordtwin.BulkSetCommands) + r.twin.Count(discordtwin.BulkSetGuildCommands)
		changes, err = r.a.Register(t.Context(), guild)
		if err != nil || len(changes) != 1 || changes[0] != "nothing to change" {
			t.Errorf("again: %q, %v", changes, err)
		}
		if n := r.twin.Count(discordtwin.BulkSetCommands) + r.twin.Count(discordtwin.BulkSetGuildCommands); n != sets {
			t.Error("set though nothing changes")
		}
	}
	r.with(func(o *discord.Options) {
		say := o.Say
		o.Say = func(lang, key string) string {
			if key == "command_about" {
				return "Something else"
			}
			return say(lang, key)
		}
	})
	if changes, err := r.a.Register(t.Context(), ""); err != nil || len(changes) != 1 || changes[0] != "~ about" {
		t.Errorf("%q, %v", changes, err)
	}
	for _, c := range r.twin.Commands("") {
		if c["name"] == "about" && c["description"] != "Something else" {
			t.Errorf("%v", c["description"])
		}
	}
	r.twin.Fault(discordtwin.GetMyUser, 1, discordtwin.Refused(401, 0, "401: Unauthorized"))
	if _, err := r.a.Register(t.Context(), ""); err == nil || !strings.Contains(err.Error(), "token") {
		t.Errorf("%v", err)
	}
}

// TestInvite expects the invitation to ask for what is used, and nothing else.
func TestInvite(t *testing.T) {
	u, err := url.Parse(discord.Invite(discordtwin.App))
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	if q.Get("permissions") != strconv.Itoa(discordtwin.Least) || q.Get("scope") != "bot applications.commands" || q.Get("client_id") != discordtwin.App {
		t.Errorf("%v", q)
	}
}
