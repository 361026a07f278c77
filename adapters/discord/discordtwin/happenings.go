package discordtwin

// Others that write: another app, and a webhook.
const (
	OtherBot     = "1048576000000000200"
	OtherWebhook = "1048576000000000201"
)

// BotMessage has another app write in a channel.
func (tw *Twin) BotMessage(channel, content string) Event {
	tw.mu.Lock()
	defer tw.mu.Unlock()
	tw.channel(channel)
	p := &Post{Channel: channel, User: OtherBot, Bot: true, Content: content, Mentions: named(userMention, content)}
	return tw.about("MESSAGE_CREATE", tw.add(p))
}

// WebhookMessage has a webhook write in a channel.
func (tw *Twin) WebhookMessage(channel, content string) Event {
	tw.mu.Lock()
	defer tw.mu.Unlock()
	tw.channel(channel)
	p := &Post{Channel: channel, User: OtherWebhook, Bot: true, Webhook: true, Content: content, Mentions: named(userMention, content)}
	return tw.about("MESSAGE_CREATE", tw.add(p))
}

// Joined is the message that Discord writes when somebody enters a guild (type 7).
func (tw *Twin) Joined(channel, user string) Event {
	tw.mu.Lock()
	defer tw.mu.Unlock()
	tw.channel(channel)
	tw.user(user)
	return tw.about("MESSAGE_CREATE", tw.add(&Post{Channel: channel, User: user, Type: 7}))
}

// OwnMessage is the event that the bot gets about its own post; unless
// Options.NoEcho it has had it already.
func (tw *Twin) OwnMessage(p Post) Event {
	tw.mu.Lock()
	defer tw.mu.Unlock()
	return tw.about("MESSAGE_CREATE", tw.there(p.Channel, p.ID))
}

// GuildCreate tells that the app is in a guild, again or newly: it is there from then
// on.
func (tw *Twin) GuildCreate(guild string) Event {
	tw.mu.Lock()
	defer tw.mu.Unlock()
	g := tw.guilds[guild]
	if g == nil {
		panic("discordtwin: no guild " + guild)
	}
	g.Absent = false
	return tw.arrival(g)
}

// arrival is GUILD_CREATE.
func (tw *Twin) arrival(g *Guild) Event {
	m := tw.guild(g)
	m["joined_at"], m["large"], m["unavailable"], m["member_count"] = "2024-01-01T00:00:00.000000+00:00", false, false, 4
	m["voice_states"], m["presences"], m["stage_instances"] = []any{}, []any{}, []any{}
	m["guild_scheduled_events"], m["soundboard_sounds"] = []any{}, []any{}
	m["members"] = []any{tw.member(BotUser, true)}
	m["channels"] = tw.roomsOf(g, func(c *Channel) bool { return c.Type == TextChannel })
	m["threads"] = tw.roomsOf(g, func(c *Channel) bool { return c.Type == PublicThread && !c.Archived })
	return Event{Name: "GUILD_CREATE", ID: g.ID, Guild: g.ID, Data: m}
}

// GuildDelete has the app removed from a guild, or, if unavailable, the guild fall
// out for a while.
func (tw *Twin) GuildDelete(guild string, unavailable bool) Event {
	tw.mu.Lock()
	defer tw.mu.Unlock()
	e := Event{Name: "GUILD_DELETE", ID: guild, Guild: guild, Data: map[string]any{"id": guild}}
	if unavailable {
		e.Data["unavailable"] = true
	} else if g := tw.guilds[guild]; g != nil {
		g.Absent = true
	}
	return e
}

// ChannelDelete takes a channel away.
func (tw *Twin) ChannelDelete(channel string) Event {
	tw.mu.Lock()
	defer tw.mu.Unlock()
	c := tw.channel(channel)
	delete(tw.channels, channel)
	return Event{Name: "CHANNEL_DELETE", ID: channel, Channel: channel, Guild: c.Guild, Data: tw.room(c)}
}

// Unknown is an event with a name that no library knows yet.
func (tw *Twin) Unknown(name string) Event {
	return Event{Name: name, Guild: Home, Data: map[string]any{"guild_id": Home, "shine": "bright"}}
}
