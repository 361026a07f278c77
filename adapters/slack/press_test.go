package slack_test

import (
	"encoding/json"
	"errors"
	"regexp"
	"slices"
	"strings"
	"testing"

	"porchlight/adapters/slack/slacktwin"
	"porchlight/bot"
)

// TestSuggestions expects a suggestion to ask what it says, and the answer to be
// where the button was.
func TestSuggestions(t *testing.T) {
	overBoth(t, slacktwin.Options{}, func(t *testing.T, r *rig) {
		user, channel := r.person()
		p := withButtons(r, channel, user)
		m := r.ask(r.twin.Press(channel, p.TS, user, "suggest:0"))
		if m.Command != bot.ShowTopic || m.Text != "wages-owed" {
			t.Errorf("%s %q", m.Command, m.Text)
		}
		r.deliver(m, replyOf(bot.Answer, "pear"))
		if all := r.twin.Ephemerals(user); len(all) != 2 || !strings.Contains(shown(all[1].Blocks), "pear") || !strings.Contains(shown(all[0].Blocks), "apple") {
			t.Errorf("%d posts for the asker", len(all))
		}
		d := inDirect(r, user)
		m = r.ask(r.twin.Press(d.Channel, d.TS, user, "suggest:1"))
		r.deliver(m, replyOf(bot.Answer, "plum"))
		all := r.twin.Posts(d.Channel)
		if last := all[len(all)-1]; last.ThreadTS != d.ThreadTS || !strings.Contains(shown(last.Blocks), "plum") {
			t.Errorf("the answer is in %q, the button was in %q", last.ThreadTS, d.ThreadTS)
		}
		if got := r.seen(channel); len(got) > 0 {
			t.Errorf("others see %q", got)
		}
	})
}

// TestLongSuggestion expects a question that is too long for a button to come back
// as a question all the same.
func TestLongSuggestion(t *testing.T) {
	r := listening(t, slacktwin.Options{}, false)
	user, channel := r.person()
	reply := replyOf(bot.Answer, "apple")
	reply.Suggestions = []bot.Suggestion{{Label: "Long", Text: strings.Repeat("is it so? ", 400)}, {Label: "", Text: "<!channel> & more?"}}
	r.deliver(r.ask(r.twin.Command(channel, user, "/porchlight", theirs)), reply)
	p := r.only(r.twin.Ephemerals(user))
	if m := r.ask(r.twin.Press(channel, p.TS, user, "suggest:0")); !strings.HasPrefix(m.Text, "is it so?") || len(m.Text) < 1500 {
		t.Errorf("%d bytes came back", len(m.Text))
	}
	if m := r.ask(r.twin.Press(channel, p.TS, user, "suggest:1")); m.Text != "<!channel> & more?" {
		t.Errorf("%q came back", m.Text)
	}
}

// TestToMyMessages expects the answer once more in the direct messages, and the one
// in the channel to stay as it is.
func TestToMyMessages(t *testing.T) {
	overBoth(t, slacktwin.Options{}, func(t *testing.T, r *rig) {
		user, channel := r.person()
		p := withButtons(r, channel, user)
		m := r.ask(r.twin.Press(channel, p.TS, user, "dm"))
		if rc, ok := bot.ParseRecall(m.Text); m.Command != bot.Again || !ok || !slices.Equal(rc.Topics, []string{"your-passport"}) {
			t.Errorf("%s %q", m.Command, m.Text)
		}
		r.deliver(m, replyOf(bot.Answer, "pear"))
		d := r.only(r.twin.Posts(r.twin.IM(user)))
		if !strings.Contains(shown(d.Blocks), "pear") || button(d.Blocks, "dm") != nil {
			t.Errorf("the answer is %q", shown(d.Blocks))
		}
		r.only(r.twin.Ephemerals(user))
		if got := r.seen(channel); len(got) > 0 {
			t.Errorf("others see %q", got)
		}
	})
}

