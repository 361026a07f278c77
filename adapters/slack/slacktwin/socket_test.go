package slacktwin_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"porchlight/adapters/slack/slacktwin"
	"porchlight/bot/bottest"
)

// quick is a Slack that is not patient.
func quick() slacktwin.Options {
	return slacktwin.Options{
		AckWithin: 20 * time.Millisecond, Retries: []time.Duration{0, time.Millisecond, time.Millisecond}, Ping: 5 * time.Millisecond,
	}
}

// patient never says anything again.
func patient() slacktwin.Options {
	return slacktwin.Options{AckWithin: time.Hour, Ping: 5 * time.Millisecond}
}

// link is a plain socket.
type link struct {
	*websocket.Conn
	w     *world
	pings chan struct{}
}

func (w *world) address() string {
	w.Helper()
	said := w.json("apps.connections.open", slacktwin.AppToken, obj{})
	w.is(said, "")
	return at[string](said, "url")
}

func (w *world) dial() *link {
	w.Helper()
	conn, resp, err := websocket.DefaultDialer.DialContext(w.ctx, w.address(), nil)
	w.must(err)
	_ = resp.Body.Close()
	w.Cleanup(func() { _ = conn.Close() })
	_ = conn.SetReadDeadline(time.Now().Add(bottest.Patience))
	l := &link{conn, w, make(chan struct{}, 1)}
	answer := conn.PingHandler()
	conn.SetPingHandler(func(data string) error {
		select {
		case l.pings <- struct{}{}:
		default:
		}
		return answer(data)
	})
	return l
}

func (l *link) read() obj {
	l.w.Helper()
	var v obj
	l.w.must(l.ReadJSON(&v))
	return v
}

func (l *link) ack(envelope string, payload any) {
	l.w.Helper()
	l.w.must(l.WriteJSON(obj{"envelope_id": envelope, "payload": payload}))
}

func TestSocket(t *testing.T) {
	w := start(t, patient())
	one := w.dial()
	hello := one.read()
	if hello["type"] != "hello" || hello["num_connections"] != 1.0 {
		t.Errorf("%v", hello)
	}
	two := w.dial()
	same(t, "second", at[float64](two.read(), "num_connections"), 2)
	e := w.DM(slacktwin.Ana, "hello")
	var sent []string
	for range 20 {
		sent = append(sent, w.Send(e))
	}
	got := make(chan string)
	for _, l := range []*link{one, two} {
		go func() {
			for {
				var v obj
				if l.ReadJSON(&v) != nil {
					return
				}
				if v["type"] != "events_api" || v["accepts_response_payload"] != false || v["retry_attempt"] != 0.0 ||
					at[string](v, "payload", "event_id") != e.ID {
					t.Errorf("%v", v)
				}
				id := at[string](v, "envelope_id")
				_ = l.WriteJSON(obj{"envelope_id": id})
				got <- id
			}
		}()
	}
	seen := map[string]int{}
	for range sent {
		seen[bottest.Receive(t, "envelope", got)]++
	}
	for _, id := range sent {
		same(t, "times "+id, seen[id], 1)
		if _, err := w.AwaitAck(w.ctx, id); err != nil || !w.Acked(id) {
			t.Error(id, err)
		}
	}
	var on []int
	for _, id := range sent {
		on = append(on, w.SaidOn(id)...)
	}
	if !slices.Contains(on, 1) || !slices.Contains(on, 2) {
		t.Errorf("all on one socket: %v", on)
	}
	same(t, "waiting", len(w.Waiting())+len(w.Lost()), 0)
}

