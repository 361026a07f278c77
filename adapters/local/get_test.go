package local

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"porchlight/bot"
)

// asking starts a GET and gives what waits for its answer.
func asking(ctx context.Context, h http.Handler, path string, headers ...string) func() *httptest.ResponseRecorder {
	answered := make(chan *httptest.ResponseRecorder, 1)
	go func() { answered <- ask(ctx, h, http.MethodGet, path, "", headers...) }()
	return func() *httptest.ResponseRecorder { return <-answered }
}

var forStream = []string{"Accept", "text/event-stream"}

func TestGetWaitsForTheFinalReply(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New(Options{})
		h := s.handler(stored)
		wait := asking(t.Context(), h, "/v1/messages/m")
		deliver(t, s, "m", synctest.Wait, reply("one", false), reply("two", true))
		for _, w := range []*httptest.ResponseRecorder{wait(), ask(t.Context(), h, http.MethodGet, "/v1/messages/m?wait=0s", "")} {
			var a answer
			if err := json.Unmarshal(w.Body.Bytes(), &a); err != nil || w.Code != http.StatusOK || a.ID != "m" || a.Lead != "two" || !a.Final {
				t.Errorf("%d %s %v", w.Code, w.Body, err)
			}
			if w.Header().Get("Content-Type") != "application/json" {
				t.Errorf("%v", w.Header())
			}
		}
	})
}

func TestGetWaitsNoLonger(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New(Options{Keep: 3 * time.Minute})
		h := s.handler(stored)
		known := string(said(t, ask(t.Context(), h, http.MethodPost, "/v1/messages", hello)))
		for _, test := range []struct {
			path string
			want int
			took time.Duration
		}{
			{"unknown", 404, 30 * time.Second},
			{"unknown?wait=1.5s", 404, 1500 * time.Millisecond},
			{known, 204, 30 * time.Second},
			{known + "?wait=1m", 204, time.Minute},
			{known + "?wait=0", 204, 0},
			{known + "?wait=60s", 404, time.Minute}, // in which it is too old
		} {
			began := time.Now()
			w := ask(t.Context(), h, http.MethodGet, "/v1/messages/"+test.path, "")
			if w.Code != test.want || time.Since(began) != test.took {
				t.Errorf("%s: %d after %v", test.path, w.Code, time.Since(began))
			}
		}
	})
}

func TestGetHasNotTheHalfOfIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New(Options{})
		s.box.put("m", reply("one", false))
		if w := ask(t.Context(), s.handler(stored), http.MethodGet, "/v1/messages/m", ""); w.Code != http.StatusNoContent {
			t.Errorf("%d %s", w.Code, w.Body)
		}
	})
}

func TestGetWhenAllEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		wait := asking(ctx, New(Options{}).handler(stored), "/v1/messages/m")
		synctest.Wait()
		cancel()
		if w := wait(); w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") != "1" {
			t.Errorf("%d %v", w.Code, w.Header())
		}
	})
}

func TestStreamGrows(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New(Options{})
		wait := asking(t.Context(), s.handler(stored), "/v1/messages/m", forStream...)
		slowly := func() {
			synctest.Wait()
			time.Sleep(25 * time.Second) // of a time that is not real
		}
		slowly()
		deliver(t, s, "m", slowly, reply("one", false), reply("two", false), reply("three", true))
		w := wait()
		if got := leads(t, w.Body.String()); !slices.Equal(got, []string{"one", "two", "three"}) {
			t.Errorf("got %q", got)
		}
		all := answers(t, w.Body.String())
		if !all[2].Final || all[1].Final || w.Header().Get("Content-Type") != "text/event-stream" {
			t.Errorf("%v %s", w.Header(), w.Body)
		}
		if n := strings.Count(w.Body.String(), ": waiting\n\n"); n < 6 {
			t.Errorf("%d heartbeats in 75 s", n)
		}
		safeHeaders(t, w)
	})
}

func TestStreamEndsInSilence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New(Options{})
		s.box.put("m", reply("one", false))
		for _, test := range []struct{ path, want string }{
			{"m?wait=0s", "one"}, {"m?wait=25s", "one"}, {"unknown?wait=25s", ""},
		} {
			w := ask(t.Context(), s.handler(stored), http.MethodGet, "/v1/messages/"+test.path, "", forStream...)
			if got := strings.Join(leads(t, w.Body.String()), " "); got != test.want || !strings.HasSuffix(w.Body.String(), ": no more for now: ask again\n\n") {
				t.Errorf("%s: %s", test.path, w.Body)
			}
		}
	})
}

func TestSeveralReaders(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New(Options{})
		h := s.handler(stored)
		var whole, growing []func() *httptest.ResponseRecorder
		for range 5 {
			whole = append(whole, asking(t.Context(), h, "/v1/messages/m"))
			growing = append(growing, asking(t.Context(), h, "/v1/messages/m", forStream...))
		}
		other := asking(t.Context(), h, "/v1/messages/other?wait=1s")
		gone, leave := context.WithCancel(t.Context())
		left := asking(gone, h, "/v1/messages/m")
		synctest.Wait()
		leave()
		left()
		deliver(t, s, "m", synctest.Wait, reply("one", false), reply("two", true))
		for i := range whole {
			if w := whole[i](); !strings.Contains(w.Body.String(), `"lead":"two"`) {
				t.Errorf("reader %d: %d %s", i, w.Code, w.Body)
			}
			if got := leads(t, growing[i]().Body.String()); !slices.Equal(got, []string{"one", "two"}) {
				t.Errorf("stream %d: %q", i, got)
			}
		}
		if w := other(); w.Code != http.StatusNotFound {
			t.Errorf("another id: %d %s", w.Code, w.Body)
		}
		if len(s.box.bells) != 0 {
			t.Error("readers that left are still waited on")
		}
	})
}

func TestDeliverAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New(Options{})
		now := func() string {
			return strings.Join(leads(t, ask(t.Context(), s.handler(stored), http.MethodGet, "/v1/messages/m?wait=0s", "", forStream...).Body.String()), " ")
		}
		deliver(t, s, "m", func() {}, reply("one", false), reply("two", true))
		deliver(t, s, "m", func() {
			if got := now(); got != "two" && got != "2" {
				t.Errorf("the answer shrank to %q", got)
			}
		}, reply("1", false), reply("2", true))
		if got := now(); got != "2" {
			t.Errorf("got %q", got)
		}
	})
}

func TestDeliverWithoutEnd(t *testing.T) {
	s := New(Options{})
	err := s.Deliver(t.Context(), bot.Message{ID: "m", Text: "marigold"}, func(yield func(bot.Reply, error) bool) {
		yield(reply("marigold", false), nil)
	})
	if err == nil || err.Error() != "deliver m: local: the answer ended before its last reply" {
		t.Errorf("got %v", err)
	}
}

func TestWantsStream(t *testing.T) {
	for _, test := range []struct {
		accept []string
		want   bool
	}{
		{nil, false},
		{[]string{"*/*"}, false},
		{[]string{"application/json"}, false},
		{[]string{"text/event-stream"}, true},
		{[]string{"application/json, Text/Event-Stream;q=0.9"}, true},
		{[]string{"application/json", "text/event-stream"}, true},
		{[]string{"text/event-streams, ;;"}, false},
	} {
		if got := wantsStream(http.Header{"Accept": test.accept}); got != test.want {
			t.Errorf("%q: %v", test.accept, got)
		}
	}
}
