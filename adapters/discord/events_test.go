package discord_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"porchlight/adapters/discord"
	"porchlight/adapters/discord/discordtwin"
	"porchlight/bot"
	"porchlight/bot/bottest"
)

// A rig is an adapter at a twin, and what it made of it.
type rig struct {
	*desk
	test   *testing.T
	a      *discord.Adapter
	logs   *journal
	heard  chan bot.Message
	accept func(context.Context, bot.Message) error // nil: all is heard
	stop   func()                                   // ends Run and waits

	chosen sync.Map // setting by name
	counts counts
}

// newRig is a rig that does not listen yet. It leaves no goroutine behind, and
// nothing that nobody is to read in its log.
func newRig(t *testing.T, o discordtwin.Options) *rig {
	bottest.NoneLeft(t)
	r := &rig{desk: newDesk(t, "", o), test: t, logs: &journal{}, heard: make(chan bot.Message, 1000)}
	r.with(nil)
	t.Cleanup(func() {
		r.quiet("the log", r.logs.String())
		r.pingsNobody()
	})
	return r
}

// listening is a rig that listens.
func listening(t *testing.T, o discordtwin.Options) *rig {
	r := newRig(t, o)
	r.listen()
	return r
}

// knowing is a rig that does not listen, but knows who it is.
func knowing(t *testing.T, o discordtwin.Options) *rig {
	r := newRig(t, o)
	r.introduce()
	return r
}

func (r *rig) introduce() {
	r.test.Helper()
	if _, err := r.a.Register(r.test.Context(), ""); err != nil {
		r.test.Fatal(err)
	}
}

// with makes the adapter anew, with other options.
func (r *rig) with(tweak func(*discord.Options)) *rig {
	o := r.options(slog.New(slog.NewJSONHandler(r.logs, &slog.HandlerOptions{Level: slog.LevelDebug - 10})))
	o.Setting = func(_ context.Context, scope, name string) (string, error) {
		if idLike.MatchString(scope) {
			r.test.Errorf("the setting %q is kept under Discord's own id", name)
		}
		v, _ := r.chosen.Load(name)
		s, _ := v.(string)
		return s, nil
	}
	o.Sectors = func() []discord.Choice {
		return []discord.Choice{
			{Value: "farm-signs", Name: map[string]string{"en": "Farms", "es": "El campo"}}, {Value: "home-signs", Name: map[string]string{"en": "Homes"}},
		}
	}
	o.Countries = func() []discord.Choice {
		return []discord.Choice{{Value: "MX", Name: map[string]string{"en": "Mexico"}}}
	}
	o.Count = r.counts.add
	if tweak != nil {
		tweak(&o)
	}
	if err := o.Validate(); err != nil {
		r.test.Fatal(err)
	}
	r.a = discord.New(o)
	discord.SetPace(r.a, 20*time.Millisecond)
	return r
}

// take stores a message.
func (r *rig) take(ctx context.Context, m bot.Message) error {
	if r.accept != nil {
		if err := r.accept(ctx, m); err != nil {
			return err
		}
	}
	r.heard <- m
	return nil
}

// listen runs the adapter until the test ends or stop is called.
func (r *rig) listen() {
	r.test.Helper()
	a := r.a
	r.stop = bottest.Start(r.test, "Run", func(ctx context.Context) error { return a.Run(ctx, r.take) })
	r.await("the adapter listens", func() bool { return a.Ready() == nil })
}

// await waits until ok, or ends the test.
func (r *rig) await(what string, ok func() bool) {
	r.test.Helper()
	if !bottest.Eventually(ok) {
		r.test.Fatalf("not within %v: %s", bottest.Patience, what)
	}
}

// say has Discord say an event.
func (r *rig) say(e discordtwin.Event) {
	r.test.Helper()
	if n := r.twin.Send(e); n != 1 {
		r.test.Fatalf("said to %d sessions", n)
	}
}

// ask has Discord say an event, and returns the message that it is; an interaction
// is acknowledged by then.
func (r *rig) ask(e discordtwin.Event) bot.Message {
	r.test.Helper()
	r.say(e)
	m := bottest.Receive(r.test, "the message of "+e.Name, r.heard)
	if len(r.heard) > 0 {
		r.test.Fatalf("%d more messages of one event", len(r.heard))
	}
	if e.Token != "" {
		r.await("it is acknowledged", func() bool { i, _ := r.twin.Interaction(e.ID); return i.Acked })
	}
	return m
}

