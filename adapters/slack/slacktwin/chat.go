package slacktwin

import (
	"math"
	"net/http"
	"strconv"
	"time"

	"golang.org/x/time/rate"
)

// where finds a channel in which the app may write; Slack does not tell a private
// channel without the app from one that is not there.
func (r *request) where(id string) (*Channel, answer) {
	c := r.channels[id]
	switch {
	case c == nil || c.Team != r.team.id && !c.Shared:
		return nil, refuse("channel_not_found")
	case c.has(r.team.botUser):
	case c.Kind != Public:
		return nil, refuse("channel_not_found")
	default:
		return c, refuse("not_in_channel")
	}
	if c.Archived {
		return c, refuse("is_archived")
	}
	return c, nil
}

// target is where, or the direct conversation with a person who is named instead.
func (r *request) target(id string) (*Channel, answer) {
	u := r.users[id]
	switch {
	case u == nil || u.Team != r.team.id:
	case u.Bot:
		return nil, refuse("cannot_dm_bot")
	case u.Deleted:
		return nil, refuse("user_disabled")
	default:
		c, _ := r.im(id)
		return c, nil
	}
	c, no := r.where(id)
	if no["error"] == "not_in_channel" && r.token.lacks("chat:write.public") == nil {
		no = nil
	}
	return c, no
}

func (r *request) postMessage() answer {
	c, no := r.target(r.Text("channel"))
	if no != nil {
		return no
	}
	said, no := read(r.Params)
	if no != nil {
		return no
	}
	if no := r.limited(c.ID); no != nil {
		return no
	}
	p := r.compose(c, said)
	p.ThreadTS = r.root(c.ID, r.Text("thread_ts"))
	p.Broadcast = p.ThreadTS != "" && r.yes("reply_broadcast")
	r.publishPost(p)
	return answer{"channel": c.ID, "ts": p.TS, "message": copied(p.json(true))}
}

// compose makes a post of the app.
func (r *request) compose(c *Channel, said content) *Post {
	return &Post{
		Channel: c.ID, User: r.team.botUser, Bot: r.team.botID, author: r.team.botID,
		Text: said.shown(), Blocks: said.blocks, Attachments: said.attachments, Metadata: said.metadata,
		UnfurlLinks: r.given("unfurl_links"), UnfurlMedia: r.given("unfurl_media"),
	}
}

// publishPost adds a post of the app, ends the thread's status, and says it back to
// the app if Options.Echo.
func (r *request) publishPost(p *Post) {
	r.add(p)
	r.clearStatus(p.Channel, p.ThreadTS)
	if r.options.Echo {
		e := r.message(*p, "")
		r.after = append(r.after, func() { r.Send(e) })
	}
}

func (r *request) postEphemeral() answer {
	c, no := r.where(r.Text("channel"))
	if no != nil {
		return no
	}
	user := r.Text("user")
	if !c.has(user) {
		return refuse("user_not_in_channel")
	}
	said, no := read(r.Params)
	if no != nil {
		return no
	}
	p := r.compose(c, said)
	p.EphemeralTo, p.ThreadTS = user, r.root(c.ID, r.Text("thread_ts"))
	r.add(p)
	return answer{"message_ts": p.TS}
}

// own finds a message that the app may change.
func (r *request) own(otherwise string) (*Post, answer) {
	c, no := r.where(r.Text("channel"))
	if no != nil && no["error"] != "not_in_channel" {
		return nil, no
	}
	p := r.byTS[c.ID+" "+r.Text("ts")]
	switch {
	case p == nil || p.Deleted || p.EphemeralTo != "": // an ephemeral message is in no history
		return nil, refuse("message_not_found")
	case p.author != r.team.botID:
		return nil, refuse(otherwise)
	}
	return p, nil
}

// update changes what is named and leaves the rest: an empty list of blocks takes
// them away, no list keeps them.
func (r *request) update() answer {
	p, no := r.own("cant_update_message")
	if no == nil && p.Streaming {
		no = refuse("streaming_state_conflict")
	}
	if no != nil {
		return no
	}
	said, no := read(r.Params)
	if no == nil {
		no = said.edit()
	}
	if no != nil {
		return no
	}
	p.change(said)
	r.touch()
	return answer{"channel": p.Channel, "ts": p.TS, "text": p.Text, "message": copied(p.json(true))}
}

func (p *Post) change(said content) {
	if said.given["text"] || said.given["markdown_text"] {
		p.Text = said.shown()
	}
	if said.given["blocks"] {
		p.Blocks = said.blocks
	}
	if said.given["attachments"] {
		p.Attachments = said.attachments
	}
	if said.given["metadata"] {
		p.Metadata = said.metadata
	}
	p.Edits++
}

func (r *request) remove() answer {
	p, no := r.own("cant_delete_message")
	if no == nil && p.Streaming {
		no = refuse("cant_delete_message")
	}
	if no != nil {
		return no
	}
	r.drop(p)
	return answer{"channel": p.Channel, "ts": p.TS}
}

// limited is the answer to a message too many for the channel, or nil.
func (r *request) limited(channel string) answer {
	o := r.options
	if o.PerSecond <= 0 {
		return nil
	}
	l := r.limiters[channel]
	if l == nil {
		l = rate.NewLimiter(rate.Limit(o.PerSecond), o.Burst)
		r.limiters[channel] = l
	}
	now := r.now()
	if l.AllowN(now, 1) {
		return nil
	}
	wait := time.Duration((1 - l.TokensAt(now)) / o.PerSecond * float64(time.Second))
	r.head = http.Header{"Retry-After": {strconv.Itoa(max(1, int(math.Ceil(wait.Seconds()))))}}
	return refuse("ratelimited")
}
