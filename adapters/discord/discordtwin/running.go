package discordtwin

import (
	"context"
	"net/http"
	"time"
)

// Await asks ok after each change of the twin until it agrees, or returns the error
// of ctx. ok may call any method of the twin.
func (tw *Twin) Await(ctx context.Context, ok func() bool) error {
	for {
		tw.mu.Lock()
		changed := tw.changed
		tw.mu.Unlock()
		if ok() {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// touch wakes everybody who waits. It wants tw.mu held.
func (tw *Twin) touch() {
	close(tw.changed)
	tw.changed = make(chan struct{})
}

// begin tells whether something may still start; if so it must end with
// tw.running.Done.
func (tw *Twin) begin() bool {
	tw.mu.Lock()
	defer tw.mu.Unlock()
	if tw.closed {
		return false
	}
	tw.running.Add(1)
	return true
}

func (tw *Twin) counted(h http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if !tw.begin() {
			return
		}
		defer tw.running.Done()
		h(w, r)
	}
}

// pause waits, unless the twin is closed or gone is first; it tells whether the
// time has passed.
func (tw *Twin) pause(d time.Duration, gone <-chan struct{}) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-gone:
	case <-tw.done:
	}
	return false
}

func (tw *Twin) now() time.Time { return tw.options.Now() }
