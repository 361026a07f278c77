//go:build unix

package store_test

import (
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// A twin is a chat platform on the loopback: it shows what was posted, tells who
// asks whether a post stands, and keeps count of everything. It is consistent:
// who asks after a post has arrived is told so.
//
// What is still on the wire when its sender dies or gives up waiting does not
// arrive. On a real platform it may, late; that is what leases are long for, and
// nothing that a test with short ones could show.
type twin struct {
	url string

	mu      sync.Mutex
	random  *rand.Rand
	trouble bool                // some requests are refused, or fail with an unclear outcome
	gone    map[string]bool     // processes that were killed
	marks   map[string]bool     // the ids of messages whose answer stands
	posts   map[string]int      // how often each question was answered
	answers map[string][]string // per conversation, the ids of the messages answered
	asked   map[string][]string // per conversation, the questions answered, also the joined ones

	n sights
}

// sights is how often a twin saw what.
type sights struct{ posts, found, refused, unclear, late int }

func (w *twin) saw() sights {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.n
}

func newTwin(t *testing.T, seed uint64, trouble bool) *twin {
	t.Helper()
	w := &twin{
		random: rand.New(rand.NewPCG(seed, 1)), trouble: trouble,
		gone: make(map[string]bool), marks: make(map[string]bool), posts: make(map[string]int),
		answers: make(map[string][]string), asked: make(map[string][]string),
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /has", w.has)
	mux.HandleFunc("POST /post", w.post)
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	w.url = server.URL
	return w
}

// lose drops from now on what a killed process sent.
func (w *twin) lose(process string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.gone[process] = true
}

// quarrel begins or ends the trouble.
func (w *twin) quarrel(on bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.trouble = on
}

// arrives tells whether a request arrives at all; the lock is held.
func (w *twin) arrives(r *http.Request) bool {
	by, err := strconv.ParseInt(r.FormValue("by"), 10, 64)
	if err != nil || time.Now().UnixNano() > by {
		w.n.late++
		return false
	}
	return !w.gone[r.FormValue("process")]
}

// dice says whether something happens of which the chance is one in n.
func (w *twin) dice(n int) bool { return w.trouble && w.random.IntN(n) == 0 }

func (w *twin) has(out http.ResponseWriter, r *http.Request) {
	w.mu.Lock()
	arrives, stands, fails := w.arrives(r), w.marks[r.FormValue("id")], w.dice(50)
	if stands && !fails {
		w.n.found++
	}
	w.mu.Unlock()
	switch {
	case !arrives:
		panic(http.ErrAbortHandler)
	case fails:
		out.WriteHeader(http.StatusServiceUnavailable)
	case !stands:
		out.WriteHeader(http.StatusNotFound)
	}
}

func (w *twin) post(out http.ResponseWriter, r *http.Request) {
	status, wait := w.take(r)
	if wait > 0 { // a slow platform
		t := time.NewTimer(wait)
		defer t.Stop()
		select {
		case <-t.C:
		case <-r.Context().Done():
		}
	}
	if status == cut {
		panic(http.ErrAbortHandler)
	}
	out.WriteHeader(status)
}

// cut is no answer at all: the connection ends.
const cut = 0

// take counts a post, and tells what its sender hears and after how long.
func (w *twin) take(r *http.Request) (status int, wait time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.arrives(r) {
		return cut, 0
	}
	wait = time.Duration(w.random.IntN(6000)) * time.Microsecond
	if w.dice(50) {
		wait = 100 * time.Millisecond
	}
	if w.dice(60) {
		w.n.refused++
		return http.StatusTooManyRequests, wait
	}
	id, talk := r.FormValue("id"), r.FormValue("talk")
	w.marks[id] = true
	w.n.posts++
	w.answers[talk] = append(w.answers[talk], id)
	for question := range strings.FieldsSeq(r.FormValue("text")) {
		w.posts[question]++
		w.asked[talk] = append(w.asked[talk], question)
	}
	if w.dice(60) { // it stands, and its sender does not hear so
		w.n.unclear++
		return cut, wait
	}
	return http.StatusOK, wait
}

// order is, per conversation, the ids of the messages answered, as they were.
func (w *twin) order() map[string][]string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return maps.Clone(w.answers)
}

// A count is what must be none.
type count struct{ lost, twice, disorder []string }

// check compares what was acknowledged, which is the value's order by its
// publisher, with what was answered.
func (w *twin) check(acknowledged map[string]turn) (c count) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for id := range acknowledged {
		if w.posts[id] == 0 {
			c.lost = append(c.lost, id)
		}
	}
	for id, n := range w.posts {
		if n > 1 {
			c.twice = append(c.twice, id)
		}
	}
	for talk, ids := range w.asked {
		last := make(map[string]turn)
		for _, id := range ids {
			t, ok := acknowledged[id]
			if !ok {
				continue
			}
			if before, ok := last[t.publisher]; ok && slices.Compare(before.at[:], t.at[:]) > 0 {
				c.disorder = append(c.disorder, talk+": "+id)
			}
			last[t.publisher] = t
		}
	}
	return c
}