// TestShare expects information that its asker shares to be one post for all, and
// anything else to stay with the asker.
func TestShare(t *testing.T) {
	overBoth(t, slacktwin.Options{}, func(t *testing.T, r *rig) {
		for kind, want := range map[bot.Kind]int{bot.Answer: 1, bot.NoAnswer: 0, bot.Danger: 0, bot.Disclosure: 0, bot.Tip: 0} {
			for _, thread := range []bool{false, true} {
				user, channel := r.person()
				root := ""
				if thread {
					root = r.twin.ChannelMessage(channel, slacktwin.Ben, "lunch?", "").TS
				}
				m := r.ask(r.twin.Mention(channel, user, theirs, root))
				r.deliver(m, replyOf(bot.Answer, "apple"))
				p := r.only(r.twin.Ephemerals(user))
				if thread != (p.ThreadTS == root && root != "") {
					t.Errorf("the answer is in %q, the question in %q", p.ThreadTS, root)
				}
				m = r.ask(r.twin.Press(channel, p.TS, user, "share"))
				if m.Command != bot.Again || !m.Share || m.Private && m.Text == "" {
					t.Errorf("%s, share %v", m.Command, m.Share)
				}
				reply := replyOf(kind, "pear")
				reply.Privacy = bot.Everyone
				r.deliver(m, reply)
				posts := r.twin.Posts(channel)
				if len(posts) != want {
					t.Errorf("%s: others see %d posts", kind, len(posts))
				}
				for _, p := range posts {
					if p.ThreadTS != root || !strings.Contains(shown(p.Blocks), "pear") || button(p.Blocks, "share") != nil {
						t.Errorf("shared in %q, want %q: %q", p.ThreadTS, root, shown(p.Blocks))
					}
				}
			}
		}
	})
}

// TestRemove expects a post of ours to be gone once its asker has removed it,
// wherever it stands, and a second press to do no harm.
func TestRemove(t *testing.T) {
	overBoth(t, slacktwin.Options{}, func(t *testing.T, r *rig) {
		user, channel := r.person()
		whisper := withButtons(r, channel, user)
		direct := inDirect(r, user)
		open := ownPost(r, channel, user)
		for name, p := range map[string]slacktwin.Post{"ephemeral": whisper, "direct": direct, "open": open} {
			press := r.twin.Press(p.Channel, p.TS, user, "remove")
			m := r.ask(press)
			if m.Command != bot.Errand {
				t.Fatalf("%s: %s", name, m.Command)
			}
			for range 2 { // the inbox may hand it out twice
				r.deliver(m)
				if now, _ := r.twin.Post(p.Channel, p.TS); !now.Deleted {
					t.Errorf("%s: it stands", name)
				}
			}
		}
		if n := len(r.twin.Posts(channel)) + len(r.twin.Posts(direct.Channel)); n != 0 {
			t.Errorf("%d posts are left", n)
		}
	})
}

// TestRemoveByAnother expects a post that others see to stay where somebody else
// than its asker presses.
func TestRemoveByAnother(t *testing.T) {
	r := listening(t, slacktwin.Options{}, false)
	user, channel := r.person()
	p := ownPost(r, channel, user)
	r.deliver(r.ask(r.twin.Press(p.Channel, p.TS, slacktwin.Ben, "remove")))
	if now, _ := r.twin.Post(p.Channel, p.TS); now.Deleted {
		t.Error("another one took it away")
	}
}

// TestRemoveWithoutHook expects a post to be removed where the response_url no
// longer works, and what nobody can remove any more to be no error.
func TestRemoveWithoutHook(t *testing.T) {
	expired := slacktwin.Fault{Name: "expired", Status: 404, Body: `{"ok":false,"error":"expired_url"}`}
	r := listening(t, slacktwin.Options{}, false)
	user, channel := r.person()
	p := inDirect(r, user)
	r.twin.Fault("hook", 1, expired)
	r.deliver(r.ask(r.twin.Press(p.Channel, p.TS, user, "remove")))
	if now, _ := r.twin.Post(p.Channel, p.TS); !now.Deleted {
		t.Error("it stands")
	}
	w := withButtons(r, channel, user)
	m := r.ask(r.twin.Press(channel, w.TS, user, "remove"))
	r.twin.Fault("hook", 1, expired)
	r.deliver(m)
	if n := r.twin.Count("chat.delete"); n != 1 {
		t.Errorf("chat.delete was called %d times; it cannot remove what one person sees", n)
	}
	q := inDirect(r, user)
	m = r.ask(r.twin.Press(q.Channel, q.TS, user, "remove"))
	r.twin.Fault("hook", 1, slacktwin.Broken(500))
	r.twin.Fault("chat.delete", 1, slacktwin.RateLimited(5e9))
	var later *bot.LaterError
	if err := r.a.Deliver(t.Context(), m, repliesOf()); !errors.As(err, &later) || later.After != 5e9 {
		t.Errorf("limited: %v", err)
	}
	r.deliver(again(m))
	if now, _ := r.twin.Post(q.Channel, q.TS); !now.Deleted {
		t.Error("it stands")
	}
}

