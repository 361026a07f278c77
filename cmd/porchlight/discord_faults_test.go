package main

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"porchlight/adapters/discord/discordtwin"
)

// These tests run the program against a Discord in trouble, and count what people
// would see: nothing that was received may be lost, answered twice, answered out of
// order or shown to anybody else, and Discord is heard again soon. A message is
// received when a session got it that did not end before the program could say so;
// a command or a button when it was acknowledged. Environment:
//
//	PORCHLIGHT_KILLS=full   a thousand questions a run instead of some sixty, and
//	                        every trouble alone; needs -timeout 30m

// A dTrouble is one thing that goes wrong.
type dTrouble struct {
	name string
	// call is what befalls some calls of the REST API; ops are which, or all of
	// them, and often how many of those that are not the first, or one in twenty.
	call  *discordtwin.Fault
	ops   []string
	often float64
	// socket is what befalls a socket, several times in a run, and opening how the
	// next ones begin. may tells that the socket may go on.
	socket  func(*discordtwin.Socket)
	opening []discordtwin.Opening
	may     bool
	// login tells that a session ends, so that the program has to begin one: it
	// does so a few times in a row only, as Discord counts them.
	login bool
	// program is what befalls the program itself or the whole of Discord.
	program func(*discordRun)
	// says has an event said more than once, and others about it.
	says func(*discordRun, *said) (times int)
	// before changes the place before anything is asked.
	before func(*discordRun, []string)
	alone  bool // it does not meet others
	// calm leaves out the questions whose answer begins before it is whole: where the
	// rest of it may not stand beside the beginning, all of it goes elsewhere.
	calm bool
}

// These troubles meet a call.
var callTroubles = []dTrouble{
	{name: "500", call: new(discordtwin.Broken(http.StatusInternalServerError))},
	{name: "502", call: new(discordtwin.Broken(http.StatusBadGateway))},
	{name: "503", call: new(discordtwin.Broken(http.StatusServiceUnavailable))},
	{name: "502 after", call: new(discordtwin.BrokenAfter(http.StatusBadGateway))},
	{name: "banned", call: new(discordtwin.Cloudflare(time.Second)), often: 0.01},
	{name: "a page", call: new(discordtwin.HTML())},
	{name: "429 of a route", call: new(discordtwin.RateLimited(time.Second, "user"))},
	{name: "429 shared", call: new(discordtwin.RateLimited(time.Second, "shared"))},
	{name: "429 of all", call: new(discordtwin.GlobalLimited(time.Second)), often: 0.01},
	{name: "slow headers", call: new(discordtwin.SlowHeaders(slow))},
	{name: "slow body", call: new(discordtwin.SlowBody(slow))},
	{name: "lost answer", call: new(discordtwin.LostAnswer())},
	{name: "deaf", call: new(discordtwin.Deaf())},
	{name: "reset before", call: new(discordtwin.ResetBefore())},
	{name: "reset after", call: new(discordtwin.ResetAfter())},
	{name: "strange", call: new(discordtwin.Strange())},
	{name: "40060", call: already(), ops: []string{discordtwin.Callback}, often: 0.3},
	{
		name: "10062", call: new(discordtwin.Refused(404, 10062, "Unknown interaction")),
		ops: []string{discordtwin.Callback, discordtwin.UpdateOriginal}, often: 0.2, alone: true, calm: true,
	},
	{
		name: "10015", call: new(discordtwin.Refused(404, 10015, "Unknown Webhook")),
		ops: []string{discordtwin.UpdateOriginal}, often: 0.2, alone: true, calm: true,
	},
}

// already does what was asked and says that it had been done.
func already() *discordtwin.Fault {
	f := discordtwin.Refused(400, 40060, "Interaction has already been acknowledged.")
	f.Accept = true
	return &f
}

// These meet the place.
var placeTroubles = []dTrouble{
	{name: "50007", alone: true, before: func(r *discordRun, people []string) {
		for i, p := range people {
			if wayOf(i, 0) != direct {
				r.twin.AddUser(discordtwin.User{ID: p, Closed: true})
			}
		}
	}},
	{name: "50013", alone: true, before: func(r *discordRun, _ []string) {
		for _, c := range r.channels {
			r.twin.Permit(c, discordtwin.ViewChannel|discordtwin.ReadMessageHistory)
		}
	}},
}

