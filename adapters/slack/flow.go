package slack

import (
	"errors"
	"time"

	"porchlight/bot"
)

// A rhythm is how fast an answer that a model writes may grow before people's eyes.
type rhythm struct {
	// hold is how long the first part of it waits for the rest: a quick model then
	// makes one post, and not a flicker of edits.
	hold time.Duration
	each time.Duration // the least time between one edit and the next
}

// calm is the rhythm that people can read with: somewhat slower than an edit a
// second, which Slack allows in a channel.
var calm = rhythm{hold: 700 * time.Millisecond, each: 1200 * time.Millisecond}

// errHalted comes with the reply that is the last one, because the asker wants no more.
var errHalted = errors.New("slack: stopped by the asker")

// settled are replies at the pace at which they can be shown: an urgent opening by
// itself only where the rest takes its time, and of an answer that grows no more
// than the rhythm allows. The final one and an error are never held
// back. Once halt is closed, the reply that was shown last comes once more, with
// errHalted, and nothing after it.
func settled(replies bot.Replies, beat rhythm, halt <-chan struct{}) bot.Replies {
	return func(yield func(bot.Reply, error) bool) {
		f := &flow{items: make(chan item), beat: beat, halt: halt}
		gone := make(chan struct{})
		go produce(replies, f.items, gone)
		defer func() {
			close(gone)
			for range f.items { // until replies has noticed
			}
		}()
		for x, ok := f.next(); ok; x, ok = f.next() {
			if x.panic != nil {
				panic(x.panic)
			}
			if !yield(x.r, x.err) || errors.Is(x.err, errHalted) {
				return
			}
			f.shown, f.at = x.r, time.Now()
		}
	}
}

// An item is what replies came to next.
type item struct {
	r     bot.Reply
	err   error
	panic any
}

// half tells whether more may come behind x.
func (x item) half() bool { return !x.r.Final && x.err == nil && x.panic == nil }

// produce hands over the latest of replies until they end, or gone is closed. A
// panic reaches the consumer, as with bot.Latest.
func produce(replies bot.Replies, items chan<- item, gone <-chan struct{}) {
	give := func(x item) bool {
		select {
		case items <- x:
			return true
		case <-gone:
			return false
		}
	}
	defer close(items)
	defer func() {
		if v := recover(); v != nil {
			give(item{panic: v})
		}
	}()
	for r, err := range bot.Latest(replies) {
		if !give(item{r: r, err: err}) {
			return
		}
	}
}

// A flow is where settled is with the replies.
type flow struct {
	items chan item
	beat  rhythm
	halt  <-chan struct{}
	shown bot.Reply // the last that was
	at    time.Time // when that was, zero before the first
}

// next is the newest reply once it may be shown; ok is false when there is none.
func (f *flow) next() (x item, ok bool) {
	select {
	case x, ok = <-f.items:
	case <-f.halt:
		return f.halted()
	}
	came := time.Now()
	for ok && x.half() {
		wait := time.Until(f.due(x.r, came))
		t := time.NewTimer(max(wait, 0))
		select {
		case fuller, more := <-f.items:
			t.Stop()
			if !more {
				return x, true
			}
			x = fuller
		case <-f.halt:
			t.Stop()
			return f.halted()
		case <-t.C:
			return x, true
		}
	}
	return x, ok
}

// due is when a reply may be shown, of which the first part came at a time.
func (f *flow) due(r bot.Reply, came time.Time) time.Time {
	switch {
	case r.Urgent:
		return time.Now().Add(patience)
	case f.at.IsZero():
		return came.Add(f.beat.hold)
	}
	return f.at.Add(f.beat.each)
}

func (f *flow) halted() (item, bool) { return item{r: f.shown, err: errHalted}, true }
