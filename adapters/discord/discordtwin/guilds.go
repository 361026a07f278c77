package discordtwin

import (
	"maps"
	"slices"
	"strconv"
)

func (r *request) myGuilds() answer {
	found := []any{}
	for _, g := range r.guildsHere() {
		found = append(found, map[string]any{
			"id": g.ID, "name": g.Name, "icon": nil, "banner": nil, "owner": false, "features": []any{},
			"permissions": strconv.Itoa(Least),
		})
	}
	return fine(found)
}

// inGuild is the guild of the request, which has to have the app.
func (r *request) inGuild() (*Guild, *answer) {
	g := r.guilds[r.Vars["guild_id"]]
	switch {
	case g == nil:
		return nil, &unknownGuild
	case g.Absent:
		return nil, &missingAccess
	}
	return g, nil
}

func (r *request) getGuild() answer {
	g, no := r.inGuild()
	if no != nil {
		return *no
	}
	return fine(r.guild(g))
}

// guild is a guild as Discord writes it.
func (tw *Twin) guild(g *Guild) map[string]any {
	return map[string]any{
		"id": g.ID, "name": g.Name, "icon": nil, "preferred_locale": g.Locale, "owner_id": Mod, "features": []any{},
		"roles": []any{
			role(g.ID, "@everyone", false), role(BotRole, "porchlight", true),
		},
		"emojis": []any{}, "stickers": []any{}, "verification_level": 0, "default_message_notifications": 0,
		"explicit_content_filter": 0, "mfa_level": 0, "nsfw_level": 0, "premium_tier": 0, "system_channel_flags": 0,
		"nsfw": false, "afk_timeout": 300, "afk_channel_id": nil, "system_channel_id": nil, "rules_channel_id": nil,
		"premium_progress_bar_enabled": false, "region": "deprecated", "description": nil, "banner": nil, "splash": nil,
		"discovery_splash": nil, "home_header": nil, "application_id": nil, "widget_enabled": false, "widget_channel_id": nil,
		"public_updates_channel_id": nil, "safety_alerts_channel_id": nil, "vanity_url_code": nil,
		"max_presences": nil, "max_members": 500_000, "premium_subscription_count": 0, "max_stage_video_channel_users": 50,
		"max_video_channel_users": 25, "incidents_data": nil,
	}
}

func role(id, name string, managed bool) map[string]any {
	m := map[string]any{
		"id": id, "name": name, "description": nil, "permissions": "0", "position": 0, "color": 0, "hoist": false, "managed": managed,
		"mentionable": false, "icon": nil, "unicode_emoji": nil, "flags": 0,
		"colors": map[string]any{"primary_color": 0, "secondary_color": nil, "tertiary_color": nil},
	}
	if managed {
		m["tags"] = map[string]any{"bot_id": BotUser}
	}
	return m
}

func (r *request) guildChannels() answer {
	return r.rooms(func(c *Channel) bool { return c.Type == TextChannel })
}

func (r *request) rooms(which func(*Channel) bool) answer {
	g, no := r.inGuild()
	if no != nil {
		return *no
	}
	return fine(r.roomsOf(g, which))
}

// activeThreads are those that the bot sees and that are not archived.
func (r *request) activeThreads() answer {
	a := r.rooms(func(c *Channel) bool { return c.Type == PublicThread && !c.Archived && c.allows(ViewChannel) })
	if found, ok := a.body.([]any); ok {
		a.body = map[string]any{"threads": found, "members": []any{}, "has_more": false}
	}
	return a
}

// roomsOf are the channels of a guild, in the order of their ids.
func (tw *Twin) roomsOf(g *Guild, which func(*Channel) bool) []any {
	found := []any{}
	for _, id := range slices.Sorted(maps.Keys(tw.channels)) {
		if c := tw.channels[id]; c.Guild == g.ID && which(c) {
			found = append(found, tw.room(c))
		}
	}
	return found
}
