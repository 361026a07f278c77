package slacktwin

import (
	"fmt"
	"maps"
	"strings"
)

// The kinds of Event, as the type of an envelope names them.
const (
	EventsAPI     = "events_api"
	SlashCommands = "slash_commands"
	Interactive   = "interactive"
)

// verification is the token that payloads still have; nothing should look at it.
const verification = "XXYYZZXXYYZZXXYYZZXXYYZZ"

// An Event is one thing that Slack has to say to the app. Making one has people do
// it: the message is in the channel from then on. Send or Deliver says it.
type Event struct {
	Kind string
	ID   string // the event id; "" for commands and interactions
	// The message that it is about, if it is about one; Thread is where an answer
	// belongs: the thread that it is in, or else the one that it begins.
	Channel, TS, Thread, User string
	// Payload is what travels. It must not be changed; Inner gives the event in it.
	Payload map[string]any
}

// Inner is the event of an event_callback, for a look or, in a copy, a change.
func (e Event) Inner() map[string]any { return object(e.Payload["event"]) }

// With is e with other values in its inner event; nil takes a field out. It keeps
// the event id.
func (e Event) With(fields map[string]any) Event {
	inner := maps.Clone(e.Inner())
	maps.Copy(inner, fields)
	maps.DeleteFunc(inner, func(_ string, v any) bool { return v == nil })
	e.Payload = maps.Clone(e.Payload)
	e.Payload["event"] = inner
	return e
}

// callback wraps an inner event as Slack does. It wants tw.mu held.
func (tw *Twin) callback(t *team, inner map[string]any, shared bool) Event {
	tw.serial++
	id := fmt.Sprintf("Ev%09d", tw.serial)
	at := tw.now().Unix()
	if inner["event_ts"] == nil {
		inner["event_ts"] = tw.ts()
	}
	return Event{Kind: EventsAPI, ID: id, Payload: map[string]any{
		"token": verification, "team_id": t.id, "context_team_id": t.id, "context_enterprise_id": nil,
		"api_app_id": App, "event": inner, "type": "event_callback", "event_id": id, "event_time": at,
		"authorizations": []any{map[string]any{
			"enterprise_id": nil, "team_id": t.id, "user_id": t.botUser, "is_bot": true, "is_enterprise_install": false,
		}},
		"is_ext_shared_channel": shared, "event_context": "4-" + id,
	}}
}

// host is the workspace that a channel's events come from.
func (tw *Twin) host(channel string) (*Channel, *team) {
	c := tw.channels[channel]
	if c == nil {
		panic("slacktwin: no channel " + channel)
	}
	return c, tw.teams[c.Team]
}

// write has someone write a message; thread may be "".
func (tw *Twin) write(channel, user, text, thread string) *Post {
	if c, _ := tw.host(channel); !c.has(user) && !c.Shared {
		panic("slacktwin: " + user + " is not in " + channel)
	}
	if thread != "" {
		thread = tw.root(channel, thread)
	}
	return tw.add(&Post{Channel: channel, User: user, Text: text, ThreadTS: thread, author: user})
}

// message is the message event about a post. It wants tw.mu held.
func (tw *Twin) message(p Post, subtype string) Event {
	c, t := tw.host(p.Channel)
	inner := p.json(false)
	inner["channel"], inner["channel_type"], inner["event_ts"], inner["team"] = c.ID, c.Kind, p.TS, t.id
	if p.Bot == "" {
		inner["client_msg_id"] = fmt.Sprintf("00000000-0000-4000-8000-%012d", tw.next())
		inner["blocks"] = rich(p.Text)
	} else {
		inner["bot_profile"] = map[string]any{"id": p.Bot, "deleted": false, "name": "Porchlight", "app_id": App, "team_id": t.id}
	}
	if root := tw.byTS[c.ID+" "+p.ThreadTS]; root != nil {
		inner["parent_user_id"] = root.User
	}
	if subtype != "" {
		inner["subtype"] = subtype
	}
	return tw.callback(t, inner, c.Shared).about(p)
}

