package slack_test

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	"porchlight/adapters/slack/slacktwin"
	"porchlight/bot"
	"porchlight/bot/bottest"
)

const bot1 = "<@" + slacktwin.BotUser + ">"

// withButtons answers someone's slash command so that its buttons stand in a
// channel, and returns the post.
func withButtons(r *rig, channel, user string) slacktwin.Post {
	r.test.Helper()
	m := r.ask(r.twin.Command(channel, user, "/porchlight", theirs))
	before := len(r.twin.Ephemerals(user))
	r.deliver(m, replyOf(bot.Answer, "apple"))
	posts := r.twin.Ephemerals(user)
	if len(posts) != before+1 {
		r.test.Fatalf("%d new posts for the asker", len(posts)-before)
	}
	return posts[before]
}

// inDirect answers someone's direct message, and returns the post.
func inDirect(r *rig, user string) slacktwin.Post {
	r.test.Helper()
	r.deliver(r.ask(r.twin.DM(user, theirs)), replyOf(bot.Answer, "apple"))
	posts := r.twin.Posts(r.twin.IM(user))
	return posts[len(posts)-1]
}

// ways are all ways in.
var ways = []struct {
	name    string
	event   func(r *rig, user, channel string) slacktwin.Event
	text    string
	command bot.Command
	public  bool // others read along
	share   bool
}{
	{name: "direct message", text: theirs, event: func(r *rig, user, _ string) slacktwin.Event {
		return r.twin.DM(user, theirs)
	}},
	{name: "direct message in a thread", text: theirs, event: func(r *rig, user, _ string) slacktwin.Event {
		return r.twin.DMInThread(user, theirs, r.twin.DM(user, "before").TS)
	}},
	{name: "mention", text: theirs, public: true, event: func(r *rig, user, channel string) slacktwin.Event {
		return r.twin.Mention(channel, user, bot1+" "+theirs, "")
	}},
	{name: "mention behind the question", text: theirs, public: true, event: func(r *rig, user, channel string) slacktwin.Event {
		return r.twin.Mention(channel, user, theirs+" "+bot1, "")
	}},
	{name: "mention in a thread", text: theirs, public: true, event: func(r *rig, user, channel string) slacktwin.Event {
		return r.twin.Mention(channel, user, bot1+" "+theirs, r.twin.ChannelMessage(channel, user, "lunch?", "").TS)
	}},
	{name: "bare mention", command: bot.ShowAbout, public: true, event: func(r *rig, user, channel string) slacktwin.Event {
		return r.twin.Mention(channel, user, bot1, "")
	}},
	{name: "mention with a picture", text: theirs, public: true, event: func(r *rig, user, channel string) slacktwin.Event {
		return r.twin.Mention(channel, user, bot1+" "+theirs, "").With(map[string]any{"subtype": "file_share", "files": []any{}})
	}},
	{name: "follow-up in a thread of ours", text: theirs, public: true, event: func(r *rig, user, channel string) slacktwin.Event {
		root := ownPost(r, channel, user)
		return r.twin.ChannelMessage(channel, user, theirs, root.TS)
	}},
	{name: "command", text: theirs, event: func(r *rig, user, channel string) slacktwin.Event {
		return r.twin.Command(channel, user, "/porchlight", theirs)
	}},
	{name: "command where the app is not", text: theirs, event: func(r *rig, user, _ string) slacktwin.Event {
		return r.twin.Command(r.twin.AddChannel(slacktwin.Channel{Kind: slacktwin.Private, Members: []string{user}}), user, "/porchlight", theirs)
	}},
	{name: "bare command", command: bot.ShowAbout, event: func(r *rig, user, channel string) slacktwin.Event {
		return r.twin.Command(channel, user, "/porchlight", "  ")
	}},
	{name: "shortcut", text: theirs, event: func(r *rig, user, channel string) slacktwin.Event {
		return r.twin.Shortcut(channel, r.twin.ChannelMessage(channel, slacktwin.Ben, theirs, "").TS, user, "ask_privately")
	}},
	{name: "suggested topic", text: "wages-owed", command: bot.ShowTopic, event: func(r *rig, user, channel string) slacktwin.Event {
		return r.twin.Press(channel, withButtons(r, channel, user).TS, user, "suggest:0")
	}},
	{name: "suggested question", text: "Can I leave?", event: func(r *rig, user, channel string) slacktwin.Event {
		return r.twin.Press(channel, withButtons(r, channel, user).TS, user, "suggest:1")
	}},
	{name: "to my messages", text: replyOf(bot.Answer).Recall, command: bot.Again, event: func(r *rig, user, channel string) slacktwin.Event {
		return r.twin.Press(channel, withButtons(r, channel, user).TS, user, "dm")
	}},
	{name: "share", text: replyOf(bot.Answer).Recall, command: bot.Again, share: true, event: func(r *rig, user, channel string) slacktwin.Event {
		return r.twin.Press(channel, withButtons(r, channel, user).TS, user, "share")
	}},
	{name: "remove", command: bot.Errand, event: func(r *rig, user, channel string) slacktwin.Event {
		return r.twin.Press(channel, withButtons(r, channel, user).TS, user, "remove")
	}},
	{name: "remove in a direct message", command: bot.Errand, event: func(r *rig, user, _ string) slacktwin.Event {
		p := inDirect(r, user)
		return r.twin.Press(p.Channel, p.TS, user, "remove")
	}},
	{name: "helpful", command: bot.Errand, event: func(r *rig, user, channel string) slacktwin.Event {
		return r.twin.Press(channel, withButtons(r, channel, user).TS, user, "up")
	}},
	{name: "not helpful", command: bot.Errand, event: func(r *rig, user, _ string) slacktwin.Event {
		p := inDirect(r, user)
		return r.twin.Press(p.Channel, p.TS, user, "down")
	}},
	{name: "why not helpful", command: bot.Errand, event: func(r *rig, user, channel string) slacktwin.Event {
		m := r.ask(r.twin.Press(channel, withButtons(r, channel, user).TS, user, "down"))
		r.deliver(m)
		posts := r.twin.Ephemerals(user)
		return r.twin.Press(channel, posts[len(posts)-1].TS, user, "why:unclear")
	}},
	{name: "home", command: bot.ShowAbout, event: func(r *rig, user, _ string) slacktwin.Event {
		return r.twin.HomeOpened(user, "home")
	}},
	{name: "topic on the home", text: "wages-owed", command: bot.ShowTopic, event: func(r *rig, user, _ string) slacktwin.Event {
		r.deliver(r.ask(r.twin.HomeOpened(user, "home")), replyOf(bot.About, "apple"))
		return r.twin.PressHome(user, "suggest:0")
	}},
	{name: "forget me", command: bot.Forget, event: func(r *rig, user, _ string) slacktwin.Event {
		r.deliver(r.ask(r.twin.HomeOpened(user, "home")), replyOf(bot.About, "apple"))
		return r.twin.PressHome(user, "forget")
	}},
	{name: "messages opened", command: bot.Errand, event: func(r *rig, user, _ string) slacktwin.Event {
		return r.twin.HomeOpened(user, "messages")
	}},
	{name: "taken away", command: bot.Errand, event: func(r *rig, _, _ string) slacktwin.Event {
		return r.twin.AccessRevoked("E0ORG00001", slacktwin.Team, "T0OTHER001")
	}},
	{name: "uninstalled", command: bot.Errand, event: func(r *rig, _, _ string) slacktwin.Event {
		return r.twin.Uninstalled(slacktwin.Team)
	}},
	{name: "revoked", command: bot.Errand, event: func(r *rig, _, _ string) slacktwin.Event {
		return r.twin.TokensRevoked(slacktwin.Team)
	}},
}

