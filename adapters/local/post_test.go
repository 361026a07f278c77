package local

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"porchlight/bot"
	"porchlight/bot/inbox"
)

func TestPostIsAMessage(t *testing.T) {
	var got bot.Message
	s := New(Options{Name: func(kind string, parts ...string) string { return kind + "(" + strings.Join(parts, ",") + ")" }})
	h := s.handler(func(_ context.Context, m bot.Message) error {
		got = m
		return nil
	})
	w := ask(t.Context(), h, http.MethodPost, "/v1/messages",
		`{"id":"1","conversation":"c","person":"p","text":"hola","command":"topic","lang":"es","share":true,"explain":true}`)
	if got.At.IsZero() || time.Since(got.At) > time.Minute {
		t.Errorf("At = %v", got.At)
	}
	got.At = time.Time{}
	want := bot.Message{
		ID: "event(local,1)", Conversation: "conversation(local,c)", Person: "person(local,p)",
		From: bot.Address{Adapter: "local", Place: "mailbox"}, Command: bot.ShowTopic,
		Text: "hola", Lang: "es", Private: true, Share: true, Explain: true,
	}
	if got != want {
		t.Errorf("got %q %+v", got.Text, got.LogValue())
	}
	if said(t, w) != want.ID || w.Header().Get("Location") != "/v1/messages/event%28local%2C1%29" {
		t.Errorf("%s with %v", w.Body, w.Header())
	}
	ask(t.Context(), h, http.MethodPost, "/v1/messages", `{"conversation":"c","text":"hola","private":false}`)
	if got.Person != "" || got.Private || got.Share || got.Explain {
		t.Errorf("what was not said: %+v", got.LogValue())
	}
}

func TestPostAgain(t *testing.T) {
	var in inbox.Memory
	h := New(Options{}).handler(in.Put)
	post := func(body string) bot.MessageID {
		return said(t, ask(t.Context(), h, http.MethodPost, "/v1/messages", body))
	}
	const once = `{"id":"1","conversation":"c","text":"hello"}`
	first, again := post(once), post(once)
	if other := post(strings.ReplaceAll(once, "1", "2")); first != again || first == other {
		t.Errorf("%s, again %s, another %s", first, again, other)
	}
	if a, b := post(hello), post(hello); a == b {
		t.Error("two messages without id are one")
	}
	answered := make(chan bot.MessageID, 10)
	ctx, cancel := context.WithCancel(t.Context())
	err := in.Work(ctx, func(_ context.Context, m bot.Message) error {
		answered <- m.ID
		if len(answered) == 4 {
			cancel()
		}
		return nil
	})
	if err != nil || len(answered) != 4 {
		t.Errorf("%d messages, %v", len(answered), err)
	}
}

func TestPostNotStored(t *testing.T) {
	var log record
	for _, test := range []struct {
		err   error
		after string
	}{
		{errors.New("store: full"), "1"},
		{&bot.LaterError{After: 1500 * time.Millisecond, Err: errors.New("store: later")}, "2"},
	} {
		s := New(Options{Log: log.logger()})
		h := s.handler(func(context.Context, bot.Message) error { return test.err })
		w := ask(t.Context(), h, http.MethodPost, "/v1/messages", `{"id":"1","conversation":"c","text":"my marigold"}`)
		if w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") != test.after {
			t.Errorf("%v: %d after %s", test.err, w.Code, w.Header().Get("Retry-After"))
		}
		if s.box.knows(bot.MessageID(s.o.Name("event", "local", "1"))) || !strings.HasPrefix(complaint(t, w), "the message is not stored") {
			t.Errorf("%v: %s", test.err, w.Body)
		}
	}
	if got := log.String(); strings.Contains(got, "marigold") || strings.Count(got, "message not stored") != 2 {
		t.Errorf("logged %s", got)
	}
}

func TestPostEndsWithAStoreThatHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		h := New(Options{}).handler(func(ctx context.Context, _ bot.Message) error {
			<-ctx.Done()
			return ctx.Err()
		})
		w := ask(t.Context(), h, http.MethodPost, "/v1/messages", hello)
		if w.Code != http.StatusServiceUnavailable || time.Since(began) != storeWithin {
			t.Errorf("%d after %v", w.Code, time.Since(began))
		}
	})
}

func TestPostSizes(t *testing.T) {
	var runes int
	h := New(Options{}).handler(func(_ context.Context, m bot.Message) error {
		runes = len(m.Text)
		return nil
	})
	atCap := `{"conversation":"c","text":"` + strings.Repeat("x", maxBody-len(hello)+len("hello")) + `"}`
	for _, test := range []struct {
		name string
		body io.Reader
		want int
	}{
		{"at the cap", strings.NewReader(atCap), http.StatusAccepted},
		{"over it", strings.NewReader(atCap + " "), http.StatusRequestEntityTooLarge},
		{"at the cap, size unsaid", struct{ io.Reader }{strings.NewReader(atCap)}, http.StatusAccepted},
		{"over it, size unsaid", struct{ io.Reader }{strings.NewReader(atCap + " ")}, http.StatusRequestEntityTooLarge},
		{"cut off", io.MultiReader(strings.NewReader(`{"text":`), failing{}), http.StatusBadRequest},
		{"bad", strings.NewReader(`{"text":1}`), http.StatusBadRequest},
	} {
		runes = 0
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "http://[::1]/v1/messages", test.body)
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != test.want || (w.Code == http.StatusAccepted) != (runes == maxBody-len(hello)+len("hello")) {
			t.Errorf("%s: %d, %d runes: %s", test.name, w.Code, runes, w.Body)
		}
		if w.Code >= http.StatusBadRequest {
			complaint(t, w)
		}
	}
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, errors.New("reset, on purpose") }
