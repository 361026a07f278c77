package slack

import (
	"context"
	"sync"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"

	"porchlight/bot"
)

const (
	// talkLife is how long somebody who asked in a thread goes on there without a
	// mention, where nobody else remembers it.
	talkLife = 2 * time.Hour
	// justAsked is how long the store may take to remember what was asked.
	justAsked = time.Minute
	// maxTalks are as many as are known at once, those silent for longest go.
	maxTalks = 20_000
)

// talks are the conversations in threads that somebody began with a mention. It
// knows their pseudonyms and when they were, and nothing else.
type talks struct {
	mu sync.Mutex
	at *simplelru.LRU[bot.ConversationID, time.Time]
}

func newTalks() *talks {
	at, err := simplelru.NewLRU[bot.ConversationID, time.Time](maxTalks, nil)
	if err != nil {
		panic(err) // only for a size below one
	}
	return &talks{at: at}
}

func (t *talks) note(id bot.ConversationID, now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.at.Add(id, now)
}

func (t *talks) since(id bot.ConversationID, now time.Time, life time.Duration) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	at, ok := t.at.Get(id)
	if ok && now.Sub(at) >= life {
		t.at.Remove(id)
		return false
	}
	return ok
}

// follows tells whether what somebody wrote in a thread without a mention goes on
// with what they asked there before. A memory that does not answer has forgotten:
// a new mention helps.
func (a *Adapter) follows(ctx context.Context, id bot.ConversationID) bool {
	if a.o.Talking == nil {
		return a.talks.since(id, a.o.Now(), talkLife)
	}
	if a.talks.since(id, a.o.Now(), justAsked) {
		return true
	}
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	talking, err := a.o.Talking(ctx, id)
	if err != nil {
		a.o.Log.Warn("not known whether a thread goes on", "err", err)
	}
	return talking && err == nil
}
