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

// A queue gives turns to messages, in the order in which they first came. What waits
// for no others - danger, what is read up, a call more than was thought - goes at once,
// and who has a turn comes later by as much.
type queue struct {
	mu    sync.Mutex
	next  time.Time // the first turn that nobody has
	turns *simplelru.LRU[bot.MessageID, booking]
	// absent are those that had theirs and nothing of whose answer can stand, by when
	// they come back.
	absent *simplelru.LRU[bot.MessageID, time.Time]
	// jumped is how many calls were made before those who had a turn. left is how many
	// more danger may make at once, and reads how many what is read up, as of filled.
	jumped, left, reads float64
	filled              time.Time
}

// A booking is when the turn of a message is. Fresh is one of which nothing can stand
// yet: it was turned away before anything was posted. Jumped is how many calls had been
// made before others when the turn was given.
type booking struct {
	at     time.Time
	fresh  bool
	jumped float64
}

const (
	// mostJump is how many seconds' calls danger may make at once: more than that Discord
	// would not take.
	mostJump = 2
	// reading is the part of all calls by which is read up what was missed, and mostReads
	// how many may be made at once.
	reading, mostReads = 0.25, 10
)

func newQueue() *queue {
	turns, err1 := simplelru.NewLRU[bot.MessageID, booking](mostTurns, nil)
	absent, err2 := simplelru.NewLRU[bot.MessageID, time.Time](mostTurns, nil)
	if err := errors.Join(err1, err2); err != nil {
		panic(err) // only for a size below one
	}
	return &queue{turns: turns, absent: absent, left: mostJump * share * usualRate, reads: mostReads}
}

// turn is how long it takes until a message may be answered, where so many a second are
// and none before open. Beyond a moment it is to come back then. fresh tells that
// nothing of an answer to it can stand.
func (q *queue) turn(m bot.Message, now, open time.Time, rate float64) (d time.Duration, fresh bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	had, ok, fresh := q.known(m, now)
	if ok && had.at.After(now.Add(moment)) {
		return had.at.Sub(now), fresh // it comes too early
	}
	q.turns.Remove(m.ID)
	gap := time.Duration(float64(time.Second) / rate)
	if open.Before(now) {
		open = now
	}
	if ok && open.Sub(now) <= moment {
		had.fresh = fresh
		return q.due(m.ID, had, now, open, gap), fresh
	}
	at := later(q.next, now.Add(-burst*gap))
	if open.After(now) {
		at = later(at, open)
	}
	if d = at.Sub(now); d > longestRest {
		return longestRest/2 + rand.N(longestRest/2), false // nobody knows when
	}
	q.next = at.Add(gap * time.Duration(callsFor(fresh)))
	if d > moment {
		q.turns.Add(m.ID, booking{at, fresh, q.jumped})
	}
	return max(d, 0), fresh
}

// callsFor is how many calls an answer takes: where something may stand it is looked up
// first.
func callsFor(fresh bool) float64 {
	if fresh {
		return 1
	}
	return 2
}

// known is what is known of a message that comes. It wants q.mu held.
func (q *queue) known(m bot.Message, now time.Time) (had booking, ok, fresh bool) {
	had, ok = q.turns.Get(m.ID)
	due, absent := q.absent.Get(m.ID)
	q.absent.Remove(m.ID)
	fresh = !m.Handed.Again || ok && had.fresh && now.Sub(had.at) < punctual || absent && now.Sub(due) < punctual
	return had, ok, fresh
}

// due is how long a message whose turn it is has to wait: as long as what jumped the queue
// since the turn was given takes. It wants q.mu held.
func (q *queue) due(id bot.MessageID, b booking, now, open time.Time, gap time.Duration) time.Duration {
	owed := time.Duration((q.jumped - b.jumped) * float64(gap))
	if owed <= moment {
		return max(open.Sub(now), b.at.Sub(now))
	}
	q.turns.Add(id, booking{now.Add(owed), b.fresh, q.jumped})
	return owed
}

// fill adds the room of the time that has passed. It wants q.mu held.
func (q *queue) fill(now time.Time, rate float64) {
	if !q.filled.IsZero() && now.After(q.filled) {
		more := now.Sub(q.filled).Seconds() * rate
		q.left, q.reads = min(q.left+more, mostJump*rate), min(q.reads+reading*more, mostReads)
	}
	q.filled = later(q.filled, now)
}

// rush is how long a message waits that waits for no others: not at all, but where so
// many of them come that Discord would not take them. fresh is as of turn.
func (q *queue) rush(m bot.Message, now time.Time, rate float64) (d time.Duration, fresh bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	_, _, fresh = q.known(m, now)
	q.fill(now, rate)
	if short := callsFor(fresh) - q.left; short > 0 {
		return time.Duration(short/rate*float64(time.Second)) + rand.N(time.Second), fresh
	}
	q.jump(callsFor(fresh), now, rate)
	return 0, fresh
}

// more notes a call beyond those that a message was let in for.
func (q *queue) more(now time.Time, rate float64) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.fill(now, rate)
	q.jump(1, now, rate)
}

// read is how long it takes until a call may be made that reads up what was missed.
func (q *queue) read(now time.Time, rate float64) time.Duration {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.fill(now, rate)
	if short := 1 - q.reads; short > 0 {
		return time.Duration(short / (reading * rate) * float64(time.Second))
	}
	q.reads--
	q.jump(1, now, rate)
	return 0
}

// jump takes calls before those who have a turn. It wants q.mu held.
func (q *queue) jump(calls float64, now time.Time, rate float64) {
	gap := float64(time.Second) / rate
	q.left -= calls
	q.jumped += calls
	q.next = later(q.next, now.Add(-burst*time.Duration(gap))).Add(time.Duration(calls * gap))
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
	r, now, rate := a.rest, time.Now(), a.rest.share()
	var d time.Duration
	if a.o.Rush(m) {
		d, fresh = r.queue.rush(m, now, rate)
	} else {
		r.mu.Lock()
		open := r.until
		r.mu.Unlock()
		d, fresh = r.queue.turn(m, now, open, rate)
	}
	if d > moment {
		return false, &bot.LaterError{After: d, Err: errLimited}
	}
	return fresh, wait(ctx, d)
}

// share is how many calls a second go to messages whose turn it is.
func (r *rest) share() float64 { return share * r.global.rate() }

// reads waits until a call may be made that reads up what was missed.
func (r *rest) reads(ctx context.Context) error {
	for {
		d := r.queue.read(time.Now(), r.share())
		if d <= 0 {
			return nil
		}
		if err := wait(ctx, d); err != nil {
			return err
		}
	}
}
