package slack_test

import (
	"slices"
	"strings"
	"testing"

	"porchlight/adapters/slack/slacktwin"
	"porchlight/bot"
)

// unopened are the scopes of an app that may not open direct messages.
func unopened() []string {
	return slices.DeleteFunc(slices.Clone(scopes), func(s string) bool { return s == "im:write" })
}

// TestDirectWithoutScope expects an answer to reach the direct messages where the
// app may not open them, once in the life of a process, and edits to find it.
func TestDirectWithoutScope(t *testing.T) {
	overBoth(t, slacktwin.Options{Scopes: unopened()}, func(t *testing.T, r *rig) {
		user, channel := r.person()
		p := withButtons(r, channel, user)
		m := r.ask(r.twin.Press(channel, p.TS, user, "dm"))
		last := replyOf(bot.Danger, "pear")
		err := r.a.Deliver(t.Context(), m, inOrder(func(i int) {
			if i == 1 {
				r.await("the opening", func() bool { return len(r.twin.Posts(r.twin.IM(user))) == 1 })
			}
		}, opening(last), last))
		if err != nil {
			t.Fatal(err)
		}
		r.deliver(again(m), last)
		d := r.only(r.twin.Posts(r.twin.IM(user)))
		if !strings.Contains(shown(d.Blocks), "pear") {
			t.Errorf("the answer is %q", shown(d.Blocks))
		}
		r.only(r.twin.Ephemerals(user))
		for _, c := range r.twin.CallsTo("chat.postMessage") {
			if c.Text("text") != phrases().Screen("en", "notice") {
				t.Errorf("the notification says %q", c.Text("text"))
			}
		}
		m = r.ask(r.twin.Mention(channel, user, theirs, "")) // a whisper for which no other way is open
		r.twin.Fault("chat.postEphemeral", 1, slacktwin.Refused("user_not_in_channel", nil))
		r.deliver(m, replyOf(bot.Answer, "plum"))
		all := r.twin.Posts(r.twin.IM(user))
		if s := shown(all[len(all)-1].Blocks); !strings.Contains(s, "plum") {
			t.Errorf("the answer is %q", s)
		}
		if got := r.seen(channel); len(got) > 0 {
			t.Errorf("others see %q", got)
		}
	})
}

// TestDirectClosed expects somebody whose direct messages no way leads to to be
// told so where they pressed, and to have their answer yet.
func TestDirectClosed(t *testing.T) {
	for lang, say := range map[string]string{"en": "I cannot send you direct messages here", "es": "no puedo enviarle mensajes directos"} {
		for name, spoil := range map[string]func(r *rig){
			"no scope, and refused": func(r *rig) {
				r.twin.Grant(slacktwin.BotToken, unopened()...)
				r.twin.Fault("chat.postMessage", 1, slacktwin.Refused("messages_tab_disabled", nil))
			},
			"no scope at all": func(r *rig) { r.twin.Grant(slacktwin.BotToken, "commands") },
			"not to be opened": func(r *rig) {
				r.twin.Fault("conversations.open", 1, slacktwin.Refused("user_not_visible", nil))
			},
		} {
			t.Run(lang+" "+name, func(t *testing.T) {
				r := listening(t, slacktwin.Options{}, false)
				user, channel := r.person()
				p := withButtons(r, channel, user)
				m := r.ask(r.twin.Press(channel, p.TS, user, "dm"))
				m.Lang = lang
				spoil(r)
				r.deliver(m, replyOf(bot.Answer, "pear"))
				all := r.twin.Ephemerals(user)
				if len(all) != 2 || !strings.Contains(shown(all[0].Blocks), "apple") || !strings.Contains(all[1].Text, say) {
					t.Fatalf("%d posts for the asker: %+v", len(all), all)
				}
				if n := len(r.twin.Posts(r.twin.IM(user))); n > 0 {
					t.Errorf("%d direct messages", n)
				}
				if got := r.seen(channel); len(got) > 0 {
					t.Errorf("others see %q", got)
				}
			})
		}
	}
}

// TestTitle expects a thread of the direct messages to have a title that is the
// same whatever was asked, set once, and an answer that does not hang on it.
func TestTitle(t *testing.T) {
	overBoth(t, slacktwin.Options{}, func(t *testing.T, r *rig) {
		for _, lang := range []string{"en", "es"} {
			user, _ := r.person()
			e := r.twin.DM(user, theirs)
			m := r.ask(e)
			m.Lang = lang
			before := r.twin.Count("assistant.threads.setTitle")
			r.deliver(m, replyOf(bot.Danger, "apple"))
			r.deliver(r.ask(r.twin.DMInThread(user, "and?", e.TS)), replyOf(bot.Answer, "pear"))
			s, _ := r.twin.Session(e.Channel, e.TS)
			if s.Title == "" || s.Title != phrases().Screen(lang, "thread_title") {
				t.Errorf("the title is %q", s.Title)
			}
			for _, word := range []string{theirs, "apple", "traffick", "trata", "labor", "porchlight"} {
				if strings.Contains(strings.ToLower(s.Title), word) {
					t.Errorf("the title %q tells of %q", s.Title, word)
				}
			}
			if n := r.twin.Count("assistant.threads.setTitle") - before; n != 1 {
				t.Errorf("set %d times", n)
			}
		}
		user, channel := r.person()
		n := r.twin.Count("assistant.threads.setTitle")
		r.deliver(r.ask(r.twin.Mention(channel, user, theirs, "")), replyOf(bot.Answer, "apple"))
		r.deliver(r.ask(r.twin.Command(channel, user, "/porchlight", theirs)), replyOf(bot.Answer, "apple"))
		if r.twin.Count("assistant.threads.setTitle") != n {
			t.Error("a channel has no titles")
		}
		for _, f := range []slacktwin.Fault{
			slacktwin.Refused("missing_scope", nil), slacktwin.Refused("invalid_auth", nil), slacktwin.Broken(500), slacktwin.ResetBefore(),
			slacktwin.RateLimitedBare(), slacktwin.OddErrors("oh", map[string]any{"a": 1}),
		} {
			r.twin.Fault("assistant.threads.setTitle", 1, f)
			inDirect(r, user)
		}
	})
}
