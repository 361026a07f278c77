package discord

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"
	"golang.org/x/time/rate"

	"porchlight/bot"
)

// Discord's codes for why it did not do what was asked; see
// discord.com/developers/docs/topics/opcodes-and-status-codes.
const (
	codeUnknownChannel     = 10003
	codeUnknownMessage     = 10008
	codeUnknownWebhook     = 10015
	codeUnknownInteraction = 10062
	codeAcknowledged       = 40060
	codeMissingAccess      = 50001
	codeCannotMessage      = 50007
	codeMissingPermission  = 50013
	codeInvalidToken       = 50027
	codeInvalidBody        = 50035
	codeThreadLocked       = 50083
	codeCannotReply        = 160002
)

// A refusal is what Discord says when it does not do what was asked.
type refusal struct {
	Status int
	Code   int `json:"code"`
}

func (e *refusal) Error() string { return fmt.Sprintf("discord: status %d, code %d", e.Status, e.Code) }

// codeOf is Discord's code in an error, 0 when it is none of Discord's.
func codeOf(err error) int {
	if e, ok := errors.AsType[*refusal](err); ok {
		return e.Code
	}
	return 0
}

var (
	errLimited = errors.New("discord: rate limited")
	errBanned  = errors.New("discord: its front door turned the program away for too many bad requests")
)

// longestWait is how long a call waits for its turn while it holds a worker;
// beyond it the message rests in the inbox.
const longestWait = 2 * time.Second

// A rest is Discord's REST, as far as it is used here. It keeps within Discord's
// limits, by its headers; it repeats nothing by itself.
//
// The library's own client is not used for it: it waits for limits without
// heeding ctx, repeats a post after a bad gateway, and keeps a bucket for every
// token it ever saw.
type rest struct {
	base  string // ends in /
	token string
	web   *http.Client

	global *rate.Limiter // 50 a second for a bot; interactions are exempt

	mu      sync.Mutex
	until   time.Time // nobody calls before that but for interactions
	banned  time.Time // nor for those
	buckets *simplelru.LRU[string, *bucket]
}

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

func newREST(base, token string, web *http.Client) *rest {
	buckets, err := simplelru.NewLRU[string, *bucket](10_000, nil)
	if err != nil {
		panic(err) // only for a size below one
	}
	return &rest{base: base, token: token, web: web, global: rate.NewLimiter(45, 45), buckets: buckets}
}

// A call is one request.
type call struct {
	method, path string
	route        string // calls of one route share a limit
	body         any
	free         bool // of an interaction: needs no token and knows no global limit
}

// do makes a call and decodes the answer into out, unless that is nil. The error
// is a *refusal, a bot.LaterError, or one with bot.ErrUnclear in it where the
// call may have been heard.
func (r *rest) do(ctx context.Context, c call, out any) error {
	b := r.bucket(c.route)
	for again, until := true, time.Now().Add(longestWait); again; {
		var err error
		if again, err = r.turn(ctx, c, b, until); err != nil {
			return err
		}
	}
	req, err := r.request(ctx, c)
	if err != nil {
		return err
	}
	answer, err := r.web.Do(req)
	if err != nil {
		return lost(err)
	}
	defer answer.Body.Close()
	b.heed(answer.Header)
	raw, err := io.ReadAll(io.LimitReader(answer.Body, 4<<20))
	switch {
	case answer.StatusCode == http.StatusTooManyRequests:
		return r.limited(answer, raw, b)
	case answer.StatusCode >= http.StatusInternalServerError, answer.StatusCode < http.StatusBadRequest && err != nil:
		return fmt.Errorf("discord: status %d: %w", answer.StatusCode, bot.ErrUnclear)
	case answer.StatusCode >= http.StatusBadRequest:
		e := &refusal{Status: answer.StatusCode}
		_ = json.Unmarshal(raw, e) // a body that is no JSON has no code
		return e
	}
	if len(raw) == 0 {
		return nil
	}
	if out == nil {
		out = new(json.RawMessage)
	}
	if err := json.Unmarshal(raw, out); err != nil { // HTML with 200: it may have been done or not
		return fmt.Errorf("discord: an answer that cannot be read: %w", bot.ErrUnclear)
	}
	return nil
}

func (r *rest) request(ctx context.Context, c call) (*http.Request, error) {
	var body io.Reader = http.NoBody
	if c.body != nil {
		raw, err := json.Marshal(c.body)
		if err != nil {
			return nil, err
		}
		body = bytes.NewReader(raw)
	}
	req, err := http.NewRequestWithContext(ctx, c.method, r.base+c.path, body)
	if err != nil {
		return nil, errors.New("discord: not an address") // err would show it, token and all
	}
	req.Header.Set("User-Agent", "DiscordBot (porchlight, 1)")
	if c.body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if !c.free {
		req.Header.Set("Authorization", "Bot "+r.token)
	}
	return req, nil
}

// lost tells what became of a call without an answer.
func lost(err error) error {
	if e, ok := errors.AsType[*url.Error](err); ok {
		err = e.Err // without the address: it may hold a token
	}
	if e, ok := errors.AsType[*net.OpError](err); ok && e.Op == "dial" {
		return fmt.Errorf("discord: %w", e) // nothing was sent
	}
	return fmt.Errorf("discord: %w: %w", err, bot.ErrUnclear)
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
	wait := time.Until(r.banned)
	if !c.free {
		wait = max(wait, time.Until(r.until))
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
