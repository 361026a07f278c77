package local

import (
	"container/list"
	"time"

	"porchlight/bot"
)

// How a mailbox forgets: what has not changed for long, and the oldest when there
// are too many. touch and forget want the lock held.

// touch makes the post of id, or finds it, and makes it the youngest.
func (b *mailbox) touch(id bot.MessageID) *post {
	e := b.posts[id]
	if e == nil {
		e = b.byAge.PushBack(&post{id: id})
		b.posts[id] = e
	}
	b.byAge.MoveToBack(e)
	p := of(e)
	p.changed = time.Now()
	for len(b.posts) > b.most {
		b.forget(b.byAge.Front())
	}
	if b.drop == nil {
		b.drop = time.AfterFunc(b.keep, b.sweep)
	}
	return p
}

func (b *mailbox) forget(e *list.Element) {
	b.byAge.Remove(e)
	delete(b.posts, of(e).id)
}

// sweep forgets what is too old and comes back for the next.
func (b *mailbox) sweep() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return
	}
	b.drop = nil
	for e := b.byAge.Front(); e != nil; e = b.byAge.Front() {
		if rest := b.keep - time.Since(of(e).changed); rest > 0 {
			b.drop = time.AfterFunc(rest, b.sweep)
			return
		}
		b.forget(e)
	}
}

// close forgets everything, and takes nothing any more. Those who wait are not
// woken: their ctx does so.
func (b *mailbox) close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed = true
	clear(b.posts)
	b.byAge.Init()
	if b.drop != nil {
		b.drop.Stop()
	}
}

func (b *mailbox) isClosed() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.closed
}

func of(e *list.Element) *post {
	return e.Value.(*post) //nolint:errcheck // nothing else is ever put in
}
