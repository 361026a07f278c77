package inbox

import (
	"cmp"
	"container/list"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"porchlight/bot"
)

// grace is how long a message in hand may go on once Work was told to end.
const grace = 10 * time.Second

var errNoID = errors.New("inbox: a message without an id")

// Memory is an inbox in the memory of the process: what is open when the
// process dies is lost. It is for tests, and for running without a disk. The
// zero value is ready; set the fields before the first use. It may be used by
// any number of goroutines, several calls of Work among them. A conversation
// takes up memory only while a message of it is open.
type Memory struct {
	// Workers is how many messages one call of Work has in hand at once; 0 means 16.
	Workers int
	// MaxOpen is how many messages of one conversation may be open; 0 means 20.
	// Beyond it Put blocks until one is answered.
	MaxOpen int
	// Retries is how often a message comes back before it is buried; 0 means 5.
	Retries int
	// Backoff is how long a message rests after its nth failure, n from 1. nil
	// means about one second, doubling up to a minute, spread so that what
	// failed together does not come back together.
	Backoff func(n int) time.Duration
	// Remember is how many answered ids are known, the latest ones; 0 means 10,000.
	Remember int
	// Log gets what failed and what was buried, never a person's words; nil discards.
	Log *slog.Logger

	mu       sync.Mutex
	ids      map[bot.MessageID]*list.Element // nil while open, else its place in answered
	answered list.List                       // of bot.MessageID, the latest first
	talks    map[bot.ConversationID]*talk    // those with an open message
	ready    []*talk                         // those whose first message may be taken, in turn
	stirred  chan struct{}                   // closed, and made anew, when ready grows
	buried   int
}

// A talk is the open messages of one conversation.
type talk struct {
	// open are stored, in order. Only the first is ever in hand or resting.
	open []*letter
	// outside are those whose Put waits for room, in order.
	outside []*letter
}

type letter struct {
	bot.Message
	tries  int           // that ended in an error, or may
	taken  bool          // was handed out before
	stored chan struct{} // closed once Put may return; nil when nobody waits
}

var _ bot.Inbox = (*Memory)(nil)

// Put keeps m, or does nothing when its ID is known: open, or one of the
// answered that are remembered. It blocks only while its conversation is full.
// When ctx ends first, m is not kept and the error is that of ctx.
func (b *Memory) Put(ctx context.Context, m bot.Message) error {
	if m.ID == "" {
		return errNoID
	}
	if err := ctx.Err(); err != nil { // a platform that hears no now will ask again
		return fmt.Errorf("put %s: %w", m.ID, err)
	}
	l, t := b.put(m)
	if l == nil {
		return nil
	}
	select {
	case <-l.stored:
		return nil
	case <-ctx.Done():
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	i := slices.Index(t.outside, l)
	if i < 0 { // room and the end came together
		return nil
	}
	t.outside = slices.Delete(t.outside, i, i+1)
	return fmt.Errorf("put %s: %w", m.ID, ctx.Err())
}

// put stores m, or returns it as a letter that waits outside its conversation.
func (b *Memory) put(m bot.Message) (*letter, *talk) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.prepare()
	if b.known(m.ID) {
		return nil, nil
	}
	t := b.talks[m.Conversation]
	if t == nil {
		t = &talk{}
		b.talks[m.Conversation] = t
	}
	m.Handed = bot.Handed{}
	l := &letter{Message: m}
	if len(t.open) < cmp.Or(b.MaxOpen, 20) { // else those outside came before
		b.store(t, l)
		return nil, nil
	}
	l.stored = make(chan struct{})
	t.outside = append(t.outside, l)
	return l, t
}

// Work hands messages to do until ctx ends, and then returns nil once those in
// hand are done. These keep a live context for up to ten more seconds; after
// that it is cancelled and Work still waits for do to return. What is not
// answered by then stays for the next Work, uncounted as a failure.
//
// A panic in do is contained: it is logged, without its value, which may hold
// a person's words, and counts as an error.
func (b *Memory) Work(ctx context.Context, do func(context.Context, bot.Message) error) error {
	live, cut := context.WithCancel(context.WithoutCancel(ctx))
	defer cut()
	hands := make(chan struct{}, cmp.Or(b.Workers, 16))
	var busy sync.WaitGroup
	for {
		select {
		case hands <- struct{}{}:
		case <-ctx.Done():
		}
		t, l := b.next(ctx)
		if l == nil {
			break
		}
		busy.Go(func() {
			defer func() { <-hands }()
			b.answer(live, t, l, do)
		})
	}
	late := time.AfterFunc(grace, cut)
	defer late.Stop()
	busy.Wait()
	return nil
}

