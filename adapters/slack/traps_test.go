package slack_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"porchlight/adapters/slack"
	"porchlight/adapters/slack/slacktwin"
	"porchlight/bot"
	"porchlight/bot/bottest"
)

// ids are the messages that were heard, by how often.
func (r *rig) ids() map[bot.MessageID]int {
	n := map[bot.MessageID]int{}
	for range len(r.heard) {
		m := <-r.heard
		n[m.ID]++
	}
	return n
}

// TestStorm expects few sockets to be opened when Slack hangs up on each at once,
// and a line that tells what may be wrong.
func TestStorm(t *testing.T) {
	for name, o := range map[string]slacktwin.Opening{
		"too many": {Disconnect: slacktwin.TooMany}, "disabled": {Disconnect: slacktwin.LinkDisabled},
		"dropped": {Drop: true}, "refused": {Refuse: 503},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := besides(t, slacktwin.Options{}, false)
			r.twin.OpenNext(100, o)
			bottest.Start(t, "Run", func(ctx context.Context) error {
				return r.a.Run(ctx, func(context.Context, bot.Message) error { return nil })
			})
			r.await("a socket is opened", func() bool { return r.twin.Count("apps.connections.open") > 0 })
			second, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			const most = 6 // a burst of 4, and one every two seconds
			if err := r.twin.Await(second, func() bool { return r.twin.Count("apps.connections.open") > most }); err == nil {
				t.Errorf("%d openings within a second", r.twin.Count("apps.connections.open"))
			}
			if o.Refuse == 0 && r.a.Ready() == nil {
				r.await("it says that it does not hear", func() bool { return r.a.Ready() != nil })
			}
		})
	}
}

// TestLinkDisabled expects a line for the operator when Socket Mode is switched off.
// The library does not tell the reason, so Run cannot end with it.
func TestLinkDisabled(t *testing.T) {
	r := newRig(t, slacktwin.Options{}, false)
	r.with(func(o *slack.Options) { o.Sockets = 1 })
	r.twin.OpenNext(100, slacktwin.Opening{Disconnect: slacktwin.LinkDisabled})
	bottest.Start(t, "Run", func(ctx context.Context) error {
		return r.a.Run(ctx, func(context.Context, bot.Message) error { return nil })
	})
	r.await("a line", func() bool { return strings.Contains(r.logs.String(), slack.Mend("link_disabled")) })
}

// TestUnknownAcknowledged expects what no library knows to be acknowledged.
func TestUnknownAcknowledged(t *testing.T) {
	r := listening(t, slacktwin.Options{}, false)
	r.await("both sockets", func() bool { return r.twin.Opened() == 2 })
	for _, e := range []slacktwin.Event{
		r.twin.Unknown("lamp_lit"), r.twin.TooManyEvents(),
		{Kind: "lamp_events", Payload: map[string]any{"lit": true}},
		{Kind: slacktwin.EventsAPI, Payload: map[string]any{"type": "event_callback", "event": "none"}},
		{Kind: slacktwin.EventsAPI, Payload: map[string]any{}},
		{Kind: slacktwin.Interactive, Payload: map[string]any{"type": 7}},
		{Kind: slacktwin.SlashCommands, Payload: map[string]any{"text": 7}},
	} {
		r.say(e)
	}
	if len(r.heard) > 0 {
		t.Error("something was taken for a question")
	}
	if n := r.twin.Opened(); n != 2 {
		t.Errorf("%d sockets", n)
	}
}

// TestFrames expects frames that are no envelopes to be survived on the same socket.
func TestFrames(t *testing.T) {
	r := newRig(t, slacktwin.Options{}, false)
	r.with(func(o *slack.Options) { o.Sockets = 1 }).listen()
	s := r.twin.Sockets()[0]
	s.Garbage()
	for _, text := range []string{
		"", " ", "null", "[]", "7", `"x"`, "{}", `{"type":null}`, `{"type":"hello"}`, `{"type":"lamp"}`, `{"envelope_id":7}`,
		`{"type":"events_api"}`, `{"type":"events_api","payload":{"type":7}}`, "\xff\xfe", strings.Repeat("[", 5000), `{"type":"disconnect_soon"}`,
	} {
		s.Say(text)
	}
	if m := r.ask(r.twin.DM(slacktwin.Ana, theirs)); m.Text != theirs {
		t.Errorf("%q", m.Text)
	}
	if n := r.twin.Opened(); n != 1 {
		t.Errorf("%d sockets", n)
	}
}

