package slack_test

import (
	"maps"
	"strings"
	"testing"

	"porchlight/adapters/slack/slacktwin"
	"porchlight/bot"
)

// TestPressByAnother expects an answer that is somebody's alone to be shown to
// nobody else, moved nowhere and left where it is, whoever presses: a colleague, a
// person of another workspace in a shared channel, and one who says so.
func TestPressByAnother(t *testing.T) {
	overBoth(t, slacktwin.Options{}, func(t *testing.T, r *rig) {
		user, _ := r.person()
		stranger := r.twin.AddUser(slacktwin.User{Team: "T0OTHER001"})
		shared := r.twin.AddChannel(slacktwin.Channel{Shared: true, Members: []string{slacktwin.BotUser, user, slacktwin.Ben, stranger}})
		p := withButtons(r, shared, user)
		for name, press := range map[string]func(id string) slacktwin.Event{
			"a colleague": func(id string) slacktwin.Event { return r.twin.Press(shared, p.TS, slacktwin.Ben, id) },
			"a stranger":  func(id string) slacktwin.Event { return r.twin.Press(shared, p.TS, stranger, id) },
			"a stranger whose workspace has the app": func(id string) slacktwin.Event {
				e := r.twin.Press(shared, p.TS, stranger, id)
				e.Payload["team"] = map[string]any{"id": "T0OTHER001"}
				return e
			},
			"a stranger with the same name": func(id string) slacktwin.Event {
				e := r.twin.Press(shared, p.TS, user, id)
				e.Payload["user"] = map[string]any{"id": user, "team_id": "T0OTHER001"}
				return e
			},
		} {
			for _, id := range []string{"dm", "share", "remove"} {
				r.say(press(id))
				for len(r.heard) > 0 {
					m := <-r.heard
					if m.Command == bot.Again {
						t.Errorf("%s, %s: the answer is given again", name, id)
					}
					r.deliver(m, replyOf(bot.Answer, "pear"))
				}
			}
			if now, _ := r.twin.Post(shared, p.TS); now.Deleted {
				t.Fatalf("%s took it away", name)
			}
			if got := r.seen(shared); len(got) > 0 {
				t.Errorf("%s: others see %q", name, got)
			}
			if n := len(r.alone(slacktwin.Ben)) + len(r.alone(stranger)); n > 0 {
				t.Errorf("%s is shown %d posts", name, n)
			}
		}
		r.deliver(r.ask(r.twin.Press(shared, p.TS, user, "dm")), replyOf(bot.Answer, "pear")) // and theirs it is
		r.only(r.twin.Posts(r.twin.IM(user)))
		r.deliver(r.ask(r.twin.Press(shared, p.TS, user, "remove")))
		if now, _ := r.twin.Post(shared, p.TS); !now.Deleted {
			t.Error("its asker cannot take it away")
		}
	})
}

// TestStrangerAtOpenPost expects a person of another workspace to get nothing for
// what they press or choose in a channel that is shared, and a person of the
// organisation to be no stranger.
func TestStrangerAtOpenPost(t *testing.T) {
	r := listening(t, slacktwin.Options{}, false)
	user, channel := r.person()
	p := ownPost(r, channel, user)
	stranger := r.twin.AddUser(slacktwin.User{Team: "T0OTHER001"})
	for _, id := range []string{"suggest:0", "suggest:1", "up", "down", "remove"} {
		r.unasked(id, r.twin.Press(channel, p.TS, stranger, id))
	}
	r.unasked("a shortcut", r.twin.Shortcut(channel, p.TS, stranger, "ask_privately"))
	if now, _ := r.twin.Post(channel, p.TS); now.Deleted {
		t.Error("it is gone")
	}
	e := r.twin.Press(channel, p.TS, user, "suggest:1")
	e.Payload = maps.Clone(e.Payload)
	e.Payload["enterprise"] = map[string]any{"id": "E0ORG00001"}
	e.Payload["user"] = map[string]any{"id": user, "team_id": "E0ORG00001"}
	if m := r.ask(e); m.Text != "Can I leave?" {
		t.Errorf("%q", m.Text)
	}
}

// TestCommandText expects what somebody types behind a command to arrive whole,
// escaped or not.
func TestCommandText(t *testing.T) {
	overBoth(t, slacktwin.Options{}, func(t *testing.T, r *rig) {
		for text, want := range map[string]string{
			"paid < $5/hr > 80 hours":                                 "paid < $5/hr > 80 hours",
			"paid &lt; $5/hr &gt; 80 hours":                           "paid < $5/hr > 80 hours",
			"<5 dollars> a day & no rest":                             "<5 dollars> a day & no rest",
			"a <b> c":                                                 "a <b> c",
			"x<y and y>z":                                             "x<y and y>z",
			"they say <help me> <3 >:(":                               "they say <help me> <3 >:(",
			"<not a link|with a bar>":                                 "<not a link|with a bar>",
			"pay <@ noon> or <#1>":                                    "pay <@ noon> or #channel",
			"R&D at AT&T; &copy; &ampere":                             "R&D at AT&T; &copy; &ampere",
			"see <https://example.org/?a=1&amp;b=2> ok":               "see https://example.org/?a=1&b=2 ok",
			"see <http://example.org|example.org> < here":             "see example.org < here",
			"ask <@U0BEN00001|ben> in <#C0GENERAL1|general>, <!here>": "ask ben in general, @here",
		} {
			if m := r.ask(r.twin.Command(slacktwin.General, slacktwin.Ana, "/porchlight", text)); m.Text != want {
				t.Errorf("%q is %q, want %q", text, m.Text, want)
			}
		}
		for _, text := range []string{strings.Repeat("<", 5000), strings.Repeat("<https:", 2000), strings.Repeat("<!a", 2000) + ">"} {
			r.say(r.twin.Command(slacktwin.General, slacktwin.Ana, "/porchlight", text))
			<-r.heard
		}
	})
}