// TestFeedback expects feedback to be counted under names of a fixed form, and
// whoever pressed to be thanked, and asked why from a fixed list.
func TestFeedback(t *testing.T) {
	overBoth(t, slacktwin.Options{}, func(t *testing.T, r *rig) {
		user, channel := r.person()
		p := withButtons(r, channel, user)
		press := func(p slacktwin.Post, id string) {
			t.Helper()
			r.deliver(r.ask(r.twin.Press(p.Channel, p.TS, user, id)))
		}
		press(p, "up")
		press(p, "down")
		all := r.twin.Ephemerals(user)
		if len(all) != 3 {
			t.Fatalf("%d posts for the asker, want the answer and two thanks", len(all))
		}
		if all[1].Text != phrases().Screen("en", "feedback_thanks") || len(all[1].Blocks) != 0 {
			t.Errorf("thanked with %q", all[1].Text)
		}
		for _, why := range []string{"wrong", "unclear", "missing", "language"} {
			b := button(all[2].Blocks, "why:"+why)
			if b == nil {
				t.Fatalf("%s cannot be said", why)
			}
			if label, _ := b["text"].(map[string]any)["text"].(string); label != phrases().Screen("en", "feedback_"+why) {
				t.Errorf("%s is %q", why, label)
			}
			press(all[2], "why:"+why)
		}
		d := inDirect(r, user)
		press(d, "up")
		want := "feedback.down.your-passport=1 feedback.language.your-passport=1 feedback.missing.your-passport=1 feedback.unclear.your-passport=1 " +
			"feedback.up.your-passport=2 feedback.wrong.your-passport=1"
		if got := r.counts.String(); got != want {
			t.Errorf("counted %s\nwant    %s", got, want)
		}
		if got := r.seen(channel); len(got) > 0 {
			t.Errorf("others see %q", got)
		}
		if now, _ := r.twin.Post(channel, p.TS); now.Edits > 0 || now.Deleted {
			t.Error("feedback changed the answer")
		}
	})
}

// TestFeedbackIsAnonymous expects whatever comes back in a button to end in no
// counter, unless it is a name of ours.
func TestFeedbackIsAnonymous(t *testing.T) {
	r := listening(t, slacktwin.Options{}, false)
	user, channel := r.person()
	form := regexp.MustCompile(`^feedback\.(up|down|wrong|unclear|missing|language)(\.[a-z0-9-]{1,48})?$`)
	for _, value := range []string{
		"", "-", theirs, "answer|en|||", "answer|en||||" + user, "answer|en||||Can I leave?", "answer|en||||" + strings.Repeat("a", 60),
		"answer|en||||../..", "answer|en||||a.b", strings.Repeat("|", 600), "answer|en||||" + theirs + " " + theirs,
	} {
		for _, id := range []string{"up", "down", "why:wrong", "why:" + theirs, "why:", "why:up"} {
			r.deliver(r.ask(pressed(r, user, channel, id, value)))
		}
	}
	r.counts.mu.Lock()
	defer r.counts.mu.Unlock()
	for name := range r.counts.n {
		if !form.MatchString(name) || strings.Contains(name, theirs) {
			t.Errorf("a counter is called %q", name)
		}
	}
	if len(r.counts.n) == 0 {
		t.Error("nothing was counted")
	}
}

// TestThanksCannotBeGiven expects feedback to count where nobody can be thanked.
func TestThanksCannotBeGiven(t *testing.T) {
	r := listening(t, slacktwin.Options{}, false)
	user, channel := r.person()
	p := withButtons(r, channel, user)
	m := r.ask(r.twin.Press(channel, p.TS, user, "up"))
	r.deliver(placed(t, m, map[string]any{"k": ""}))
	r.deliver(placed(t, m, map[string]any{"k": "https://example.org/hook"}))
	r.twin.Fault("hook", 1, slacktwin.Fault{Name: "expired", Status: 404, Body: `{}`})
	r.deliver(m)
	if got := r.counts.String(); got != "feedback.up.your-passport=3" {
		t.Errorf("counted %s", got)
	}
	r.only(r.twin.Ephemerals(user))
}