// TestPermanent expects each error that no patience heals to end Run, with one line
// that says what to do, and nothing secret in it.
func TestPermanent(t *testing.T) {
	check := func(t *testing.T, r *rig, code string) {
		t.Helper()
		ended := make(chan error, 1)
		ctx, cancel := contextWithCancel(t)
		defer cancel()
		go func() { ended <- r.a.Run(ctx, func(context.Context, bot.Message) error { return nil }) }()
		err := bottest.Receive(t, "the end of Run", ended)
		if err == nil {
			t.Fatal("no error")
		}
		s := err.Error()
		if !strings.Contains(s, code) || slack.Mend(code) == "" || !strings.Contains(s, slack.Mend(code)) || strings.Contains(s, "\n") {
			t.Errorf("Run: %q", s)
		}
		if strings.Count(s, code) != 1 {
			t.Errorf("more than once: %q", s)
		}
		for _, secret := range []string{slacktwin.BotToken, slacktwin.AppToken, "http://", "xoxb-1", "xapp-1"} {
			if strings.Contains(s+r.logs.String(), secret) {
				t.Errorf("%q is told", secret)
			}
		}
		if r.a.Ready() == nil {
			t.Error("it says that it hears")
		}
	}
	for _, code := range slacktwin.Permanent {
		for _, method := range []string{"apps.connections.open", "auth.test"} {
			t.Run(method+" "+code, func(t *testing.T) {
				r := newRig(t, slacktwin.Options{}, false)
				r.twin.Fault(method, 100, slacktwin.Refused(code, nil))
				check(t, r, code)
			})
		}
	}
	t.Run("later", func(t *testing.T) { // while it runs
		r := newRig(t, slacktwin.Options{Grace: time.Millisecond}, false)
		go func() {
			if s, err := r.twin.AwaitSocket(t.Context(), 1); err == nil {
				r.twin.SetToken(slacktwin.AppToken, slacktwin.TokenRevoked)
				for _, s := range append(r.twin.Sockets(), s) {
					if s != nil {
						s.Drop()
					}
				}
			}
		}()
		check(t, r, "token_revoked")
	})
	t.Run("a bot token for an app token", func(t *testing.T) {
		r := newRig(t, slacktwin.Options{}, false)
		r.with(func(o *slack.Options) { o.AppToken = "xapp-1-wrong" })
		check(t, r, "invalid_auth")
	})
}

// TestTemporary expects any other error of an opening to be waited out.
func TestTemporary(t *testing.T) {
	faults := []slacktwin.Fault{
		slacktwin.Broken(500), slacktwin.Broken(503), slacktwin.HTML(), slacktwin.ResetBefore(), slacktwin.Deaf(), slacktwin.RateLimited(time.Second),
		slacktwin.RateLimitedBare(), slacktwin.OddErrors("oh", map[string]any{"a": 1}),
	}
	for _, code := range slacktwin.Temporary {
		faults = append(faults, slacktwin.Refused(code, nil))
	}
	for _, f := range faults {
		t.Run(f.Name, func(t *testing.T) {
			t.Parallel()
			r := besides(t, slacktwin.Options{}, false)
			r.with(func(o *slack.Options) { o.Call = 300 * time.Millisecond })
			r.twin.Fault("apps.connections.open", 2, f)
			r.listen()
			r.ask(r.twin.DM(slacktwin.Ana, theirs))
		})
	}
}

// TestFirstCallFails expects a Slack that is not there yet to be waited for.
func TestFirstCallFails(t *testing.T) {
	for name, http := range map[string]bool{"socket": false, "http": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := besides(t, slacktwin.Options{}, http)
			r.with(func(o *slack.Options) { o.Call = 200 * time.Millisecond })
			r.twin.Fault("auth.test", 1, slacktwin.Deaf()) // a client without a timeout would wait for ever
			r.listen()
			r.ask(r.twin.DM(slacktwin.Ana, theirs))
		})
	}
}

