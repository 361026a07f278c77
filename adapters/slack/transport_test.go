package slack_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"porchlight/adapters/slack/slacktwin"
	"porchlight/bot"
	"porchlight/bot/bottest"
)

// TestSignatures expects nothing to be read that Slack has not signed within five
// minutes, on any of the paths.
func TestSignatures(t *testing.T) {
	r := listening(t, slacktwin.Options{Retries: []time.Duration{}}, true)
	for _, e := range []slacktwin.Event{
		r.twin.DM(slacktwin.Ana, theirs), r.twin.Command(slacktwin.General, slacktwin.Ana, "/porchlight", theirs),
		r.twin.Shortcut(slacktwin.General, r.twin.ChannelMessage(slacktwin.General, slacktwin.Ben, theirs, "").TS, slacktwin.Ana, "ask_privately"),
	} {
		for _, sign := range []slacktwin.Sign{
			slacktwin.SignWrong, slacktwin.SignOld, slacktwin.SignFuture, slacktwin.SignMissing, slacktwin.SignNoVersion, slacktwin.SignTampered,
		} {
			if a := r.twin.Deliver(t.Context(), r.path(e), e, sign).Last(); a.Status != http.StatusUnauthorized {
				t.Errorf("%s, sign %d: %+v", e.Kind, sign, a)
			}
		}
		if len(r.heard) > 0 {
			t.Errorf("%s: heard without a signature", e.Kind)
		}
		r.ask(e)
	}
	if err := r.twin.VerifyURL(t.Context(), r.url+"/slack/events", slacktwin.SignWell); err != nil {
		t.Error(err)
	}
	for _, sign := range []slacktwin.Sign{slacktwin.SignWrong, slacktwin.SignMissing, slacktwin.SignOld} {
		if r.twin.VerifyURL(t.Context(), r.url+"/slack/events", sign) == nil {
			t.Errorf("sign %d: the challenge is given back", sign)
		}
	}
}

// post sends a body of any kind that is signed well, and returns status and body.
func (r *rig) post(method, path, kind string, body io.Reader, signed string) (int, string) {
	r.test.Helper()
	secret, _, _ := r.twin.Credentials()
	req, err := http.NewRequestWithContext(r.test.Context(), method, r.url+path, body)
	if err != nil {
		r.test.Fatal(err)
	}
	at := strconv.FormatInt(time.Now().Unix(), 10)
	req.Header.Set("Content-Type", kind)
	req.Header.Set("X-Slack-Request-Timestamp", at)
	req.Header.Set("X-Slack-Signature", signature(secret, at, signed))
	c := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := c.Do(req)
	if err != nil {
		return 0, err.Error()
	}
	defer resp.Body.Close()
	got, _ := io.ReadAll(resp.Body)
	return resp.StatusCode, string(got)
}

