package discord_test

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"porchlight/adapters/adaptertest"
	"porchlight/adapters/discord"
	"porchlight/adapters/discord/discordtwin"
	"porchlight/bot"
	"porchlight/bot/bottest"
	"porchlight/bot/inbox/seal"
	"porchlight/prompts"
)

// A desk is the adapter between its inbox and a twin of Discord.
type desk struct {
	t    testing.TB
	twin *discordtwin.Twin
	safe safe
	way  string // how people ask: "direct", "command"

	mu    sync.Mutex
	said  map[string]discordtwin.Event
	users map[string]string
	live  sync.WaitGroup
}

func newDesk(t testing.TB, way string, o discordtwin.Options) *desk {
	o.Contracts = "../../../shared/contracts"
	d := &desk{t: t, twin: discordtwin.Start(t, o), way: way, said: map[string]discordtwin.Event{}, users: map[string]string{}}
	t.Cleanup(d.live.Wait)
	return d
}

var namer = sync.OnceValue(func() func(string, ...string) string {
	m, err := seal.NewMaster(make([]byte, seal.Size))
	if err != nil {
		panic(err)
	}
	n, err := m.Namer(m.Wrap(seal.NamerName))
	if err != nil {
		panic(err)
	}
	return n.Name
})

var phrases = sync.OnceValue(func() *prompts.Phrases {
	p, err := prompts.Load()
	if err != nil {
		panic(err)
	}
	return p
})

func (d *desk) options(log *slog.Logger) discord.Options {
	return discord.Options{
		Token: discordtwin.Token, APIURL: d.twin.APIURL(), Name: namer(), Say: phrases().Screen, Vault: &d.safe, Log: log,
	}
}

// A safe is a vault in memory, for all processes of a test.
type safe struct {
	kept   sync.Map
	broken atomic.Bool // it forgets what it is told
}

func (s *safe) SetSealed(_ context.Context, scope, name, value string) error {
	if s.broken.Load() {
		return nil
	}
	s.kept.Store(scope+" "+name, value)
	return nil
}

func (s *safe) Sealed(_ context.Context, scope, name string) (string, error) {
	v, _ := s.kept.Load(scope + " " + name)
	value, _ := v.(string)
	return value, nil
}

// Adapter makes the adapter, as a new process would.
func (d *desk) Adapter(log *slog.Logger) bot.Adapter { return discord.New(d.options(log)) }

// Say has someone ask.
func (d *desk) Say(conversation, text string) string {
	d.mu.Lock()
	user, ok := d.users[conversation]
	if !ok {
		user = d.twin.AddUser(discordtwin.User{})
		d.users[conversation] = user
	}
	var e discordtwin.Event
	switch d.way {
	case "direct":
		e = d.twin.DM(user, text)
	case "command":
		e = d.twin.Command(discordtwin.General, user, "ask", discordtwin.Option{Name: "question", Value: text})
	}
	d.said[e.ID] = e
	d.mu.Unlock()
	d.Redeliver(e.ID)
	return e.ID
}

// Redeliver has Discord say it once more, as soon as somebody hears it.
func (d *desk) Redeliver(event string) {
	d.mu.Lock()
	e := d.said[event]
	d.mu.Unlock()
	d.live.Go(func() {
		if !bottest.Eventually(func() bool { return d.twin.Send(e) > 0 }) {
			d.t.Error("nobody hears Discord")
		}
	})
}

// Acknowledged tells whether Discord takes it for received.
func (d *desk) Acknowledged(event string) bool {
	i, ok := d.twin.Interaction(event)
	return ok && i.Acked
}

// Posts are the answers that Discord shows.
func (d *desk) Posts(event string) (out []adaptertest.Post) {
	d.mu.Lock()
	e := d.said[event]
	d.mu.Unlock()
	for _, p := range append(d.twin.DMs(e.User), d.twin.Ephemerals(e.User)...) {
		if p.ByApp() && !p.Loading && (p.ReplyTo == e.ID || p.Interaction == e.ID) {
			out = append(out, adaptertest.Post{Text: shown(p), Alone: p.EphemeralTo != "" || e.Guild == ""})
		}
	}
	return out
}

// shown is all that a post says.
func shown(p discordtwin.Post) string {
	var b strings.Builder
	b.WriteString(p.Content)
	var walk func(any)
	walk = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, x := range v {
				walk(x)
			}
		case map[string]any:
			for _, key := range []string{"title", "description", "name", "value", "text", "fields", "footer"} {
				if s, ok := v[key].(string); ok {
					b.WriteString("\n" + s)
					continue
				}
				walk(v[key])
			}
		}
	}
	walk(p.Embeds)
	return b.String()
}

// IDs are Discord's own.
func (d *desk) IDs(event string) []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	e := d.said[event]
	return []string{event, e.Channel, e.Guild, e.User, discordtwin.App}
}

// Limits are what Discord makes impossible.
func (d *desk) Limits() map[string]string {
	if d.way == "command" {
		return nil
	}
	const why = "the gateway acknowledges no message"
	return map[string]string{
		"acknowledged once stored": why, "not acknowledged unless stored": why,
		"redelivered is the same message": why + "; TestRedelivered looks at the rest",
	}
}

// TestRedelivered sees that a message that the gateway says twice is one.
func TestRedelivered(t *testing.T) {
	bottest.NoneLeft(t)
	d := newDesk(t, "direct", discordtwin.Options{})
	a := d.Adapter(slog.New(slog.DiscardHandler))
	heard := make(chan bot.Message, 10)
	bottest.Start(t, "Run", func(ctx context.Context) error {
		return a.Run(ctx, func(_ context.Context, m bot.Message) error {
			heard <- m
			return nil
		})
	})
	event := d.Say("kitchen", "what is forced labor?")
	first := bottest.Receive(t, "the message", heard)
	d.Redeliver(event)
	if again := bottest.Receive(t, "the message again", heard); again.ID != first.ID || again.Conversation != first.Conversation {
		t.Errorf("said again it is %s, was %s", again.ID, first.ID)
	}
}

func TestSuite(t *testing.T) {
	for _, way := range []string{"direct", "command"} {
		t.Run(way, func(t *testing.T) {
			adaptertest.Run(t, func(t *testing.T) adaptertest.Harness { return newDesk(t, way, discordtwin.Options{}) })
		})
	}
}
