package slack

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"porchlight/bot"
)

// hookLife is how long Slack takes answers at a response_url: half an hour.
const hookLife = 29 * time.Minute

// Errors after which another way is taken: the channel cannot be posted in, or
// the person is not there.
var closed = []string{
	"not_in_channel", "channel_not_found", "user_not_in_channel", "is_archived", "restricted_action", "restricted_action_read_only_channel",
	"restricted_action_thread_only_channel", "restricted_action_non_threadable_channel", "ekm_access_denied", "team_access_not_granted",
	"messages_tab_disabled", "cannot_dm_bot", "user_disabled", "user_not_found", "method_not_supported_for_channel_type", "no_permission",
	"thread_not_found", "cannot_reply_to_message", "user_not_visible",
}

// whisper shows the final reply to the asker alone: by the answer that a command
// or button allows, else by an ephemeral post, else in their direct messages.
func (d *delivery) whisper(ctx context.Context, r bot.Reply) error {
	post := render(r, d.face(r, bot.Whisper))
	if d.p.Hook != "" && time.Since(d.m.At) < hookLife {
		err := d.hook(ctx, d.p.Hook, &slack.WebhookMessage{
			Text: post.Text, Blocks: &slack.Blocks{BlockSet: post.Blocks}, ResponseType: slack.ResponseTypeEphemeral,
			ThreadTimestamp: d.p.Thread, UnfurlLinks: new(bool), UnfurlMedia: new(bool),
		})
		if err == nil || !refused(err) {
			return sent(err)
		}
	}
	if d.p.Channel != "" && !direct(d.p.Channel) {
		if err := d.pace.call(ctx, "chat.postEphemeral"); err != nil {
			return err
		}
		// Into a thread only where there is one: Slack shows no ephemeral post in a
		// thread that nobody has begun.
		l := note{Channel: d.p.Channel, User: d.p.User, Thread: d.p.Thread, Text: post.Text, Blocks: post.Blocks}
		err := d.api.PostEphemeral(ctx, l)
		if d.wordsOnly(err) {
			l.Blocks = nil
			err = d.api.PostEphemeral(ctx, l)
		}
		if !slices.Contains(closed, codeOf(err)) {
			return sent(err)
		}
	}
	return d.direct(ctx, r)
}

// refused tells whether a response_url took nothing: it was used up or is too old.
func refused(err error) bool {
	e, ok := errors.AsType[slack.StatusCodeError](err)
	return ok && e.Code >= 400 && e.Code < 500 && e.Code != http.StatusTooManyRequests || errors.Is(err, errHook)
}

var errHook = errors.New("slack: not an address of Slack's")

// hook answers at a response_url.
func (d *delivery) hook(ctx context.Context, to string, msg *slack.WebhookMessage) error {
	if !d.isHook(to) {
		return errHook
	}
	return slack.PostWebhookCustomHTTPContext(ctx, to, d.web, msg)
}

// isHook tells whether an address is one that Slack gives for answers. What came
// with an event is not trusted to name any other.
func (a *Adapter) isHook(to string) bool {
	u, err := url.Parse(to)
	if err != nil {
		return false
	}
	return u.Scheme == "https" && (u.Host == "hooks.slack.com" || u.Host == "hooks.slack-gov.com") || slices.Contains(a.o.Hooks, u.Host)
}

// direct posts in the asker's direct messages, or edits what stands there.
func (d *delivery) direct(ctx context.Context, r bot.Reply) error {
	channel, thread := d.p.Channel, first(d.p.Thread, d.p.TS)
	if !direct(channel) || d.p.Surface != bot.Direct { // a command may be used among two others
		opened, err := d.openDirect(ctx)
		if err != nil {
			return err
		}
		channel, thread = opened, ""
	}
	err := d.post(ctx, r, channel, thread, false)
	if thread != "" && d.ts == "" && slices.Contains(closed, codeOf(err)) { // the question is gone: beside it, then
		err = d.post(ctx, r, channel, "", false)
	}
	switch code := codeOf(err); {
	case slices.Contains(closed, code), d.blind && code == noScope:
		return noWay(code)
	case err == nil && d.blind && r.Final:
		d.whispered.Add(d.m.ID, struct{}{})
	}
	return sent(err)
}

const noScope = "missing_scope"

func noWay(code string) error {
	return fmt.Errorf("no way to the person is open (%s): %w", code, bot.ErrGiveUp)
}