func (e Event) about(p Post) Event {
	e.Channel, e.TS, e.Thread, e.User = p.Channel, p.TS, p.ThreadTS, p.User
	if e.Thread == "" {
		e.Thread = p.TS
	}
	return e
}

// rich is the block that Slack makes of what a person types.
func rich(text string) []any {
	return []any{map[string]any{"type": "rich_text", "block_id": "abc12", "elements": []any{
		map[string]any{"type": "rich_text_section", "elements": []any{map[string]any{"type": "text", "text": text}}},
	}}}
}

// DM has someone write to the app directly. Here and below text is as it travels:
// with &amp; &lt; &gt; and <@U…>.
func (tw *Twin) DM(user, text string) Event { return tw.DMInThread(user, text, "") }

// DMInThread is DM in the thread of an earlier message.
func (tw *Twin) DMInThread(user, text, thread string) Event {
	channel := tw.IM(user)
	return tw.ChannelMessage(channel, user, text, thread)
}

// ChannelMessage has someone write in a channel, in a thread if thread is not "". It
// panics, as the others do, when they are not in it.
func (tw *Twin) ChannelMessage(channel, user, text, thread string) Event {
	tw.mu.Lock()
	defer tw.mu.Unlock()
	return tw.message(*tw.write(channel, user, text, thread), "")
}

// Mention has someone name the app in a channel, in a thread if thread is not "".
// The name is put before a text that does not have it.
func (tw *Twin) Mention(channel, user, text, thread string) Event {
	mention, _ := tw.Both(channel, user, text, thread)
	return mention
}

// Both is Mention where the app listens to the channel as well: the one message
// under two event ids.
func (tw *Twin) Both(channel, user, text, thread string) (mention, message Event) {
	tw.mu.Lock()
	defer tw.mu.Unlock()
	_, t := tw.host(channel)
	if name := "<@" + t.botUser + ">"; !strings.Contains(text, name) {
		text = name + " " + text
	}
	p := *tw.write(channel, user, text, thread)
	message = tw.message(p, "")
	inner := maps.Clone(message.Inner())
	inner["type"] = "app_mention"
	delete(inner, "channel_type")
	delete(inner, "parent_user_id")
	shared, _ := message.Payload["is_ext_shared_channel"].(bool)
	return tw.callback(t, inner, shared).about(p), message
}

// Edit has the author change a message.
func (tw *Twin) Edit(channel, ts, text string) Event {
	tw.mu.Lock()
	defer tw.mu.Unlock()
	p := tw.there(channel, ts)
	before := p.json(false)
	p.Text = text
	p.Edits++
	tw.touch()
	return tw.altered(*p, "message_changed", map[string]any{"message": p.json(false), "previous_message": before})
}

// Remove has the author delete a message.
func (tw *Twin) Remove(channel, ts string) Event {
	tw.mu.Lock()
	defer tw.mu.Unlock()
	p := tw.there(channel, ts)
	before := p.json(false)
	tw.drop(p)
	return tw.altered(*p, "message_deleted", map[string]any{"previous_message": before, "deleted_ts": ts})
}

// altered is a message event about what became of a message.
func (tw *Twin) altered(p Post, subtype string, more map[string]any) Event {
	c, t := tw.host(p.Channel)
	inner := map[string]any{
		"type": "message", "subtype": subtype, "channel": c.ID, "channel_type": c.Kind, "ts": tw.ts(), "hidden": true,
	}
	maps.Copy(inner, more)
	inner["event_ts"] = inner["ts"]
	return tw.callback(t, inner, c.Shared).about(p)
}

// there is a message, or a panic: the test is wrong.
func (tw *Twin) there(channel, ts string) *Post {
	p := tw.byTS[channel+" "+ts]
	if p == nil {
		panic("slacktwin: no message " + channel + " " + ts)
	}
	return p
}
