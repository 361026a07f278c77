package slacktwin_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/slack-go/slack"

	"porchlight/adapters/slack/slacktwin"
)

type obj = map[string]any

func words(kind string, n int) obj { return obj{"type": kind, "text": strings.Repeat("ß", n)} }

func times(n int, one func(int) any) []any {
	var l []any
	for i := range n {
		l = append(l, one(i))
	}
	return l
}

func button(more obj) obj {
	b := obj{"type": "button", "text": words("plain_text", 5), "action_id": "go"}
	maps.Copy(b, more)
	return b
}

func actions(l ...any) []any { return []any{obj{"type": "actions", "elements": l}} }

// TestBlocks has each limit met and passed.
func TestBlocks(t *testing.T) {
	option := func(i int) any {
		return obj{"text": words("plain_text", 75), "value": fmt.Sprint(i)}
	}
	divider := func(int) any { return obj{"type": "divider"} }
	numbered := func(i int) any { return button(obj{"action_id": fmt.Sprint(i)}) }
	section := func(n int) []any { return []any{obj{"type": "section", "text": words("mrkdwn", n)}} }
	fields := func(n, size int) []any {
		return []any{obj{"type": "section", "fields": times(n, func(int) any { return words("mrkdwn", size) })}}
	}
	tests := []struct {
		name, want string // what the message says; "" is fine
		blocks     []any
	}{
		{"50 blocks", "", times(50, divider)},
		{"51 blocks", "no more than 50 items allowed [json-pointer:/blocks]", times(51, divider)},
		{"section 3000", "", section(3000)},
		{"section 3001", "must be less than 3001 characters [json-pointer:/blocks/0/text/text]", section(3001)},
		{"section empty", "must be more than 0 characters [json-pointer:/blocks/0/text/text]", section(0)},
		{"section of nothing", "missing required field: text [json-pointer:/blocks/0]", []any{obj{"type": "section"}}},
		{"fields", "", fields(6, 2000)},
		{"11 fields", "no more than 10 items allowed [json-pointer:/blocks/0/fields]", fields(11, 1)},
		{"long field", "must be less than 2001 characters [json-pointer:/blocks/0/fields/0/text]", fields(1, 2001)},
		{"header", "", []any{obj{"type": "header", "text": words("plain_text", 150)}}},
		{"long header", "must be less than 151 characters [json-pointer:/blocks/0/text/text]", []any{obj{"type": "header", "text": words("plain_text", 151)}}},
		{"mrkdwn header", "failed to match all allowed schemas [json-pointer:/blocks/0/text]", []any{obj{"type": "header", "text": words("mrkdwn", 5)}}},
		{"context", "", []any{obj{"type": "context", "elements": times(10, func(int) any { return words("mrkdwn", 9) })}}},
		{"11 in context", "no more than 10 items allowed [json-pointer:/blocks/0/elements]", []any{obj{"type": "context", "elements": times(11, func(int) any { return words("mrkdwn", 9) })}}},
		{"25 buttons", "", actions(times(25, numbered)...)},
		{"26 buttons", "no more than 25 items allowed [json-pointer:/blocks/0/elements]", actions(times(26, numbered)...)},
		{"no buttons", "no fewer than 1 items allowed [json-pointer:/blocks/0/elements]", actions()},
		{"same action", "`action_id` \"go\" already exists in this block [json-pointer:/blocks/0/elements/1/action_id]", actions(button(nil), button(nil))},
		{"same action in two blocks", "", append(actions(button(nil)), actions(button(nil))...)},
		{"same block id", "`block_id` is not unique [json-pointer:/blocks/1/block_id]", times(2, func(int) any { return obj{"type": "divider", "block_id": "b"} })},
		{"button value", "", actions(button(obj{"value": strings.Repeat("v", 2000), "style": "danger"}))},
		{"long value", "must be less than 2001 characters [json-pointer:/blocks/0/elements/0/value]", actions(button(obj{"value": strings.Repeat("v", 2001)}))},
		{"long label", "must be less than 76 characters [json-pointer:/blocks/0/elements/0/text/text]", actions(button(obj{"text": words("plain_text", 76)}))},
		{"long address", "must be less than 3001 characters [json-pointer:/blocks/0/elements/0/url]", actions(button(obj{"url": strings.Repeat("u", 3001)}))},
		{"long action id", "must be less than 256 characters [json-pointer:/blocks/0/elements/0/action_id]", actions(button(obj{"action_id": strings.Repeat("u", 256)}))},
		{"style", "must be one of: primary, danger [json-pointer:/blocks/0/elements/0/style]", actions(button(obj{"style": "loud"}))},
		{"long question", "must be less than 301 characters [json-pointer:/blocks/0/elements/0/confirm/text/text]",
			actions(button(obj{"confirm": obj{"title": words("plain_text", 9), "text": words("plain_text", 301), "confirm": words("plain_text", 9), "deny": words("plain_text", 9)}}))},
		{"overflow", "no more than 5 items allowed [json-pointer:/blocks/0/elements/0/options]", actions(obj{"type": "overflow", "action_id": "o", "options": times(6, option)})},
		{"select", "", actions(obj{"type": "static_select", "action_id": "o", "options": times(100, option)})},
		{"101 options", "no more than 100 items allowed [json-pointer:/blocks/0/elements/0/options]", actions(obj{"type": "static_select", "action_id": "o", "options": times(101, option)})},
		{"unknown element", "unsupported type: lever [json-pointer:/blocks/0/elements/0/type]", actions(obj{"type": "lever"})},
		{"unknown block", "unsupported type: poem [json-pointer:/blocks/0/type]", []any{obj{"type": "poem"}}},
		{"markdown in sum", "must be less than 12001 characters [json-pointer:/blocks]", times(2, func(int) any { return obj{"type": "markdown", "text": strings.Repeat("m", 6001)} })},
		{"picture", "missing required field: alt_text [json-pointer:/blocks/0]", []any{obj{"type": "image", "image_url": "https://example.org/a.png"}}},
		{"two tables", "only one table is allowed [json-pointer:/blocks/1]", times(2, func(int) any {
			return obj{"type": "table", "rows": []any{[]any{obj{"type": "raw_text", "text": "a"}}}}
		})},
	}
	w := start(t, slacktwin.Options{Forgive: true})
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			raw, err := json.Marshal(test.blocks)
			if err != nil {
				t.Fatal(err)
			}
			said := w.form("chat.postMessage", "channel", slacktwin.General, "text", "a", "blocks", string(raw))
			if test.want == "" {
				(&world{T: t}).is(said, "")
				return
			}
			(&world{T: t}).is(said, "invalid_blocks")
			same(t, "message", at[string](said, "response_metadata", "messages", "0"), "[ERROR] "+test.want)
			same(t, "errors", at[string](said, "errors", "0"), test.want)
		})
	}
}

