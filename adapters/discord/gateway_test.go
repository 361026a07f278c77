package discord_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"porchlight/adapters/discord"
	"porchlight/adapters/discord/discordtwin"
	"porchlight/bot"
	"porchlight/bot/bottest"
)

// shardOf is the shard that a server falls to.
func shardOf(t *testing.T, guild string, of int) int {
	n, err := strconv.ParseUint(guild, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return int(n>>22) % of
}

// channelOn is a channel of a server of a shard.
func (r *rig) channelOn(shard, of int) string {
	for {
		if g := r.twin.AddGuild(discordtwin.Guild{Name: "town"}); shardOf(r.test, g, of) == shard {
			return r.twin.AddChannel(discordtwin.Channel{Guild: g, Name: "street"})
		}
	}
}

// socketOf is the newest open socket of a shard after a number, nil while there is none.
func (r *rig) socketOf(shard, after int) (found *discordtwin.Socket) {
	for _, s := range r.twin.Sockets() {
		if id, _ := s.Shard(); id == shard && s.Number > after && s.Session() != "" {
			found = s
		}
	}
	return found
}

// allUp waits until each shard hears what is said in its channel.
func (r *rig) allUp(channels []string) {
	r.test.Helper()
	for i, c := range channels {
		r.await("the shard is up", func() bool { return r.socketOf(i, 0) != nil })
		r.ask(r.twin.Mention(c, discordtwin.Ana, "before"))
	}
}

// tally waits until each text was heard, and expects each to be one message, as the
// inbox counts them.
func (r *rig) tally(want map[string]string) {
	r.test.Helper()
	got := map[string]int{}
	known := map[bot.MessageID]bool{}
	for len(got) < len(want) {
		m := bottest.Receive(r.test, fmt.Sprintf("a message; there are %v of %v", got, want), r.heard)
		if m.Text != "before" && !known[m.ID] { // what was heard before may be read up again
			known[m.ID] = true
			got[m.Text]++
		}
	}
	for text, n := range got {
		if n != 1 || want[text] == "" {
			r.test.Errorf("%q was heard %d times", text, n)
		}
	}
}

// TestHeals expects a connection that goes wrong to be up again, and what happened
// meanwhile to be heard once, where the session lives on.
func TestHeals(t *testing.T) {
	faults := []struct {
		name  string
		do    func(*discordtwin.Socket)
		again bool // a new socket is needed
		lives bool // and so does the session
	}{
		{"reconnect", (*discordtwin.Socket).Reconnect, true, true},
		{"drop", (*discordtwin.Socket).Drop, true, true},
		{"tear", (*discordtwin.Socket).Tear, true, true},
		{"reset", (*discordtwin.Socket).Reset, true, true},
		{"garbage", (*discordtwin.Socket).Garbage, false, true},
		{"an unknown op", func(s *discordtwin.Socket) { s.Say(`{"op":99,"d":{}}`) }, false, true},
		{"a number for a message", func(s *discordtwin.Socket) { s.Say(`{"op":0,"t":"MESSAGE_CREATE","d":7}`) }, false, true},
		{"a list for an interaction", func(s *discordtwin.Socket) { s.Say(`{"op":0,"t":"INTERACTION_CREATE","d":[1]}`) }, false, true},
		{"is asked for a heartbeat", (*discordtwin.Socket).AskHeartbeat, false, true},
		{"invalid", func(s *discordtwin.Socket) { s.Invalidate(false) }, false, false},
		{"invalid, resumable", func(s *discordtwin.Socket) { s.Invalidate(true) }, false, true},
		{"4000", func(s *discordtwin.Socket) { s.Close(4000) }, true, true},
		{"4001", func(s *discordtwin.Socket) { s.Close(4001) }, true, true},
		{"4002", func(s *discordtwin.Socket) { s.Close(4002) }, true, true},
		{"4003", func(s *discordtwin.Socket) { s.Close(4003) }, true, true},
		{"4005", func(s *discordtwin.Socket) { s.Close(4005) }, true, true},
		{"4007", func(s *discordtwin.Socket) { s.Close(4007) }, true, false},
		{"4008", func(s *discordtwin.Socket) { s.Close(4008) }, true, true},
		{"4009", func(s *discordtwin.Socket) { s.Close(4009) }, true, false},
		{"1000", func(s *discordtwin.Socket) { s.Close(1000) }, true, true},
		{"1012", func(s *discordtwin.Socket) { s.Close(1012) }, true, true},
	}
	n := len(faults)
	r := newRig(t, discordtwin.Options{Shards: n})
	channels := make([]string, n)
	for i := range faults {
		channels[i] = r.channelOn(i, n)
	}
	r.listen()
	want := map[string]string{}
	var wait sync.WaitGroup
	r.allUp(channels)
	for i, f := range faults {
		s := r.socketOf(i, 0)
		session := s.Session()
		f.do(s)
		if f.lives {
			want[f.name+" meanwhile"] = f.name
			r.say(r.twin.Mention(channels[i], discordtwin.Ana, f.name+" meanwhile"))
		}
		want[f.name+" later"] = f.name
		wait.Go(func() {
			later := r.twin.Mention(channels[i], discordtwin.Ana, f.name+" later")
			if !bottest.Eventually(func() bool {
				now := r.socketOf(i, 0)
				return now != nil && (!f.again || now != s) && (f.lives || now.Session() != session)
			}) {
				t.Errorf("%s: it is not up again", f.name)
				return
			}
			if now := r.socketOf(i, 0); now != nil && f.again && f.lives && (!now.Resumed() || now.Session() != session) {
				t.Errorf("%s: not resumed", f.name)
			}
			r.twin.Send(later)
		})
	}
	wait.Wait()
	r.tally(want)
	if missed := r.twin.Missed(); len(missed) > 0 {
		t.Errorf("%d events were never written", len(missed))
	}
}

// TestOpens expects whatever goes wrong at the beginning to end by itself.
func TestOpens(t *testing.T) {
	r := newRig(t, discordtwin.Options{})
	discord.SetPace(r.a, 5*time.Millisecond)
	discord.SetPatience(r.a, 200*time.Millisecond, time.Minute)
	bad := []discordtwin.Opening{
		{NoHello: true}, {NoReady: true}, {Close: 4000}, {Drop: true}, {OnIdentify: 4008}, {Late: time.Minute}, {Refuse: 503}, {Refuse: 429},
		{Wait: time.Minute}, {Invalid: true},
	}
	for _, o := range bad {
		r.twin.OpenNext(1, o)
	}
	for _, op := range []string{discordtwin.GetMyUser, discordtwin.GetMyApplication, discordtwin.GetBotGateway, discordtwin.GetGateway} {
		r.twin.Fault(op, 1, discordtwin.Broken(500))
		r.twin.Fault(op, 1, discordtwin.HTML())
		r.twin.Fault(op, 1, discordtwin.ResetAfter())
	}
	r.listen()
	r.await("it is connected", func() bool { return r.socketOf(0, 0) != nil })
	r.ask(r.twin.DM(discordtwin.Ana, "is it so?"))
	if n := r.twin.Opened(); n != len(bad)-3+1 { // three are no sockets, and the last one is good
		t.Errorf("connected %d times, want %d", n, len(bad)-3+1)
	}
}

// TestNeverResumed expects a session that is resumed in vain to be given up.
func TestNeverResumed(t *testing.T) {
	r := newRig(t, discordtwin.Options{})
	discord.SetPatience(r.a, 150*time.Millisecond, time.Minute)
	r.listen()
	s := r.socketOf(0, 0)
	r.twin.OpenNext(8, discordtwin.Opening{NoReady: true})
	s.Drop()
	r.await("it is up again", func() bool { n := r.socketOf(0, s.Number); return n != nil && n.Session() != s.Session() })
	r.twin.Send(r.twin.DM(discordtwin.Ana, "later"))
	r.tally(map[string]string{"later": "x"})
}

// TestOutage expects the adapter to be back soon after Discord is.
func TestOutage(t *testing.T) {
	r := knowing(t, discordtwin.Options{})
	r.twin.Down()
	r.stop = bottest.Start(t, "Run", func(ctx context.Context) error { return r.a.Run(ctx, r.take) })
	if r.a.Ready() == nil {
		t.Error("ready without Discord")
	}
	r.twin.Up()
	r.await("it is connected", func() bool { return r.a.Ready() == nil })
	r.twin.Down()
	r.await("it is not", func() bool { return r.a.Ready() != nil })
	r.say(r.twin.DM(discordtwin.Ana, "meanwhile"))
	r.twin.Up()
	if m := bottest.Receive(t, "the message", r.heard); m.Text != "meanwhile" {
		t.Errorf("%q", m.Text)
	}
}

// TestSilent expects a connection that acknowledges nothing to be left, and resumed.
func TestSilent(t *testing.T) {
	r := newRig(t, discordtwin.Options{Shards: 2, Heartbeat: 200 * time.Millisecond})
	discord.SetPatience(r.a, 5*time.Second, 900*time.Millisecond)
	channels := []string{r.channelOn(0, 2), r.channelOn(1, 2)}
	r.listen()
	want := map[string]string{}
	r.allUp(channels)
	for i, do := range []func(*discordtwin.Socket){(*discordtwin.Socket).Mute, (*discordtwin.Socket).Freeze} {
		do(r.socketOf(i, 0))
		text := fmt.Sprint("meanwhile ", i)
		want[text] = text
		r.say(r.twin.Mention(channels[i], discordtwin.Ana, text))
	}
	r.tally(want)
	for i := range channels {
		r.await("another socket", func() bool { s := r.socketOf(i, 2); return s != nil && s.Resumed() })
	}
}

// TestFatal expects what no patience mends to end Run, with one line that tells what
// to do.
func TestFatal(t *testing.T) {
	r := newRig(t, discordtwin.Options{Shards: 3})
	run := func(name, want string, while func()) {
		t.Helper()
		r.with(nil)
		ended := make(chan error, 1)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		go func() { ended <- r.a.Run(ctx, r.take) }()
		while()
		err := bottest.Receive(t, "the end after "+name, ended)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", name, err)
			return
		}
		r.quiet(name, err.Error())
		if r.a.Ready() == nil {
			t.Errorf("%s: ready after the end", name)
		}
	}
	for _, code := range discordtwin.FatalCodes {
		name := strconv.Itoa(code)
		r.twin.OpenNext(1, discordtwin.Opening{OnIdentify: code})
		run(name, name, func() {})
	}
	run("4014 in mid-session", "4014", func() {
		r.await("it is connected", func() bool { return r.a.Ready() == nil && r.socketOf(1, 0) != nil })
		s := r.socketOf(1, 0)
		r.twin.OpenNext(20, discordtwin.Opening{OnIdentify: 4014})
		s.Close(4014)
	})
	for _, op := range []string{discordtwin.GetMyUser, discordtwin.GetBotGateway} {
		r.twin.Fault(op, 1, discordtwin.Refused(401, 0, "401: Unauthorized"))
		run(op, "token", func() {})
	}
}