// TestMissingPings expects a socket on which Slack no longer pings, or nothing moves
// any more, to be left for another, and what fell to it to be heard.
func TestMissingPings(t *testing.T) {
	for name, spoil := range map[string]func(*slacktwin.Socket){
		"no pings": (*slacktwin.Socket).Mute, "half open": (*slacktwin.Socket).Freeze,
	} {
		t.Run(name, func(t *testing.T) {
			o := impatiently()
			o.Ping = 20 * time.Millisecond
			r := newRig(t, o, false)
			slack.SetPings(r.a, 200*time.Millisecond)
			r.listen()
			r.await("two sockets", func() bool { return len(r.twin.Sockets()) == 2 })
			old := r.twin.Sockets()
			for _, s := range old {
				spoil(s)
			}
			var sent []string
			for range 10 {
				sent = append(sent, r.twin.Send(r.twin.DM(slacktwin.Ana, theirs)))
			}
			r.await("other sockets", func() bool {
				now := r.twin.Sockets()
				return len(now) == 2 && !slices.Contains(now, old[0]) && !slices.Contains(now, old[1])
			})
			r.await("all is heard", func() bool { return !slices.ContainsFunc(sent, func(id string) bool { return !r.twin.Acked(id) }) })
			if got := len(r.ids()); got != len(sent) {
				t.Errorf("%d messages of %d", got, len(sent))
			}
		})
	}
}

// TestNeverPinged expects a socket that was never pinged to be left as well.
func TestNeverPinged(t *testing.T) {
	r := newRig(t, slacktwin.Options{Ping: 20 * time.Millisecond}, false)
	slack.SetPings(r.a, 200*time.Millisecond)
	r.twin.OpenNext(2, slacktwin.Opening{NoPings: true})
	r.listen()
	r.await("other sockets", func() bool { return r.twin.Opened() == 4 })
	r.ask(r.twin.DM(slacktwin.Ana, theirs))
}

// TestRefresh expects nothing to be lost, and nothing to become two messages, while
// sockets are renewed, torn and reset under a stream of questions.
func TestRefresh(t *testing.T) {
	for name, spoil := range map[string]func(*slacktwin.Socket){
		"refresh": func(s *slacktwin.Socket) { s.Disconnect(slacktwin.RefreshRequested) },
		"warning": func(s *slacktwin.Socket) { s.Disconnect(slacktwin.Warning) },
		"close":   (*slacktwin.Socket).Close, "drop": (*slacktwin.Socket).Drop, "reset": (*slacktwin.Socket).Reset, "tear": (*slacktwin.Socket).Tear,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := besides(t, impatiently(), false)
			var mu sync.Mutex
			stored := map[bot.MessageID]bool{}
			r.accept = func(_ context.Context, m bot.Message) error {
				mu.Lock()
				defer mu.Unlock()
				stored[m.ID] = true
				return nil
			}
			r.listen()
			const questions = 120
			for i := range questions {
				if i%60 == 30 {
					if all := r.twin.Sockets(); len(all) > 0 {
						spoil(all[i/60%len(all)])
					}
				}
				r.twin.Send(r.twin.DM(slacktwin.Ana, fmt.Sprint(theirs, i)))
			}
			r.await("all is acknowledged", func() bool { return len(r.twin.Waiting()) == 0 })
			if lost := r.twin.Lost(); len(lost) > 0 {
				t.Errorf("lost: %v", lost)
			}
			mu.Lock()
			defer mu.Unlock()
			if len(stored) != questions {
				t.Errorf("%d messages of %d questions", len(stored), questions)
			}
			r.await("two sockets again", func() bool { return len(r.twin.Sockets()) == 2 })
		})
	}
}

// TestOneSocketAtLeast expects one socket to hear while the other is renewed.
func TestOneSocketAtLeast(t *testing.T) {
	r := listening(t, slacktwin.Options{Grace: time.Millisecond}, false)
	r.await("two sockets", func() bool { return len(r.twin.Sockets()) == 2 })
	r.twin.OpenNext(1, slacktwin.Opening{Late: 200 * time.Millisecond})
	old := r.twin.Sockets()[0]
	old.Disconnect(slacktwin.RefreshRequested)
	r.await("it is gone", func() bool { return !slices.Contains(r.twin.Sockets(), old) })
	if err := r.a.Ready(); err != nil {
		t.Errorf("in between: %v", err)
	}
	r.ask(r.twin.DM(slacktwin.Ana, theirs))
	r.await("two sockets again", func() bool { return len(r.twin.Sockets()) == 2 })
}

