package slacktwin_test

import (
	"strings"
	"testing"

	"github.com/slack-go/slack"

	"porchlight/adapters/slack/slacktwin"
)

func TestStream(t *testing.T) {
	w := start(t, slacktwin.Options{})
	e := w.DM(slacktwin.Ana, "help")
	_, ts, err := w.api.StartStreamContext(w.ctx, e.Channel, slack.MsgOptionTS(e.TS), slack.MsgOptionMarkdownText("one "))
	w.must(err)
	_, _, err = w.api.AppendStreamContext(w.ctx, e.Channel, ts, slack.MsgOptionMarkdownText("two "))
	w.must(err)
	_, _, err = w.api.AppendStreamContext(w.ctx, e.Channel, ts, slack.MsgOptionChunks(
		slack.NewMarkdownTextChunk("three"), slack.NewBlocksChunk(slack.NewDividerBlock())))
	w.must(err)
	post, _ := w.Post(e.Channel, ts)
	if post.Text != "one two three" || len(post.Blocks) != 1 || !post.Streaming || post.Notice != "" || post.ThreadTS != e.TS {
		t.Errorf("while it is streamed: %+v", post)
	}
	s, _ := w.Session(e.Channel, e.TS)
	same(t, "the session", s.Status, "processing")
	w.is(w.form("chat.update", "channel", e.Channel, "ts", ts, "text", "x"), "streaming_state_conflict")
	w.is(w.form("chat.delete", "channel", e.Channel, "ts", ts), "cant_delete_message")
	_, _, err = w.api.StopStreamContext(w.ctx, e.Channel, ts, slack.MsgOptionBlocks(slack.NewDividerBlock()),
		slack.MsgOptionMetadata(slack.SlackMetadata{EventType: "x", EventPayload: map[string]any{"k": "1"}}))
	w.must(err)
	post, _ = w.Post(e.Channel, ts)
	if len(post.Blocks) != 2 || post.Streaming || post.Notice != "one two three" || post.Metadata["event_type"] != "x" {
		t.Errorf("when it has stopped: %+v", post)
	}
	s, _ = w.Session(e.Channel, e.TS)
	same(t, "the session", s.Status, "active")
	w.is(w.form("chat.appendStream", "channel", e.Channel, "ts", ts, "markdown_text", "x"), "message_not_in_streaming_state")
	w.is(w.form("chat.stopStream", "channel", e.Channel, "ts", ts), "message_not_in_streaming_state")
	w.is(w.form("chat.update", "channel", e.Channel, "ts", ts, "text", "x"), "")
	post, _ = w.Post(e.Channel, ts)
	same(t, "an edit notifies nobody", post.Notice, "one two three")
}

func TestWhatAStreamMayBe(t *testing.T) {
	w := start(t, slacktwin.Options{Forgive: true})
	e := w.DM(slacktwin.Ana, "help")
	root := w.ChannelMessage(slacktwin.General, slacktwin.Ana, "hm", "")
	who := []string{"recipient_user_id", slacktwin.Ana, "recipient_team_id", slacktwin.Team}
	begin := func(channel, thread string, more ...string) map[string]any {
		return w.form("chat.startStream", append([]string{"channel", channel, "thread_ts", thread}, more...)...)
	}
	w.is(w.form("chat.startStream", "channel", e.Channel), "invalid_arguments")
	w.is(begin(e.Channel, "1.0"), "not_in_thread")
	w.is(begin("C404", "1.0"), "channel_not_found")
	w.is(begin(slacktwin.General, root.TS), "missing_recipient_user_id")
	w.is(begin(slacktwin.General, root.TS, who[:2]...), "missing_recipient_team_id")
	w.is(begin(slacktwin.General, root.TS, who...), "")
	w.is(begin(e.Channel, e.TS, "markdown_text", strings.Repeat("ä", 12001)), "msg_too_long")
	w.is(begin(e.Channel, e.TS, "markdown_text", "a", "chunks", `[{"type":"markdown_text","text":"b"}]`), "markdown_text_conflict")
	w.is(begin(e.Channel, e.TS, "chunks", `[{"type":"song"}]`), "invalid_chunks")
	w.is(begin(e.Channel, e.TS, "chunks", `[{"type":"blocks","blocks":[{"type":"header"}]}]`), "invalid_blocks")
	ts := at[string](begin(e.Channel, e.TS), "ts")
	w.is(w.form("chat.appendStream", "channel", e.Channel, "ts", ts), "no_text")
	w.is(w.form("chat.appendStream", "channel", e.Channel, "ts", "1.0", "markdown_text", "a"), "message_not_found")
	w.is(w.form("chat.appendStream", "channel", e.Channel, "ts", e.TS, "markdown_text", "a"), "message_not_owned_by_app")
	w.is(w.form("chat.stopStream", "channel", e.Channel, "ts", ts, "blocks", `[{"type":"header"}]`), "invalid_blocks")
	w.Grant(slacktwin.BotToken, "im:history")
	w.is(w.form("chat.stopStream", "channel", e.Channel, "ts", ts), "missing_scope")
}

func TestStreamsEnd(t *testing.T) {
	w := start(t, slacktwin.Options{})
	e := w.DM(slacktwin.Ana, "help")
	begin := func() string {
		return at[string](w.form("chat.startStream", "channel", e.Channel, "thread_ts", e.TS, "markdown_text", "a"), "ts")
	}
	one, two := begin(), begin()
	w.Expire(e.Channel, one)
	w.is(w.form("chat.appendStream", "channel", e.Channel, "ts", one, "markdown_text", "b"), "message_not_in_streaming_state")
	stopped := at[[]any](w.SessionStopped(e.Channel, e.TS, slacktwin.Ana).Inner(), "streaming_message_ts")
	if len(stopped) != 1 || stopped[0] != two {
		t.Errorf("stopped %v, want %s", stopped, two)
	}
	w.is(w.form("chat.stopStream", "channel", e.Channel, "ts", two), "message_not_in_streaming_state")
}
