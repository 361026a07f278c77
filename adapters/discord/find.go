package discord

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"

	"porchlight/bot"
)

// find looks whether a post of the answer stands already: one of this program in
// reply to the question. It may be no more than the beginning, so it is written
// again, as what answers an interaction is.
func (d *delivery) find(ctx context.Context) error {
	if d.whispered.Contains(d.m.ID) {
		d.whole = true
		return nil
	}
	if d.p.Token != "" || d.p.Message == "" {
		return nil
	}
	id, err := d.history.reply(ctx, d.Adapter, d.p.Channel, d.p.Message)
	switch {
	case slices.Contains(closed, codeOf(err)):
		return nil
	case errors.Is(err, bot.ErrUnclear):
		return fmt.Errorf("discord: not looked up (%w)", errAgain)
	case err != nil:
		return err
	}
	d.absent = id == ""
	if id != "" {
		d.id, d.channel = id, d.p.Channel
	}
	return nil
}

// A history is what was read of channels to find this program's own replies. What was
// read once is not read again, for whichever question: after a crash many are looked
// for at once, in few channels, and each page is a call that Discord counts.
type history struct {
	mu      sync.Mutex
	read    *simplelru.LRU[string, stretch] // by channel
	replies *simplelru.LRU[string, string]  // posts of this program, by what they reply to
	// settling is within which time of each other posts may appear in another order than
	// that of their numbers: so much is read again.
	settling time.Duration
}

// A stretch is of which numbers all that stands in a channel was read.
type stretch struct{ from, to uint64 }

const (
	// pagesATry is how many hundreds of messages are read before others have a turn.
	pagesATry     = 3
	mostStretches = 1000
	mostReplies   = 20_000
)

func newHistory() (*history, error) {
	read, err1 := simplelru.NewLRU[string, stretch](mostStretches, nil)
	replies, err2 := simplelru.NewLRU[string, string](mostReplies, nil)
	return &history{read: read, replies: replies, settling: 5 * time.Second}, errors.Join(err1, err2)
}

// reply is the post in reply to a question, "" where there is none. The error is a
// bot.LaterError where that takes more reading than may be done at once.
func (h *history) reply(ctx context.Context, a *Adapter, channel, question string) (string, error) {
	read, own := h.known(channel, number(question)), a.own()
	for after, n := read.to, 0; ; n++ {
		if n == pagesATry {
			return "", &bot.LaterError{After: time.Second, Err: errLimited}
		}
		all, err := a.readAfter(ctx, channel, after)
		if err != nil {
			return "", err
		}
		after = h.note(all, own, after)
		ended := len(all) < pageSize
		if ended {
			read.to = max(read.to, snowflakeAt(timeOf(after).Add(-h.settling)))
		} else {
			read.to = after
		}
		if own != "" { // else nobody knows which posts are this program's
			h.keep(channel, read)
		}
		if ended {
			return h.of(question), nil
		}
	}
}

// known is what was read of a channel, if it reaches up to a question: else it begins
// there anew.
func (h *history) known(channel string, question uint64) stretch {
	h.mu.Lock()
	defer h.mu.Unlock()
	if s, ok := h.read.Get(channel); ok && s.from <= question {
		return s
	}
	return stretch{question, question}
}

// keep remembers what was read, unless others have read more meanwhile.
func (h *history) keep(channel string, read stretch) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if had, ok := h.read.Get(channel); !ok || read.from < had.from || read.from == had.from && read.to > had.to {
		h.read.Add(channel, read)
	}
}

// note remembers the own replies of a page, and gives the last number of it.
func (h *history) note(all []message, own string, after uint64) uint64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, x := range all {
		after = max(after, number(x.ID))
		if x.Author != nil && x.Author.ID == own && x.Refers.MessageID != "" {
			h.replies.Add(x.Refers.MessageID, x.ID)
		}
	}
	return after
}

func (h *history) of(question string) string {
	h.mu.Lock()
	defer h.mu.Unlock()
	id, _ := h.replies.Get(question)
	return id
}
