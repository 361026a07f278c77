package discord

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"

	"porchlight/bot"
)

// While more is asked than Discord lets be answered, messages rest in the inbox, each
// until a turn of its own, and hold up nobody: what comes with an interaction may be
// answered at once, whatever the rest waits for.
const (
	// moment is how far off a turn may be for which a worker waits.
	moment = 200 * time.Millisecond
	// burst is how many messages may be answered at once after a calm time.
	burst = 10
	// longestRest is how far ahead turns are given: no message rests for longer.
	longestRest = 9 * time.Minute
	// mostTurns is how many of them are remembered.
	mostTurns = 20_000
	// punctual is how late a message may come for its turn so that nobody else can have
	// had it in hand since.
	punctual = time.Second
)

// A queue gives turns to messages, in the order in which they first came.
type queue struct {
	mu    sync.Mutex
	next  time.Time // the first turn that nobody has
	turns *simplelru.LRU[bot.MessageID, booking]
	// absent are those that had theirs and nothing of whose answer can stand, by when
	// they come back.
	absent *simplelru.LRU[bot.MessageID, time.Time]
}

// A booking is when the turn of a message is. Fresh is one of which nothing can stand
// yet: it was turned away before anything was posted.
type booking struct {
	at    time.Time
	fresh bool
}

func newQueue() *queue {
	turns, err1 := simplelru.NewLRU[bot.MessageID, booking](mostTurns, nil)
	absent, err2 := simplelru.NewLRU[bot.MessageID, time.Time](mostTurns, nil)
	if err := errors.Join(err1, err2); err != nil {
		panic(err) // only for a size below one
	}
	return &queue{turns: turns, absent: absent}
}

// turn is how long it takes until a message may be answered, where so many a second are
// and none before open. Beyond a moment it is to come back then. fresh tells that
// nothing of an answer to it can stand.
func (q *queue) turn(m bot.Message, now, open time.Time, rate float64) (d time.Duration, fresh bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	had, ok := q.turns.Get(m.ID)
	due, absent := q.absent.Get(m.ID)
	q.absent.Remove(m.ID)
	fresh = !m.Handed.Again || ok && had.fresh && now.Sub(had.at) < punctual || absent && now.Sub(due) < punctual
	if ok && had.at.After(now.Add(moment)) {
		return had.at.Sub(now), fresh // it comes too early
	}
	q.turns.Remove(m.ID)
	if open.Before(now) {
		open = now
	}
	if ok && open.Sub(now) <= moment {
		return max(open.Sub(now), had.at.Sub(now)), fresh
	}
	gap := time.Duration(float64(time.Second) / rate)
	at := later(q.next, now.Add(-burst*gap))
	if open.After(now) {
		at = later(at, open)
	}
	if d = at.Sub(now); d > longestRest {
		return longestRest/2 + rand.N(longestRest/2), false // nobody knows when
	}
	q.next = at.Add(gap)
	if !fresh {
		q.next = q.next.Add(gap) // it is looked up first
	}
	if d > moment {
		q.turns.Add(m.ID, booking{at, fresh})
	}
	return max(d, 0), fresh
}

// back notes that a message was let in, found no room and comes back at a time, and that
// nothing of an answer to it can stand.
func (q *queue) back(id bot.MessageID, at time.Time) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.absent.Add(id, at)
}

// late tells that a call which is made in any case finds no room until at.
func (q *queue) late(at time.Time) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.next = later(q.next, at)
}

// busy tells whether anybody waits.
func (q *queue) busy(now time.Time) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.next.After(now)
}

// share is the part of all calls that go to messages whose turn it is, one each: those
// that need more, and interactions whose answers go elsewhere, find room beside them.
const share = 0.8

// admitted waits for the turn of a message. The error is a bot.LaterError where that is
// far off. fresh tells that nothing of an answer can stand, however often it came.
func (a *Adapter) admitted(ctx context.Context, m bot.Message) (fresh bool, err error) {
	r := a.rest
	r.mu.Lock()
	open := r.until
	r.mu.Unlock()
	d, fresh := r.queue.turn(m, time.Now(), open, share*r.global.rate())
	if d > moment {
		return false, &bot.LaterError{After: d, Err: errLimited}
	}
	return fresh, wait(ctx, d)
}
