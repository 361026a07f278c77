package bot

import (
	"context"
	"errors"
	"iter"
	"time"
)

// ErrGiveUp buries a message: it cannot be answered, and trying again is no use.
var ErrGiveUp = errors.New("bot: give up")

// ErrUnclear says that a post may have arrived or not: a timeout, a connection
// cut after sending, a server's own error. The message rests until such a post
// can no longer be on its way, and comes back with Handed.Again set.
var ErrUnclear = errors.New("bot: outcome unknown")

// A LaterError is a refusal that names its end, such as a rate limit.
type LaterError struct {
	After time.Duration // how long the message is to rest
	Err   error
}

func (e *LaterError) Error() string { return e.Err.Error() }

// Unwrap returns the refusal itself.
func (e *LaterError) Unwrap() error { return e.Err }

// Replies are the growing answers to one message; the last one is Final. An
// error means that the answer was cut short and the message will come back.
type Replies = iter.Seq2[Reply, error]

// An Adapter is one chat platform.
type Adapter interface {
	// Name is the Adapter of the addresses it writes.
	Name() string
	// Run turns platform events into messages until ctx ends, and then returns
	// nil. It acknowledges an event to the platform only after accept returned
	// nil; accept blocks until the message is stored.
	Run(ctx context.Context, accept func(context.Context, Message) error) error
	// Deliver answers m: it posts the first reply and edits the same post for
	// each later one. It ranges over replies once, also when the answer stands
	// already, and returns the error that ended them. Delivering the same m
	// again, which Handed.Again tells, leaves one post.
	Deliver(ctx context.Context, m Message, replies Replies) error
}

// An Inbox keeps each message from Put until it has been answered.
type Inbox interface {
	// Put returns nil once m is as safe as this inbox can make it. An ID that
	// is known, answered or not, is a no-op.
	Put(ctx context.Context, m Message) error
	// Work hands messages to do: in order within a conversation, in parallel
	// between them. nil removes the message, an error brings it back later,
	// ErrGiveUp buries it. When ctx ends, Work takes no more, lets running ones
	// finish, and returns nil; an error means that the store is beyond use and
	// the process should end.
	Work(ctx context.Context, do func(context.Context, Message) error) error
}

// An Answerer answers, with or without a model.
type Answerer interface {
	// Answer yields at least one reply, the last one Final. It does not block
	// before the first reply longer than triage takes, and stops early when
	// ctx ends.
	Answer(ctx context.Context, m Message) Replies
}

// Latest skips to the newest reply while the consumer is busy, and never loses
// the last one, nor the error that ended the answer. It is for platforms with a
// slow edit rate: replies are whole, not deltas, so those in between are no
// loss. When the consumer stops early, Latest waits until replies has noticed,
// which is at its next yield. A panic of replies reaches the consumer.
func Latest(replies Replies) Replies {
	return func(yield func(Reply, error) bool) {
		type item struct {
			r     Reply
			err   error
			panic any
		}
		box := make(chan item, 1)
		gone := make(chan struct{})
		done := make(chan struct{})
		put := func(it item) {
			select { // take an unread one out; the newer one holds it all
			case <-box:
			default:
			}
			box <- it // never blocks: this goroutine alone fills it
		}
		go func() {
			defer close(done)
			defer close(box)
			defer func() {
				if v := recover(); v != nil {
					put(item{panic: v})
				}
			}()
			for r, err := range replies {
				select {
				case <-gone:
					return
				default:
					put(item{r: r, err: err})
				}
			}
		}()
		defer func() {
			close(gone)
			<-done
		}()
		for it := range box {
			if it.panic != nil {
				panic(it.panic)
			}
			if !yield(it.r, it.err) {
				return
			}
		}
	}
}
