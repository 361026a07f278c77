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
	"sync"
	"sync/atomic"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"

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

	global *window       // of the whole bot; interactions are exempt
	queue  *queue        // of messages that wait for it
	away   chan struct{} // closed once Discord does not know the token
	turned sync.Once

	mu      sync.Mutex
	until   time.Time // nobody calls before that but for interactions
	banned  time.Time // nor for those
	bad     misses
	buckets *simplelru.LRU[string, *bucket]

	waiting atomic.Int32 // calls of no interaction that wait for their turn
}

func newREST(base, token string, web *http.Client) *rest {
	buckets, err := simplelru.NewLRU[string, *bucket](10_000, nil)
	if err != nil {
		panic(err) // only for a size below one
	}
	return &rest{
		base: base, token: token, web: web, global: &window{most: usualRate}, queue: newQueue(), away: make(chan struct{}),
		buckets: buckets, bad: misses{most: mostMisses, last: lastMisses},
	}
}

// A call is one request.
type call struct {
	method, path string
	route        string // calls of one route share a limit; "" is a call like no other
	body         any
	free         bool // of an interaction: needs no token and knows no global limit
	own          bool // of the program itself, and rare: waits for no answers to people
	spare        bool // waits for nothing, and is made only where there is room for more: it can be left out
}

// do makes a call and decodes the answer into out, unless that is nil. The error
// is a *refusal, errToken, a bot.LaterError, or one with bot.ErrUnclear in it where the
// call may have been heard.
func (r *rest) do(ctx context.Context, c call, out any) error {
	b := r.bucket(c.route)
	until := time.Now().Add(longestWait)
	if c.spare {
		if !r.roomy(c, b) {
			return &bot.LaterError{After: time.Second, Err: errLimited}
		}
		until = time.Time{}
	}
	s, err := r.turn(ctx, c, b, until)
	if err != nil {
		return err
	}
	defer func() { s.done(time.Now()) }()
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
	r.count(c, answer)
	raw, err := io.ReadAll(io.LimitReader(answer.Body, 4<<20))
	switch {
	case answer.StatusCode == http.StatusTooManyRequests:
		return r.limited(answer, raw, b)
	case answer.StatusCode >= http.StatusInternalServerError, answer.StatusCode < http.StatusMultipleChoices && err != nil:
		return fmt.Errorf("discord: status %d: %w", answer.StatusCode, bot.ErrUnclear)
	case answer.StatusCode == http.StatusUnauthorized && !c.free:
		return errToken
	case answer.StatusCode >= http.StatusMultipleChoices: // it is not led elsewhere, token and all
		e := &refusal{Status: answer.StatusCode}
		_ = json.Unmarshal(raw, e) // a body that is no JSON has no code
		return e
	}
	if len(raw) == 0 {
		return nil
	}
	readable := json.Valid(raw)
	if out != nil {
		readable = json.Unmarshal(raw, out) == nil
	}
	if !readable { // HTML with 200: it may have been done or not
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
