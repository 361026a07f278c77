package slacktwin_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/slack-go/slack"

	"porchlight/adapters/slack/slacktwin"
)

func marshal(t *testing.T, v any) []byte {
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func TestFaults(t *testing.T) {
	w := start(t, slacktwin.Options{})
	kind := func(want any) func(error) bool {
		return func(err error) bool { return errors.As(err, want) }
	}
	var limited *slack.RateLimitedError
	var code slack.StatusCodeError
	var said slack.SlackErrorResponse
	text := func(err error) bool { return !errors.As(err, &said) }
	tests := []struct {
		fault    slacktwin.Fault
		accepted bool
		as       func(error) bool
	}{
		{slacktwin.RateLimited(1500 * time.Millisecond), false, kind(&limited)},
		{slacktwin.RateLimitedBare(), false, kind(&code)},
		{slacktwin.Broken(http.StatusInternalServerError), false, kind(&code)},
		{slacktwin.Broken(http.StatusServiceUnavailable), false, kind(&code)},
		{slacktwin.HTML(), false, text},
		{slacktwin.ResetBefore(), false, text},
		{slacktwin.ResetAfter(), true, text},
		{slacktwin.Refused("fatal_error", nil), false, kind(&said)},
		{slacktwin.OddErrors("invalid_blocks", []any{obj{"odd": 1}}), false, text},
		{slacktwin.OddErrors("invalid_blocks", obj{}), false, text},
		{slacktwin.OddErrors("invalid_blocks", []string{"plain"}), false, kind(&said)},
	}
	for _, test := range tests {
		before := len(w.Posts(slacktwin.General))
		w.Fault("chat.postMessage", 1, test.fault)
		_, _, err := w.api.PostMessageContext(w.ctx, slacktwin.General, slack.MsgOptionText("a", true))
		if err == nil || !test.as(err) {
			t.Errorf("%s: got %T %v", test.fault.Name, err, err)
		}
		same(t, test.fault.Name+" accepted", len(w.Posts(slacktwin.General)) > before, test.accepted)
		calls := w.CallsTo("chat.postMessage")
		last := calls[len(calls)-1]
		same(t, "fault of the call", last.Fault, test.fault.Name)
		same(t, "the call's fate", last.OK(), test.accepted)
	}
	same(t, "rounded up", limited.RetryAfter, 2*time.Second)
	_, _, err := w.api.PostMessageContext(w.ctx, slacktwin.General, slack.MsgOptionText("a", true))
	w.must(err) // each befell one call
}

func TestSlowAndLost(t *testing.T) {
	w := start(t, slacktwin.Options{})
	w.Fault("chat.postMessage", 1, slacktwin.SlowHeaders(time.Millisecond))
	w.Fault("chat.postMessage", 1, slacktwin.SlowBody(time.Millisecond))
	for range 2 {
		_, _, err := w.api.PostMessageContext(w.ctx, slacktwin.General, slack.MsgOptionText("a", true))
		w.must(err)
	}
	for i, f := range []slacktwin.Fault{
		slacktwin.LostAnswer(), slacktwin.SlowHeaders(time.Hour), slacktwin.SlowBody(time.Hour), slacktwin.Deaf(),
	} {
		next := w.Next(slacktwin.General)
		w.Fault("chat.postMessage", 1, f)
		ctx, cancel := context.WithCancel(w.ctx)
		sent := make(chan error, 1)
		go func() {
			_, _, err := w.api.PostMessageContext(ctx, slacktwin.General, slack.MsgOptionText("b", true))
			sent <- err
		}()
		if f.Accept {
			post, err := next(w.ctx)
			w.must(err)
			same(t, "post", post.Text, "b")
		} else {
			w.must(w.Await(w.ctx, func() bool { return w.Count("chat.postMessage") == 3+i }))
		}
		cancel()
		if err := <-sent; !errors.Is(err, context.Canceled) {
			t.Errorf("%s: got %v", f.Name, err)
		}
	}
}

func TestOpenErrors(t *testing.T) {
	w := start(t, slacktwin.Options{})
	for _, name := range slices.Concat(slacktwin.Permanent, slacktwin.Temporary) {
		w.Fault("apps.connections.open", 1, slacktwin.Refused(name, nil))
		w.is(w.json("apps.connections.open", slacktwin.AppToken, obj{}), name)
	}
}

func TestSometimes(t *testing.T) {
	w := start(t, slacktwin.Options{Seed: 7})
	w.Sometimes("", 0.5, slacktwin.Refused("internal_error", nil))
	bad := 0
	for range 100 {
		if w.form("auth.test")["ok"] != true {
			bad++
		}
	}
	if bad < 25 || bad > 75 {
		t.Errorf("%d of 100", bad)
	}
	w.NoFaults()
	w.is(w.form("auth.test"), "")
}
