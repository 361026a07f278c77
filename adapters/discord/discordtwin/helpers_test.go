package discordtwin_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"porchlight/adapters/discord/discordtwin"
	"porchlight/bot/bottest"
)

const contracts = "../../../../shared/contracts"

type obj = map[string]any

// world is a twin with a plain client.
type world struct {
	*testing.T
	*discordtwin.Twin
	ctx    context.Context //nolint:containedctx // of one test, for all that it waits for
	client *http.Client
}

func start(t *testing.T, o discordtwin.Options) *world {
	t.Helper()
	bottest.NoneLeft(t)
	if o.Contracts == "" {
		o.Contracts = contracts
	}
	ctx, cancel := context.WithTimeout(t.Context(), bottest.Patience)
	t.Cleanup(cancel)
	tw := discordtwin.Start(t, o)
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	return &world{T: t, Twin: tw, ctx: ctx, client: &http.Client{Transport: transport, Timeout: bottest.Patience}}
}

// said is an answer.
type said struct {
	status int
	head   http.Header
	raw    string
	body   any
}

func (w *world) call(method, path string, body any) said {
	w.Helper()
	return w.as("Bot "+discordtwin.Token, method, path, body)
}

func (w *world) as(auth, method, path string, body any) said {
	w.Helper()
	resp, err := w.try(auth, method, path, body)
	w.must(err)
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	w.must(err)
	s := said{status: resp.StatusCode, head: resp.Header, raw: string(raw)}
	if strings.HasPrefix(resp.Header.Get("Content-Type"), "application/json") {
		w.must(json.Unmarshal(raw, &s.body))
	}
	return s
}

func (w *world) try(auth, method, path string, body any) (*http.Response, error) {
	var in io.Reader = http.NoBody
	if body != nil {
		raw, err := json.Marshal(body)
		w.must(err)
		in = strings.NewReader(string(raw))
	}
	req, err := http.NewRequestWithContext(w.ctx, method, w.APIURL()+path, in)
	w.must(err)
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	req.Header.Set("User-Agent", "DiscordBot (https://example.org, 1)")
	if auth != "" {
		req.Header.Set("Authorization", auth)
	}
	return w.client.Do(req)
}

func (w *world) post(channel string, body any) said {
	w.Helper()
	return w.call("POST", "channels/"+channel+"/messages", body)
}

func (s said) id() string { return at[string](s.body, "id") }

// is fails the test unless the answer has the status and Discord's code.
func (w *world) is(s said, status, code int) {
	w.Helper()
	if got := int(at[float64](s.body, "code")); s.status != status || got != code {
		w.Errorf("got %d %s, want %d with code %d", s.status, s.raw, status, code)
	}
}

// wrong fails the test unless the answer is 50035 with that error at the place.
func (w *world) wrong(s said, path, code string) {
	w.Helper()
	w.is(s, 400, 50035)
	steps := append([]string{"errors"}, strings.Split(path, ".")...)
	if got := at[string](s.body, append(steps, "_errors", "0", "code")...); got != code {
		w.Errorf("%s: got %q of %s, want %s", path, got, s.raw, code)
	}
}

func (w *world) callback(e discordtwin.Event, body any) said {
	w.Helper()
	return w.as("", "POST", "interactions/"+e.ID+"/"+e.Token+"/callback", body)
}

func (w *world) hook(e discordtwin.Event, method, path string, body any) said {
	w.Helper()
	return w.as("", method, "webhooks/"+discordtwin.App+"/"+e.Token+path, body)
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

func same[T comparable](t testing.TB, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

// at is what is found in JSON along the path; the zero value if there is none.
func at[T any](v any, path ...string) T {
	for _, step := range path {
		switch in := v.(type) {
		case map[string]any:
			v = in[step]
		case []any:
			i, err := strconv.Atoi(step)
			if err != nil || i >= len(in) {
				v = nil
				continue
			}
			v = in[i]
		default:
			v = nil
		}
	}
	found, _ := v.(T)
	return found
}

// panics tells whether f does.
func panics(f func()) (did bool) {
	defer func() { did = recover() != nil }()
	f()
	return false
}

// clock is a time that a test moves.
type clock struct{ at chan time.Time }

func newClock() *clock {
	c := &clock{at: make(chan time.Time, 1)}
	c.at <- time.Now()
	return c
}

func (c *clock) Now() time.Time { t := <-c.at; c.at <- t; return t }

func (c *clock) pass(d time.Duration) { c.at <- (<-c.at).Add(d) }
