package discord_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"maps"
	"net/http"
	"strings"
	"sync"
	"testing"

	"porchlight/adapters/discord"
	"porchlight/adapters/discord/discordtwin"
	"porchlight/bot"
	"porchlight/bot/bottest"
	"porchlight/bot/inbox"
	"porchlight/bot/inbox/seal"
	"porchlight/bot/inbox/store"
)

// A council is a server with its members, and the program at it with a store.
type council struct {
	t     *testing.T
	twin  *discordtwin.Twin
	store *store.Store
	o     discord.Options
	logs  lines

	mu   sync.Mutex
	kept map[string]string // what was kept, as it was kept, by name
}

// lines are a log that is written and read at once.
type lines struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func newCouncil(t *testing.T) *council {
	bottest.NoneLeft(t)
	c := &council{t: t, kept: map[string]string{}}
	c.twin = discordtwin.Start(t, discordtwin.Options{Contracts: "../../../shared/contracts"})
	key, err := seal.NewMaster(bytes.Repeat([]byte{5}, seal.Size))
	if err != nil {
		t.Fatal(err)
	}
	if c.store, err = store.Open(t.Context(), t.TempDir(), key, store.Options{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.store.Close(); err != nil {
			t.Error(err)
		}
	})
	c.o = discord.Options{
		Token: discordtwin.Token, APIURL: c.twin.APIURL(), Name: c.store.Name, Say: phrases().Screen,
		Countries: func() []discord.Choice {
			return []discord.Choice{{Value: "MX", Name: map[string]string{"en": "MX"}}, {Value: "US", Name: map[string]string{"en": "US"}}}
		},
		Setting: c.store.Setting, Set: c.set, Vault: c, Log: slog.New(slog.NewJSONHandler(&c.logs, nil)),
	}
	c.serve()
	if _, err := discord.New(c.o).Register(t.Context(), ""); err != nil {
		t.Fatal(err)
	}
	return c
}

// serve starts a process, and returns what ends it.
func (c *council) serve() (stop func()) {
	a := discord.New(c.o)
	stop = bottest.Start(c.t, "Serve", func(ctx context.Context) error {
		return bot.Serve(ctx, &inbox.Memory{}, lookout{}, a)
	})
	c.until("it hears", func() bool { return a.Ready() == nil })
	return stop
}

func (c *council) set(ctx context.Context, scope, name, value string) error {
	c.mu.Lock()
	c.kept[name] = scope + " " + value
	c.mu.Unlock()
	return c.store.Set(ctx, scope, name, value)
}

func (c *council) Sealed(ctx context.Context, scope, name string) (string, error) {
	return c.store.Sealed(ctx, scope, name)
}

func (c *council) SetSealed(ctx context.Context, scope, name, value string) error {
	err := c.store.SetSealed(ctx, scope, name, value)
	raw, err2 := c.store.Setting(ctx, scope, name)
	if strings.HasPrefix(name, "session ") { // what a connection keeps is no setting
		return errors.Join(err, err2)
	}
	c.mu.Lock()
	c.kept[name] = scope + " " + raw
	c.mu.Unlock()
	if err == nil {
		err = err2
	}
	return err
}

func (c *council) all() map[string]string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return maps.Clone(c.kept)
}

func (c *council) until(what string, ok func() bool) {
	c.t.Helper()
	if !bottest.Eventually(ok) {
		c.t.Fatal("never happened: ", what)
	}
}

// runs has somebody use a command and returns what they alone are shown.
func (c *council) runs(user, name string, options ...discordtwin.Option) string {
	c.t.Helper()
	e := c.twin.Command(discordtwin.General, user, name, options...)
	c.twin.Send(e)
	return c.shown(e)
}

// shown is what the answer to an interaction says, which only its person sees.
func (c *council) shown(e discordtwin.Event) (text string) {
	c.t.Helper()
	c.until("the answer is there", func() bool {
		for _, p := range c.twin.Ephemerals(e.User) {
			if p.Interaction == e.ID && !p.Loading {
				text = shown(p)
				return true
			}
		}
		return false
	})
	return text
}

