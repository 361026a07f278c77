package slacktwin

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Command has someone use a slash command in a channel, whether the app is in it or
// not.
func (tw *Twin) Command(channel, user, command, text string) Event {
	tw.mu.Lock()
	defer tw.mu.Unlock()
	c, t := tw.host(channel)
	name := c.Name
	if c.Kind == Direct {
		name = "directmessage"
	}
	return Event{Kind: SlashCommands, Channel: channel, User: user, Payload: map[string]any{
		"token": verification, "team_id": t.id, "team_domain": strings.ToLower(t.name),
		"channel_id": c.ID, "channel_name": name, "user_id": user, "user_name": tw.named(user),
		"command": command, "text": text, "api_app_id": App, "is_enterprise_install": "false",
		"response_url": tw.hook("commands", hook{team: t, channel: channel, user: user}),
		"trigger_id":   tw.trigger(user),
	}}
}

func (tw *Twin) named(user string) string {
	if u := tw.users[user]; u != nil {
		return u.Name
	}
	return ""
}

// belongs is the workspace that someone is of: in a shared channel not always the
// one that the channel is of.
func (tw *Twin) belongs(user string, otherwise *team) string {
	if u := tw.users[user]; u != nil && u.Team != "" {
		return u.Team
	}
	return otherwise.id
}

// interaction is what all interactive payloads have. It wants tw.mu held.
func (tw *Twin) interaction(kind, user string, t *team, more map[string]any) Event {
	payload := map[string]any{
		"type": kind, "token": verification, "api_app_id": App, "trigger_id": tw.trigger(user),
		"team":       map[string]any{"id": t.id, "domain": strings.ToLower(t.name)},
		"user":       map[string]any{"id": user, "username": tw.named(user), "name": tw.named(user), "team_id": tw.belongs(user, t)},
		"enterprise": nil, "is_enterprise_install": false,
	}
	maps.Copy(payload, more)
	return Event{Kind: Interactive, User: user, Payload: payload}
}

// Shortcut has someone use a message shortcut (message_action) on a message.
func (tw *Twin) Shortcut(channel, ts, user, callbackID string) Event {
	tw.mu.Lock()
	defer tw.mu.Unlock()
	c, t := tw.host(channel)
	p := tw.there(channel, ts)
	e := tw.interaction("message_action", user, t, map[string]any{
		"callback_id": callbackID, "action_ts": tw.ts(), "message_ts": ts, "message": copied(p.json(false)),
		"channel":      map[string]any{"id": c.ID, "name": c.Name},
		"response_url": tw.hook("app", hook{team: t, channel: channel, user: user, thread: p.ThreadTS}),
	})
	e.Channel, e.TS, e.Thread = channel, ts, p.about().Thread
	return e
}

func (p Post) about() Event { return Event{}.about(p) }

// Press has someone press a button of a message, which may be an ephemeral one: the
// first with that action id and, if one is named, that value; a feedback button is
// found by its value. It panics when the message has no such button.
func (tw *Twin) Press(channel, ts, user, actionID string, value ...string) Event {
	tw.mu.Lock()
	defer tw.mu.Unlock()
	c, t := tw.host(channel)
	p := tw.there(channel, ts)
	container := map[string]any{
		"type": "message", "message_ts": ts, "channel_id": c.ID, "is_ephemeral": p.EphemeralTo != "",
	}
	more := map[string]any{
		"container": container, "channel": map[string]any{"id": c.ID, "name": c.Name},
		"actions": []any{tw.pressed(p.Blocks, actionID, value)}, "state": map[string]any{"values": map[string]any{}},
		"response_url": tw.hook("actions", hook{team: t, channel: channel, user: user, thread: p.ThreadTS, original: p}),
	}
	if p.ThreadTS != "" {
		container["thread_ts"] = p.ThreadTS
	}
	if p.EphemeralTo == "" { // Slack does not give an ephemeral message back
		more["message"] = copied(p.json(false))
	}
	e := tw.interaction("block_actions", user, t, more)
	e.Channel, e.TS, e.Thread = channel, ts, p.about().Thread
	return e
}

// PressHome has someone press a button on their Home tab; there is no response URL.
func (tw *Twin) PressHome(user, actionID string, value ...string) Event {
	tw.mu.Lock()
	defer tw.mu.Unlock()
	v := tw.home(user)
	if v == nil {
		panic("slacktwin: no home of " + user)
	}
	t := tw.of(user)
	return tw.interaction("block_actions", user, t, map[string]any{
		"container": map[string]any{"type": "view", "view_id": v.ID}, "view": v.json(t),
		"actions": []any{tw.pressed(list(v.View["blocks"]), actionID, value)},
	})
}

// Submit has someone submit a modal with values: by block id, then action id.
func (tw *Twin) Submit(viewID string, values map[string]map[string]string) Event {
	tw.mu.Lock()
	defer tw.mu.Unlock()
	var v *View
	for _, one := range tw.views {
		if one.ID == viewID {
			v = one
		}
	}
	if v == nil {
		panic("slacktwin: no view " + viewID)
	}
	state := map[string]any{}
	for block, actions := range values {
		in := map[string]any{}
		for action, value := range actions {
			in[action] = map[string]any{"type": "plain_text_input", "value": value}
		}
		state[block] = in
	}
	t := tw.of(v.User)
	view := v.json(t)
	view["state"] = map[string]any{"values": state}
	return tw.interaction("view_submission", v.User, t, map[string]any{"view": view, "response_urls": []any{}})
}

func (tw *Twin) of(user string) *team {
	if u := tw.users[user]; u != nil && tw.teams[u.Team] != nil {
		return tw.teams[u.Team]
	}
	return tw.teams[Team]
}

// pressed is the action of a button, as a payload has it. It wants tw.mu held.
func (tw *Twin) pressed(in []any, actionID string, value []string) map[string]any {
	for i, b := range in {
		block := object(b)
		id, _ := block["block_id"].(string)
		if id == "" {
			id = fmt.Sprintf("b%d", i)
		}
		for _, v := range slices.Concat(list(block["elements"]), []any{block["accessory"]}) {
			m := object(v)
			if m == nil || m["action_id"] != actionID {
				continue
			}
			for _, side := range []map[string]any{m, object(m["positive_button"]), object(m["negative_button"])} {
				if side == nil || side["text"] == nil || len(value) > 0 && side["value"] != value[0] {
					continue
				}
				a := map[string]any{
					"type": m["type"], "action_id": actionID, "block_id": id, "action_ts": tw.ts(),
					"value": side["value"], "text": side["text"],
				}
				maps.DeleteFunc(a, func(_ string, v any) bool { return v == nil })
				return a
			}
		}
	}
	panic("slacktwin: nothing to press called " + actionID)
}
