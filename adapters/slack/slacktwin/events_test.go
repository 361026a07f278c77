package slacktwin_test

import (
	"encoding/json"
	"testing"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/slackevents"

	"porchlight/adapters/slack/slacktwin"
)

// parsed is the inner event as slack-go reads it.
func parsed[T any](t *testing.T, e slacktwin.Event) *T {
	t.Helper()
	outer, err := slackevents.ParseEvent(marshal(t, e.Payload), slackevents.OptionNoVerifyToken())
	if err != nil {
		t.Fatal(err)
	}
	inner, ok := outer.InnerEvent.Data.(*T)
	if !ok {
		t.Fatalf("got %T", outer.InnerEvent.Data)
	}
	callback, ok := outer.Data.(*slackevents.EventsAPICallbackEvent)
	if !ok || callback.EventID != e.ID || len(callback.Authorizations) != 1 || callback.TeamID == "" || callback.EventTime == 0 {
		t.Errorf("%+v", callback)
	}
	return inner
}

func TestMessageEvents(t *testing.T) {
	w := start(t, slacktwin.Options{})
	dm := parsed[slackevents.MessageEvent](t, w.DM(slacktwin.Ana, "hello"))
	if !dm.IsIM() || dm.User != slacktwin.Ana || dm.Text != "hello" || dm.ClientMsgID == "" || dm.SubType != "" {
		t.Errorf("%+v", dm)
	}
	mention, message := w.Both(slacktwin.General, slacktwin.Ana, "help", "")
	m, c := parsed[slackevents.AppMentionEvent](t, mention), parsed[slackevents.MessageEvent](t, message)
	if m.TimeStamp != c.TimeStamp || mention.ID == message.ID || m.Text != "<@"+slacktwin.BotUser+"> help" || !c.IsChannel() || m.ThreadTimeStamp != "" {
		t.Errorf("%+v\n%+v", m, c)
	}
	in := parsed[slackevents.AppMentionEvent](t, w.Mention(slacktwin.General, slacktwin.Ben, "and?", mention.TS))
	same(t, "thread", in.ThreadTimeStamp, mention.TS)
	reply := parsed[slackevents.MessageEvent](t, w.ChannelMessage(slacktwin.General, slacktwin.Ben, "hm", mention.TS))
	if reply.ThreadTimeStamp != mention.TS || reply.Message.ParentUserId != slacktwin.Ana {
		t.Errorf("%+v", reply)
	}
	edit := parsed[slackevents.MessageEvent](t, w.Edit(slacktwin.General, mention.TS, "changed"))
	if edit.SubType != "message_changed" || edit.Message.Text != "changed" || edit.PreviousMessage.Text != m.Text {
		t.Errorf("%+v", edit)
	}
	gone := parsed[slackevents.MessageEvent](t, w.Remove(slacktwin.General, mention.TS))
	same(t, "subtype", gone.SubType, "message_deleted")
	same(t, "deleted", gone.DeletedTimeStamp, mention.TS)
	join := parsed[slackevents.MessageEvent](t, w.Join(slacktwin.General, w.AddUser(slacktwin.User{})))
	same(t, "subtype", join.SubType, "channel_join")
	bot := parsed[slackevents.MessageEvent](t, w.BotMessage(slacktwin.General, "beep"))
	if bot.SubType != "bot_message" || bot.BotID == "" || bot.User != "" {
		t.Errorf("%+v", bot)
	}
	file := parsed[slackevents.MessageEvent](t, w.FileShare(slacktwin.General, slacktwin.Ana, "look"))
	if file.SubType != "file_share" || len(file.Message.Files) != 1 || file.Text != "look" {
		t.Errorf("%+v", file)
	}
	w.form("chat.postMessage", "channel", slacktwin.General, "text", "mine")
	own := parsed[slackevents.MessageEvent](t, w.OwnMessage(w.Posts("")[0]))
	if own.BotID != slacktwin.BotID || own.User != slacktwin.BotUser || own.SubType != "" {
		t.Errorf("%+v", own)
	}
	stranger := w.Stranger("hello")
	foreign := parsed[slackevents.AppMentionEvent](t, stranger)
	if foreign.UserTeam == slacktwin.Team || foreign.UserTeam == "" || stranger.Payload["is_ext_shared_channel"] != true {
		t.Errorf("%+v", foreign)
	}
	again := mention.With(obj{"text": nil, "extra": 1})
	if again.Inner()["text"] != nil || again.ID != mention.ID || mention.Inner()["text"] == nil {
		t.Error("With changes a copy")
	}
}

func TestOtherEvents(t *testing.T) {
	w := start(t, slacktwin.Options{})
	for _, tab := range []string{"home", "messages"} {
		home := parsed[slackevents.AppHomeOpenedEvent](t, w.HomeOpened(slacktwin.Ana, tab))
		if home.Tab != tab || home.User != slacktwin.Ana || home.Channel != w.IM(slacktwin.Ana) {
			t.Errorf("%+v", home)
		}
	}
	stop := parsed[slackevents.AgentSessionStoppedEvent](t, w.SessionStopped(slacktwin.General, "1.000001", slacktwin.Ana))
	same(t, "thread", stop.ThreadTimestamp, "1.000001")
	parsed[slackevents.AppUninstalledEvent](t, w.Uninstalled(slacktwin.Team))
	revoked := parsed[slackevents.TokensRevokedEvent](t, w.TokensRevoked(slacktwin.Team))
	same(t, "bot", revoked.Tokens.Bot[0], slacktwin.BotUser)
	if _, err := slackevents.ParseEvent(marshal(t, w.Unknown("moon_rose").Payload), slackevents.OptionNoVerifyToken()); err == nil {
		t.Error("slack-go knows moon_rose")
	}
	limited, err := slackevents.ParseEvent(marshal(t, w.TooManyEvents().Payload), slackevents.OptionNoVerifyToken())
	w.must(err)
	same(t, "type", limited.Type, "app_rate_limited")
}

func TestInteractions(t *testing.T) {
	w := start(t, slacktwin.Options{})
	read := func(e slacktwin.Event) slack.InteractionCallback {
		var c slack.InteractionCallback
		w.must(json.Unmarshal(marshal(t, e.Payload), &c))
		if c.User.ID != slacktwin.Ana || c.Team.ID != slacktwin.Team || c.TriggerID == "" || c.APIAppID != slacktwin.App {
			t.Errorf("%+v", c)
		}
		return c
	}
	root := w.ChannelMessage(slacktwin.General, slacktwin.Ben, "is this a sign?", "")
	shortcut := read(w.Shortcut(root.Channel, root.TS, slacktwin.Ana, "ask_about"))
	if shortcut.Type != slack.InteractionTypeMessageAction || shortcut.Message.Text != "is this a sign?" || shortcut.ResponseURL == "" || shortcut.CallbackID != "ask_about" {
		t.Errorf("%+v", shortcut)
	}
	_, ts, err := w.api.PostMessageContext(w.ctx, root.Channel, slack.MsgOptionText("a", true), slack.MsgOptionTS(root.TS), slack.MsgOptionBlocks(pressable()))
	w.must(err)
	press := read(w.Press(root.Channel, ts, slacktwin.Ana, "ask"))
	action := press.ActionCallback.BlockActions[0]
	if action.ActionID != "ask" || action.Value != "v1" || action.BlockID != "row" || press.Container.MessageTs != ts ||
		press.Container.ThreadTs != root.TS || press.Channel.ID != root.Channel || press.Message.Timestamp != ts {
		t.Errorf("%+v", press)
	}
}
