package slack

import (
	"context"
	"sync"

	"porchlight/bot"
)

// grows tells whether a reply is a part of an answer that can be left out: the whole
// comes after it, and no help waits for it.
func grows(r bot.Reply) bool { return !r.Final && !r.Urgent }

// roomy takes the turn for a part of an answer, and tells whether there was one:
// where much is going on an answer is shown only whole.
func (d *delivery) roomy(channel string) bool {
	if d.ts == "" || d.channel != channel {
		return d.pace.channel(channel).roomy()
	}
	if d.open && !d.unstreamed {
		return d.pace.methods["chat.appendStream"].roomy()
	}
	return d.pace.methods["chat.update"].roomy() && d.pace.channel(channel).roomy()
}

// part shows a part of an answer, where there is room for it. The error is Slack's
// own, and tells of a post that was not made, or may have been.
func (d *delivery) part(ctx context.Context, r bot.Reply, channel, thread string, open bool) error {
	if !d.roomy(channel) {
		return nil
	}
	post := d.rendered(r, open)
	if d.ts != "" && d.channel == channel {
		d.grow(ctx, r, post)
		return nil
	}
	if d.streams(r, channel, thread) {
		if ok, err := d.begin(ctx, r, post, channel, thread); ok || err != nil {
			return err
		}
	}
	err := d.put(ctx, r, post, channel, thread, open)
	if err == nil {
		d.growing.begin(d)
	}
	if limited(err) != nil {
		err = nil // the whole may have more luck
	}
	return err
}

// grow puts a fuller part of an answer in the place of the one that stands. It does
// not matter when that fails: the whole is still to come.
func (d *delivery) grow(ctx context.Context, r bot.Reply, p post) {
	d.growing.begin(d)
	if d.open && !d.unstreamed && d.append(ctx, r) {
		return
	}
	err := d.close(ctx)
	if err == nil {
		err = d.update(ctx, p, false)
	}
	if err != nil {
		d.o.Count("slack.growth_lost")
		d.o.Log.Debug("a part of an answer is not shown", "message", d.m, "err", safe(err))
	}
}

// growing are the answers of which this process shows a part, and more is to come.
type growing struct {
	mu sync.Mutex
	by map[bot.MessageID]growth
}

// A growth is whose such an answer is, where it stands, and what ends it.
type growth struct {
	who             bot.PersonID
	channel, thread string
	stop            func()
}

func (g *growing) begin(d *delivery) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.by[d.m.ID] = growth{d.m.Person, d.channel, first(d.p.Thread, d.p.TS), d.stop}
}

func (g *growing) end(d *delivery) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.by, d.m.ID)
}

// stop has an answer end with what is shown of it, for its asker and nobody else:
// the one that a button names, or the one in the thread of a place. An answer that
// has ended, or that another process gives, is none of them.
func (g *growing) stop(who bot.PersonID, at place) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for id, x := range g.by {
		named := at.Arg == string(id)
		there := at.Arg == "" && at.Thread != "" && at.Channel == x.channel && at.Thread == x.thread
		if x.who == who && (named || there) {
			x.stop()
		}
	}
}