func TestTicketsAndTooMany(t *testing.T) {
	o := patient()
	o.MaxSockets = 2
	w := start(t, o)
	address := w.address()
	for _, want := range []int{http.StatusSwitchingProtocols, http.StatusForbidden} {
		conn, resp, err := websocket.DefaultDialer.DialContext(w.ctx, address, nil)
		same(t, "status", resp.StatusCode, want)
		if err == nil {
			t.Cleanup(func() { _ = conn.Close() })
		}
		_ = resp.Body.Close()
	}
	_, err := w.AwaitSocket(w.ctx, 1)
	w.must(err)
	w.dial().read()
	third := w.dial()
	third.read()
	same(t, "reason", at[string](third.read(), "reason"), slacktwin.TooMany)
	if _, _, err := third.ReadMessage(); !websocket.IsCloseError(err, websocket.CloseNormalClosure) {
		t.Errorf("got %v", err)
	}
	same(t, "open", len(w.Sockets()), 2)
}

func TestSaidAgain(t *testing.T) {
	w := start(t, quick())
	l := w.dial()
	l.read()
	id := w.Send(w.DM(slacktwin.Ana, "hello"))
	for attempt := range 4 {
		v := l.read()
		reason := "timeout"
		if attempt == 0 {
			reason = ""
		}
		if v["envelope_id"] != id || v["retry_attempt"] != float64(attempt) || v["retry_reason"] != reason {
			t.Errorf("attempt %d: %v", attempt, v)
		}
	}
	w.must(w.Await(w.ctx, func() bool { return slices.Equal(w.Lost(), []string{id}) }))
	// A command is said once: the person sees an error, and may try again.
	id = w.Send(w.Command(slacktwin.General, slacktwin.Ana, "/porchlight", "q"))
	w.must(w.Await(w.ctx, func() bool { return slices.Contains(w.Lost(), id) }))
	same(t, "attempts", len(w.SaidOn(id)), 1)
}

func TestNobodyThere(t *testing.T) {
	o := quick()
	o.Retries = []time.Duration{0, 0, time.Hour}
	w := start(t, o)
	id := w.Send(w.DM(slacktwin.Ana, "hello"))
	same(t, "waiting", w.Waiting()[0], id)
	same(t, "sockets", len(w.SaidOn(id)), 0)
}

func TestAckPayload(t *testing.T) {
	o := quick()
	o.Retries = []time.Duration{time.Millisecond}
	w := start(t, o)
	l := w.dial()
	l.read()
	id := w.Send(w.Command(slacktwin.Elsewhere, slacktwin.Ana, "/porchlight", "q"))
	if v := l.read(); v["accepts_response_payload"] != true || at[string](v, "payload", "text") != "q" {
		t.Errorf("%v", v)
	}
	l.ack(id, obj{"text": "one moment", "response_type": "ephemeral"})
	w.must(w.Await(w.ctx, func() bool { return len(w.Ephemerals(slacktwin.Ana)) == 1 }))
	same(t, "text", w.Ephemerals("")[0].Text, "one moment")
	id = w.Send(w.DM(slacktwin.Ana, "hello"))
	l.read()
	l.ack(id, strings.Repeat("a", 20<<10)) // too large: Slack drops it
	same(t, "said again", at[float64](l.read(), "retry_attempt"), 1)
	l.ack(id, nil)
	a, err := w.AwaitAck(w.ctx, id)
	w.must(err)
	same(t, "attempt", a.Attempt, 1)
	same(t, "dropped", w.Acks()[1].Dropped, true)
	l.ack(id, nil)
	w.must(w.Await(w.ctx, func() bool { return len(w.Acks()) == 4 }))
	same(t, "acknowledged again", w.Acks()[3].Again, true)
}

func TestEcho(t *testing.T) {
	o := patient()
	o.Echo = true
	w := start(t, o)
	l := w.dial()
	l.read()
	w.form("chat.postMessage", "channel", slacktwin.General, "text", "mine")
	inner := at[obj](l.read(), "payload", "event")
	if inner["bot_id"] != slacktwin.BotID || inner["user"] != slacktwin.BotUser || inner["text"] != "mine" {
		t.Errorf("%v", inner)
	}
}
