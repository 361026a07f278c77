package local

import (
	"container/list"
	"context"
	"sync"
	"time"

	"porchlight/bot"
)

// A mailbox keeps the newest reply to each message for a while. It may be used
// by any number of goroutines.
type mailbox struct {
	keep time.Duration
	most int // how many posts

	mu     sync.Mutex
	posts  map[bot.MessageID]*list.Element // of *post
	byAge  list.List                       // the one changed longest ago first
	bells  map[bot.MessageID]map[chan struct{}]bool
	count  int         // of replies put here
	drop   *time.Timer // drops the oldest; nil while there is none
	closed bool
}

// A post is what is known of one message.
type post struct {
	id      bot.MessageID
	reply   bot.Reply
	number  int // of the reply, 0 while there is none
	changed time.Time
}

func newMailbox(keep time.Duration, most int) *mailbox {
	return &mailbox{
		keep: keep, most: most,
		posts: map[bot.MessageID]*list.Element{},
		bells: map[bot.MessageID]map[chan struct{}]bool{},
	}
}

// expect makes an id known whose reply is to come. One that is known already
// stays as it is.
func (b *mailbox) expect(id bot.MessageID) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.posts[id] == nil && !b.closed {
		b.touch(id)
	}
}

// put keeps r in the place of what it knew of id, and wakes who waits for it. A
// final reply is not undone by the beginnings of the same answer made again. It
// returns false when the box is closed.
func (b *mailbox) put(id bot.MessageID, r bot.Reply) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return false
	}
	p := b.touch(id)
	if p.reply.Final && !r.Final {
		return true
	}
	b.count++
	p.reply, p.number = r, b.count
	for bell := range b.bells[id] {
		select {
		case bell <- struct{}{}:
		default: // it rings already
		}
	}
	return true
}

// knows tells whether id was expected or answered, lately.
func (b *mailbox) knows(id bot.MessageID) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.posts[id] != nil
}

// newest is the newest reply to id and its number, which is 0 when there is none.
func (b *mailbox) newest(id bot.MessageID) (bot.Reply, int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if e := b.posts[id]; e != nil {
		p := of(e)
		return p.reply, p.number
	}
	return bot.Reply{}, 0
}

// follow shows the newest reply to id, and each that comes later unless a newer
// one is there by then. It calls beat now and then while it waits. It ends when
// show or beat says false, when nothing came for as long as silence, or with ctx.
func (b *mailbox) follow(ctx context.Context, id bot.MessageID, silence time.Duration, show func(bot.Reply) bool, beat func() bool) {
	bell, leave := b.listen(id)
	defer leave()
	enough := time.NewTimer(silence)
	defer enough.Stop()
	tick := time.NewTicker(heartbeat)
	defer tick.Stop()
	for seen := 0; ; {
		if r, number := b.newest(id); number > seen {
			seen = number
			if !show(r) {
				return
			}
			enough.Reset(silence)
		}
		select {
		case <-bell:
		case <-tick.C:
			if !beat() {
				return
			}
		case <-enough.C:
			return
		case <-ctx.Done():
			return
		}
	}
}

// listen gives a bell that rings once or more after each put for id.
func (b *mailbox) listen(id bot.MessageID) (bell chan struct{}, leave func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	bell = make(chan struct{}, 1)
	if b.bells[id] == nil {
		b.bells[id] = map[chan struct{}]bool{}
	}
	b.bells[id][bell] = true
	return bell, func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		delete(b.bells[id], bell)
		if len(b.bells[id]) == 0 {
			delete(b.bells, id)
		}
	}
}
