package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"log/slog"
	"maps"
	"net/url"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode"

	"porchlight/adapters/console"
	"porchlight/adapters/discord"
	"porchlight/adapters/discord/discordtwin"
	"porchlight/adapters/slack"
	"porchlight/adapters/slack/slacktwin"
	"porchlight/bot"
	"porchlight/bot/answer"
	"porchlight/bot/conversation"
	"porchlight/bot/eval"
	"porchlight/bot/inbox"
	"porchlight/bot/inbox/seal"
)

// TestParity asks the same on every platform, of one answerer, and expects the same
// replies to reach each adapter, and each platform to show what they say.
func TestParity(t *testing.T) {
	h := newHall(t)
	cases := parityCases(t)
	var asking sync.WaitGroup
	said := map[string][]heard{} // by platform, in the order of the turns
	var mu sync.Mutex
	for _, platform := range []string{"console", "slack", "discord"} {
		asking.Go(func() {
			for _, c := range cases {
				for _, got := range h.talk(platform, c) {
					mu.Lock()
					said[got.face] = append(said[got.face], got)
					mu.Unlock()
				}
			}
		})
	}
	asking.Wait()
	n := 0
	for _, c := range cases {
		for i := range c.Turns {
			h.same(t, c, i, said["console"][n], said["slack"][n], said["discord /ask"][n])
			h.same(t, c, i, said["console, no language"][n], said["discord"][n])
			n++
		}
	}
	t.Logf("%d questions, %d shortened to fit", n, h.cut)
	if n < 200 || h.cut > n/10 {
		t.Errorf("%d questions, %d shortened", n, h.cut)
	}
}

// parityCases are some of every set in both languages, of the half to tune by.
func parityCases(t *testing.T) (some []eval.Case) {
	all, err := eval.Load(eval.Embedded())
	if err != nil {
		t.Fatal(err)
	}
	taken := map[string]int{}
	for _, c := range all {
		of := c.Set + "." + c.Lang
		if c.Half == eval.Dev && (c.Lang == "en" || c.Lang == "es") && taken[of] < 9 {
			taken[of]++
			some = append(some, c)
		}
	}
	if len(taken) != 2*len(eval.Names) {
		t.Fatalf("of %d sets there is something: %v", len(taken), taken)
	}
	return some
}

// heard is what became of a question: what reached the adapter, and what a person
// was shown.
type heard struct {
	face    string
	replies []bot.Reply
	shown   string
}

// A listener is an adapter whose replies are overheard.
type listener struct {
	bot.Adapter
	heard chan []bot.Reply
}

// Deliver passes the replies on, and tells of them once they are delivered.
func (l *listener) Deliver(ctx context.Context, m bot.Message, replies bot.Replies) error {
	var all []bot.Reply
	err := l.Adapter.Deliver(ctx, m, func(yield func(bot.Reply, error) bool) {
		for r, err := range replies {
			if err == nil {
				all = append(all, r)
			}
			if !yield(r, err) {
				return
			}
		}
	})
	if err == nil {
		l.heard <- all
	}
	return err
}

// A hall is the program on three platforms at once.
type hall struct {
	t        *testing.T
	pipeline *answer.Pipeline
	slack    *slacktwin.Twin
	discord  *discordtwin.Twin
	lines    *io.PipeWriter // into the console
	printed  *bufio.Scanner
	by       map[string]*listener
	cut      int // replies that a platform had no room for
}

func newHall(t *testing.T, tune ...func(*answer.Pipeline)) *hall {
	h := &hall{
		t: t, slack: slacktwin.Start(t, slacktwin.Options{Contracts: discordContracts}),
		discord: discordtwin.Start(t, discordtwin.Options{Contracts: discordContracts}), by: map[string]*listener{},
	}
	ctx, stop := context.WithCancel(t.Context())
	log := slog.New(slog.DiscardHandler)
	p, err := (&globals{}).pipeline(ctx, log, conversation.NewInMemory(consoleConversations, 0, nil))
	if err != nil {
		t.Fatal(err)
	}
	p.Watched = func(adapter string) bool { return adapter == "slack" } // as serve has it
	h.pipeline = p
	for _, f := range tune {
		f(p)
	}
	in, lines := io.Pipe()
	out, printed := io.Pipe()
	h.lines, h.printed = lines, bufio.NewScanner(out)
	h.printed.Buffer(nil, 1<<20)
	var adapters []bot.Adapter
	for _, a := range []bot.Adapter{
		console.NewJSONL(console.Options{In: in, Out: printed, Err: io.Discard, Env: []string{}}), h.onSlack(), h.onDiscord(),
	} {
		h.by[a.Name()] = &listener{a, make(chan []bot.Reply, 8)}
		adapters = append(adapters, h.by[a.Name()])
	}
	ended := make(chan error, 1)
	go func() { ended <- bot.Serve(ctx, &inbox.Memory{Log: log}, p, adapters...) }()
	t.Cleanup(func() {
		_ = lines.Close()
		stop()
		if err := <-ended; err != nil {
			t.Errorf("serve: %v", err)
		}
	})
	within(20*time.Second, func() bool { return len(h.slack.Sockets()) > 0 && len(h.discord.Sockets()) > 0 })
	return h
}

