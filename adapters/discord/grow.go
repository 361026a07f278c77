package discord

import (
	"context"
	"crypto/rand"
	"errors"
	"strings"
	"sync"

	"porchlight/bot"
)

// grow shows a part of an answer to those who will see the whole, in the place of the
// part before. It does not matter when that fails: the whole is still to come. An
// answer that is given again comes whole: what stands of it may be more than this.
func (d *delivery) grow(ctx context.Context, r bot.Reply) {
	if d.m.Handed.Again || d.stuck {
		return
	}
	v, err := d.sees(ctx, r)
	if err != nil {
		return
	}
	put := d.before(v)
	if put == nil {
		return
	}
	if d.handle == "" {
		d.handle = rand.Text() // it stands in a button, so it is none that stands in a log
		d.growing.Store(d.handle, growth{d.p.User, sync.OnceFunc(func() { close(d.halt) })})
	}
	err = put(ctx, render(r, d.face(r, v)))
	unclear := errors.Is(err, bot.ErrUnclear)
	if err == nil || unclear {
		d.shown = r
	}
	if err == nil {
		return
	}
	d.o.Count("discord.growth_lost")
	if _, limited := errors.AsType[*bot.LaterError](err); !limited {
		d.stuck, d.doubt = true, unclear && d.id == ""
		d.o.Log.Info("a part of an answer is not shown", "message", d.m, "err", err)
	}
}

// before is how parts of an answer are shown where v lets the whole be seen, nil where
// only the whole is: after a neutral line, and where there is no place for it yet.
func (d *delivery) before(v bot.Visibility) func(context.Context, post) error {
	inChannel := func(ctx context.Context, p post) error { return d.post(ctx, p, d.p.Channel, d.reference()) }
	switch v {
	case bot.Open:
		return inChannel
	case bot.InDirect:
		if d.p.Guild == "" && d.p.Token == "" && d.p.Channel != "" {
			return inChannel
		}
	case bot.Whisper:
		if d.answerable() {
			return d.original
		}
	case bot.Pointer:
	}
	return nil
}

// ended forgets an answer of which there is no more to come.
func (d *delivery) ended() {
	if d.handle != "" {
		d.growing.Delete(d.handle)
	}
}

// A growth is an answer of which this process shows a part while more is to come: who
// asked, and what ends it.
type growth struct {
	user string
	stop func()
}

// stops is the handle of the answer that somebody wants no more of.
func (i interaction) stops() (handle string, ok bool) {
	what, handle, _ := strings.Cut(i.Data.CustomID, ":")
	return handle, i.Type == typeComponent && what == pressStop
}

// stop has an answer end with what is shown of it, if it is its asker who wants that.
// It is done at once: in the inbox it would wait for the very answer that it is to
// stop, and nothing is lost with it. An answer that has ended, or that another process
// gives, goes its way.
func (a *Adapter) stop(handle string, i interaction) acknowledgement {
	nothing := acknowledgement{Type: answerUpdateLater}
	x, ok := a.growing.Load(handle)
	if !ok {
		return nothing
	}
	if g, ok := x.(growth); ok && g.user == i.who() {
		g.stop()
		return nothing
	}
	refused := line(a.o.Say, i.Locale, "stop_refused").body()
	refused.Flags = flagEphemeral
	return acknowledgement{Type: answerMessage, Data: refused}
}
