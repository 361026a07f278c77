package discordtwin_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"porchlight/adapters/discord/discordtwin"
)

func button1(id string) obj { return obj{"type": 2, "style": 2, "label": "More", "custom_id": id} }

func row(in ...any) obj { return obj{"type": 1, "components": in} }

func TestWritesAndReads(t *testing.T) {
	w := start(t, discordtwin.Options{})
	same(t, "unauthorised", w.as("Bot x", "GET", "users/@me", nil).status, 401)
	same(t, "no bot", w.as(discordtwin.Token, "GET", "users/@me", nil).status, 401)
	same(t, "me", w.call("GET", "users/@me", nil).id(), discordtwin.BotUser)
	same(t, "lacking", w.call("GET", "voice/regions", nil).status, 404)
	same(t, "method", w.call("PUT", "gateway", nil).status, 405)
	w.is(w.call("GET", "channels/x/messages", nil), 400, 50035)

	q := w.Mention(discordtwin.General, discordtwin.Ana, "what are the signs?")
	next := w.Next(discordtwin.General)
	s := w.post(discordtwin.General, obj{
		"content": "These: @everyone <@" + discordtwin.Ben + ">", "flags": discordtwin.SuppressEmbeds | 1<<9, "nonce": "abc",
		"allowed_mentions": obj{"parse": []any{}}, "message_reference": obj{"message_id": q.ID, "fail_if_not_exists": false},
		"embeds": []any{obj{"title": "Signs", "fields": []any{obj{"name": "a", "value": "b"}}}}, "components": []any{row(button1("more"))},
	})
	w.is(s, 200, 0)
	p, err := next(w.ctx)
	w.must(err)
	same(t, "id", p.ID, s.id())
	same(t, "reply", p.ReplyTo, q.ID)
	same(t, "flags", p.Flags, discordtwin.SuppressEmbeds)
	same(t, "pings", len(p.Pings), 0)
	same(t, "button", p.Buttons()[0], discordtwin.Button{Label: "More", CustomID: "more", Style: 2})
	same(t, "referenced", at[string](s.body, "referenced_message", "id"), q.ID)

	path := "channels/" + discordtwin.General + "/messages/" + p.ID
	w.is(w.call("PATCH", path, obj{"content": "again @everyone"}), 200, 0) // without allowed_mentions: the usual
	p, _ = w.Post(p.ID)
	same(t, "edits", p.Edits, 1)
	if !slices.Equal(p.Pings, []string{discordtwin.Ana, "everyone"}) {
		t.Errorf("pings %v", p.Pings)
	}
	w.is(w.call("PATCH", "channels/"+discordtwin.General+"/messages/"+q.ID, obj{"content": "x"}), 403, 50005)
	w.is(w.call("DELETE", "channels/"+discordtwin.General+"/messages/"+q.ID, nil), 403, 50013)
	same(t, "deleted", w.call("DELETE", path, nil).status, 204)
	w.is(w.call("GET", path, nil), 404, 10008)
	same(t, "posts", len(w.Posts(discordtwin.General)), 0)
	same(t, "history", len(w.History("")), 2)
	same(t, "typing", w.call("POST", "channels/"+discordtwin.General+"/typing", nil).status, 204)
	same(t, "typed", w.Typing(discordtwin.General), 1)
	same(t, "calls", len(w.CallsTo(discordtwin.CreateMessage)), w.Counts()[discordtwin.CreateMessage])
	same(t, "asked", w.CallsTo(discordtwin.CreateMessage)[0].Field("nonce"), any("abc"))
	same(t, "not found", w.Statuses()[404], 2)
}

