package discordtwin_test

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"porchlight/adapters/discord/discordtwin"
)

func TestGatewayGreets(t *testing.T) {
	w := start(t, discordtwin.Options{Heartbeat: time.Hour})
	l := w.dial(at[string](w.call("GET", "gateway", nil).body, "url"))
	hello := l.read()
	same(t, "op", hello["op"], any(10.0))
	same(t, "interval", at[float64](hello, "d", "heartbeat_interval"), 3600_000.0)
	l.say(1, nil)
	same(t, "ack", l.read()["op"], any(11.0))
	l.say(2, identity(obj{"compress": true}))
	ready := l.next("READY")
	same(t, "me", at[string](ready, "user", "id"), discordtwin.BotUser)
	same(t, "guild", at[string](l.next("GUILD_CREATE"), "id"), discordtwin.Home)
	same(t, "n", w.Send(w.DM(discordtwin.Ana, "hello")), 1)
	m := l.next("MESSAGE_CREATE")
	same(t, "content", at[string](m, "content"), "hello")
	if m["guild_id"] != nil {
		t.Error("a direct message has a guild")
	}
	w.post(discordtwin.General, obj{"content": "mine"})
	same(t, "own", at[string](l.next("MESSAGE_CREATE"), "author", "id"), discordtwin.BotUser)
	s, err := w.AwaitSocket(w.ctx, 1)
	w.must(err)
	s.AskHeartbeat()
	same(t, "asked", l.read()["op"], any(1.0))
	same(t, "session", s.Session(), at[string](ready, "session_id"))
	same(t, "heartbeats", s.Heartbeats(), 1)
	same(t, "intents", s.Intents(), least)
	same(t, "left", w.Identifies(), 999)
	bot := w.call("GET", "gateway/bot", nil).body
	same(t, "remaining", at[float64](bot, "session_start_limit", "remaining"), 999.0)
	resp, err := w.client.Get(w.URL() + "/") //nolint:noctx // the client has a timeout
	w.must(err)
	_ = resp.Body.Close()
	same(t, "no upgrade", resp.StatusCode, http.StatusNotFound)
}

func TestWhatTheBotReads(t *testing.T) {
	w := start(t, discordtwin.Options{MessageContent: true, Heartbeat: time.Hour})
	bare, _ := w.identified(nil)
	full, _ := w.identified(obj{"intents": least | 1<<15})
	own := w.post(discordtwin.General, obj{"content": "an answer"}).id()
	e := w.Command(discordtwin.General, discordtwin.Ana, "ask")
	w.Send(e)
	w.callback(e, obj{"type": 4, "data": obj{"content": "in public"}})
	i, _ := w.Interaction(e.ID)
	for _, test := range []struct {
		name  string
		e     discordtwin.Event
		reads bool
	}{
		{"mention", w.Mention(discordtwin.General, discordtwin.Ana, "x"), true},
		{"older mention", w.Mention(discordtwin.General, discordtwin.Ana, "<@!"+discordtwin.BotUser+"> x"), true},
		{"role", w.RoleMention(discordtwin.General, discordtwin.Ana, "x"), false},
		{"reply", w.Reply(discordtwin.General, discordtwin.Ana, own, "x", true), true},
		{"quiet reply", w.Reply(discordtwin.General, discordtwin.Ana, own, "x", false), false},
		{"reply to an interaction", w.Reply(discordtwin.General, discordtwin.Ana, i.Original, "x", true), false},
		{"message", w.ChannelMessage(discordtwin.General, discordtwin.Ana, "x"), false},
		{"direct", w.DM(discordtwin.Ana, "x"), true},
		{"bot", w.BotMessage(discordtwin.General, "x"), false},
		{"webhook", w.WebhookMessage(discordtwin.General, "x"), false},
		{"strange", w.DM(discordtwin.Ana, "x").Strange(), true},
		{"edit", w.Edit(w.Mention(discordtwin.General, discordtwin.Ana, "x").ID, "y"), false}, // which names nobody any more
	} {
		w.Send(test.e)
		for l, reads := range map[*line]bool{bare: test.reads, full: true} {
			for {
				m := at[obj](l.read(), "d")
				if at[string](m, "id") != test.e.ID || m["content"] == nil {
					continue
				}
				if got := at[string](m, "content") != ""; got != reads {
					t.Errorf("%s: reads %v, want %v", test.name, got, reads)
				}
				break
			}
		}
	}
	quoted := w.ChannelMessage(discordtwin.General, discordtwin.Ana, "a secret")
	w.Send(w.Reply(discordtwin.General, discordtwin.Ben, quoted.ID, "<@"+discordtwin.BotUser+"> look", true))
	m := bare.next("MESSAGE_CREATE")
	same(t, "quoting", at[string](m, "content") != "" && at[string](m, "referenced_message", "content") == "", true)
	w.Send(w.DM(discordtwin.Ana, "x").NoAuthor())
	if bare.next("MESSAGE_CREATE")["author"] != nil {
		t.Error("an author")
	}
	w.Send(w.Unfurl(own))
	same(t, "unfurled", at[string](bare.next("MESSAGE_UPDATE"), "embeds", "0", "type"), "link")
	w.Send(w.Remove(w.Joined(discordtwin.General, discordtwin.Ben).ID))
	bare.next("MESSAGE_DELETE")
	w.Send(w.Unknown("LAMP_LIT"))
	bare.next("LAMP_LIT")
	thread, e := w.Thread(discordtwin.General, "t")
	w.Send(e)
	same(t, "parent", at[string](bare.next("THREAD_CREATE"), "parent_id"), discordtwin.General)
	w.Send(w.ChannelMessage(thread, discordtwin.Ana, "x"))
	same(t, "in a thread", at[string](bare.next("MESSAGE_CREATE"), "channel_id"), thread)
	w.Permit(discordtwin.Help, 0)
	same(t, "unseen", w.Send(w.Mention(discordtwin.Help, discordtwin.Ana, "x")), 0)
	same(t, "missed", len(w.Missed()), 0)
	w.Send(w.ChannelDelete(discordtwin.Help))
	bare.next("CHANNEL_DELETE")
	w.Send(w.GuildDelete(discordtwin.Home, true))
	same(t, "unavailable", at[bool](bare.next("GUILD_DELETE"), "unavailable"), true)
	w.Send(w.GuildDelete(discordtwin.Home, false))
	same(t, "removed", w.Send(w.Mention(discordtwin.General, discordtwin.Ana, "x")), 0)
	w.Send(w.GuildCreate(discordtwin.Home))
	bare.next("GUILD_CREATE")
}

