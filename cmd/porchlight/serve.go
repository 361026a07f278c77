package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/alecthomas/kong"

	"porchlight/adapters/local"
	"porchlight/adapters/slack"
	"porchlight/bot"
	"porchlight/bot/answer"
	"porchlight/bot/inbox/seal"
	"porchlight/bot/inbox/store"
	"porchlight/bot/safety"
)

// serveCmd answers where people talk, until it is told to stop.
type serveCmd struct{ settings }

// collectAt is how much memory may grow, in percent of what is in use, before it is
// collected: a tenth less is resident under load than with Go's hundred, for a
// twentieth more of processor. GOGC overrides it.
const collectAt = 60

// Run serves until ctx ends or the store is beyond use.
func (c *serveCmd) Run(ctx context.Context, k *kong.Context, g *globals, o *origins) error {
	if err := report(k.Stderr, c.problems(o)); err != nil {
		return err
	}
	if c.Local == "" && !c.onSlack() && !c.DiscordBotToken.set() {
		return errNobody
	}
	log := newLog(k.Stderr, c.LogForm, c.LogLevel)
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt)
	defer stop()
	context.AfterFunc(ctx, stop) // a second one ends at once
	return c.serve(ctx, g, log, newMeter())
}

func (c *serveCmd) serve(ctx context.Context, g *globals, log *slog.Logger, meter *meter) (err error) {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(collectAt)
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	s, err := c.openStore(ctx, log, meter)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }() //nolint:contextcheck // closing waits for what was begun, whatever ended
	p, err := g.pipeline(ctx, log, s)
	if err != nil {
		return err
	}
	if p.Writer, err = c.writer(ctx, p, c.vectors(), log, meter.model); err != nil {
		return err
	}
	p.Watched = func(adapter string) bool { return adapter == "slack" } // a workspace may be an employer's
	adapters, err := c.adapters(ctx, s, p, log)
	if err != nil {
		return err
	}
	var serving atomic.Bool
	closeAdmin, err := c.admin(ctx, s, adapters, &serving, log)
	if err != nil {
		return err
	}
	defer closeAdmin()
	meter.watch(func() (int, time.Duration, error) { return s.Waiting(ctx) }, p.Base)
	context.AfterFunc(ctx, func() {
		serving.Store(false)
		log.Info("stopping", "after", c.Grace)
	})
	serving.Store(true)
	log.Info("serving", "version", p.Base().Version(), "adapter", names(adapters))
	timed := make([]bot.Adapter, len(adapters)) // beside those that health asks whether they hear
	for i, a := range adapters {
		timed[i] = meter.adapter(a)
	}
	err = bot.Serve(ctx, s, meter.answerer(c.guard(p, log, meter)), timed...)
	log.Info("stopped")
	return err
}

// guard has every answer come to an end.
func (c *serveCmd) guard(p *answer.Pipeline, log *slog.Logger, m *meter) bot.Answerer {
	return &bot.Guarded{Answerer: p, Fixed: p.Fixed, Deadline: c.Deadline, Lost: m.lost, Log: log}
}

func names(adapters []bot.Adapter) (s string) {
	for i, a := range adapters {
		if i > 0 {
			s += " "
		}
		s += a.Name()
	}
	return s
}

// adapters makes those that are set up.
func (c *serveCmd) adapters(ctx context.Context, s *store.Store, p *answer.Pipeline, log *slog.Logger) (all []bot.Adapter, err error) {
	if c.Local != "" {
		token, err := c.LocalToken.reveal(ctx)
		if err != nil {
			return nil, fmt.Errorf("local-token: %w", err)
		}
		o := local.Options{Addr: c.Local, Token: token, Name: s.Name, Log: log}
		if err := o.Validate(); err != nil {
			return nil, err
		}
		all = append(all, local.New(o))
	}
	if c.onSlack() {
		a, err := c.slack(ctx, s, p, log)
		if err != nil {
			return nil, err
		}
		all = append(all, a)
	}
	if c.DiscordBotToken.set() {
		a, err := c.discord(ctx, s, p, log)
		if err != nil {
			return nil, err
		}
		all = append(all, a)
	}
	return all, nil
}