// TestIntents expects nothing to be asked for that needs a review.
func TestIntents(t *testing.T) {
	r := listening(t, discordtwin.Options{})
	r.await("it is connected", func() bool { return r.socketOf(0, 0) != nil })
	if got, want := r.socketOf(0, 0).Intents(), 1<<0|1<<9|1<<12; got != want {
		t.Errorf("intents %b, want %b", got, want)
	}
}

// TestIdentifies expects shards to begin as slowly as Discord says, in as many lines
// as it lets.
func TestIdentifies(t *testing.T) {
	const gap = 60 * time.Millisecond
	r := newRig(t, discordtwin.Options{Shards: 6, Concurrency: 2, IdentifyEvery: gap})
	discord.SetPace(r.a, gap+20*time.Millisecond)
	began := time.Now()
	r.listen()
	r.await("all are up", func() bool { return len(r.twin.Sockets()) == 6 })
	if took := time.Since(began); took < 2*gap {
		t.Errorf("took %v", took)
	}
	if n := r.twin.Opened(); n != 6 || r.twin.Identifies() != 994 {
		t.Errorf("%d sockets, %d identifies left", n, r.twin.Identifies())
	}
}

// TestNoIdentifiesLeft expects nobody to begin while Discord lets nobody.
func TestNoIdentifiesLeft(t *testing.T) {
	r := newRig(t, discordtwin.Options{})
	const rest = 300 * time.Millisecond
	r.twin.Fault(discordtwin.GetBotGateway, 1, discordtwin.Fault{Name: "none left", Accept: true, Change: func(a map[string]any) {
		a["session_start_limit"] = map[string]any{"total": 1000, "remaining": 0, "reset_after": rest.Milliseconds(), "max_concurrency": 1}
	}})
	began := time.Now()
	r.listen()
	if took := time.Since(began); took < rest {
		t.Errorf("began after %v", took)
	}
}