func (c *council) sets(user string, pairs ...string) string {
	c.t.Helper()
	var o []discordtwin.Option
	for i := 0; i < len(pairs); i += 2 {
		o = append(o, discordtwin.Option{Name: pairs[i], Value: pairs[i+1]})
	}
	return c.runs(user, "porchlight-settings", o...)
}

// mentions has somebody ask in a channel, and returns what everybody sees of it.
func (c *council) mentions(channel, user, text string) (said string) {
	c.t.Helper()
	e := c.twin.Mention(channel, user, text)
	c.twin.Send(e)
	c.until("it is answered", func() bool {
		for _, p := range c.twin.Posts(channel) {
			if p.ReplyTo == e.ID && p.ByApp() {
				said = shown(p)
				return true
			}
		}
		return false
	})
	return said
}

// A lookout answers with the language and country that came with a question.
type lookout struct{}

func (lookout) Answer(_ context.Context, m bot.Message) bot.Replies {
	r := bot.Reply{Kind: bot.Answer, Lead: "larkspur " + m.Lang + "/" + m.Country + ".", Lang: "en", Final: true}
	if strings.Contains(m.Text, "danger") {
		r.Kind = bot.Danger
	}
	if m.Command == bot.Errand {
		r = bot.Reply{Final: true}
	}
	return func(yield func(bot.Reply, error) bool) { yield(r, nil) }
}

const neutral = "I can answer that privately"

// Who manages the server sees and changes the settings; everybody else is told
// kindly that they cannot, each time, and nothing changes.
func TestSettingsWhoMay(t *testing.T) {
	for permissions, may := range map[int64]bool{
		discordtwin.ManageGuild: true, 1 << 3: true, 1<<3 | 1<<40: true, 0: false, discordtwin.ManageMessages: false, 1 << 4: false, 1 << 28: false,
	} {
		c := newCouncil(t)
		user := c.twin.AddUser(discordtwin.User{Permissions: permissions})
		got := c.sets(user, "public", "on")
		if strings.Contains(got, "Settings of this server") != may || strings.Contains(got, "You can ask here all the same") == may || len(c.all()) > 0 != may {
			t.Errorf("with %d: shown %s, kept %v", permissions, got, c.all())
		}
		if len(c.twin.Posts(discordtwin.General)) > 0 {
			t.Error("others were shown something")
		}
	}
}

// Who managed it until just now is refused, whatever else they were told.
func TestSettingsNoLonger(t *testing.T) {
	c := newCouncil(t)
	c.sets(discordtwin.Mod)
	c.twin.AddUser(discordtwin.User{ID: discordtwin.Mod, Name: "mod"})
	if got := c.sets(discordtwin.Mod, "public", "on"); !strings.Contains(got, "You can ask here all the same") || len(c.all()) > 0 {
		t.Errorf("shown %s, kept %v", got, c.all())
	}
	if got := c.sets(discordtwin.Ben, "public", "on"); !strings.Contains(got, "Solo quien administra") {
		t.Errorf("in the person's language: %s", got)
	}
}

