package main

import (
	"context"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"porchlight/adapters/slack/slacktwin"
)

// These tests run the program against a Slack in trouble, and count what people
// would see: nothing that was acknowledged may be lost, answered twice, answered
// out of order or shown to anybody else. Environment:
//
//	PORCHLIGHT_KILLS=full   a thousand questions a run instead of some sixty, as CI does

// size is how much is asked in a run, and how often its trouble comes.
type size struct{ people, each, mentions, times int }

func full() bool { return os.Getenv("PORCHLIGHT_KILLS") == "full" }

func sizeOfRuns() size {
	if full() {
		return size{people: 250, each: 4, mentions: 40, times: 8}
	}
	return size{people: 18, each: 3, mentions: 6, times: 2}
}

// A trouble is one thing that goes wrong.
type trouble struct {
	name string
	// call is what befalls some calls of Slack's Web API.
	call *slacktwin.Fault
	// rests tells that the program waits half a minute after each.
	rests bool
	// socket is what befalls a socket, several times in a run.
	socket func(*slacktwin.Socket)
	// program is what befalls the program itself, several times in a run.
	program func(*slackRun)
	// says is how often an event is said in another way.
	says func(slacktwin.Event) []slacktwin.Event
	// opening is how sockets begin while the run lasts.
	opening *slacktwin.Opening
	// more is hardly another trouble than the one before it, and is left out where
	// time is short.
	more bool
}

// slow is longer than the program waits in these runs.
const slow = 1600 * time.Millisecond

var troubles = []trouble{
	{name: "429 with Retry-After", call: new(slacktwin.RateLimited(time.Second))},
	{name: "429 without", call: new(slacktwin.RateLimitedBare()), rests: true},
	{name: "500", call: new(slacktwin.Broken(http.StatusInternalServerError))},
	{name: "503", call: new(slacktwin.Broken(http.StatusServiceUnavailable)), more: true},
	{name: "a page", call: new(slacktwin.HTML())},
	{name: "slow headers", call: new(slacktwin.SlowHeaders(slow))},
	{name: "slow body", call: new(slacktwin.SlowBody(slow))},
	{name: "lost answer", call: new(slacktwin.LostAnswer())},
	{name: "deaf", call: new(slacktwin.Deaf()), more: true},
	{name: "reset before", call: new(slacktwin.ResetBefore())},
	{name: "reset after", call: new(slacktwin.ResetAfter())},
	{name: "odd errors", call: new(slacktwin.OddErrors("fatal_error", map[string]any{"what": []any{1, nil}}))},
	{name: "a refusal", call: new(slacktwin.Refused("team_added_to_org", nil))},
	{name: "sockets dropped", socket: (*slacktwin.Socket).Drop},
	{name: "sockets closed", socket: (*slacktwin.Socket).Close, more: true},
	{name: "sockets reset", socket: (*slacktwin.Socket).Reset, more: true},
	{name: "refresh_requested", socket: func(s *slacktwin.Socket) { s.Disconnect(slacktwin.RefreshRequested) }},
	{name: "torn frame", socket: (*slacktwin.Socket).Tear},
	{name: "garbage frame", socket: (*slacktwin.Socket).Garbage},
	{name: "no pings", socket: (*slacktwin.Socket).Mute},
	{name: "half open", socket: (*slacktwin.Socket).Freeze},
	{name: "sockets refused", socket: (*slacktwin.Socket).Drop, opening: &slacktwin.Opening{Refuse: http.StatusServiceUnavailable}},
	{name: "sockets that end at once", socket: (*slacktwin.Socket).Drop, opening: &slacktwin.Opening{Drop: true}},
	{name: "other event ids", says: func(e slacktwin.Event) []slacktwin.Event { return []slacktwin.Event{e, other(e)} }},
	{name: "redelivered", says: func(e slacktwin.Event) []slacktwin.Event { return []slacktwin.Event{e, e, e} }},
	{name: "store busy", program: (*slackRun).lockStore},
	{name: "SIGKILL", program: func(r *slackRun) { r.kill(); r.start() }},
}

// often is how often it befalls any call, after the first ones.
func (x trouble) often() float64 {
	if x.rests {
		return 0
	}
	return 0.05
}

// only is whether a trouble can come on a transport.
func (x trouble) only(http bool) bool { return !http || x.socket == nil }

// hasty are the settings of the program in these runs: what it does after ten
// seconds or a minute, it does soon. The lease is still longer than the twin may be
// held up on a busy machine: a post that comes after the look for it comes twice.
var hasty = []string{"--slack-timeout", "800ms", "--deadline", "2s", "--slack-pace", "100", "--grace", "5s"}

// lease is four seconds, and more on a machine on which everything takes longer.
var lease = sync.OnceValue(func() time.Duration {
	began := time.Now()
	cmd := exec.Command(os.Args[0], "version")
	cmd.Env = []string{asProgram + "=1"}
	_ = cmd.Run() // how long it took is what matters
	return min(max(4*time.Second, 10*time.Since(began)), 30*time.Second)
})

// impatientSlack says at once again what found nobody.
func impatientSlack() slacktwin.Options {
	o := slacktwin.Options{AckWithin: time.Second, Grace: 300 * time.Millisecond, KeepCalls: 2000}
	for range 1000 {
		o.Retries = append(o.Retries, 100*time.Millisecond)
	}
	return o
}

// A course is a run in which all of its troubles come.
type course struct {
	name string
	http bool
	all  []trouble
}