// deliver answers m, and expects it to go well.
func (r *rig) deliver(m bot.Message, all ...bot.Reply) {
	r.test.Helper()
	if err := r.a.Deliver(r.test.Context(), m, repliesOf(all...)); err != nil {
		r.test.Fatalf("Deliver: %v", err)
	}
}

// fails delivers m, and returns the error.
func (r *rig) fails(m bot.Message, all ...bot.Reply) error {
	r.test.Helper()
	err := r.a.Deliver(r.test.Context(), m, repliesOf(all...))
	if err == nil {
		r.test.Error("Deliver went well")
		return errors.New("none")
	}
	r.quiet("an error", err.Error())
	return err
}

func repliesOf(all ...bot.Reply) bot.Replies {
	return func(yield func(bot.Reply, error) bool) {
		for _, r := range all {
			if !yield(r, nil) {
				return
			}
		}
	}
}

// ours is a word in every answer here, theirs one in every question.
const (
	ours   = "larkspur"
	theirs = "marigold"
)

// replyOf is a final reply of a kind.
func replyOf(kind bot.Kind, words ...string) bot.Reply {
	r := bot.Reply{
		Kind: kind, Lang: "en", Urgent: kind.Urgent(), Lead: ours, Shareable: kind == bot.Answer, Final: true,
		Recall:      bot.Recall{Kind: kind, Lang: "en", Topics: []string{"your-passport"}}.String(),
		Words:       bot.Words{Help: "Help", Next: "Next"},
		Suggestions: []bot.Suggestion{{Label: "Wages", Text: "What are my wages?", Topic: "wages-owed"}, {Label: "Leave", Text: "Can I leave?"}},
	}
	for _, w := range words {
		r.Sections = append(r.Sections, bot.Section{Text: w})
	}
	return r
}

// opening is what comes before such a reply.
func opening(r bot.Reply) bot.Reply {
	r.Final, r.Sections, r.Suggestions = false, nil, nil
	return r
}

// person adds someone, and a channel of the server.
func (r *rig) person() (user, channel string) {
	return r.twin.AddUser(discordtwin.User{}), r.twin.AddChannel(discordtwin.Channel{Guild: discordtwin.Home, Name: "street"})
}

// seen is what of ours was ever shown in a channel to all who are in it.
func (r *rig) seen(channel string) (all []discordtwin.Post) {
	for _, p := range r.twin.History(channel) {
		if p.ByApp() && p.EphemeralTo == "" {
			all = append(all, p)
		}
	}
	return all
}

// alone is what one person is shown alone: ephemerals and direct messages.
func (r *rig) alone(user string) []discordtwin.Post {
	return append(r.twin.Ephemerals(user), r.twin.DMs(user)...)
}

// saying is how many of the posts say something.
func saying(posts []discordtwin.Post, word string) (n int) {
	for _, p := range posts {
		if strings.Contains(shown(p), word) {
			n++
		}
	}
	return n
}

// only is the one post of a list.
func (r *rig) only(posts []discordtwin.Post) discordtwin.Post {
	r.test.Helper()
	if len(posts) != 1 {
		r.test.Fatalf("%d posts, want 1: %+v", len(posts), posts)
	}
	return posts[0]
}

// button is the id of the button of a post that begins so.
func (r *rig) button(p discordtwin.Post, begins string) string {
	r.test.Helper()
	for _, b := range p.Buttons() {
		if strings.HasPrefix(b.CustomID, begins+":") {
			return b.CustomID
		}
	}
	r.test.Fatalf("no button %q on %q", begins, shown(p))
	return ""
}

func has(p discordtwin.Post, begins string) bool {
	return slices.ContainsFunc(p.Buttons(), func(b discordtwin.Button) bool { return strings.HasPrefix(b.CustomID, begins+":") })
}

// whisper is an answer that only the asker sees.
func (r *rig) whisper(channel, user string) discordtwin.Post {
	r.test.Helper()
	r.deliver(r.ask(r.twin.Command(channel, user, "ask", question())), replyOf(bot.Answer, "apple"))
	all := r.twin.Ephemerals(user)
	return all[len(all)-1]
}

// openly is an answer to a mention that everybody sees.
func (r *rig) openly(channel, user string) discordtwin.Post {
	r.test.Helper()
	before, _ := r.chosen.Swap("public", "on")
	r.deliver(r.ask(r.twin.Mention(channel, user, theirs)), replyOf(bot.Answer, "apple"))
	r.chosen.Store("public", before)
	all := r.twin.Posts(channel)
	return all[len(all)-1]
}

func question() discordtwin.Option { return discordtwin.Option{Name: "question", Value: theirs} }

