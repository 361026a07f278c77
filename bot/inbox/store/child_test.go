//go:build unix

package store_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"porchlight/bot"
	"porchlight/bot/conversation"
	"porchlight/bot/inbox/seal"
	"porchlight/bot/inbox/store"
)

// A job is what a child, which is this test binary in a process of its own, does
// with a store until it is killed.
type job struct {
	Place      string
	Sealed     bool
	Name       string // of the process, for the twin
	Publisher  string // begins its ids; the publishers of a later round follow those of an earlier one
	Round      int
	Twin       string // its address
	Publishers int
	Talks      int           // conversations of a publisher; two neighbours share theirs
	Pause      time.Duration // between two questions of a publisher, at most
	Lease      time.Duration
	MaxOpen    int
	Scrub      time.Duration
	Questions  int    // of each publisher; 0 is no end of them
	Words      string // goes with each question and into its address, and with a seal into the memory
	Fault      fault
	Backlog    int           // measure only: drain that many
	Idle       time.Duration // measure only: do nothing for so long
}

// A fault makes a child break a promise, for a test that sees the count of it.
type fault string

const (
	hasty  fault = "hasty"  // acknowledges before Put
	blind  fault = "blind"  // posts again without asking
	early  fault = "early"  // remembers what it has not answered
	unruly fault = "unruly" // puts every second question before the first
)

const (
	childJob = "PORCHLIGHT_TEST_JOB"
	// bound is how long anything may take that a child is to do at once: more
	// than the slowest machine needs, and an end for a child that hangs.
	bound = time.Minute
)

// soon asks ok again and again until it agrees or the bound is reached. It has
// more patience than bottest: SQLite is ten times slower under the race detector.
func soon(t *testing.T, what string, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(bound); !ok(); <-tick.C {
		if time.Now().After(deadline) {
			t.Fatalf("within %v never happened: %s", bound, what)
		}
	}
}

// A turn is the place of a question among those of its publisher.
type turn struct {
	publisher string
	at        [2]int // the round, and the number in it
}

// readTurn reads an id as job.message writes it.
func readTurn(id string) (t turn, ok bool) {
	parts := strings.Split(id, ".") // publisher, round, its goroutine, number
	if len(parts) != 4 {
		return t, false
	}
	round, err1 := strconv.Atoi(parts[1])
	n, err2 := strconv.Atoi(parts[3])
	return turn{parts[0] + "." + parts[2], [2]int{round, n}}, err1 == nil && err2 == nil
}

// TestChild is what a child runs; without a job it has nothing to do. It says on
// its standard output
//
//	ready MICROSECONDS  once the store is open, and how long that took
//	+ID NANOSECONDS     once Put has returned nil, and when that was
//	!ERROR              once Put has returned an error
//
// and reads "drain" from its standard input: to put no more, answer what is
// open, and end. It ends at once when its standard input does, as it does when
// its parent dies.
func TestChild(t *testing.T) {
	raw := os.Getenv(childJob)
	if raw == "" {
		return
	}
	var j job
	if err := json.Unmarshal([]byte(raw), &j); err != nil {
		t.Fatal(err)
	}
	drain := make(chan struct{})
	go func() {
		in := bufio.NewScanner(os.Stdin)
		for in.Scan() {
			if in.Text() == "drain" {
				close(drain)
			}
		}
		os.Exit(3)
	}()
	if err := j.run(t, drain); err != nil {
		t.Fatal(err)
	}
}

func say(format string, args ...any) {
	_, err := io.WriteString(os.Stdout, fmt.Sprintf(format, args...)+"\n") // one write: lines do not mix
	if err != nil {
		os.Exit(4) // nobody listens
	}
}

// An ack is what was acknowledged, and when, in nanoseconds since 1970.
type ack struct {
	id string
	at int64
}

func acknowledge(id bot.MessageID) { say("+%s %d", id, time.Now().UnixNano()) }

func (j job) options() store.Options {
	o := quick()
	o.Workers = 12
	o.Lease = j.Lease
	o.Scrub = j.Scrub
	o.Tries = 1 << 20 // it is counted what is answered, so nothing may be buried
	if j.MaxOpen > 0 {
		o.MaxOpen = j.MaxOpen
	}
	o.Log = slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError}))
	return o
}

func (j job) key(t testing.TB) *seal.Master {
	if j.Sealed {
		return master(t, 1)
	}
	return nil
}

