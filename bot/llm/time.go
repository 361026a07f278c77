package llm

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"
)

// A watcher ends a ctx when nothing happened for a while. It is used by one goroutine.
type watcher struct {
	cancel context.CancelCauseFunc
	timer  *time.Timer
	why    *why
	until  time.Time
}

// watch makes a watcher that waits for nothing yet.
func watch(ctx context.Context) (context.Context, *watcher) {
	ctx, cancel := context.WithCancelCause(ctx)
	return ctx, &watcher{cancel: cancel}
}

// within ends the ctx for this reason unless something happens within d.
func (w *watcher) within(d time.Duration, why *why) {
	w.rest()
	w.why, w.until = why, time.Now().Add(d)
	w.resume()
}

// rest waits for nothing until resume or within.
func (w *watcher) rest() {
	if w.timer != nil {
		w.timer.Stop()
	}
}

// resume waits on for what was waited for before rest, until the same time as before.
func (w *watcher) resume() {
	why := w.why
	w.timer = time.AfterFunc(time.Until(w.until), func() { w.cancel(fail(why)) })
}

// stop frees what the watcher holds, and ends the ctx.
func (w *watcher) stop() {
	w.rest()
	w.cancel(nil)
}

// cause is why the ctx was ended, or the error if it was not.
func (w *watcher) cause(ctx context.Context, err error) error {
	if f, ok := errors.AsType[*failure](context.Cause(ctx)); ok {
		return f
	}
	return err
}

// explain makes a failure of whatever ended an attempt that a caller's ctx bounds. What
// is left is what the library itself will not send.
func explain(callers context.Context, err error) *failure {
	if callers.Err() != nil {
		return &failure{cause: callers.Err()}
	}
	if f, ok := errors.AsType[*failure](err); ok {
		own := *f // the original may be shared
		return &own
	}
	return fail(whyRequest)
}

// ended is the failure, or the caller's own end if that came while it was waited.
func ended(callers context.Context, f *failure) *failure {
	if f.cause == nil && callers.Err() != nil {
		return &failure{cause: callers.Err(), begun: f.begun}
	}
	return f
}

// again waits before the next of a call's attempts. It is false when there should be
// none: it would not help, the time is too short, or there were too many.
func (c *Client) again(ctx context.Context, tries int, f *failure) bool {
	if f.cause != nil || !f.again || tries >= c.options.Attempts {
		return false
	}
	wait := pause(tries, f.after)
	if end, ok := ctx.Deadline(); ok && time.Until(end) <= wait || wait > mostPause {
		return false
	}
	if !c.retries.Allow() {
		return false
	}
	c.options.Counted("retry", f.reason)
	t := time.NewTimer(wait)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

const (
	firstPause = 500 * time.Millisecond
	mostPause  = 10 * time.Second // whoever asks to wait longer is not waited for
)

// pause is how long to wait after so many tries: a random part of a time that doubles,
// so that callers who failed together do not come back together, and never less than
// the server asked for.
func pause(tries int, asked time.Duration) time.Duration {
	most := min(firstPause<<min(tries-1, 10), mostPause)
	if asked > 0 {
		return asked + rand.N(firstPause/2)
	}
	return rand.N(most) + time.Millisecond
}