// These meet the gateway.
var socketTroubles = []dTrouble{
	{name: "op 7", socket: (*discordtwin.Socket).Reconnect},
	{name: "op 9 true", socket: func(s *discordtwin.Socket) { s.Invalidate(true) }},
	{name: "op 9 false", socket: func(s *discordtwin.Socket) { s.Invalidate(false) }, may: true, login: true},
	{name: "op 1", socket: (*discordtwin.Socket).AskHeartbeat, may: true},
	{name: "no heartbeat ACK", socket: (*discordtwin.Socket).Mute},
	{name: "half open", socket: (*discordtwin.Socket).Freeze},
	{name: "dropped", socket: (*discordtwin.Socket).Drop},
	{name: "reset", socket: (*discordtwin.Socket).Reset},
	{name: "torn frame", socket: (*discordtwin.Socket).Tear},
	{name: "garbage frame", socket: (*discordtwin.Socket).Garbage, may: true},
	{name: "null frame", socket: func(s *discordtwin.Socket) { s.Say("null"); s.Say(`{"op":0,"t":null,"s":null,"d":null}`) }, may: true},
	{name: "hanging hello", socket: (*discordtwin.Socket).Drop, opening: []discordtwin.Opening{{NoHello: true}}},
	{name: "hanging ready", socket: (*discordtwin.Socket).Drop, opening: []discordtwin.Opening{{NoReady: true}}},
	{name: "refused", socket: (*discordtwin.Socket).Drop, opening: slices.Repeat([]discordtwin.Opening{{Refuse: 503}}, 3)},
	{name: "invalid at once", socket: (*discordtwin.Socket).Drop, opening: []discordtwin.Opening{{Invalid: true}, {Invalid: true, Resumable: true}}, login: true},
	{name: "closed at hello", socket: (*discordtwin.Socket).Drop, opening: []discordtwin.Opening{{Close: discordtwin.UnknownError}}},
	{name: "reconnect storm", socket: (*discordtwin.Socket).Drop, opening: slices.Repeat([]discordtwin.Opening{{Drop: true}}, 4)},
}

// mildCodes are the close codes after which Discord lets a program come again, and
// those of WebSocket itself.
var mildCodes = append(slices.DeleteFunc(slices.Clone(discordtwin.CloseCodes), func(code int) bool {
	return slices.Contains(discordtwin.FatalCodes, code)
}), 1000, 1001, 1011, 1012)

// These meet the program, or all of Discord, or what is said.
var otherTroubles = []dTrouble{
	{name: "outage", program: func(r *discordRun) { r.twin.Down(); time.Sleep(2 * time.Second); r.twin.Up() }},
	{name: "store busy", program: func(r *discordRun) { r.lockStore() }, may: true},
	{name: "SIGKILL", program: func(r *discordRun) { r.kill(); kills.Add(1); r.start() }},
	{name: "duplicates", says: func(*discordRun, *said) int { return 3 }},
	{name: "other events", says: func(r *discordRun, q *said) int {
		if !q.way.acts() { // the same message, as it is said when a link in it was looked at, or it was changed
			r.twin.Send(r.twin.Unfurl(q.ID))
			r.twin.Send(q.With(map[string]any{"nonce": "1", "flags": 4}))
		}
		return 1
	}},
}

// kills counts them over all runs of a test.
var kills atomic.Int32

func discordTroubles() []dTrouble {
	all := slices.Concat(callTroubles, placeTroubles, socketTroubles, otherTroubles)
	for _, code := range mildCodes {
		all = append(all, dTrouble{
			name: "closed with " + strconv.Itoa(code), socket: func(s *discordtwin.Socket) { s.Close(code) },
			login: code == discordtwin.InvalidSeq || code == discordtwin.SessionTimedOut,
		})
	}
	return all
}

// A dCourse is a run in which all of its troubles come.
type dCourse struct {
	name   string
	http   bool
	all    []dTrouble
	shards int
}

// meeting are troubles that come together; the short mode has the first of each
// transport alone.
var meeting = []struct {
	http   bool
	shards int
	of     []string
}{
	{false, 1, []string{"SIGKILL", "dropped", "lost answer"}},
	{true, 1, []string{"SIGKILL", "half open", "reset after"}},
	{false, 1, []string{"op 9 false", "no heartbeat ACK", "500"}},
	{false, 1, []string{"reconnect storm", "duplicates", "429 of a route"}},
	{false, 1, []string{"SIGKILL", "op 7", "502 after"}},
	{false, 1, []string{"SIGKILL", "outage", "429 of all"}},
	{false, 2, []string{"SIGKILL", "other events", "a page"}},
	{false, 2, []string{"half open", "reset", "slow body"}},
	{true, 1, []string{"SIGKILL", "duplicates", "lost answer"}},
	{true, 1, []string{"SIGKILL", "store busy", "503"}},
	{true, 2, []string{"op 9 false", "outage", "deaf"}},
}

