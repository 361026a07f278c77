package discordtwin

import (
	"fmt"
	"hash/fnv"
	"net/http"
	"strconv"
	"time"
)

// window counts what happens within a time from the first of it.
type window struct {
	used int
	ends time.Time
}

// take counts one, and tells whether it was within the limit.
func (w *window) take(now time.Time, b Bucket) bool {
	if !now.Before(w.ends) {
		w.used, w.ends = 0, now.Add(b.Per)
	}
	w.used++
	return w.used <= b.Limit
}

// usual are the limits of buckets. Discord says to read the headers instead of
// knowing them; these are of the size that its headers had.
var usual = map[string]Bucket{
	CreateMessage:        {5, 5 * time.Second},
	UpdateMessage:        {5, 5 * time.Second},
	DeleteMessage:        {5, time.Second},
	TriggerTyping:        {5, 5 * time.Second},
	ListMessages:         {5, 5 * time.Second},
	CreateDM:             {10, 10 * time.Second},
	BulkSetCommands:      {2, 20 * time.Second},
	BulkSetGuildCommands: {2, 20 * time.Second},
	Followup:             {5, 2 * time.Second},
	UpdateOriginal:       {5, 2 * time.Second},
	UpdateFollowup:       {5, 2 * time.Second},
}

func (tw *Twin) bucket(op string) Bucket {
	if b, ok := tw.options.Buckets[op]; ok {
		return b
	}
	if b, ok := usual[op]; ok {
		return b
	}
	return Bucket{50, time.Second}
}

// limited counts a call, puts the bucket's headers in, and is the 429 that it may be.
func (r *request) limited(found route) *answer {
	if !r.options.RateLimits || found.op == "" {
		return nil
	}
	now := r.now()
	if !found.free && !r.global.take(now, Bucket{r.options.Global, time.Second}) {
		after := r.global.ends.Sub(now)
		r.head.Set("X-RateLimit-Global", "true")
		r.head.Set("X-RateLimit-Scope", "global")
		r.head.Set("Retry-After", whole(after))
		return limitAnswer(after, true)
	}
	b := r.bucket(found.op)
	major := r.Vars["channel_id"] + r.Vars["guild_id"] + r.Vars["webhook_token"] + r.Vars["interaction_token"]
	key := found.op + " " + major
	w := r.buckets[key]
	if w == nil {
		if len(r.buckets) > 50_000 { // interactions leave many behind
			clear(r.buckets)
		}
		w = &window{}
		r.buckets[key] = w
	}
	within := w.take(now, b)
	after := w.ends.Sub(now)
	hash := fnv.New64a()
	_, _ = hash.Write([]byte(found.op))
	r.head.Set("X-RateLimit-Bucket", fmt.Sprintf("%016x", hash.Sum64()))
	r.head.Set("X-RateLimit-Limit", strconv.Itoa(b.Limit))
	r.head.Set("X-RateLimit-Remaining", strconv.Itoa(max(0, b.Limit-w.used)))
	r.head.Set("X-RateLimit-Reset", strconv.FormatFloat(float64(w.ends.UnixMilli())/1000, 'f', 3, 64))
	r.head.Set("X-RateLimit-Reset-After", strconv.FormatFloat(after.Seconds(), 'f', 3, 64))
	if within {
		return nil
	}
	r.head.Set("X-RateLimit-Scope", "user")
	r.head.Set("Retry-After", whole(after))
	return limitAnswer(after, false)
}

func limitAnswer(after time.Duration, global bool) *answer {
	return &answer{http.StatusTooManyRequests, map[string]any{
		"message": "You are being rate limited.", "retry_after": after.Seconds(), "global": global,
	}}
}

// spent counts the calls that Cloudflare counts. It wants tw.mu held.
func (tw *Twin) spent(c *Call) {
	switch c.seen {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusTooManyRequests:
	default:
		return
	}
	if c.Fault == "429 shared" || c.Status == http.StatusTooManyRequests && c.Answer == nil {
		return // a ban does not make itself longer
	}
	within := tw.invalid.take(tw.now(), Bucket{tw.options.Invalid, 10 * time.Minute})
	if !within && tw.options.Invalid > 0 {
		tw.banned = tw.invalid.ends
	}
}

// Invalid is how many invalid requests (401, 403, 429) there were in the present ten
// minutes, as Cloudflare counts them.
func (tw *Twin) Invalid() int {
	tw.mu.Lock()
	defer tw.mu.Unlock()
	if !tw.now().Before(tw.invalid.ends) {
		return 0
	}
	return tw.invalid.used
}

// Ban has Cloudflare turn everything away for a time, the gateway apart; 0 ends it.
func (tw *Twin) Ban(d time.Duration) {
	tw.mu.Lock()
	defer tw.mu.Unlock()
	tw.banned = tw.now().Add(d)
}

const banned = `<!DOCTYPE html><html><head><title>Access denied | discord.com used Cloudflare to restrict access</title></head>` +
	`<body><h1>Error 1015</h1><p>You are being rate limited.</p></body></html>`

// ban is an answer without a body, for which Cloudflare's page stands.
func (r *request) ban() *answer {
	left := r.banned.Sub(r.now())
	if left <= 0 {
		return nil
	}
	r.head.Set("Retry-After", whole(left))
	return &answer{status: http.StatusTooManyRequests}
}

func cloudflare(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "text/html; charset=UTF-8")
	w.WriteHeader(http.StatusTooManyRequests)
	_, _ = w.Write([]byte(banned))
}
