package slack

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"porchlight/bot"
)

// streamMark begins the block_id of the button over what is streamed. It tells which
// message that answers: Slack takes metadata only at the end of a stream.
const streamMark = markType + ":"

// mostStreamed is how many bytes of an answer are streamed at most; one call may have
// 12,000 characters. The whole that takes the place of it has its own limits.
const mostStreamed = 10_000

// streamless is how long no stream is tried in a workspace that has none.
const streamless = 10 * time.Minute

// noStreams are the errors that say so.
var noStreams = []string{
	"unknown_method", noScope, "method_deprecated", "feature_not_enabled", "not_allowed_token_type", "deprecated_endpoint",
}

// streams tells whether an answer is to be streamed where it is to stand. It is
// never one to somebody who confides, whatever was chosen: see Options.Stream.
func (d *delivery) streams(r bot.Reply, channel, thread string) bool {
	if !d.o.Stream || d.ts != "" || r.Kind != bot.Answer || !direct(channel) || thread == "" || d.unstreamed {
		return false
	}
	if at, ok := d.streamless.Get(d.p.Team); ok && d.o.Now().Sub(at) < streamless {
		return false
	}
	// The turn to stop it is taken with the one to begin it.
	return d.pace.methods["chat.stopStream"].roomy() && d.pace.methods["chat.startStream"].roomy()
}

// begin streams the first part of an answer. ok is false where that cannot be, and
// nothing stands; an error says that something may.
func (d *delivery) begin(ctx context.Context, r bot.Reply, p post, channel, thread string) (ok bool, err error) {
	body := spoken(r)
	text := func(s string) any { return object{"type": "markdown_text", "text": s} }
	row := slack.NewActionBlock(streamMark + string(d.m.ID))
	for _, a := range d.face(r, bot.InDirect).Growing {
		row.Elements.ElementSet = append(row.Elements.ElementSet, button(a.ID, a.Value, literal(d.o.Say(r.Lang, a.Key))))
	}
	at, ts, err := d.api.StartStream(ctx, speech{
		Channel: channel, Thread: thread, Team: d.p.Team, User: d.p.User,
		Chunks: []any{text(p.Notice + "\n\n"), object{"type": "blocks", "blocks": []slack.Block{row}}, text(body)},
	})
	if err != nil {
		if errors.Is(sent(err), bot.ErrUnclear) {
			return false, err
		}
		d.unstream(err)
		return false, nil
	}
	d.ts, d.channel, d.open, d.said = ts, first(at, channel), true, body
	d.growing.begin(d)
	return true, nil
}

// unstream goes on with a post and edits.
func (d *delivery) unstream(err error) {
	d.unstreamed = true
	d.o.Count("slack.no_stream")
	d.o.Log.Info("an answer is not streamed", "message", d.m, "err", safe(err))
	if slices.Contains(noStreams, codeOf(err)) {
		d.streamless.Add(d.p.Team, d.o.Now())
	}
}

// append streams what is new in an answer, and tells whether the stream is well.
func (d *delivery) append(ctx context.Context, r bot.Reply) bool {
	body := spoken(r)
	more, ok := strings.CutPrefix(body, d.said)
	if !ok || more == "" || len(body) > mostStreamed {
		return true // the whole takes its place
	}
	err := d.api.AppendStream(ctx, speech{Channel: d.channel, TS: d.ts, Text: more})
	if err == nil {
		d.said = body
		return true
	}
	// It may have arrived, and cannot be sent twice; or Slack has ended the stream.
	d.unstream(err)
	return false
}

// close ends the stream, if there is one: only then can the post be edited. It is
// done though ctx has ended, for Slack would show for minutes that more is to come.
func (d *delivery) close(ctx context.Context) error {
	if !d.open {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), d.o.Call)
	defer cancel()
	err := d.api.StopStream(ctx, speech{Channel: d.channel, TS: d.ts, Metadata: mark(d.m.ID, false)})
	switch codeOf(err) {
	case "message_not_in_streaming_state", "message_not_found": // it has ended, or is gone
		err = nil
	}
	d.open = err != nil
	return err
}

// spoken is what is streamed of a reply, as Markdown: its words, without links or
// buttons. That of a fuller reply begins with it.
func spoken(r bot.Reply) string {
	var b strings.Builder
	put := func(gap, before, s, behind string) {
		if s = unmarked(tidy(s)); s == "" {
			return
		}
		if b.Len() > 0 {
			b.WriteString(gap)
		}
		b.WriteString(before + s + behind)
	}
	put("\n\n", "", r.Lead, "")
	put("\n\n", "", r.Also, "")
	for _, s := range r.Sections {
		put("\n\n", "**", oneLine(s.Heading), "**")
		put("\n\n", "[", oneLine(s.Mark), "]")
		put("\n\n", "", s.Text, "")
		for _, x := range s.Bullets {
			put("\n", "• ", x, "")
		}
	}
	return b.String()
}

// unmarked is clean text as Markdown that shows it and does nothing: what has no
// meaning in mrkdwn has none here, but for links and headings.
func unmarked(s string) string {
	s = strings.NewReplacer("](", "] (", "]:", "] :", "][", "] [").Replace(inert(s))
	if strings.HasPrefix(s, "#") {
		s = "＃" + s[1:]
	}
	return strings.ReplaceAll(s, "\n#", "\n＃")
}
