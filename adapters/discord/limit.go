package discord

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"porchlight/bot"
)

// usualRate is how many calls a second a bot makes: Discord takes 50. No header tells
// of this limit, so it is learned: each time Discord says that it was too much - other
// processes call, too - there are fewer, down to leastRate, and more again later.
const (
	usualRate = 45
	leastRate = 5
	regain    = 10 * time.Second
)

// slow has fewer calls made. It wants r.mu held.
func (r *rest) slow(now time.Time) {
	r.slowed = now
	r.global.SetLimit(max(r.global.Limit()*7/10, leastRate))
	r.global.SetBurst(max(int(r.global.Limit()), 1))
}

// quicken has more calls made again, after a while. It wants r.mu held.
func (r *rest) quicken(now time.Time) {
	if r.global.Limit() >= usualRate {
		return
	}
	if steps := now.Sub(r.slowed) / regain; steps > 0 {
		r.slowed = now
		r.global.SetLimit(min(r.global.Limit()+rate.Limit(steps), usualRate))
		r.global.SetBurst(int(r.global.Limit()))
	}
}

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
	limit int
	per   time.Duration
}

func (r *rest) bucket(route string) *bucket {
	r.mu.Lock()
	defer r.mu.Unlock()
	b, ok := r.buckets.Get(route)
	if !ok {
		b = &bucket{}
		r.buckets.Add(route, b)
	}
	return b
}

// turn lets a call go that keeps within all limits. Else it waits until it may, but
// not beyond until, and the caller asks again: others have waited, too.
func (r *rest) turn(ctx context.Context, c call, b *bucket, until time.Time) (waited bool, err error) {
	r.mu.Lock()
	now := time.Now()
	wait := max(r.banned.Sub(now), r.bad.wait(now, c.free))
	if !c.free {
		wait = max(wait, r.until.Sub(now))
		r.quicken(now)
	}
	r.mu.Unlock()
	if wait <= 0 {
		if wait = b.take(); wait <= 0 && !c.free {
			reserved := r.global.Reserve()
			if wait = reserved.Delay(); wait > 0 {
				reserved.Cancel()
				b.giveBack()
			}
		}
	}
	switch {
	case wait <= 0:
		return false, nil
	case time.Now().Add(wait).After(until):
		return false, &bot.LaterError{After: wait, Err: errLimited}
	}
	t := time.NewTimer(wait)
	defer t.Stop()
	select {
	case <-t.C:
		return true, nil
	case <-ctx.Done():
		return false, ctx.Err()
	}
}

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
		r.slow(time.Now())
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