// leases are those that processes share; a test may take one away.
type leases struct {
	mu     sync.Mutex
	holder map[string]string
	until  map[string]time.Time
	broken bool
}

func newLeases() *leases { return &leases{holder: map[string]string{}, until: map[string]time.Time{}} }

func (l *leases) of(who string) func(*discord.Options) {
	return func(o *discord.Options) {
		o.Hold = func(_ context.Context, name string, ttl time.Duration) (bool, string, error) {
			l.mu.Lock()
			defer l.mu.Unlock()
			if l.broken {
				return false, "", errors.New("no store")
			}
			if l.holder[name] == "" || time.Now().After(l.until[name]) {
				l.holder[name] = who
			}
			if l.holder[name] == who {
				if isShard(name) {
					ttl *= 10 // a slow machine must not lose one
				}
				l.until[name] = time.Now().Add(ttl)
			}
			return l.holder[name] == who, "", nil
		}
		o.Leave = func(_ context.Context, name string) error {
			l.mu.Lock()
			defer l.mu.Unlock()
			if l.holder[name] == who {
				delete(l.holder, name)
			}
			return nil
		}
	}
}

func isShard(lease string) bool { return strings.HasPrefix(lease, "discord shard ") }

func (l *leases) held() map[string]string {
	l.mu.Lock()
	defer l.mu.Unlock()
	held := maps.Clone(l.holder)
	maps.DeleteFunc(held, func(name, _ string) bool { return !isShard(name) })
	return held
}