func (c *serveCmd) slack(ctx context.Context, s *store.Store, p *answer.Pipeline, log *slog.Logger) (*slack.Adapter, error) {
	o := slack.Options{
		HTTP: c.SlackTransport == "http", Listen: c.SlackListen, APIURL: c.SlackAPIURL, Hooks: c.SlackHookHost, Call: c.SlackTimeout, Pace: c.SlackPace,
		ClientID: c.SlackClientID, PublicURL: c.SlackPublicURL, Vault: s, Countries: func() []string { return p.Base().Countries() },
		Name: s.Name, Say: p.Phrases.Screen, Setting: s.Setting, Set: s.Set, Count: s.Count, Log: log,
		Talking: func(ctx context.Context, id bot.ConversationID) (bool, error) {
			said, err := s.Load(ctx, id)
			return len(said.Turns) > 0, err
		},
	}
	for name, x := range map[string]struct {
		from secret
		to   *string
	}{
		"slack-bot-token": {c.SlackBotToken, &o.BotToken}, "slack-app-token": {c.SlackAppToken, &o.AppToken},
		"slack-signing-secret": {c.SlackSigningSecret, &o.SigningSecret}, "slack-client-secret": {c.SlackClientSecret, &o.ClientSecret},
	} {
		var err error
		if *x.to, err = x.from.reveal(ctx); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	if err := o.Validate(); err != nil {
		return nil, err
	}
	return slack.New(o), nil
}

// admin serves health and metrics beside the adapters, and returns what ends it.
func (c *serveCmd) admin(ctx context.Context, s *store.Store, adapters []bot.Adapter, serving *atomic.Bool, log *slog.Logger) (stop func(), err error) {
	if c.Admin == "off" {
		return func() {}, nil
	}
	a, err := openAdmin(ctx, c.Admin, func(ctx context.Context) error { return ready(ctx, s, adapters, serving) })
	if err != nil {
		return nil, err
	}
	live, cancel := context.WithCancel(context.WithoutCancel(ctx)) // it answers while the last answers go out
	var done sync.WaitGroup
	done.Go(func() {
		if err := a.run(live); err != nil {
			log.Error("no health", "err", err)
		}
	})
	log.Info("health and metrics", "addr", a.listener.Addr().String())
	return func() { cancel(); done.Wait() }, nil
}

var errStopping = errors.New("stopping")

// ready is nil while events can arrive and be stored.
func ready(ctx context.Context, s *store.Store, adapters []bot.Adapter, serving *atomic.Bool) error {
	if !serving.Load() {
		return errStopping
	}
	for _, a := range adapters {
		if r, ok := a.(interface{ Ready() error }); ok {
			if err := r.Ready(); err != nil {
				return fmt.Errorf("%s: %w", a.Name(), err)
			}
		}
	}
	return s.Ready(ctx)
}

// rushes tells whether a message waits for nothing: whoever may be in danger, or
// confides.
func rushes(m bot.Message) bool {
	return m.Command == bot.NoCommand && bot.Kind(safety.Triage(m.Text, safety.Context{}).Kind).Personal()
}

func (c *serveCmd) openStore(ctx context.Context, log *slog.Logger, m *meter) (*store.Store, error) {
	place, master, err := c.place(ctx)
	if err != nil {
		return nil, err
	}
	return store.Open(ctx, place, master, store.Options{
		Workers: c.Workers, Lease: c.Lease, Grace: c.Grace, Lifetime: c.Lifetime,
		Person: limit(c.PersonLimit), Talk: limit(c.ConversationLimit),
		Rush: rushes, Observe: m.observe, Log: log,
	})
}

// limit is a limit as the store wants it.
func limit(n int) int {
	if n == 0 {
		return -1
	}
	return n
}

// place is where the store is, and what unlocks it.
func (s *settings) place(ctx context.Context) (place string, master *seal.Master, err error) {
	place = s.Data
	if s.Store.set() {
		if place, err = s.Store.reveal(ctx); err != nil {
			return "", nil, fmt.Errorf("store: %w", err)
		}
	}
	var key []byte
	switch {
	case s.MasterKey.set():
		key, err = revealKey(ctx, s.MasterKey)
	default:
		if err := os.MkdirAll(place, 0o700); err != nil {
			return "", nil, err
		}
		// A store without its key is never given a new one: it would look empty.
		_, missing := os.Stat(filepath.Join(place, "porchlight.db"))
		key, err = seal.KeyFile(filepath.Join(place, "key"), errors.Is(missing, os.ErrNotExist))
	}
	if err != nil {
		return "", nil, err
	}
	master, err = seal.NewMaster(key)
	return place, master, err
}

func revealKey(ctx context.Context, s secret) ([]byte, error) {
	text, err := s.reveal(ctx)
	if err != nil {
		return nil, fmt.Errorf("master-key: %w", err)
	}
	key, err := seal.Parse(text)
	if err != nil {
		return nil, fmt.Errorf("master-key: %w", err)
	}
	return key, nil
}

// rekeyCmd changes the master key of a store that nobody uses.
type rekeyCmd struct {
	Config       string `placeholder:"FILE" help:"YAML file with settings."`
	Data         string `default:"porchlight-data" placeholder:"DIR" help:"Folder of the built-in store."`
	Store        secret `placeholder:"URL" help:"Address of a Postgres, or file:PATH, cmd:COMMAND or env:NAME."`
	MasterKey    secret `placeholder:"SOURCE" help:"The old key; DIR/key if it is not given."`
	NewMasterKey secret `required:"" placeholder:"SOURCE" help:"The new key: file:PATH, cmd:COMMAND or env:NAME."`
}

// Run wraps every key of the store for the new master.
func (c *rekeyCmd) Run(ctx context.Context, k *kong.Context) error {
	place, from, err := (&settings{Data: c.Data, Store: c.Store, MasterKey: c.MasterKey}).place(ctx)
	if err != nil {
		return err
	}
	key, err := revealKey(ctx, c.NewMasterKey)
	if err != nil {
		return err
	}
	to, err := seal.NewMaster(key)
	if err == nil {
		err = store.Rekey(ctx, place, from, to)
	}
	if err != nil {
		return err
	}
	_, err = io.WriteString(k.Stdout, "The store has its new key. Start with it, and destroy the old one.\n")
	return err
}