// ownPost is a post of the app itself in a channel: an answer that was shared.
func ownPost(r *rig, channel, user string) slacktwin.Post {
	r.test.Helper()
	m := r.ask(r.twin.Press(channel, withButtons(r, channel, user).TS, user, "share"))
	reply := replyOf(bot.Answer, "apple")
	reply.Privacy = bot.Everyone
	r.deliver(m, reply)
	return r.only(r.twin.Posts(channel))
}

// TestWaysIn expects each way in to be the message that was meant, and none of
// Slack's ids to get further than the place of its address.
func TestWaysIn(t *testing.T) {
	for name, http := range map[string]bool{"socket": false, "http": true} {
		t.Run(name, func(t *testing.T) {
			r := listening(t, slacktwin.Options{}, http)
			for _, w := range ways { // the last ones are the end of the app
				t.Run(w.name, func(t *testing.T) {
					user, channel := r.person()
					e := w.event(r, user, channel)
					ids := append(idsIn(e.Payload), slacktwin.Team, slacktwin.BotUser)
					m := r.ask(e)
					if m.Text != w.text || m.Command != w.command || m.Private == w.public || m.Share != w.share || m.Explain {
						t.Errorf("%q, command %q, private %v, share %v", m.Text, m.Command, m.Private, m.Share)
					}
					if m.ID == "" || m.Conversation == "" || m.From.Adapter != "slack" || m.At.IsZero() {
						t.Errorf("incomplete: %s", m.String())
					}
					if e.User != "" && m.Person == "" {
						t.Error("nobody said it")
					}
					for _, id := range ids {
						for field, value := range map[string]string{
							"ID": string(m.ID), "Conversation": string(m.Conversation), "Person": string(m.Person), "log": fmt.Sprint(m, m.LogValue()),
						} {
							if strings.Contains(strings.ToLower(value), strings.ToLower(id)) {
								t.Errorf("%s has %s in it: %s", field, id, value)
							}
						}
					}
				})
			}
		})
	}
}