// openDirect is the conversation with the asker. Where the app may not open one,
// their own id stands for it: a post there needs no more than chat:write, but
// cannot be looked up.
func (d *delivery) openDirect(ctx context.Context) (string, error) {
	if d.channel != "" && direct(d.channel) {
		return d.channel, nil
	}
	if err := d.pace.call(ctx, "conversations.open"); err != nil {
		return "", err
	}
	c, _, _, err := d.api.OpenConversationContext(ctx, &slack.OpenConversationParameters{Users: []string{d.p.User}})
	switch code := codeOf(err); {
	case err == nil:
		return c.ID, nil
	case code == noScope:
		d.blind = true
		return d.p.User, nil
	case slices.Contains(closed, code):
		return "", noWay(code)
	}
	return "", unsent(err)
}

// post posts a reply in a channel, or edits the post of an earlier one. The
// error is Slack's own.
func (d *delivery) post(ctx context.Context, r bot.Reply, channel, thread string, open bool) error {
	if grows(r) {
		return d.part(ctx, r, channel, thread, open)
	}
	post := d.rendered(r, open)
	if d.ts != "" && d.channel == channel { // never a private answer in the place of an open one
		return d.change(ctx, post, r.Final)
	}
	if err := d.pace.post(ctx, channel); err != nil {
		return err
	}
	return d.put(ctx, r, post, channel, thread, open)
}

func (d *delivery) rendered(r bot.Reply, open bool) post {
	v := bot.InDirect
	if open {
		v = bot.Open
	}
	return render(r, d.face(r, v))
}

// put posts a reply where none of it stands.
func (d *delivery) put(ctx context.Context, r bot.Reply, post post, channel, thread string, open bool) error {
	l := note{Channel: channel, Thread: thread, Text: post.Notice, Blocks: post.Blocks, Metadata: mark(d.m.ID, r.Final)}
	if open {
		l.Text = post.Text
	}
	at, ts, err := d.api.PostMessage(ctx, l)
	bare := d.wordsOnly(err)
	if bare {
		post.Blocks, l.Blocks, l.Metadata = nil, nil, mark(d.m.ID, r.Final && open)
		at, ts, err = d.api.PostMessage(ctx, l)
	}
	if err != nil {
		return err
	}
	d.ts, d.channel = ts, first(at, channel)
	switch {
	case open, grows(r):
	case bare: // all that stands so far is what the notification was made of
		return d.change(ctx, post, r.Final)
	case r.Final && d.pace.spare("chat.update"):
		// The notification has been made of a neutral text; what a screen reader
		// reads is put behind it. The blocks hold everything if this fails.
		_ = d.update(ctx, post, true)
	}
	return nil
}

// change puts a reply in the place of the post that stands; nobody is notified of
// that.
func (d *delivery) change(ctx context.Context, p post, whole bool) error {
	if err := d.close(ctx); err != nil {
		return err
	}
	if err := d.pace.call(ctx, "chat.update"); err != nil {
		return err
	}
	err := d.update(ctx, p, whole)
	if d.wordsOnly(err) {
		p.Blocks = nil
		err = d.update(ctx, p, whole)
	}
	return err
}

func (d *delivery) update(ctx context.Context, p post, whole bool) error {
	return d.api.UpdateMessage(ctx, d.edit(p, whole))
}

// wordsOnly tells whether Slack refuses the blocks of a post; then it has none.
func (d *delivery) wordsOnly(err error) bool {
	switch codeOf(err) {
	case "invalid_blocks", "msg_blocks_too_long", "invalid_blocks_format":
		d.o.Log.Error("slack refuses the blocks of an answer", "message", d.m, "err", err)
		return true
	}
	return false
}

// edit is a post to stand in the place of the one that stands.
func (d *delivery) edit(p post, whole bool) note {
	l := note{Channel: d.channel, TS: d.ts, Text: head(p.Text), Blocks: p.Blocks, Metadata: mark(d.m.ID, whole)}
	if l.Blocks == nil {
		l.Blocks = []slack.Block{}
	}
	return l
}

// editText is how many bytes of text an edit may have; a post may have ten times that.
const editText = 3900

// head is as much of a text as an edit may have, whole lines. The blocks have all.
func head(s string) string {
	n, line := 0, 0
	for i := range len(s) {
		n++
		switch s[i] {
		case '\n':
			line = i
		case '"', '\'':
			n += len("&#34;") - 1 // it is measured with more escaped than has to be
		}
		if n > editText {
			return strings.ToValidUTF8(s[:cmp.Or(line, i)], "")
		}
	}
	return s
}
