package slack_test

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"porchlight/adapters/slack"
	"porchlight/adapters/slack/slacktwin"
	"porchlight/bot"
	"porchlight/bot/bottest"
)

// A rig is an adapter that listens to a twin, and what it made of it.
type rig struct {
	*desk
	test   *testing.T
	a      *slack.Adapter
	logs   *journal
	heard  chan bot.Message
	accept func(context.Context, bot.Message) error // nil: all is heard
	http   bool
	url    string // of the HTTP transport, without a path
	stop   func() // ends Run and waits

	chosen sync.Map // setting by name
	counts counts
}

// scopes are those of the manifest that are not optional, and users:read.
var scopes = []string{"app_mentions:read", "assistant:write", "chat:write", "commands", "im:history", "im:write", "users:read"}

// newRig is a rig that does not listen yet. It leaves no goroutine behind.
func newRig(t *testing.T, o slacktwin.Options, http bool) *rig {
	bottest.NoneLeft(t)
	return besides(t, o, http)
}

// besides is newRig for a test that runs beside others.
func besides(t *testing.T, o slacktwin.Options, http bool) *rig {
	if o.Scopes == nil {
		o.Scopes = scopes
	}
	r := &rig{desk: newDesk(t, "", o), test: t, http: http, logs: &journal{}, heard: make(chan bot.Message, 10_000)}
	r.a = r.adapter(nil)
	return r
}

// listening is a rig that listens.
func listening(t *testing.T, o slacktwin.Options, http bool) *rig {
	r := newRig(t, o, http)
	r.listen()
	return r
}

// adapter makes another adapter at the same twin, as a new process would.
func (r *rig) adapter(tweak func(*slack.Options)) *slack.Adapter {
	o := r.options(slog.New(slog.NewJSONHandler(r.logs, &slog.HandlerOptions{Level: slog.LevelDebug - 10})))
	o.HTTP, o.Listen = r.http, "127.0.0.1:0"
	o.Setting = func(_ context.Context, scope, name string) (string, error) {
		if strings.Contains(scope, slacktwin.Team) {
			r.test.Errorf("the setting %q is kept under Slack's own id", name)
		}
		v, _ := r.chosen.Load(name)
		s, _ := v.(string)
		return s, nil
	}
	o.Count = r.counts.add
	if tweak != nil {
		tweak(&o)
	}
	if err := o.Validate(); err != nil {
		r.test.Fatal(err)
	}
	return slack.New(o)
}

// with makes the adapter anew with other options; one that listens goes on.
func (r *rig) with(tweak func(*slack.Options)) *rig {
	r.a = r.adapter(tweak)
	return r
}

// listen runs the adapter until the test ends or stop is called.
func (r *rig) listen() {
	r.test.Helper()
	take := func(ctx context.Context, m bot.Message) error {
		if r.accept != nil {
			if err := r.accept(ctx, m); err != nil {
				return err
			}
		}
		r.heard <- m
		return nil
	}
	a, before := r.a, len(r.logs.String())
	r.stop = bottest.Start(r.test, "Run", func(ctx context.Context) error { return a.Run(ctx, take) })
	r.await("the adapter listens", func() bool { return a.Ready() == nil })
	if r.http {
		m := regexp.MustCompile(`"addr":"([^"]+)"`).FindStringSubmatch(r.logs.String()[before:])
		if m == nil {
			r.test.Fatal("nobody says where the adapter listens")
		}
		r.url = "http://" + m[1]
	}
}

// overBoth runs a test over each of the transports.
func overBoth(t *testing.T, o slacktwin.Options, test func(t *testing.T, r *rig)) {
	for name, http := range map[string]bool{"socket": false, "http": true} {
		t.Run(name, func(t *testing.T) { test(t, listening(t, o, http)) })
	}
}

// await waits until ok, or ends the test.
func (r *rig) await(what string, ok func() bool) {
	r.test.Helper()
	if !bottest.Eventually(ok) {
		r.test.Fatalf("not within %v: %s", bottest.Patience, what)
	}
}

// patience is a ctx that ends when nothing comes any more.
func (r *rig) patience() context.Context {
	ctx, cancel := context.WithTimeout(r.test.Context(), bottest.Patience)
	r.test.Cleanup(cancel)
	return ctx
}

// path is where an event goes over HTTP.
func (r *rig) path(e slacktwin.Event) string {
	return r.url + map[string]string{
		slacktwin.EventsAPI: "/slack/events", slacktwin.SlashCommands: "/slack/commands", slacktwin.Interactive: "/slack/interactions",
	}[e.Kind]
}

// say has Slack say an event, and waits until it is taken.
func (r *rig) say(e slacktwin.Event) {
	r.test.Helper()
	if r.http {
		if d := r.twin.Deliver(r.patience(), r.path(e), e, slacktwin.SignWell); !d.OK() {
			r.test.Fatalf("not taken: %+v", d.Attempts)
		}
		return
	}
	if _, err := r.twin.AwaitAck(r.patience(), r.twin.Send(e)); err != nil {
		r.test.Fatalf("not acknowledged: %v", err)
	}
}

