package discord

import (
	"context"
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"porchlight/bot"
)

// Of requests that it refuses (401, 403, 429) Discord takes ten thousand in ten
// minutes from an address, and none at all for a long time after that. The program
// stops by itself long before: for answers to interactions later than for the rest.
const (
	missesIn   = 10 * time.Minute
	mostMisses = 2000
	lastMisses = 5000
)

// misses are such requests since a time, and how many there may be.
type misses struct {
	n, most, last int
	until         time.Time
}

// wait is how long it takes until there may be more.
func (m misses) wait(now time.Time, free bool) time.Duration {
	if m.n < m.most || free && m.n < m.last {
		return 0
	}
	return m.until.Sub(now)
}

// count notes what Discord counts, and who it does not know.
func (r *rest) count(c call, answer *http.Response) {
	switch answer.StatusCode {
	case http.StatusTooManyRequests:
		if answer.Header.Get("X-RateLimit-Scope") == "shared" {
			return // no fault of ours
		}
	case http.StatusUnauthorized:
		if !c.free { // else it is the token of an interaction
			r.turned.Do(func() { close(r.away) })
		}
	case http.StatusForbidden:
	default:
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	now := time.Now()
	if !now.Before(r.bad.until) {
		r.bad.n, r.bad.until = 0, now.Add(missesIn)
	}
	r.bad.n++
}

func (r *rest) isAway() bool {
	select {
	case <-r.away:
		return true
	default:
		return false
	}
}

// turnedAway waits until Discord does not know the token; it returns nil when ctx
// ended first. Nothing is called after that.
func (r *rest) turnedAway(ctx context.Context) error {
	select {
	case <-r.away:
		return errToken
	case <-ctx.Done():
		return nil
	}
}

// secure tells whether the calls go over TLS.
func (r *rest) secure() bool { return strings.HasPrefix(r.base, "https:") }

// A bucket is what Discord said of the calls that share a limit.
type bucket struct {
	mu    sync.Mutex
	left  int
	reset time.Time
	known bool
	// limit and per are what a full one has, once that was seen.
	limit  int
	per    time.Duration
	booked time.Time // the first turn that nobody was told to come back for
	// waiting is how many calls wait for their turn.
	waiting atomic.Int32
}

func (r *rest) bucket(route string) *bucket {
	if route == "" {
		return &bucket{}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	b, ok := r.buckets.Get(route)
	if !ok {
		b = &bucket{}
		r.buckets.Add(route, b)
	}
	return b
}

// turn waits until a call may be made that keeps within all limits, but not beyond
// until; the error is a bot.LaterError then. The slot is to be done after the call.
func (r *rest) turn(ctx context.Context, c call, b *bucket, until time.Time) (slot, error) {
	for {
		if !c.free && r.isAway() {
			return slot{}, errToken
		}
		s, d, err := r.try(c, b, until)
		if err != nil || d <= 0 {
			return s, err
		}
		if err := r.idle(ctx, c, b, d); err != nil {
			return slot{}, err
		}
	}
}

// try takes what a call needs, or tells how long that cannot be had: others that wait
// may be quicker then.
func (r *rest) try(c call, b *bucket, until time.Time) (s slot, d time.Duration, err error) {
	r.mu.Lock()
	now := time.Now()
	d = max(r.banned.Sub(now), r.bad.wait(now, c.free))
	if !c.free {
		d = max(d, r.until.Sub(now))
	}
	r.mu.Unlock()
	full := false
	if d <= 0 {
		d = b.take()
		full = d > 0
	}
	if d <= 0 && !c.free && !c.own {
		if s, d = r.global.take(now); d > 0 {
			b.giveBack()
			r.queue.late(now.Add(d))
		}
	}
	switch {
	case d <= 0:
		return s, 0, nil
	case !now.Add(d).After(until) && (c.free || c.own || r.waiting.Load() < mostWaiting):
		return slot{}, d, nil
	case full && !c.spare:
		d = b.book(now, d)
	case !c.spare && !c.free:
		d += rand.N(2 * time.Second) // it was let in and found no room: not all of those at once
	}
	return slot{}, 0, &bot.LaterError{After: d, Err: errLimited}
}

// mostWaiting is how many calls wait at once, beside those of interactions: each holds
// a worker.
const mostWaiting = 8

// idle waits for a time.
func (r *rest) idle(ctx context.Context, c call, b *bucket, d time.Duration) error {
	b.waiting.Add(1)
	defer b.waiting.Add(-1)
	if !c.free {
		r.waiting.Add(1)
		defer r.waiting.Add(-1)
	}
	return wait(ctx, d)
}

// book is when to come back for a turn that is d away, or behind others who were told
// to come back: all at once they would be sent away all at once.
func (b *bucket) book(now time.Time, d time.Duration) time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	at := later(now.Add(d), b.booked)
	if at.Sub(now) > longestRest {
		return max(d, longestRest/2+rand.N(longestRest/2))
	}
	gap := time.Second
	if b.limit > 0 {
		gap = b.per / time.Duration(b.limit)
	}
	b.booked = at.Add(gap)
	return at.Sub(now)
}

// roomy tells whether so little is going on that a call may be made which can be left
// out: about half of what Discord takes is kept for the others.
func (r *rest) roomy(c call, b *bucket) bool {
	if now := time.Now(); !c.free && (!r.global.roomy(now) || r.queue.busy(now)) {
		return false
	}
	return b.roomy()
}

func (b *bucket) roomy() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	full := !b.known || time.Now().After(b.reset)
	return b.waiting.Load() == 0 && (full || b.left > max(b.limit/2, leastLeft))
}

