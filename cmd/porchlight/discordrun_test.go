package main

import (
	"cmp"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	"porchlight/adapters/discord/discordtwin"
	"porchlight/bot"
	"porchlight/prompts"
)

// A discordRun is a child with a twin of Discord before it, from its first start to
// its last end. What people asked and were told is kept here and in the twin.
type discordRun struct {
	*child
	twin     *discordtwin.Twin
	http     bool   // how commands and buttons come
	listen   string // an address, the same after a restart
	channels []string
	longest  time.Duration // it may be deaf once Discord is well

	mu    sync.Mutex
	asked map[string]*said // by the id of the message or the interaction
	bad   map[string]int   // requests that the program did not take, by why
	back  []time.Duration  // how long it took after each trouble until Discord was heard again
}

// said is one thing that somebody asked.
type said struct {
	discordtwin.Event
	way   way
	place int  // among those of its person
	calm  bool // it waits for what was asked before it; see rushes
	heard bool // a session took it, which tells nothing of an interaction
}

// A way is how somebody asks.
type way string

const (
	direct  way = "direct message"
	mention way = "mention"
	command way = "command"
	press   way = "button" // under the line that answers a mention
)

// acts tells whether Discord is told that it was received.
func (w way) acts() bool { return w == command || w == press }

// discordContracts is the folder with Discord's own description of its API.
const discordContracts = "../../../shared/contracts"

// newDiscordRun makes everything but the process.
func newDiscordRun(t testing.TB, o discordtwin.Options, http bool, args ...string) *discordRun {
	t.Helper()
	r := &discordRun{
		http: http, twin: discordtwin.Start(t, o), child: newChild(t), listen: freeAddress(t), asked: make(map[string]*said), bad: make(map[string]int),
	}
	r.args = append(append(r.args, "--discord-api-url", r.twin.APIURL(), "--discord-listen", r.listen), args...)
	if http {
		r.args = append(r.args, "--discord-transport", "http", "--discord-public-key", hex.EncodeToString(r.twin.PublicKey()))
	}
	r.env = []string{"DISCORD_BOT_TOKEN=" + discordtwin.Token}
	for range max(4, 2*o.Shards) { // new guilds fall to shards in turn
		guild := r.twin.AddGuild(discordtwin.Guild{})
		r.channels = append(r.channels, r.twin.AddChannel(discordtwin.Channel{Guild: guild, Name: "kitchen"}))
	}
	return r
}

// crowd adds people.
func (r *discordRun) crowd(n int) []string {
	people := make([]string, n)
	for i := range people {
		u := discordtwin.User{}
		if i%3 == 0 {
			u.Locale = "es-ES"
		}
		people[i] = r.twin.AddUser(u)
	}
	return people
}

// ready waits until events can arrive, on every shard.
func (r *discordRun) ready() {
	r.t.Helper()
	if !within(60*time.Second, func() bool { return r.get("/readyz") != "" && r.whole() }) {
		r.t.Fatalf("never ready:\n%s", r.tail())
	}
}

// whole tells whether every shard has a connection.
func (r *discordRun) whole() bool {
	seen := map[int]bool{}
	of := 0
	for _, s := range r.twin.Sockets() {
		id, n := s.Shard()
		seen[id], of = true, max(of, n)
	}
	return of > 0 && len(seen) >= of
}

