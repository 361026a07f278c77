package adaptertest

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"porchlight/bot"
)

// Twin is a chat platform in memory together with its adapter: the smallest one
// that passes Run. Tests of bot.Serve make people speak on it with Say and see
// what they are answered with Await. The zero value is ready; set the fields
// before the first use. It may be used by any number of goroutines.
type Twin struct {
	// Called is the name of the adapter; "" means "twin".
	Called string
	// Log gets what could not be stored, never a person's words; nil discards.
	Log *slog.Logger

	mu      sync.Mutex
	key     []byte // of the hashes: nothing outside can tell an id from its hash
	events  map[string]*event
	queue   []*event      // to be delivered, in order
	changed chan struct{} // closed, and made anew, when anything here changes
}

// event is something that happened on the platform.
type event struct {
	id, place, text string
	at              time.Time
	acked           bool
	// post is the answer. It is one field: delivering again can only change it.
	post  *Post
	final bool
}

var _ bot.Adapter = (*Twin)(nil)

// Name is Called, or "twin".
func (p *Twin) Name() string { return cmp.Or(p.Called, "twin") }

// Run delivers what people said, one event after the other, until ctx ends, and
// then returns nil. An event that accept refuses is not acknowledged; it comes
// again when Redeliver says so.
func (p *Twin) Run(ctx context.Context, accept func(context.Context, bot.Message) error) error {
	for {
		e, m := p.next(ctx)
		if e == nil {
			return nil
		}
		if err := accept(ctx, m); err != nil {
			p.log().Warn("event not stored", "message", m, "err", err)
			continue
		}
		p.change(func() { e.acked = true })
	}
}

// Deliver shows each reply in the place of the one before it. Doing so again
// for the same message changes the same post.
func (p *Twin) Deliver(ctx context.Context, m bot.Message, replies bot.Replies) error {
	id, _, _ := strings.Cut(m.From.Place, " ")
	e := p.event(id)
	if e == nil {
		return fmt.Errorf("deliver %s: no such event: %w", m.ID, bot.ErrGiveUp)
	}
	for r, err := range replies {
		if err != nil {
			return fmt.Errorf("deliver %s: %w", m.ID, err)
		}
		if err := ctx.Err(); err != nil { // as a real platform's client would
			return fmt.Errorf("deliver %s: %w", m.ID, err)
		}
		p.change(func() {
			e.post = &Post{Text: r.Plain(), Alone: r.Privacy != bot.Everyone}
			e.final = r.Final
		})
	}
	return nil
}

// Say makes someone say text and returns the id of the event. It does not block.
func (p *Twin) Say(conversation, text string) string {
	var e *event
	p.change(func() {
		e = &event{
			id: fmt.Sprintf("event-%d", len(p.events)+1), place: "place-" + conversation,
			text: text, at: time.Now(),
		}
		p.events[e.id] = e
		p.queue = append(p.queue, e)
	})
	return e.id
}

// Redeliver makes the platform send the event again.
func (p *Twin) Redeliver(id string) {
	p.change(func() {
		if e := p.events[id]; e != nil {
			p.queue = append(p.queue, e)
		}
	})
}

// Acknowledged tells whether the event was accepted.
func (p *Twin) Acknowledged(id string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	e := p.events[id]
	return e != nil && e.acked
}

// Posts is the answer that the asker sees now, if there is one yet.
func (p *Twin) Posts(id string) []Post {
	p.mu.Lock()
	defer p.mu.Unlock()
	if e := p.events[id]; e != nil && e.post != nil {
		return []Post{*e.post}
	}
	return nil
}

// IDs are the platform's own ids behind the event.
func (p *Twin) IDs(id string) []string {
	if e := p.event(id); e != nil {
		return []string{e.id, e.place}
	}
	return nil
}

// Await blocks until the event has its final answer, and returns that, or until
// ctx ends.
func (p *Twin) Await(ctx context.Context, id string) (Post, error) {
	var post Post
	err := p.wait(ctx, func() bool {
		e := p.events[id]
		if e == nil || e.post == nil || !e.final {
			return false
		}
		post = *e.post
		return true
	})
	if err != nil {
		return Post{}, fmt.Errorf("await %s: %w", id, err)
	}
	return post, nil
}

// next waits for an event and makes a message of it; nil when ctx ended.
func (p *Twin) next(ctx context.Context) (*event, bot.Message) {
	if ctx.Err() != nil {
		return nil, bot.Message{}
	}
	var e *event
	err := p.wait(ctx, func() bool {
		if len(p.queue) == 0 {
			return false
		}
		e = p.queue[0]
		p.queue = slices.Delete(p.queue, 0, 1)
		return true
	})
	if err != nil {
		return nil, bot.Message{}
	}
	return e, p.message(e)
}

// wait asks ok, which runs under the lock, after each change until it agrees,
// or ctx ends.
func (p *Twin) wait(ctx context.Context, ok func() bool) error {
	ask := func() (bool, <-chan struct{}) {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.prepare()
		return ok(), p.changed
	}
	for {
		agreed, changed := ask()
		if agreed {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (p *Twin) message(e *event) bot.Message {
	return bot.Message{
		ID:           bot.MessageID(p.hash("event", e.id)),
		Conversation: bot.ConversationID(p.hash("conversation", e.place)),
		From:         bot.Address{Adapter: p.Name(), Place: e.id + " " + e.place},
		Text:         e.text,
		At:           e.at,
	}
}

// hash is a keyed one, so that an id can be stored and logged.
func (p *Twin) hash(kind, id string) string {
	h := hmac.New(sha256.New, p.key)
	fmt.Fprintf(h, "%s\x00%s", kind, id)
	return hex.EncodeToString(h.Sum(nil)[:13])
}

func (p *Twin) event(id string) *event {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.events[id]
}

// change does something under the lock and wakes everyone who waits for it.
func (p *Twin) change(do func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.prepare()
	do()
	close(p.changed)
	p.changed = make(chan struct{})
}

// prepare wants p.mu held.
func (p *Twin) prepare() {
	if p.events == nil {
		p.events = make(map[string]*event)
		p.changed = make(chan struct{})
		p.key = make([]byte, 32)
		_, _ = rand.Read(p.key) // never fails
	}
}

func (p *Twin) log() *slog.Logger {
	if p.Log == nil {
		return slog.New(slog.DiscardHandler)
	}
	return p.Log
}