// TestBodies expects what is signed and cannot be read to be taken, for it would
// only come again, and what is too long or on another way not to be.
func TestBodies(t *testing.T) {
	r := listening(t, slacktwin.Options{}, true)
	const jsonKind, formKind = "application/json", "application/x-www-form-urlencoded"
	for _, x := range []struct {
		name, method, path, kind, body string
		status                         int
	}{
		{"no JSON", "POST", "/slack/events", jsonKind, "{oh", 200},
		{"nothing", "POST", "/slack/events", jsonKind, "", 200},
		{"a list", "POST", "/slack/events", jsonKind, "[]", 200},
		{"another type", "POST", "/slack/events", jsonKind, `{"type":"lamp"}`, 200},
		{"of wrong types", "POST", "/slack/events", jsonKind, `{"type":7,"event":"x"}`, 200},
		{"no payload", "POST", "/slack/interactions", formKind, "payload=%7Boh", 200},
		{"an empty payload", "POST", "/slack/interactions", formKind, "payload=", 200},
		{"a broken form", "POST", "/slack/commands", formKind, "a=%zz", 200},
		{"an ssl check", "POST", "/slack/commands", formKind, "ssl_check=1&token=x", 200},
		{"another type of body", "POST", "/slack/events", "text/plain", "hello", 200},
		{"no type of body", "POST", "/slack/events", "", `{"type":"lamp"}`, 200},
		{"just not too long", "POST", "/slack/events", jsonKind, `{"type":"` + strings.Repeat("a", 1<<20-30) + `"}`, 200},
		{"too long", "POST", "/slack/events", jsonKind, `{"type":"` + strings.Repeat("a", 1<<20) + `"}`, 413},
		{"a look", "GET", "/slack/events", jsonKind, "", 405},
		{"elsewhere", "POST", "/slack/elsewhere", jsonKind, "{}", 404},
		{"the root", "POST", "/", jsonKind, "{}", 404},
	} {
		status, body := r.post(x.method, x.path, x.kind, strings.NewReader(x.body), x.body)
		if status != x.status {
			t.Errorf("%s: status %d, want %d: %s", x.name, status, x.status, body)
		}
		if status == 200 && body != "" { // Slack would show it to the person
			t.Errorf("%s: said %q", x.name, body)
		}
	}
	if len(r.heard) > 0 {
		t.Error("something was taken for a question")
	}
	endless := io.LimitReader(zeros{}, 64<<20)
	if status, _ := r.post("POST", "/slack/events", jsonKind, endless, ""); status != 413 && status != 0 {
		t.Errorf("an endless body: status %d", status)
	}
	const wanted = `{"type":"url_verification","challenge":"3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P"}`
	if status, body := r.post("POST", "/slack/events", jsonKind, strings.NewReader(wanted), wanted); status != 200 || !strings.HasPrefix(body, "3eZb") {
		t.Errorf("the challenge: status %d, %q", status, body)
	}
	r.ask(r.twin.DM(slacktwin.Ana, theirs)) // it goes on
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// TestForms expects commands and presses to be the same on each of the paths: an
// operator may have given Slack one address for all.
func TestForms(t *testing.T) {
	r := listening(t, slacktwin.Options{}, true)
	for _, path := range []string{"/slack/events", "/slack/commands", "/slack/interactions"} {
		for _, kind := range []string{"application/x-www-form-urlencoded", "application/x-www-form-urlencoded; charset=utf-8"} {
			form := url.Values{}
			for k, v := range r.twin.Command(slacktwin.General, slacktwin.Ana, "/porchlight", "¿qué & más?").Payload {
				form.Set(k, fmt.Sprint(v))
			}
			body := form.Encode()
			if status, said := r.post("POST", path, kind, strings.NewReader(body), body); status != 200 || said != "" {
				t.Errorf("%s: status %d, %q", path, status, said)
			}
			if m := bottest.Receive(t, "the command", r.heard); m.Text != "¿qué & más?" {
				t.Errorf("%s: %q", path, m.Text)
			}
		}
	}
}

// TestStoredOverHTTP expects 200 once a question is stored and not before, 503 while
// the store refuses, and one message of all that Slack says again.
func TestStoredOverHTTP(t *testing.T) {
	o := slacktwin.Options{RetryCommands: true, Retries: []time.Duration{0, 10 * time.Millisecond, 20 * time.Millisecond}}
	r := newRig(t, o, true)
	tries, turn := make(chan bot.MessageID, 100), make(chan error)
	r.accept = func(ctx context.Context, m bot.Message) error {
		tries <- m.ID
		select {
		case err := <-turn:
			return err
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	r.listen()
	for _, e := range []slacktwin.Event{
		r.twin.DM(slacktwin.Ana, theirs), r.twin.Command(slacktwin.General, slacktwin.Ana, "/porchlight", theirs),
		r.twin.Shortcut(slacktwin.General, r.twin.ChannelMessage(slacktwin.General, slacktwin.Ben, theirs, "").TS, slacktwin.Ana, "ask_privately"),
	} {
		ended := make(chan slacktwin.Delivery, 1)
		go func() { ended <- r.twin.Deliver(t.Context(), r.path(e), e, slacktwin.SignWell) }()
		first := bottest.Receive(t, "the first try", tries)
		if len(ended) > 0 {
			t.Fatal("answered before it was stored")
		}
		turn <- errFull
		if second := bottest.Receive(t, "the second try", tries); first != second {
			t.Error("it came again as another message")
		}
		turn <- errFull
		bottest.Receive(t, "the third try", tries)
		turn <- nil
		d := bottest.Receive(t, "the end", ended)
		if !d.OK() || len(d.Attempts) != 3 || d.Attempts[0].Status != 503 || d.Attempts[1].Status != 503 {
			t.Errorf("%+v", d.Attempts)
		}
		if d.Last().Body != "" {
			t.Errorf("the person is shown %q", d.Last().Body)
		}
		if d.Last().Num != 2 {
			t.Errorf("taken at X-Slack-Retry-Num %d", d.Last().Num)
		}
		if n := len(r.ids()); n != 1 {
			t.Errorf("%d messages", n)
		}
	}
}

// TestSlowStore expects 503 within the three seconds that Slack waits, when storing
// takes longer, and nothing to be answered twice after it.
func TestSlowStore(t *testing.T) {
	r := newRig(t, slacktwin.Options{Retries: []time.Duration{0}}, true)
	release := make(chan struct{})
	r.accept = func(ctx context.Context, _ bot.Message) error {
		select {
		case <-release:
		case <-ctx.Done():
		}
		return ctx.Err()
	}
	r.listen()
	e := r.twin.DM(slacktwin.Ana, theirs)
	ended := make(chan slacktwin.Delivery, 1)
	began := time.Now()
	ctx, cancel := contextWithCancel(t)
	go func() { ended <- r.twin.Deliver(ctx, r.path(e), e, slacktwin.SignWell) }()
	r.await("503", func() bool { return strings.Contains(r.logs.String(), "not stored") })
	if took := time.Since(began); took > 3*time.Second {
		t.Errorf("it took %v", took)
	}
	close(release)
	if d := bottest.Receive(t, "the end", ended); !d.OK() || d.Attempts[0].Status != 503 {
		t.Errorf("%+v", d.Attempts)
	}
	cancel()
	if n := len(r.ids()); n != 1 {
		t.Errorf("%d messages of one question", n)
	}
}

// TestStopsOverHTTP expects Run to return once the last request is answered, and
// what is stored to be told so.
func TestStopsOverHTTP(t *testing.T) {
	r := newRig(t, slacktwin.Options{}, true)
	waits := make(chan struct{}, 1)
	r.accept = func(ctx context.Context, _ bot.Message) error {
		waits <- struct{}{}
		<-ctx.Done() // and is stored all the same
		return nil
	}
	r.listen()
	e := r.twin.DM(slacktwin.Ana, theirs)
	ended := make(chan slacktwin.Delivery, 1)
	go func() { ended <- r.twin.Deliver(t.Context(), r.path(e), e, slacktwin.SignWell) }()
	bottest.Receive(t, "the question", waits)
	r.stop()
	if r.a.Ready() == nil {
		t.Error("it says that it hears")
	}
	if d := bottest.Receive(t, "the end", ended); !d.OK() || len(d.Attempts) != 1 {
		t.Errorf("%+v", d.Attempts)
	}
	if c, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", strings.TrimPrefix(r.url, "http://")); err == nil {
		_ = c.Close()
		t.Error("it listens")
	}
}

// TestAddressTaken expects an address that cannot be listened on to end Run with a
// line that says what to do.
func TestAddressTaken(t *testing.T) {
	r := listening(t, slacktwin.Options{}, true)
	o := r.options(nil)
	o.HTTP, o.Listen = true, strings.TrimPrefix(r.url, "http://")
	err := newAdapter(o).Run(t.Context(), func(context.Context, bot.Message) error { return nil })
	if err == nil || !strings.Contains(err.Error(), "--slack-listen") {
		t.Errorf("%v", err)
	}
}

// TestSlowBodies expects requests that take their time not to keep others waiting.
func TestSlowBodies(t *testing.T) {
	r := listening(t, slacktwin.Options{}, true)
	for range 50 {
		c, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", strings.TrimPrefix(r.url, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c.Close() })
		if _, err := io.Copy(c, bytes.NewBufferString("POST /slack/events HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{")); err != nil {
			t.Fatal(err)
		}
	}
	r.ask(r.twin.DM(slacktwin.Ana, theirs))
	r.ask(r.twin.Mention(slacktwin.General, slacktwin.Ana, theirs, ""))
	for range 2 { // so that the cleanup need not wait for them
		r.ask(r.twin.DM(slacktwin.Ana, theirs))
	}
}
