package slacktwin_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/slack-go/slack"

	"porchlight/adapters/slack/slacktwin"
)

func TestPostEditDelete(t *testing.T) {
	w := start(t, slacktwin.Options{})
	next := w.Next(slacktwin.General)
	channel, ts, err := w.api.PostMessageContext(w.ctx, slacktwin.General, slack.MsgOptionText("one", true),
		slack.MsgOptionDisableLinkUnfurl(), slack.MsgOptionDisableMediaUnfurl(),
		slack.MsgOptionBlocks(slack.NewDividerBlock()),
		slack.MsgOptionMetadata(slack.SlackMetadata{EventType: "porchlight_reply", EventPayload: map[string]any{"k": "Ev1"}}))
	w.must(err)
	post, err := next(w.ctx)
	w.must(err)
	same(t, "ts", post.TS, ts)
	if post.UnfurlLinks == nil || *post.UnfurlLinks || post.UnfurlMedia == nil || *post.UnfurlMedia {
		t.Errorf("unfurl flags: %+v", post)
	}
	same(t, "metadata", at[string](post.Metadata, "event_type"), "porchlight_reply")
	_, _, _, err = w.api.UpdateMessageContext(w.ctx, channel, ts, slack.MsgOptionText("two", true))
	w.must(err)
	post, _ = w.Post(channel, ts)
	if post.Text != "two" || post.Edits != 1 || len(post.Blocks) != 1 || post.Metadata == nil {
		t.Errorf("an edit changes what it names: %+v", post)
	}
	_, _, _, err = w.api.UpdateMessageContext(w.ctx, channel, ts, slack.MsgOptionText("three", true), slack.MsgOptionBlocks())
	w.must(err)
	post, _ = w.Post(channel, ts)
	same(t, "blocks taken away", len(post.Blocks), 0)
	_, _, err = w.api.DeleteMessageContext(w.ctx, channel, ts)
	w.must(err)
	same(t, "posts left", len(w.Posts("")), 0)
	same(t, "deleted in history", w.History(channel)[0].Deleted, true)
	w.is(w.form("chat.update", "channel", channel, "ts", ts, "text", "x"), "message_not_found")
	w.is(w.form("chat.delete", "channel", channel, "ts", ts), "message_not_found")
}

func TestWhereTheAppMayPost(t *testing.T) {
	w := start(t, slacktwin.Options{})
	archived := w.AddChannel(slacktwin.Channel{Archived: true, Members: []string{slacktwin.BotUser}})
	foreign := w.AddChannel(slacktwin.Channel{Team: "T0OTHER001", Members: []string{slacktwin.BotUser}})
	robot := w.AddUser(slacktwin.User{Bot: true})
	gone := w.AddUser(slacktwin.User{Deleted: true})
	for channel, want := range map[string]string{
		slacktwin.General: "", slacktwin.Ana: "", "C404": "channel_not_found", slacktwin.Elsewhere: "not_in_channel",
		slacktwin.Secret: "channel_not_found", archived: "is_archived", foreign: "channel_not_found",
		robot: "cannot_dm_bot", gone: "user_disabled",
	} {
		w.is(w.form("chat.postMessage", "channel", channel, "text", "a"), want)
	}
	same(t, "direct", w.Posts(w.IM(slacktwin.Ana))[0].Text, "a")
	w.Grant(slacktwin.BotToken, "chat:write", "chat:write.public")
	w.is(w.form("chat.postMessage", "channel", slacktwin.Elsewhere, "text", "a"), "")
}

func TestWhatAMessageMayBe(t *testing.T) {
	w := start(t, slacktwin.Options{Forgive: true})
	long := strings.Repeat("ä", 12001)
	tests := []struct {
		want   string
		fields []string
	}{
		{"no_text", nil},
		{"no_text", []string{"text", " \n"}},
		{"", []string{"text", strings.Repeat("a", 40000)}},
		{"msg_too_long", []string{"text", strings.Repeat("a", 40001)}},
		{"msg_too_long", []string{"markdown_text", long}},
		{"markdown_text_conflict", []string{"markdown_text", "a", "text", "b"}},
		{"invalid_blocks_format", []string{"blocks", "{"}},
		{"invalid_blocks", []string{"blocks", `[{"type":"header"}]`, "text", "a"}},
		{"invalid_metadata_format", []string{"text", "a", "metadata", "{"}},
		{"invalid_metadata_schema", []string{"text", "a", "metadata", `{"event_type":"x"}`}},
	}
	for _, test := range tests {
		w.is(w.form("chat.postMessage", append([]string{"channel", slacktwin.General}, test.fields...)...), test.want)
	}
}