// placed is m with other values in its place.
func placed(t *testing.T, m bot.Message, change map[string]any) bot.Message {
	t.Helper()
	p := map[string]any{}
	if m.From.Place != "" {
		if err := json.Unmarshal([]byte(m.From.Place), &p); err != nil {
			t.Fatal(err)
		}
	}
	maps.Copy(p, change)
	raw, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	m.From = bot.Address{Adapter: "discord", Place: string(raw)}
	return m
}

// said is the message that an event is, for a rig that does not listen.
func (r *rig) said(e discordtwin.Event) bot.Message {
	surface := bot.Channel
	if e.Guild == "" {
		surface = bot.Direct
	}
	m := bot.Message{ID: bot.MessageID(namer()("event", "discord", "message", e.ID)), Text: theirs, At: time.Now()}
	return placed(r.test, m, map[string]any{"g": e.Guild, "c": e.Channel, "u": e.User, "m": e.ID, "f": surface})
}

// again is m as the inbox hands it out once more.
func again(m bot.Message) bot.Message {
	m.Handed.Again = true
	return m
}

// idLike is what looks like an id or a token of Discord's.
var idLike = regexp.MustCompile(`[0-9]{17,20}|aW50ZXJhY3Rpb24|x0x0x0x0`)

// quiet expects a text to hold nothing of a person's or of Discord's.
func (r *rig) quiet(what, s string) {
	r.test.Helper()
	if found := idLike.FindString(s); found != "" || strings.Contains(s, theirs) || strings.Contains(s, ours) {
		r.test.Errorf("%s tells %q:\n%s", what, found, s)
	}
}

// pingsNobody expects that no request could notify anybody, and that each new post
// has a nonce that Discord enforces.
func (r *rig) pingsNobody() {
	for _, op := range []string{discordtwin.CreateMessage, discordtwin.UpdateMessage, discordtwin.UpdateOriginal, discordtwin.Followup} {
		for _, c := range r.twin.CallsTo(op) {
			parse, ok := c.Field("allowed_mentions", "parse").([]any)
			if !ok || len(parse) > 0 || c.Field("allowed_mentions", "replied_user") != false {
				r.test.Errorf("%s: allowed_mentions is %v", op, c.Field("allowed_mentions"))
			}
			if op != discordtwin.CreateMessage {
				continue
			}
			nonce, _ := c.Field("nonce").(string)
			if nonce == "" || len(nonce) > 25 || c.Field("enforce_nonce") != true {
				r.test.Errorf("nonce %q, enforced %v", nonce, c.Field("enforce_nonce"))
			}
		}
	}
}

// journal is what was logged.
type journal struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.b.Write(p)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.b.String()
}

// counts are counters.
type counts struct {
	mu sync.Mutex
	n  map[string]int
}

func (c *counts) add(name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.n == nil {
		c.n = map[string]int{}
	}
	c.n[name]++
}

func (c *counts) String() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var s []string
	for name, n := range c.n {
		s = append(s, fmt.Sprint(name, "=", n))
	}
	slices.Sort(s)
	return strings.Join(s, " ")
}

func publicKey(tw *discordtwin.Twin) string { return hex.EncodeToString(tw.PublicKey()) }

