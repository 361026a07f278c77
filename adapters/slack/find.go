package slack

import (
	"context"
	"slices"

	"github.com/slack-go/slack"

	"porchlight/bot"
)

// markType is the event_type of the metadata of every answer.
const markType = "porchlight_answer"

// A stamp is the metadata of an answer: which message it answers, and whether it is
// whole.
type stamp struct {
	Type    string `json:"event_type"`
	Payload struct {
		Mark  bot.MessageID `json:"mark"`
		Whole bool          `json:"whole"`
	} `json:"event_payload"`
}

func mark(id bot.MessageID, whole bool) *stamp {
	s := &stamp{Type: markType}
	s.Payload.Mark, s.Payload.Whole = id, whole
	return s
}

// find looks whether the answer stands already. Where it cannot be looked up,
// because nobody but the asker would see it or a scope is missing, there is none.
func (d *delivery) find(ctx context.Context) error {
	if d.whispered.Contains(d.m.ID) {
		d.whole = true
		return nil
	}
	channel, thread := d.p.Channel, d.thread()
	switch {
	case d.p.Home, d.p.Surface == bot.Aside && !d.m.Share:
		return nil
	case d.p.Surface == bot.Direct && channel == "":
		var err error
		if channel, err = d.openDirect(ctx); err != nil {
			return err
		}
		if !direct(channel) {
			return nil
		}
		d.channel = channel
	case channel == "":
		return nil
	}
	method, read := "conversations.replies", d.replies
	if thread == "" {
		method, read = "conversations.history", d.history
	}
	if err := d.pace.call(ctx, method); err != nil {
		return err
	}
	all, err := read(ctx, channel, thread)
	switch code := codeOf(err); {
	case err == nil:
	case code == noScope, code == "thread_not_found", code == "channel_not_found", code == "not_in_channel":
		return nil
	default:
		return unsent(err)
	}
	for _, x := range all {
		if x.Metadata.EventType == markType && x.Metadata.EventPayload["mark"] == string(d.m.ID) {
			d.channel, d.ts = channel, x.Timestamp
			d.whole, _ = x.Metadata.EventPayload["whole"].(bool)
			return nil
		}
		if slices.ContainsFunc(x.Blocks.BlockSet, func(b slack.Block) bool { return b.ID() == streamMark+string(d.m.ID) }) {
			d.channel, d.ts, d.open, d.unstreamed = channel, x.Timestamp, true, true
			return nil
		}
	}
	return nil
}

func (d *delivery) replies(ctx context.Context, channel, thread string) (all []slack.Message, err error) {
	p := &slack.GetConversationRepliesParameters{
		ChannelID: channel, Timestamp: thread, Oldest: d.p.TS, Limit: 200, IncludeAllMetadata: true,
	}
	for range 5 {
		page, more, cursor, err := d.api.GetConversationRepliesContext(ctx, p)
		if err != nil {
			return nil, err
		}
		all = append(all, page...)
		if !more || cursor == "" {
			break
		}
		p.Cursor = cursor
	}
	return all, nil
}

func (d *delivery) history(ctx context.Context, channel, _ string) ([]slack.Message, error) {
	page, err := d.api.GetConversationHistoryContext(ctx, &slack.GetConversationHistoryParameters{
		ChannelID: channel, Oldest: d.p.TS, Limit: 200, IncludeAllMetadata: true,
	})
	if err != nil {
		return nil, err
	}
	return page.Messages, nil
}