func (j job) run(t *testing.T, drain <-chan struct{}) error {
	ctx, began := t.Context(), time.Now()
	s := open(t, j.Place, j.key(t), j.options())
	say("ready %d", time.Since(began).Microseconds())
	if j.Backlog > 0 || j.Idle > 0 {
		return j.measure(ctx, s)
	}
	putting, enough := context.WithCancel(ctx)
	defer enough()
	working, end := context.WithCancel(ctx)
	defer end()
	var publishers, workers sync.WaitGroup
	for p := range j.Publishers {
		publishers.Go(func() { j.publish(putting, s, p) })
	}
	var broken error
	workers.Go(func() {
		broken = s.Work(working, j.answer(ctx, s))
		enough()
	})
	select {
	case <-drain:
	case <-putting.Done(): // the store broke
	}
	enough()
	publishers.Wait()
	for s.Broken() == nil {
		if open, _, err := s.Waiting(ctx); err == nil && open == 0 {
			break
		}
		<-time.After(5 * time.Millisecond)
	}
	end()
	workers.Wait()
	return broken
}

// message is the nth question of a publisher.
func (j job) message(p, n int) bot.Message {
	id := fmt.Sprintf("%s.%d.%d.%d", j.Publisher, j.Round, p, n)
	return bot.Message{
		ID:           bot.MessageID(id),
		Conversation: bot.ConversationID(fmt.Sprintf("%d.%d", p/2, n%j.Talks)),
		Person:       bot.PersonID(fmt.Sprint(p)),
		From:         bot.Address{Adapter: "twin", Place: strings.TrimSpace("place " + j.Words)},
		Text:         strings.TrimSpace(id + " " + j.Words),
	}
}

// publish puts questions one after the other, and each until it is acknowledged,
// as a platform does.
func (j job) publish(ctx context.Context, s *store.Store, p int) {
	for n := 0; ctx.Err() == nil && (n < j.Questions || j.Questions == 0); n++ {
		m := j.message(p, n)
		switch j.Fault {
		case unruly:
			m = j.message(p, n^1)
			m.Conversation = j.message(p, 0).Conversation
		case hasty:
			acknowledge(m.ID)
		}
		for ctx.Err() == nil {
			err := s.Put(ctx, m)
			if err == nil {
				if j.Fault != hasty {
					acknowledge(m.ID)
				}
				break
			}
			if ctx.Err() != nil {
				return
			}
			say("!%s", strings.ReplaceAll(err.Error(), "\n", " "))
			pause(ctx, 50*time.Millisecond)
		}
		pause(ctx, rand.N(j.Pause+1))
	}
}

// pause is the time between two requests.
func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

var errTwin = errors.New("the twin said no")

// answer delivers as an adapter does: what was handed out before may stand
// already, so the platform is asked first.
func (j job) answer(outside context.Context, s *store.Store) func(context.Context, bot.Message) error {
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}
	return func(ctx context.Context, m bot.Message) error {
		st, err := s.Load(ctx, m.Conversation)
		if err != nil {
			return err
		}
		turn := conversation.Turn{Kind: bot.Answer, Topics: []string{string(m.ID)}}
		if j.Sealed {
			turn.Lang = j.Words
		}
		st = st.With(turn)
		saving := ctx
		if j.Fault == early {
			saving = outside // which tells of no message
		}
		if err := s.Save(saving, m.Person, m.Conversation, st); err != nil {
			return err
		}
		if m.Handed.Again && j.Fault != blind {
			status, err := j.call(ctx, client, http.MethodGet, "/has", m)
			if err != nil {
				return err
			}
			if status == http.StatusOK {
				return nil
			}
			if status != http.StatusNotFound {
				return fmt.Errorf("ask: status %d: %w", status, errTwin)
			}
		}
		status, err := j.call(ctx, client, http.MethodPost, "/post", m)
		if err != nil {
			return fmt.Errorf("%w: %w", err, bot.ErrUnclear)
		}
		if status != http.StatusOK {
			return &bot.LaterError{After: 5 * time.Millisecond, Err: fmt.Errorf("post: status %d: %w", status, errTwin)}
		}
		return nil
	}
}

