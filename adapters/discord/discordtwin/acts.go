package discordtwin

import "strconv"

// An Option is what someone fills in with a command: text, int, float64 or bool. One
// with Options is a subcommand.
type Option struct {
	Name    string
	Value   any
	Focused bool // it is being typed; for Autocomplete
	Options []Option
}

// Command has someone use a slash command in a channel. Where the app has registered
// commands it has to be one of them, or this panics; where it has none, anything goes.
func (tw *Twin) Command(channel, user, name string, options ...Option) Event {
	tw.mu.Lock()
	defer tw.mu.Unlock()
	return tw.command(kindCommand, channel, user, name, options)
}

// Autocomplete has someone type in an option of a command: the one that is Focused.
func (tw *Twin) Autocomplete(channel, user, name string, options ...Option) Event {
	tw.mu.Lock()
	defer tw.mu.Unlock()
	return tw.command(kindAutocomplete, channel, user, name, options)
}

func (tw *Twin) command(kind int, channel, user, name string, options []Option) Event {
	known := tw.registered(channel, name, 1)
	data := map[string]any{"id": known["id"], "name": name, "type": 1}
	if g := known["guild_id"]; g != nil {
		data["guild_id"] = g
	}
	if len(options) > 0 {
		data["options"] = chosen(options, list(known["options"]))
	}
	return tw.act(&act{Interaction: Interaction{Kind: kind, Name: name, User: user, Channel: channel}}, data)
}

// MessageCommand has someone use a command of a message's context menu. The app gets
// the whole message, whatever its intents.
func (tw *Twin) MessageCommand(channel, message, user, name string) Event {
	tw.mu.Lock()
	defer tw.mu.Unlock()
	p := tw.there(channel, message)
	known := tw.registered(channel, name, 3)
	data := map[string]any{
		"id": known["id"], "name": name, "type": 3, "target_id": message,
		"resolved": map[string]any{"messages": map[string]any{message: tw.json(p)}},
	}
	a := &act{Interaction: Interaction{Kind: kindCommand, Name: name, User: user, Channel: channel, Message: message}, menu: true}
	return tw.act(a, data)
}

// Press has someone press a button of a message, which may be an ephemeral one of
// theirs. It panics when the message has no such button, or it is disabled.
func (tw *Twin) Press(message, user, customID string) Event {
	return tw.press(message, user, customID, nil)
}

// Select has someone choose values in a select of a message.
func (tw *Twin) Select(message, user, customID string, values ...string) Event {
	return tw.press(message, user, customID, values)
}

func (tw *Twin) press(message, user, customID string, values []string) Event {
	tw.mu.Lock()
	defer tw.mu.Unlock()
	p := tw.there("", message)
	if p.EphemeralTo != "" && p.EphemeralTo != user || p.Deleted {
		panic("discordtwin: " + user + " does not see " + message)
	}
	var found map[string]any
	walk(p.Components, func(c map[string]any) {
		if c["custom_id"] == customID && c["disabled"] != true {
			found = c
		}
	})
	if found == nil {
		panic("discordtwin: nothing to press called " + customID)
	}
	data := map[string]any{"custom_id": customID, "component_type": number(found["type"]), "id": number(found["id"])}
	if number(found["type"]) != button {
		data["values"] = values
	}
	return tw.act(&act{Interaction: Interaction{
		Kind: kindComponent, Name: customID, User: user, Channel: p.Channel, Message: message,
	}}, data)
}

// Submit has someone send the modal that an interaction was answered with; values
// are by the custom ids of its inputs.
func (tw *Twin) Submit(interaction string, values map[string]string) Event {
	tw.mu.Lock()
	defer tw.mu.Unlock()
	from := tw.acts[interaction]
	if from == nil || from.Modal == nil {
		panic("discordtwin: no modal of " + interaction)
	}
	rows := copied(list(from.Modal["components"]))
	walk(rows, func(c map[string]any) {
		fill := func(in map[string]any) {
			if id := text(in["custom_id"]); id != "" {
				in["value"] = values[id]
			}
		}
		fill(c)
		fill(object(c["component"])) // of a label
	})
	id := text(from.Modal["custom_id"])
	return tw.act(&act{Interaction: Interaction{
		Kind: kindModal, Name: id, User: from.User, Channel: from.Channel, Message: from.Message,
	}}, map[string]any{"custom_id": id, "components": rows})
}

// act makes an interaction, and the event of it. It wants tw.mu held.
func (tw *Twin) act(a *act, data map[string]any) Event {
	c, u := tw.channel(a.Channel), tw.user(a.User)
	a.Guild, a.owners = c.Guild, map[string]any{}
	g := tw.guilds[c.Guild]
	tw.begun(a)
	m := map[string]any{
		"id": a.ID, "application_id": App, "type": a.Kind, "data": data, "token": a.Token, "version": 1,
		"channel_id": c.ID, "channel": tw.room(c), "locale": u.Locale, "entitlements": []any{}, "attachment_size_limit": 10485760,
		"app_permissions": strconv.FormatInt(c.permissions(), 10), "authorizing_integration_owners": a.owners,
	}
	switch {
	case g == nil && c.Type == DMChannel:
		m["user"], m["context"] = tw.person(a.User), 1
		a.owners["0"] = "0"
	case g == nil:
		m["user"], m["context"] = tw.person(a.User), 2
		a.owners["1"], a.Installed = a.User, true
	default:
		member := tw.member(a.User, true)
		member["permissions"] = strconv.FormatInt(Least|u.Permissions, 10)
		m["member"], m["context"], m["guild_id"], m["guild_locale"] = member, 0, g.ID, g.Locale
		m["guild"] = map[string]any{"id": g.ID, "locale": g.Locale, "features": []any{}}
		if g.Absent {
			a.owners["1"], a.Installed = a.User, true
		} else {
			a.owners["0"] = g.ID
		}
	}
	if a.Kind == kindComponent || a.Kind == kindModal && a.Message != "" {
		m["message"] = tw.json(tw.byID[a.Message])
	}
	tw.touch()
	return Event{
		Name: "INTERACTION_CREATE", ID: a.ID, Channel: c.ID, Guild: c.Guild, User: a.User, Token: a.Token, Data: m,
	}
}