func TestBlocksTooLongTogether(t *testing.T) {
	w := start(t, slacktwin.Options{})
	post := func(n int) error {
		var blocks []slack.Block
		for ; n > 0; n -= 3000 {
			text := strings.Repeat("a", min(n, 3000))
			blocks = append(blocks, slack.NewSectionBlock(slack.NewTextBlockObject("mrkdwn", text, false, false), nil, nil))
		}
		_, _, err := w.api.PostMessageContext(w.ctx, slacktwin.General, slack.MsgOptionText("a", true), slack.MsgOptionBlocks(blocks...))
		return err
	}
	w.must(post(13200))
	if err := post(13201); err == nil || err.Error() != "msg_blocks_too_long" {
		t.Errorf("got %v", err)
	}
}

func TestFeedbackButtons(t *testing.T) {
	w := start(t, slacktwin.Options{})
	text := func(s string) *slack.TextBlockObject { return slack.NewTextBlockObject("plain_text", s, false, false) }
	_, ts, err := w.api.PostMessageContext(w.ctx, slacktwin.General, slack.MsgOptionText("a", true),
		slack.MsgOptionBlocks(slack.NewContextActionsBlock("fb", slack.NewFeedbackButtonsBlockElement("fb_v1",
			slack.NewFeedbackButton(text("Good"), "up"), slack.NewFeedbackButton(text("Bad"), "down")))))
	w.must(err)
	press := w.Press(slacktwin.General, ts, slacktwin.Ana, "fb_v1", "down")
	same(t, "value", at[string](press.Payload, "actions", "0", "value"), "down")
}
