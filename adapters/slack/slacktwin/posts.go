package slacktwin

import (
	"context"
	"encoding/json"
	"slices"
)

// A Post is a message in a conversation, by a person or by an app.
type Post struct {
	Channel, TS string
	ThreadTS    string // of the first message of the thread; "" at the top level
	User        string
	Bot         string // the bot's id, when an app wrote it
	Text        string
	Blocks      []any
	Attachments []any
	Metadata    map[string]any
	// EphemeralTo is who alone sees it; "" is everybody in the channel.
	EphemeralTo string
	// UnfurlLinks and UnfurlMedia are the flags as they were sent; nil if they were not.
	UnfurlLinks, UnfurlMedia *bool
	Broadcast                bool
	SubType                  string
	Deleted                  bool
	Edits                    int
	// Hook tells that it came through a response URL, or as the answer to a command.
	Hook bool
	// Streaming tells that more of it is being written, by chat.appendStream.
	Streaming bool
	// Notice is what a notification says of it: the text that it was posted with, or
	// had when its stream stopped. An edit notifies nobody.
	Notice string
	// Replies counts the messages in its thread that are there.
	Replies int

	author string // the bot id or user that may edit it
}

// ByApp tells whether the app under test wrote it.
func (p Post) ByApp() bool { return p.Bot != "" && p.author == p.Bot }

// Posts is what the app has posted in a channel that is there now and that
// everybody sees, in order. "" means all channels.
func (tw *Twin) Posts(channel string) []Post {
	return tw.filter(channel, func(p *Post) bool { return p.ByApp() && !p.Deleted && p.EphemeralTo == "" })
}

// Ephemerals is what the app shows to one person alone, in order. "" means anybody.
func (tw *Twin) Ephemerals(user string) []Post {
	return tw.filter("", func(p *Post) bool {
		return p.EphemeralTo != "" && (user == "" || p.EphemeralTo == user) && !p.Deleted
	})
}

// History is everything that was ever in a channel, with what people wrote, what is
// deleted and what one person alone sees. "" means all channels.
func (tw *Twin) History(channel string) []Post {
	return tw.filter(channel, func(*Post) bool { return true })
}

// Post is one message as it is now.
func (tw *Twin) Post(channel, ts string) (Post, bool) {
	tw.mu.Lock()
	defer tw.mu.Unlock()
	p := tw.byTS[channel+" "+ts]
	if p == nil {
		return Post{}, false
	}
	return *p, true
}

// Next returns a function that waits for the next post of the app, ephemeral or
// not, in a channel ("" is any): the first one after this call, then the one after
// that. It gives the post as it is by then.
func (tw *Twin) Next(channel string) func(context.Context) (Post, error) {
	tw.mu.Lock()
	at := len(tw.made)
	tw.mu.Unlock()
	return func(ctx context.Context) (Post, error) {
		var found Post
		err := tw.Await(ctx, func() bool {
			tw.mu.Lock()
			defer tw.mu.Unlock()
			for ; at < len(tw.made); at++ {
				p := tw.made[at]
				if channel != "" && p.Channel != channel {
					continue
				}
				found, at = *tw.byTS[p.Channel+" "+p.TS], at+1
				return true
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
	p.TS = tw.ts()
	if !p.Streaming {
		p.Notice = p.Text
	}
	tw.posts = append(tw.posts, p)
	tw.inside[p.Channel] = append(tw.inside[p.Channel], p)
	tw.byTS[p.Channel+" "+p.TS] = p
	if p.ThreadTS != "" && p.EphemeralTo == "" {
		if root := tw.byTS[p.Channel+" "+p.ThreadTS]; root != nil {
			root.Replies++
		}
	}
	if p.ByApp() {
		tw.made = append(tw.made, *p)
	}
	tw.touch()
	return p
}

// drop deletes a message.
func (tw *Twin) drop(p *Post) {
	p.Deleted = true
	if root := tw.byTS[p.Channel+" "+p.ThreadTS]; root != nil {
		root.Replies--
	}
	tw.touch()
}

// root is the first message of the thread that ts is in, or "" when there is none
// any more: a message sent there lands at the top level.
func (tw *Twin) root(channel, ts string) string {
	p := tw.byTS[channel+" "+ts]
	switch {
	case p == nil, p.EphemeralTo != "":
		return ""
	case p.ThreadTS != "":
		return p.ThreadTS
	case p.Deleted && p.Replies == 0:
		return ""
	}
	return p.TS
}

// json is the message as Slack writes it.
func (p *Post) json(metadata bool) map[string]any {
	m := map[string]any{"type": "message", "ts": p.TS, "text": p.Text}
	set := func(name string, value any, is bool) {
		if is {
			m[name] = value
		}
	}
	set("user", p.User, p.User != "")
	set("bot_id", p.Bot, p.Bot != "")
	set("app_id", App, p.ByApp())
	set("blocks", p.Blocks, len(p.Blocks) > 0)
	set("attachments", p.Attachments, len(p.Attachments) > 0)
	set("metadata", p.Metadata, metadata && p.Metadata != nil)
	set("streaming_state", "in_progress", p.Streaming)
	set("subtype", p.SubType, p.SubType != "")
	set("thread_ts", p.ThreadTS, p.ThreadTS != "")
	set("edited", map[string]any{"user": p.User, "ts": p.TS}, p.Edits > 0)
	if p.Replies > 0 {
		m["thread_ts"], m["reply_count"] = p.TS, p.Replies
	}
	return m
}

// list is a parameter that is a list, or nil.
func list(v any) []any { l, _ := v.([]any); return l }

func object(v any) map[string]any { m, _ := v.(map[string]any); return m }

// copied is a value that nobody else holds.
func copied[T any](v T) T {
	var c T
	raw, err := json.Marshal(v)
	if err == nil {
		err = json.Unmarshal(raw, &c)
	}
	if err != nil {
		return v
	}
	return c
}

func without[T comparable](from []T, what T) []T {
	return slices.DeleteFunc(slices.Clone(from), func(v T) bool { return v == what })
}
