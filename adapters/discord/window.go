package discord

import (
	"sync"
	"time"
)

// Discord takes 50 calls a second from a bot; usualRate of them are made, and five are
// left to those by which the program begins and logs in. No header tells of this limit, so it is
// learned: each time Discord says that it was too much - other processes call, too -
// there are fewer, down to leastRate, and more again later.
const (
	usualRate = 45
	leastRate = 5
	regain    = time.Second
)

// counted is within which time after it was sent Discord counts a call, however long the
// answer takes: a slow Discord is not asked much less.
const counted = 250 * time.Millisecond

// A window keeps the calls that Discord counts in any second to a number. When it
// counts a call nobody knows, other than that it is before the answer: so each one has
// a slot from when it is sent until a second after that. The zero value lets nobody go.
type window struct {
	mu     sync.Mutex
	most   float64
	slowed time.Time            // when most was changed last
	free   [usualRate]time.Time // from when on each slot is
}

// A slot is the place of a call in a window. The zero value is none.
type slot struct {
	w     *window
	n     int
	until time.Time
}

// take takes a slot, or tells how long there is none.
func (w *window) take(now time.Time) (s slot, wait time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.quicken(now)
	first := time.Time{}
	for n := range max(int(w.most), 1) {
		if at := w.free[n]; !at.After(now) {
			s = slot{w, n, now.Add(counted + time.Second)}
			w.free[n] = s.until
			return s, 0
		} else if first.IsZero() || at.Before(first) {
			first = at
		}
	}
	return slot{}, first.Sub(now)
}

// done tells that the answer has come.
func (s slot) done(now time.Time) {
	if s.w == nil {
		return
	}
	s.w.mu.Lock()
	defer s.w.mu.Unlock()
	if at := now.Add(time.Second); s.w.free[s.n].Equal(s.until) && at.Before(s.until) { // else it is another's by now
		s.w.free[s.n] = at
	}
}

// roomy tells whether half of the slots are free.
func (w *window) roomy(now time.Time) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	all, n := max(int(w.most), 1), 0
	for i := range all {
		if !w.free[i].After(now) {
			n++
		}
	}
	return 2*n >= all
}

// slow has fewer calls made. All calls that were under way together are told that it was
// too much, and count once.
func (w *window) slow(now time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if now.Sub(w.slowed) < time.Second {
		return
	}
	w.slowed, w.most = now, max(w.most*7/10, leastRate)
}

// quicken has more calls made again, after a while. It wants w.mu held.
func (w *window) quicken(now time.Time) {
	if w.most >= usualRate {
		return
	}
	if steps := now.Sub(w.slowed) / regain; steps > 0 {
		w.slowed, w.most = now, min(w.most+float64(steps), usualRate)
	}
}

// rate is how many calls a second are made at most.
func (w *window) rate() float64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.most
}
