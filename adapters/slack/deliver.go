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
	"sync"
	"time"

	"github.com/slack-go/slack"

	"porchlight/bot"
)

// patience is how long an urgent opening waits for the whole answer, and when a
// person is shown that an answer is on its way.
const (
	patience = 250 * time.Millisecond
	signAt   = 700 * time.Millisecond
)

// hookLife is how long Slack takes answers at a response_url: half an hour.
const hookLife = 29 * time.Minute

// Deliver answers m where bot.See lets it: in a direct message, for the asker
// alone, or in a thread. Where that cannot be done it goes on to a place that
// fewer people see, never to one that more do.
func (a *Adapter) Deliver(ctx context.Context, m bot.Message, replies bot.Replies) error {
	p, err := placeOf(m.From)
	if err != nil {
		return fmt.Errorf("deliver %s: its place cannot be read: %w", m.ID, bot.ErrGiveUp)
	}
	if err = a.deliver(ctx, m, p, replies); err != nil {
		return fmt.Errorf("deliver %s: %w", m.ID, err)
	}
	return nil
}

func (a *Adapter) deliver(ctx context.Context, m bot.Message, p place, replies bot.Replies) error {
	if p.Errand == errandLeave {
		return a.leave(ctx, p)
	}
	w, err := a.fit(ctx, p)
	if errors.Is(err, errNoToken) {
		a.o.Count("slack.token_gone") // since the question was taken
		return errors.Join(err, bot.ErrGiveUp)
	}
	if err != nil {
		return err
	}
	d := &delivery{Adapter: a, w: w, api: w.api, pace: w.pace, m: m, p: p}
	if m.Command != bot.Errand {
		return a.settle(ctx, w, p, d.answer(ctx, replies))
	}
	for _, err := range replies {
		if err != nil {
			return err
		}
	}
	return a.settle(ctx, w, p, d.errand(ctx))
}

// A delivery is one answer on its way. Its api and pace are those of its workspace.
type delivery struct {
	*Adapter
	w    *workspace
	api  *slack.Client
	pace *pacer
	m    bot.Message
	p    place

	ts      string // of the post, once there is one that can be edited
	channel string // it is in
	whole   bool   // the post is the last one
}

func (d *delivery) answer(ctx context.Context, replies bot.Replies) error {
	if d.m.Handed.Again {
		if err := d.find(ctx); err != nil {
			return err
		}
	}
	stop := func() {}
	if d.ts == "" && !d.whole { // no answer takes the sign away from where one stands
		stop = d.sign(ctx)
	}
	defer stop()
	for r, err := range settled(replies) {
		if err != nil {
			return err
		}
		if d.whole { // it stands already; the conversation is only to be remembered
			continue
		}
		stop()
		if err := d.show(ctx, r); err != nil {
			return err
		}
	}
	return nil
}

// settled leaves out a reply that is followed by a fuller one at once, so that
// an urgent opening is posted by itself only where the rest takes its time.
func settled(replies bot.Replies) bot.Replies {
	return func(yield func(bot.Reply, error) bool) {
		type item struct {
			r     bot.Reply
			err   error
			panic any
		}
		items := make(chan item)
		gone := make(chan struct{})
		go func() {
			defer close(items)
			defer func() {
				if v := recover(); v != nil { // it reaches the consumer, as with bot.Latest
					select {
					case items <- item{panic: v}:
					case <-gone:
					}
				}
			}()
			for r, err := range bot.Latest(replies) {
				select {
				case items <- item{r: r, err: err}:
				case <-gone:
					return
				}
			}
		}()
		defer func() {
			close(gone)
			for range items { // until replies has noticed
			}
		}()
		for x := range items {
			for !x.r.Final && x.err == nil && x.panic == nil {
				t := time.NewTimer(patience)
				next, ok := x, false
				select {
				case next, ok = <-items:
				case <-t.C:
				}
				t.Stop()
				if !ok {
					break
				}
				x = next
			}
			if x.panic != nil {
				panic(x.panic)
			}
			if !yield(x.r, x.err) {
				return
			}
		}
	}
}

// sign shows that an answer is on its way if it takes long: to the asker alone,
// in their direct messages. After stop none is on its way any more: one that came
// behind the answer would stand for minutes.
func (d *delivery) sign(ctx context.Context) (stop func()) {
	if d.p.Surface != bot.Direct || d.p.Channel == "" || d.p.Home {
		return func() {}
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), signAt+d.o.Call)
	done := make(chan struct{})
	t := time.AfterFunc(signAt, func() {
		defer close(done)
		if d.pace.spare("assistant.threads.setStatus") {
			_ = d.api.SetAssistantThreadsStatusContext(ctx, slack.AssistantThreadsSetStatusParameters{ // a sign, no more
				ChannelID: d.p.Channel, ThreadTS: first(d.p.Thread, d.p.TS), Status: d.o.Say(d.m.Lang, "working"),
			})
		}
	})
	return sync.OnceFunc(func() {
		defer cancel()
		if t.Stop() {
			return
		}
		select {
		case <-done:
		case <-time.After(patience):
			cancel()
			<-done
		}
	})
}

