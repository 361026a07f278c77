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

func TestSocketFaults(t *testing.T) {
	w := start(t, patient())
	tests := []struct {
		name string
		do   func(*slacktwin.Socket)
		want func(error) bool
	}{
		{"close", (*slacktwin.Socket).Close, func(err error) bool { return websocket.IsCloseError(err, websocket.CloseNormalClosure) }},
		{"drop", (*slacktwin.Socket).Drop, func(err error) bool { return websocket.IsCloseError(err, websocket.CloseAbnormalClosure) }},
		{"tear", (*slacktwin.Socket).Tear, func(err error) bool { return strings.Contains(err.Error(), "unexpected EOF") }},
		{"reset", (*slacktwin.Socket).Reset, func(err error) bool { return strings.Contains(err.Error(), "reset") }},
	}
	for n, test := range tests {
		l := w.dial()
		l.read()
		s, err := w.AwaitSocket(w.ctx, n+1)
		w.must(err)
		test.do(s)
		if _, _, err := l.ReadMessage(); err == nil || !test.want(err) {
			t.Errorf("%s: got %v", test.name, err)
		}
		same(t, test.name+" open", len(w.Sockets()), 0)
	}
}

func TestQuietSockets(t *testing.T) {
	w := start(t, patient())
	l := w.dial()
	l.read()
	s, err := w.AwaitSocket(w.ctx, 1)
	w.must(err)
	got := make(chan obj)
	go func() {
		for {
			var v obj
			if l.ReadJSON(&v) != nil {
				close(got)
				return
			}
			got <- v
		}
	}()
	bottest.Receive(t, "ping", l.pings)
	s.Mute()
	w.Send(w.DM(slacktwin.Ana, "hello"))
	same(t, "type", at[string](bottest.Receive(t, "event", got), "type"), "events_api")
	s.Freeze()
	id := w.Send(w.DM(slacktwin.Ana, "hello"))
	same(t, "said", len(w.SaidOn(id)), 1)
	_ = l.WriteJSON(obj{"envelope_id": id})
	s.Drop()
	if _, more := <-got; more || w.Acked(id) {
		t.Error("something came over a half-open socket")
	}
}

func TestOpenings(t *testing.T) {
	w := start(t, patient())
	w.OpenNext(1, slacktwin.Opening{Refuse: http.StatusServiceUnavailable})
	_, resp, err := websocket.DefaultDialer.DialContext(w.ctx, w.address(), nil)
	if err == nil || resp.StatusCode != http.StatusServiceUnavailable {
		t.Fatalf("got %v", err)
	}
	_ = resp.Body.Close()
	w.OpenNext(1, slacktwin.Opening{Disconnect: slacktwin.LinkDisabled})
	l := w.dial()
	l.read()
	same(t, "reason", at[string](l.read(), "reason"), slacktwin.LinkDisabled)
	w.OpenNext(1, slacktwin.Opening{Drop: true})
	l = w.dial()
	l.read()
	if _, _, err := l.ReadMessage(); err == nil {
		t.Error("not dropped")
	}
	w.OpenNext(1, slacktwin.Opening{NoHello: true})
	w.OpenNext(1, slacktwin.Opening{Wait: time.Millisecond, Late: time.Millisecond, NoPings: true})
	w.dial()
	l = w.dial()
	same(t, "late", at[string](l.read(), "type"), "hello")
	w.must(w.Await(w.ctx, func() bool { return len(w.Sockets()) == 1 })) // one without a hello gets nothing
	w.Sockets()[0].Garbage()
	if _, raw, err := l.ReadMessage(); err != nil || strings.HasSuffix(string(raw), "}") {
		t.Errorf("%q %v", raw, err)
	}
	same(t, "opened", w.Opened(), 4)
}

func TestDisconnectWithGrace(t *testing.T) {
	o := patient()
	o.Grace = 10 * time.Millisecond
	w := start(t, o)
	l := w.dial()
	l.read()
	w.Sockets()[0].Disconnect(slacktwin.RefreshRequested)
	w.Send(w.DM(slacktwin.Ana, "on the old one"))
	kinds := []string{at[string](l.read(), "type"), at[string](l.read(), "type")}
	if !slices.Equal(kinds, []string{"disconnect", "events_api"}) {
		t.Errorf("%v", kinds)
	}
	if _, _, err := l.ReadMessage(); !websocket.IsCloseError(err, websocket.CloseNormalClosure) {
		t.Errorf("got %v", err)
	}
}
