package discordtwin

import (
	"fmt"
	"maps"
	"time"
)

// nonce is what an enforced nonce stands for.
type nonce struct {
	post *Post
	at   time.Time
}

// here is the channel of the request, if the bot can see it and has the permission.
func (r *request) here(permission int64) (*Channel, *answer) {
	c := r.channels[r.Vars["channel_id"]]
	switch {
	case c == nil:
		return nil, &unknownChannel
	case c.Type == GroupDM, !c.allows(ViewChannel), c.Guild != "" && r.guilds[c.Guild].Absent:
		return nil, &missingAccess
	case permission != 0 && !c.allows(permission):
		return nil, &missingPermissions
	}
	return c, nil
}

// sending is the permission that it takes to write in the channel of the request.
func (r *request) sending() int64 {
	if c := r.channels[r.Vars["channel_id"]]; c != nil && c.Type == PublicThread {
		return SendInThreads
	}
	return SendMessages
}

// there is the message of the request, in a channel.
func (r *request) there(c *Channel) (*Post, *answer) {
	p := r.byID[r.Vars["message_id"]]
	if p == nil || p.Channel != c.ID || p.Deleted || p.EphemeralTo != "" {
		return nil, &unknownMessage
	}
	return p, nil
}

// create posts a message, or gives back the one that an enforced nonce stands for.
func (r *request) create() answer {
	c, no := r.here(r.sending())
	if no != nil {
		return *no
	}
	data, w := object(r.Body), writing{}
	if data == nil {
		return emptyMessage
	}
	f := form{}
	r.written(&f, data, "", w)
	if no := f.answer(); no != nil {
		return *no
	}
	reference := object(data["message_reference"])
	p := &Post{Channel: c.ID, User: BotUser, Bot: true, Nonce: data["nonce"]}
	p.fill(data, w)
	switch {
	case c.Type == DMChannel && r.user(c.User).Closed:
		return closedDM
	case c.Archived && c.Locked:
		return archived
	case p.void():
		return emptyMessage
	case len(p.Embeds) > 0 && !c.allows(EmbedLinks) && p.Content == "":
		return missingPermissions
	case reference != nil && !c.allows(ReadMessageHistory):
		return cannotReply
	}
	if !c.allows(EmbedLinks) {
		p.Embeds = nil // in silence, as Discord does where there is a text as well
	}
	repliedTo := ""
	if reference != nil {
		to := r.byID[text(reference["message_id"])]
		switch {
		case to != nil && to.Channel == c.ID && !to.Deleted && to.EphemeralTo == "":
			p.Type, repliedTo = 19, to.User
			p.ReplyTo = to.ID
		case reference["fail_if_not_exists"] != false:
			return invalid("message_reference", "REPLIES_UNKNOWN_MESSAGE", "Unknown message")
		}
	}
	key := fmt.Sprint(p.Nonce)
	if p.Nonce != nil && data["enforce_nonce"] == true {
		if first, ok := r.nonces[key]; ok && r.now().Sub(first.at) < r.options.NonceWindow {
			return fine(r.json(first.post))
		}
	}
	r.tell(p, data["allowed_mentions"], repliedTo, w)
	r.add(p)
	if p.Nonce != nil {
		r.remember(key, p)
	}
	c.Archived = false // who writes in a thread opens it
	r.echo(p, "MESSAGE_CREATE")
	return fine(r.json(p))
}

func (tw *Twin) remember(key string, p *Post) {
	now := tw.now()
	if now.Sub(tw.swept) > tw.options.NonceWindow {
		tw.swept = now
		maps.DeleteFunc(tw.nonces, func(_ string, n nonce) bool { return now.Sub(n.at) > tw.options.NonceWindow })
	}
	tw.nonces[key] = nonce{p, now}
}

// tell sets whom a message of the app names and notifies.
func (tw *Twin) tell(p *Post, allowed any, repliedTo string, w writing) {
	p.Pings = notified(p.Content, repliedTo, allowed, w.hook)
	p.Mentions = nil
	for _, id := range p.Pings { // Discord lists those who are notified only
		if tw.users[id] != nil {
			p.Mentions = append(p.Mentions, id)
		}
	}
}

// echo tells the bot of its own message.
func (tw *Twin) echo(p *Post, name string) {
	if tw.options.NoEcho || p.EphemeralTo != "" {
		return
	}
	tw.publish(tw.about(name, p))
}

func (r *request) update() answer {
	c, no := r.here(0)
	if no != nil {
		return *no
	}
	p, no := r.there(c)
	switch {
	case no != nil:
		return *no
	case !p.ByApp():
		return notTheAuthor
	}
	return r.rewrite(p, object(r.Body), writing{old: p})
}

// rewrite changes a message of the app.
func (r *request) rewrite(p *Post, data map[string]any, w writing) answer {
	f := form{}
	r.written(&f, data, "", w)
	if no := f.answer(); no != nil {
		return *no
	}
	next := *p
	next.fill(data, w)
	if c := r.channels[next.Channel]; !w.hook && c != nil && !c.allows(EmbedLinks) {
		next.Embeds = nil
	}
	if next.void() {
		return emptyMessage
	}
	repliedTo := ""
	if to := r.byID[next.ReplyTo]; to != nil {
		repliedTo = to.User
	}
	r.tell(&next, data["allowed_mentions"], repliedTo, w)
	if next.Loading {
		next.Loading, next.Shown = false, r.now()
		r.made = append(r.made, next.ID)
	} else {
		next.Edits++
		next.edited = r.now()
	}
	*p = next
	r.touch()
	r.echo(p, "MESSAGE_UPDATE")
	return fine(r.json(p))
}

func (r *request) remove() answer {
	c, no := r.here(0)
	if no != nil {
		return *no
	}
	p, no := r.there(c)
	switch {
	case no != nil:
		return *no
	case !p.ByApp() && (c.Type == DMChannel || !c.allows(ManageMessages)):
		return missingPermissions
	}
	r.drop(p)
	return nothing()
}
