package discordtwin

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// A Delivery is a request to the app, and what came of it.
type Delivery struct {
	Status int // 0: no answer came
	Header http.Header
	Body   string
	Err    error
	Took   time.Duration
	// Refused is what Discord has against the answer, or nil; it is an error body as
	// REST would give it.
	Refused map[string]any
}

// OK tells whether Discord is content: with an answer in the body, or with 202 and
// one by callback.
func (d Delivery) OK() bool {
	return d.Err == nil && (d.Status == http.StatusOK || d.Status == http.StatusAccepted) && d.Refused == nil
}

func deliverer(within time.Duration) *http.Client {
	return &http.Client{
		Timeout:   within,
		Transport: &http.Transport{MaxIdleConnsPerHost: 64, IdleConnTimeout: 30 * time.Second},
		CheckRedirect: func(*http.Request, []*http.Request) error {
			return http.ErrUseLastResponse
		},
	}
}

// Deliver says an interaction to a URL of the app over HTTP, once, and returns when
// it has answered, or Options.AckWithin has passed, or ctx ended. What is in the body
// counts as the callback.
func (tw *Twin) Deliver(ctx context.Context, to string, e Event, sign Sign) Delivery {
	if !tw.begin() {
		return Delivery{Err: http.ErrServerClosed}
	}
	defer tw.running.Done()
	tw.mu.Lock()
	a := tw.acts[e.ID]
	if a != nil {
		tw.tellOf(a)
	}
	tw.mu.Unlock()
	d := tw.post(ctx, to, string(encode(e.Data)), sign)
	if d.Err != nil || d.Status != http.StatusOK || a == nil {
		return d
	}
	var said map[string]any
	if json.Unmarshal([]byte(d.Body), &said) != nil {
		d.Refused = object(noJSON.body)
		return d
	}
	bad := tw.against(&Call{Op: Callback, Method: http.MethodPost, Body: said, Agent: agent})
	tw.mu.Lock()
	defer tw.mu.Unlock()
	for _, v := range bad {
		tw.broken = append(tw.broken, Callback+" over HTTP: "+v)
	}
	if no := tw.respond(a, said); no != nil {
		d.Refused = object(no.body)
	}
	tw.touch()
	return d
}

// post is one signed request.
func (tw *Twin) post(ctx context.Context, to, body string, sign Sign) Delivery {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() { // so that Close need not wait for the app
		select {
		case <-tw.done:
			cancel()
		case <-ctx.Done():
		}
	}()
	sent := body
	if sign == SignTampered {
		sent += " "
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, to, strings.NewReader(sent))
	if err != nil {
		return Delivery{Err: err}
	}
	tw.sign(req, body, sign)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "Discord-Interactions/1.0 (+https://discord.com)")
	start := time.Now()
	resp, err := tw.client.Do(req)
	if err != nil {
		return Delivery{Err: err, Took: time.Since(start)}
	}
	defer resp.Body.Close()
	got, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	return Delivery{Status: resp.StatusCode, Header: resp.Header, Body: string(got), Err: err, Took: time.Since(start)}
}

// Ping is the interaction by which Discord asks whether the address is the app's.
func (tw *Twin) Ping(ctx context.Context, to string, sign Sign) Delivery {
	if !tw.begin() {
		return Delivery{Err: http.ErrServerClosed}
	}
	defer tw.running.Done()
	tw.mu.Lock()
	m := map[string]any{
		"id": tw.snowflake(), "application_id": App, "type": 1, "token": tw.secret(), "version": 1,
		"user": tw.person(Mod), "entitlements": []any{}, "authorizing_integration_owners": map[string]any{}, "app_permissions": "0",
	}
	tw.mu.Unlock()
	return tw.post(ctx, to, string(encode(m)), sign)
}

// VerifyURL does what Discord does when the address is set, and now and then later:
// a good PING has to be answered with type 1, a badly signed one with 401.
func (tw *Twin) VerifyURL(ctx context.Context, to string) error {
	good := tw.Ping(ctx, to, SignWell)
	var said struct{ Type int }
	if good.Err != nil {
		return fmt.Errorf("ping %s: %w", to, good.Err)
	}
	kind := good.Header.Get("Content-Type")
	if json.Unmarshal([]byte(good.Body), &said) != nil || good.Status != 200 || said.Type != 1 || !strings.HasPrefix(kind, "application/json") {
		return fmt.Errorf("ping %s: status %d, type %d, %s", to, good.Status, said.Type, kind)
	}
	for _, sign := range []Sign{SignWrong, SignMissing, SignTampered} {
		if bad := tw.Ping(ctx, to, sign); bad.Status != http.StatusUnauthorized {
			return fmt.Errorf("ping %s, badly signed: status %d, %w", to, bad.Status, bad.Err)
		}
	}
	return nil
}