// A manager lets information be public: then it shows in the channel, danger never,
// and nothing once they have taken it back.
func TestSettingsPublic(t *testing.T) {
	c := newCouncil(t)
	ask := func(text string, public bool) {
		t.Helper()
		got := c.mentions(discordtwin.General, discordtwin.Ana, text)
		if strings.Contains(got, "larkspur") != public || strings.Contains(got, neutral) == public {
			t.Errorf("%q is answered with %s", text, got)
		}
	}
	ask("what is a visa?", false)
	if got := c.sets(discordtwin.Ana, "public", "on"); strings.Contains(got, "Saved") {
		t.Errorf("anybody may: %s", got)
	}
	ask("what is a visa?", false)
	if got := c.sets(discordtwin.Mod, "public", "on"); !strings.Contains(got, "Saved") || !strings.Contains(got, "Everybody there") {
		t.Errorf("shown %s", got)
	}
	ask("what is a visa?", true)
	ask("I am in danger", false)
	if got := c.sets(discordtwin.Mod); strings.Contains(got, "Saved") || !strings.Contains(got, "Everybody there") {
		t.Errorf("only looked, and shown %s", got)
	}
	if got := c.sets(discordtwin.Mod, "public", "off"); !strings.Contains(got, "Only who asked") {
		t.Errorf("shown %s", got)
	}
	ask("what is a visa?", false)
	for _, id := range []string{discordtwin.Mod, discordtwin.Ana, discordtwin.General, discordtwin.Home} {
		if strings.Contains(c.logs.String(), id) {
			t.Errorf("%s was logged", id)
		}
	}
}

// In the channels chosen and in no others; in all where none is; and whoever takes
// the last one off makes nothing public by that.
func TestSettingsChannels(t *testing.T) {
	c := newCouncil(t)
	open := func(channel string, want bool) {
		t.Helper()
		if got := c.mentions(channel, discordtwin.Ana, "what is a visa?"); strings.Contains(got, "larkspur") != want {
			t.Errorf("answered %s", got)
		}
	}
	if got := c.sets(discordtwin.Mod, "public", "on", "channel", discordtwin.Help); !strings.Contains(got, "<#"+discordtwin.Help+">") {
		t.Errorf("shown %s", got)
	}
	open(discordtwin.Help, true)
	open(discordtwin.General, false)
	for name, kept := range c.all() {
		if strings.Contains(kept, discordtwin.Help) || strings.Contains(kept, discordtwin.Home) {
			t.Errorf("%s is kept as %s", name, kept)
		}
	}
	c.sets(discordtwin.Mod, "channel", discordtwin.General)
	open(discordtwin.General, true)
	c.sets(discordtwin.Mod, "channel", discordtwin.Help)
	open(discordtwin.Help, false)
	if got := c.sets(discordtwin.Mod, "channel", discordtwin.General); !strings.Contains(got, "Only who asked") {
		t.Errorf("the last one was taken off, and shown %s", got)
	}
	open(discordtwin.General, false)
	c.sets(discordtwin.Mod, "public", "on")
	open(discordtwin.General, true)
	open(discordtwin.Help, true)
}

// A thread counts as the channel that it is in, and is looked at once.
func TestSettingsThreads(t *testing.T) {
	c := newCouncil(t)
	listed, _ := c.twin.Thread(discordtwin.Help, "thread")
	other, _ := c.twin.Thread(discordtwin.General, "thread")
	c.sets(discordtwin.Mod, "public", "on", "channel", discordtwin.Help)
	for range 2 {
		for thread, want := range map[string]bool{listed: true, other: false} {
			if got := c.mentions(thread, discordtwin.Ana, "what is a visa?"); strings.Contains(got, "larkspur") != want {
				t.Errorf("answered %s", got)
			}
		}
	}
	if got := c.mentions(listed, discordtwin.Ana, "I am in danger"); strings.Contains(got, "larkspur") {
		t.Errorf("danger is answered with %s", got)
	}
	if n := c.twin.Count(discordtwin.GetChannel); n != 2 {
		t.Errorf("looked %d times at 2 threads", n)
	}
	c.sets(discordtwin.Mod, "channel", discordtwin.General)
	if got := c.mentions(other, discordtwin.Ana, "what is a visa?"); !strings.Contains(got, "larkspur") {
		t.Errorf("the channel was added, and its thread answered %s", got)
	}
}