// Open is how many messages are kept and not answered yet.
func (b *Memory) Open() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.ids) - b.answered.Len()
}

// Buried is how many messages were given up since the start.
func (b *Memory) Buried() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buried
}

// next takes the first message of the conversation whose turn it is, waiting
// for one; nil when ctx ended.
func (b *Memory) next(ctx context.Context) (*talk, *letter) {
	for ctx.Err() == nil {
		t, l, stirred := b.take()
		if l != nil {
			return t, l
		}
		select {
		case <-stirred:
		case <-ctx.Done():
		}
	}
	return nil, nil
}

func (b *Memory) take() (*talk, *letter, <-chan struct{}) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.prepare()
	if len(b.ready) == 0 {
		return nil, nil, b.stirred
	}
	t := b.ready[0]
	b.ready[0] = nil
	if b.ready = b.ready[1:]; len(b.ready) == 0 {
		b.ready = nil // let go of the array a rush has left behind
	}
	l := t.open[0]
	l.Handed = bot.Handed{Again: l.taken, Fixed: l.tries >= cmp.Or(b.Retries, 5)}
	l.tries++
	l.taken = true
	return t, l, nil
}

// answer has l, the first of t, answered and settles what comes of it, even if
// do ends its goroutine.
func (b *Memory) answer(ctx context.Context, t *talk, l *letter, do func(context.Context, bot.Message) error) {
	Contain(ctx, b.log(), l.Message, do, func(err error) { b.settle(ctx, t, l, err) })
}

// settle removes, buries or brings back l, the message in hand.
func (b *Memory) settle(ctx context.Context, t *talk, l *letter, err error) {
	switch {
	case err == nil:
		b.remove(t, 0)
	case errors.Is(err, bot.ErrGiveUp), l.tries > cmp.Or(b.Retries, 5) && ctx.Err() == nil:
		b.log().Error("message buried", "message", l.Message, "tries", l.tries, "err", err)
		b.remove(t, 1)
	case ctx.Err() != nil: // its time was cut short; that was not its fault
		b.log().Info("message left for later", "message", l.Message, "err", err)
		b.mu.Lock()
		defer b.mu.Unlock()
		l.tries--
		b.offer(t)
	default:
		rest := b.rest(l.tries)
		b.log().Warn("message comes back", "message", l.Message, "tries", l.tries, "after", rest, "err", err)
		time.AfterFunc(rest, func() {
			b.mu.Lock()
			defer b.mu.Unlock()
			b.offer(t)
		})
	}
}

// remove takes the first message off t, lets those outside in, and passes the
// turn on.
func (b *Memory) remove(t *talk, buried int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.buried += buried
	l := t.open[0]
	t.open = slices.Delete(t.open, 0, 1)
	b.ids[l.ID] = b.answered.PushFront(l.ID)
	for b.answered.Len() > cmp.Or(b.Remember, 10_000) {
		oldest, _ := b.answered.Remove(b.answered.Back()).(bot.MessageID)
		delete(b.ids, oldest)
	}
	left := len(t.open) > 0
	for len(t.outside) > 0 && len(t.open) < cmp.Or(b.MaxOpen, 20) {
		next := t.outside[0]
		t.outside = slices.Delete(t.outside, 0, 1)
		if !b.known(next.ID) {
			b.store(t, next)
		}
		close(next.stored)
	}
	switch {
	case left:
		b.offer(t)
	case len(t.open) == 0:
		delete(b.talks, l.Conversation)
	}
}

// prepare, known, store and offer want b.mu held.

func (b *Memory) prepare() {
	if b.ids == nil {
		b.ids = make(map[bot.MessageID]*list.Element)
		b.talks = make(map[bot.ConversationID]*talk)
		b.stirred = make(chan struct{})
	}
}

func (b *Memory) known(id bot.MessageID) bool {
	e, ok := b.ids[id]
	if e != nil {
		b.answered.MoveToFront(e) // a platform that repeats may repeat again
	}
	return ok
}

// store appends l and, when it is the first, offers the conversation.
func (b *Memory) store(t *talk, l *letter) {
	b.ids[l.ID] = nil
	t.open = append(t.open, l)
	if len(t.open) == 1 {
		b.offer(t)
	}
}

func (b *Memory) offer(t *talk) {
	b.ready = append(b.ready, t)
	close(b.stirred)
	b.stirred = make(chan struct{})
}

func (b *Memory) rest(n int) time.Duration {
	if b.Backoff != nil {
		return b.Backoff(n)
	}
	d := min(time.Second<<min(n-1, 6), time.Minute)
	return d/2 + rand.N(d)
}

func (b *Memory) log() *slog.Logger {
	if b.Log == nil {
		return slog.New(slog.DiscardHandler)
	}
	return b.Log
}