// leastLeft is how many calls of a route are left alone where it is not known how many
// there are.
const leastLeft = 2

// take takes one call out of the bucket and tells how long it has to wait.
func (b *bucket) take() time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := time.Now()
	switch {
	case !b.known:
		return 0
	case now.After(b.reset) && b.limit > 0: // it is full again
		b.left, b.reset = b.limit-1, now.Add(b.per)
		return 0
	case now.After(b.reset): // how full, the next answer says
		b.known = false
		return 0
	case b.left > 0:
		b.left--
		return 0
	}
	return b.reset.Sub(now)
}

func (b *bucket) giveBack() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.known {
		b.left++
	}
}

// heed takes in what Discord says of a bucket.
func (b *bucket) heed(h http.Header) {
	left, err1 := strconv.Atoi(h.Get("X-RateLimit-Remaining"))
	after, err2 := strconv.ParseFloat(h.Get("X-RateLimit-Reset-After"), 64)
	if err1 != nil || err2 != nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	reset := time.Now().Add(time.Duration(after * float64(time.Second)))
	if limit, err := strconv.Atoi(h.Get("X-RateLimit-Limit")); err == nil && left == limit-1 {
		b.limit, b.per = limit, time.Until(reset)
	}
	if b.known && left > b.left && reset.Sub(b.reset).Abs() < 250*time.Millisecond {
		return // an older answer: others have taken from it since
	}
	b.left, b.reset, b.known = left, reset, true
}

// block lets nobody take from a bucket for a time.
func (b *bucket) block(after time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.left, b.reset, b.known = 0, time.Now().Add(after), true
}

// limited reads a 429: of a route, of everything, or of the front door, which
// answers in HTML and must be left alone.
func (r *rest) limited(answer *http.Response, raw []byte, b *bucket) error {
	var said struct {
		RetryAfter float64 `json:"retry_after"`
		Global     bool    `json:"global"`
	}
	ours := strings.HasPrefix(answer.Header.Get("Content-Type"), "application/json") && json.Unmarshal(raw, &said) == nil
	after := time.Duration(said.RetryAfter * float64(time.Second))
	if s, err := strconv.ParseFloat(answer.Header.Get("Retry-After"), 64); err == nil {
		after = max(after, time.Duration(s*float64(time.Second)))
	}
	err := errLimited
	if !ours {
		err = errBanned
		if after <= 0 {
			after = 10 * time.Minute
		}
	}
	after = max(after, time.Second)
	until := time.Now().Add(after)
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case !ours:
		r.banned = later(r.banned, until)
	case said.Global || answer.Header.Get("X-RateLimit-Global") != "":
		r.until = later(r.until, until)
		r.global.slow(time.Now())
	default:
		b.block(after)
	}
	return &bot.LaterError{After: after, Err: err}
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