func TestLimitsOfMessages(t *testing.T) {
	w := start(t, discordtwin.Options{Forgive: true, Contracts: "none"})
	many := func(n int, v any) []any { return slices.Repeat([]any{v}, n) }
	long := func(n int) string { return strings.Repeat("x", n) }
	for path, test := range map[string]struct {
		code string
		body obj
	}{
		"content":           {"BASE_TYPE_MAX_LENGTH", obj{"content": long(2001)}},
		"nonce":             {"BASE_TYPE_MAX_LENGTH", obj{"content": "x", "nonce": long(26)}},
		"embeds":            {"BASE_TYPE_MAX_LENGTH", obj{"embeds": many(11, obj{"title": "x"})}},
		"embeds.0.title":    {"BASE_TYPE_MAX_LENGTH", obj{"embeds": []any{obj{"title": strings.Repeat("😀", 129)}}}},
		"embeds.0.fields":   {"BASE_TYPE_MAX_LENGTH", obj{"embeds": []any{obj{"fields": many(26, obj{"name": "x", "value": "y"})}}}},
		"embeds.1":          {"MODEL_TYPE_CONVERT", obj{"embeds": []any{obj{"title": "x"}, "y"}}},
		"components":        {"BASE_TYPE_MAX_LENGTH", obj{"components": many(6, row(obj{"type": 2, "style": 5, "label": "x", "url": "https://x.org"}))}},
		"components.0.type": {"UNION_TYPE_CHOICES", obj{"components": []any{obj{"type": 10, "content": "x"}}}},

		"embeds.0.fields.0.value":             {"BASE_TYPE_REQUIRED", obj{"embeds": []any{obj{"fields": []any{obj{"name": "x", "value": " "}}}}}},
		"components.0.components":             {"BASE_TYPE_BAD_LENGTH", obj{"components": []any{row()}}},
		"components.0.components.0.label":     {"BASE_TYPE_MAX_LENGTH", obj{"components": []any{row(obj{"type": 2, "style": 1, "label": long(81), "custom_id": "x"})}}},
		"components.0.components.0.custom_id": {"BASE_TYPE_MAX_LENGTH", obj{"components": []any{row(button1(long(101)))}}},
		"components.0.components.1.custom_id": {"COMPONENT_CUSTOM_ID_DUPLICATED", obj{"components": []any{row(button1("x"), button1("x"))}}},
		"components.0.components.0.url":       {"BUTTON_COMPONENT_INVALID", obj{"components": []any{row(obj{"type": 2, "style": 1, "label": "x", "custom_id": "y", "url": "https://x.org"})}}},
		"components.0.components.0.options":   {"BASE_TYPE_BAD_LENGTH", obj{"components": []any{row(obj{"type": 3, "custom_id": "x", "options": []any{}})}}},
		"message_reference":                   {"REPLIES_UNKNOWN_MESSAGE", obj{"content": "x", "message_reference": obj{"message_id": "1"}}},
		"allowed_mentions":                    {"MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE", obj{"content": "x", "allowed_mentions": obj{"parse": []any{"users"}, "users": []any{"1"}}}},
	} {
		w.wrong(w.post(discordtwin.General, test.body), path, test.code)
	}
	w.wrong(w.post(discordtwin.General, obj{"embeds": []any{obj{"description": long(4000)}, obj{"description": long(2001)}}}), "embeds", "MAX_EMBED_SIZE_EXCEEDED")
	w.wrong(w.post(discordtwin.General, obj{"flags": discordtwin.ComponentsV2, "content": "x"}), "content", "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2")
	w.is(w.post(discordtwin.General, obj{"content": " "}), 400, 50006)
	w.is(w.post(discordtwin.General, nil), 400, 50006)
	w.is(w.post(discordtwin.General, obj{"flags": discordtwin.ComponentsV2, "components": []any{
		obj{"type": 17, "components": []any{obj{"type": 10, "content": "x"}, row(button1("x"))}},
		obj{"type": 9, "components": []any{obj{"type": 10, "content": "x"}}, "accessory": button1("y")},
	}}), 200, 0)
	same(t, "posts", len(w.Posts("")), 1)
}