func TestAnEditTakesLess(t *testing.T) {
	w := start(t, slacktwin.Options{})
	ts := at[string](w.form("chat.postMessage", "channel", slacktwin.General, "text", "a"), "ts")
	edit := func(text string) map[string]any {
		return w.form("chat.update", "channel", slacktwin.General, "ts", ts, "text", text)
	}
	w.is(edit(strings.Repeat("a", 4000)), "")
	w.is(edit(strings.Repeat("a", 4001)), "msg_too_long")
	w.is(edit(strings.Repeat("ä", 2001)), "msg_too_long")    // bytes
	w.is(edit(strings.Repeat("&amp;", 801)), "msg_too_long") // as they are escaped
	w.is(edit(strings.Repeat("&amp;", 800)), "")
}

func TestOthersMessages(t *testing.T) {
	w := start(t, slacktwin.Options{})
	e := w.ChannelMessage(slacktwin.General, slacktwin.Ana, "mine", "")
	w.is(w.form("chat.update", "channel", e.Channel, "ts", e.TS, "text", "x"), "cant_update_message")
	w.is(w.form("chat.delete", "channel", e.Channel, "ts", e.TS), "cant_delete_message")
	w.is(w.form("chat.update", "channel", e.Channel, "ts", "1.0", "text", "x"), "message_not_found")
}

func TestThreads(t *testing.T) {
	w := start(t, slacktwin.Options{})
	e := w.Mention(slacktwin.General, slacktwin.Ana, "help", "")
	_, ts, err := w.api.PostMessageContext(w.ctx, e.Channel, slack.MsgOptionText("a", true), slack.MsgOptionTS(e.Thread))
	w.must(err)
	post, _ := w.Post(e.Channel, ts)
	same(t, "in the thread", post.ThreadTS, e.TS)
	w.form("chat.postMessage", "channel", e.Channel, "text", "b", "thread_ts", ts)
	same(t, "a reply's thread", w.Posts(e.Channel)[1].ThreadTS, e.TS)
	lone := w.ChannelMessage(slacktwin.General, slacktwin.Ana, "soon gone", "")
	w.Remove(lone.Channel, lone.TS)
	said := w.form("chat.postMessage", "channel", e.Channel, "text", "c", "thread_ts", lone.TS)
	w.is(said, "")
	if at[any](said, "message", "thread_ts") != nil {
		t.Error("in the thread of a message that is gone")
	}
}

func TestEphemeral(t *testing.T) {
	w := start(t, slacktwin.Options{Forgive: true})
	ts, err := w.api.PostEphemeralContext(w.ctx, slacktwin.General, slacktwin.Ana, slack.MsgOptionText("psst", true))
	w.must(err)
	same(t, "seen by all", len(w.Posts("")), 0)
	same(t, "seen by Ana", w.Ephemerals(slacktwin.Ana)[0].Text, "psst")
	same(t, "seen by Ben", len(w.Ephemerals(slacktwin.Ben)), 0)
	w.is(w.form("chat.update", "channel", slacktwin.General, "ts", ts, "text", "x"), "message_not_found")
	w.is(w.form("chat.delete", "channel", slacktwin.General, "ts", ts), "message_not_found")
	stranger := w.AddUser(slacktwin.User{})
	w.is(w.form("chat.postEphemeral", "channel", slacktwin.General, "user", stranger, "text", "a"), "user_not_in_channel")
	w.is(w.form("chat.postEphemeral", "channel", slacktwin.Elsewhere, "user", slacktwin.Ana, "text", "a"), "not_in_channel")
	w.is(w.form("chat.postEphemeral", "channel", slacktwin.General, "user", slacktwin.Ana), "no_text")
}

func TestTimeStampsRise(t *testing.T) {
	now := newClock()
	w := start(t, slacktwin.Options{Now: now.Now}) // a clock that stands
	last := ""
	for range 5 {
		ts := at[string](w.form("chat.postMessage", "channel", slacktwin.General, "text", "a"), "ts")
		if ts <= last {
			t.Errorf("%s after %s", ts, last)
		}
		last = ts
	}
}

func TestChannelRate(t *testing.T) {
	now := newClock()
	w := start(t, slacktwin.Options{PerSecond: 1, Burst: 2, Now: now.Now})
	post := func() error {
		_, _, err := w.api.PostMessageContext(w.ctx, slacktwin.General, slack.MsgOptionText("a", true))
		return err
	}
	w.must(post())
	w.must(post())
	var limited *slack.RateLimitedError
	if err := post(); !errors.As(err, &limited) || limited.RetryAfter != time.Second {
		t.Fatalf("got %v", err)
	}
	_, _, err := w.api.PostMessageContext(w.ctx, slacktwin.Ana, slack.MsgOptionText("a", true))
	w.must(err) // another channel has its own
	now.pass(time.Second)
	w.must(post())
}