var errFull = errors.New("the store is full")

// TestStored expects an acknowledgement once a question is stored and not before;
// one that is not stored comes again, and is stored once.
func TestStored(t *testing.T) {
	o := impatiently()
	o.AckWithin = 100 * time.Millisecond
	r := newRig(t, o, false)
	tries, turn := make(chan bot.MessageID, 100), make(chan error)
	r.accept = func(ctx context.Context, m bot.Message) error {
		tries <- m.ID
		select {
		case err := <-turn:
			return err
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	r.listen()
	for _, event := range []slacktwin.Event{
		r.twin.DM(slacktwin.Ana, theirs), r.twin.Mention(slacktwin.General, slacktwin.Ana, theirs, ""),
		r.twin.Command(slacktwin.General, slacktwin.Ana, "/porchlight", theirs), r.twin.HomeOpened(slacktwin.Ana, "messages"),
	} {
		id := r.twin.Send(event)
		first := bottest.Receive(t, "the first try", tries)
		if r.twin.Acked(id) {
			t.Error("acknowledged before it was stored")
		}
		turn <- errFull
		again := bottest.Receive(t, "the second try", tries)
		if first != again {
			t.Error("it came again as another message")
		}
		if r.twin.Acked(id) {
			t.Error("acknowledged though it was not stored")
		}
		turn <- nil
		ended := make(chan struct{})
		go func() { // what is said once more meanwhile
			for {
				select {
				case turn <- nil:
				case <-ended:
					return
				}
			}
		}()
		if _, err := r.twin.AwaitAck(r.patience(), id); err != nil {
			t.Fatal(err)
		}
		close(ended)
		for len(tries) > 0 {
			<-tries
		}
		if n := len(r.ids()); n != 1 {
			t.Errorf("%d messages", n)
		}
	}
}

// TestStopsWhileStoring expects Run to end while a question waits to be stored, and
// not to acknowledge it.
func TestStopsWhileStoring(t *testing.T) {
	r := newRig(t, slacktwin.Options{}, false)
	waits := make(chan struct{}, 100)
	r.accept = func(ctx context.Context, _ bot.Message) error {
		waits <- struct{}{}
		<-ctx.Done()
		return ctx.Err()
	}
	r.listen()
	var ids []string
	for range 20 { // more than one lane holds
		ids = append(ids, r.twin.Send(r.twin.DM(slacktwin.Ana, theirs)))
	}
	bottest.Receive(t, "the question", waits)
	r.stop()
	for _, id := range ids {
		if r.twin.Acked(id) {
			t.Error("acknowledged though it was not stored")
		}
	}
}

// TestOrder expects what one person says to be stored in the order in which it was
// said on a socket, while others do not wait for it.
func TestOrder(t *testing.T) {
	r := newRig(t, slacktwin.Options{}, false)
	r.with(func(o *slack.Options) { o.Sockets = 1 })
	var hold sync.Map
	r.accept = func(ctx context.Context, m bot.Message) error {
		c, _ := hold.Load(m.Person)
		if release, ok := c.(chan struct{}); ok {
			select {
			case <-release:
			case <-ctx.Done():
			}
		}
		return nil
	}
	r.listen()
	first := r.ask(r.twin.DM(slacktwin.Ana, theirs))
	other := slacktwin.Ben
	second := r.ask(r.twin.DM(other, theirs))
	for slack.SharedLane(first, second) { // then one would wait for the other
		other = r.twin.AddUser(slacktwin.User{})
		second = r.ask(r.twin.DM(other, theirs))
	}
	release := make(chan struct{})
	hold.Store(first.Person, release)
	for i := range 10 {
		r.twin.Send(r.twin.DM(slacktwin.Ana, fmt.Sprint(i)))
	}
	if m := r.ask(r.twin.DM(other, theirs)); m.Person != second.Person {
		t.Error("it was somebody else")
	}
	close(release)
	for i := range 10 {
		if m := bottest.Receive(t, "a message", r.heard); m.Text != fmt.Sprint(i) {
			t.Errorf("%d is %q", i, m.Text)
		}
	}
}
