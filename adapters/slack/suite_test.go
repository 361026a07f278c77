package slack_test

import (
	"log/slog"
	"net/url"
	"slices"
	"sync"
	"testing"
	"time"

	"porchlight/adapters/adaptertest"
	"porchlight/adapters/slack"
	"porchlight/adapters/slack/slacktwin"
	"porchlight/bot"
	"porchlight/bot/inbox/seal"
	"porchlight/prompts"
)

// A desk is the adapter between its inbox and a twin of Slack.
type desk struct {
	t     testing.TB
	twin  *slacktwin.Twin
	way   string // how people ask: "direct", "mention", "command"
	tweak func(*slack.Options)

	mu    sync.Mutex
	said  map[string]*said
	talks map[string]talk
}

type said struct {
	event     slacktwin.Event
	envelopes []string
}

const contracts = "../../../shared/contracts"

type talk struct{ user, thread string }

func newDesk(t testing.TB, way string, o slacktwin.Options) *desk {
	o.Contracts = contracts
	return &desk{t: t, twin: slacktwin.Start(t, o), way: way, said: map[string]*said{}, talks: map[string]talk{}}
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

func (d *desk) options(log *slog.Logger) slack.Options {
	u, err := url.Parse(d.twin.URL())
	if err != nil {
		d.t.Fatal(err)
	}
	secret, _, _ := d.twin.Credentials()
	o := slack.Options{
		BotToken: slacktwin.BotToken, AppToken: slacktwin.AppToken, SigningSecret: secret, APIURL: d.twin.APIURL(),
		Hooks: []string{u.Host}, Name: namer(), Say: phrases().Screen, Log: log,
	}
	if d.tweak != nil {
		d.tweak(&o)
	}
	return o
}

// streamed is a desk at which whatever may grow does so at once.
type streamed struct{ *desk }

// Adapter makes the adapter, as a new process would.
func (d *streamed) Adapter(log *slog.Logger) bot.Adapter {
	o := d.options(log)
	o.Pace = 1000
	a := slack.New(o)
	slack.SetBeat(a, 0, 0)
	return a
}

// Adapter makes the adapter, as a new process would.
func (d *desk) Adapter(log *slog.Logger) bot.Adapter { return slack.New(d.options(log)) }

// Say has someone ask.
func (d *desk) Say(conversation, text string) string {
	d.mu.Lock()
	defer d.mu.Unlock()
	k, ok := d.talks[conversation]
	if !ok {
		k.user = d.twin.AddUser(slacktwin.User{})
		d.twin.AddChannel(slacktwin.Channel{
			ID: slacktwin.General, Members: append([]string{slacktwin.BotUser, slacktwin.Ana, slacktwin.Ben}, d.people(k.user)...),
		})
	}
	var e slacktwin.Event
	switch d.way {
	case "direct":
		e = d.twin.DM(k.user, text)
	case "mention":
		e = d.twin.Mention(slacktwin.General, k.user, "<@"+slacktwin.BotUser+"> "+text, k.thread)
		k.thread = e.Thread
	case "command":
		e = d.twin.Command(slacktwin.General, k.user, "/porchlight", text)
		e.ID, _ = e.Payload["trigger_id"].(string)
	}
	d.talks[conversation] = k
	d.said[e.ID] = &said{event: e}
	d.send(e.ID)
	return e.ID
}

func (d *desk) people(more string) (all []string) {
	for _, k := range d.talks {
		all = append(all, k.user)
	}
	return append(all, more)
}

// send has Slack say it. It wants d.mu held.
func (d *desk) send(id string) {
	s := d.said[id]
	s.envelopes = append(s.envelopes, d.twin.Send(s.event))
}

// Redeliver has Slack say it once more.
func (d *desk) Redeliver(event string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.send(event)
}

// Acknowledged tells whether Slack takes it for received.
func (d *desk) Acknowledged(event string) bool {
	d.mu.Lock()
	envelopes := slices.Clone(d.said[event].envelopes)
	d.mu.Unlock()
	for _, a := range d.twin.Acks() {
		if slices.Contains(envelopes, a.Envelope) {
			return true
		}
	}
	return false
}

// Posts are the answers that Slack shows.
func (d *desk) Posts(event string) (out []adaptertest.Post) {
	d.mu.Lock()
	e := d.said[event].event
	d.mu.Unlock()
	user := e.User
	if user == "" {
		user, _ = e.Payload["user_id"].(string)
	}
	for _, p := range d.twin.Posts("") {
		if e.TS != "" && p.ThreadTS == e.Thread {
			out = append(out, adaptertest.Post{Text: shown(p.Blocks), Alone: p.Channel[0] == 'D'})
		}
	}
	for _, p := range d.twin.Ephemerals(user) {
		out = append(out, adaptertest.Post{Text: shown(p.Blocks), Alone: true})
	}
	return out
}

// shown are all texts in blocks.
func shown(v any) (s string) {
	switch v := v.(type) {
	case []any:
		for _, x := range v {
			s += shown(x)
		}
	case map[string]any:
		if t, ok := v["text"].(string); ok {
			return t + "\n"
		}
		for _, x := range v {
			s += shown(x)
		}
	}
	return s
}

// IDs are Slack's own.
func (d *desk) IDs(event string) []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	e := d.said[event].event
	return []string{event, e.ID, e.Channel, e.TS, e.User, slacktwin.Team, slacktwin.General}
}

// Limits are what Slack makes impossible.
func (d *desk) Limits() map[string]string {
	if d.way == "direct" {
		return nil
	}
	return map[string]string{
		"delivered again after a restart, one post": "what only the asker sees cannot be looked up at Slack",
	}
}

// impatient is a Slack that says at once again what found no socket.
func impatient() slacktwin.Options {
	o := slacktwin.Options{RetryCommands: true, AckWithin: 300 * time.Millisecond}
	for range 200 {
		o.Retries = append(o.Retries, 20*time.Millisecond)
	}
	return o
}

func TestSuite(t *testing.T) {
	for _, way := range []string{"direct", "mention", "command"} {
		t.Run(way, func(t *testing.T) {
			adaptertest.Run(t, func(t *testing.T) adaptertest.Harness {
				return newDesk(t, way, impatient())
			})
		})
	}
	t.Run("streamed", func(t *testing.T) {
		adaptertest.Run(t, func(t *testing.T) adaptertest.Harness {
			d := newDesk(t, "direct", impatient())
			d.tweak = func(o *slack.Options) { o.Stream = true }
			return &streamed{d}
		})
	})
}
