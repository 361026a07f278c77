package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"porchlight/adapters/slack/slacktwin"
)

// A slackRun is `porchlight serve` in a process of its own, on a store on disk and
// with a twin of Slack before it, from its first start to its last end. The process
// may be killed and started again on the way; what people asked and were told is
// kept here and in the twin.
type slackRun struct {
	t    testing.TB
	twin *slacktwin.Twin
	http bool // the transport
	args []string
	// program is the path of the program; newSlackRun has this test binary be it.
	program string

	events, admin string // addresses, the same after a restart
	log           *lockedBuffer
	cmd           *exec.Cmd
	ended         chan error

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
		t: t, http: http, program: os.Args[0], twin: slacktwin.Start(t, o), log: &lockedBuffer{},
		events: freeAddress(t), admin: freeAddress(t), asked: make(map[string]*question),
	}
	u, err := url.Parse(r.twin.URL())
	if err != nil {
		t.Fatal(err)
	}
	r.args = append([]string{
		"serve", "--data", t.TempDir(), "--admin", r.admin, "--log-level", "warn", "--person-limit", "0", "--conversation-limit", "0",
		"--slack-api-url", r.twin.APIURL(), "--slack-hook-host", u.Host, "--slack-listen", r.events,
	}, args...)
	if http {
		r.args = append(r.args, "--slack-transport", "http")
	}
	t.Cleanup(func() {
		if r.cmd != nil {
			_ = r.cmd.Process.Kill() // gone already, if all went well
		}
	})
	return r
}

var nextPort atomic.Uint32

// freeAddress is one that nobody listens at, and that the system gives to no
// connection in between.
func freeAddress(t testing.TB) string {
	t.Helper()
	for range 1000 {
		n := nextPort.Add(1) + uint32(os.Getpid())*37
		address := "127.0.0.1:" + strconv.Itoa(20000+int(n%12000))
		if l, err := net.Listen("tcp", address); err == nil { //nolint:noctx // closed at once
			_ = l.Close()
			return address
		}
	}
	t.Fatal("no free port")
	return ""
}

// start starts the process; it does not wait until it is ready.
func (r *slackRun) start() {
	r.t.Helper()
	secret, _, _ := r.twin.Credentials()
	r.cmd = exec.CommandContext(r.t.Context(), r.program, r.args...)
	r.cmd.Env = []string{
		asProgram + "=1", "SLACK_BOT_TOKEN=" + slacktwin.BotToken, "SLACK_APP_TOKEN=" + slacktwin.AppToken, "SLACK_SIGNING_SECRET=" + secret,
	}
	r.cmd.Stderr = r.log
	if err := r.cmd.Start(); err != nil {
		r.t.Fatal(err)
	}
	ended, cmd := make(chan error, 1), r.cmd
	r.ended = ended
	go func() { ended <- cmd.Wait() }()
}

// kill ends the process without a warning.
func (r *slackRun) kill() {
	r.t.Helper()
	_ = r.cmd.Process.Kill()
	if err := <-r.ended; err == nil {
		r.t.Fatalf("ended by itself:\n%s", r.tail())
	}
}

// stop ends it as systemd does, and waits.
func (r *slackRun) stop() {
	r.t.Helper()
	_ = r.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case err := <-r.ended:
		if err != nil {
			r.t.Errorf("ended with %v:\n%s", err, r.tail())
		}
	case <-time.After(40 * time.Second):
		r.t.Fatalf("did not end:\n%s", r.tail())
	}
}

// tail is the end of the log.
func (r *slackRun) tail() string {
	s := r.log.String()
	return s[max(0, len(s)-4000):]
}

// get asks the process for its health or figures; "" is no answer.
func (r *slackRun) get(path string) string {
	ctx, cancel := context.WithTimeout(r.t.Context(), 2*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+r.admin+path, http.NoBody)
	if err != nil {
		return ""
	}
	answer, err := http.DefaultClient.Do(req)
	if err != nil {
		return ""
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		return ""
	}
	return string(body)
}

var openMessages = regexp.MustCompile(`(?m)^porchlight_open_messages (\d+)`)

// open is how many messages the process has yet to answer, -1 if it does not say.
func (r *slackRun) open() int {
	found := openMessages.FindStringSubmatch(r.get("/metrics"))
	if found == nil {
		return -1
	}
	n, _ := strconv.Atoi(found[1])
	return n
}

// within asks ok until it agrees, or tells that it did not in time.
func within(d time.Duration, ok func() bool) bool {
	for deadline := time.Now().Add(d); !ok(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			return false
		}
	}
	return true
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

func first5(all []string) []string { return all[:min(5, len(all))] }

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

// nap is a while that nobody can foresee.
func nap(least, most time.Duration) { time.Sleep(least + rand.N(most-least)) }

// stat is a figure of a process from /proc/PID/status, in kilobytes; 0 where there
// is no such file.
func stat(pid int, name string) int {
	raw, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	for line := range bytes.Lines(raw) {
		if rest, ok := strings.CutPrefix(string(line), name+":"); ok {
			n, _ := strconv.Atoi(strings.Fields(rest)[0])
			return n
		}
	}
	return 0
}

// busy is the processor time that a process has used.
func busy(pid int) time.Duration {
	raw, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	_, rest, _ := strings.Cut(string(raw), ") ")
	fields := strings.Fields(rest)
	if len(fields) < 13 {
		return 0
	}
	user, _ := strconv.Atoi(fields[11])
	system, _ := strconv.Atoi(fields[12])
	return time.Duration(user+system) * 10 * time.Millisecond
}
