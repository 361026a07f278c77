package slacktwin_test

import (
	"testing"

	"github.com/slack-go/slack"

	"porchlight/adapters/slack/slacktwin"
)

func TestHistoryAndReplies(t *testing.T) {
	w := start(t, slacktwin.Options{Scopes: all})
	root := w.Mention(slacktwin.General, slacktwin.Ana, "first", "")
	for _, text := range []string{"one", "two", "three"} {
		_, _, err := w.api.PostMessageContext(w.ctx, root.Channel, slack.MsgOptionText(text, true), slack.MsgOptionTS(root.TS),
			slack.MsgOptionMetadata(slack.SlackMetadata{EventType: "porchlight_reply", EventPayload: map[string]any{"k": text}}))
		w.must(err)
	}
	second := w.ChannelMessage(slacktwin.General, slacktwin.Ben, "second", "")
	_, err := w.api.PostEphemeralContext(w.ctx, root.Channel, slacktwin.Ana, slack.MsgOptionText("psst", true))
	w.must(err)

	history, err := w.api.GetConversationHistoryContext(w.ctx, &slack.GetConversationHistoryParameters{ChannelID: root.Channel})
	w.must(err)
	if m := history.Messages; len(m) != 2 || m[0].Timestamp != second.TS || m[1].ReplyCount != 3 {
		t.Errorf("history: %+v", m)
	}
	history, err = w.api.GetConversationHistoryContext(w.ctx, &slack.GetConversationHistoryParameters{ChannelID: root.Channel, Oldest: root.TS})
	w.must(err)
	same(t, "newer", len(history.Messages), 1)

	params := &slack.GetConversationRepliesParameters{ChannelID: root.Channel, Timestamp: root.TS, IncludeAllMetadata: true, Limit: 3}
	messages, more, cursor, err := w.api.GetConversationRepliesContext(w.ctx, params)
	w.must(err)
	if len(messages) != 3 || !more || cursor == "" || messages[1].Metadata.EventPayload["k"] != "one" {
		t.Errorf("page one: %v %v %+v", more, cursor, messages)
	}
	params.Cursor = cursor
	messages, more, _, err = w.api.GetConversationRepliesContext(w.ctx, params)
	w.must(err)
	if len(messages) != 1 || more || messages[0].Text != "three" {
		t.Errorf("page two: %v %+v", more, messages)
	}
	messages, _, _, err = w.api.GetConversationRepliesContext(w.ctx, &slack.GetConversationRepliesParameters{
		ChannelID: root.Channel, Timestamp: root.TS, Oldest: w.Posts(root.Channel)[1].TS,
	})
	w.must(err)
	if len(messages) != 2 || messages[1].Text != "three" || messages[1].Metadata.EventType != "" {
		t.Errorf("oldest keeps the first, and no metadata unasked: %+v", messages)
	}
	w.is(w.form("conversations.replies", "channel", root.Channel, "ts", "1.000000"), "thread_not_found")
	w.is(w.form("conversations.replies", "channel", root.Channel, "ts", root.TS, "cursor", "?"), "invalid_cursor")
	w.is(w.form("conversations.history", "channel", slacktwin.Elsewhere), "not_in_channel")
	w.is(w.form("conversations.history", "channel", "C404"), "channel_not_found")
}

func TestTombstone(t *testing.T) {
	w := start(t, slacktwin.Options{Scopes: all})
	root := w.ChannelMessage(slacktwin.General, slacktwin.Ana, "first", "")
	w.ChannelMessage(slacktwin.General, slacktwin.Ben, "reply", root.TS)
	w.Remove(root.Channel, root.TS)
	messages, _, _, err := w.api.GetConversationRepliesContext(w.ctx,
		&slack.GetConversationRepliesParameters{ChannelID: root.Channel, Timestamp: root.TS})
	w.must(err)
	if len(messages) != 2 || messages[0].SubType != "tombstone" {
		t.Errorf("%+v", messages)
	}
}

func TestOpenAndInfo(t *testing.T) {
	w := start(t, slacktwin.Options{Scopes: all})
	open := func() (*slack.Channel, bool) {
		c, _, already, err := w.api.OpenConversationContext(w.ctx, &slack.OpenConversationParameters{Users: []string{slacktwin.Ana}, ReturnIM: true})
		w.must(err)
		return c, already
	}
	c, already := open()
	if already || !c.IsIM || c.User != slacktwin.Ana {
		t.Errorf("%v %+v", already, c)
	}
	again, already := open()
	if !already || again.ID != c.ID || w.IM(slacktwin.Ana) != c.ID {
		t.Errorf("opened twice: %+v", again)
	}
	w.is(w.form("conversations.open", "users", slacktwin.Ana+","+slacktwin.Ben), "")
	w.is(w.form("conversations.open", "users", "U404"), "user_not_found")
	w.is(w.form("conversations.open", "users", slacktwin.BotUser), "cannot_dm_bot")
	info, err := w.api.GetConversationInfoContext(w.ctx, &slack.GetConversationInfoInput{ChannelID: slacktwin.General})
	w.must(err)
	if info.Name != "general" || !info.IsMember || !info.IsChannel {
		t.Errorf("%+v", info)
	}
	w.is(w.form("conversations.info", "channel", slacktwin.Elsewhere), "") // public: anybody may look
	im := w.form("conversations.open", "channel", c.ID)
	same(t, "by id", at[bool](im, "already_open"), true)
	more := w.form("conversations.info", "channel", slacktwin.General, "include_num_members", "1", "include_locale", "1")
	same(t, "members", at[float64](more, "channel", "num_members"), 3)
	w.is(w.form("conversations.info", "channel", slacktwin.Secret), "channel_not_found")
}
