package discord

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"
)

// limits are what Discord says of connections.
type limits struct {
	URL    string `json:"url"`
	Shards int    `json:"shards"`
	Start  struct {
		Total       int `json:"total"`
		Remaining   int `json:"remaining"`
		ResetAfter  int `json:"reset_after"` // ms
		Concurrency int `json:"max_concurrency"`
	} `json:"session_start_limit"`
}

// reset is how long it takes until there are more identifies.
func (l limits) reset() time.Duration { return time.Duration(l.Start.ResetAfter) * time.Millisecond }

// spent tells that nobody may begin a session: a few are never used, as others may
// be about to use them, too.
func (l limits) spent() bool { return l.Start.Remaining <= l.Start.Total/100 }

// rest is how long to wait before one more, so that those that are left last until
// there are more: not at all while a quarter of them is not used up, and then the
// longer the fewer they are.
func (l limits) rest() time.Duration {
	free, left := l.Start.Total*3/4, l.Start.Remaining-l.Start.Total/100
	if l.Start.Remaining >= free || left < 1 {
		return 0
	}
	even := float64(l.reset()) / float64(left)
	return time.Duration(even * float64(free-l.Start.Remaining) / float64(free))
}

// A budget is how often sessions may begin: a thousand times a day, or Discord takes
// the token away; and a few shards at a time. To resume costs nothing.
type budget struct {
	a     *Adapter
	turns []turn

	mu    sync.Mutex
	last  limits
	asked time.Time
}

// A turn is of shards that may not begin at the same time.
type turn struct {
	taken chan struct{}
	next  time.Time // guarded by taken
}

// newBudget asks Discord, until it answers.
func newBudget(ctx context.Context, a *Adapter) (*budget, error) {
	b := &budget{a: a}
	if err := b.ask(ctx); err != nil {
		return nil, err
	}
	b.turns = make([]turn, max(b.last.Start.Concurrency, 1))
	for i := range b.turns {
		b.turns[i].taken = make(chan struct{}, 1)
	}
	return b, nil
}

// ask asks Discord how things are.
func (b *budget) ask(ctx context.Context) error {
	for n := 0; ; n++ {
		err := b.askOnce(ctx)
		if err == nil {
			return nil
		}
		if err := fatalError(err); err != nil {
			return err
		}
		if err := b.a.pause(ctx, min(n, soon)); err != nil {
			return err
		}
	}
}

func (b *budget) askOnce(ctx context.Context) error {
	var l limits
	err := b.a.rest.do(ctx, call{method: http.MethodGet, path: "gateway/bot", route: "gateway", own: true}, &l)
	if err == nil {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.last, b.asked = l, time.Now()
	}
	return err
}

// said is what Discord said last.
func (b *budget) said() limits {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.last
}

// begin waits until a shard may begin a session. done must be called once it has, or
// did not come to it.
func (b *budget) begin(ctx context.Context, shard int) (done func(), err error) {
	i := shard % len(b.turns)
	t := &b.turns[i]
	select {
	case t.taken <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	err = b.allowed(ctx)
	if err == nil {
		err = wait(ctx, time.Until(t.next))
	}
	if err == nil {
		err = b.alone(ctx, i)
	}
	if err != nil {
		<-t.taken
		return nil, err
	}
	return sync.OnceFunc(func() {
		_, _ = b.hold(ctx, i) // from now on, and not from when it began to connect
		t.next = time.Now().Add(b.a.pace.gap)
		<-t.taken
	}), nil
}

// allowed waits until Discord lets one more begin.
func (b *budget) allowed(ctx context.Context) error {
	for rested := false; ; {
		if err := b.recent(ctx); err != nil {
			return err
		}
		l := b.said()
		switch rest := l.rest(); {
		case l.spent():
			b.a.o.Log.Error("discord lets nobody begin for a time", "after", l.reset())
			if err := wait(ctx, max(l.reset(), b.a.pace.first)); err != nil {
				return err
			}
			if err := b.ask(ctx); err != nil {
				return err
			}
		case rest > 0 && !rested:
			b.a.o.Log.Error("few logins at discord are left", "after", rest)
			if err := wait(ctx, rest); err != nil {
				return err
			}
			rested = true
		default:
			b.mu.Lock()
			b.last.Start.Remaining-- // until it is asked again
			b.mu.Unlock()
			return nil
		}
	}
}

// recent asks again unless that was done just now. A Discord that does not tell, while
// many were left when it did, holds nobody up.
func (b *budget) recent(ctx context.Context) error {
	b.mu.Lock()
	known := time.Since(b.asked) < b.a.pace.gap
	b.mu.Unlock()
	if known {
		return nil
	}
	err := b.askOnce(ctx)
	if l := b.said(); err != nil && fatalError(err) == nil && !l.spent() && l.rest() == 0 {
		return ctx.Err()
	}
	if err != nil {
		return b.ask(ctx)
	}
	return nil
}

// alone waits until no other process has a shard of the same turn begin.
func (b *budget) alone(ctx context.Context, turn int) error {
	for {
		ok, err := b.hold(ctx, turn)
		if ok || err != nil { // a store that does not answer must not make everything deaf
			return ctx.Err()
		}
		if err := wait(ctx, b.a.pace.gap/5); err != nil {
			return err
		}
	}
}

// hold keeps other processes from a turn for as long as Discord wants.
func (b *budget) hold(ctx context.Context, turn int) (bool, error) {
	if b.a.o.Hold == nil {
		return true, nil
	}
	ok, _, err := b.a.o.Hold(ctx, fmt.Sprintf("discord login %d", turn), b.a.pace.gap)
	return ok, err
}
