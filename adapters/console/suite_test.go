package console

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"porchlight/adapters/adaptertest"
	"porchlight/bot"
)

// Both faces keep the promises that every adapter gives, as far as a pipe can.

func TestConsoleIsAnAdapter(t *testing.T) {
	adaptertest.Run(t, func(t *testing.T) adaptertest.Harness { return newBench(t, false) })
}

func TestJSONLIsAnAdapter(t *testing.T) {
	adaptertest.Run(t, func(t *testing.T) adaptertest.Harness { return newBench(t, true) })
}

// bench feeds a face through a pipe. An adapter made anew gets new ends.
type bench struct {
	json  bool
	lines *lineQueue
	out   *lockedBuffer
	n     int
}

func newBench(t *testing.T, asJSON bool) *bench {
	b := &bench{json: asJSON, lines: newLineQueue()}
	t.Cleanup(func() { b.lines.Close() })
	return b
}

func (b *bench) Adapter(*slog.Logger) bot.Adapter {
	b.lines.Close()
	b.lines, b.out = newLineQueue(), &lockedBuffer{}
	o := Options{In: b.lines, Out: b.out, Err: io.Discard, Env: []string{}}
	if b.json {
		return NewJSONL(o)
	}
	return New(o)
}

func (b *bench) Say(conversation, text string) string {
	b.n++
	event := fmt.Sprintf("event-%d", b.n)
	line := []byte(text)
	if b.json {
		line, _ = json.Marshal(map[string]string{"id": event, "thread": conversation, "text": text})
	}
	b.lines.add(string(line) + "\n")
	return event
}

func (b *bench) Redeliver(string)         {}
func (b *bench) Acknowledged(string) bool { return false }
func (b *bench) IDs(event string) []string {
	return []string{event, "kitchen"}
}

func (b *bench) Posts(event string) (posts []adaptertest.Post) {
	if !b.json {
		if s := b.out.String(); s != "" {
			posts = append(posts, adaptertest.Post{Text: s, Alone: true})
		}
		return posts
	}
	for l := range strings.Lines(b.out.String()) {
		var r record
		if json.Unmarshal([]byte(l), &r) == nil && r.ID == event {
			posts = append(posts, adaptertest.Post{Text: r.Text, Alone: r.Private})
		}
	}
	return posts
}

func (b *bench) Limits() map[string]string {
	const once = "a pipe gives each line once and is told nothing"
	limits := map[string]string{
		"acknowledged once stored":                  once,
		"not acknowledged unless stored":            once,
		"redelivered is the same message":           once,
		"delivered again after a restart, one post": "the keys of addresses end with the process",
	}
	if b.json {
		limits["an urgent reply shows at once"] = "a line is written when its answer is whole"
	} else {
		limits["conversations are told apart"] = "there is one"
	}
	return limits
}

// lineQueue is input that is written without waiting for a reader.
type lineQueue struct {
	mu      sync.Mutex
	changed *sync.Cond
	left    string
	closed  bool
}

func newLineQueue() *lineQueue {
	q := &lineQueue{}
	q.changed = sync.NewCond(&q.mu)
	return q
}

func (q *lineQueue) add(s string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.left += s
	q.changed.Broadcast()
}

func (q *lineQueue) Close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	q.changed.Broadcast()
}

func (q *lineQueue) Read(p []byte) (int, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for q.left == "" && !q.closed {
		q.changed.Wait()
	}
	if q.closed {
		return 0, io.EOF
	}
	n := copy(p, q.left)
	q.left = q.left[n:]
	return n, nil
}