// TestHomeTab expects the Home to hold what was answered, its topics, and the way
// to be forgotten.
func TestHomeTab(t *testing.T) {
	overBoth(t, slacktwin.Options{}, func(t *testing.T, r *rig) {
		user, _ := r.person()
		m := r.ask(r.twin.HomeOpened(user, "home"))
		reply := replyOf(bot.About, "apple")
		r.deliver(m, opening(reply), reply)
		home, ok := r.twin.Home(user)
		if !ok || home.Versions != 1 {
			t.Fatalf("published %d times", home.Versions)
		}
		blocks := home.View["blocks"]
		if s := shown(blocks); !strings.Contains(s, "apple") {
			t.Errorf("the Home says %q", s)
		}
		b := button(blocks, "forget")
		if b == nil || b["confirm"] == nil {
			t.Error("nobody can be forgotten, or everybody is without a question")
		}
		if button(blocks, "suggest:0") == nil {
			t.Error("no topics")
		}
		for _, id := range []string{"share", "dm", "remove"} {
			if button(blocks, id) != nil {
				t.Errorf("%s is on the Home", id)
			}
		}
		m = r.ask(r.twin.PressHome(user, "forget"))
		if m.Command != bot.Forget || !m.Private {
			t.Errorf("%s, private %v", m.Command, m.Private)
		}
		if said := r.ask(r.twin.DM(user, theirs)); said.Conversation != m.Conversation {
			t.Error("the conversation of the direct messages is not the one to be forgotten")
		}
		r.deliver(m, replyOf(bot.About, "forgotten"))
		topic := r.ask(r.twin.PressHome(user, "suggest:0"))
		r.deliver(topic, replyOf(bot.Answer, "pear"))
		all := r.twin.Posts(r.twin.IM(user))
		if len(all) != 2 || !strings.Contains(shown(all[0].Blocks), "forgotten") || !strings.Contains(shown(all[1].Blocks), "pear") {
			t.Errorf("%d posts in the direct messages", len(all))
		}
		if home, _ := r.twin.Home(user); home.Versions != 1 {
			t.Error("an answer was put on the Home")
		}
	})
}

// TestHomeRefused expects a Home that is newer, or that there is none, to be no error.
func TestHomeRefused(t *testing.T) {
	r := listening(t, slacktwin.Options{}, false)
	user, _ := r.person()
	m := r.ask(r.twin.HomeOpened(user, "home"))
	for _, code := range []string{"hash_conflict", "not_enabled", "view_too_large"} {
		r.twin.Fault("views.publish", 1, slacktwin.Refused(code, nil))
		r.deliver(m, replyOf(bot.About))
	}
	r.twin.Fault("views.publish", 1, slacktwin.LostAnswer())
	ctx, cancel := contextWithCancel(t)
	cancel()
	if err := r.a.Deliver(ctx, m, repliesOf(replyOf(bot.About))); err == nil {
		t.Error("the end of ctx is no error")
	}
}

// TestPrompts expects suggestions of what to ask where somebody opens the messages.
func TestPrompts(t *testing.T) {
	overBoth(t, slacktwin.Options{}, func(t *testing.T, r *rig) {
		user, _ := r.person()
		e := r.twin.HomeOpened(user, "messages")
		m := r.ask(e)
		r.deliver(m)
		all := r.twin.Suggested()
		if len(all) != 1 || all[0].Channel != e.Channel || all[0].ThreadTS != "" || len(all[0].Prompts) != 4 {
			raw, _ := json.Marshal(all)
			t.Fatalf("suggested %s", raw)
		}
		for _, p := range all[0].Prompts {
			if p["title"] == "" || p["message"] == "" {
				t.Errorf("suggested %v", p)
			}
		}
		for _, f := range []slacktwin.Fault{slacktwin.Refused("missing_scope", nil), slacktwin.Broken(500), slacktwin.ResetAfter()} {
			r.twin.Fault("assistant.threads.setSuggestedPrompts", 1, f)
			r.deliver(m) // no more than a kindness
		}
		spanish := m
		spanish.Lang = "es-MX"
		r.deliver(spanish)
		all = r.twin.Suggested()
		if got := all[len(all)-1]; got.Title != phrases().Screen("es", "prompts") {
			t.Errorf("in Spanish it says %q", got.Title)
		}
	})
}

// TestErrandsAskAnswerer expects an errand to come after what the answerer says of
// it, and not at all when that fails.
func TestErrandsAskAnswerer(t *testing.T) {
	r := listening(t, slacktwin.Options{}, false)
	user, channel := r.person()
	p := withButtons(r, channel, user)
	m := r.ask(r.twin.Press(channel, p.TS, user, "remove"))
	broken := errors.New("not now")
	if err := r.a.Deliver(t.Context(), m, func(yield func(bot.Reply, error) bool) { yield(bot.Reply{}, broken) }); !errors.Is(err, broken) {
		t.Errorf("%v", err)
	}
	if now, _ := r.twin.Post(channel, p.TS); now.Deleted {
		t.Error("it was done all the same")
	}
	r.deliver(m, bot.Reply{Final: true})
	if now, _ := r.twin.Post(channel, p.TS); !now.Deleted {
		t.Error("it was not done")
	}
	if n := len(r.alone(user)); n != 0 {
		t.Errorf("%d posts", n)
	}
}
