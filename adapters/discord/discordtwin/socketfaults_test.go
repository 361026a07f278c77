package discordtwin_test

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"porchlight/adapters/discord/discordtwin"
)

func TestEveryCloseCode(t *testing.T) {
	w := start(t, discordtwin.Options{Heartbeat: time.Hour})
	for i, code := range discordtwin.CloseCodes {
		l, ready := w.identified(nil)
		s, err := w.AwaitSocket(w.ctx, 2*i+1)
		w.must(err)
		s.Close(code)
		s.Close(code) // which does nothing
		same(t, "code", l.closed(), code)
		ends := code == 4007 || code == 4009 || slices.Contains(discordtwin.FatalCodes, code)
		again := w.dial(w.ResumeURL()).resume(at[string](ready, "session_id"), 2)
		if got := again.read()["op"] == 9.0; got != ends {
			t.Errorf("%d: the session has ended: %v", code, got)
		}
		_ = again.Close()
	}
}

func TestFaultsOfSockets(t *testing.T) {
	w := start(t, discordtwin.Options{Heartbeat: time.Hour, Grace: time.Millisecond})
	number := 0
	open := func() (*line, *discordtwin.Socket) {
		t.Helper()
		number++
		l, _ := w.identified(nil)
		l.next("GUILD_CREATE")
		s, err := w.AwaitSocket(w.ctx, number)
		w.must(err)
		return l, s
	}
	for name, harm := range map[string]func(*discordtwin.Socket){
		"drop": (*discordtwin.Socket).Drop, "reset": (*discordtwin.Socket).Reset, "tear": (*discordtwin.Socket).Tear,
	} {
		l, s := open()
		harm(s)
		same(t, name, l.closed(), 0)
	}
	l, s := open()
	s.Reconnect()
	same(t, "reconnect", l.read()["op"], any(7.0))
	same(t, "grace", l.closed(), 4000)

	l, s = open()
	s.Invalidate(true)
	same(t, "resumable", l.read()["d"], any(true))
	before := w.Sessions()
	s.Invalidate(false)
	same(t, "not resumable", l.read()["d"], any(false))
	same(t, "sessions", w.Sessions(), before-1)

	l, s = open()
	s.Mute()
	l.say(1, nil)
	w.must(w.Await(w.ctx, func() bool { return s.Heartbeats() == 1 }))
	s.Garbage()
	if _, raw, err := l.ReadMessage(); err != nil || raw[len(raw)-1] == '}' {
		t.Errorf("%q %v", raw, err)
	}
	s.Freeze()
	w.Send(w.DM(discordtwin.Ana, "x"))
	s.Drop()
	if _, _, err := l.ReadMessage(); err == nil {
		t.Error("something came over a half-open socket")
	}
}

func TestOpenings(t *testing.T) {
	w := start(t, discordtwin.Options{Heartbeat: time.Hour})
	w.OpenNext(1, discordtwin.Opening{Refuse: http.StatusServiceUnavailable})
	_, resp, err := websocket.DefaultDialer.DialContext(w.ctx, w.GatewayURL(), nil)
	if err == nil || resp.StatusCode != http.StatusServiceUnavailable {
		t.Fatalf("got %v", err)
	}
	_ = resp.Body.Close()
	w.OpenNext(1, discordtwin.Opening{Close: 4000})
	same(t, "close", w.dial(w.GatewayURL()).closed(), 4000)
	w.OpenNext(1, discordtwin.Opening{Drop: true})
	l := w.dial(w.GatewayURL())
	l.read()
	same(t, "drop", l.closed(), 0)
	w.OpenNext(1, discordtwin.Opening{OnIdentify: 4014})
	l = w.dial(w.GatewayURL())
	l.read()
	l.say(2, identity(nil))
	same(t, "identify", l.closed(), 4014)
	w.OpenNext(1, discordtwin.Opening{Invalid: true, Wait: time.Millisecond, Late: time.Millisecond})
	l = w.dial(w.GatewayURL())
	l.read()
	l.say(2, identity(nil))
	same(t, "invalid", l.read()["op"], any(9.0))
	l.say(2, identity(nil))
	l.next("READY")
	w.OpenNext(2, discordtwin.Opening{NoHello: true})
	w.dial(w.GatewayURL())
	w.must(w.dial(w.GatewayURL()).WriteJSON(obj{"op": 1})) // and nothing answers
	w.OpenNext(1, discordtwin.Opening{NoReady: true, NoACK: true})
	l = w.dial(w.GatewayURL())
	l.read()
	l.say(2, identity(nil))
	l.say(1, nil)
	w.must(w.Await(w.ctx, func() bool { return w.Opened() == 7 }))
	same(t, "identified", len(w.Sockets()), 1)
}