// ask has Slack say an event, and returns the message that it is.
func (r *rig) ask(e slacktwin.Event) bot.Message {
	r.test.Helper()
	r.say(e)
	select { // it was stored before it was taken
	case m := <-r.heard:
		if len(r.heard) > 0 {
			r.test.Fatalf("%d more messages of one event", len(r.heard))
		}
		return m
	default:
		r.test.Fatalf("taken, but no message: %v", e.Inner()["type"])
		panic("unreachable")
	}
}

// deliver answers m, and expects it to go well.
func (r *rig) deliver(m bot.Message, all ...bot.Reply) {
	r.test.Helper()
	if err := r.a.Deliver(r.test.Context(), m, repliesOf(all...)); err != nil {
		r.test.Fatalf("Deliver: %v", err)
	}
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

// inOrder yields each reply once its turn has come; nothing is left out then.
func inOrder(turn func(i int), all ...bot.Reply) bot.Replies {
	return func(yield func(bot.Reply, error) bool) {
		for i, r := range all {
			turn(i)
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
		Recall: bot.Recall{Kind: kind, Lang: "en", Topics: []string{"your-passport"}}.String(),
		Words:  bot.Words{Help: "Help", Next: "Next"},
		Suggestions: []bot.Suggestion{
			{Label: "Wages", Text: "What are my wages?", Topic: "wages-owed"}, {Label: "Leave", Text: "Can I leave?"},
		},
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

// person adds someone, and a channel with them, the app and somebody else.
func (r *rig) person() (user, channel string) {
	user = r.twin.AddUser(slacktwin.User{})
	return user, r.twin.AddChannel(slacktwin.Channel{Members: []string{slacktwin.BotUser, user, slacktwin.Ben}})
}

// seen is what was ever shown in a channel to all who are in it: posts, those
// removed since as well, and statuses.
func (r *rig) seen(channel string) (all []string) {
	for _, p := range r.twin.History(channel) {
		if p.ByApp() && p.EphemeralTo == "" {
			all = append(all, "post: "+shown(p.Blocks)+p.Text)
		}
	}
	for _, s := range r.twin.Statuses() {
		if s.Channel == channel {
			all = append(all, "status: "+s.Text)
		}
	}
	for _, method := range []string{"reactions.add", "chat.startStream"} {
		for _, c := range r.twin.CallsTo(method) {
			if c.Text("channel") == channel {
				all = append(all, method)
			}
		}
	}
	return all
}

// alone is what one person is shown alone: ephemerals and direct messages.
func (r *rig) alone(user string) []slacktwin.Post {
	return append(r.twin.Ephemerals(user), r.twin.Posts(r.twin.IM(user))...)
}

// only is the one post of a list.
func (r *rig) only(posts []slacktwin.Post) slacktwin.Post {
	r.test.Helper()
	if len(posts) != 1 {
		r.test.Fatalf("%d posts, want 1: %+v", len(posts), posts)
	}
	return posts[0]
}

// placed is m with other values in its place.
func placed(t *testing.T, m bot.Message, change map[string]any) bot.Message {
	t.Helper()
	p := map[string]any{}
	if err := json.Unmarshal([]byte(m.From.Place), &p); err != nil {
		t.Fatal(err)
	}
	maps.Copy(p, change)
	raw, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	m.From.Place = string(raw)
	return m
}

// again is m as the inbox hands it out once more.
func again(m bot.Message) bot.Message {
	m.Handed.Again = true
	return m
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

// impatiently is a Slack that says again soon what is not acknowledged soon.
func impatiently() slacktwin.Options {
	o := impatient()
	o.Grace = 50 * time.Millisecond
	return o
}

// idLike is what looks like an id or a time of Slack's.
var idLike = regexp.MustCompile(`\b[A-Z][A-Z0-9]{8,}\b|\b[0-9]{10}\.[0-9]{6}\b|\bEv[0-9]+\b|https?://\S+|xox[a-z]-\S+|xapp-\S+`)

// idsIn are all ids in a payload.
func idsIn(v any) (ids []string) {
	switch v := v.(type) {
	case string:
		return idLike.FindAllString(v, -1)
	case []any:
		for _, x := range v {
			ids = append(ids, idsIn(x)...)
		}
	case map[string]any:
		for _, x := range v {
			ids = append(ids, idsIn(x)...)
		}
	}
	return ids
}

func contextWithCancel(t *testing.T) (context.Context, context.CancelFunc) {
	return context.WithCancel(t.Context())
}

func newAdapter(o slack.Options) *slack.Adapter { return slack.New(o) }

// signature is that of Slack's version 0.
func signature(secret, at, body string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte("v0:" + at + ":" + body))
	return "v0=" + hex.EncodeToString(mac.Sum(nil))
}

// storeOnce is a store that refuses what it is given first.
func storeOnce() func(context.Context, bot.Message) error {
	var once sync.Once
	return func(context.Context, bot.Message) (err error) {
		once.Do(func() { err = errFull })
		return err
	}
}