func (j job) call(ctx context.Context, client *http.Client, method, path string, m bot.Message) (status int, err error) {
	by, ok := ctx.Deadline()
	if !ok {
		return 0, errors.New("an answer without a deadline")
	}
	q := url.Values{
		"process": {j.Name}, "by": {strconv.FormatInt(by.UnixNano(), 10)},
		"id": {string(m.ID)}, "talk": {string(m.Conversation)}, "text": {m.Text},
	}
	r, err := http.NewRequestWithContext(ctx, method, j.Twin+path+"?"+q.Encode(), http.NoBody)
	if err != nil {
		return 0, err
	}
	out, err := client.Do(r)
	if err != nil {
		return 0, err
	}
	defer out.Body.Close()
	_, err = io.Copy(io.Discard, out.Body)
	return out.StatusCode, err
}

// A child is a process of this test, seen by its parent.
type child struct {
	job
	cmd    *exec.Cmd
	orders io.WriteCloser
	ready  chan struct{} // closed once its store is open
	silent chan struct{} // closed when its output has ended
	stderr bytes.Buffer
	over   bool

	began     time.Time
	opened    time.Duration // how long Open took
	restarted time.Duration // from the start of the process until its store was open

	mu     sync.Mutex
	acked  []ack
	errs   []string
	others []string // lines for whoever started it
}

// start has a child do a job; it is killed at the end of the test at the latest.
func (j job) start(t testing.TB) *child {
	t.Helper()
	raw, err := json.Marshal(j)
	if err != nil {
		t.Fatal(err)
	}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := &child{job: j, ready: make(chan struct{}), silent: make(chan struct{}), began: time.Now()}
	c.cmd = exec.CommandContext(context.WithoutCancel(t.Context()), exe, "-test.run=^TestChild$")
	c.cmd.Env = append(os.Environ(), childJob+"="+string(raw))
	c.cmd.Stderr = &c.stderr
	if c.orders, err = c.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.kill(t) })
	go c.listen(out)
	return c
}

func (c *child) listen(out io.Reader) {
	defer close(c.silent)
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		c.hear(lines.Text())
	}
}

func (c *child) hear(line string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if us, ok := strings.CutPrefix(line, "ready "); ok {
		n, err := strconv.Atoi(us)
		if err == nil {
			c.opened = time.Duration(n) * time.Microsecond
			c.restarted = time.Since(c.began)
			close(c.ready)
		}
		return
	}
	switch {
	case strings.HasPrefix(line, "+"):
		var a ack
		if _, err := fmt.Sscanf(line, "+%s %d", &a.id, &a.at); err == nil { // else the kill cut the line
			c.acked = append(c.acked, a)
		}
	case strings.HasPrefix(line, "!"):
		c.errs = append(c.errs, line[1:])
	default:
		c.others = append(c.others, line)
	}
}

// await waits until the child's store is open.
func (c *child) await(t testing.TB) {
	t.Helper()
	select {
	case <-c.ready:
	case <-c.silent:
		c.mu.Lock()
		others := strings.Join(c.others, "\n")
		c.mu.Unlock()
		c.kill(t)
		t.Fatalf("the child ended before its store was open:\n%s\n%s", others, c.stderr.String())
	case <-time.After(bound):
		t.Fatalf("the child has not opened its store within %v", bound)
	}
}

// kill ends a child with SIGKILL, wherever it is, and waits for its end.
func (c *child) kill(t testing.TB) {
	t.Helper()
	if c.over {
		return
	}
	c.over = true
	_ = c.cmd.Process.Kill() // fails where it has ended by itself
	_ = c.wait(t)            // tells of the kill
}

func (c *child) wait(t testing.TB) error {
	t.Helper()
	select {
	case <-c.silent:
	case <-time.After(bound):
		t.Fatalf("the child does not end: %v", c.cmd.Process.Pid)
	}
	err := c.cmd.Wait()
	_ = c.orders.Close() // Wait has closed it
	return err
}

// drain has a child answer what is open and end in good order.
func (c *child) drain(t testing.TB) {
	t.Helper()
	if _, err := io.WriteString(c.orders, "drain\n"); err != nil {
		t.Errorf("the child takes no orders: %v", err)
	}
	c.finish(t, 3*bound)
}

// finish waits until a child has ended by itself and in good order.
func (c *child) finish(t testing.TB, within time.Duration) {
	t.Helper()
	select {
	case <-c.silent:
		c.over = true
		if err := c.wait(t); err != nil {
			t.Fatalf("the child ended in %v:\n%s\n%s", err, strings.Join(c.others, "\n"), c.stderr.String())
		}
	case <-time.After(within):
		c.kill(t)
		t.Fatalf("the child has not ended within %v:\n%s", within, c.stderr.String())
	}
}