// ignored are events that ask nothing.
var ignored = map[string]func(r *rig, user, channel string) slacktwin.Event{
	"an edit": func(r *rig, user, _ string) slacktwin.Event {
		e := r.twin.DM(user, "before")
		return r.twin.Edit(e.Channel, e.TS, theirs)
	},
	"an edit that adds a mention": func(r *rig, user, channel string) slacktwin.Event {
		return r.twin.Mention(channel, user, bot1+" "+theirs, "").With(map[string]any{"edited": map[string]any{"user": user, "ts": "1700000000.000000"}})
	},
	"a deletion": func(r *rig, user, _ string) slacktwin.Event {
		e := r.twin.DM(user, theirs)
		return r.twin.Remove(e.Channel, e.TS)
	},
	"an unfurl": func(r *rig, user, _ string) slacktwin.Event {
		e := r.twin.DM(user, "https://example.org")
		changed := r.twin.Edit(e.Channel, e.TS, "https://example.org")
		return changed.With(map[string]any{"message": map[string]any{
			"type": "message", "user": user, "text": "https://example.org", "attachments": []any{map[string]any{"title": theirs}},
		}})
	},
	"somebody joins": func(r *rig, user, _ string) slacktwin.Event {
		return r.twin.Join(slacktwin.General, user)
	},
	"another app": func(r *rig, user, channel string) slacktwin.Event {
		return r.twin.BotMessage(channel, bot1+" "+theirs)
	},
	"another app, in a direct message": func(r *rig, user, _ string) slacktwin.Event {
		return r.twin.DM(user, theirs).With(map[string]any{"bot_id": "B0OTHER001"})
	},
	"another app's mention": func(r *rig, user, channel string) slacktwin.Event {
		return r.twin.Mention(channel, user, bot1+" "+theirs, "").With(map[string]any{"bot_id": "B0OTHER001"})
	},
	"its own post": func(r *rig, user, _ string) slacktwin.Event { return r.twin.OwnMessage(inDirect(r, user)) },
	"its own post, without a bot id": func(r *rig, user, _ string) slacktwin.Event {
		return r.twin.OwnMessage(inDirect(r, user)).With(map[string]any{"bot_id": nil, "bot_profile": nil})
	},
	"nobody": func(r *rig, user, _ string) slacktwin.Event {
		return r.twin.DM(user, theirs).With(map[string]any{"user": nil})
	},
	"a person of another workspace": func(r *rig, _, _ string) slacktwin.Event { return r.twin.Stranger(bot1 + " " + theirs) },
	"a person of another workspace, by the user's alone": func(r *rig, user, channel string) slacktwin.Event {
		return r.twin.Mention(channel, user, bot1+" "+theirs, "").With(map[string]any{"user_team": "T0OTHER001"})
	},
	"a person of another workspace, by the source's alone": func(r *rig, user, channel string) slacktwin.Event {
		return r.twin.Mention(channel, user, bot1+" "+theirs, "").With(map[string]any{"source_team": "T0OTHER001"})
	},
	"one of ours in a shared channel": func(r *rig, user, _ string) slacktwin.Event {
		shared := r.twin.AddChannel(slacktwin.Channel{Shared: true, Members: []string{slacktwin.BotUser, user}})
		return r.twin.Mention(shared, user, bot1+" "+theirs, "")
	},
	"an empty text":   func(r *rig, user, _ string) slacktwin.Event { return r.twin.DM(user, " ") },
	"a picture alone": func(r *rig, user, _ string) slacktwin.Event { return r.twin.FileShare(r.twin.IM(user), user, "") },
	"a channel that is listened to": func(r *rig, user, channel string) slacktwin.Event {
		return r.twin.ChannelMessage(channel, user, theirs, "")
	},
	"a thread of others": func(r *rig, user, channel string) slacktwin.Event {
		return r.twin.ChannelMessage(channel, user, theirs, r.twin.ChannelMessage(channel, slacktwin.Ben, "lunch?", "").TS)
	},
	"a thread of ours, to somebody else": func(r *rig, user, channel string) slacktwin.Event {
		return r.twin.ChannelMessage(channel, user, "<@"+slacktwin.Ben+"> "+theirs, ownPost(r, channel, user).TS)
	},
	"a thread of a group": func(r *rig, user, _ string) slacktwin.Event {
		group := r.twin.AddChannel(slacktwin.Channel{Kind: slacktwin.Group, Members: []string{slacktwin.BotUser, user, slacktwin.Ben}})
		return r.twin.ChannelMessage(group, user, theirs, "")
	},
	"a type that nobody knows": func(r *rig, _, _ string) slacktwin.Event { return r.twin.Unknown("lamp_lit") },
	"the session is stopped": func(r *rig, user, _ string) slacktwin.Event {
		e := r.twin.DM(user, theirs)
		return r.twin.SessionStopped(e.Channel, e.TS, user)
	},
	"too many events": func(r *rig, _, _ string) slacktwin.Event { return r.twin.TooManyEvents() },
	"another shortcut": func(r *rig, user, channel string) slacktwin.Event {
		return r.twin.Shortcut(channel, r.twin.ChannelMessage(channel, user, theirs, "").TS, user, "other")
	},
	"a button of somebody else's": func(r *rig, user, channel string) slacktwin.Event {
		return pressed(r, user, channel, "approve", theirs)
	},
	"a suggestion of nothing": func(r *rig, user, channel string) slacktwin.Event {
		return pressed(r, user, channel, "suggest:0", "q:")
	},
	"a suggestion of no kind": func(r *rig, user, channel string) slacktwin.Event {
		return pressed(r, user, channel, "suggest:0", theirs)
	},
	"a view is closed": func(r *rig, user, channel string) slacktwin.Event {
		e := pressed(r, user, channel, "up", "-")
		e.Payload["type"] = "view_closed"
		return e
	},
	"a press of nothing": func(r *rig, user, channel string) slacktwin.Event {
		e := pressed(r, user, channel, "up", "-")
		e.Payload["actions"] = []any{}
		return e
	},
	"a command of nobody": func(r *rig, user, channel string) slacktwin.Event {
		e := r.twin.Command(channel, user, "/porchlight", theirs)
		e.Payload["user_id"] = ""
		return e
	},
}

