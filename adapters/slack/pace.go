package slack

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"
	"golang.org/x/time/rate"

	"porchlight/bot"
)

// errPaced says that nothing was sent because too much was.
var errPaced = errors.New("slack: held back to keep within Slack's limits")

// longestWait is how long a call waits for its turn while it holds a worker;
// beyond it the message rests in the inbox.
const longestWait = 2 * time.Second

// A pacer keeps calls within what Slack documents: a message a second in each
// channel, with short bursts, and so many calls a minute of a method.
type pacer struct {
	factor   float64 // of what Slack documents
	mu       sync.Mutex
	channels *simplelru.LRU[string, *rate.Limiter]
	methods  map[string]*rate.Limiter
}

// tiers are the calls a minute that Slack allows, by method; see
// docs.slack.dev/apis/web-api/rate-limits.
var tiers = map[string]int{
	"chat.update": 50, "chat.postEphemeral": 100, "chat.delete": 50, "conversations.replies": 50, "conversations.history": 50,
	"conversations.open": 50, "users.info": 100, "views.publish": 100, "assistant.threads.setStatus": 50,
	"assistant.threads.setSuggestedPrompts": 50,
}

func newPacer() *pacer {
	channels, err := simplelru.NewLRU[string, *rate.Limiter](10_000, nil)
	if err != nil {
		panic(err) // only for a size below one
	}
	p := &pacer{factor: 1, channels: channels, methods: make(map[string]*rate.Limiter)}
	for method, n := range tiers {
		p.methods[method] = rate.NewLimiter(rate.Limit(float64(n)/60), n)
	}
	return p
}

// times has calls be made in a multiple of the documented limits. It comes before
// the first call.
func (p *pacer) times(factor float64) *pacer {
	p.factor = factor
	for _, l := range p.methods {
		l.SetBurst(max(1, int(factor*float64(l.Burst()))))
		l.SetLimit(l.Limit() * rate.Limit(factor))
	}
	return p
}

// channel is the limiter of posts in a channel.
func (p *pacer) channel(id string) *rate.Limiter {
	p.mu.Lock()
	defer p.mu.Unlock()
	l, ok := p.channels.Get(id)
	if !ok {
		l = rate.NewLimiter(rate.Limit(p.factor), max(1, int(4*p.factor)))
		p.channels.Add(id, l)
	}
	return l
}

// post waits for the turn of a post in a channel; the error is a bot.LaterError
// when that would take too long.
func (p *pacer) post(ctx context.Context, channel string) error { return wait(ctx, p.channel(channel)) }

// call waits for the turn of a method.
func (p *pacer) call(ctx context.Context, method string) error {
	if l := p.methods[method]; l != nil {
		return wait(ctx, l)
	}
	return nil
}

// spare tells whether a call of the method is allowed now, for what can be left out.
func (p *pacer) spare(method string) bool {
	l := p.methods[method]
	return l == nil || l.Allow()
}

func wait(ctx context.Context, l *rate.Limiter) error {
	r := l.Reserve()
	d := r.Delay()
	if d > longestWait {
		r.Cancel()
		return &bot.LaterError{After: d, Err: errPaced}
	}
	if d == 0 {
		return nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		r.Cancel()
		return errors.Join(errPaced, ctx.Err())
	}
}

// openings holds the opening of sockets back: the library asks for a new one
// without a pause when a server hangs up at once.
type openings struct {
	next http.RoundTripper
	pace *rate.Limiter
}

func newOpenings(next http.RoundTripper) *openings {
	return &openings{next, rate.NewLimiter(rate.Every(2*time.Second), 4)}
}

// RoundTrip waits for the turn of an opening, shortens what Slack says of a post,
// and passes all else on.
func (o *openings) RoundTrip(r *http.Request) (*http.Response, error) {
	if strings.HasSuffix(r.URL.Path, "/apps.connections.open") {
		if err := o.pace.Wait(r.Context()); err != nil {
			return nil, err
		}
	}
	answer, err := o.next.RoundTrip(r)
	if err == nil && answer.StatusCode == http.StatusOK &&
		(strings.HasSuffix(r.URL.Path, "/chat.postMessage") || strings.HasSuffix(r.URL.Path, "/chat.update")) {
		return withoutPost(answer)
	}
	return answer, err
}

// longestAnswer is how much is read of what Slack says of a post.
const longestAnswer = 1 << 20

// withoutPost leaves the message out that Slack gives back with a post that it took: the
// library would read every block of it, which takes longer than making them.
func withoutPost(answer *http.Response) (*http.Response, error) {
	body, err := io.ReadAll(io.LimitReader(answer.Body, longestAnswer))
	_ = answer.Body.Close()
	if err != nil {
		return nil, err
	}
	var said struct {
		OK      bool   `json:"ok"`
		Channel string `json:"channel"`
		TS      string `json:"ts"`
	}
	if json.Unmarshal(body, &said) == nil && said.OK {
		body, _ = json.Marshal(said) // a flag and strings
	}
	answer.Body, answer.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	return answer, nil
}
