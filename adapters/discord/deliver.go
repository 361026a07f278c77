package discord

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"porchlight/bot"
)

// tokenLife is how long Discord takes answers to an interaction: fifteen minutes.
const tokenLife = 14*time.Minute + 30*time.Second

// Deliver answers m where bot.See lets it: in a direct message, for the asker
// alone, or in the channel; and with a neutral line where that is all that may
// be seen. Where it cannot be done it goes on to a place that fewer people see,
// never to one that more do.
func (a *Adapter) Deliver(ctx context.Context, m bot.Message, replies bot.Replies) error {
	p, err := placeOf(m.From)
	if err != nil {
		return fmt.Errorf("deliver %s: its place cannot be read: %w", m.ID, bot.ErrGiveUp)
	}
	d := &delivery{Adapter: a, m: m, p: p, halt: make(chan struct{})}
	if p.Token == "" && m.Command != bot.Errand {
		if err := d.admit(ctx); err != nil {
			return fmt.Errorf("deliver %s: %w", m.ID, err)
		}
	}
	if m.Command == bot.Errand {
		for _, err := range replies {
			if err != nil {
				return err
			}
		}
		err = a.errand(ctx, m, p)
	} else {
		err = d.answer(ctx, replies)
		d.returns(err)
		if m.Command == bot.Forget {
			a.directs.Remove(p.User)
		}
	}
	if err != nil {
		return fmt.Errorf("deliver %s: %w", m.ID, err)
	}
	return nil
}

// A delivery is one answer on its way.
type delivery struct {
	*Adapter
	m bot.Message
	p place

	fresh       bool   // nothing stood of an answer when this began; false is not known
	absent      bool   // nor does now
	queued      bool   // it had its turn
	channel, id string // of the post, once there is one that can be edited
	whole       bool   // the answer stands

	// Of an answer that grows: what is shown of it, the handle in its button, what is
	// closed when the asker wants no more, whether parts are left out from now on, and
	// whether a post of one may stand whose id is not known.
	shown  bot.Reply
	handle string
	halt   chan struct{}
	stuck  bool
	doubt  bool
}

// admit waits for a turn, once.
func (d *delivery) admit(ctx context.Context) (err error) {
	if d.queued {
		return nil
	}
	m := d.m
	m.Handed.Again = m.Handed.Again && d.p.Token == "" // else there is no looking up
	if d.fresh, err = d.admitted(ctx, m); err == nil {
		d.absent, d.queued = d.fresh, true
	}
	return err
}

// returns spares a message that found no room to be looked up when it comes back, where
// nothing of an answer can stand.
func (d *delivery) returns(err error) {
	if e, ok := errors.AsType[*bot.LaterError](err); ok && d.queued && d.absent {
		d.rest.queue.back(d.m.ID, time.Now().Add(e.After))
	}
}

func (d *delivery) answer(ctx context.Context, replies bot.Replies) error {
	if d.m.Handed.Again && !d.fresh {
		if err := d.find(ctx); err != nil {
			return err
		}
	}
	defer d.ended()
	for r, err := range paced(replies, d.beat, d.halt) {
		if errors.Is(err, errHalted) {
			d.o.Count("discord.stopped")
			r, err = d.shown, nil
			r.Final = true
		}
		if err != nil {
			return err
		}
		if d.whole { // it is only to be remembered
			continue
		}
		if err := d.show(ctx, r); err != nil {
			return err
		}
	}
	return nil
}

// show posts a reply, or edits the post that stands.
func (d *delivery) show(ctx context.Context, r bot.Reply) error {
	if grows(r) {
		d.grow(ctx, r)
		return nil
	}
	if d.doubt {
		if err := d.find(ctx); err != nil {
			return err
		}
	}
	v, err := d.sees(ctx, r)
	if err != nil {
		return err
	}
	switch v {
	case bot.Open:
		err := d.open(ctx, r)
		if slices.Contains(closed, codeOf(err)) {
			return d.private(ctx, r)
		}
		return err
	case bot.Pointer:
		if !r.Final {
			return nil // the line is the same for every answer
		}
		return d.point(ctx, r)
	case bot.InDirect:
		err := d.direct(ctx, r)
		if errors.Is(err, bot.ErrGiveUp) && d.answerable() {
			if e := d.original(ctx, render(r, d.face(r, bot.Whisper))); codeOf(e) == 0 {
				return e // there is this way to what was pressed
			}
		}
		return err
	case bot.Whisper:
	}
	return d.private(ctx, r)
}

// sees tells who is to see a reply.
func (d *delivery) sees(ctx context.Context, r bot.Reply) (bot.Visibility, error) {
	manners, err := d.manners(ctx)
	return bot.See(d.p.Surface, r.Kind, d.m.Share && r.Privacy == bot.Everyone, manners), err
}

