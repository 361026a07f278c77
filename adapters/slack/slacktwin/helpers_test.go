package slacktwin_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/slack-go/slack"

	"porchlight/adapters/slack/slacktwin"
	"porchlight/bot/bottest"
)

const contracts = "../../../../shared/contracts"

// world is a twin with a plain client and slack-go's.
type world struct {
	*testing.T
	*slacktwin.Twin
	ctx    context.Context //nolint:containedctx // of one test, for all that it waits for
	client *http.Client
	api    *slack.Client
}

func start(t *testing.T, o slacktwin.Options) *world {
	t.Helper()
	bottest.NoneLeft(t)
	if o.Contracts == "" {
		o.Contracts = contracts
	}
	ctx, cancel := context.WithTimeout(t.Context(), bottest.Patience)
	t.Cleanup(cancel)
	tw := slacktwin.Start(t, o)
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	client := &http.Client{Transport: transport, Timeout: bottest.Patience}
	return &world{T: t, Twin: tw, ctx: ctx, client: client, api: slackGo(tw, slacktwin.BotToken, client)}
}

// all are scopes for everything that the twin has.
var all = []string{
	"chat:write", "assistant:write", "users:read", "im:write", "channels:history", "im:history", "groups:history",
	"channels:read", "im:read", "commands",
}

func slackGo(tw *slacktwin.Twin, token string, client *http.Client) *slack.Client {
	return slack.New(token, slack.OptionAppLevelToken(slacktwin.AppToken), slack.OptionAPIURL(tw.APIURL()), slack.OptionHTTPClient(client))
}

// form calls a method as slack-go calls chat.*: the token is a field.
func (w *world) form(method string, fields ...string) map[string]any {
	w.Helper()
	values := url.Values{"token": {slacktwin.BotToken}}
	for i := 0; i < len(fields); i += 2 {
		values.Set(fields[i], fields[i+1])
	}
	return w.post(w.APIURL()+method, "application/x-www-form-urlencoded", "", values.Encode())
}

func (w *world) json(method, token string, v any) map[string]any {
	w.Helper()
	raw, err := json.Marshal(v)
	w.must(err)
	return w.post(w.APIURL()+method, "application/json; charset=utf-8", token, string(raw))
}

func (w *world) post(to, kind, token, body string) map[string]any {
	w.Helper()
	resp := w.send(to, kind, token, body)
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	w.must(err)
	said := map[string]any{"status": resp.StatusCode}
	if err := json.Unmarshal(raw, &said); err != nil {
		w.Fatalf("%s: %v in %q", to, err, raw)
	}
	return said
}

func (w *world) send(to, kind, token, body string) *http.Response {
	w.Helper()
	req, err := http.NewRequestWithContext(w.ctx, http.MethodPost, to, strings.NewReader(body))
	w.must(err)
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := w.client.Do(req)
	w.must(err)
	return resp
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// is fails the test unless the answer has the error; "" is none.
func (w *world) is(said map[string]any, name string) {
	w.Helper()
	got, _ := said["error"].(string)
	if got != name || (said["ok"] == true) != (name == "") {
		w.Errorf("got %v, want error %q", said, name)
	}
}

func same[T comparable](t *testing.T, what string, got, want T) {
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

// as is v, which has to be a T.
func as[T any](t *testing.T, v any) T {
	t.Helper()
	found, ok := v.(T)
	if !ok {
		t.Fatalf("got %T", v)
	}
	return found
}

func haveContracts() bool { _, err := os.Stat(contracts); return err == nil }

// clock is a time that a test moves.
type clock struct{ at chan time.Time }

func newClock() *clock {
	c := &clock{at: make(chan time.Time, 1)}
	c.at <- time.Now()
	return c
}

func (c *clock) Now() time.Time { t := <-c.at; c.at <- t; return t }

func (c *clock) pass(d time.Duration) { c.at <- (<-c.at).Add(d) }
