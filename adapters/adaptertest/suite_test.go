package adaptertest

import (
	"context"
	"fmt"
	"log/slog"
	"sync/atomic"
	"testing"

	"porchlight/bot"
	"porchlight/bot/bottest"
)

type accepter = func(context.Context, bot.Message) error

// faulty is a twin whose adapter breaks promises.
type faulty struct {
	*Twin
	message func(bot.Message) bot.Message                                 // what becomes of each message
	accept  func(accepter) accepter                                       // what is done with accept
	ended   func(context.Context) error                                   // what Run returns
	replies func(bot.Replies) bot.Replies                                 // what becomes of the replies
	swallow bool                                                          // Deliver reports no error
	posts   func([]Post) []Post                                           // what becomes of the posts
	deliver func(context.Context, *slog.Logger, bot.Message, bot.Replies) // done beside Deliver
	acked   func(bool) bool                                               // what the platform was told
	limits  map[string]string
	log     *slog.Logger
}

func (f *faulty) Adapter(log *slog.Logger) bot.Adapter {
	f.log = log
	return f
}

func (f *faulty) Run(ctx context.Context, accept func(context.Context, bot.Message) error) error {
	if f.accept != nil {
		accept = f.accept(accept)
	}
	err := f.Twin.Run(ctx, func(ctx context.Context, m bot.Message) error {
		if f.message != nil {
			m = f.message(m)
		}
		return accept(ctx, m)
	})
	if f.ended != nil {
		return f.ended(ctx)
	}
	return err
}

func (f *faulty) Deliver(ctx context.Context, m bot.Message, replies bot.Replies) error {
	if f.replies != nil {
		replies = f.replies(replies)
	}
	if f.deliver != nil {
		f.deliver(ctx, f.log, m, replies)
	}
	err := f.Twin.Deliver(ctx, m, replies)
	if f.swallow {
		return nil
	}
	return err
}

func (f *faulty) Posts(event string) []Post {
	posts := f.Twin.Posts(event)
	if f.posts != nil && len(posts) > 0 {
		return f.posts(posts)
	}
	return posts
}

func (f *faulty) Acknowledged(event string) bool {
	acked := f.Twin.Acknowledged(event)
	if f.acked != nil {
		return f.acked(acked)
	}
	return acked
}

func (f *faulty) Limits() map[string]string { return f.limits }

// broken adapters break one promise each; the suite must see which.
var broken = []struct {
	name, check string // the check that fails
	spoil       func(*faulty)
}{
	{"none", "", func(*faulty) {}},
	{"changes what was said", "a message is what was said", func(f *faulty) {
		f.message = func(m bot.Message) bot.Message { m.Text = "<@bot> " + m.Text; return m }
	}},
	{"shares without being asked", "a message is what was said", func(f *faulty) {
		f.message = func(m bot.Message) bot.Message { m.Share = true; return m }
	}},
	{"acknowledges first", "acknowledged once stored", func(f *faulty) {
		f.acked = func(bool) bool { return true }
	}},
	{"acknowledges never", "acknowledged once stored", func(f *faulty) {
		f.acked = func(bool) bool { return false }
	}},
	{"acknowledges what was refused", "not acknowledged unless stored", func(f *faulty) {
		f.accept = func(accept accepter) accepter {
			return func(ctx context.Context, m bot.Message) error {
				_ = accept(ctx, m)
				return nil
			}
		}
	}},
	{"counts deliveries", "redelivered is the same message", func(f *faulty) {
		var n atomic.Int64
		f.message = func(m bot.Message) bot.Message {
			m.ID = bot.MessageID(fmt.Sprint(m.ID, n.Add(1)))
			return m
		}
	}},
	{"is one conversation, and says so", "", func(f *faulty) {
		f.message = func(m bot.Message) bot.Message { m.Conversation = "all"; return m }
		f.limits = map[string]string{"conversations are told apart": "there is only one"}
	}},
	{"is one conversation", "conversations are told apart", func(f *faulty) {
		f.message = func(m bot.Message) bot.Message { m.Conversation = "all"; return m }
	}},
	{"shows the platform's ids", "no id of the platform", func(f *faulty) {
		f.message = func(m bot.Message) bot.Message { m.Person = bot.PersonID("of " + m.From.Place); return m }
	}},
	{"shows the first reply only", "one post ends as the last reply", func(f *faulty) {
		f.replies = func(rs bot.Replies) bot.Replies {
			return func(yield func(bot.Reply, error) bool) {
				for r, err := range rs {
					yield(r, err)
					return
				}
			}
		}
	}},
	{"waits for the last reply", "an urgent reply shows at once", func(f *faulty) {
		f.replies = func(rs bot.Replies) bot.Replies {
			return func(yield func(bot.Reply, error) bool) {
				var last bot.Reply
				for r, err := range rs {
					if last = r; err != nil {
						yield(r, err)
						return
					}
				}
				yield(last, nil)
			}
		}
	}},
	{"answers in public", "for the asker alone", func(f *faulty) {
		f.posts = func(posts []Post) []Post { posts[0].Alone = false; return posts }
	}},
	{"posts again", "delivered twice, one post", func(f *faulty) {
		n := 0
		f.deliver = func(context.Context, *slog.Logger, bot.Message, bot.Replies) { n++ }
		f.posts = func(posts []Post) []Post {
			for range n - 1 {
				posts = append(posts, posts[0])
			}
			return posts
		}
	}},
	{"hides that it was cut short", "replies cut short are an error", func(f *faulty) { f.swallow = true }},
	{"reports its end", "ctx ends", func(f *faulty) {
		f.ended = func(ctx context.Context) error { return ctx.Err() }
	}},
	{"logs what was said", "words are not logged", func(f *faulty) {
		f.deliver = func(_ context.Context, log *slog.Logger, m bot.Message, _ bot.Replies) {
			log.Debug("delivering", "text", m.Text)
		}
	}},
	{"names a limit that is no check", "limits", func(f *faulty) {
		f.limits = map[string]string{"is blue": "there is no colour"}
	}},
	{"leaves a goroutine", "ctx ends", func(f *faulty) {
		f.accept = func(accept accepter) accepter {
			go func() { select {} }()
			return accept
		}
	}},
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
			Run(t, func(*testing.T) Harness {
				f := &faulty{Twin: &Twin{}}
				b.spoil(f)
				return f
			})
		}
	}
}
