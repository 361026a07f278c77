package slacktwin

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"

	"golang.org/x/time/rate"
)

// A Twin is one Slack with one app in it. It may be used by any number of
// goroutines. Make one with New or Start.
type Twin struct {
	options Options
	url     string // http://127.0.0.1:port
	server  *http.Server
	client  *http.Client   // of Deliver
	done    chan struct{}  // closed by Close
	running sync.WaitGroup // every goroutine of the twin

	mu       sync.Mutex
	closed   bool
	changed  chan struct{} // closed, and made anew, when anything here changes
	random   *rand.Rand
	serial   int64 // of ids
	stamp    int64 // the last ts, in microseconds
	teams    map[string]*team
	users    map[string]*User
	channels map[string]*Channel
	ims      map[string]*Channel // by the person
	tokens   map[string]*token
	codes    map[string]*code
	refresh  map[string]string // refresh token to team
	calls    []Call
	counts   map[string]int
	broken   []string // violations of the contracts
	faults   []*planned
	posts    []*Post
	byTS     map[string]*Post // channel and ts to post
	inside   map[string][]*Post
	made     []Post // as they were first posted, for Next
	limiters map[string]*rate.Limiter
	views    []*View
	statuses []Status
	standing map[string]int // channel and thread to the status there
	prompts  []Prompts
	sessions map[string]*Session
	triggers map[string]*trigger
	hooks    map[string]*hook
	tickets  map[string]bool
	sockets  []*Socket // that get envelopes
	live     []*Socket // all
	opened   int       // sockets ever
	openings []Opening
	letters  map[string]*letter
	sent     []string // ids of envelopes, in order
	acks     []Ack
}

// New starts a twin that ends with Close. It panics when the loopback address
// cannot be listened on, or a schema of Options.Contracts cannot be read.
func New(o Options) *Twin {
	o = o.withDefaults()
	listener, err := net.ListenTCP("tcp4", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		panic(fmt.Sprintf("slacktwin: %v", err))
	}
	tw := &Twin{
		options: o, url: "http://" + listener.Addr().String(), done: make(chan struct{}),
		changed: make(chan struct{}), random: rand.New(rand.NewPCG(o.Seed, 1)),
		teams: map[string]*team{}, users: map[string]*User{}, channels: map[string]*Channel{},
		tokens: map[string]*token{}, codes: map[string]*code{}, refresh: map[string]string{},
		counts: map[string]int{}, byTS: map[string]*Post{}, inside: map[string][]*Post{},
		limiters: map[string]*rate.Limiter{}, standing: map[string]int{}, ims: map[string]*Channel{}, sessions: map[string]*Session{},
		triggers: map[string]*trigger{}, hooks: map[string]*hook{}, tickets: map[string]bool{},
		letters: map[string]*letter{},
	}
	tw.populate()
	tw.client = deliverer(o.AckWithin)
	mux := http.NewServeMux()
	mux.HandleFunc("/api/", tw.counted(tw.serveAPI))
	mux.HandleFunc("/link", tw.counted(tw.serveSocket))
	mux.HandleFunc("/hooks/", tw.counted(tw.serveHook))
	tw.server = &http.Server{Handler: mux, ReadHeaderTimeout: time.Minute}
	tw.running.Go(func() { _ = tw.server.Serve(listener) })
	return tw
}

// Start is New for a test or a benchmark: it closes the twin at the end, and fails
// t for each request that is against the contracts, unless Options.Forgive.
func Start(t testing.TB, o Options) *Twin {
	tw := New(o)
	t.Cleanup(func() {
		tw.Close()
		if o.Forgive {
			return
		}
		for _, v := range tw.Violations() {
			t.Errorf("against Slack's contract: %s", v)
		}
	})
	return tw
}

// Close ends every connection and waits until nothing of the twin runs. What was
// done can still be looked at. A second Close does nothing.
func (tw *Twin) Close() {
	tw.mu.Lock()
	if tw.closed {
		tw.mu.Unlock()
		return
	}
	tw.closed = true
	close(tw.done)
	sockets := tw.live
	for _, l := range tw.letters {
		l.stop()
	}
	tw.mu.Unlock()
	for _, s := range sockets {
		s.cut()
	}
	_ = tw.server.Close()
	tw.running.Wait()
	tw.client.CloseIdleConnections()
}

// APIURL is what a Slack client takes as its API address; it ends in a slash.
func (tw *Twin) APIURL() string { return tw.url + "/api/" }

// URL is the address of the twin, without a slash at its end.
func (tw *Twin) URL() string { return tw.url }

// Await asks ok after each change of the twin until it agrees, or returns the error
// of ctx. ok may call any method of the twin.
func (tw *Twin) Await(ctx context.Context, ok func() bool) error {
	for {
		tw.mu.Lock()
		changed := tw.changed
		tw.mu.Unlock()
		if ok() {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// touch wakes everybody who waits. It wants tw.mu held.
func (tw *Twin) touch() {
	close(tw.changed)
	tw.changed = make(chan struct{})
}

// begin tells whether something may still start; if so it must end with
// tw.running.Done.
func (tw *Twin) begin() bool {
	tw.mu.Lock()
	defer tw.mu.Unlock()
	if tw.closed {
		return false
	}
	tw.running.Add(1)
	return true
}

func (tw *Twin) counted(h http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if !tw.begin() {
			return
		}
		defer tw.running.Done()
		h(w, r)
	}
}

// pause waits, unless the twin is closed or gone is first; it tells whether the
// time has passed.
func (tw *Twin) pause(d time.Duration, gone <-chan struct{}) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-gone:
	case <-tw.done:
	}
	return false
}

func (tw *Twin) now() time.Time { return tw.options.Now() }
