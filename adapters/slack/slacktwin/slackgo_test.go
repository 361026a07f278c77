package slacktwin_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/slackevents"
	"github.com/slack-go/slack/socketmode"

	"porchlight/adapters/slack/slacktwin"
	"porchlight/bot/bottest"
)

// app is slack-go's Socket Mode client; it acknowledges what it is given.
type app struct {
	got   chan socketmode.Event
	ended chan error
}

func (w *world) listen(ping time.Duration) *app {
	sm := socketmode.New(w.api, socketmode.OptionPingInterval(ping))
	a := &app{make(chan socketmode.Event, 1000), make(chan error, 1)}
	ctx, cancel := context.WithCancel(w.ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case e := <-sm.Events:
				w.acknowledge(ctx, sm, e)
				a.got <- e
			case <-ctx.Done():
				return
			}
		}
	}()
	go func() { a.ended <- sm.RunContext(ctx) }()
	w.Cleanup(func() { cancel(); <-done })
	return a
}

func (w *world) acknowledge(ctx context.Context, sm *socketmode.Client, e socketmode.Event) {
	if bad, ok := e.Data.(*socketmode.ErrorBadMessage); ok {
		var v struct {
			ID string `json:"envelope_id"`
		}
		if json.Unmarshal(bad.Message, &v) == nil && v.ID != "" {
			_ = sm.AckCtx(ctx, v.ID, nil)
		}
	}
	if e.Request != nil && e.Request.EnvelopeID != "" {
		_ = sm.Ack(*e.Request)
	}
}

// next is the next event of a type.
func (a *app) next(t *testing.T, kind socketmode.EventType) socketmode.Event {
	t.Helper()
	for {
		if e := bottest.Receive(t, string(kind), a.got); e.Type == kind {
			return e
		}
	}
}

func TestSlackGoListens(t *testing.T) {
	w := start(t, patient())
	a := w.listen(time.Minute)
	hello := a.next(t, socketmode.EventTypeHello)
	same(t, "connections", hello.Request.NumConnections, 1)
	e := w.Mention(slacktwin.General, slacktwin.Ana, "help", "")
	id := w.Send(e)
	outer := as[slackevents.EventsAPIEvent](t, a.next(t, socketmode.EventTypeEventsAPI).Data)
	same(t, "event id", as[*slackevents.EventsAPICallbackEvent](t, outer.Data).EventID, e.ID)
	_, err := w.AwaitAck(w.ctx, id)
	w.must(err)
	id = w.Send(w.Command(slacktwin.General, slacktwin.Ana, "/porchlight", "q"))
	same(t, "text", as[slack.SlashCommand](t, a.next(t, socketmode.EventTypeSlashCommand).Data).Text, "q")
	_, err = w.AwaitAck(w.ctx, id)
	w.must(err)
	id = w.Send(w.Unknown("moon_rose"))
	a.next(t, socketmode.EventTypeErrorBadMessage)
	_, err = w.AwaitAck(w.ctx, id)
	w.must(err)
}

func TestSlackGoComesBack(t *testing.T) {
	w := start(t, slacktwin.Options{Ping: 10 * time.Millisecond})
	a := w.listen(300 * time.Millisecond)
	n := 0
	back := func(name string, harm func(*slacktwin.Socket)) {
		n++
		a.next(t, socketmode.EventTypeHello)
		s, err := w.AwaitSocket(w.ctx, n)
		w.must(err)
		if s == nil {
			t.Fatalf("before %s: no socket", name)
		}
		harm(s)
	}
	back("refresh", func(s *slacktwin.Socket) { s.Disconnect(slacktwin.RefreshRequested) })
	back("warning", func(s *slacktwin.Socket) { s.Disconnect(slacktwin.Warning) })
	back("close", (*slacktwin.Socket).Close)
	back("drop", (*slacktwin.Socket).Drop)
	back("reset", (*slacktwin.Socket).Reset)
	back("tear", (*slacktwin.Socket).Tear)
	back("mute", (*slacktwin.Socket).Mute)
	back("freeze", (*slacktwin.Socket).Freeze)
	back("garbage", func(s *slacktwin.Socket) { s.Garbage() })
	a.next(t, socketmode.EventTypeIncomingError) // and the socket stays
	id := w.Send(w.DM(slacktwin.Ana, "still there?"))
	_, err := w.AwaitAck(w.ctx, id)
	w.must(err)
}

func TestSlackGoIsRefused(t *testing.T) {
	w := start(t, patient())
	for _, name := range []string{"invalid_auth", "account_inactive", "token_revoked", "not_authed"} {
		w.Fault("apps.connections.open", 1, slacktwin.Refused(name, nil))
		if err := bottest.Receive(t, "end", w.listen(time.Minute).ended); err == nil || err.Error() != name {
			t.Errorf("got %v, want %s", err, name)
		}
	}
	w.Fault("apps.connections.open", 1, slacktwin.Refused("missing_scope", nil))
	a := w.listen(time.Minute)
	e := as[*slack.ConnectionErrorEvent](t, a.next(t, socketmode.EventTypeConnectionError).Data)
	var said slack.SlackErrorResponse
	if !errors.As(e.ErrorObj, &said) || said.Err != "missing_scope" {
		t.Errorf("got %v", e.ErrorObj)
	}
	a.next(t, socketmode.EventTypeHello) // it tries again
}

func TestSlackGoIsSentAway(t *testing.T) {
	w := start(t, patient())
	w.OpenNext(5, slacktwin.Opening{Disconnect: slacktwin.TooMany})
	a := w.listen(time.Minute)
	for range 6 {
		a.next(t, socketmode.EventTypeConnected)
	}
	w.must(w.Await(w.ctx, func() bool { return len(w.Sockets()) == 1 }))
	same(t, "opened", w.Count("apps.connections.open"), 6)
}