func TestWhereItMayWrite(t *testing.T) {
	w := start(t, discordtwin.Options{})
	hello := obj{"content": "hello"}
	thread, _ := w.Thread(discordtwin.Help, "a thread")
	w.is(w.post(thread, hello), 200, 0)
	w.AddChannel(discordtwin.Channel{ID: thread, Parent: discordtwin.Help, Archived: true, Locked: true})
	w.is(w.post(thread, hello), 400, 50083)
	w.is(w.post("1", hello), 404, 10003)
	w.Permit(discordtwin.Help, discordtwin.ViewChannel|discordtwin.SendMessages)
	q := w.ChannelMessage(discordtwin.Help, discordtwin.Ana, "hm")
	w.is(w.post(discordtwin.Help, hello), 200, 0)
	w.is(w.post(discordtwin.Help, obj{"content": "x", "message_reference": obj{"message_id": q.ID}}), 400, 160002)
	w.is(w.post(discordtwin.Help, obj{"embeds": []any{obj{"title": "x"}}}), 403, 50013)
	s := w.post(discordtwin.Help, obj{"content": "x", "embeds": []any{obj{"title": "x"}}})
	same(t, "embeds", len(at[[]any](s.body, "embeds")), 0) // in silence
	s = w.call("PATCH", "channels/"+discordtwin.Help+"/messages/"+s.id(), obj{"content": "", "embeds": []any{obj{"title": "x"}}})
	w.is(s, 400, 50006)
	same(t, "history", len(at[[]any](w.call("GET", "channels/"+discordtwin.Help+"/messages", nil).body)), 0)
	w.Permit(discordtwin.Help, discordtwin.ViewChannel)
	w.is(w.post(discordtwin.Help, hello), 403, 50013)
	w.Permit(discordtwin.Help, 0)
	w.is(w.post(discordtwin.Help, hello), 403, 50001)
	w.is(w.call("GET", "channels/"+discordtwin.Help, nil), 403, 50001)
	same(t, "invalid", w.Invalid(), 4)

	dm := w.call("POST", "users/@me/channels", obj{"recipient_id": discordtwin.Ana})
	same(t, "channel", dm.id(), w.DMOf(discordtwin.Ana))
	w.is(w.post(dm.id(), hello), 200, 0)
	same(t, "dms", len(w.DMs(discordtwin.Ana)), 1)
	w.AddUser(discordtwin.User{ID: discordtwin.Ana, Closed: true})
	w.is(w.post(dm.id(), hello), 403, 50007)
	w.is(w.call("POST", "users/@me/channels", obj{"recipient_id": discordtwin.BotUser}), 400, 50033)
	away := w.AddChannel(discordtwin.Channel{Guild: w.AddGuild(discordtwin.Guild{Absent: true})})
	w.is(w.post(away, hello), 403, 50001)
}

func TestNonces(t *testing.T) {
	c := newClock()
	w := start(t, discordtwin.Options{Now: c.Now})
	once := obj{"content": "once", "nonce": "n1", "enforce_nonce": true}
	first := w.post(discordtwin.General, once)
	same(t, "again", w.post(discordtwin.General, once).id(), first.id())
	same(t, "posts", len(w.Posts("")), 1)
	w.post(discordtwin.General, obj{"content": "twice", "nonce": "n1"}) // not enforced
	same(t, "posts", len(w.Posts("")), 2)
	c.pass(4 * time.Minute)
	if w.post(discordtwin.General, once).id() == first.id() {
		t.Error("a nonce is remembered for too long")
	}
}

func TestPages(t *testing.T) {
	w := start(t, discordtwin.Options{})
	var ids []string
	for range 7 {
		ids = append(ids, w.ChannelMessage(discordtwin.General, discordtwin.Ana, "secret").ID)
	}
	w.post(discordtwin.General, obj{"content": "mine"})
	w.Mention(discordtwin.General, discordtwin.Ana, "for you")
	page := func(query string, want ...string) {
		t.Helper()
		s := w.call("GET", "channels/"+discordtwin.General+"/messages?"+query, nil)
		var got []string
		for _, m := range at[[]any](s.body) {
			got = append(got, at[string](m, "id"))
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", query, got, want)
		}
	}
	page("after="+ids[1]+"&limit=2", ids[3], ids[2])
	page("before="+ids[3]+"&limit=2", ids[2], ids[1])
	w.wrong(w.call("GET", "channels/"+discordtwin.General+"/messages?limit=101", nil), "limit", "NUMBER_TYPE_MAX")
	all := w.call("GET", "channels/"+discordtwin.General+"/messages", nil).body
	same(t, "named", at[string](all, "0", "content"), "<@"+discordtwin.BotUser+"> for you")
	same(t, "own", at[string](all, "1", "content"), "mine")
	same(t, "others'", at[string](all, "2", "content"), "")
}
