package slacktwin_test

import (
	"strings"
	"testing"
	"time"

	"github.com/slack-go/slack"

	"porchlight/adapters/slack/slacktwin"
)

func text(s string) *slack.TextBlockObject {
	return slack.NewTextBlockObject("plain_text", s, false, false)
}

func pressable() slack.Block {
	return slack.NewActionBlock("row", slack.NewButtonBlockElement("ask", "v1", text("Ask")))
}

func TestHome(t *testing.T) {
	w := start(t, slacktwin.Options{Forgive: true})
	publish := func(hash string) (*slack.ViewResponse, error) {
		req := slack.PublishViewContextRequest{UserID: slacktwin.Ana, View: slack.HomeTabViewRequest{
			Type: "home", Blocks: slack.Blocks{BlockSet: []slack.Block{pressable()}},
		}}
		if hash != "" {
			req.Hash = &hash
		}
		return w.api.PublishViewContext(w.ctx, req)
	}
	first, err := publish("")
	w.must(err)
	second, err := publish(first.Hash)
	w.must(err)
	same(t, "id", second.ID, first.ID)
	if _, err = publish(first.Hash); err == nil || err.Error() != "hash_conflict" {
		t.Errorf("got %v", err)
	}
	home, _ := w.Home(slacktwin.Ana)
	same(t, "versions", home.Versions, 2)
	same(t, "views", len(w.Views(slacktwin.Ana)), 1)
	press := w.PressHome(slacktwin.Ana, "ask")
	same(t, "container", at[string](press.Payload, "container", "view_id"), home.ID)
	if press.Payload["response_url"] != nil || press.Payload["trigger_id"] == nil {
		t.Error("a home has triggers and no response URL")
	}
	bad := func(v obj) obj {
		return w.json("views.publish", slacktwin.BotToken, obj{"user_id": slacktwin.Ana, "view": v})
	}
	w.is(bad(obj{"type": "modal", "blocks": []any{}}), "invalid_arguments")
	w.is(bad(obj{"type": "home", "blocks": []any{obj{"type": "markdown", "text": "a"}}}), "invalid_arguments")
	w.is(bad(obj{"type": "home", "blocks": times(100, func(int) any { return obj{"type": "divider"} })}), "")
	said := bad(obj{"type": "home", "blocks": times(101, func(int) any { return obj{"type": "divider"} })})
	w.is(said, "invalid_arguments")
	same(t, "where", at[string](said, "errors", "0"), "no more than 100 items allowed [json-pointer:/view/blocks]")
}

func TestModal(t *testing.T) {
	now := newClock()
	w := start(t, slacktwin.Options{Now: now.Now, Forgive: true})
	open := func(trigger, title string) (*slack.ViewResponse, error) {
		return w.api.OpenViewContext(w.ctx, trigger, slack.ModalViewRequest{
			Type: "modal", Title: text(title), Submit: text("Send"), CallbackID: "ask",
			Blocks: slack.Blocks{BlockSet: []slack.Block{slack.NewInputBlock("q", text("Question"), nil,
				slack.NewPlainTextInputBlockElement(text("…"), "a"))}},
		})
	}
	refused := func(trigger, title, want string) {
		if _, err := open(trigger, title); err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	trigger := func() string {
		return at[string](w.Command(slacktwin.General, slacktwin.Ana, "/porchlight", "").Payload, "trigger_id")
	}
	id := trigger()
	refused(id, strings.Repeat("t", 25), "invalid_arguments")
	view, err := open(id, "Ask")
	w.must(err)
	refused(id, "Ask", "exchanged_trigger_id")
	refused("1.2.3", "Ask", "invalid_trigger_id")
	id = trigger()
	now.pass(4 * time.Second)
	refused(id, "Ask", "expired_trigger_id")
	e := w.Submit(view.ID, map[string]map[string]string{"q": {"a": "what?"}})
	same(t, "value", at[string](e.Payload, "view", "state", "values", "q", "a", "value"), "what?")
}

func TestAssistant(t *testing.T) {
	now := newClock()
	w := start(t, slacktwin.Options{Now: now.Now, Forgive: true})
	e := w.DM(slacktwin.Ana, "hello")
	status := func(s string, loading ...string) error {
		return w.api.SetAssistantThreadsStatusContext(w.ctx, slack.AssistantThreadsSetStatusParameters{
			ChannelID: e.Channel, ThreadTS: e.Thread, Status: s, LoadingMessages: loading,
		})
	}
	w.must(status("is reading…", "first, comma", "second"))
	same(t, "status", w.Status(e.Channel, e.Thread), "is reading…")
	same(t, "a comma splits", len(w.Statuses()[0].Loading), 3)
	_, _, err := w.api.PostMessageContext(w.ctx, e.Channel, slack.MsgOptionText("a", true), slack.MsgOptionTS(e.Thread))
	w.must(err)
	same(t, "after a reply", w.Status(e.Channel, e.Thread), "")
	w.must(status("is thinking…"))
	now.pass(2 * time.Minute)
	same(t, "after two minutes", w.Status(e.Channel, e.Thread), "")
	if err := status("x", strings.Split("1,2,3,4,5,6,7,8,9,10,11", ",")...); err == nil {
		t.Error("eleven loading messages")
	}
	w.is(w.form("assistant.threads.setStatus", "channel_id", e.Channel, "thread_ts", "1.0", "status", "x"), "invalid_thread_ts")

	prompts := slack.AssistantThreadsSetSuggestedPromptsParameters{ChannelID: e.Channel}
	for range 4 {
		prompts.AddPrompt("Signs", "What are the signs?")
	}
	w.must(w.api.SetAssistantThreadsSuggestedPromptsContext(w.ctx, prompts))
	same(t, "prompts", len(w.Suggested()[0].Prompts), 4)
	prompts.AddPrompt("One", "too many")
	if err := w.api.SetAssistantThreadsSuggestedPromptsContext(w.ctx, prompts); err == nil {
		t.Error("five prompts")
	}
	w.must(w.api.SetAssistantThreadsTitleContext(w.ctx, slack.AssistantThreadsSetTitleParameters{
		ChannelID: e.Channel, ThreadTS: e.Thread, Title: "Signs",
	}))
	got, err := w.api.SetAgentSessionStatusContext(w.ctx, slack.AgentSessionSetStatusParameters{
		ChannelID: e.Channel, ThreadTS: e.Thread, Status: slack.AgentSessionStatusProcessing,
	})
	w.must(err)
	same(t, "status", got.Status, "processing")
	w.SessionStopped(e.Channel, e.Thread, slacktwin.Ana)
	session, _ := w.Session(e.Channel, e.Thread)
	same(t, "session", session.Status+" "+session.Title, "active Signs")
	renamed, err := w.api.RenameAgentSessionContext(w.ctx, slack.AgentSessionRenameParameters{
		ChannelID: e.Channel, ThreadTS: e.Thread, Title: "Help",
	})
	w.must(err)
	same(t, "title", renamed.Title, "Help")
}