// closed are the codes after which another way is taken.
var closed = []int{
	codeUnknownChannel, codeMissingAccess, codeMissingPermission, codeCannotMessage, codeThreadLocked, codeCannotReply,
}

// private shows a reply to the asker alone: as the answer to what they pressed
// or typed, else in their direct messages.
func (d *delivery) private(ctx context.Context, r bot.Reply) error {
	if !d.answerable() {
		return d.direct(ctx, r)
	}
	p := render(r, d.face(r, bot.Whisper))
	err := d.original(ctx, p)
	switch codeOf(err) {
	case codeUnknownInteraction, codeUnknownWebhook, codeInvalidToken, codeUnknownMessage:
	default:
		return err
	}
	d.lapsed.Add(d.m.ID, struct{}{}) // or it would be answered there once more, if this comes again
	if stands, err := d.stands(ctx, p); stands || err != nil {
		return err
	}
	return d.direct(ctx, r)
}

// answerable tells whether what was pressed or typed may be answered itself.
func (d *delivery) answerable() bool {
	return d.p.Token != "" && time.Since(d.m.At) < tokenLife && !d.lapsed.Contains(d.m.ID)
}

// stands tells whether an earlier try, of which nobody heard what became, has put p
// where it cannot be changed any more. Where that is not to be known it has not.
func (d *delivery) stands(ctx context.Context, p post) (bool, error) {
	if !d.m.Handed.Again || d.fresh {
		return false, nil
	}
	var x posted
	err := d.rest.do(ctx, call{method: http.MethodGet, path: d.originalPath(), route: "webhook " + d.p.Token, free: true}, &x)
	switch {
	case err == nil:
		return x.says(p), nil
	case codeOf(err) != 0:
		return false, nil
	case errors.Is(err, bot.ErrUnclear):
		return false, fmt.Errorf("discord: not looked up (%w)", errAgain)
	}
	return false, err
}

func (d *delivery) originalPath() string {
	return "webhooks/" + d.p.App + "/" + d.p.Token + "/messages/@original"
}

// original makes a post of the deferred answer to an interaction. Doing so twice
// leaves one.
func (d *delivery) original(ctx context.Context, p post) error {
	return d.deferred(ctx, http.MethodPatch, p.edit(), p.Part)
}

// begun is how long after an interaction its acknowledgement may still be on its
// way: it goes out once the message is stored, and whoever answers may be quicker.
// Discord knows no answer to change before that.
const begun = 4 * time.Second

