// Package conversation is what was said before, for how long it is kept, and
// how it is forgotten.
//
// It knows topics, languages and offers by their ids. It must not hold a
// person's words: what a follow-up needs is which topic it follows, and that
// says enough.
package conversation

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"

	"porchlight/bot"
)

const (
	// MaxTurns is how many turns of a conversation are remembered.
	MaxTurns = 4
	// DefaultLifetime is how long after its last turn a conversation is kept.
	DefaultLifetime = 2 * time.Hour
)

// A Turn is one answer given, without its words.
type Turn struct {
	Kind    bot.Kind
	Topics  []string         // ids of the topics answered with, best first
	Offered []bot.Suggestion // the suggestions made
	Shown   []int            // places of the details of the first topic shown so far
	Lang    string
}

// A State is what is known of a conversation. The zero value is a new one.
type State struct {
	Turns   []Turn // oldest first
	Pinned  string // language the person asked for; "" when none
	Country string // ISO code the person gave; "" when none
}

// Last returns the latest turn; ok is false in a new conversation.
func (s State) Last() (t Turn, ok bool) {
	if len(s.Turns) == 0 {
		return Turn{}, false
	}
	return s.Turns[len(s.Turns)-1], true
}

// With returns the state after another turn.
func (s State) With(t Turn) State {
	turns := append(slices.Clone(s.Turns), t)
	s.Turns = turns[max(0, len(turns)-MaxTurns):]
	return s
}

// Memory keeps the states of conversations for a short while.
type Memory interface {
	// Load returns the state, the zero State when there is none or it is too old.
	Load(ctx context.Context, id bot.ConversationID) (State, error)
	// Save replaces the state, which is person's, and starts its lifetime anew.
	// A memory that is one store with the inbox keeps it once the message in
	// hand is answered, and not if it comes back.
	Save(ctx context.Context, person bot.PersonID, id bot.ConversationID, s State) error
	// Forget erases at once the conversation and all that is kept of the person,
	// if one is given, and tells how much that was.
	Forget(ctx context.Context, person bot.PersonID, id bot.ConversationID) (Erased, error)
}

// Erased is what Forget has erased.
type Erased struct {
	Conversations int // that were remembered
	Questions     int // that waited for an answer
}

// InMemory is a Memory in this process. It is bounded: when it is full the
// conversation silent for longest goes.
type InMemory struct {
	mu       sync.Mutex
	lru      *simplelru.LRU[bot.ConversationID, kept]
	lifetime time.Duration
	now      func() time.Time
}

type kept struct {
	State
	person bot.PersonID
	until  time.Time
}

// NewInMemory makes a memory of at most size conversations (0 means 10,000)
// that are kept for lifetime after their last turn (0 means DefaultLifetime).
// now is the clock; nil means time.Now.
func NewInMemory(size int, lifetime time.Duration, now func() time.Time) *InMemory {
	if size <= 0 {
		size = 10_000
	}
	if lifetime <= 0 {
		lifetime = DefaultLifetime
	}
	if now == nil {
		now = time.Now
	}
	lru, err := simplelru.NewLRU[bot.ConversationID, kept](size, nil)
	if err != nil {
		panic(err) // only for a size below one
	}
	return &InMemory{lru: lru, lifetime: lifetime, now: now}
}

// Load returns the state of a conversation.
func (m *InMemory) Load(_ context.Context, id bot.ConversationID) (State, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	k, ok := m.lru.Get(id)
	if !ok {
		return State{}, nil
	}
	if m.now().After(k.until) {
		m.lru.Remove(id)
		return State{}, nil
	}
	return k.State, nil
}

// Save keeps the state of a conversation.
func (m *InMemory) Save(_ context.Context, person bot.PersonID, id bot.ConversationID, s State) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.now()
	m.lru.Add(id, kept{s, person, now.Add(m.lifetime)})
	// The oldest come first, so what is too old is swept from that end.
	for {
		old, k, ok := m.lru.GetOldest()
		if !ok || !now.After(k.until) {
			return nil
		}
		m.lru.Remove(old)
	}
}

// Forget erases a conversation, and the others of the person.
func (m *InMemory) Forget(_ context.Context, person bot.PersonID, id bot.ConversationID) (e Erased, _ error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.now()
	for _, c := range m.lru.Keys() {
		k, _ := m.lru.Peek(c)
		if c != id && (person == "" || k.person != person) {
			continue
		}
		m.lru.Remove(c)
		if !now.After(k.until) {
			e.Conversations++
		}
	}
	return e, nil
}