// TestWaysIn expects each way of asking to be one message, the same one when it is
// said again, that tells nothing of Discord's outside its sealed place.
func TestWaysIn(t *testing.T) {
	r := listening(t, discordtwin.Options{})
	_, street := r.person()
	mine := r.openly(street, discordtwin.Ben)
	option := func(name, value string) discordtwin.Option { return discordtwin.Option{Name: name, Value: value} }
	command := func(name string, options ...discordtwin.Option) func(user, channel string) discordtwin.Event {
		return func(user, channel string) discordtwin.Event { return r.twin.Command(channel, user, name, options...) }
	}
	mention := func(text string) func(user, channel string) discordtwin.Event {
		return func(user, channel string) discordtwin.Event { return r.twin.Mention(channel, user, text) }
	}
	dm := func(text string) func(user, channel string) discordtwin.Event {
		return func(user, _ string) discordtwin.Event { return r.twin.DM(user, text) }
	}
	for _, x := range []struct {
		name    string
		event   func(user, channel string) discordtwin.Event
		command bot.Command
		text    string
		public  bool
	}{
		{"direct", dm(" is it so? "), bot.NoCommand, "is it so?", false},
		{"direct, with a mention", dm("<@" + discordtwin.BotUser + "> is it so?"), bot.NoCommand, "is it so?", false},
		{"direct, with what people write", dm("<@" + discordtwin.Ben + "> <#1> <:a:1> <t:1:R> </ask:1> x"), bot.NoCommand, "@someone #channel     /ask x", false},
		{"direct, strange", func(user, _ string) discordtwin.Event { return r.twin.DM(user, "is it so?").Strange() }, bot.NoCommand, "is it so?", false},
		{"mention", mention("is it so?"), bot.NoCommand, "is it so?", true},
		{"mention in the older form", mention("<@!" + discordtwin.BotUser + "> is it so?"), bot.NoCommand, "is it so?", true},
		{"mention, strange", func(user, channel string) discordtwin.Event {
			return r.twin.Mention(channel, user, "is it so?").Strange()
		}, bot.NoCommand, "is it so?", true},
		{"mention in a thread", func(user, channel string) discordtwin.Event {
			thread, _ := r.twin.Thread(channel, "thread")
			return r.twin.Mention(thread, user, "is it so?")
		}, bot.NoCommand, "is it so?", true},
		{"bare mention", mention(""), bot.ShowAbout, "", true},
		{"reply to a post of ours", func(user, _ string) discordtwin.Event { return r.twin.Reply(street, user, mine.ID, "why?", true) }, bot.NoCommand, "why?", true},
		{"ask", command("ask", option("question", "is it so?")), bot.NoCommand, "is it so?", false},
		{"ask, in direct messages", func(user, _ string) discordtwin.Event {
			return r.twin.Command(r.twin.DMOf(user), user, "ask", option("question", "is it so?"))
		}, bot.NoCommand, "is it so?", false},
		{"ask nothing", command("ask", option("question", "  ")), bot.ShowAbout, "", false},
		{"ask a number", command("ask", discordtwin.Option{Name: "question", Value: 7}), bot.ShowAbout, "", false},
		{"ask without an option", command("ask"), bot.ShowAbout, "", false},
		{"signs", command("signs", option("sector", "farm-signs")), bot.ShowTopic, "farm-signs", false},
		{"signs of what is no choice", command("signs", option("sector", "the circus")), bot.NoCommand, "the circus", false},
		{"helplines", command("helplines"), bot.ShowHelp, "", false},
		{"helplines of a country", command("helplines", option("country", "MX")), bot.ShowHelp, "MX", false},
		{"about", command("about"), bot.ShowAbout, "", false},
		{"forget", command("forget"), bot.Forget, "", false},
		{"privately", func(user, channel string) discordtwin.Event {
			return r.twin.MessageCommand(channel, r.twin.ChannelMessage(channel, discordtwin.Ben, "is it so?").ID, user, "Ask about this privately")
		}, bot.NoCommand, "is it so?", false},
		{"privately, of nothing", func(user, channel string) discordtwin.Event {
			return r.twin.MessageCommand(channel, r.twin.ChannelMessage(channel, discordtwin.Ben, "<:a:1>").ID, user, "Ask about this privately")
		}, bot.ShowAbout, "", false},
	} {
		user, channel := r.person()
		e := x.event(user, channel)
		m := r.ask(e)
		if m.Command != x.command || m.Text != x.text || m.Private == x.public || m.Share {
			t.Errorf("%s: %s %q, private %v, share %v", x.name, m.Command, m.Text, m.Private, m.Share)
		}
		r.say(e)
		if two := bottest.Receive(t, "it again", r.heard); two.ID != m.ID || two.Conversation != m.Conversation || two.Person != m.Person {
			t.Errorf("%s: said again it is another message", x.name)
		}
		if s := fmt.Sprint(m.ID, m.Conversation, m.Person, m.Lang, m.Country) + m.Text; idLike.MatchString(s) {
			t.Errorf("%s: the message tells %q", x.name, idLike.FindString(s))
		}
		if i, ok := r.twin.Interaction(e.ID); ok && (i.Ack != 5 || !i.Ephemeral) {
			t.Errorf("%s: acknowledged with %d, ephemeral %v", x.name, i.Ack, i.Ephemeral)
		}
	}
}

