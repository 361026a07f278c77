package discordtwin

import (
	"maps"
	"slices"
)

// An Event is one thing that Discord has to say to the app. Making one has people do
// it: the message is in the channel from then on. Send or Deliver says it.
type Event struct {
	Name string // MESSAGE_CREATE and so on
	ID   string // of the message or the interaction
	// Where it happened and who did it; Guild is "" in direct messages.
	Channel, Guild, User string
	Token                string // of an interaction
	// Data is what travels, with all its text; it must not be changed. What the bot
	// may not read is left out for each session.
	Data map[string]any

	// The text, and that of the message it replies to, are for MESSAGE_CONTENT alone.
	private, below bool
}

// With is e with other values in its data; nil is null. It keeps the id.
func (e Event) With(fields map[string]any) Event {
	e.Data = maps.Clone(e.Data)
	maps.Copy(e.Data, fields)
	return e
}

// Without is e without some fields of its data.
func (e Event) Without(fields ...string) Event {
	e.Data = maps.Clone(e.Data)
	for _, name := range fields {
		delete(e.Data, name)
	}
	return e
}

// Strange is e with a component that no library knows yet. Where the bot may not
// read the text it does not get that either.
func (e Event) Strange() Event {
	return e.With(map[string]any{"components": append(slices.Clone(list(e.Data["components"])), StrangeComponent())})
}

// NoAuthor is e without an author.
func (e Event) NoAuthor() Event { return e.Without("author", "member") }

// says has someone write a message; to is what they reply to, or "", ping whether
// they leave the reply's mention on. It wants tw.mu held.
func (tw *Twin) says(channel, user, content, to string, ping bool) Event {
	c := tw.channel(channel)
	if c.Type == DMChannel && c.User != user {
		panic("discordtwin: " + user + " is not in " + channel)
	}
	tw.user(user)
	p := &Post{Channel: channel, User: user, Content: content, ReplyTo: to, Mentions: named(userMention, content)}
	if to != "" {
		p.Type = 19
		author := tw.there(channel, to).User
		if ping && !slices.Contains(p.Mentions, author) {
			p.Mentions = append(p.Mentions, author)
		}
	}
	if everyone.MatchString(content) {
		p.Pings = []string{"everyone"}
	}
	c.Archived = false
	return tw.about("MESSAGE_CREATE", tw.add(p))
}

// about is an event about a message. It wants tw.mu held.
func (tw *Twin) about(name string, p *Post) Event {
	e := Event{Name: name, ID: p.ID, Channel: p.Channel, Guild: p.Guild, User: p.User}
	e.Data, e.private, e.below = tw.overheard(p), tw.isPrivate(p), tw.repliesToPrivate(p)
	return e
}

// there is a message, or a panic: the test is wrong.
func (tw *Twin) there(channel, id string) *Post {
	p := tw.byID[id]
	if p == nil || channel != "" && p.Channel != channel {
		panic("discordtwin: no message " + channel + " " + id)
	}
	return p
}

// DM has someone write to the bot directly. Here and below content is as it travels:
// with <@id>.
func (tw *Twin) DM(user, content string) Event {
	return tw.ChannelMessage(tw.DMOf(user), user, content)
}

// ChannelMessage has someone write in a channel or a thread; nobody is named but
// whom the content names.
func (tw *Twin) ChannelMessage(channel, user, content string) Event {
	tw.mu.Lock()
	defer tw.mu.Unlock()
	return tw.says(channel, user, content, "", false)
}

// Mention has someone name the bot in a channel or a thread. The name is put before
// content that does not have it; <@!id> is the older form of it.
func (tw *Twin) Mention(channel, user, content string) Event {
	tw.mu.Lock()
	defer tw.mu.Unlock()
	if !slices.Contains(named(userMention, content), BotUser) {
		content = withMention(content)
	}
	return tw.says(channel, user, content, "", false)
}

// RoleMention has someone name the bot's role, which is not to name the bot.
func (tw *Twin) RoleMention(channel, user, content string) Event {
	return tw.ChannelMessage(channel, user, "<@&"+BotRole+"> "+content)
}

// Reply has someone reply to a message; ping is on unless they turn it off, and
// names its author.
func (tw *Twin) Reply(channel, user, to, content string, ping bool) Event {
	tw.mu.Lock()
	defer tw.mu.Unlock()
	return tw.says(channel, user, content, to, ping)
}

// Thread opens a thread below a channel, and Event says so.
func (tw *Twin) Thread(parent, name string) (id string, e Event) {
	id = tw.AddChannel(Channel{Parent: parent, Name: name})
	tw.mu.Lock()
	defer tw.mu.Unlock()
	c := tw.channels[id]
	return id, Event{Name: "THREAD_CREATE", ID: id, Channel: id, Guild: c.Guild, Data: tw.room(c)}
}

// Edit has the author change a message.
func (tw *Twin) Edit(id, content string) Event {
	tw.mu.Lock()
	defer tw.mu.Unlock()
	p := tw.there("", id)
	p.Content = content
	p.Mentions = named(userMention, content)
	p.Edits++
	p.edited = tw.now()
	tw.touch()
	return tw.about("MESSAGE_UPDATE", p)
}

// Unfurl is the update that Discord sends when it has looked at a link: nobody has
// written anything. It is in part only, as it may be, and without an author.
func (tw *Twin) Unfurl(id string) Event {
	tw.mu.Lock()
	defer tw.mu.Unlock()
	p := tw.there("", id)
	e := tw.about("MESSAGE_UPDATE", p)
	e.Data = map[string]any{
		"id": p.ID, "channel_id": p.Channel, "embeds": []any{map[string]any{"type": "link", "url": "https://example.org/"}},
	}
	e.private = false
	if p.Guild != "" {
		e.Data["guild_id"] = p.Guild
	}
	return e
}

// Remove has the author delete a message.
func (tw *Twin) Remove(id string) Event {
	tw.mu.Lock()
	defer tw.mu.Unlock()
	p := tw.there("", id)
	p.Deleted = true
	tw.touch()
	return tw.deleted(*p)
}

func (tw *Twin) deleted(p Post) Event {
	e := Event{Name: "MESSAGE_DELETE", ID: p.ID, Channel: p.Channel, Guild: p.Guild, User: p.User}
	e.Data = map[string]any{"id": p.ID, "channel_id": p.Channel}
	if p.Guild != "" {
		e.Data["guild_id"] = p.Guild
	}
	return e
}
