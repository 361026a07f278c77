package slack

import (
	"context"
	"errors"
	"fmt"
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
	if err := a.pass(ctx, w); err != nil {
		return err
	}
	d := &delivery{Adapter: a, w: w, api: w.api, pace: w.pace, m: m, p: p, halt: make(chan struct{})}
	d.stop = sync.OnceFunc(func() { close(d.halt) })
	if m.Command != bot.Errand {
		err := d.unreached(ctx, d.answer(ctx, replies))
		if err == nil {
			d.title(ctx)
		}
		return a.settle(ctx, w, p, err)
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
	api  *client
	pace *pacer
	m    bot.Message
	p    place

	ts      string // of the post, once there is one that can be edited
	channel string // it is in
	whole   bool   // the post is the last one
	blind   bool   // it is where nothing can be looked up

	// Of a post that is streamed, what it says so far. After a crash open may be set of
	// a stream that has ended, which is no harm.
	open       bool
	said       string
	unstreamed bool // a stream failed

	halt chan struct{} // closed when the asker wants no more
	stop func()        // closes it
}

func (d *delivery) answer(ctx context.Context, replies bot.Replies) error {
	if d.m.Handed.Again {
		if err := d.find(ctx); err != nil {
			return err
		}
	}
	unsign := func() {}
	if d.ts == "" && !d.whole { // no answer takes the sign away from where one stands
		unsign = d.sign(ctx)
	}
	defer unsign()
	defer d.growing.end(d)
	defer func() { _ = d.close(ctx) }() // whoever gets the message again ends it, too
	for r, err := range settled(replies, d.beat, d.halt) {
		if errors.Is(err, errHalted) {
			d.o.Count("slack.stopped")
			r.Final, err = true, nil
		}
		if err != nil {
			return err
		}
		if d.whole { // it stands already; the conversation is only to be remembered
			continue
		}
		unsign()
		if err := d.show(ctx, r); err != nil {
			return err
		}
	}
	return nil
}

// unreached is err, unless somebody wanted an answer in their direct messages and
// is told, where they pressed, that it cannot be sent there: they have it yet.
func (d *delivery) unreached(ctx context.Context, err error) error {
	if !errors.Is(err, bot.ErrGiveUp) || d.m.Command != bot.Again || d.p.Surface != bot.Direct || d.p.Hook == "" {
		return err
	}
	d.o.Count("slack.no_direct")
	text := inert(d.o.Say(d.m.Lang, "no_dm"))
	if told := d.hook(ctx, d.p.Hook, whisperOf(text)); told != nil {
		return err
	}
	return nil
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
		if !slices.Contains(closed, codeOf(err)) {
			return sent(err)
		}
	case bot.Whisper, bot.Pointer:
	}
	if grows(r) {
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

// face is what stands around a reply, by who sees it.
func (d *delivery) face(r bot.Reply, v bot.Visibility) face {
	f := face{Open: v == bot.Open, Say: d.o.Say}
	if v == bot.Open || v == bot.InDirect {
		f.Growing = []action{{ID: pressStop, Value: string(d.m.ID), Key: "stop"}}
	}
	add := func(id, value, key, confirm string) {
		f.Actions = append(f.Actions, action{ID: id, Value: value, Key: key, Confirm: confirm})
	}
	if r.Recall != "" && v == bot.Whisper {
		theirs := string(d.m.Person) + " " + r.Recall
		add(pressDirect, theirs, "to_dm", "")
		if r.Shareable && !r.Kind.Personal() && d.p.Channel != "" && !direct(d.p.Channel) {
			add(pressShare, theirs, "share", "share_confirm")
		}
	}
	if r.Recall != "" && r.Kind == bot.Answer {
		add(pressUp, r.Recall, "helpful", "")
		add(pressDown, r.Recall, "not_helpful", "")
	}
	f.Actions = append(f.Actions, action{ID: pressRemove, Value: string(d.m.Person), Key: "remove"})
	return f
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