// pressed is a press with another id and value than the button's.
func pressed(r *rig, user, channel, id, value string) slacktwin.Event {
	r.test.Helper()
	e := r.twin.Press(channel, withButtons(r, channel, user).TS, user, "up")
	e.Payload = maps.Clone(e.Payload)
	e.Payload["actions"] = []any{map[string]any{"type": "button", "action_id": id, "value": value, "action_ts": "1700000000.000001"}}
	return e
}

// TestIgnored expects what asks nothing to be acknowledged, and nothing else.
func TestIgnored(t *testing.T) {
	for name, http := range map[string]bool{"socket": false, "http": true} {
		t.Run(name, func(t *testing.T) {
			r := listening(t, slacktwin.Options{}, http)
			for what, event := range ignored {
				t.Run(what, func(t *testing.T) {
					user, channel := r.person()
					e := event(r, user, channel)
					before := len(r.twin.Calls())
					r.say(e)
					if len(r.heard) > 0 {
						t.Errorf("taken for a question: %q", (<-r.heard).Command)
					}
					for _, c := range r.twin.Calls()[before:] {
						if c.Method != "users.info" && c.Method != "apps.connections.open" { // of what was asked before
							t.Errorf("%s was called", c.Method)
						}
					}
				})
			}
		})
	}
}

