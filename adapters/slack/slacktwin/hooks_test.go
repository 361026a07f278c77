package slacktwin_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/slack-go/slack"

	"porchlight/adapters/slack/slacktwin"
)

func (w *world) hook(url string, v obj) obj {
	w.Helper()
	return w.post(url, "application/json", "", string(marshal(w.T, v)))
}

func TestResponseURL(t *testing.T) {
	now := newClock()
	w := start(t, slacktwin.Options{Now: now.Now})
	url := at[string](w.Command(slacktwin.Elsewhere, slacktwin.Ana, "/porchlight", "q").Payload, "response_url")
	off := false
	w.must(slack.PostWebhookCustomHTTPContext(w.ctx, url, w.client, &slack.WebhookMessage{Text: "alone", UnfurlLinks: &off, UnfurlMedia: &off}))
	post := w.Ephemerals(slacktwin.Ana)[0]
	if post.Text != "alone" || !post.Hook || post.UnfurlLinks == nil || post.Channel != slacktwin.Elsewhere {
		t.Errorf("%+v", post)
	}
	w.is(w.hook(url, obj{"text": "all", "response_type": "in_channel"}), "")
	same(t, "for all", w.Posts(slacktwin.Elsewhere)[0].Text, "all")
	w.is(w.hook(url, obj{}), "no_text") // a use all the same
	w.is(w.hook(url, obj{"text": "4"}), "")
	w.is(w.hook(url, obj{"text": "5"}), "")
	same(t, "uses", w.HookUses(url), 5)
	sixth := w.hook(url, obj{"text": "6"})
	w.is(sixth, "used_url")
	same(t, "status", at[int](sixth, "status"), http.StatusNotFound)
	same(t, "calls", w.Count("hook"), 6)

	late := at[string](w.Command(slacktwin.General, slacktwin.Ana, "/porchlight", "q").Payload, "response_url")
	now.pass(30*time.Minute + time.Second)
	w.is(w.hook(late, obj{"text": "a"}), "expired_url")
	w.is(w.hook(w.URL()+"/hooks/actions/T/1/2", obj{"text": "a"}), "no_hook")
}

func TestReplaceAndDelete(t *testing.T) {
	w := start(t, slacktwin.Options{})
	_, err := w.api.PostEphemeralContext(w.ctx, slacktwin.General, slacktwin.Ana, slack.MsgOptionText("private", true), slack.MsgOptionBlocks(pressable()))
	w.must(err)
	post := w.Ephemerals(slacktwin.Ana)[0]
	press := w.Press(post.Channel, post.TS, slacktwin.Ana, "ask")
	if press.Payload["message"] != nil || !at[bool](press.Payload, "container", "is_ephemeral") {
		t.Errorf("%v", press.Payload)
	}
	url := at[string](press.Payload, "response_url")
	w.is(w.hook(url, obj{"text": "beside", "replace_original": false}), "")
	same(t, "both", len(w.Ephemerals(slacktwin.Ana)), 2)
	w.is(w.hook(url, obj{"text": "instead", "replace_original": true}), "")
	same(t, "replaced", w.Ephemerals(slacktwin.Ana)[0].Text, "instead")
	w.is(w.hook(url, obj{"delete_original": true}), "")
	same(t, "deleted", len(w.Ephemerals(slacktwin.Ana)), 1)
}

func TestHookFaults(t *testing.T) {
	w := start(t, slacktwin.Options{})
	url := at[string](w.Command(slacktwin.General, slacktwin.Ana, "/porchlight", "q").Payload, "response_url")
	w.Fault("hook", 1, slacktwin.Broken(http.StatusBadGateway))
	w.Fault("hook", 1, slacktwin.ResetAfter())
	message := &slack.WebhookMessage{Text: "a"}
	for range 2 {
		if err := slack.PostWebhookCustomHTTPContext(w.ctx, url, w.client, message); err == nil {
			t.Error("no fault")
		}
	}
	same(t, "uses", w.HookUses(url), 1)
	same(t, "seen", len(w.Ephemerals("")), 1)
}