func (h *hall) onSlack() bot.Adapter {
	u, err := url.Parse(h.slack.URL())
	if err != nil {
		h.t.Fatal(err)
	}
	return slack.New(slack.Options{
		BotToken: slacktwin.BotToken, AppToken: slacktwin.AppToken, APIURL: h.slack.APIURL(), Hooks: []string{u.Host}, Pace: 100,
		Name: pseudonyms(), Say: phrasebook().Screen,
	})
}

func (h *hall) onDiscord() bot.Adapter {
	return discord.New(discord.Options{Token: discordtwin.Token, APIURL: h.discord.APIURL(), Name: pseudonyms(), Say: phrasebook().Screen})
}

var pseudonyms = sync.OnceValue(func() func(string, ...string) string {
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

// talk has a new person ask the turns of a case on a platform, in each of its ways.
func (h *hall) talk(platform string, c eval.Case) (all []heard) {
	locale := map[string]string{"en": "en-US", "es": "es-ES"}[c.Lang]
	switch platform {
	case "console":
		for face, locale := range map[string]string{"console": locale, "console, no language": ""} {
			for _, text := range c.Turns {
				all = append(all, h.print(face, c.ID+face, locale, text))
			}
		}
	case "slack":
		user := h.slack.AddUser(slacktwin.User{Locale: locale})
		for _, text := range c.Turns {
			e := h.slack.DM(user, text)
			h.slack.Send(e)
			all = append(all, h.await("slack", "slack", func() string { return h.onScreen(e) }))
		}
	case "discord":
		user := h.discord.AddUser(discordtwin.User{Locale: locale})
		for _, text := range c.Turns {
			e := h.discord.Command(discordtwin.General, user, "ask", discordtwin.Option{Name: "question", Value: text})
			h.discord.Send(e)
			all = append(all, h.await("discord", "discord /ask", func() string { return h.said(e.ID, h.discord.Ephemerals(user)) }))
		}
		for _, text := range c.Turns {
			e := h.discord.DM(user, text)
			h.discord.Send(e)
			all = append(all, h.await("discord", "discord", func() string { return h.said(e.ID, h.discord.DMs(user)) }))
		}
	}
	return all
}

// await is what reached an adapter next, and what is shown of it.
func (h *hall) await(platform, face string, shown func() string) heard {
	select {
	case all := <-h.by[platform].heard:
		return heard{face, all, shown()}
	case <-time.After(20 * time.Second):
		h.t.Errorf("%s: no answer", face)
		return heard{face: face}
	}
}

// print asks on the console.
func (h *hall) print(face, thread, locale, text string) heard {
	line, err := json.Marshal(map[string]string{"thread": thread, "locale": locale, "text": text})
	if err != nil {
		h.t.Error(err)
	}
	fmt.Fprintf(h.lines, "%s\n", line)
	var r struct{ Text string }
	if !h.printed.Scan() || json.Unmarshal(h.printed.Bytes(), &r) != nil {
		h.t.Errorf("console: %s", h.printed.Bytes())
	}
	return h.await("console", face, func() string { return r.Text })
}

// onScreen is the text of Slack's answer to a direct message.
func (h *hall) onScreen(e slacktwin.Event) (s string) {
	for _, p := range h.slack.Posts(e.Channel) {
		if p.ThreadTS == e.TS {
			text := p.Text + "\n" + textsIn(p.Blocks)
			s += html.UnescapeString(linkLike.ReplaceAllString(text, "$1")) + "\n"
		}
	}
	return s
}

// textsIn are all texts in a value of JSON, in order.
func textsIn(v any) (s string) {
	switch v := v.(type) {
	case []any:
		for _, x := range v {
			s += textsIn(x)
		}
	case map[string]any:
		if text, ok := v["text"].(string); ok {
			return text + "\n"
		}
		for _, key := range slices.Sorted(maps.Keys(v)) {
			s += textsIn(v[key])
		}
	}
	return s
}

// said is the text of Discord's answer to a message or an interaction.
func (h *hall) said(id string, posts []discordtwin.Post) (s string) {
	for _, p := range posts {
		if p.Interaction != id && p.ReplyTo != id {
			continue
		}
		s += p.Content + "\n"
		for _, e := range p.Embeds {
			if m, ok := e.(map[string]any); ok {
				s += fmt.Sprint(m["description"]) + "\n"
			}
		}
	}
	return s
}

// same holds what other platforms got and show against the first.
func (h *hall) same(t *testing.T, c eval.Case, turn int, first heard, others ...heard) {
	t.Helper()
	h.holds(t, c, first)
	for _, o := range others {
		replies := o.replies
		if o.face == "slack" {
			replies = h.unwatched(replies)
		}
		if !reflect.DeepEqual(replies, first.replies) {
			t.Errorf("%s, turn %d: %s got another reply than %s\n%s\n%s", c.At, turn+1, o.face, first.face, plains(replies), plains(first.replies))
		}
		h.holds(t, c, o)
	}
}

// unwatched is what would be said where the owner of the platform cannot read along.
// That Slack's may is all that the answerer says otherwise.
func (h *hall) unwatched(all []bot.Reply) (out []bot.Reply) {
	for _, r := range all {
		warning := h.pipeline.Phrases.Say(r.Lang, "disclosure_platform")
		r.Lead = strings.Replace(r.Lead, " "+warning, "", 1)
		out = append(out, r)
	}
	return out
}

func plains(all []bot.Reply) (s string) {
	for _, r := range all {
		s += fmt.Sprintf("%s %s final %v: %q\n", r.Kind, r.Lang, r.Final, r.Plain())
	}
	return s
}

// holds expects all that a reply says to be shown, and no number besides.
func (h *hall) holds(t *testing.T, c eval.Case, got heard) {
	t.Helper()
	if len(got.replies) == 0 {
		t.Errorf("%s: nothing reached %s", c.At, got.face)
		return
	}
	r := got.replies[len(got.replies)-1]
	must, vital := wordsOf(r)
	if strings.Contains(letters(got.shown), letters(h.pipeline.Phrases.Screen(r.Lang, "cut"))) {
		h.cut++
		must = vital
	}
	shown := letters(got.shown)
	for _, s := range must {
		if !strings.Contains(shown, letters(s)) {
			t.Errorf("%s: %s does not show %q\n%s", c.At, got.face, s, got.shown)
		}
	}
	printed := r.Plain()
	for _, x := range r.Sections {
		for _, c := range x.Cites {
			printed += fmt.Sprintf("\n%s (%s)", c.Title, c.Published)
		}
	}
	for _, n := range numbers(got.shown) {
		if !strings.Contains(letters(printed), n) {
			t.Errorf("%s: %s shows %s, which the reply has not", c.At, got.face, n)
		}
	}
}

// wordsOf are the texts of a reply, and those that have room everywhere.
func wordsOf(r bot.Reply) (all, vital []string) {
	all = []string{r.Lead, r.Also, r.Closing}
	for _, s := range r.Sections {
		all = append(append(all, s.Heading, s.Text, s.Mark), s.Bullets...)
	}
	for i, c := range r.Resources {
		if !r.InFull(i) {
			all = append(all, c.Brief)
			continue
		}
		vital = append(vital, c.Name)
		for _, k := range c.Contacts {
			vital = append(vital, k.Display)
		}
	}
	return append(all, vital...), vital
}

// letters are the letters and digits of a text, so that neither markup nor where a
// line ends makes a difference.
func letters(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, s)
}

var (
	linkLike    = regexp.MustCompile(`<[^|<>]*\|([^<>]*)>`) // Slack's
	numberLike  = regexp.MustCompile(`\+?\d[\d ().-]{5,}\d`)
	addressLike = regexp.MustCompile(`https?://[^\s<>|]+`)
)

// numbers are what looks like a telephone number, and dates, by their digits; those
// in addresses are not looked at.
func numbers(s string) (all []string) {
	s = strings.ReplaceAll(addressLike.ReplaceAllString(s, ""), `\`, "")
	for _, n := range numberLike.FindAllString(s, -1) {
		all = append(all, letters(n))
	}
	return all
}