// subtypes are the subtypes of messages, but for those that are questions.
var subtypes = []string{
	"assistant_app_thread", "bot_add", "bot_message", "bot_remove", "bot_disable", "bot_enable", "channel_archive", "channel_convert_to_private",
	"channel_join", "channel_leave", "channel_name", "channel_posting_permissions", "channel_purpose", "channel_topic", "channel_unarchive",
	"document_mention", "ekm_access_denied", "file_comment", "file_mention", "group_archive", "group_join", "group_leave", "group_name",
	"group_purpose", "group_topic", "group_unarchive", "huddle_thread", "joiner_notification", "me_message", "message_changed", "message_deleted",
	"message_replied", "pinned_item", "reminder_add", "reply_broadcast", "sh_room_created", "tombstone", "unpinned_item",
}

// TestSubtypes expects a message of any subtype to be no question, but for a file
// with words beside it and a reply that is sent to the channel as well.
func TestSubtypes(t *testing.T) {
	overBoth(t, slacktwin.Options{}, func(t *testing.T, r *rig) {
		user, channel := r.person()
		for _, s := range subtypes {
			for _, e := range []slacktwin.Event{r.twin.DM(user, theirs), r.twin.Mention(channel, user, bot1+" "+theirs, "")} {
				r.say(e.With(map[string]any{"subtype": s}))
				if len(r.heard) > 0 {
					t.Errorf("%s is taken for a question", s)
					<-r.heard
				}
			}
		}
		for _, s := range []string{"file_share", "thread_broadcast"} {
			if m := r.ask(r.twin.DM(user, theirs).With(map[string]any{"subtype": s})); m.Text != theirs {
				t.Errorf("%s is %q", s, m.Text)
			}
		}
		if m := r.ask(r.twin.FileShare(r.twin.IM(user), user, theirs)); m.Text != theirs {
			t.Errorf("beside a picture it says %q", m.Text)
		}
	})
}

// TestOneQuestion expects one question to be one message, whatever ids Slack gives
// the events about it.
func TestOneQuestion(t *testing.T) {
	overBoth(t, slacktwin.Options{}, func(t *testing.T, r *rig) {
		user, channel := r.person()
		same := func(what string, a, b slacktwin.Event) {
			t.Helper()
			if x, y := r.ask(a), r.ask(b); x.ID != y.ID || x.Conversation != y.Conversation {
				t.Errorf("%s is two messages", what)
			}
		}
		root := ownPost(r, channel, user)
		mention, message := r.twin.Both(channel, user, bot1+" "+theirs, root.TS)
		x := r.ask(mention)
		r.say(message)
		if len(r.heard) > 0 { // what is named is a mention alone
			if y := <-r.heard; x.ID != y.ID {
				t.Error("a mention and its message are two")
			}
		}
		e := r.twin.DM(user, theirs)
		other := e
		other.ID, other.Payload = "Ev999999999", maps.Clone(e.Payload)
		other.Payload["event_id"] = other.ID
		same("a direct message under two event ids", e, other)
		c := r.twin.Command(channel, user, "/porchlight", theirs)
		same("a command that is said twice", c, c)
		p := withButtons(r, channel, user)
		press := r.twin.Press(channel, p.TS, user, "dm")
		same("a press that is said twice", press, press)
		if r.ask(r.twin.Press(channel, p.TS, user, "dm")).ID == r.ask(press).ID {
			t.Error("two presses are one message")
		}
		if r.ask(r.twin.DM(user, theirs)).ID == r.ask(e).ID {
			t.Error("two messages of the same words are one")
		}
	})
}

// TestConversations expects what one person says in one place to be one
// conversation, and no two people to share one.
func TestConversations(t *testing.T) {
	overBoth(t, slacktwin.Options{}, func(t *testing.T, r *rig) {
		user, channel := r.person()
		first := r.twin.Mention(channel, user, bot1+" "+theirs, "")
		a, b, c := r.ask(first), r.ask(r.twin.Mention(channel, user, bot1+" "+theirs, first.TS)), r.ask(r.twin.Mention(channel, slacktwin.Ben, bot1+" "+theirs, first.TS))
		if a.Conversation != b.Conversation {
			t.Error("a thread is two conversations")
		}
		if a.Conversation == c.Conversation || a.Person == c.Person {
			t.Error("two people in a thread are one")
		}
		d := r.ask(r.twin.DM(user, theirs))
		if d.Person != a.Person {
			t.Error("one person is two")
		}
		if e := r.ask(r.twin.DMInThread(user, theirs, r.twin.DM(user, "x").TS)); d.Conversation != e.Conversation {
			t.Error("direct messages are two conversations")
		}
		if d.Conversation == a.Conversation {
			t.Error("a channel and direct messages are one conversation")
		}
		to := r.ask(r.twin.Press(channel, withButtons(r, channel, user).TS, user, "dm"))
		if to.Conversation != d.Conversation {
			t.Error("what goes to the direct messages is not of their conversation")
		}
	})
}