// deferred changes the deferred answer to an interaction; spare is as in a call.
func (d *delivery) deferred(ctx context.Context, method string, body any, spare bool) error {
	if ch, ok := d.acks.Load(d.m.ID); ok {
		if ch, ok := ch.(chan struct{}); ok {
			select {
			case <-ch:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
	}
	for pause := 20 * time.Millisecond; ; pause *= 2 {
		err := d.rest.do(ctx, call{
			method: method, path: d.originalPath(),
			route: "webhook " + d.p.Token, body: body, free: true, spare: spare,
		}, nil)
		if codeOf(err) != codeUnknownWebhook || time.Since(d.m.At) > begun {
			return err
		}
		if err := wait(ctx, pause); err != nil {
			return err
		}
	}
}

// open shows a reply to everybody: as a post of its own, in reply to the question.
func (d *delivery) open(ctx context.Context, r bot.Reply) error {
	err := d.post(ctx, render(r, d.face(r, bot.Open)), d.p.Channel, d.reference())
	if err == nil && r.Final && d.p.Token != "" && d.m.Share {
		// The press was acknowledged with "thinking", which the asker alone sees.
		_ = d.deferred(ctx, http.MethodDelete, nil, false) // gone by itself in a while, if this fails
	}
	return err
}

// reference is the message that a post replies to: the question.
func (d *delivery) reference() string {
	if d.p.Token != "" {
		return "" // a press has no message of its own
	}
	return d.p.Message
}

// point posts the line that is the same whatever was asked. Where it cannot be
// posted, the answer itself goes to the asker's direct messages: a button there
// would have no question to stand under.
func (d *delivery) point(ctx context.Context, r bot.Reply) error {
	err := d.post(ctx, pointer(d.o.Say, d.m.Lang), d.p.Channel, d.reference())
	if slices.Contains(closed, codeOf(err)) {
		return d.direct(ctx, r)
	}
	return err
}

// direct posts in the asker's direct messages, or edits what stands there.
func (d *delivery) direct(ctx context.Context, r bot.Reply) error {
	channel, reference := d.p.Channel, d.reference()
	if d.p.Guild != "" || d.p.Surface != bot.Direct || channel == "" {
		opened, err := d.openDirect(ctx)
		if err != nil {
			return err
		}
		channel, reference = opened, ""
	}
	err := d.post(ctx, render(r, d.face(r, bot.InDirect)), channel, reference)
	if slices.Contains(closed, codeOf(err)) {
		d.directs.Remove(d.p.User) // it may have become another
	}
	if err = giveUp(err); err != nil || !r.Final {
		return err
	}
	if reference == "" {
		d.whispered.Add(d.m.ID, struct{}{})
	}
	if d.answerable() { // what was pressed still says "thinking"
		_ = d.original(ctx, sentDirect(d.o.Say, d.m.Lang)) // the answer is there; this only says where
	}
	return nil
}

// giveUp says that no way to a person is left.
func giveUp(err error) error {
	if slices.Contains(closed, codeOf(err)) {
		return fmt.Errorf("no way to the person is open (%d): %w", codeOf(err), bot.ErrGiveUp)
	}
	return err
}

// openDirect is the channel of the asker's direct messages. It is opened once: where
// many have to be written to, each call counts. An answer to an interaction waits for a
// turn from here on, as others do.
func (d *delivery) openDirect(ctx context.Context) (string, error) {
	if err := d.admit(ctx); err != nil {
		return "", err
	}
	if id, ok := d.directs.Get(d.p.User); ok {
		return id, nil
	}
	d.rest.queue.more(time.Now(), d.rest.share())
	var c struct{ ID string }
	err := d.rest.do(ctx, call{
		method: http.MethodPost, path: "users/@me/channels", route: "dm", body: map[string]string{"recipient_id": d.p.User},
	}, &c)
	if errors.Is(err, bot.ErrUnclear) {
		err = fmt.Errorf("discord: direct messages not opened (%w)", errAgain) // nothing was posted: it may be tried at once
	}
	if err == nil && c.ID != "" {
		d.directs.Add(d.p.User, c.ID)
	}
	return c.ID, giveUp(err)
}

var errAgain = errors.New("discord did not answer")

// post posts in a channel, or edits the post that stands.
func (d *delivery) post(ctx context.Context, p post, channel, reference string) error {
	if d.id != "" && d.channel == channel { // what stands elsewhere has other readers
		return d.rest.do(ctx, call{
			method: http.MethodPatch, path: "channels/" + d.channel + "/messages/" + d.id, route: "edit " + d.channel, body: p.edit(), spare: p.Part,
		}, nil)
	}
	var x posted
	err := d.rest.do(ctx, call{
		method: http.MethodPost, path: "channels/" + channel + "/messages", route: "post " + channel, body: p.send(nonce(d.m.ID), reference),
		spare: p.Part,
	}, &x)
	if _, later := errors.AsType[*bot.LaterError](err); !later {
		d.absent = false
	}
	if codeOf(err) == codeUnknownMessage { // the question was deleted
		return fmt.Errorf("the question is gone: %w", bot.ErrGiveUp)
	}
	if err != nil {
		return err
	}
	d.id, d.channel = x.ID, channel
	if (d.m.Handed.Again || d.doubt) && !x.says(p) {
		return d.post(ctx, p, channel, reference) // its nonce was known: what stands is a beginning of it
	}
	return nil
}

// posted is what Discord says of a post, as far as it is read here.
type posted struct {
	ID      string          `json:"id"`
	Content string          `json:"content"`
	Embeds  []embed         `json:"embeds"`
	Rows    json.RawMessage `json:"components"`
}

// says tells whether a post shows what p does. It may say no of one that does.
func (x posted) says(p post) bool {
	var rows []row
	_ = json.Unmarshal(x.Rows, &rows) // what cannot be read is not ours
	same := func(a, b row) bool {
		return slices.EqualFunc(a.Buttons, b.Buttons, func(a, b button) bool { return a.ID == b.ID })
	}
	return x.Content == p.Content && slices.Equal(x.Embeds, p.Embeds) && slices.EqualFunc(rows, p.Rows, same)
}

// nonce is the mark by which Discord knows, for some minutes, that it has a post
// already: 25 characters at most.
func nonce(id bot.MessageID) string {
	s := string(id)
	return s[:min(len(s), 25)]
}

// face is what stands around a reply, by who sees it.
func (d *delivery) face(r bot.Reply, v bot.Visibility) face {
	f := face{Open: v == bot.Open, Say: d.o.Say, Growing: []action{{ID: pressStop + ":" + d.handle, Key: "stop"}}}
	add := func(id, key string) { f.Actions = append(f.Actions, action{ID: id, Key: key}) }
	if r.Recall != "" && v == bot.Whisper && d.p.Guild != "" {
		add(pressDirect+":"+r.Recall, "to_dm")
		if r.Shareable && !r.Kind.Personal() {
			add(pressShare+":"+r.Recall, "share")
		}
	}
	if r.Recall != "" && r.Kind == bot.Answer {
		add(pressUp+":"+r.Recall, "helpful")
		add(pressDown+":"+r.Recall, "not_helpful")
	}
	if v != bot.Whisper {
		add(pressRemove+":"+d.asker(d.p.User), "remove")
	}
	return f
}
