package slack

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"time"

	"porchlight/bot"
)

// barCodes are the errors that say of the token of the settings that it is no good.
var barCodes = []string{"invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired"}

// gateRest is how long the first question whether a token is good again waits;
// each waits longer, up to mostRest.
const (
	gateRest = 5 * time.Second
	mostRest = time.Minute
)

// errBarred says that nothing was sent because Slack refuses the token.
var errBarred = errors.New("slack: the bot token is refused")

// A gate is shut while Slack refuses the token of the settings. Nothing is called
// with it then but, now and then, the question whether it is good again.
type gate struct {
	rest time.Duration

	mu   sync.Mutex
	code string // what Slack says, "" while the gate is open
	next time.Time
	n    int
}

// shut notes a refusal. It returns how long to wait, and whether the gate was open
// before.
func (g *gate) shut(code string, now time.Time) (rest time.Duration, first bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.code == "" {
		g.code, g.n, g.next, first = code, 0, now.Add(g.rest), true
	}
	return g.next.Sub(now), first
}

// enter returns how long the gate stays shut, 0 for not at all. Of all who come
// when it is time to ask Slack, one is told to.
func (g *gate) enter(now time.Time) (rest time.Duration, ask bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.code == "" {
		return 0, false
	}
	if !now.Before(g.next) {
		g.n++
		g.next = now.Add(min(g.rest<<min(g.n, 6), mostRest))
		ask = true
	}
	return g.next.Sub(now), ask
}

func (g *gate) open() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.code = ""
}

func (g *gate) isShut() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.code != ""
}

// bar shuts the gate, and has a message wait before it.
func (a *Adapter) bar(code string) error {
	rest, first := a.gate.shut(code, a.o.Now())
	if first {
		a.o.Count("slack.token_refused")
		a.o.Log.Error("slack refuses the bot token; what is asked is kept, and answered once it is good again",
			"name", "slack-bot-token", "err", refusal(code))
	}
	return barred(rest)
}

// barred has a message come back when Slack has been asked again, and not at one
// time with all others.
func barred(rest time.Duration) error {
	return &bot.LaterError{After: rest + rand.N(max(rest/2, 1)), Err: errBarred}
}

// pass is nil while nothing is known against the token of a workspace. It asks
// Slack when it is time to.
func (a *Adapter) pass(ctx context.Context, w *workspace) error {
	if w != a.home {
		return nil
	}
	rest, ask := a.gate.enter(a.o.Now())
	if ask {
		ctx, cancel := context.WithTimeout(ctx, a.o.Call)
		defer cancel()
		if _, err := a.api.AuthTestContext(ctx); err == nil {
			a.gate.open()
			a.o.Log.Info("slack takes the bot token again")
			return nil
		}
	}
	if rest > 0 {
		return barred(rest)
	}
	return nil
}

// watch asks at the gate while nobody else does, until ctx ends.
func (a *Adapter) watch(ctx context.Context) {
	t := time.NewTicker(a.gate.rest)
	defer t.Stop()
	for {
		select {
		case <-t.C:
			_ = a.pass(ctx, a.home) // who has something to send hears of it
		case <-ctx.Done():
			return
		}
	}
}
