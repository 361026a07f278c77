package main

import (
	"context"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"sync"
	"testing"
	"time"

	"porchlight/adapters/slack/slacktwin"
)

// A slackRun is `porchlight serve` in a process of its own, on a store on disk and
// with a twin of Slack before it, from its first start to its last end. The process
// may be killed and started again on the way; what people asked and were told is
// kept here and in the twin.
type slackRun struct {
	*child
	twin   *slacktwin.Twin
	http   bool   // the transport
	events string // an address, the same after a restart

	mu    sync.Mutex
	asked map[string]*question // by channel and ts
}

// A question is what somebody asked the program.
type question struct {
	slacktwin.Event
	public bool // in a channel, with a mention
	place  int  // among those of its person
	acked  bool // Slack takes it for received
}

// slackContracts are Slack's own schemas, which every call is held against where
// they are there.
const slackContracts = "../../../shared/contracts"

// newSlackRun makes everything but the process.
func newSlackRun(t testing.TB, o slacktwin.Options, http bool, args ...string) *slackRun {
	t.Helper()
	r := &slackRun{
		http: http, twin: slacktwin.Start(t, o), child: newChild(t), events: freeAddress(t), asked: make(map[string]*question),
	}
	u, err := url.Parse(r.twin.URL())
	if err != nil {
		t.Fatal(err)
	}
	r.args = append(append(r.args, "--slack-api-url", r.twin.APIURL(), "--slack-hook-host", u.Host, "--slack-listen", r.events), args...)
	if http {
		r.args = append(r.args, "--slack-transport", "http")
	}
	secret, _, _ := r.twin.Credentials()
	r.env = []string{"SLACK_BOT_TOKEN=" + slacktwin.BotToken, "SLACK_APP_TOKEN=" + slacktwin.AppToken, "SLACK_SIGNING_SECRET=" + secret}
	return r
}

// ready waits until events can arrive.
func (r *slackRun) ready() {
	r.t.Helper()
	// The twin may not have seen yet that a socket is open of which the program knows.
	open := func() bool { return r.http || len(r.twin.Sockets()) > 0 }
	if !within(30*time.Second, func() bool { return r.get("/readyz") != "" && open() }) {
		r.t.Fatalf("never ready:\n%s", r.tail())
	}
}

// ask has somebody ask something directly, or in a channel.
func (r *slackRun) ask(user, text string, place int, public bool) *question {
	q := &question{place: place, public: public}
	if public {
		q.Event = r.twin.Mention(slacktwin.General, user, "<@"+slacktwin.BotUser+"> "+text, "")
	} else {
		q.Event = r.twin.DM(user, text)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.asked[q.Channel+" "+q.TS] = q
	return q
}

// tell says an event until Slack takes it for received, or ctx ends.
func (r *slackRun) tell(ctx context.Context, e slacktwin.Event) (acked bool) {
	if r.http {
		return r.twin.Deliver(ctx, "http://"+r.events+"/slack/events", e, slacktwin.SignWell).OK()
	}
	_, err := r.twin.AwaitAck(ctx, r.twin.Send(e))
	return err == nil
}

// other is the same event under another id, as Slack sends it now and then.
func other(e slacktwin.Event) slacktwin.Event {
	e.ID += "B"
	e.Payload = maps.Clone(e.Payload)
	e.Payload["event_id"] = e.ID
	return e
}

// An outcome is what a run came to; every list but asked must be empty.
type outcome struct {
	asked, acked, answered    int
	lost, twice, order, shown []string
}

func (o outcome) String() string {
	return fmt.Sprintf("asked %d, acknowledged %d, answered %d: lost %d, twice %d, out of order %d, shown to others %d",
		o.asked, o.acked, o.answered, len(o.lost), len(o.twice), len(o.order), len(o.shown))
}

func (o outcome) good() bool { return len(o.lost)+len(o.twice)+len(o.order)+len(o.shown) == 0 }

// marked is what a post says that it answers, and whether it is all of it.
func marked(p slacktwin.Post) (mark string, whole bool) {
	if p.Metadata["event_type"] != "porchlight_answer" {
		return "", false
	}
	payload, _ := p.Metadata["event_payload"].(map[string]any)
	mark, _ = payload["mark"].(string)
	whole, _ = payload["whole"].(bool)
	return mark, whole
}

// count looks at everything that Slack shows.
func (r *slackRun) count() (o outcome) {
	r.mu.Lock()
	defer r.mu.Unlock()
	marks, answers, last := map[string]int{}, map[string]int{}, map[string]int{}
	for _, p := range r.twin.Posts("") {
		at := p.Channel + " " + p.ThreadTS
		q := r.asked[at]
		mark, whole := marked(p)
		if q == nil || q.public || mark == "" {
			o.shown = append(o.shown, p.Channel+" "+p.TS+": "+p.Text)
			continue
		}
		marks[mark]++
		if marks[mark] > 1 {
			o.twice = append(o.twice, at)
		}
		if !whole {
			continue
		}
		answers[at]++
		if q.place < last[q.Channel] {
			o.order = append(o.order, at)
		}
		last[q.Channel] = max(last[q.Channel], q.place)
	}
	alone := map[string]bool{}
	for _, p := range r.twin.Ephemerals("") {
		alone[p.Channel+" "+p.EphemeralTo] = true
	}
	for at, q := range r.asked {
		o.asked++
		switch {
		case !q.acked:
			continue
		case answers[at] > 1:
			o.twice = append(o.twice, at)
		case answers[at] == 0 && !alone[q.Channel+" "+q.User]:
			o.lost = append(o.lost, at)
		}
		o.acked++
		if answers[at] > 0 || alone[q.Channel+" "+q.User] {
			o.answered++
		}
	}
	slices.Sort(o.lost)
	return o
}

// settle waits until all that was acknowledged is answered and the program has
// nothing left to do, and counts.
func (r *slackRun) settle(d time.Duration) outcome {
	var o outcome
	within(d, func() bool { return r.open() == 0 })
	within(5*time.Second, func() bool { o = r.count(); return len(o.lost) == 0 })
	return o
}

// judge fails the test unless all went well.
func (r *slackRun) judge(o outcome) {
	r.t.Helper()
	r.t.Log(o)
	if o.good() && o.acked == o.asked {
		return
	}
	r.t.Errorf("%v; open: %d\nlost %v\ntwice %v\nout of order %v\nshown %v\n%s", o, r.open(),
		first5(o.lost), first5(o.twice), first5(o.order), first5(o.shown), r.tail())
}

// crowd adds people to the workspace, and to its general channel.
func (r *slackRun) crowd(n int) []string {
	people := make([]string, n)
	for i := range people {
		people[i] = r.twin.AddUser(slacktwin.User{})
	}
	r.twin.AddChannel(slacktwin.Channel{
		ID: slacktwin.General, Members: append([]string{slacktwin.BotUser, slacktwin.Ana, slacktwin.Ben}, people...),
	})
	return people
}