// What a thread belongs to is not guessed: where Discord does not say, nothing shows.
func TestSettingsThreadUnknown(t *testing.T) {
	c := newCouncil(t)
	thread, _ := c.twin.Thread(discordtwin.Help, "thread")
	c.sets(discordtwin.Mod, "public", "on", "channel", discordtwin.Help)
	c.twin.Fault(discordtwin.GetChannel, 1, discordtwin.Refused(http.StatusForbidden, 50001, "Missing Access"))
	if got := c.mentions(thread, discordtwin.Ana, "what is a visa?"); strings.Contains(got, "larkspur") {
		t.Errorf("answered %s", got)
	}
	c.twin.Fault(discordtwin.GetChannel, 1, discordtwin.Broken(http.StatusBadGateway)) // it is asked again
	if got := c.mentions(thread, discordtwin.Ana, "what is a visa?"); !strings.Contains(got, "larkspur") {
		t.Errorf("answered %s", got)
	}
}

// A choice that is handed out again, since nobody could be told of it, is made once.
func TestSettingsChannelOnce(t *testing.T) {
	c := newCouncil(t)
	c.twin.Fault(discordtwin.UpdateOriginal, 1, discordtwin.Broken(http.StatusBadGateway))
	if got := c.sets(discordtwin.Mod, "channel", discordtwin.Help); !strings.Contains(got, "<#"+discordtwin.Help+">") || c.twin.Count(discordtwin.UpdateOriginal) != 2 {
		t.Errorf("after %d tries shown %s", c.twin.Count(discordtwin.UpdateOriginal), got)
	}
}

// Language of who has none of their own, and country, come with every question.
func TestSettingsLanguageAndCountry(t *testing.T) {
	c := newCouncil(t)
	if got := c.sets(discordtwin.Mod, "language", "es", "country", "MX", "public", "on"); !strings.Contains(got, "Spanish") || !strings.Contains(got, "Mexico") {
		t.Errorf("shown %s", got)
	}
	ask := func(want string) {
		t.Helper()
		if got := c.mentions(discordtwin.General, discordtwin.Ana, "what is a visa?"); !strings.Contains(got, "larkspur "+want+".") {
			t.Errorf("answered %s, want %s", got, want)
		}
	}
	ask("es/MX")
	if got := c.runs(discordtwin.Ana, "ask", discordtwin.Option{Name: "question", Value: "what is a visa?"}); !strings.Contains(got, `larkspur en\-US/MX`) && !strings.Contains(got, "larkspur en-US/MX") {
		t.Errorf("their own language is %s", got)
	}
	if got := c.sets(discordtwin.Mod, "language", "auto", "country", "auto"); !strings.Contains(got, "own") || !strings.Contains(got, "Not chosen") {
		t.Errorf("shown %s", got)
	}
	ask("/")
	for _, bad := range []string{"ZZ", "mx", "Mexico"} {
		if got := c.sets(discordtwin.Mod, "country", bad); strings.Contains(got, "Saved") {
			t.Errorf("%s was taken: %s", bad, got)
		}
	}
}

// A country can be left open again: it is among what is offered.
func TestSettingsOffer(t *testing.T) {
	c := newCouncil(t)
	e := c.twin.Autocomplete(discordtwin.General, discordtwin.Mod, "porchlight-settings", discordtwin.Option{Name: "country", Value: "", Focused: true})
	c.twin.Send(e)
	c.until("it is offered", func() bool {
		i, _ := c.twin.Interaction(e.ID)
		return len(i.Choices) == 3
	})
}

// Registered once, nothing is left to change: in all servers, and in one.
func TestSettingsRegistered(t *testing.T) {
	c := newCouncil(t)
	for range 2 {
		for _, guild := range []string{"", discordtwin.Home} {
			if _, err := discord.New(c.o).Register(t.Context(), guild); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, guild := range []string{"", discordtwin.Home} {
		if got, err := discord.New(c.o).Register(t.Context(), guild); err != nil || len(got) != 1 || got[0] != "nothing to change" {
			t.Errorf("%q: %v %v", guild, got, err)
		}
	}
}
