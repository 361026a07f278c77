package discord_test

import (
	"bytes"
	"compress/zlib"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"porchlight/adapters/discord"
	"porchlight/adapters/discord/discordtwin"
	"porchlight/bot"
	"porchlight/bot/bottest"
	"porchlight/bot/inbox"
)

// zipped is a text as it would come compressed.
func zipped(text string) []byte {
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	_, err := w.Write([]byte(text))
	if err = errors.Join(err, w.Close()); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// TestOddFrames expects whatever a frame may be to end neither the process nor the
// connection.
func TestOddFrames(t *testing.T) {
	r := listening(t, discordtwin.Options{})
	s := r.socketOf(0, 0)
	for _, frame := range []string{
		"null", "", " ", "[]", "[1]", "7", `"x"`, "true", "{}", `{"op":null}`, `{"op":"x"}`, `{"op":0.5}`, `{"op":1e99}`, `{"op":-1}`, `{"op":99}`,
		`{"op":0}`, `{"op":0,"t":null,"s":null,"d":null}`, `{"op":0,"t":7}`, `{"op":0,"s":"x"}`, `{"op":0,"s":-5,"t":"MESSAGE_CREATE","d":null}`,
		`{"op":0,"t":"MESSAGE_CREATE","d":{"author":7}}`, `{"op":0,"t":"MESSAGE_CREATE","d":{"mentions":{}}}`, `{"op":0,"t":"INTERACTION_CREATE"}`,
		`{"op":0,"t":"INTERACTION_CREATE","d":{"data":[]}}`, `{"op":0,"t":"GUILD_CREATE","d":[]}`, `{"op":0,"t":"RESUMED","d":7}`,
		`{"op":10}`, `{"op":10,"d":null}`, `{"op":10,"d":{"heartbeat_interval":-1}}`, `{"op":11,"d":[]}`, `{"op":1,"d":{}}`,
		`{"op":0,"t":"MESSAGE_CREATE","d":{"id":"1`, strings.Repeat("[", 20_000), "\xff\xfe", strings.Repeat("a", 17<<20),
		`{"op":0,"t":"X","d":"` + strings.Repeat("a", 17<<20) + `"}`,
	} {
		s.Say(frame)
	}
	s.SayBinary(zipped(`{"op":7}`))
	s.SayBinary([]byte(`{"op":7}`))
	if m := r.ask(r.twin.DM(discordtwin.Ana, "is it so?")); m.Text != "is it so?" {
		t.Errorf("%q", m.Text)
	}
	if n := r.twin.Opened(); n != 1 || strings.Contains(r.logs.String(), "panic") {
		t.Errorf("connected %d times, and logged %s", n, r.logs)
	}
}

// TestOddSession expects a refusal that nobody can read to be one.
func TestOddSession(t *testing.T) {
	r := listening(t, discordtwin.Options{})
	s := r.socketOf(0, 0)
	s.Say(`{"op":9,"d":"x"}`)
	r.await("another session", func() bool { n := r.socketOf(0, s.Number); return n != nil && n.Session() != s.Session() })
	r.twin.Send(r.twin.DM(discordtwin.Ana, "is it so?"))
	bottest.Receive(t, "the message", r.heard)
}

// TestAskedForHeartbeats expects a gateway that asks without end to get no more than
// Discord takes.
func TestAskedForHeartbeats(t *testing.T) {
	r := listening(t, discordtwin.Options{RateLimits: true})
	s := r.socketOf(0, 0)
	for range 500 {
		s.AskHeartbeat()
	}
	r.ask(r.twin.DM(discordtwin.Ana, "is it so?"))
	r.await("some come", func() bool { return s.Heartbeats() >= 10 })
	r.ask(r.twin.DM(discordtwin.Ana, "and now?"))
	if n := s.Heartbeats(); n > 100 || r.twin.Opened() != 1 {
		t.Errorf("%d heartbeats, connected %d times", n, r.twin.Opened())
	}
}

// process is a further adapter of the rig, with what there is for all of them.
func (r *rig) process(tweak func(*discord.Options)) *discord.Adapter {
	r.test.Helper()
	r.with(tweak)
	return r.a
}

// hangUp ends the adapter, and waits until Discord has noticed.
func (r *rig) hangUp() {
	r.test.Helper()
	r.stop()
	r.await("nobody is connected", func() bool { return len(r.twin.Sockets()) == 0 })
}

// saved waits until what is kept is of an event.
func (r *rig) saved(seq string) {
	r.test.Helper()
	r.await("the session is kept", func() bool {
		v, _ := r.safe.Sealed(r.test.Context(), "discord", "session 0 of 1")
		return strings.Contains(v, seq)
	})
}

// TestStopKeepsSession expects an end in good order to leave a session behind that
// the next process takes up, at the address that Discord named: what came meanwhile
// is heard, and no login is spent.
func TestStopKeepsSession(t *testing.T) {
	r := listening(t, discordtwin.Options{StrictResume: true})
	s := r.socketOf(0, 0)
	r.ask(r.twin.DM(discordtwin.Ana, "before"))
	r.stop()
	r.await("it is closed", func() bool { return s.ClosedBy() != 0 })
	if code := s.ClosedBy(); code == 1000 || code == 1001 {
		t.Errorf("closed with %d, which ends the session", code)
	}
	r.say(r.twin.DM(discordtwin.Ana, "meanwhile"))
	r.process(nil)
	r.listen()
	if m := bottest.Receive(t, "the message", r.heard); m.Text != "meanwhile" {
		t.Errorf("%q", m.Text)
	}
	now := r.socketOf(0, s.Number)
	if now == nil || !now.Resumed() || !now.OnResumeURL || r.twin.Identifies() != 999 {
		t.Errorf("not resumed; %d logins left", r.twin.Identifies())
	}
}

// TestKilled expects the process after one that was killed to hear what that one had
// not stored, and what came since.
func TestKilled(t *testing.T) {
	r := newRig(t, discordtwin.Options{})
	stuck, took := make(chan struct{}), make(chan struct{}, 10)
	r.accept = func(ctx context.Context, m bot.Message) error {
		if m.Text != "stuck" {
			return nil
		}
		took <- struct{}{}
		select {
		case <-stuck:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	r.listen()
	before := r.ask(r.twin.DM(discordtwin.Ana, "before"))
	other := discordtwin.Ben
	for discord.SharedLane(before, r.ask(r.twin.DM(other, "hello"))) { // then one would wait for the other
		other = r.twin.AddUser(discordtwin.User{})
	}
	r.say(r.twin.DM(other, "stuck"))
	bottest.Receive(t, "it is to be stored", took)
	r.ask(r.twin.DM(discordtwin.Ana, "and after"))
	s := r.socketOf(0, 0)
	r.saved(s.Session())
	r.safe.broken.Store(true) // from here on nothing of it is kept
	s.Drop()
	r.hangUp()
	close(stuck)
	r.safe.broken.Store(false)
	r.say(r.twin.DM(discordtwin.Ana, "meanwhile"))
	r.process(nil)
	r.listen()
	want := map[string]bool{"stuck": true, "meanwhile": true}
	for len(want) > 0 {
		delete(want, bottest.Receive(t, fmt.Sprint("one of ", want), r.heard).Text)
	}
	if r.twin.Identifies() != 999 || len(r.twin.Missed()) > 0 {
		t.Errorf("%d logins left, missed %v", r.twin.Identifies(), r.twin.Missed())
	}
}

// TestKept expects what is kept to be sealed by the vault alone, and to tell of
// nobody: no words and no person.
func TestKept(t *testing.T) {
	r := listening(t, discordtwin.Options{})
	user, channel := r.person()
	r.ask(r.twin.DM(user, theirs))
	r.ask(r.twin.Mention(channel, user, theirs))
	dm := r.twin.DMOf(user)
	r.await("places are kept", func() bool {
		v, _ := r.safe.Sealed(t.Context(), "discord", "talks 0 of 1")
		return strings.Contains(v, dm) && strings.Contains(v, channel)
	})
	r.safe.kept.Range(func(k, v any) bool {
		s := fmt.Sprint(k, v)
		if strings.Contains(s, user) || strings.Contains(s, theirs) || strings.Contains(s, discordtwin.Token) {
			t.Errorf("%v tells of somebody", k)
		}
		return true
	})
	r.ask(r.twin.Command(dm, user, "forget"))
	r.await("the place is forgotten", func() bool {
		v, _ := r.safe.Sealed(t.Context(), "discord", "talks 0 of 1")
		return !strings.Contains(v, dm) && strings.Contains(v, channel)
	})
}

// TestStoreHiccup expects a message that could not be stored to be stored in the end:
// the gateway says it once.
func TestStoreHiccup(t *testing.T) {
	r := newRig(t, discordtwin.Options{})
	fails := make(chan struct{}, 2)
	fails <- struct{}{}
	fails <- struct{}{}
	r.accept = func(context.Context, bot.Message) error {
		select {
		case <-fails:
			return errors.New("busy")
		default:
			return nil
		}
	}
	r.listen()
	if m := r.ask(r.twin.DM(discordtwin.Ana, "is it so?")); m.Text != "is it so?" || len(fails) > 0 {
		t.Errorf("%q, %d", m.Text, len(fails))
	}
}

// TestTakenOver expects the shards of a process that died to be another's soon, which
// resumes their sessions.
func TestTakenOver(t *testing.T) {
	if d := discord.TakeOver(); d > 25*time.Second {
		t.Errorf("they are nobody's for %v", d)
	}
	const n = 3
	r := newRig(t, discordtwin.Options{Shards: n})
	l := newLeases()
	channels := make([]string, n)
	for i := range channels {
		channels[i] = r.channelOn(i, n)
	}
	dead := func(o *discord.Options) {
		l.of("one")(o)
		o.Leave = nil // it leaves nothing in order
	}
	r.with(dead).listen()
	r.allUp(channels)
	for i := range n {
		r.await("it is kept", func() bool {
			v, _ := r.safe.Sealed(t.Context(), "discord", fmt.Sprintf("session %d of %d", i, n))
			return strings.Contains(v, r.socketOf(i, 0).Session())
		})
	}
	r.safe.broken.Store(true)
	r.hangUp()
	r.safe.broken.Store(false)
	want := map[string]string{}
	for i, c := range channels {
		text := fmt.Sprint("meanwhile ", i)
		want[text] = text
		r.say(r.twin.Mention(c, discordtwin.Ana, text))
	}
	r.with(l.of("two")).listen()
	r.tally(want)
	if r.twin.Identifies() != 1000-n {
		t.Errorf("%d logins left", r.twin.Identifies())
	}
}

// TestLoginsAreShared expects processes to begin sessions one after the other, as one
// would.
func TestLoginsAreShared(t *testing.T) {
	const gap = 60 * time.Millisecond
	r := newRig(t, discordtwin.Options{Shards: 2, IdentifyEvery: gap})
	l := newLeases()
	for i, who := range []string{"one", "two"} {
		l.give(fmt.Sprintf("discord shard %d of 2", i), who)
		a := r.process(l.of(who))
		discord.SetPace(a, gap+100*time.Millisecond)
		bottest.Start(t, "Run", func(ctx context.Context) error { return a.Run(ctx, r.take) })
	}
	r.await("all are up", func() bool { return len(r.twin.Sockets()) == 2 })
	if n := r.twin.Identifies(); n != 998 {
		t.Errorf("%d logins left", n)
	}
}

// TestFewLogins expects nobody to begin where a login more could be the last one: the
// next would cost the token.
func TestFewLogins(t *testing.T) {
	r := newRig(t, discordtwin.Options{})
	few := func(remaining int, reset time.Duration) discordtwin.Fault {
		return discordtwin.Fault{Name: "few", Accept: true, Change: func(a map[string]any) {
			a["session_start_limit"] = map[string]any{"total": 1000, "remaining": remaining, "reset_after": reset.Milliseconds(), "max_concurrency": 1}
		}}
	}
	r.twin.Fault(discordtwin.GetBotGateway, 2, few(10, 100*time.Millisecond)) // nobody
	r.twin.Fault(discordtwin.GetBotGateway, 1, few(50, 10*time.Second))       // one, after a fiftieth of that
	began := time.Now()
	r.listen()
	if took := time.Since(began); took < 300*time.Millisecond {
		t.Errorf("began after %v", took)
	}
}

// TestLoginsInMidRun expects the logins that are left to be asked for before each one,
// not at the start alone.
func TestLoginsInMidRun(t *testing.T) {
	r := listening(t, discordtwin.Options{})
	s := r.socketOf(0, 0)
	const rest = 400 * time.Millisecond
	r.twin.Fault(discordtwin.GetBotGateway, 1, discordtwin.Fault{Name: "none left", Accept: true, Change: func(a map[string]any) {
		a["session_start_limit"] = map[string]any{"total": 1000, "remaining": 0, "reset_after": rest.Milliseconds(), "max_concurrency": 1}
	}})
	began := time.Now()
	s.Invalidate(false)
	r.await("it is up again", func() bool { return r.socketOf(0, s.Number) != nil })
	if took := time.Since(began); took < rest {
		t.Errorf("began after %v", took)
	}
}

// TestDoubled expects each question to be answered once by a program whose connections
// are doubled, and to be answered while one of them is gone.
func TestDoubled(t *testing.T) {
	r := newRig(t, discordtwin.Options{})
	a := r.process(func(o *discord.Options) { o.Doubled = true })
	bottest.Start(t, "Serve", func(ctx context.Context) error { return bot.Serve(ctx, &inbox.Memory{}, lookout{}, a) })
	r.await("both are up", func() bool { return len(r.twin.Sockets()) == 2 })
	var asked []discordtwin.Event
	ask := func() {
		for _, e := range []discordtwin.Event{
			r.twin.DM(discordtwin.Ana, "is it so?"), r.twin.Command(discordtwin.General, discordtwin.Ben, "ask", question()),
		} {
			if n := r.twin.Send(e); n != 2 {
				t.Errorf("said to %d", n)
			}
			asked = append(asked, e)
		}
	}
	answered := func() bool {
		for _, e := range asked {
			if r.answers(e) == 0 {
				return false
			}
		}
		return true
	}
	ask()
	r.twin.OpenNext(3, discordtwin.Opening{Refuse: 503})
	r.twin.Sockets()[0].Drop()
	ask()
	r.await("all is answered by the other", answered)
	r.await("both are up again", func() bool { return len(r.twin.Sockets()) == 2 })
	r.twin.Sockets()[1].Freeze()
	ask()
	r.await("all is answered", answered)
	for _, e := range asked {
		if n := r.answers(e); n != 1 {
			t.Errorf("%d answers", n)
		}
	}
}

// answers is how many posts answer an event.
func (r *rig) answers(e discordtwin.Event) (n int) {
	for _, p := range append(r.twin.DMs(e.User), r.twin.Ephemerals(e.User)...) {
		if p.ByApp() && !p.Loading && (p.ReplyTo == e.ID || p.Interaction == e.ID) {
			n++
		}
	}
	return n
}