// TestNoQuestion expects what is no question to be none, and to end nothing.
func TestNoQuestion(t *testing.T) {
	r := listening(t, discordtwin.Options{MessageContent: true})
	user, street := r.person()
	mine := r.openly(street, discordtwin.Ben)
	asked := r.twin.Mention(street, user, "is it so?")
	r.ask(asked)
	mention := "<@" + discordtwin.BotUser + "> is it so?"
	null := map[string]any{"author": nil}
	for name, e := range map[string]discordtwin.Event{
		"something else":       r.twin.ChannelMessage(street, user, "is it so?"),
		"a role":               r.twin.RoleMention(street, user, "is it so?"),
		"everybody":            r.twin.ChannelMessage(street, user, "@everyone is it so?"),
		"another bot":          r.twin.BotMessage(street, mention),
		"a webhook":            r.twin.WebhookMessage(street, mention),
		"itself":               r.twin.OwnMessage(mine),
		"an edit":              r.twin.Edit(asked.ID, mention+"!"),
		"a preview":            r.twin.Unfurl(asked.ID),
		"a deletion":           r.twin.Remove(r.twin.ChannelMessage(street, user, "x").ID),
		"somebody joins":       r.twin.Joined(street, user).With(map[string]any{"mentions": asked.Data["mentions"]}),
		"no author":            r.twin.Mention(street, user, "x").NoAuthor(),
		"an author of null":    r.twin.Mention(street, user, "x").With(null),
		"no author, strange":   r.twin.DM(user, "x").NoAuthor().Strange(),
		"no channel":           r.twin.Mention(street, user, "x").Without("channel_id"),
		"a picture":            r.twin.DM(user, ""),
		"text of another type": r.twin.DM(user, "x").With(map[string]any{"content": []any{1}}),
		"an unknown event":     r.twin.Unknown("TEAPOT_UPDATE"),
		"a reply to others":    r.twin.Reply(street, user, r.twin.ChannelMessage(street, discordtwin.Ben, "x").ID, "is it so?", true),
		"a command of others":  r.twin.Command(street, user, "teapot"),
		"a command of nobody":  r.twin.Command(street, user, "ask", question()).Without("member"),
		"a menu of others":     r.twin.MessageCommand(street, asked.ID, user, "Teapot"),
		"no data":              r.twin.Command(street, user, "ask", question()).Without("data"),
		"a ping":               r.twin.Command(street, user, "ask", question()).With(map[string]any{"type": 1}),
		"a modal":              r.twin.Command(street, user, "ask", question()).With(map[string]any{"type": 5}),
	} {
		r.twin.Send(e) // an event may fall to nobody
		m := r.ask(r.twin.DM(user, "next"))
		if m.Text != "next" {
			t.Errorf("%s is a question: %q", name, m.Text)
		}
	}
	if n := r.twin.Opened(); n != 1 {
		t.Errorf("connected %d times", n)
	}
}

// TestStoreRefuses expects no acknowledgement of what was not stored.
func TestStoreRefuses(t *testing.T) {
	r := newRig(t, discordtwin.Options{})
	refused := make(chan struct{}, 2)
	r.accept = func(_ context.Context, m bot.Message) error {
		if m.Text == theirs {
			refused <- struct{}{}
			return errors.New("full")
		}
		return nil
	}
	r.listen()
	user, street := r.person()
	e := r.twin.Command(street, user, "ask", question())
	r.say(e)
	bottest.Receive(t, "the message", refused)
	r.ask(r.twin.Command(street, user, "about")) // of the same person: after it
	if i, _ := r.twin.Interaction(e.ID); i.Acked {
		t.Error("acknowledged, and not stored")
	}
	r.await("the error is logged", func() bool { return strings.Contains(r.logs.String(), "event not stored") })
}

// TestChoices expects what is typed to be completed in the person's language.
func TestChoices(t *testing.T) {
	r := listening(t, discordtwin.Options{})
	user, street := r.person()
	spaniard := r.twin.AddUser(discordtwin.User{Locale: "es-ES"})
	for _, x := range []struct{ who, command, option, typed, want string }{
		{user, "signs", "sector", "", "[farm-signs Farms home-signs Homes]"},
		{user, "signs", "sector", "HOM", "[home-signs Homes]"},
		{user, "signs", "sector", "circus", "[]"},
		{spaniard, "signs", "sector", "campo", "[farm-signs El campo]"},
		{spaniard, "signs", "sector", "hom", "[home-signs Homes]"},
		{user, "helplines", "country", "mex", "[MX Mexico]"},
	} {
		e := r.twin.Autocomplete(street, x.who, x.command, discordtwin.Option{Name: x.option, Value: x.typed, Focused: true})
		r.say(e)
		r.await("there are choices", func() bool { i, _ := r.twin.Interaction(e.ID); return i.Acked })
		i, _ := r.twin.Interaction(e.ID)
		got := []any{}
		for _, c := range i.Choices {
			if m, ok := c.(map[string]any); ok {
				got = append(got, m["value"], m["name"])
			}
		}
		if s := fmt.Sprint(got); s != x.want {
			t.Errorf("%s %q: %s, want %s", x.command, x.typed, s, x.want)
		}
	}
	if len(r.heard) > 0 {
		t.Error("typing is a message")
	}
}
