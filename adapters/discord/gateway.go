package discord

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/bwmarrin/discordgo"
	"github.com/gorilla/websocket"
	"golang.org/x/sync/errgroup"
	"golang.org/x/time/rate"

	"porchlight/bot"
)

// What the gateway is asked for: nothing that needs a review.
const intents = discordgo.IntentsGuilds | discordgo.IntentsGuildMessages | discordgo.IntentsDirectMessages

// A pace is how long things take at most, or at least.
type pace struct {
	open   time.Duration // from dialling to READY
	silent time.Duration // without an acknowledged heartbeat a connection is dead
	lease  time.Duration // of a shard
	renew  time.Duration
	gap    time.Duration // between two identifies
	first  time.Duration // the first pause after a failure
}

var usual = pace{
	open: 30 * time.Second, silent: 90 * time.Second, lease: 15 * time.Second, renew: 5 * time.Second, gap: 5 * time.Second,
	first: time.Second,
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
	if e, ok := errors.AsType[*refusal](err); ok && e.Status == http.StatusUnauthorized {
		return errors.New("discord says that the token is wrong: " + fatal[4004])
	}
	return nil
}

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
		err := a.rest.do(ctx, call{method: http.MethodGet, path: "users/@me", route: "me"}, &me)
		if err == nil {
			err = a.rest.do(ctx, call{method: http.MethodGet, path: "applications/@me", route: "app"}, &app)
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

// soon is the longest pause where asking costs nothing: eight seconds.
const soon = 3

// pause waits longer each time, up to a minute.
func (a *Adapter) pause(ctx context.Context, n int) error {
	return wait(ctx, min(a.pace.first<<min(n, 6), time.Minute))
}

// limits are what Discord says of connections.
type limits struct {
	Shards int `json:"shards"`
	Start  struct {
		Remaining   int `json:"remaining"`
		ResetAfter  int `json:"reset_after"` // ms
		Concurrency int `json:"max_concurrency"`
	} `json:"session_start_limit"`
}

// shards keeps every shard connected that no other process has.
func (a *Adapter) shards(ctx context.Context, in *intake) error {
	var l limits
	for n := 0; ; n++ {
		err := a.rest.do(ctx, call{method: http.MethodGet, path: "gateway/bot", route: "gateway"}, &l)
		if err == nil {
			break
		}
		if err := fatalError(err); err != nil {
			return err
		}
		if err := a.pause(ctx, min(n, soon)); err != nil {
			return err
		}
	}
	if rest := time.Duration(l.Start.ResetAfter) * time.Millisecond; l.Start.Remaining < 1 && rest > 0 {
		// Discord takes the token away from who identifies too often.
		a.o.Log.Error("discord lets nobody begin for a time", "after", rest)
		if err := wait(ctx, rest); err != nil {
			return err
		}
	}
	count := a.o.Shards
	if count < 1 {
		count = max(l.Shards, 1)
	}
	turns := make([]*rate.Limiter, max(l.Start.Concurrency, 1))
	for i := range turns {
		turns[i] = rate.NewLimiter(rate.Every(a.pace.gap), 1)
	}
	all, ctx := errgroup.WithContext(ctx)
	for id := range count {
		all.Go(func() error {
			return a.holding(ctx, fmt.Sprintf("discord shard %d of %d", id, count), func(ctx context.Context) error {
				return a.shard(ctx, in, id, count, turns[id%len(turns)])
			})
		})
	}
	return all.Wait()
}

// holding runs while this process has a lease, and waits for it.
func (a *Adapter) holding(ctx context.Context, lease string, run func(context.Context) error) error {
	if a.o.Hold == nil {
		return run(ctx)
	}
	for ctx.Err() == nil {
		ok, _, err := a.o.Hold(ctx, lease, a.pace.lease)
		if err == nil && ok {
			if err := a.held(ctx, lease, run); err != nil {
				return err
			}
		}
		if wait(ctx, a.pace.renew) != nil {
			break
		}
	}
	return ctx.Err()
}

// held runs until the lease is lost, ctx ends, or run does.
func (a *Adapter) held(ctx context.Context, lease string, run func(context.Context) error) error {
	mine, lose := context.WithCancel(ctx)
	defer lose()
	ended := make(chan error, 1)
	go func() { ended <- run(mine) }()
	until := time.Now().Add(a.pace.lease)
	for {
		select {
		case err := <-ended:
			_ = a.o.Leave(context.WithoutCancel(ctx), lease) // it ends by itself in a while
			if mine.Err() != nil {
				return nil
			}
			return err
		case <-time.After(a.pace.renew):
		}
		ok, _, err := a.o.Hold(mine, lease, a.pace.lease)
		if err == nil && ok {
			until = time.Now().Add(a.pace.lease)
			continue
		}
		if err == nil || time.Now().After(until.Add(-a.pace.renew)) {
			a.o.Log.Warn("shard given up", "name", lease, "err", err)
			lose()
			if err := <-ended; !errors.Is(err, context.Canceled) { // it was told to end
				return err
			}
			return nil
		}
	}
}

func wait(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// shard keeps one connection up, by itself: the library would try for ever where
// there is no use, and not at all where a server says nothing.
func (a *Adapter) shard(ctx context.Context, in *intake, id, count int, turn *rate.Limiter) error {
	s, err := a.session(ctx, in, id, count)
	if err != nil {
		return err
	}
	for n := 0; ctx.Err() == nil; n++ {
		if err := turn.Wait(ctx); err != nil {
			break
		}
		err := a.connected(ctx, s)
		if e := fatalError(err); e != nil {
			return e
		}
		if err == nil {
			n = -1 // it was up
		} else if ctx.Err() == nil {
			a.o.Log.Warn("discord's gateway did not open", "err", err)
		}
		if !s.reached() { // nothing was begun that Discord counts
			n = min(n, soon)
		}
		if ctx.Err() == nil && a.pause(ctx, max(n, 0)) != nil {
			break
		}
	}
	return ctx.Err()
}

// A session is the library's, and the connection under it.
type session struct {
	*discordgo.Session
	down chan struct{} // the connection has ended

	mu   sync.Mutex
	conn net.Conn // nil while there is none
}

func (a *Adapter) session(ctx context.Context, in *intake, id, count int) (*session, error) {
	lib, err := discordgo.New("Bot " + a.o.Token)
	if err != nil {
		return nil, fmt.Errorf("discord: %w", err)
	}
	s := &session{Session: lib, down: make(chan struct{}, 1)}
	lib.Identify.Intents = intents
	lib.ShardID, lib.ShardCount = id, count
	lib.StateEnabled, lib.ShouldReconnectOnError, lib.ShouldRetryOnRateLimit, lib.SyncEvents = false, false, false, true
	lib.MaxRestRetries = 0
	lib.LogLevel = -1 // its messages hold what people said
	base, err := url.Parse(a.o.APIURL)
	if err != nil {
		return nil, errors.New("discord: the address of the API cannot be read")
	}
	lib.Client = &http.Client{Timeout: a.o.Call, Transport: moved{base, a.rest.web.Transport}}
	dialer := *websocket.DefaultDialer
	dialer.HandshakeTimeout = a.o.Call
	dialer.NetDialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
		c, err := (&net.Dialer{Timeout: a.o.Call}).DialContext(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		s.mu.Lock()
		s.conn = c
		s.mu.Unlock()
		return c, nil
	}
	lib.Dialer = &dialer
	lib.AddHandler(func(_ *discordgo.Session, e *discordgo.Event) {
		defer func() {
			if v := recover(); v != nil {
				a.o.Log.Error("panic while reading an event", "type", fmt.Sprintf("%T", v))
			}
		}()
		a.event(ctx, in, e.Type, e.RawData)
	})
	lib.AddHandler(func(*discordgo.Session, *discordgo.Disconnect) {
		select {
		case s.down <- struct{}{}:
		default:
		}
	})
	return s, nil
}

// connected opens the connection and returns nil once it has ended, or why it did
// not open.
func (a *Adapter) connected(ctx context.Context, s *session) error {
	select {
	case <-s.down: // of the one before
	default:
	}
	s.mu.Lock()
	s.conn = nil
	s.mu.Unlock()
	late := time.AfterFunc(a.pace.open, s.cut) // the library waits for a greeting without end
	quit := context.AfterFunc(ctx, s.cut)
	err := s.Open()
	late.Stop()
	quit()
	if err != nil {
		return err
	}
	a.hear(1)
	defer a.hear(-1)
	look := time.NewTicker(min(a.pace.renew, a.pace.silent))
	defer look.Stop()
	for {
		select {
		case <-s.down:
			return nil
		case <-look.C:
			s.RLock()
			acked := s.LastHeartbeatAck
			s.RUnlock()
			if time.Since(acked) > a.pace.silent {
				a.o.Log.Warn("discord's gateway is silent")
				_ = s.CloseWithCode(4000) // 1000 would end the session, and what it has for us
			}
		case <-ctx.Done():
			_ = s.Close() // in order: no later process could resume the session
			return nil
		}
	}
}

// reached tells whether the last attempt got through to Discord.
func (s *session) reached() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.conn != nil
}

// cut ends the connection under the library.
func (s *session) cut() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.conn != nil {
		_ = s.conn.Close() // whatever comes of it, it is gone
	}
}

// moved sends what is meant for Discord's own address to the one that was set.
type moved struct {
	base *url.URL
	next http.RoundTripper
}

// RoundTrip passes a request on to the other address.
func (m moved) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	_, rest, _ := strings.Cut(r.URL.Path, "/api/v"+discordgo.APIVersion+"/")
	r.URL.Scheme, r.URL.Host, r.Host = m.base.Scheme, m.base.Host, m.base.Host
	r.URL.Path = m.base.Path + rest
	return m.next.RoundTrip(r)
}