// show posts a reply, or edits the post that stands.
func (d *delivery) show(ctx context.Context, r bot.Reply) error {
	if d.p.Home {
		if !r.Final {
			return nil
		}
		return d.publish(ctx, r)
	}
	manners, err := d.manners(ctx)
	if err != nil {
		return err
	}
	v := bot.See(d.p.Surface, r.Kind, d.m.Share, manners)
	if r.Privacy != bot.Everyone && d.m.Share {
		v = bot.Whisper
	}
	switch v {
	case bot.InDirect:
		return d.direct(ctx, r)
	case bot.Open:
		err := d.post(ctx, r, d.p.Channel, d.thread(), true)
		if slices.Contains(closed, codeOf(err)) {
			return d.whisper(ctx, r)
		}
		return sent(err)
	case bot.Whisper, bot.Pointer:
	}
	if !r.Final && !r.Urgent {
		return nil // what only the asker sees cannot be edited
	}
	if err := d.whisper(ctx, r); err != nil {
		return err
	}
	if r.Final {
		d.whispered.Add(d.m.ID, struct{}{})
	}
	return nil
}

// thread is the one that an answer goes into where others see it, "" for the
// channel itself: a post that only the asker sees begins no thread.
func (d *delivery) thread() string {
	if d.p.Hidden {
		return d.p.Thread
	}
	return first(d.p.Thread, d.p.TS)
}

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
		_, err := d.api.PostEphemeralContext(ctx, d.p.Channel, d.p.User, d.options(post, d.p.Thread, true)...)
		if d.wordsOnly(err, &post) {
			_, err = d.api.PostEphemeralContext(ctx, d.p.Channel, d.p.User, d.options(post, d.p.Thread, true)...)
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
	if slices.Contains(closed, codeOf(err)) {
		if thread != "" && d.ts == "" { // the question is gone: beside it, then
			err = d.post(ctx, r, channel, "", false)
		}
		if slices.Contains(closed, codeOf(err)) {
			return fmt.Errorf("no way to the person is open (%s): %w", codeOf(err), bot.ErrGiveUp)
		}
	}
	return sent(err)
}

func (d *delivery) openDirect(ctx context.Context) (string, error) {
	if d.channel != "" && direct(d.channel) {
		return d.channel, nil
	}
	if err := d.pace.call(ctx, "conversations.open"); err != nil {
		return "", err
	}
	c, _, _, err := d.api.OpenConversationContext(ctx, &slack.OpenConversationParameters{Users: []string{d.p.User}})
	if code := codeOf(err); slices.Contains(closed, code) {
		return "", fmt.Errorf("no way to the person is open (%s): %w", code, bot.ErrGiveUp)
	}
	if err != nil {
		if later, ok := errors.AsType[*slack.RateLimitedError](err); ok {
			return "", &bot.LaterError{After: later.RetryAfter, Err: errLimited}
		}
		return "", safe(err) // nothing was posted
	}
	return c.ID, nil
}

// post posts a reply in a channel, or edits the post of an earlier one. The
// error is Slack's own.
func (d *delivery) post(ctx context.Context, r bot.Reply, channel, thread string, open bool) error {
	v := bot.InDirect
	if open {
		v = bot.Open
	}
	post := render(r, d.face(r, v))
	if d.ts != "" && d.channel == channel { // never a private answer in the place of an open one
		if err := d.pace.call(ctx, "chat.update"); err != nil {
			return err
		}
		_, _, _, err := d.api.UpdateMessageContext(ctx, channel, d.ts, d.edit(post, mark(d.m.ID, r.Final))...)
		if d.wordsOnly(err, &post) {
			_, _, _, err = d.api.UpdateMessageContext(ctx, channel, d.ts, d.edit(post, mark(d.m.ID, r.Final))...)
		}
		return err
	}
	if err := d.pace.post(ctx, channel); err != nil {
		return err
	}
	_, ts, err := d.api.PostMessageContext(ctx, channel, d.options(post, thread, open, mark(d.m.ID, r.Final))...)
	if d.wordsOnly(err, &post) {
		_, ts, err = d.api.PostMessageContext(ctx, channel, d.options(post, thread, true, mark(d.m.ID, r.Final))...)
	}
	if err != nil {
		return err
	}
	d.ts, d.channel = ts, channel
	if !open && r.Final && d.pace.spare("chat.update") {
		// The notification has been made of a neutral text; what a screen reader
		// reads is put behind it. The blocks hold everything if this fails.
		_, _, _, _ = d.api.UpdateMessageContext(ctx, channel, ts, d.edit(post, mark(d.m.ID, true))...)
	}
	return nil
}

