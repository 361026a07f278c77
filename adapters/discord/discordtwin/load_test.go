package discordtwin_test

import (
	"net/http"
	"sync"
	"testing"
	"time"

	"porchlight/adapters/discord/discordtwin"
)

// TestManyAtOnce has twenty people ask at the same time, over and over, while the
// socket breaks; nothing is lost, and the race detector looks on.
func TestManyAtOnce(t *testing.T) {
	const people, questions = 20, 25
	w := start(t, discordtwin.Options{Heartbeat: time.Hour, KeepCalls: 2000})
	l, ready := w.identified(nil)
	session, seen := at[string](ready, "session_id"), map[string]bool{}
	var asking sync.WaitGroup
	for range people {
		asking.Go(func() {
			user := w.AddUser(discordtwin.User{})
			for range questions {
				w.Send(w.DM(user, "?"))
				e := w.Command(discordtwin.General, user, "ask")
				w.Send(e)
				_ = w.Posts("")
			}
		})
	}
	seq := 1.0
	for len(seen) < 2*people*questions {
		var v obj
		if err := l.ReadJSON(&v); err != nil {
			l = w.dial(w.ResumeURL()).resume(session, int(seq))
			continue
		}
		if s := at[float64](v, "s"); s > 0 {
			if v["t"] != "RESUMED" && s != seq+1 {
				t.Fatalf("after %v came %v", seq, s)
			}
			seq = s
		}
		if id := at[string](v, "d", "id"); v["t"] == "MESSAGE_CREATE" || v["t"] == "INTERACTION_CREATE" {
			if seen[id] {
				t.Fatalf("%s came twice", id)
			}
			seen[id] = true
			if in := w.Sockets(); len(in) > 0 && len(seen)%100 == 0 {
				in[0].Drop()
			}
		}
	}
	asking.Wait()
	same(t, "missed", len(w.Missed()), 0)
}

func BenchmarkQuestion(b *testing.B) {
	tw := discordtwin.Start(b, discordtwin.Options{KeepCalls: 1000, Heartbeat: time.Hour})
	w := &world{T: &testing.T{}, Twin: tw, ctx: b.Context(), client: &http.Client{}}
	for b.Loop() {
		e := tw.Command(discordtwin.General, discordtwin.Ana, "ask")
		tw.Send(e)
		w.callback(e, deferPrivate)
		w.hook(e, "PATCH", "/messages/@original", obj{"content": "hi"})
	}
}
