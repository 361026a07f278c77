package discord

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"porchlight/adapters/discord/discordtwin"
	"porchlight/bot"
)

// reader is a decoder whose names show nothing.
func reader() *decoder {
	return &decoder{
		name:   func(kind string, parts ...string) string { return kind + strings.Repeat("x", len(parts)) },
		own:    func() string { return discordtwin.BotUser },
		sector: func(s string) bool { return s == "farm" },
	}
}

// FuzzDecode expects that nothing breaks on what anybody may send, and that what is a
// message is a whole one.
func FuzzDecode(f *testing.F) {
	tw := discordtwin.New(discordtwin.Options{})
	option := discordtwin.Option{Name: "question", Value: "is it so?"}
	for _, e := range []discordtwin.Event{
		tw.DM(discordtwin.Ana, "is it so?"), tw.DM(discordtwin.Ana, "x").NoAuthor(), tw.DM(discordtwin.Ana, "x").Strange(),
		tw.Mention(discordtwin.General, discordtwin.Ana, "<@1> <@&2> <#3> </a:4> <a:b:5> <t:6:R> <id:guide> is it so?"),
		tw.Joined(discordtwin.General, discordtwin.Ana), tw.WebhookMessage(discordtwin.General, "x"), tw.BotMessage(discordtwin.General, "x"),
		tw.Command(discordtwin.General, discordtwin.Ana, "ask", option), tw.Command(discordtwin.General, discordtwin.Ana, "about"),
		tw.Autocomplete(discordtwin.General, discordtwin.Ana, "signs", discordtwin.Option{Name: "sector", Value: "f", Focused: true}),
		tw.MessageCommand(discordtwin.General, tw.ChannelMessage(discordtwin.General, discordtwin.Ben, "x").ID, discordtwin.Ana, commandPrivately),
	} {
		raw, err := json.Marshal(e.Data)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	tw.Close()
	for _, id := range []string{"s:t:x", "s:q:x", "s:", "d:a|b|c|d|e|f", "o:", "u:", "n:", "w:wrong a|", "x:", "f:", "p:", "", ":", "settings:", "denied:"} {
		raw, err := json.Marshal(map[string]any{
			"id": "1", "token": "t", "type": 3, "user": map[string]any{"id": "2"}, "data": map[string]any{"custom_id": id},
			"message": map[string]any{"id": "3", "referenced_message": map[string]any{"author": map[string]any{"id": "2"}, "content": "y"}},
		})
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	for _, raw := range []string{
		``, `null`, `[]`, `0`, `{}`, `{"author":null}`, `{"id":"1","channel_id":"2","author":{"id":"3"},"mentions":[null],"content":"x","referenced_message":{}}`,
		`{"id":"1","token":"t","type":2,"member":{},"data":{"name":"ask","options":[null,{"name":"question","value":{}}]}}`,
		`{"id":"1","token":"t","type":2,"member":{"user":{"id":"1"}},"data":null,"message":null}`, "{\"content\":\"\xff<@\"}",
	} {
		f.Add([]byte(raw))
	}
	d := reader()
	a := New(Options{Token: "x", Name: d.name, Say: func(_, key string) string { return key }})
	id := regexp.MustCompile(`[0-9]{17,}`)
	f.Fuzz(func(t *testing.T, raw []byte) {
		check := func(m bot.Message, ok bool) {
			if !ok {
				return
			}
			p, err := placeOf(m.From)
			if err != nil || m.From.Adapter != name || p.User == "" || m.ID == "" || m.Conversation == "" || m.Person == "" || m.At.IsZero() {
				t.Fatalf("half a message: %#v, place %+v, %v", m, p, err)
			}
			if m.Text == "" && m.Command == bot.NoCommand {
				t.Fatal("a message that says nothing")
			}
			if id.MatchString(string(m.ID) + string(m.Conversation) + string(m.Person)) {
				t.Fatal("an id of Discord's")
			}
			if m.Private != (p.Surface != bot.Channel) {
				t.Fatalf("private %v on %s", m.Private, p.Surface)
			}
			if p.Token != "" && p.Surface == bot.Channel {
				t.Fatal("an interaction that others could read")
			}
			if k := acknowledge(p); k.Type == answerDeferred && k.Data == nil || k.Type != answerDeferred && p.Errand != pressRemove {
				t.Fatalf("acknowledged with %+v", k)
			}
		}
		var e message
		if json.Unmarshal(raw, &e) == nil {
			check(d.said(e))
		}
		var i interaction
		if json.Unmarshal(raw, &i) == nil {
			check(d.interaction(i))
			_ = a.choices(i)
		}
	})
}