// shortest is how many of meeting run where time is short.
const shortest = 4

// discordCourses are each trouble alone, and some together.
func discordCourses() (all []dCourse) {
	byName := map[string]dTrouble{}
	for i, x := range discordTroubles() {
		byName[x.name] = x
		for _, http := range []bool{false, true} {
			fits := x.call == nil || http == (i%2 == 0) || x.alone
			if slices.Equal(x.ops, []string{discordtwin.Callback}) {
				fits = !http // where the answer over HTTP is that
			}
			if full() && fits {
				all = append(all, dCourse{x.name, http, []dTrouble{x}, 1})
			}
		}
	}
	for i, m := range meeting {
		if !full() && i >= shortest {
			break
		}
		c := dCourse{name: strings.Join(m.of, " + "), http: m.http, shards: m.shards}
		for _, name := range m.of {
			x, ok := byName[name]
			if !ok || x.alone {
				panic(name)
			}
			c.all = append(c.all, x)
		}
		all = append(all, c)
	}
	return all
}

// TestDiscordFaults runs every course.
func TestDiscordFaults(t *testing.T) {
	atOnce := runs
	if !full() {
		atOnce = shortest
	}
	todo := make(chan dCourse)
	var busy sync.WaitGroup
	for range atOnce {
		busy.Go(func() {
			for c := range todo {
				name := "gateway/" + c.name
				if c.http {
					name = "http/" + c.name
				}
				t.Run(name, func(t *testing.T) { c.run(t) })
			}
		})
	}
	for _, c := range discordCourses() {
		todo <- c
	}
	close(todo)
	busy.Wait()
	if n := kills.Load(); full() && n < 100 {
		t.Errorf("the program was killed %d times only", n)
	}
}

// longestGap is how long the program may be deaf once Discord is well again.
const longestGap = 10 * time.Second

// hastyDiscord are the settings of the program in these runs; see hasty.
var hastyDiscord = []string{"--discord-timeout", "1200ms", "--deadline", "2s", "--grace", "5s"}

// impatient is a Discord whose time runs fast where the program lets it tell the time.
func (c dCourse) impatient() discordtwin.Options {
	return discordtwin.Options{
		Heartbeat: time.Second, Grace: 300 * time.Millisecond, IdentifyEvery: 5 * time.Second, Concurrency: c.shards, Shards: c.shards,
		Contracts: discordContracts, MessageContent: false,
	}
}

// A dSize is how much is asked in a run, how long people think at most before they
// ask, and how often its trouble comes.
type dSize struct {
	people, each int
	think        time.Duration
	times        int
}

func (c dCourse) size() dSize {
	if !full() {
		return dSize{people: 20, each: 3, think: time.Second, times: 1}
	}
	n := dSize{people: 260, each: 4, think: 4 * time.Second, times: 8}
	if strings.Contains(c.name, "SIGKILL") {
		n.times = 15
	}
	return n
}

func (c dCourse) run(t *testing.T) {
	n := c.size()
	o := c.impatient()
	if len(c.all) > 1 { // to hold each call against the contracts takes the twin longer than all else
		o.Contracts = ""
	}
	r := newDiscordRun(t, o, c.http, append(slices.Clone(hastyDiscord), "--lease", lease().String())...)
	r.longest = longestGap
	if len(c.all) > 1 { // one trouble goes on while another is over
		r.longest = 3 * longestGap
	}
	people := r.crowd(n.people)
	for _, x := range c.all {
		if x.before != nil {
			x.before(r, people)
		}
	}
	r.start()
	r.ready()
	c.plan(r, n)
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Minute)
	defer cancel()
	began := time.Now()
	var asking sync.WaitGroup
	for i, p := range people {
		asking.Go(func() { c.talk(ctx, r, p, i, n) })
	}
	c.storm(r, n.times)
	asking.Wait()
	took := time.Since(began)
	r.judge(r.settle(3 * time.Minute))
	t.Logf("asked for %v, all done after %v; %v", took, time.Since(began), r)
	r.stop()
}

