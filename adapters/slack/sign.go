package slack

import (
	"context"
	"sync"
	"time"

	"github.com/slack-go/slack"

	"porchlight/bot"
)

// titling is how long it may take to give a conversation its title.
const titling = 2 * time.Second

// title names a thread of the direct messages in the list that the agent view shows
// of them. It is the same for all, for Slack would name it after what was asked,
// and whoever looks at the screen would read that. An answer does not hang on it.
func (d *delivery) title(ctx context.Context) {
	thread := first(d.p.Thread, d.p.TS)
	if d.p.Surface != bot.Direct || d.p.Channel == "" || thread == "" || d.p.Home {
		return
	}
	key := d.p.Channel + " " + thread
	if d.titled.Contains(key) || !d.pace.spare("assistant.threads.setTitle") {
		return
	}
	d.titled.Add(key, struct{}{})
	ctx, cancel := context.WithTimeout(ctx, min(titling, d.o.Call))
	defer cancel()
	err := d.api.SetAssistantThreadsTitleContext(ctx, slack.AssistantThreadsSetTitleParameters{
		ChannelID: d.p.Channel, ThreadTS: thread, Title: d.o.Say(d.m.Lang, "thread_title"),
	})
	if err != nil {
		d.o.Log.Debug("no title set", "err", safe(err)) // an older app, or no agent view
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
