package slacktwin

import "slices"

// Join has someone enter a channel, upon which Slack writes a message there.
func (tw *Twin) Join(channel, user string) Event {
	tw.mu.Lock()
	defer tw.mu.Unlock()
	c, _ := tw.host(channel)
	if !c.has(user) {
		c.Members = append(slices.Clone(c.Members), user)
	}
	p := tw.write(channel, user, "<@"+user+"> has joined the channel", "")
	p.SubType = "channel_join"
	return tw.message(*p, "channel_join")
}

// OwnMessage is the event that the app gets about its own post.
func (tw *Twin) OwnMessage(p Post) Event {
	tw.mu.Lock()
	defer tw.mu.Unlock()
	return tw.message(p, "")
}

// BotMessage has another app write in a channel.
func (tw *Twin) BotMessage(channel, text string) Event {
	tw.mu.Lock()
	defer tw.mu.Unlock()
	c, t := tw.host(channel)
	p := *tw.add(&Post{Channel: channel, Bot: "B0OTHER001", Text: text, SubType: "bot_message", author: "other"})
	inner := map[string]any{
		"type": "message", "subtype": "bot_message", "ts": p.TS, "text": text, "username": "other", "bot_id": p.Bot,
		"channel": c.ID, "channel_type": c.Kind, "event_ts": p.TS,
	}
	return tw.callback(t, inner, c.Shared).about(p)
}

// FileShare has someone share a file with a text beside it, which may be "".
func (tw *Twin) FileShare(channel, user, text string) Event {
	tw.mu.Lock()
	defer tw.mu.Unlock()
	p := tw.write(channel, user, text, "")
	p.SubType = "file_share"
	e := tw.message(*p, "file_share")
	e.Inner()["upload"] = false
	e.Inner()["files"] = []any{map[string]any{
		"id": tw.id("F"), "created": tw.now().Unix(), "name": "photo.png", "title": "photo.png", "mimetype": "image/png",
		"filetype": "png", "user": user, "size": 1024, "mode": "hosted", "is_external": false,
		"url_private": "https://files.slack.com/files-pri/" + Team + "/photo.png",
	}}
	return e
}

// Stranger has a person of another workspace name the app in a channel that both
// share; the channel and the person are made.
func (tw *Twin) Stranger(text string) Event {
	tw.mu.Lock()
	channel := &Channel{ID: tw.id("C"), Team: Team, Name: "shared", Kind: Public, Shared: true, Members: []string{BotUser, Ana}}
	other := &User{ID: tw.id("U"), Team: tw.id("T"), Name: "stranger", Locale: "fr-FR"}
	channel.Members = append(channel.Members, other.ID)
	tw.channels[channel.ID], tw.users[other.ID] = channel, other
	tw.mu.Unlock()
	e := tw.Mention(channel.ID, other.ID, text, "")
	return e.With(map[string]any{"user_team": other.Team, "source_team": other.Team, "team": other.Team})
}

// HomeOpened has someone look at the app; tab is home or messages.
func (tw *Twin) HomeOpened(user, tab string) Event {
	tw.mu.Lock()
	defer tw.mu.Unlock()
	c, _ := tw.im(user)
	t := tw.teams[c.Team]
	inner := map[string]any{"type": "app_home_opened", "user": user, "channel": c.ID, "tab": tab}
	if v := tw.home(user); v != nil && tab == "home" {
		inner["view"] = v.json(t)
	}
	e := tw.callback(t, inner, false)
	e.User, e.Channel = user, c.ID
	return e
}

// Uninstalled has the app removed from the workspace: its tokens are account_inactive.
func (tw *Twin) Uninstalled(team string) Event {
	tw.mu.Lock()
	defer tw.mu.Unlock()
	for _, t := range tw.tokens {
		if t.team == team && t.kind == "bot" {
			t.state = TokenInactive
		}
	}
	return tw.callback(tw.addTeam(team), map[string]any{"type": "app_uninstalled"}, false)
}

// TokensRevoked has the app's tokens in the workspace revoked.
func (tw *Twin) TokensRevoked(team string) Event {
	tw.mu.Lock()
	defer tw.mu.Unlock()
	for _, t := range tw.tokens {
		if t.team == team && t.kind == "bot" {
			t.state = TokenRevoked
		}
	}
	t := tw.addTeam(team)
	return tw.callback(t, map[string]any{
		"type": "tokens_revoked", "tokens": map[string]any{"oauth": []any{}, "bot": []any{t.botUser}},
	}, false)
}

// AccessRevoked has an organisation take workspaces away from the app, which keeps
// its token for the others.
func (tw *Twin) AccessRevoked(org string, teams ...string) Event {
	tw.mu.Lock()
	defer tw.mu.Unlock()
	ids := make([]any, len(teams))
	for i, id := range teams {
		ids[i] = id
	}
	e := tw.callback(tw.addTeam(teams[0]), map[string]any{"type": "team_access_revoked", "team_ids": ids}, false)
	e.Payload["enterprise_id"] = org
	e.Payload["authorizations"] = []any{map[string]any{
		"enterprise_id": org, "team_id": teams[0], "is_bot": false, "is_enterprise_install": false,
	}}
	return e
}

// SessionStopped has someone press Stop while the agent answers in a thread; Slack
// stops what is streamed there.
func (tw *Twin) SessionStopped(channel, thread, user string) Event {
	tw.mu.Lock()
	defer tw.mu.Unlock()
	c, t := tw.host(channel)
	if s := tw.sessions[channel+" "+thread]; s != nil {
		s.to("active")
	}
	stopped := []any{}
	for _, p := range tw.inside[channel] {
		if p.Streaming && p.ThreadTS == thread {
			tw.endStream(p)
			stopped = append(stopped, p.TS)
		}
	}
	e := tw.callback(t, map[string]any{
		"type": "agent_session_stopped", "channel": c.ID, "thread_ts": thread, "user": user, "streaming_message_ts": stopped,
	}, c.Shared)
	e.Channel, e.Thread, e.User = channel, thread, user
	tw.touch()
	return e
}

// Unknown is an event of a type that no library knows yet.
func (tw *Twin) Unknown(kind string) Event {
	tw.mu.Lock()
	defer tw.mu.Unlock()
	return tw.callback(tw.teams[Team], map[string]any{"type": kind, "user": Ana}, false)
}

// TooManyEvents is the outer event that the app gets in the place of those beyond
// thirty thousand an hour.
func (tw *Twin) TooManyEvents() Event {
	return Event{Kind: EventsAPI, Payload: map[string]any{
		"token": verification, "type": "app_rate_limited", "team_id": Team, "api_app_id": App,
		"minute_rate_limited": tw.now().Unix() / 60 * 60,
	}}
}
