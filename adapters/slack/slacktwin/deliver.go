package slacktwin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// An Attempt is one request to the app, and what came of it.
type Attempt struct {
	Num    int    // X-Slack-Retry-Num; 0 is the first
	Reason string // X-Slack-Retry-Reason
	Status int    // 0: no answer came
	Header http.Header
	Body   string
	Err    error
	Took   time.Duration
}

// OK tells whether Slack is content.
func (a Attempt) OK() bool { return a.Err == nil && a.Status >= 200 && a.Status < 300 }

// A Delivery is an event with all its attempts.
type Delivery struct{ Attempts []Attempt }

// OK tells whether the last attempt was taken.
func (d Delivery) OK() bool { return len(d.Attempts) > 0 && d.Last().OK() }

// Last is the last attempt.
func (d Delivery) Last() Attempt { return d.Attempts[len(d.Attempts)-1] }

var errRedirects = errors.New("too many redirects")

func deliverer(within time.Duration) *http.Client {
	return &http.Client{
		Timeout:   within,
		Transport: &http.Transport{MaxIdleConnsPerHost: 64, IdleConnTimeout: 30 * time.Second},
		CheckRedirect: func(_ *http.Request, via []*http.Request) error {
			if len(via) > 2 {
				return errRedirects
			}
			return nil
		},
	}
}

// Deliver says e to a URL of the app over HTTP: events as JSON, commands and
// interactions as forms. It returns once the app has taken it, or Options.Retries
// are used up, or the app answered X-Slack-No-Retry, or ctx ended. Commands and
// interactions are said once. What a command is answered with is shown to people.
func (tw *Twin) Deliver(ctx context.Context, to string, e Event, sign Sign) Delivery {
	var d Delivery
	if !tw.begin() {
		return Delivery{Attempts: []Attempt{{Err: http.ErrServerClosed}}}
	}
	defer tw.running.Done()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	tw.running.Go(func() { // so that Close need not wait for the app
		select {
		case <-tw.done:
			cancel()
		case <-ctx.Done():
		}
	})
	kind, body := e.encode()
	for reason := ""; ; {
		a := tw.attempt(ctx, to, kind, body, sign, Attempt{Num: len(d.Attempts), Reason: reason})
		d.Attempts = append(d.Attempts, a)
		repeats := e.Kind == EventsAPI || tw.options.RetryCommands
		if a.OK() || !repeats || a.Num >= len(tw.options.Retries) || a.Header.Get("X-Slack-No-Retry") == "1" {
			break
		}
		if !tw.pause(tw.options.Retries[a.Num], ctx.Done()) {
			return d
		}
		reason = a.why()
	}
	if url, _ := e.Payload["response_url"].(string); e.Kind == SlashCommands && d.OK() {
		if body := []byte(d.Last().Body); json.Valid(body) {
			tw.reply(url, body)
		} else if text := strings.TrimSpace(d.Last().Body); text != "" {
			raw, _ := json.Marshal(map[string]string{"text": text})
			tw.reply(url, raw)
		}
	}
	return d
}

// why is the reason that Slack gives for the next attempt.
func (a Attempt) why() string {
	var timeout interface{ Timeout() bool }
	switch {
	case errors.Is(a.Err, errRedirects):
		return "too_many_redirects"
	case errors.As(a.Err, &timeout) && timeout.Timeout():
		return "http_timeout"
	case a.Err != nil:
		return "connection_failed"
	}
	return "http_error"
}

// encode is the body of an event, with its type.
func (e Event) encode() (kind string, body []byte) {
	raw, err := json.Marshal(e.Payload)
	if err != nil {
		panic("slacktwin: " + err.Error())
	}
	switch e.Kind {
	case SlashCommands:
		form := url.Values{}
		for name, v := range e.Payload {
			form.Set(name, fmt.Sprint(v))
		}
		return "application/x-www-form-urlencoded", []byte(form.Encode())
	case Interactive:
		return "application/x-www-form-urlencoded", []byte(url.Values{"payload": {string(raw)}}.Encode())
	}
	return "application/json", raw
}

// attempt is one signed request.
func (tw *Twin) attempt(ctx context.Context, to, kind string, body []byte, sign Sign, a Attempt) Attempt {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, to, http.NoBody)
	if err != nil {
		a.Err = err
		return a
	}
	sent := string(body)
	tw.sign(req, sent, sign)
	if sign == SignTampered {
		sent += " "
	}
	req.Body, req.ContentLength = io.NopCloser(strings.NewReader(sent)), int64(len(sent))
	req.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(sent)), nil }
	req.Header.Set("Content-Type", kind)
	req.Header.Set("User-Agent", "Slackbot 1.0 (+https://api.slack.com/robots)")
	if a.Num > 0 {
		req.Header.Set("X-Slack-Retry-Num", strconv.Itoa(a.Num))
		req.Header.Set("X-Slack-Retry-Reason", a.Reason)
	}
	start := time.Now()
	resp, err := tw.client.Do(req)
	if err != nil {
		a.Err, a.Took = err, time.Since(start)
		return a
	}
	defer resp.Body.Close()
	got, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	a.Status, a.Header, a.Body, a.Err, a.Took = resp.StatusCode, resp.Header, string(got), err, time.Since(start)
	return a
}

// VerifyURL asks the app's address for events whether it is the app's, as Slack
// does once when the address is set; nil means that it gave the challenge back.
func (tw *Twin) VerifyURL(ctx context.Context, to string, sign Sign) error {
	tw.mu.Lock()
	challenge := fmt.Sprintf("%016x%016x", tw.random.Uint64(), tw.random.Uint64())
	tw.mu.Unlock()
	_, body := Event{Kind: EventsAPI, Payload: map[string]any{
		"token": verification, "challenge": challenge, "type": "url_verification",
	}}.encode()
	a := tw.attempt(ctx, to, "application/json", body, sign, Attempt{})
	if a.Err != nil {
		return fmt.Errorf("verify %s: %w", to, a.Err)
	}
	var said struct{ Challenge string }
	form, _ := url.ParseQuery(a.Body)
	_ = json.Unmarshal([]byte(a.Body), &said)
	if a.Status != http.StatusOK || strings.TrimSpace(a.Body) != challenge &&
		said.Challenge != challenge && form.Get("challenge") != challenge {
		return fmt.Errorf("verify %s: status %d without the challenge", to, a.Status)
	}
	return nil
}
