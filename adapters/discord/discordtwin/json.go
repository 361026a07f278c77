package discordtwin

import "slices"

// person is a user as Discord writes one.
func (tw *Twin) person(id string) map[string]any {
	m := map[string]any{
		"id": id, "username": "unknown", "discriminator": "0", "global_name": nil, "avatar": nil,
		"public_flags": 0, "flags": 0, "primary_guild": nil,
	}
	switch u := tw.users[id]; {
	case id == BotUser:
		m["username"], m["bot"] = "porchlight", true
	case id == OtherBot:
		m["username"], m["bot"] = "other", true
	case u != nil:
		m["username"], m["global_name"] = u.Name, u.Name
	}
	return m
}

// member is a user in a guild; user tells whether it has them in it.
func (tw *Twin) member(id string, user bool) map[string]any {
	roles := []any{}
	if id == BotUser {
		roles = append(roles, BotRole)
	}
	m := map[string]any{
		"roles": roles, "nick": nil, "avatar": nil, "banner": nil, "joined_at": "2024-01-01T00:00:00.000000+00:00",
		"premium_since": nil, "pending": false, "communication_disabled_until": nil, "deaf": false, "mute": false, "flags": 0,
	}
	if user {
		m["user"] = tw.person(id)
	}
	return m
}

// json is the message as REST gives it. It wants tw.mu held.
func (tw *Twin) json(p *Post) map[string]any {
	mentions, roles := []any{}, []any{}
	for _, id := range p.Mentions {
		mentions = append(mentions, tw.person(id))
	}
	for _, id := range named(roleMention, p.Content) {
		roles = append(roles, id)
	}
	flags := p.Flags
	if p.Loading {
		flags |= loading
	}
	m := map[string]any{
		"id": p.ID, "channel_id": p.Channel, "type": p.Type, "content": p.Content, "author": tw.person(p.User),
		"timestamp": stamp(p.At), "edited_timestamp": nil, "tts": false, "pinned": false, "flags": flags,
		"mention_everyone": slices.Contains(p.Pings, "everyone"), "mentions": mentions, "mention_roles": roles,
		"attachments": []any{}, "embeds": filled(p.Embeds), "components": filled(p.Components),
	}
	if p.Edits > 0 {
		m["edited_timestamp"] = stamp(p.edited)
	}
	if p.Nonce != nil {
		m["nonce"] = p.Nonce
	}
	if p.ReplyTo != "" {
		m["message_reference"] = map[string]any{"type": 0, "channel_id": p.Channel, "message_id": p.ReplyTo}
		if p.Guild != "" {
			object(m["message_reference"])["guild_id"] = p.Guild
		}
		m["referenced_message"] = nil // as of one that was deleted
		if to := tw.byID[p.ReplyTo]; to != nil && !to.Deleted {
			below := tw.json(to)
			delete(below, "referenced_message")
			m["referenced_message"] = below
		}
	}
	if p.Webhook {
		m["webhook_id"] = OtherWebhook
		object(m["author"])["id"], object(m["author"])["bot"] = OtherWebhook, true
	}
	if a := tw.acts[p.Interaction]; a != nil {
		m["webhook_id"], m["application_id"], m["interaction_metadata"] = App, App, tw.metadata(a)
	}
	return m
}

func filled(l []any) []any {
	if l == nil {
		return []any{}
	}
	return l
}

// metadata is what a message says about the interaction that it answers.
func (tw *Twin) metadata(a *act) map[string]any {
	m := map[string]any{
		"id": a.ID, "type": a.Kind, "user": tw.person(a.User),
		"authorizing_integration_owners": a.owners,
	}
	switch a.Kind {
	case kindComponent:
		m["interacted_message_id"] = a.Message
	case kindCommand:
		m["name"] = a.Name
		if a.menu {
			m["target_message_id"] = a.Message
		}
	}
	return m
}

// overheard is the message as the gateway gives it, with all its text.
func (tw *Twin) overheard(p *Post) map[string]any {
	m := tw.json(p)
	if p.Guild != "" {
		m["guild_id"] = p.Guild
		if !p.Webhook {
			m["member"] = tw.member(p.User, false)
		}
	}
	return m
}