// named are troubles by their names.
func named(names ...string) (all []trouble) {
	for _, x := range troubles {
		if slices.Contains(names, x.name) {
			all = append(all, x)
		}
	}
	if len(all) != len(names) {
		panic(strings.Join(names, ", "))
	}
	return all
}

// together are troubles that meet in one run, with kills among them.
var together = []struct {
	http bool
	of   [3]string
}{
	{false, [3]string{"SIGKILL", "sockets dropped", "lost answer"}},
	{false, [3]string{"SIGKILL", "refresh_requested", "reset after"}},
	{false, [3]string{"SIGKILL", "other event ids", "500"}},
	{false, [3]string{"SIGKILL", "half open", "429 with Retry-After"}},
	{false, [3]string{"SIGKILL", "redelivered", "slow body"}},
	{true, [3]string{"SIGKILL", "redelivered", "lost answer"}},
	{true, [3]string{"SIGKILL", "store busy", "reset after"}},
	{true, [3]string{"SIGKILL", "other event ids", "a page"}},
}

// courses are each trouble alone on each transport, and some together. What befalls
// calls comes on one transport only where time is short: it knows neither.
func courses() (all []course) {
	for i, x := range troubles {
		for _, http := range []bool{false, true} {
			spare := x.more || x.call != nil && http == (i%2 == 0)
			if x.only(http) && (full() || !spare) {
				all = append(all, course{x.name, http, []trouble{x}})
			}
		}
	}
	for _, x := range together {
		all = append(all, course{strings.Join(x.of[:], " + "), x.http, named(x.of[:]...)})
	}
	return all
}

// runs is how many courses there are at a time: most of one is waiting.
const runs = 10

// TestSlackFaults runs every course.
func TestSlackFaults(t *testing.T) {
	todo := make(chan course)
	var busy sync.WaitGroup
	for range runs {
		busy.Go(func() {
			for c := range todo {
				name := "socket/" + c.name
				if c.http {
					name = "http/" + c.name
				}
				t.Run(name, func(t *testing.T) { c.run(t, sizeOfRuns()) })
			}
		})
	}
	for _, c := range courses() {
		todo <- c
	}
	close(todo)
	busy.Wait()
}

func (c course) run(t *testing.T, n size, args ...string) {
	o := impatientSlack()
	if c.name == "SIGKILL" { // to hold each call against the contracts takes the twin longer than all else
		o.Contracts = slackContracts
	}
	r := newSlackRun(t, o, c.http, append(append(slices.Clone(hasty), "--lease", lease().String()), args...)...)
	people := r.crowd(n.people + n.mentions)
	r.start()
	r.ready()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	for _, x := range c.all {
		if x.call != nil {
			r.twin.Fault("chat.postMessage", n.people/len(c.all), *x.call)
			r.twin.Fault("chat.postEphemeral", n.mentions/2, *x.call)
			r.twin.Sometimes("", x.often(), *x.call)
		}
	}
	began := time.Now()
	var asking sync.WaitGroup
	for i, p := range people {
		asking.Go(func() { r.talk(ctx, c, p, n.each, i >= n.people) })
	}
	asked := make(chan struct{})
	go func() { asking.Wait(); close(asked) }()
	c.storm(r, n.times, asked)
	<-asked
	took := time.Since(began)
	r.judge(r.settle(5 * time.Minute))
	t.Logf("asked for %v, all done after %v", took, time.Since(began))
	r.stop()
}

// TestSlackFaultsBacklog has Slack fail until there are more messages to look up
// than it allows in a minute: they wait for their turn, however often that takes.
func TestSlackFaultsBacklog(t *testing.T) {
	if !full() {
		t.Skip("takes two minutes; PORCHLIGHT_KILLS=full runs it")
	}
	course{"500", false, named("500")}.run(t, size{people: 120, each: 1, mentions: 120}, "--slack-pace", "1")
}

// talk has somebody ask one question after the other, each once the one before has
// been acknowledged; in a channel, one.
func (r *slackRun) talk(ctx context.Context, c course, who string, each int, public bool) {
	if public {
		each = 1
	}
	for i := range each {
		nap(0, 300*time.Millisecond)
		q := r.ask(who, questions[i%len(questions)], i, public)
		say := []slacktwin.Event{q.Event}
		for _, x := range c.all {
			if x.says != nil {
				say = x.says(q.Event)
			}
		}
		var told sync.WaitGroup
		acked := make([]bool, len(say))
		for j, e := range say {
			told.Go(func() { acked[j] = r.tell(ctx, e) })
		}
		told.Wait()
		r.mu.Lock()
		q.acked = slices.Contains(acked, true)
		r.mu.Unlock()
	}
}

var questions = []string{
	"what is forced labor?", "can my boss keep my passport?", "what is a T visa?", "who can help me?",
}

// storm has the troubles of sockets and of the program come while people ask, and
// at least once.
func (c course) storm(r *slackRun, times int, asked <-chan struct{}) {
	var coming []func()
	for _, x := range c.all {
		switch {
		case x.socket != nil:
			coming = append(coming, func() {
				if x.opening != nil {
					r.twin.OpenNext(1, *x.opening)
				}
				if all := r.twin.Sockets(); len(all) > 0 {
					x.socket(all[0])
				}
			})
		case x.program != nil:
			coming = append(coming, func() { x.program(r) })
		}
	}
	for i := 0; i < times && len(coming) > 0; i++ {
		for _, f := range coming {
			select {
			case <-asked:
				if i > 0 {
					return
				}
			default:
			}
			nap(30*time.Millisecond, 400*time.Millisecond)
			f()
		}
	}
}
