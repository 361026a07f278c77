package discordtwin

import (
	"context"
	"slices"
	"time"
)

// A Post is a message in a channel, by a person or by an app.
type Post struct {
	ID, Channel string
	Guild       string // "" in direct messages
	User        string // who wrote it
	Content     string
	Embeds      []any
	Components  []any
	Flags       int
	Type        int    // 0 usual, 19 reply, 20 command, 23 context menu
	ReplyTo     string // the message that it answers
	Nonce       any
	// EphemeralTo is who alone sees it; "" is everybody in the channel.
	EphemeralTo string
	// Interaction is the one that it answers, or "".
	Interaction string
	// Loading tells that it is the placeholder of a deferred answer.
	Loading bool
	// Webhook tells that a webhook wrote it, Bot that an app did.
	Webhook, Bot bool
	Deleted      bool
	Edits        int
	// Mentions are the people and roles that its text names. Pings are those who are
	// notified, "everyone" among them, as if the author had the permission: for an
	// edit those whom Discord would mark.
	Mentions, Pings []string
	At              time.Time
	// Shown is when it first said something: for the answer to a deferred
	// interaction later than At.
	Shown time.Time

	edited time.Time
}

// The flags of a Post that matter here.
const (
	SuppressEmbeds        = 1 << 2
	Ephemeral             = 1 << 6
	loading               = 1 << 7
	SuppressNotifications = 1 << 12
	ComponentsV2          = 1 << 15
)

// ByApp tells whether the app under test wrote it.
func (p Post) ByApp() bool { return p.User == BotUser }

// A Button is one that a Post has.
type Button struct {
	Label, CustomID, URL string
	Style                int
	Disabled             bool
}

// Buttons are those of the post, in order.
func (p Post) Buttons() []Button {
	var buttons []Button
	walk(p.Components, func(c map[string]any) {
		if number(c["type"]) == 2 {
			buttons = append(buttons, Button{
				text(c["label"]), text(c["custom_id"]), text(c["url"]), number(c["style"]), c["disabled"] == true,
			})
		}
	})
	return buttons
}

// Posts is what the app has posted in a channel that is there now and that everybody
// there sees, in order; placeholders of deferred answers are not. "" means all
// channels.
func (tw *Twin) Posts(channel string) []Post {
	return tw.filter(channel, func(p *Post) bool {
		return p.ByApp() && !p.Deleted && !p.Loading && p.EphemeralTo == ""
	})
}

// DMs is Posts in the direct messages with a person.
func (tw *Twin) DMs(user string) []Post { return tw.Posts(tw.DMOf(user)) }

// Ephemerals is what the app shows to one person alone, in order; placeholders are
// not. "" means anybody.
func (tw *Twin) Ephemerals(user string) []Post {
	return tw.filter("", func(p *Post) bool {
		return p.EphemeralTo != "" && (user == "" || p.EphemeralTo == user) && !p.Deleted && !p.Loading
	})
}

// History is everything that was ever in a channel, with what people wrote, what is
// deleted and what one person alone sees. "" means all channels.
func (tw *Twin) History(channel string) []Post {
	return tw.filter(channel, func(*Post) bool { return true })
}

// Post is one message as it is now.
func (tw *Twin) Post(id string) (Post, bool) {
	tw.mu.Lock()
	defer tw.mu.Unlock()
	p := tw.byID[id]
	if p == nil {
		return Post{}, false
	}
	return *p, true
}

// Next returns a function that waits for the next post of the app, ephemeral or
// not, in a channel ("" is any): the first one after this call, then the one after
// that. Placeholders of deferred answers are waited for until they are filled. It
// gives the post as it is by then.
func (tw *Twin) Next(channel string) func(context.Context) (Post, error) {
	tw.mu.Lock()
	at := tw.madeGone + len(tw.made)
	tw.mu.Unlock()
	return func(ctx context.Context) (Post, error) {
		var found Post
		err := tw.Await(ctx, func() bool {
			tw.mu.Lock()
			defer tw.mu.Unlock()
			for at = max(at, tw.madeGone); at < tw.madeGone+len(tw.made); at++ {
				p := tw.byID[tw.made[at-tw.madeGone]]
				if p != nil && (channel == "" || p.Channel == channel) {
					found = *p
					at++
					return true
				}
			}
			return false
		})
		return found, err
	}
}

// AwaitPosts waits until the app has n posts in the channel that are there and that
// everybody sees, and returns them.
func (tw *Twin) AwaitPosts(ctx context.Context, channel string, n int) ([]Post, error) {
	var posts []Post
	err := tw.Await(ctx, func() bool { posts = tw.Posts(channel); return len(posts) >= n })
	return posts, err
}

// AwaitEphemerals is AwaitPosts of what one person alone sees.
func (tw *Twin) AwaitEphemerals(ctx context.Context, user string, n int) ([]Post, error) {
	var posts []Post
	err := tw.Await(ctx, func() bool { posts = tw.Ephemerals(user); return len(posts) >= n })
	return posts, err
}

func (tw *Twin) filter(channel string, keep func(*Post) bool) []Post {
	tw.mu.Lock()
	defer tw.mu.Unlock()
	all := tw.posts
	if channel != "" {
		all = tw.inside[channel]
	}
	var kept []Post
	for _, p := range all {
		if keep(p) {
			kept = append(kept, *p)
		}
	}
	return kept
}

// add puts a message where it belongs. It wants tw.mu held.
func (tw *Twin) add(p *Post) *Post {
	p.ID, p.At = tw.snowflake(), tw.now()
	if !p.Loading {
		p.Shown = p.At
	}
	if c := tw.channels[p.Channel]; c != nil {
		p.Guild = c.Guild
	}
	tw.posts = append(tw.posts, p)
	tw.inside[p.Channel] = append(tw.inside[p.Channel], p)
	tw.byID[p.ID] = p
	if p.ByApp() && !p.Loading {
		tw.made = append(tw.made, p.ID)
	}
	if keep := tw.options.KeepCalls; keep > 0 && len(tw.posts) > 2*keep {
		tw.forget(keep)
	}
	tw.touch()
	return p
}

// forget keeps the latest posts only.
func (tw *Twin) forget(keep int) {
	for _, p := range tw.posts[:len(tw.posts)-keep] {
		delete(tw.byID, p.ID)
	}
	tw.posts = slices.Clone(tw.posts[len(tw.posts)-keep:])
	clear(tw.inside)
	for _, p := range tw.posts {
		tw.inside[p.Channel] = append(tw.inside[p.Channel], p)
	}
	if over := len(tw.made) - keep; over > 0 {
		tw.made, tw.madeGone = slices.Clone(tw.made[over:]), tw.madeGone+over
	}
}

// drop deletes a message. It wants tw.mu held.
func (tw *Twin) drop(p *Post) {
	p.Deleted = true
	tw.touch()
	if p.ByApp() && p.EphemeralTo == "" && !tw.options.NoEcho {
		tw.publish(tw.deleted(*p))
	}
}
