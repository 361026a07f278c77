package discord

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"porchlight/bot"
)

// deafGateway takes whatever is said, and says nothing.
func deafGateway(t testing.TB) *websocket.Conn {
	up := websocket.Upgrader{}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, err := up.Upgrade(w, r, nil)
		if err != nil {
			return
		}
		defer c.Close()
		for err == nil {
			_, _, err = c.ReadMessage()
		}
	}))
	t.Cleanup(s.Close)
	c, answer, err := websocket.DefaultDialer.DialContext(t.Context(), "ws"+strings.TrimPrefix(s.URL, "http"), nil)
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// visitor is a connection that has been greeted, and what it hands on.
func visitor(t testing.TB, accept func(context.Context, bot.Message) error) *visit {
	a := New(Options{
		Token: "x", APIURL: "http://127.0.0.1:1/", Name: func(kind string, _ ...string) string { return kind },
		Say: func(_, key string) string { return key },
	})
	a.self = "2"
	ctx, stop := context.WithCancel(t.Context())
	in := newIntake(ctx, accept)
	t.Cleanup(func() { stop(); in.busy.Wait() })
	s := &shard{Adapter: a, record: a.recall(ctx, "0 of 1"), in: in, budget: &budget{a: a}, count: 1}
	return &visit{shard: s, wire: a.wire(deafGateway(t)), met: true, done: func() {}}
}

// FuzzFrame expects that nothing that the gateway may say breaks anything, and that
// what is said after it is heard.
func FuzzFrame(f *testing.F) {
	for _, s := range []string{
		`null`, `[]`, `7`, `{"op":"x"}`, `{"op":0,"s":1,"t":"READY","d":null}`, `{"op":0,"s":1,"t":"READY","d":{"session_id":"a","resume_gateway_url":"wss://x"}}`,
		`{"op":0,"s":2,"t":"RESUMED","d":{}}`, `{"op":1,"d":5}`, `{"op":7}`, `{"op":9,"d":true}`, `{"op":10,"d":{"heartbeat_interval":0}}`, `{"op":11}`,
		`{"op":0,"s":3,"t":"MESSAGE_CREATE","d":{"id":"5","channel_id":"6","author":{"id":"7"},"content":"x"}}`,
		`{"op":0,"s":4,"t":"GUILD_CREATE","d":{"id":"9","channels":[{"id":"8","last_message_id":"99999999999999999999"}],"threads":null}}`,
		`{"op":0,"s":5,"t":"INTERACTION_CREATE","d":{"id":"1","token":"t","type":2,"user":{"id":"7"},"data":{"name":"ask","options":[{"name":"question","value":[]}]}}}`,
		`{"op":0,"s":9223372036854775807,"t":"X","d":{}}`, `{"op":0,"s":-9223372036854775808,"t":"MESSAGE_CREATE","d":{"id":"5","channel_id":"6","author":{"id":"7"},"content":"x"}}`,
	} {
		f.Add([]byte(s))
	}
	heard := make(chan bot.Message, 64)
	v := visitor(f, func(_ context.Context, m bot.Message) error {
		if m.Text == "the end" {
			heard <- m
		}
		return nil
	})
	f.Fuzz(func(t *testing.T, raw []byte) {
		v.gap.open(time.Now(), nil)
		if x, ok := frameOf(raw); ok {
			_ = v.take(t.Context(), x)
		}
		last, ok := frameOf([]byte(`{"op":0,"s":1,"t":"MESSAGE_CREATE","d":{"id":"5","channel_id":"6","author":{"id":"7"},"content":"the end"}}`))
		if !ok || v.take(t.Context(), last) != nil {
			t.Fatal("not taken")
		}
		select {
		case <-heard:
		case <-time.After(10 * time.Second):
			t.Fatal("not heard")
		}
		if s := v.resumes(); s.Seq < 0 && s.ID != "" {
			t.Errorf("to be resumed from %d", s.Seq)
		}
	})
}

// TestRecord expects a session to be taken up from before the first event that is not
// stored, whatever was stored since.
func TestRecord(t *testing.T) {
	a := New(Options{Token: "x", Name: func(kind string, _ ...string) string { return kind }})
	r := a.recall(t.Context(), "0 of 1")
	if !r.begins("a", "wss://x", 1).IsZero() {
		t.Error("deaf since before it began")
	}
	var stored []func()
	for seq := range int64(5) {
		stored = append(stored, r.came(seq+2))
	}
	for _, i := range []int{4, 1, 3} {
		stored[i]()
		stored[i]() // once counts
	}
	if s := r.safe(); s.Seq != 1 {
		t.Errorf("from %d, though 2 is not stored", s.Seq)
	}
	stored[0]()
	if s := r.resumes(); s.Seq != 3 || s.ID != "a" {
		t.Errorf("from %d of %q, want 3", s.Seq, s.ID)
	}
	again := r.came(4) // comes again on the next connection
	stored[2]()        // of the one before: it tells nothing of this one
	if s := r.safe(); s.Seq != 3 {
		t.Errorf("from %d, want 3", s.Seq)
	}
	again()
	if s := r.safe(); s.Seq != 4 {
		t.Errorf("from %d, want 4", s.Seq)
	}
	if r.begins("b", "wss://x", 1).IsZero() {
		t.Error("not deaf between two sessions")
	}
}

// TestLimitsOfLogins expects the last logins to be left alone, the first quarter to be
// had without waiting, and the others to be stretched, the more the fewer there are.
func TestLimitsOfLogins(t *testing.T) {
	for _, x := range []struct {
		left, total int
		spent       bool
		rest        time.Duration
	}{
		{1000, 1000, false, 0}, {750, 1000, false, 0}, {600, 1000, false, time.Hour / 590 / 5}, {375, 1000, false, time.Hour / 365 / 2},
		{75, 1000, false, time.Hour / 65 * 9 / 10}, {10, 1000, true, 0},
		{0, 1000, true, 0}, {-1, 1000, true, 0}, {3, 5, false, 0}, {1, 5, false, time.Hour * 2 / 3}, {0, 5, true, 0}, {0, 0, true, 0},
	} {
		var l limits
		l.Start.Remaining, l.Start.Total, l.Start.ResetAfter = x.left, x.total, int(time.Hour.Milliseconds())
		if l.spent() != x.spent || (l.rest()-x.rest).Abs() > time.Millisecond {
			t.Errorf("%d of %d: spent %v, rest %v", x.left, x.total, l.spent(), l.rest())
		}
	}
}

// TestLoginsLastADay expects a program that logs in whenever it may, all day long, not to
// come to the last ones.
func TestLoginsLastADay(t *testing.T) {
	var l limits
	l.Start.Total, l.Start.Remaining = 1000, 1000
	const day = 24 * time.Hour
	for now := time.Duration(0); now < day; now += max(l.rest(), usual.gap) {
		l.Start.ResetAfter = int((day - now).Milliseconds())
		if l.spent() {
			t.Fatalf("used up after %v", now)
		}
		l.Start.Remaining--
	}
	if l.Start.Remaining > 500 {
		t.Errorf("%d are left, and it was deaf for nothing", l.Start.Remaining)
	}
}