// plan has calls fail.
func (c dCourse) plan(r *discordRun, n dSize) {
	for _, x := range c.all {
		if x.call == nil {
			continue
		}
		ops := x.ops
		if ops == nil {
			r.twin.Sometimes("", cmp.Or(x.often, 0.05), *x.call)
			ops = []string{discordtwin.CreateMessage, discordtwin.UpdateOriginal}
			if !r.http {
				ops = append(ops, discordtwin.Callback)
			}
		}
		for _, op := range ops {
			if x.often == 0 {
				r.twin.Fault(op, n.people/4, *x.call)
			} else {
				r.twin.Sometimes(op, x.often, *x.call)
			}
		}
	}
}

// wayOf is how the person with a number asks for the nth time.
func wayOf(person, n int) way {
	switch person % 4 {
	case 0:
		return direct
	case 1:
		return mention
	case 2:
		return command
	}
	return []way{command, mention}[n%2]
}

// discordQuestions are of every kind of which others may learn nothing, and of others.
var discordQuestions = []string{
	"what is forced labor?", "my boss took my passport and says i owe him 5000", "¿qué es una visa T?",
	"he locked us in and he has a gun", "i think my neighbors nanny is not paid", "who can help me?",
}

// questions are what is asked.
func (c dCourse) questions() []string {
	if c.all[0].calm {
		return slices.DeleteFunc(slices.Clone(discordQuestions), func(q string) bool { return strings.Contains(q, "gun") })
	}
	return discordQuestions
}

// talk has somebody ask one question after the other. What Discord says was not
// received they do again, as people do.
func (c dCourse) talk(ctx context.Context, r *discordRun, who string, number int, n dSize) {
	place := 0
	channel, questions := r.channels[number%len(r.channels)], c.questions()
	for i := range n.each {
		nap(0, n.think)
		w, text := wayOf(number, i), questions[(number+i)%len(questions)]
		q := r.ask(w, channel, who, text, "", place)
		for place++; !r.tell(ctx, q, c.times(r, q)) && w.acts() && ctx.Err() == nil; place++ {
			nap(300*time.Millisecond, time.Second)
			q = r.ask(w, channel, who, text, "", place)
		}
		if w != mention {
			continue
		}
		line := r.lineUnder(ctx, q)
		for ; line != "" && ctx.Err() == nil; place++ {
			if pressed := r.ask(press, channel, who, text, line, place); r.tell(ctx, pressed, c.times(r, pressed)) {
				place++
				break
			}
			nap(300*time.Millisecond, time.Second)
		}
	}
}

// lineUnder waits for the neutral line that answers a mention, "" if it does not
// come: where it may not be posted, or nobody heard the question.
func (r *discordRun) lineUnder(ctx context.Context, q *said) (id string) {
	within(patience, func() bool {
		for _, p := range r.twin.Posts(q.Channel) {
			if p.ReplyTo == q.ID {
				id = p.ID
			}
		}
		if id == "" {
			nap(20*time.Millisecond, 60*time.Millisecond)
		}
		return id != "" || ctx.Err() != nil
	})
	return id
}

// patience is how long people wait for a line before they ask something else.
const patience = 5 * time.Second

// times is how often something is said.
func (c dCourse) times(r *discordRun, q *said) int {
	n := 1
	for _, x := range c.all {
		if x.says != nil {
			n = max(n, x.says(r, q))
		}
	}
	return n
}

// logins is how often a run has a session end.
const logins = 3

// storm has the troubles of sockets and of the program come while people ask, each
// when what the one before it did is mended.
func (c dCourse) storm(r *discordRun, times int) {
	for i := range times {
		for _, x := range c.all {
			if (x.socket != nil || x.program != nil) && (!x.login || i < logins) {
				nap(30*time.Millisecond, 400*time.Millisecond)
				x.strike(r)
			}
		}
	}
}

// strike has a trouble come, and waits until it is over.
func (x dTrouble) strike(r *discordRun) {
	opened, harmed, beats := r.twin.Opened(), (*discordtwin.Socket)(nil), 0
	if all := r.twin.Sockets(); len(all) > 0 {
		harmed = all[0]
		beats = harmed.Heartbeats()
	}
	if x.program != nil {
		x.program(r)
	}
	if x.socket != nil && harmed != nil {
		for _, o := range x.opening {
			r.twin.OpenNext(1, o)
		}
		x.socket(harmed)
		if !within(time.Minute, func() bool { return r.twin.Openings() == 0 || r.gone() }) {
			r.t.Errorf("%s: nobody came again", x.name)
		}
	}
	r.recovers(x.name, time.Now(), harmed, x.may, opened, beats)
}
