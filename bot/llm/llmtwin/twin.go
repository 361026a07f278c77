// Package llmtwin is a server that behaves like those that models stand behind: chat
// completions as a stream or whole, embeddings, a list of models; and, when told so,
// every way in which they fail.
//
// It knows the protocol of OpenAI and its kin. It must not know what is asked or
// answered: the words are given by Options.Answer.
//
// Why not recorded answers: a recording holds one server on one good day. What matters
// here are the bad ones, and dying at any byte.
package llmtwin

import (
	"context"
	"net"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"
)

// Options say what stands behind the twin. The zero value answers any model's prompt
// with one sentence.
type Options struct {
	// Answer gives the text that answers a prompt; nil gives always the same.
	Answer func(Request) string
	// Model and EmbeddingModel, if set, are the only ones there are.
	Model, EmbeddingModel string
	// Key, if set, has to come with each request.
	Key string
	// Size is the most bytes of a piece, 5 if it is 0. Characters stay whole.
	Size int
	// Refuses are fields that the server answers with a 400, among "max_tokens",
	// "max_completion_tokens", "temperature", "stream_options" and "system role".
	Refuses []string
	// NoUsage never says how many tokens something took.
	NoUsage bool
	// Dimensions is the length of vectors, 256 if it is 0.
	Dimensions int
}

// A Twin is one such server. It may be used by any number of goroutines. Make one with
// Start or Memory, or with New for ListenAndServe or a server of one's own.
type Twin struct {
	options Options
	url     string
	pipe    *pipe // nil unless of Memory
	server  *http.Server
	running sync.WaitGroup
	closing chan struct{}

	mu       sync.Mutex
	faults   []Fault
	always   *Fault
	requests []Request
	systems  map[string]bool // seen before, and so cached
	release  chan struct{}   // closed by Release, and made anew
	stalled  chan struct{}   // gets one for each stall that begins
}

// New makes a twin that is only a handler.
func New(o Options) *Twin {
	if o.Answer == nil {
		o.Answer = func(Request) string { return "This is what the model says." }
	}
	if o.Size <= 0 {
		o.Size = 5
	}
	if o.Dimensions <= 0 {
		o.Dimensions = 256
	}
	tw := &Twin{
		options: o, closing: make(chan struct{}), systems: map[string]bool{},
		release: make(chan struct{}), stalled: make(chan struct{}, 1024),
	}
	tw.server = &http.Server{Handler: tw, ReadHeaderTimeout: time.Minute}
	return tw
}

// Start makes a twin at a free port of this machine, for a test that closes it at its
// end.
func Start(t testing.TB, o Options) *Twin {
	t.Helper()
	tw := New(o)
	listener, err := net.ListenTCP("tcp4", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	tw.serve(listener)
	t.Cleanup(tw.Close)
	return tw
}

// Memory makes a twin that is reached with Dial alone. With it a test can run in a
// bubble of testing/synctest, where time is what the test makes of it.
func Memory(t testing.TB, o Options) *Twin {
	t.Helper()
	tw := New(o)
	tw.pipe = newPipe()
	tw.serve(tw.pipe)
	t.Cleanup(tw.Close)
	return tw
}

// ListenAndServe serves a twin of New at an address, until ctx ends; it returns nil then.
// ready, if any, is told the URL.
func (tw *Twin) ListenAndServe(ctx context.Context, address string, ready func(url string)) error {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		return err
	}
	tw.serve(listener)
	if ready != nil {
		ready(tw.URL())
	}
	<-ctx.Done()
	tw.Close()
	return nil
}

func (tw *Twin) serve(l net.Listener) {
	tw.url = "http://" + l.Addr().String() + "/v1"
	tw.running.Go(func() { _ = tw.server.Serve(l) })
}

// URL is where the twin's API begins.
func (tw *Twin) URL() string { return tw.url }

// Dial connects to a twin of Memory, whatever the address.
func (tw *Twin) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	return tw.pipe.dial(ctx)
}

// Close ends all connections. What was asked can still be looked at. It is called once.
func (tw *Twin) Close() {
	close(tw.closing)
	_ = tw.server.Close()
	tw.running.Wait()
}

// Script plans one fault for each of the next requests, in this order.
func (tw *Twin) Script(faults ...Fault) {
	tw.mu.Lock()
	defer tw.mu.Unlock()
	tw.faults = append(tw.faults, faults...)
}

// Always has the fault befall each request that has none by Script; nil ends it.
func (tw *Twin) Always(f *Fault) {
	tw.mu.Lock()
	defer tw.mu.Unlock()
	tw.always = f
}

// Requests are all that was asked so far.
func (tw *Twin) Requests() []Request {
	tw.mu.Lock()
	defer tw.mu.Unlock()
	return slices.Clone(tw.requests)
}

// Release lets everything go on that stalls now.
func (tw *Twin) Release() {
	tw.mu.Lock()
	defer tw.mu.Unlock()
	close(tw.release)
	tw.release = make(chan struct{})
}

// Stalled gets a value each time something begins to stall.
func (tw *Twin) Stalled() <-chan struct{} { return tw.stalled }

// stall waits for Release; false when the client or the twin is gone.
func (tw *Twin) stall(r *http.Request) bool {
	tw.mu.Lock()
	release := tw.release
	tw.mu.Unlock()
	tw.stalled <- struct{}{}
	select {
	case <-release:
		return true
	case <-r.Context().Done():
	case <-tw.closing:
	}
	return false
}

// take is the fault that is due now, and writes the request down.
func (tw *Twin) take(r *Request) Fault {
	tw.mu.Lock()
	defer tw.mu.Unlock()
	var f Fault
	switch {
	case len(tw.faults) > 0:
		f, tw.faults = tw.faults[0], tw.faults[1:]
	case tw.always != nil:
		f = *tw.always
	}
	r.Fault, r.Cached = f.Name, tw.systems[r.System]
	tw.systems[r.System] = r.System != ""
	tw.requests = append(tw.requests, *r)
	return f
}