func (l *leases) give(name, who string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.holder[name], l.until[name] = who, time.Now().Add(time.Minute)
}

// TestShardsAreShared expects each shard to be connected by one process, and by
// another one once that is gone or has lost it.
func TestShardsAreShared(t *testing.T) {
	const n = 4
	r := newRig(t, discordtwin.Options{Shards: n})
	l := newLeases()
	up := func(sockets int) func() bool { return func() bool { return len(r.twin.Sockets()) == sockets } }
	r.with(l.of("one")).listen()
	one := r.stop
	r.await("all are up", up(n))
	r.with(l.of("two"))
	two := r.a
	bottest.Start(t, "Run", func(ctx context.Context) error { return two.Run(ctx, r.take) })
	r.await("the other stands by", func() bool { return two.Ready() == nil })
	if got := len(r.twin.Sockets()); got != n {
		t.Errorf("%d connections", got)
	}
	name, opened := fmt.Sprintf("discord shard 1 of %d", n), r.twin.Opened()
	l.give(name, "two")
	r.await("the other has one", func() bool { return r.twin.Opened() > opened && len(r.twin.Sockets()) == n })
	if got := l.held(); len(got) != n || got[name] != "two" {
		t.Errorf("%v", got)
	}
	r.twin.Send(r.twin.Mention(r.channelOn(1, n), discordtwin.Ana, "is it so?"))
	bottest.Receive(t, "the message", r.heard)
	one()
	r.await("the other has all", func() bool {
		for _, who := range l.held() {
			if who != "two" {
				return false
			}
		}
		return len(r.twin.Sockets()) == n && len(l.held()) == n
	})
	r.ask(r.twin.DM(discordtwin.Ana, "is it so?"))
	l.mu.Lock()
	l.broken = true
	l.mu.Unlock()
	r.await("it has given them up", up(0))
	r.await("it says so", func() bool { return two.Ready() != nil })
}

// TestStopsInMidOpening expects Run to end while a server says nothing.
func TestStopsInMidOpening(t *testing.T) {
	r := newRig(t, discordtwin.Options{})
	r.twin.OpenNext(100, discordtwin.Opening{NoHello: true})
	r.stop = bottest.Start(t, "Run", func(ctx context.Context) error {
		return r.a.Run(ctx, func(context.Context, bot.Message) error { return nil })
	})
	r.await("it is dialled", func() bool { return r.twin.Opened() > 0 })
	r.stop()
}

// TestKeepsWhatWasNotMet expects a close code before the greeting to end the connection
// alone, whatever it is: the session is resumed, and what was said meanwhile is heard.
func TestKeepsWhatWasNotMet(t *testing.T) {
	r := listening(t, discordtwin.Options{})
	for _, code := range []int{4007, 4009} {
		s := r.socketOf(0, 0)
		r.twin.OpenNext(2, discordtwin.Opening{Close: code})
		s.Drop()
		text := fmt.Sprint("meanwhile ", code)
		r.say(r.twin.DM(discordtwin.Ana, text))
		if m := bottest.Receive(t, "the message", r.heard); m.Text != text {
			t.Errorf("%q", m.Text)
		}
		r.await("it is up again", func() bool { return r.socketOf(0, s.Number) != nil })
		if now := r.socketOf(0, s.Number); !now.Resumed() || now.Session() != s.Session() {
			t.Errorf("%d: not resumed", code)
		}
	}
}

// TestKeptAtOnce expects a session to be kept as soon as there is one: a process that is
// killed right then leaves it to the next.
func TestKeptAtOnce(t *testing.T) {
	r := newRig(t, discordtwin.Options{})
	discord.SetKeep(r.a, time.Hour)
	r.listen()
	s := r.socketOf(0, 0)
	r.saved(s.Session())
	r.twin.Fault(discordtwin.GetBotGateway, 1, discordtwin.Broken(503)) // a session more needs no answer of the REST API
	s.Invalidate(false)
	r.await("it is up again", func() bool { return r.socketOf(0, s.Number) != nil })
	r.saved(r.socketOf(0, s.Number).Session())
}