func TestShards(t *testing.T) {
	w := start(t, discordtwin.Options{Shards: 2, NeedShards: 2, Concurrency: 2, IdentifyEvery: time.Hour, Heartbeat: time.Hour})
	other := w.AddChannel(discordtwin.Channel{Guild: w.AddGuild(discordtwin.Guild{})})
	zero, _ := w.identified(obj{"shard": []int{0, 2}})
	one, ready := w.identified(obj{"shard": []int{1, 2}})
	same(t, "guilds", len(at[[]any](ready, "guilds")), 1)
	same(t, "told", w.Send(w.Mention(other, discordtwin.Ana, "x"))+w.Send(w.Mention(discordtwin.General, discordtwin.Ana, "x"))+w.Send(w.DM(discordtwin.Ana, "x")), 3)
	same(t, "one's", at[string](one.next("MESSAGE_CREATE"), "channel_id"), other)
	same(t, "zero's", at[string](zero.next("MESSAGE_CREATE"), "channel_id"), discordtwin.General)
	same(t, "zero's", at[string](zero.next("MESSAGE_CREATE"), "channel_id"), w.DMOf(discordtwin.Ana))
	id, of := w.Sockets()[1].Shard()
	same(t, "shard", id+10*of, 21)
	early := w.dial(w.GatewayURL()) // two within IdentifyEvery
	early.read()
	early.say(2, identity(obj{"shard": []int{1, 2}}))
	same(t, "op", early.read()["op"], any(9.0))
}

func TestRefusesToIdentify(t *testing.T) {
	w := start(t, discordtwin.Options{NeedShards: 2, Heartbeat: time.Hour})
	sharded := obj{"shard": []int{0, 2}}
	with := func(more obj) obj {
		d := identity(sharded)
		maps.Copy(d, more)
		return d
	}
	for name, test := range map[string]struct {
		op, code int
		d        any
	}{
		"token":      {2, 4004, with(obj{"token": "x"})},
		"resume":     {6, 4004, obj{"token": "x"}},
		"shard":      {2, 4010, with(obj{"shard": []int{2, 2}})},
		"one shard":  {2, 4011, identity(nil)},
		"bits":       {2, 4013, with(obj{"intents": 1 << 30})},
		"none":       {2, 4013, with(obj{"intents": nil})},
		"content":    {2, 4014, with(obj{"intents": least | 1<<15})},
		"opcode":     {77, 4001, nil},
		"shape":      {2, 4002, "x"},
		"size":       {2, 4002, with(obj{"more": strings.Repeat("x", 5000)})},
		"too early":  {3, 4003, nil},
		"properties": {2, 4002, obj{"token": discordtwin.Token, "intents": 0, "shard": []int{0, 2}}},
	} {
		l := w.dial(w.GatewayURL())
		l.read()
		l.say(test.op, test.d)
		same(t, name, l.closed(), test.code)
	}
	l, _ := w.identified(sharded)
	l.say(2, identity(sharded))
	same(t, "twice", l.closed(), 4005)
	conn, resp, err := websocket.DefaultDialer.DialContext(w.ctx, w.GatewayURL()+"/?v=8&encoding=json", nil)
	w.must(err)
	_ = resp.Body.Close()
	same(t, "version", (&line{w, conn}).closed(), 4012)
	_ = conn.Close()
}

func TestTokenIsReset(t *testing.T) {
	w := start(t, discordtwin.Options{Identifies: 1, Heartbeat: time.Hour})
	l, _ := w.identified(nil)
	second := w.dial(w.GatewayURL())
	second.read()
	second.say(2, identity(nil))
	codes := []int{l.closed(), second.closed()}
	if !slices.Equal(codes, []int{4004, 4004}) {
		t.Error(codes)
	}
	same(t, "REST", w.call("GET", "users/@me", nil).status, 401)
}
