package discord

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/bwmarrin/discordgo"
	"github.com/gorilla/websocket"
	"golang.org/x/sync/errgroup"

	"porchlight/bot"
)

// What the gateway is asked for: nothing that needs a review.
const intents = discordgo.IntentsGuilds | discordgo.IntentsGuildMessages | discordgo.IntentsDirectMessages

// A pace is how long things take at most, or at least.
type pace struct {
	quick  time.Duration // until a greeting, and until READY at first
	open   time.Duration // until READY after it was in vain for several times
	silent time.Duration // without an acknowledged heartbeat a connection is dead
	lease  time.Duration // of a shard
	renew  time.Duration
	gap    time.Duration // between two identifies
	first  time.Duration // the first pause after a failure
	calm   time.Duration // the shortest after a session was refused; the longest is five times that
	keep   time.Duration // between two savings of how far a session was heard
}

var usual = pace{
	quick: 4 * time.Second, open: 30 * time.Second, silent: 90 * time.Second, lease: 15 * time.Second, renew: 5 * time.Second,
	gap:   5500 * time.Millisecond, // Discord counts five seconds from when it heard
	first: time.Second, calm: time.Second, keep: time.Second,
}

// fatal are the close codes that no patience mends, each with what the operator
// can do.
var fatal = map[int]string{
	4004: "the token is wrong: copy it again from discord.com/developers, Bot",
	4010: "a shard that does not exist was asked for: leave --discord-shards out",
	4011: "the bot is in so many servers that it needs shards: leave --discord-shards out",
	4012: "the version of the gateway is gone: use a newer Porchlight",
	4013: "an intent was asked for that does not exist: use a newer Porchlight",
	4014: "an intent was asked for that is not granted: look at Bot, Privileged Gateway Intents",
}

// fatalError is a clear error for what no patience heals, nil for the rest.
func fatalError(err error) error {
	if e, ok := errors.AsType[*websocket.CloseError](err); ok && fatal[e.Code] != "" {
		return fmt.Errorf("discord closed the connection with %d: %s", e.Code, fatal[e.Code])
	}
	if errors.Is(err, errToken) {
		return errToken
	}
	return nil
}

var errToken = errors.New("discord says that the token is wrong: " + fatal[4004])

// Run takes events until ctx ends, and then returns nil. It returns an error when
// Discord says something that no patience will mend.
func (a *Adapter) Run(ctx context.Context, accept func(context.Context, bot.Message) error) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	in := newIntake(ctx, func(ctx context.Context, m bot.Message) error {
		a.furnish(ctx, &m)
		return accept(ctx, m)
	})
	err := a.introduce(ctx)
	if err == nil {
		all, ctx := errgroup.WithContext(ctx)
		all.Go(func() error { return a.rest.turnedAway(ctx) })
		all.Go(func() error { return a.shards(ctx, in) }) // messages come over the gateway in any case
		if a.o.HTTP {
			all.Go(func() error { return a.serve(ctx, in) })
		}
		err = all.Wait()
	}
	ended := ctx.Err() != nil
	stop()
	in.busy.Wait()
	if ended {
		return nil
	}
	return err
}

// introduce learns who this program is there. It asks until Discord answers.
func (a *Adapter) introduce(ctx context.Context) error {
	for n := 0; ; n++ {
		var me, app struct{ ID string }
		err := a.rest.do(ctx, call{method: http.MethodGet, path: "users/@me", route: "me", own: true}, &me)
		if err == nil {
			err = a.rest.do(ctx, call{method: http.MethodGet, path: "applications/@me", route: "app", own: true}, &app)
		}
		if err == nil {
			a.mu.Lock()
			a.self, a.app = me.ID, app.ID
			a.mu.Unlock()
			return nil
		}
		if err := fatalError(err); err != nil {
			return err
		}
		a.o.Log.Warn("discord does not answer", "err", err)
		if err := a.pause(ctx, min(n, soon)); err != nil {
			return err
		}
	}
}

// soon is the longest pause where asking costs nothing: four seconds, more or less.
const soon = 2

// pause waits longer each time, up to a minute, and never as long as others do.
func (a *Adapter) pause(ctx context.Context, n int) error {
	d := min(a.pace.first<<min(max(n, 0), 6), time.Minute)
	return wait(ctx, d/2+rand.N(d))
}

// shards keeps every shard connected that no other process has; each twice, if that
// was chosen.
func (a *Adapter) shards(ctx context.Context, in *intake) error {
	b, err := newBudget(ctx, a)
	if err != nil {
		return err
	}
	count := a.o.Shards
	if count < 1 {
		count = max(b.said().Shards, 1)
	}
	all, ctx := errgroup.WithContext(ctx)
	for id := range count {
		s := &shard{Adapter: a, in: in, budget: b, id: id, count: count}
		all.Go(func() error { return a.holding(ctx, s.lease(), s.run) })
		if a.o.Doubled {
			twin := &shard{Adapter: a, in: in, budget: b, id: id, count: count, second: true}
			all.Go(func() error {
				if err := a.late(ctx); err != nil {
					return err
				}
				return a.holding(ctx, twin.lease(), twin.run)
			})
		}
	}
	return all.Wait()
}

// late leaves the second connections to other processes for a moment: both in one
// would end together.
func (a *Adapter) late(ctx context.Context) error {
	if a.o.Hold == nil {
		return nil
	}
	return wait(ctx, 2*a.pace.renew)
}
