package slack

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"porchlight/bot"
)

// maxBody is the longest request taken.
const maxBody = 1 << 20

// serve takes events over HTTP until ctx ends.
func (a *Adapter) serve(ctx context.Context, accept func(context.Context, bot.Message) error) error {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", a.o.Listen)
	if err != nil {
		return fmt.Errorf("slack: %w; give another address with --slack-listen", err)
	}
	in := a.newIntake(ctx, accept)
	srv := &http.Server{
		Handler: a.handler(in), ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second,
		WriteTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 32 << 10,
	}
	a.o.Log.Info("slack is listened for", "addr", l.Addr().String())
	a.hear(1)
	defer a.hear(-1)
	shut := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(shut)
		grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), 3*time.Second)
		defer cancel()
		if srv.Shutdown(grace) != nil {
			_ = srv.Close() // the ones left are repeated by Slack
		}
	})
	defer stop()
	if err := srv.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("slack: %w", err)
	}
	in.busy.Wait()
	<-shut // Serve returns before the last requests are answered
	return nil
}

// handler takes signed requests at /slack/events, /slack/commands and
// /slack/interactions; what a request is, its body says.
func (a *Adapter) handler(in *intake) http.Handler {
	mux := http.NewServeMux()
	for _, path := range []string{"/slack/events", "/slack/commands", "/slack/interactions"} {
		mux.HandleFunc("POST "+path, func(w http.ResponseWriter, r *http.Request) { a.take(w, r, in) })
	}
	a.installPages(mux)
	return mux
}

func (a *Adapter) take(w http.ResponseWriter, r *http.Request, in *intake) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		http.Error(w, "the body is too long or broken", http.StatusRequestEntityTooLarge)
		return
	}
	if err := a.verify(r.Header, body); err != nil {
		http.Error(w, "the signature is wrong or old", http.StatusUnauthorized)
		return
	}
	form, raw := a.form(r.Header.Get("Content-Type"), body)
	if c := challenge(form, raw); c != "" {
		w.Header().Set("Content-Type", "text/plain")
		_, _ = io.WriteString(w, c)
		return
	}
	m, ok, err := a.receive(r.Context(), in, form, raw)
	if err != nil { // no use in sending it again
		a.o.Log.Warn("unreadable event", "type", form, "err", err)
	}
	if err != nil || !ok {
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), late)
	defer cancel()
	stored := make(chan error, 1)
	in.put(ctx, m, func(err error) { stored <- err })
	select {
	case err = <-stored:
	case <-ctx.Done():
		err = ctx.Err()
	}
	if err != nil {
		a.o.Log.Error("event not stored, slack will repeat it", "message", m, "err", err)
		http.Error(w, "not stored", http.StatusServiceUnavailable)
		return
	}
}

// verify tells whether Slack signed a request within the last five minutes.
func (a *Adapter) verify(h http.Header, body []byte) error {
	v, err := slack.NewSecretsVerifier(h, a.o.SigningSecret)
	if err != nil {
		return err
	}
	if _, err := v.Write(body); err != nil {
		return err
	}
	return v.Ensure()
}

// form tells in which of Slack's forms a body is, and gives its JSON.
func (a *Adapter) form(contentType string, body []byte) (form string, raw []byte) {
	if !strings.HasPrefix(contentType, "application/x-www-form-urlencoded") {
		return formEvent, bytes.TrimSpace(body)
	}
	v, err := url.ParseQuery(string(body))
	if err != nil {
		return "", nil
	}
	if v.Has("payload") {
		return formButton, []byte(v.Get("payload"))
	}
	fields := make(map[string]string, len(v))
	for key := range v {
		fields[key] = v.Get(key)
	}
	raw, _ = json.Marshal(fields) // strings
	return formSlash, raw
}

// verification is the type of what Slack sends when an address is registered.
const verification = "url_verification"

// challenge is what Slack wants to hear back when an address is registered.
func challenge(form string, raw []byte) string {
	var c callback
	if form != formEvent || !bytes.Contains(raw, []byte(verification)) || json.Unmarshal(raw, &c) != nil || c.Type != verification {
		return ""
	}
	return c.Challenge
}
