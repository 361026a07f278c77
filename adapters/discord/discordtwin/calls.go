package discordtwin

import (
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// A Call is one request to the REST API.
type Call struct {
	Op           string // one of the operations; "" for a route that the twin lacks
	Method, Path string // the path without /api/v9
	Vars         map[string]string
	Query        url.Values
	Auth, Agent  string // the Authorization and User-Agent headers
	Body         any    // decoded; nil if there was none
	At           time.Time
	// Status and Answer are what Discord made of it, even when a fault kept them from
	// the client; 0 and nil when a fault kept the call from Discord.
	Status int
	Answer any
	Fault  string // the fault that the client saw, or ""
	// Violations are the differences from the contract.
	Violations []string

	seen int // the status that the client saw
}

// OK tells whether Discord did what was asked, whatever the client saw.
func (c Call) OK() bool { return c.Status >= 200 && c.Status < 300 }

// Code is Discord's error code for why it did not, or 0.
func (c Call) Code() int { return number(object(c.Answer)["code"]) }

// Field is what is found in the body under the names, or nil.
func (c Call) Field(names ...string) any {
	v := c.Body
	for _, name := range names {
		v = object(v)[name]
	}
	return v
}

// Calls are the requests so far, in the order in which they ended.
func (tw *Twin) Calls() []Call {
	tw.mu.Lock()
	defer tw.mu.Unlock()
	return slices.Clone(tw.calls)
}

// CallsTo are the requests of one operation.
func (tw *Twin) CallsTo(op string) []Call {
	tw.mu.Lock()
	defer tw.mu.Unlock()
	var of []Call
	for _, c := range tw.calls {
		if c.Op == op {
			of = append(of, c)
		}
	}
	return of
}

// Count is how often the operation was called, forgotten calls included.
func (tw *Twin) Count(op string) int {
	tw.mu.Lock()
	defer tw.mu.Unlock()
	return tw.counts[op]
}

// Counts is Count of every operation that was called.
func (tw *Twin) Counts() map[string]int {
	tw.mu.Lock()
	defer tw.mu.Unlock()
	return maps.Clone(tw.counts)
}

// Statuses counts the answers that clients saw; 0 is none.
func (tw *Twin) Statuses() map[int]int {
	tw.mu.Lock()
	defer tw.mu.Unlock()
	return maps.Clone(tw.statuses)
}

// Violations are the differences of requests from Options.Contracts so far.
func (tw *Twin) Violations() []string {
	tw.mu.Lock()
	defer tw.mu.Unlock()
	return slices.Clone(tw.broken)
}

// record wants tw.mu held.
func (tw *Twin) record(c *Call) {
	tw.counts[c.Op]++
	tw.statuses[c.seen]++
	tw.calls = append(tw.calls, *c)
	if keep := tw.options.KeepCalls; keep > 0 && len(tw.calls) > 2*keep {
		tw.calls = slices.Clone(tw.calls[len(tw.calls)-keep:])
	}
	for _, v := range c.Violations {
		tw.broken = append(tw.broken, c.Op+": "+v)
	}
	tw.touch()
}

// decode reads what the client asks; the answer is what is wrong with the form of
// it. A nil Call is a client that went away.
func decode(w http.ResponseWriter, r *http.Request) (*Call, *answer) {
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 4<<20))
	if err != nil {
		return nil, nil
	}
	c := &Call{Method: r.Method, Query: r.URL.Query(), Auth: r.Header.Get("Authorization"), Agent: r.UserAgent()}
	if len(raw) == 0 {
		return c, nil
	}
	if kind := r.Header.Get("Content-Type"); !strings.HasPrefix(kind, "application/json") {
		bad := invalid("", "CONTENT_TYPE_INVALID", "Expected \"Content-Type\" header to be application/json.")
		return c, &bad // forms and files are left out
	}
	if json.Unmarshal(raw, &c.Body) != nil {
		return c, &noJSON
	}
	return c, nil
}

// said is a field of the body that is there; Discord takes a null for nothing said.
func (c *Call) said(name string) (any, bool) {
	v, there := object(c.Body)[name]
	return v, there
}
