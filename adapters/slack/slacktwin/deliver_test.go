package slacktwin_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/slackevents"

	"porchlight/adapters/slack/slacktwin"
)

// serve is an app that listens with HTTP.
func (w *world) serve(h http.HandlerFunc) string {
	s := httptest.NewServer(h)
	w.Cleanup(s.Close)
	return s.URL
}

// verified is the body if slack-go finds the signature good.
func (w *world) verified(rw http.ResponseWriter, r *http.Request) []byte {
	secret, _, _ := w.Credentials()
	body, _ := io.ReadAll(r.Body)
	v, err := slack.NewSecretsVerifier(r.Header, secret)
	if err == nil {
		_, _ = v.Write(body)
		err = v.Ensure()
	}
	if err != nil {
		rw.Header().Set("X-Slack-No-Retry", "1")
		rw.WriteHeader(http.StatusUnauthorized)
		return nil
	}
	return body
}

func TestSigned(t *testing.T) {
	w := start(t, quick())
	got := make(chan string, 100)
	url := w.serve(func(rw http.ResponseWriter, r *http.Request) {
		body := w.verified(rw, r)
		if body == nil {
			return
		}
		e, err := slackevents.ParseEvent(body, slackevents.OptionNoVerifyToken())
		if err != nil {
			t.Error(err)
			return
		}
		if v, ok := e.Data.(*slackevents.EventsAPIURLVerificationEvent); ok {
			_, _ = io.WriteString(rw, v.Challenge)
			return
		}
		got <- e.InnerEvent.Type
	})
	w.must(w.VerifyURL(w.ctx, url, slacktwin.SignWell))
	if err := w.VerifyURL(w.ctx, url, slacktwin.SignWrong); err == nil {
		t.Error("verified with a wrong signature")
	}
	e := w.DM(slacktwin.Ana, "hello")
	d := w.Deliver(w.ctx, url, e, slacktwin.SignWell)
	same(t, "type", <-got, "message")
	if !d.OK() || len(d.Attempts) != 1 {
		t.Errorf("%+v", d)
	}
	for _, sign := range []slacktwin.Sign{
		slacktwin.SignWrong, slacktwin.SignOld, slacktwin.SignFuture, slacktwin.SignMissing, slacktwin.SignNoVersion, slacktwin.SignTampered,
	} {
		d := w.Deliver(w.ctx, url, e, sign)
		if d.Last().Status != http.StatusUnauthorized || len(d.Attempts) != 1 {
			t.Errorf("sign %d: %+v", sign, d)
		}
	}
	same(t, "let through", len(got), 0)
}

func TestRetries(t *testing.T) {
	o := quick()
	o.AckWithin = 50 * time.Millisecond
	w := start(t, o)
	seen := make(chan string, 100)
	release := make(chan struct{})
	t.Cleanup(func() { close(release) })
	url := w.serve(func(rw http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		num := r.Header.Get("X-Slack-Retry-Num")
		seen <- num + r.Header.Get("X-Slack-Retry-Reason")
		switch num {
		case "": // too slow
			select {
			case <-release:
			case <-r.Context().Done():
			}
		case "1":
			rw.WriteHeader(http.StatusInternalServerError)
		case "2":
			http.Redirect(rw, r, "/again", http.StatusTemporaryRedirect)
		}
	})
	d := w.Deliver(w.ctx, url, w.DM(slacktwin.Ana, "hello"), slacktwin.SignWell)
	var reasons []string
	for _, a := range d.Attempts {
		reasons = append(reasons, a.Reason)
	}
	if want := []string{"", "http_timeout", "http_error", "too_many_redirects"}; !slices.Equal(reasons, want) {
		t.Errorf("got %q, want %q", reasons, want)
	}
	same(t, "taken at last", d.OK(), true)
	same(t, "requests", len(seen), 1+1+3+1) // two redirects are followed

	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	d = w.Deliver(w.ctx, gone.URL, w.DM(slacktwin.Ana, "hello"), slacktwin.SignWell)
	same(t, "attempts", len(d.Attempts), 4)
	same(t, "reason", d.Last().Reason, "connection_failed")
	same(t, "ok", d.OK(), false)
}

func TestForms(t *testing.T) {
	w := start(t, quick())
	url := w.serve(func(rw http.ResponseWriter, r *http.Request) {
		if r.FormValue("payload") == "" {
			c, err := slack.SlashCommandParse(r)
			if err != nil || c.Text != "a & b" || c.IsEnterpriseInstall {
				t.Errorf("%v %+v", err, c)
			}
			rw.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(rw, `{"text":"one moment","response_type":"in_channel"}`)
			return
		}
		c, err := slack.InteractionCallbackParse(r)
		if err != nil || c.ActionCallback.BlockActions[0].Value != "v1" {
			t.Errorf("%v %+v", err, c)
		}
		rw.WriteHeader(http.StatusBadGateway)
	})
	w.Deliver(w.ctx, url, w.Command(slacktwin.Elsewhere, slacktwin.Ana, "/porchlight", "a & b"), slacktwin.SignWell)
	same(t, "answer", w.Posts(slacktwin.Elsewhere)[0].Text, "one moment")
	_, ts, err := w.api.PostMessageContext(w.ctx, slacktwin.General, slack.MsgOptionText("a", true), slack.MsgOptionBlocks(pressable()))
	w.must(err)
	d := w.Deliver(w.ctx, url, w.Press(slacktwin.General, ts, slacktwin.Ana, "ask"), slacktwin.SignWell)
	same(t, "said once", len(d.Attempts), 1)
}
