package inboxtest

import (
	"slices"
	"sync"
	"testing"

	"porchlight/bot"
)

// A book keeps what was worked on, in which order.
type book struct {
	mu            sync.Mutex
	tries         map[bot.MessageID]int
	inHand, stuck map[bot.ConversationID]bot.MessageID // stuck: failed, so it is next
	done          map[bot.ConversationID][]bot.MessageID
	n             int
}

func newBook() *book {
	return &book{
		tries:  make(map[bot.MessageID]int),
		inHand: make(map[bot.ConversationID]bot.MessageID),
		stuck:  make(map[bot.ConversationID]bot.MessageID),
		done:   make(map[bot.ConversationID][]bot.MessageID),
	}
}

// enter notes that m is in hand for the try-th time, and fails t when it is not
// its turn. leave notes what came of it.
func (b *book) enter(t *testing.T, m bot.Message) (try int, leave func(error)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	c := m.Conversation
	if id := b.inHand[c]; id != "" {
		t.Errorf("%s and %s of one conversation at the same time", id, m.ID)
	}
	if id := b.stuck[c]; id != "" && id != m.ID {
		t.Errorf("%s went before %s, which had failed and not come back yet", m.ID, id)
	}
	b.inHand[c] = m.ID
	b.tries[m.ID]++
	return b.tries[m.ID], func(err error) {
		b.mu.Lock()
		defer b.mu.Unlock()
		delete(b.inHand, c)
		delete(b.stuck, c)
		if err != nil {
			b.stuck[c] = m.ID
			return
		}
		b.done[c] = append(b.done[c], m.ID)
		b.n++
	}
}

func (b *book) answered() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.n
}

// check fails t unless exactly want was answered in the conversation, in order.
func (b *book) check(t *testing.T, c bot.ConversationID, want []bot.MessageID) {
	t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	if !slices.Equal(b.done[c], want) {
		t.Errorf("conversation %s was answered as %v, want %v", c, b.done[c], want)
	}
}
