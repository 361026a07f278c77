package discord

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	"porchlight/bot"
)

// After a gap that no session bridges, what was said meanwhile is read up: in direct
// messages and channels in which somebody asked lately, and in those of which Discord
// says, as it greets, that something was written there since.
const (
	// answerable is how old a message may be and still be answered.
	answerable = 15 * time.Minute
	// slack is what clocks may differ by.
	slack = time.Minute
	// maxRead is how many places are read after one gap, and maxPages how many
	// hundreds of messages in each.
	maxRead, maxPages = 200, 20
	// maxRefused is after how many places that may not be read no more are asked
	// for: Discord counts what it refuses.
	maxRefused = 20
)

// A gap is a time in which nobody heard what was said. The zero value is none.
type gap struct {
	mu      sync.Mutex
	since   time.Time
	todo    []talk
	known   map[string]bool // places that are, or were, to be read
	refused int
	wake    chan struct{}
}

// open begins to read up what was said since a time, in some places and in those
// that servers name.
func (g *gap) open(since time.Time, places []talk) {
	g.mu.Lock()
	defer g.mu.Unlock()
	since = since.Add(-slack)
	if oldest := time.Now().Add(-answerable); since.Before(oldest) {
		since = oldest
	}
	g.since, g.known, g.refused, g.todo = since, map[string]bool{}, 0, nil
	for _, t := range slices.Backward(places) { // the latest first
		g.add(t)
	}
}

// add wants g.mu held.
func (g *gap) add(t talk) {
	if t.Channel == "" || g.known[t.Channel] || len(g.known) >= maxRead || g.refused >= maxRefused {
		return
	}
	g.known[t.Channel] = true
	g.todo = append(g.todo, t)
	if g.wake == nil {
		g.wake = make(chan struct{}, 1)
	}
	select {
	case g.wake <- struct{}{}:
	default:
	}
}

// server takes in what a server has: GUILD_CREATE. It does nothing while all was heard.
func (g *gap) server(raw []byte) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.since.IsZero() || time.Since(g.since) > 2*answerable {
		return
	}
	type room struct {
		ID   string `json:"id"`
		Last string `json:"last_message_id"`
	}
	var s struct {
		ID                string
		Channels, Threads []room
	}
	if json.Unmarshal(raw, &s) != nil || s.ID == "" {
		return
	}
	for _, r := range slices.Concat(s.Channels, s.Threads) {
		if written(r.Last).After(g.since) {
			g.add(talk{Channel: r.ID, Guild: s.ID})
		}
	}
}

// direct takes in direct messages in which somebody says something: of those in which
// nobody did before the gap, Discord names none by itself.
func (g *gap) direct(channel string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.since.IsZero() && time.Since(g.since) < answerable {
		g.add(talk{Channel: channel})
	}
}

// next is a place to read, and since when; it waits for one until ctx ends.
func (g *gap) next(ctx context.Context) (t talk, since time.Time, ok bool) {
	g.mu.Lock()
	if g.wake == nil {
		g.wake = make(chan struct{}, 1)
	}
	for len(g.todo) == 0 {
		g.mu.Unlock()
		select {
		case <-g.wake:
		case <-ctx.Done():
			return t, since, false
		}
		g.mu.Lock()
	}
	defer g.mu.Unlock()
	t, g.todo = g.todo[0], g.todo[1:]
	return t, g.since, true
}

// refuse notes a place that may not be read.
func (g *gap) refuse() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.refused++
	if g.refused >= maxRefused {
		g.todo = nil
	}
}

// read reads up each gap of a shard until ctx ends.
func (g *gap) read(ctx context.Context, s *shard) {
	for {
		t, since, ok := g.next(ctx)
		if !ok {
			return
		}
		err := s.readUp(ctx, t, since)
		switch e, refused := errors.AsType[*refusal](err); {
		case ctx.Err() != nil:
			return
		case refused && e.Status < http.StatusInternalServerError:
			g.refuse()
		case err != nil:
			s.o.Log.Warn("a place was not read up", "shard", s.id, "err", err)
		}
	}
}

// readUp hands on what was asked in a place since a time. What was heard all the
// same is known to the inbox.
func (s *shard) readUp(ctx context.Context, t talk, since time.Time) error {
	after := snowflakeAt(since)
	for range maxPages {
		all, err := s.page(ctx, t.Channel, after)
		if err != nil {
			return err
		}
		slices.SortFunc(all, func(a, b message) int { return cmp.Compare(number(a.ID), number(b.ID)) })
		for _, e := range all {
			after = max(after, number(e.ID))
			e.GuildID, e.ChannelID = t.Guild, t.Channel // which only the gateway says
			if m, ok := s.decoder.said(e); ok && time.Since(written(e.ID)) < answerable {
				s.o.Count("caught_up")
				s.store(ctx, m, func() {})
			}
		}
		if len(all) < pageSize {
			return nil
		}
	}
	return nil
}

const pageSize = 100

// page are the messages of a place after one, a hundred at most. It asks again
// where Discord was busy or broken, a few times.
func (s *shard) page(ctx context.Context, channel string, after uint64) (all []message, err error) {
	for n := range 4 {
		if err = s.Adapter.rest.reads(ctx); err == nil {
			all, err = s.readAfter(ctx, channel, after)
		}
		if _, refused := errors.AsType[*refusal](err); err == nil || refused {
			return all, err
		}
		pause := s.pace.first << n
		if e, ok := errors.AsType[*bot.LaterError](err); ok {
			pause = min(e.After, answerable)
		}
		if wait(ctx, pause) != nil {
			break
		}
	}
	return nil, err
}

// readAfter reads the first messages of a place after one, a hundred at most, in no
// order.
func (a *Adapter) readAfter(ctx context.Context, channel string, after uint64) (all []message, err error) {
	err = a.rest.do(ctx, call{
		method: http.MethodGet, route: "read " + channel,
		path: "channels/" + channel + "/messages?limit=" + strconv.Itoa(pageSize) + "&after=" + strconv.FormatUint(after, 10),
	}, &all)
	return all, err
}

// epoch is when Discord's numbers begin, in milliseconds.
const epoch = 1420070400000

// written is when the message of an id was, the zero time for what is none.
func written(id string) time.Time {
	n := number(id)
	if n == 0 {
		return time.Time{}
	}
	return timeOf(n)
}

// timeOf is when what has a number was written.
func timeOf(n uint64) time.Time { return time.UnixMilli(int64(n>>22) + epoch) }

// snowflakeAt is less than the id of whatever is written from that time on.
func snowflakeAt(t time.Time) uint64 { return uint64(max(t.UnixMilli()-epoch, 0)) << 22 }

func number(id string) uint64 {
	n, err := strconv.ParseUint(id, 10, 64)
	if err != nil {
		return 0
	}
	return n
}