// ask has somebody ask something in one of the ways; on is the post with the button.
func (r *discordRun) ask(w way, channel, user, text, on string, place int) *said {
	q := &said{way: w, place: place, calm: !rushes(bot.Message{Text: text})}
	switch w {
	case direct:
		q.Event = r.twin.DM(user, text)
	case mention:
		q.Event = r.twin.Mention(channel, user, text)
	case command:
		q.Event = r.twin.Command(channel, user, "ask", discordtwin.Option{Name: "question", Value: text})
	case press:
		q.Event = r.twin.Press(on, user, "p:")
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.asked[q.ID] = q
	return q
}

// tell says an event as often as wanted, and tells whether Discord had somebody to
// say it to; of an interaction, whether the program received it.
func (r *discordRun) tell(ctx context.Context, q *said, times int) bool {
	if q.way.acts() && r.http {
		return r.deliver(ctx, q.Event, times)
	}
	n := 0
	for range times {
		n += r.twin.Send(q.Event)
	}
	r.mu.Lock()
	q.heard = n > 0
	r.mu.Unlock()
	if !q.way.acts() {
		return n > 0
	}
	for ; ; nap(5*time.Millisecond, 15*time.Millisecond) {
		i, _ := r.twin.Interaction(q.ID)
		if i.Acked || i.Failed || ctx.Err() != nil {
			return i.Acked
		}
	}
}

// deliver says an interaction over HTTP.
func (r *discordRun) deliver(ctx context.Context, e discordtwin.Event, times int) (ok bool) {
	var mu sync.Mutex
	var telling sync.WaitGroup
	for range times {
		telling.Go(func() {
			d := r.twin.Deliver(ctx, "http://"+r.listen+"/discord/interactions", e, discordtwin.SignWell)
			mu.Lock()
			defer mu.Unlock()
			ok = ok || d.OK()
			if !d.OK() {
				r.mu.Lock()
				r.bad[why(d)]++
				r.mu.Unlock()
			}
		})
	}
	telling.Wait()
	return ok
}

// why is why the program did not take an interaction.
func why(d discordtwin.Delivery) string {
	var e syscall.Errno
	switch {
	case errors.As(d.Err, &e):
		return e.Error()
	case d.Err != nil:
		return fmt.Sprintf("%T", d.Err)
	case d.Refused != nil:
		return fmt.Sprint("code ", d.Refused["code"])
	}
	return fmt.Sprint("status ", d.Status)
}

// A tally is an outcome that is being made.
type tally struct {
	outcome
	unsure  map[string]bool     // never said, or nobody knows whether it arrived
	lines   map[string]bool     // the neutral line, in each language
	sent    map[string]bool     // the line that the answer is in the direct messages
	answers map[string]int      // of what was asked, by id
	loose   map[string][]string // direct messages that reply to nothing, by person
	unheard int                 // messages that were not received and not answered all the same
	last    map[string]int      // by conversation, the latest place of a calm one that was answered
}

// count looks at everything that Discord shows.
func (r *discordRun) count() *tally {
	r.mu.Lock()
	defer r.mu.Unlock()
	c := &tally{
		unsure: map[string]bool{}, answers: map[string]int{}, loose: map[string][]string{}, last: map[string]int{},
		lines: spoken("pointer"), sent: spoken("sent_dm"),
	}
	for _, id := range append(r.twin.Missed(), r.twin.Unsure()...) {
		c.unsure[id] = true
	}
	posts := slices.DeleteFunc(r.twin.History(""), func(p discordtwin.Post) bool { return !p.ByApp() || p.Deleted || p.Loading })
	slices.SortStableFunc(posts, func(a, b discordtwin.Post) int {
		return cmp.Or(a.Shown.Compare(b.Shown), cmp.Compare(len(a.ID), len(b.ID)), cmp.Compare(a.ID, b.ID))
	})
	owners := map[string]string{} // of direct messages
	for _, q := range r.asked {
		if owners[q.User] == "" {
			owners[q.User] = r.twin.DMOf(q.User)
			owners[owners[q.User]] = q.User
		}
	}
	for _, p := range posts {
		r.see(c, p, owners[p.Channel])
	}
	r.sum(c)
	return c
}

// see judges one post. owner is whose direct messages it stands in, or "".
func (r *discordRun) see(c *tally, p discordtwin.Post, owner string) {
	at := p.Channel + " " + p.ID
	q := r.asked[cmp.Or(p.Interaction, p.ReplyTo)]
	switch {
	case p.EphemeralTo != "":
		if q == nil || q.User != p.EphemeralTo || !q.way.acts() {
			c.shown = append(c.shown, at)
			return
		}
		if c.sent[p.Content] {
			return // the answer is elsewhere, and is looked for there
		}
	case owner == "": // all in the channel see it
		if q == nil || q.way != mention || !c.lines[p.Content] || len(p.Embeds) > 0 {
			c.shown = append(c.shown, at)
			return
		}
	case q == nil:
		c.loose[owner] = append(c.loose[owner], at)
		return
	case q.User != owner || q.way != direct:
		c.shown = append(c.shown, at)
		return
	}
	c.answers[q.ID]++
	if c.answers[q.ID] > 1 {
		c.twice = append(c.twice, at)
	}
	if !r.received(c, q) {
		return // where nobody knows whether it arrived it may be read up later
	}
	talk := q.Channel + " " + q.User
	if r.http && q.way.acts() {
		talk += " over HTTP" // while a session is away only one of the two ways in says anything
	}
	if q.place < c.last[talk] {
		c.order = append(c.order, at)
	}
	if q.calm {
		c.last[talk] = max(c.last[talk], q.place)
	}
}

// sum holds what was received against what was answered. A direct message that
// replies to nothing answers something that its person asked and saw no answer to.
func (r *discordRun) sum(c *tally) {
	open, owed, deaf := map[string]int{}, map[string][]string{}, map[string]int{}
	for id, q := range r.asked {
		c.asked++
		if c.answers[id] == 0 {
			open[q.User]++
		}
		if !r.received(c, q) {
			if !q.way.acts() && c.answers[id] == 0 {
				deaf[q.User]++
			}
			continue
		}
		c.acked++
		if c.answers[id] > 0 {
			c.answered++
		} else {
			owed[q.User] = append(owed[q.User], string(q.way)+" "+id)
		}
	}
	for user, all := range c.loose {
		if len(all) > open[user] {
			c.twice = append(c.twice, all...)
		}
	}
	for user, all := range owed {
		n := min(len(all), len(c.loose[user]))
		c.answered += n
		c.lost = append(c.lost, all[n:]...)
	}
	for user, n := range deaf {
		c.unheard += max(0, n-max(0, len(c.loose[user])-len(owed[user])))
	}
	slices.Sort(c.lost)
}

// received tells whether something has to be answered: an interaction that was
// acknowledged, or a message that a session got.
func (r *discordRun) received(c *tally, q *said) bool {
	if q.way.acts() {
		i, _ := r.twin.Interaction(q.ID)
		return i.Acked
	}
	return q.heard && !c.unsure[q.ID]
}

// spoken is a fixed line in every language.
func spoken(key string) map[string]bool {
	all := map[string]bool{}
	for _, lang := range []string{"en", "es"} {
		all[phrasebook().Screen(lang, key)] = true
	}
	return all
}

var phrasebook = sync.OnceValue(func() *prompts.Phrases {
	p, err := prompts.Load()
	if err != nil {
		panic(err)
	}
	return p
})

// settle waits until all that was received is answered and the program has nothing
// left to do, and counts.
func (r *discordRun) settle(d time.Duration) *tally {
	var o *tally
	within(d, func() bool { return r.open() == 0 })
	within(5*time.Second, func() bool { o = r.count(); return len(o.lost) == 0 })
	return o
}

// judge fails the test unless all went well.
func (r *discordRun) judge(o *tally) {
	r.t.Helper()
	r.t.Logf("%v; not acknowledged and asked again, or not received: %d, of these messages without an answer: %d", o.outcome, o.asked-o.acked, o.unheard)
	if o.good() && o.answered == o.acked {
		return
	}
	r.t.Errorf("%v; open: %d\nlost %v\ntwice %v\nout of order %v\nshown %v\n%s", o.outcome, r.open(),
		first5(o.lost), first5(o.twice), first5(o.order), first5(o.shown), r.tail())
}

// recovers waits until Discord is heard again after a trouble that befell a socket,
// and fails the test when that takes too long. since is when Discord itself was well
// again; may tells that the socket itself may go on.
func (r *discordRun) recovers(what string, since time.Time, harmed *discordtwin.Socket, may bool, opened, beats int) {
	r.t.Helper()
	heard := func() bool {
		return slices.ContainsFunc(r.twin.Sockets(), func(s *discordtwin.Socket) bool {
			return s.Number > opened && r.whole() || may && s == harmed && s.Heartbeats() > beats
		})
	}
	ok := within(time.Minute, func() bool { return heard() || r.gone() })
	if r.gone() {
		r.t.Fatalf("%s: the program has ended\n%s", what, r.tail())
	}
	took := time.Since(since)
	r.mu.Lock()
	r.back = append(r.back, took)
	r.mu.Unlock()
	if !ok || took > r.longest {
		r.t.Errorf("%s: heard again after %v: %v", what, took, ok)
	}
}

// String is how a run was, beside its outcome.
func (r *discordRun) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return fmt.Sprintf("heard again %d times, p50 %v, at most %v; not taken, by why: %v",
		len(r.back), percent(r.back, 50), percent(r.back, 100), r.bad)
}
