package discordtwin_test

import (
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"porchlight/adapters/discord/discordtwin"
)

func (l *line) resume(session string, seq int) *line {
	l.Helper()
	l.read()
	l.say(6, obj{"token": discordtwin.Token, "session_id": session, "seq": seq})
	return l
}

func TestResumes(t *testing.T) {
	c := newClock()
	w := start(t, discordtwin.Options{Heartbeat: time.Hour, Now: c.Now, StrictResume: true})
	lost := w.DM(discordtwin.Ana, "before")
	same(t, "nobody", w.Send(lost), 0)
	same(t, "missed", w.Missed()[0], lost.ID)
	l, ready := w.identified(nil)
	session := at[string](ready, "session_id")
	s, err := w.AwaitSocket(w.ctx, 1)
	w.must(err)
	l.next("GUILD_CREATE") // 2
	for _, text := range []string{"three", "four"} {
		w.Send(w.DM(discordtwin.Ana, text))
	}
	l.next("MESSAGE_CREATE")
	s.Drop()
	same(t, "code", l.closed(), 0)
	same(t, "kept", w.Send(w.DM(discordtwin.Ana, "five")), 1)
	back := w.dial(at[string](ready, "resume_gateway_url")).resume(session, 3)
	same(t, "replayed", at[string](back.next("MESSAGE_CREATE"), "content"), "four")
	same(t, "replayed", at[string](back.next("MESSAGE_CREATE"), "content"), "five")
	last := back.read()
	if last["t"] != "RESUMED" || last["s"] != 6.0 {
		t.Error(last)
	}
	s, err = w.AwaitSocket(w.ctx, 2)
	w.must(err)
	same(t, "resumed", s.Resumed() && s.OnResumeURL, true)

	elsewhere := w.dial(w.GatewayURL()).resume(session, 6) // not where READY said
	same(t, "op", elsewhere.read()["op"], any(9.0))
	w.must(back.WriteMessage(websocket.CloseMessage, websocket.FormatCloseMessage(1012, "")))
	back.closed()
	w.must(w.Await(w.ctx, func() bool { return len(w.Sockets()) == 0 }))
	same(t, "closed by", s.ClosedBy(), 1012)
	ahead := w.dial(w.ResumeURL()).resume(session, 99)
	same(t, "seq", ahead.closed(), 4007)
	same(t, "sessions", w.Sessions(), 0)

	l, ready = w.identified(nil)
	w.must(l.WriteMessage(websocket.CloseMessage, websocket.FormatCloseMessage(1000, "")))
	l.closed()
	w.must(w.Await(w.ctx, func() bool { return w.Sessions() == 0 }))
	gone := w.dial(w.ResumeURL()).resume(at[string](ready, "session_id"), 2)
	if m := gone.read(); m["op"] != 9.0 || m["d"] != false {
		t.Error(m)
	}
	gone.say(2, identity(nil)) // on the same socket
	ready = gone.next("READY")
	_ = gone.Close()
	w.must(w.Await(w.ctx, func() bool { return len(w.Sockets()) == 0 }))
	e := w.DM(discordtwin.Ana, "kept, for a while")
	same(t, "kept", w.Send(e), 1)
	c.pass(time.Hour)
	old := w.dial(w.ResumeURL()).resume(at[string](ready, "session_id"), 2)
	same(t, "old", old.read()["d"], any(false))
	same(t, "missed", w.Missed()[1], e.ID)
}

func TestDoubledShards(t *testing.T) {
	w := start(t, discordtwin.Options{Heartbeat: time.Hour})
	a, _ := w.identified(nil)
	b, ready := w.identified(nil)
	e := w.DM(discordtwin.Ana, "x")
	same(t, "both", w.Send(e), 2)
	same(t, "same", at[string](a.next("MESSAGE_CREATE"), "id"), at[string](b.next("MESSAGE_CREATE"), "id"))
	w.Send(e)
	same(t, "duplicate", at[string](a.next("MESSAGE_CREATE"), "id"), e.ID)
	moved := w.dial(w.ResumeURL()).resume(at[string](ready, "session_id"), 3)
	same(t, "moved", moved.read()["t"], any("MESSAGE_CREATE"))
	same(t, "the old one", b.closed(), 4000)
}

func TestReplayHasAnEnd(t *testing.T) {
	w := start(t, discordtwin.Options{Heartbeat: time.Hour, Replay: 2})
	l, ready := w.identified(nil)
	for range 10 {
		w.Send(w.DM(discordtwin.Ana, "x"))
	}
	l.next("MESSAGE_CREATE")
	w.Sockets()[0].Drop()
	late := w.dial(w.ResumeURL()).resume(at[string](ready, "session_id"), 3)
	same(t, "op", late.read()["op"], any(9.0))
}

func TestSilentClientIsSentAway(t *testing.T) {
	w := start(t, discordtwin.Options{Heartbeat: 100 * time.Millisecond})
	l, _ := w.identified(nil)
	same(t, "code", l.closed(), 4009)
	same(t, "sessions", w.Sessions(), 0)
}

// TestUnsure tells what was written and confirmed from what may not have arrived.
func TestUnsure(t *testing.T) {
	w := start(t, discordtwin.Options{Heartbeat: time.Hour, Replay: 4})
	l, ready := w.identified(nil)
	l.next("GUILD_CREATE") // 2
	first, second := w.DM(discordtwin.Ana, "three"), w.DM(discordtwin.Ana, "four")
	w.Send(first)
	w.Send(second)
	l.next("MESSAGE_CREATE")
	l.next("MESSAGE_CREATE")
	same(t, "while it is heard", len(w.Unsure()), 0)
	l.say(1, 3)
	same(t, "acknowledged", l.read()["op"], any(11.0))
	s, err := w.AwaitSocket(w.ctx, 1)
	w.must(err)
	s.Drop()
	l.closed()
	same(t, "until it is resumed", strings.Join(w.Unsure(), " "), second.ID)
	back := w.dial(w.ResumeURL()).resume(at[string](ready, "session_id"), 3)
	same(t, "again", at[string](back.next("MESSAGE_CREATE"), "content"), "four")
	same(t, "resumed", len(w.Unsure()), 0)
	s, err = w.AwaitSocket(w.ctx, 2)
	w.must(err)
	s.Invalidate(false)
	same(t, "ended", strings.Join(w.Unsure(), " "), second.ID)
	same(t, "missed", len(w.Missed()), 0)
}
