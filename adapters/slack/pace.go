package slack

import (
	"context"
	"errors"
	"math/rand/v2"
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
	channels *simplelru.LRU[string, *window]
	methods  map[string]*window
	braked   int       // how often in a row it was too much, and nobody said until when
	till     time.Time // of the rest after the last time
}

// A window is the pace of one channel or method.
type window struct {
	*rate.Limiter
	mu     sync.Mutex
	booked time.Time // the first turn that nobody was told to come back for
}

// tiers are the calls a minute that Slack allows, by method; see
// docs.slack.dev/apis/web-api/rate-limits.
var tiers = map[string]int{
	"chat.startStream": 20, "chat.appendStream": 100, "chat.stopStream": 20,
	"chat.update": 50, "chat.postEphemeral": 100, "chat.delete": 50, "conversations.replies": 50, "conversations.history": 50,
	"conversations.open": 50, "users.info": 100, "views.publish": 100, "assistant.threads.setStatus": 50,
	"assistant.threads.setSuggestedPrompts": 50, "assistant.threads.setTitle": 100,
}

func newPacer() *pacer {
	channels, err := simplelru.NewLRU[string, *window](10_000, nil)
	if err != nil {
		panic(err) // only for a size below one
	}
	p := &pacer{factor: 1, channels: channels, methods: make(map[string]*window)}
	for method, n := range tiers {
		p.methods[method] = newWindow(float64(n)/60, n)
	}
	return p
}

func newWindow(second float64, burst int) *window {
	return &window{Limiter: rate.NewLimiter(rate.Limit(second), burst)}
}

// times has calls be made in a multiple of the documented limits. It comes before
// the first call.
func (p *pacer) times(factor float64) *pacer {
	p.factor = factor
	for method, n := range tiers { // anew: one that is changed is not full
		p.methods[method] = newWindow(factor*float64(n)/60, max(1, int(factor*float64(n))))
	}
	return p
}

// channel is the pace of posts in a channel.
func (p *pacer) channel(id string) *window {
	p.mu.Lock()
	defer p.mu.Unlock()
	l, ok := p.channels.Get(id)
	if !ok {
		l = newWindow(p.factor, max(1, int(4*p.factor)))
		p.channels.Add(id, l)
	}
	return l
}

// post waits for the turn of a post in a channel; the error is a bot.LaterError
// when that would take too long.
func (p *pacer) post(ctx context.Context, channel string) error { return p.channel(channel).wait(ctx) }

// call waits for the turn of a method.
func (p *pacer) call(ctx context.Context, method string) error {
	if l := p.methods[method]; l != nil {
		return l.wait(ctx)
	}
	return nil
}

// spare tells whether a call of the method is allowed now, for what can be left out.
func (p *pacer) spare(method string) bool {
	l := p.methods[method]
	return l == nil || l.Allow()
}

// roomy tells whether so little is going on that a call is allowed which can be left
// out. Half of what Slack allows is kept for those that cannot.
func (w *window) roomy() bool { return w.Tokens() >= float64(w.Burst())/2 && w.Allow() }

// wait waits for the next turn. Where that is too far off, the error says when to
// come back.
func (w *window) wait(ctx context.Context) error {
	r := w.Reserve()
	d := r.Delay()
	if d > longestWait {
		r.Cancel()
		return &bot.LaterError{After: w.book(d), Err: errPaced}
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

// longestRest is how long a message is told to rest at most: behind that many
// others nobody knows when its turn is.
const longestRest = time.Minute

// book is when to come back for a turn that is d away or, as others were told
// to come back, behind theirs: all at once they would be held back all at once.
func (w *window) book(d time.Duration) time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	gap := max(time.Duration(float64(time.Second)/float64(w.Limit())), 1)
	now := time.Now()
	at := now.Add(d)
	if w.booked.After(at) {
		at = w.booked
	}
	if at.Sub(now) > longestRest {
		return longestRest/2 + rand.N(longestRest/2)
	}
	w.booked = at.Add(gap)
	return at.Sub(now) + rand.N(gap)
}

// leastBrake and mostBrake bound the rest after a refusal that names no end.
const (
	leastBrake = 2 * time.Second
	mostBrake  = 2 * time.Minute
)

// brake is how long to rest after such a refusal: twice as long each time, and for
// each who asks somewhat different.
func (p *pacer) brake() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	if now := time.Now(); !now.Before(p.till) { // else it is one of those sent together
		p.braked++
		p.till = now.Add(p.rest())
	}
	return p.rest()/2 + rand.N(p.rest()/2)
}

// rest wants p.mu held.
func (p *pacer) rest() time.Duration {
	return min(leastBrake<<min(max(p.braked-1, 0), 10), mostBrake)
}

// release ends what brake began: something went through.
func (p *pacer) release() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.braked, p.till = 0, time.Time{}
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

// RoundTrip waits for the turn of an opening, and passes all else on.
func (o *openings) RoundTrip(r *http.Request) (*http.Response, error) {
	if strings.HasSuffix(r.URL.Path, "/apps.connections.open") {
		if err := o.pace.Wait(r.Context()); err != nil {
			return nil, err
		}
	}
	return o.next.RoundTrip(r)
}
