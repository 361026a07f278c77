package bot

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"
)

// Guarded is an Answerer that always comes to an end: what panics, yields
// nothing, or takes too long ends in a fixed text. Answerer and Fixed must be
// set.
type Guarded struct {
	Answerer Answerer
	// Fixed is the help text for a message. It needs no network and cannot fail.
	Fixed func(Message) Reply
	// Deadline is how long an answer may take; 0 means 40 seconds.
	Deadline time.Duration
	// Lost is told why an answer was replaced: "fixed", "panic", "deadline" or
	// "empty"; nil tells nobody.
	Lost func(reason string)
	Log  *slog.Logger // nil is silent
}

// Answer yields what the answerer does. An answer that was cut short is ended by
// the fixed text, or by the urgent reply that was already shown; only the end of
// ctx itself is an error. An answerer that does not heed its ctx is left behind.
func (g *Guarded) Answer(ctx context.Context, m Message) Replies {
	return func(yield func(Reply, error) bool) {
		if m.Handed.Fixed {
			g.lost("fixed")
			yield(g.fixed(m, Reply{}), nil)
			return
		}
		deadline := g.Deadline
		if deadline <= 0 {
			deadline = 40 * time.Second
		}
		inner, cancel := context.WithTimeout(ctx, deadline)
		defer cancel()
		replies := g.start(inner, m)
		var shown Reply
		for {
			var r Reply
			why := ""
			select {
			case x, ok := <-replies:
				switch {
				case !ok && inner.Err() != nil:
					why = "deadline"
				case !ok:
					why = "empty"
				case x.panicked:
					why = "panic"
				case x.err != nil && ctx.Err() == nil && inner.Err() != nil:
					why = "deadline"
				case x.err != nil:
					yield(x.Reply, x.err)
					return
				}
				r = x.Reply
			case <-inner.Done():
				why = "deadline"
			}
			if err := ctx.Err(); err != nil && why != "" {
				yield(shown, fmt.Errorf("answer %s: %w", m.ID, err))
				return
			}
			if why != "" {
				g.lost(why)
				r = g.fixed(m, shown)
			}
			shown = r
			if !yield(r, nil) || r.Final {
				return
			}
		}
	}
}

type guardedReply struct {
	Reply
	err      error
	panicked bool
}

// start has the message answered in a goroutine of its own, which ends when ctx
// does if the answerer heeds it.
func (g *Guarded) start(ctx context.Context, m Message) <-chan guardedReply {
	out := make(chan guardedReply)
	give := func(x guardedReply) bool {
		select {
		case out <- x:
			return true
		case <-ctx.Done():
			return false
		}
	}
	go func() {
		defer close(out)
		defer func() {
			if v := recover(); v != nil {
				if g.Log != nil {
					g.Log.Error("panic while answering", "message", m, "type", fmt.Sprintf("%T", v), "stack", string(debug.Stack()))
				}
				give(guardedReply{panicked: true})
			}
		}()
		for r, err := range g.Answerer.Answer(ctx, m) {
			if !give(guardedReply{Reply: r, err: err}) {
				return
			}
		}
	}()
	return out
}

// fixed ends an answer of which something may have been shown: the number to
// call stands, whatever happened after it.
func (g *Guarded) fixed(m Message, shown Reply) Reply {
	r := shown
	if !shown.Urgent {
		r = g.Fixed(m)
	}
	r.Final = true
	return r
}

func (g *Guarded) lost(reason string) {
	if g.Lost != nil {
		g.Lost(reason)
	}
}