// wordsOnly tells whether Slack refuses the blocks of a post; then it has none.
func (d *delivery) wordsOnly(err error, p *post) bool {
	switch codeOf(err) {
	case "invalid_blocks", "msg_blocks_too_long", "invalid_blocks_format":
		d.o.Log.Error("slack refuses the blocks of an answer", "message", d.m, "err", err)
		p.Blocks = nil
		return true
	}
	return false
}

// edit are the options to put a post in the place of another.
func (d *delivery) edit(p post, more ...slack.MsgOption) []slack.MsgOption {
	p.Text = head(p.Text)
	return d.options(p, "", true, append(more, slack.MsgOptionBlocks())...) // no blocks, if there are none
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

// options are what is sent of a post. whole sends the text that screen readers
// read, else the one for a notification.
func (d *delivery) options(post post, thread string, whole bool, more ...slack.MsgOption) []slack.MsgOption {
	text := post.Notice
	if whole || len(post.Blocks) == 0 {
		text = post.Text
	}
	out := append([]slack.MsgOption{
		slack.MsgOptionText(text, false), // escaped by render
		slack.MsgOptionDisableLinkUnfurl(), slack.MsgOptionDisableMediaUnfurl(),
	}, more...)
	if len(post.Blocks) > 0 {
		out = append(out, slack.MsgOptionBlocks(post.Blocks...))
	}
	if thread != "" {
		out = append(out, slack.MsgOptionTS(thread))
	}
	return out
}

// face is what stands around a reply, by who sees it.
func (d *delivery) face(r bot.Reply, v bot.Visibility) face {
	f := face{Open: v == bot.Open, Say: d.o.Say}
	add := func(id, key, confirm string) {
		f.Actions = append(f.Actions, action{ID: id, Value: r.Recall, Key: key, Confirm: confirm})
	}
	if r.Recall != "" && v == bot.Whisper {
		add(pressDirect, "to_dm", "")
		if r.Shareable && !r.Kind.Personal() && d.p.Channel != "" && !direct(d.p.Channel) {
			add(pressShare, "share", "share_confirm")
		}
	}
	if r.Recall != "" && r.Kind == bot.Answer {
		add(pressUp, "helpful", "")
		add(pressDown, "not_helpful", "")
	}
	f.Actions = append(f.Actions, action{ID: pressRemove, Value: string(d.m.Person), Key: "remove"})
	return f
}

// markType is the event_type of the metadata of every answer.
const markType = "porchlight_answer"

// mark tells which message a post answers, and whether it is whole.
func mark(id bot.MessageID, whole bool) slack.MsgOption {
	return slack.MsgOptionMetadata(slack.SlackMetadata{
		EventType: markType, EventPayload: map[string]any{"mark": string(id), "whole": whole},
	})
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
	case code == "missing_scope", code == "thread_not_found", code == "channel_not_found", code == "not_in_channel":
		return nil
	default:
		if later, ok := errors.AsType[*slack.RateLimitedError](err); ok {
			return &bot.LaterError{After: later.RetryAfter, Err: errLimited}
		}
		return safe(err) // nothing was posted
	}
	for _, x := range all {
		if x.Metadata.EventType == markType && x.Metadata.EventPayload["mark"] == string(d.m.ID) {
			d.channel, d.ts = channel, x.Timestamp
			d.whole, _ = x.Metadata.EventPayload["whole"].(bool)
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

// publish shows a reply on the App Home of the asker.
func (d *delivery) publish(ctx context.Context, r bot.Reply) error {
	if err := d.pace.call(ctx, "views.publish"); err != nil {
		return err
	}
	view := home(r, face{Say: d.o.Say, Actions: []action{{ID: pressForget, Value: "-", Key: "forget", Confirm: "forget_confirm"}}})
	_, err := d.api.PublishViewContext(ctx, slack.PublishViewContextRequest{UserID: d.p.User, View: view})
	if code := codeOf(err); code == "hash_conflict" || code == "not_enabled" || strings.HasPrefix(code, "view_") {
		return nil // another one is newer, or there is no Home
	}
	return sent(err)
}
