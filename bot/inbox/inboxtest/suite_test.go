package inboxtest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"porchlight/bot"
	"porchlight/bot/bottest"
	"porchlight/bot/inbox"
)

// broken inboxes break one promise each; the suite must see which.
var broken = []struct {
	name, check string // the check that fails
	inbox       func(bot.Inbox) faulty
}{
	{"none", "", func(in bot.Inbox) faulty { return faulty{Inbox: in} }},
	{"drops the place", "what was stored is worked, whole", func(in bot.Inbox) faulty {
		return faulty{Inbox: in, put: func(ctx context.Context, m bot.Message) error {
			m.From.Place = ""
			return in.Put(ctx, m)
		}}
	}},
	{"forgets what it answered", "a known id is worked once", forgetful},
	{"knows no conversations", "order within a conversation", func(in bot.Inbox) faulty {
		return faulty{Inbox: in, put: func(ctx context.Context, m bot.Message) error {
			m.From.Place = string(m.Conversation) + "\n" + m.From.Place
			m.Conversation = bot.ConversationID(m.ID)
			return in.Put(ctx, m)
		}, work: func(ctx context.Context, do doer) error {
			return in.Work(ctx, func(ctx context.Context, m bot.Message) error {
				c, place, _ := strings.Cut(m.From.Place, "\n")
				m.Conversation, m.From.Place = bot.ConversationID(c), place
				return do(ctx, m)
			})
		}}
	}},
	{"one at a time", "parallel between conversations", func(in bot.Inbox) faulty {
		var mu sync.Mutex
		return wrap(in, func(ctx context.Context, m bot.Message, do doer) error {
			mu.Lock()
			defer mu.Unlock()
			return do(ctx, m)
		})
	}},
	{"loses what failed", "an error brings back", func(in bot.Inbox) faulty {
		return wrap(in, func(ctx context.Context, m bot.Message, do doer) error {
			_ = do(ctx, m)
			return nil
		})
	}},
	{"never gives up", "giving up removes", func(in bot.Inbox) faulty {
		return wrap(in, func(ctx context.Context, m bot.Message, do doer) error {
			if err := do(ctx, m); err != nil {
				return errors.New("hides the cause")
			}
			return nil
		})
	}},
	{"cuts what is in hand", "ctx ends", func(in bot.Inbox) faulty {
		return faulty{Inbox: in, work: func(ctx context.Context, do doer) error {
			return in.Work(ctx, func(_ context.Context, m bot.Message) error { return do(ctx, m) })
		}}
	}},
	{"reports its end", "ctx has ended before", func(in bot.Inbox) faulty {
		return faulty{Inbox: in, work: func(ctx context.Context, do doer) error {
			return errors.Join(in.Work(ctx, do), ctx.Err())
		}}
	}},
	{"works without waiting", "ctx ends", func(in bot.Inbox) faulty {
		return faulty{Inbox: in, work: func(ctx context.Context, do doer) error {
			go in.Work(ctx, do) //nolint:errcheck // the fault: nobody waits
			<-ctx.Done()
			return nil
		}}
	}},
	{"leaves a goroutine", "many put at once", func(in bot.Inbox) faulty {
		return faulty{Inbox: in, work: func(ctx context.Context, do doer) error {
			go func() { select {} }()
			return in.Work(ctx, do)
		}}
	}},
}

type doer = func(context.Context, bot.Message) error

// faulty is an inbox with a fault in one of its methods.
type faulty struct {
	bot.Inbox
	put  func(context.Context, bot.Message) error
	work func(context.Context, doer) error
}

func (f faulty) Put(ctx context.Context, m bot.Message) error {
	if f.put != nil {
		return f.put(ctx, m)
	}
	return f.Inbox.Put(ctx, m)
}

func (f faulty) Work(ctx context.Context, do func(context.Context, bot.Message) error) error {
	if f.work != nil {
		return f.work(ctx, do)
	}
	return f.Inbox.Work(ctx, do)
}

func wrap(in bot.Inbox, each func(context.Context, bot.Message, doer) error) faulty {
	return faulty{Inbox: in, work: func(ctx context.Context, do doer) error {
		return in.Work(ctx, func(ctx context.Context, m bot.Message) error { return each(ctx, m, do) })
	}}
}

// forgetful gives an answered message a new id, so that it is worked again.
func forgetful(in bot.Inbox) faulty {
	var mu sync.Mutex
	n := map[bot.MessageID]int{}
	f := wrap(in, func(ctx context.Context, m bot.Message, do doer) error {
		id, _, _ := strings.Cut(string(m.ID), "#")
		m.ID = bot.MessageID(id)
		err := do(ctx, m)
		mu.Lock()
		defer mu.Unlock()
		n[m.ID]++
		return err
	})
	f.put = func(ctx context.Context, m bot.Message) error {
		mu.Lock()
		m.ID = bot.MessageID(fmt.Sprint(m.ID, "#", n[m.ID]))
		mu.Unlock()
		return in.Put(ctx, m)
	}
	return f
}

// TestRun sees Run fail for each fault, in a process of its own.
func TestRun(t *testing.T) {
	for _, b := range broken {
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			bottest.SeesFault(t, b.name, b.check)
		})
	}
}

// TestBroken is what TestRun runs.
func TestBroken(t *testing.T) {
	name := bottest.Fault()
	for _, b := range broken {
		if b.name == name {
			Run(t, func(t *testing.T) bot.Inbox {
				return b.inbox(&inbox.Memory{Workers: 32, Backoff: func(int) time.Duration { return time.Millisecond }})
			})
		}
	}
}
