package discordtwin

import "strconv"

func (r *request) gateway() answer { return fine(map[string]any{"url": r.GatewayURL()}) }

func (r *request) gatewayBot() answer {
	return fine(map[string]any{
		"url": r.GatewayURL(), "shards": r.options.Shards, "session_start_limit": map[string]any{
			"total": r.options.Identifies, "remaining": max(0, r.left), "reset_after": 14_400_000,
			"max_concurrency": r.options.Concurrency,
		},
	})
}

func (r *request) me() answer {
	m := r.person(BotUser)
	m["verified"], m["mfa_enabled"], m["locale"], m["email"] = true, true, "en-US", nil
	return fine(m)
}

func (r *request) getUser() answer {
	id := r.Vars["user_id"]
	if r.users[id] == nil && id != BotUser {
		return unknownUser
	}
	return fine(r.person(id))
}

// flags of the application say which privileged intents it has.
func (tw *Twin) applicationFlags() int {
	flags := 0
	for bit, is := range map[int]bool{12: tw.options.Presences, 14: tw.options.Members, 18: tw.options.MessageContent} {
		if is {
			flags |= 1 << bit
		}
	}
	return flags
}

func (r *request) myApplication() answer {
	return fine(map[string]any{
		"id": App, "name": "Porchlight", "icon": nil, "description": "", "bot": r.person(BotUser), "flags": r.applicationFlags(),
		"verify_key": hexed(r.PublicKey()), "bot_public": true, "bot_require_code_grant": false, "team": nil,
		"owner": r.person(Mod), "summary": "", "type": nil, "interactions_endpoint_url": nil, "redirect_uris": []any{},
		"flags_new": strconv.Itoa(r.applicationFlags()), "role_connections_verification_url": nil, "explicit_content_filter": 0,
		"approximate_guild_count": len(r.guildsHere()), "approximate_user_install_count": 1,
		"approximate_user_authorization_count": 1, "eligible_oauth2_scopes": []any{"bot", "applications.commands"},
	})
}

// openDM gives the channel with a person, whether they take messages or not.
func (r *request) openDM() answer {
	id := text(object(r.Body)["recipient_id"])
	switch {
	case id == BotUser:
		return noSelf
	case !isSnowflake(id):
		return invalid("recipient_id", "NUMBER_TYPE_COERCE", `Value is not snowflake.`)
	case r.users[id] == nil:
		return noSelf
	}
	return fine(r.room(r.dm(id)))
}

// room is a channel as Discord writes it.
func (tw *Twin) room(c *Channel) map[string]any {
	m := map[string]any{"id": c.ID, "type": c.Type, "flags": 0, "last_message_id": nil}
	if l := tw.inside[c.ID]; len(l) > 0 {
		m["last_message_id"] = l[len(l)-1].ID
	}
	switch c.Type {
	case DMChannel:
		m["recipients"] = []any{tw.person(c.User)}
	case GroupDM:
		m["recipients"], m["name"], m["icon"] = []any{}, nil, nil
		m["owner_id"] = Ana
	default:
		m["guild_id"], m["name"], m["parent_id"], m["rate_limit_per_user"] = c.Guild, c.Name, nil, 0
		m["topic"], m["position"], m["nsfw"], m["permission_overwrites"] = nil, 0, false, []any{}
	}
	if c.Type == PublicThread {
		for _, name := range []string{"topic", "position", "nsfw", "permission_overwrites"} {
			delete(m, name)
		}
		m["parent_id"], m["owner_id"], m["message_count"], m["member_count"], m["total_message_sent"] = c.Parent, Ana, 0, 1, 0
		m["thread_metadata"] = map[string]any{
			"archived": c.Archived, "locked": c.Locked, "auto_archive_duration": 1440,
			"archive_timestamp": "2024-01-01T00:00:00.000000+00:00", "create_timestamp": "2024-01-01T00:00:00.000000+00:00",
		}
	}
	return m
}

func (r *request) getChannel() answer {
	c, no := r.here(0)
	if no != nil {
		return *no
	}
	return fine(r.room(c))
}

func (r *request) typed() answer {
	c, no := r.here(r.sending())
	if no != nil {
		return *no
	}
	r.typing[c.ID]++
	return nothing()
}

// Typing is how often the bot said that it types in a channel.
func (tw *Twin) Typing(channel string) int {
	tw.mu.Lock()
	defer tw.mu.Unlock()
	return tw.typing[channel]
}

// openThread makes a thread of a message; both have one id.
func (r *request) openThread() answer {
	c, no := r.here(CreatePublicThreads)
	if no != nil {
		return *no
	}
	p, no := r.there(c)
	if no != nil {
		return *no
	}
	f := form{}
	name, _ := r.said("name")
	if text(name) == "" {
		f.required("name")
	}
	f.tooLong("name", name, 100)
	if no := f.answer(); no != nil {
		return *no
	}
	if r.channels[p.ID] != nil {
		return refuse(400, 160004, "A thread has already been created for this message")
	}
	thread := &Channel{ID: p.ID, Guild: c.Guild, Name: text(name), Type: PublicThread, Parent: c.ID, parent: c}
	r.channels[p.ID] = thread
	r.publish(Event{Name: "THREAD_CREATE", ID: p.ID, Channel: c.ID, Guild: c.Guild, Data: r.room(thread)})
	return answer{201, r.room(thread)}
}