// TestUnescape expects text as its writer saw it.
func TestUnescape(t *testing.T) {
	overBoth(t, slacktwin.Options{}, func(t *testing.T, r *rig) {
		for text, want := range map[string]string{
			"a &lt;b&gt; &amp; c":                       "a <b> & c",
			"&amp;lt; stays":                            "&lt; stays",
			"ask <@U0BEN00001> please":                  "ask @someone please",
			"ask <@U0BEN00001|ben> please":              "ask ben please",
			"in <#C0GENERAL1|general> too":              "in general too",
			"in <#C0GENERAL1> too":                      "in #channel too",
			"in <#C0GENERAL1|> too":                     "in #channel too",
			"<!here> help":                              "@here help",
			"<!channel|@channel> help":                  "@channel help",
			"<!subteam^S0000001> help":                  "@subteam help",
			"<!subteam^S0000001|@team> help":            "@team help",
			"<!date^1392734382^{date}|Feb 18> was it":   "Feb 18 was it",
			"see <https://example.org/a?b=1&amp;c=2>":   "see https://example.org/a?b=1&c=2",
			"see <https://example.org|example.org> ok":  "see example.org ok",
			"write <mailto:a@example.org>":              "write a@example.org",
			"call <tel:+18883737888|1-888-373-7888>":    "call 1-888-373-7888",
			"call <tel:+18883737888>":                   "call +18883737888",
			bot1 + " hello " + bot1:                     "hello",
			"<@" + slacktwin.BotUser + "|porchlight> x": "x",
			"¿dónde? 救命 🚨 *bold*":                       "¿dónde? 救命 🚨 *bold*",
			"line\nline":                                "line\nline",
		} {
			if m := r.ask(r.twin.DM(slacktwin.Ana, text)); m.Text != want {
				t.Errorf("%q is %q, want %q", text, m.Text, want)
			}
		}
	})
}

// TestOddBlocks expects a question to be heard whatever stands beside it.
func TestOddBlocks(t *testing.T) {
	overBoth(t, slacktwin.Options{}, func(t *testing.T, r *rig) {
		for name, fields := range map[string]map[string]any{
			"an unknown block":     {"blocks": []any{map[string]any{"type": "hologram", "depth": 3}}},
			"a malformed block":    {"blocks": []any{map[string]any{"type": "section", "text": "oh", "fields": 7}}},
			"no blocks":            {"blocks": nil},
			"blocks of no kind":    {"blocks": "oh"},
			"odd attachments":      {"attachments": map[string]any{"oh": 1}},
			"odd files":            {"files": 3, "subtype": "file_share"},
			"odd metadata":         {"metadata": []any{1}},
			"fields of the future": {"lamp": map[string]any{"lit": true}, "reactions": "none"},
		} {
			if m := r.ask(r.twin.DM(slacktwin.Ana, theirs).With(fields)); m.Text != theirs {
				t.Errorf("%s: %q", name, m.Text)
			}
		}
	})
}

// TestLanguage expects the language of a person from their second message on,
// where the workspace allows to ask for it.
func TestLanguage(t *testing.T) {
	for name, allowed := range map[string]bool{"allowed": true, "not allowed": false} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, slacktwin.Options{}, false)
			if !allowed {
				r.twin.Grant(slacktwin.BotToken, "chat:write", "im:history")
			}
			r.listen()
			r.ask(r.twin.DM(slacktwin.Ben, theirs))
			r.await("Slack is asked", func() bool { return r.twin.Count("users.info") > 0 })
			want := map[bool]string{true: "de-DE"}[allowed]
			if !bottest.Eventually(func() bool { return r.ask(r.twin.DM(slacktwin.Ben, theirs)).Lang == want }) {
				t.Error("the language is not known")
			}
			if n := r.twin.Count("users.info"); n != 1 {
				t.Errorf("Slack was asked %d times", n)
			}
		})
	}
}
