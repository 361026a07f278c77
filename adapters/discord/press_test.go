package discord_test

import (
	"regexp"
	"strings"
	"testing"

	"porchlight/adapters/discord/discordtwin"
	"porchlight/bot"
)

// TestPointer expects the button of the neutral line to open the answer for whoever
// asked, alone, and to tell another one nothing.
func TestPointer(t *testing.T) {
	r := listening(t, discordtwin.Options{})
	thread := func(channel string) string { id, _ := r.twin.Thread(channel, "thread"); return id }
	for name, in := range map[string]func(string) string{"channel": func(c string) string { return c }, "thread": thread} {
		user, channel := r.person()
		channel = in(channel)
		r.deliver(r.ask(r.twin.Mention(channel, user, theirs)), replyOf(bot.Disclosure, "apple"))
		p := r.only(r.seen(channel))
		m := r.ask(r.twin.Press(p.ID, user, r.button(p, "p")))
		if m.Text != theirs || m.Command != bot.NoCommand || !m.Private || m.Share {
			t.Errorf("%s: the asker asks %s %q, private %v", name, m.Command, m.Text, m.Private)
		}
		r.deliver(m, replyOf(bot.Disclosure, "pear"))
		if saying(r.twin.Ephemerals(user), "pear") != 1 {
			t.Errorf("%s: the asker does not see the answer", name)
		}
		other := r.twin.AddUser(discordtwin.User{})
		if m := r.ask(r.twin.Press(p.ID, other, r.button(p, "p"))); m.Text != "" || m.Command != bot.ShowAbout {
			t.Errorf("%s: another one asks %s %q", name, m.Command, m.Text)
		}
		if now := r.only(r.seen(channel)); now.Edits > 0 || len(r.alone(other)) > 0 {
			t.Errorf("%s: others see more", name)
		}
		r.twin.Remove(p.ReplyTo)
		if m := r.ask(r.twin.Press(p.ID, user, r.button(p, "p"))); m.Command != bot.ShowAbout {
			t.Errorf("%s: a question that is gone is %s %q", name, m.Command, m.Text)
		}
	}
}

// TestSuggestions expects a suggestion to ask what it says.
func TestSuggestions(t *testing.T) {
	r := listening(t, discordtwin.Options{})
	user, channel := r.person()
	p := r.whisper(channel, user)
	if m := r.ask(r.twin.Press(p.ID, user, "s:t:wages-owed")); m.Command != bot.ShowTopic || m.Text != "wages-owed" {
		t.Errorf("%s %q", m.Command, m.Text)
	}
	if m := r.ask(r.twin.Press(p.ID, user, "s:q:Can I leave?")); m.Command != bot.NoCommand || m.Text != "Can I leave?" {
		t.Errorf("%s %q", m.Command, m.Text)
	}
	m := r.ask(r.twin.Press(p.ID, user, r.button(p, "d")))
	if rc, ok := bot.ParseRecall(m.Text); m.Command != bot.Again || !ok || len(rc.Topics) != 1 {
		t.Errorf("%s %q", m.Command, m.Text)
	}
	said := r.ask(r.twin.DM(user, theirs))
	if said.Conversation != m.Conversation {
		t.Error("what is sent to the direct messages is another conversation than they are")
	}
	open := r.openly(channel, user)
	if m := r.ask(r.twin.Press(open.ID, discordtwin.Ben, "s:t:wages-owed")); !m.Private || m.Conversation == said.Conversation {
		t.Error("under a post that all see, somebody's press is not their own")
	}
}

// TestRemove expects a post of ours to be gone once its asker has removed it, also
// twice, and nobody else to be able to.
func TestRemove(t *testing.T) {
	r := listening(t, discordtwin.Options{})
	user, channel := r.person()
	other := r.twin.AddUser(discordtwin.User{})
	shared := func() discordtwin.Post {
		p := r.whisper(channel, user)
		reply := replyOf(bot.Answer, "pear")
		reply.Privacy = bot.Everyone
		r.deliver(r.ask(r.twin.Press(p.ID, user, r.button(p, "o"))), reply)
		all := r.twin.Posts(channel)
		return all[len(all)-1]
	}
	direct := func() discordtwin.Post {
		r.deliver(r.ask(r.twin.DM(user, theirs)), replyOf(bot.Answer, "pear"))
		all := r.twin.DMs(user)
		return all[len(all)-1]
	}
	questionGone := func() discordtwin.Post {
		p := r.openly(channel, user)
		r.twin.Remove(p.ReplyTo)
		return p
	}
	stands := func(p discordtwin.Post) bool {
		now, _ := r.twin.Post(p.ID)
		return !now.Deleted && now.Edits == p.Edits
	}
	for name, p := range map[string]discordtwin.Post{
		"open": r.openly(channel, user), "shared": shared(), "direct": direct(), "its question is gone": questionGone(),
	} {
		if p.Guild != "" {
			r.deliver(r.ask(r.twin.Press(p.ID, other, r.button(p, "x"))))
			r.deliver(r.ask(r.twin.Press(p.ID, discordtwin.Mod, r.button(p, "x"))))
			if !stands(p) || len(r.alone(other)) > 0 {
				t.Errorf("%s: another one removed it", name)
			}
			if idLike.MatchString(r.button(p, "x")) {
				t.Errorf("%s: the button tells %s", name, r.button(p, "x"))
			}
		}
		m := r.ask(r.twin.Press(p.ID, user, r.button(p, "x")))
		for range 2 { // the inbox may hand it out twice
			r.deliver(m)
			if stands(p) {
				t.Errorf("%s: it stands", name)
			}
		}
	}
	put := r.openly(channel, user)
	m := r.ask(r.twin.Press(put.ID, user, r.button(put, "x")))
	r.twin.Permit(channel, 0)
	r.deliver(m)
	if stands(put) {
		t.Error("it stands where the bot may do nothing")
	}
}

// TestFeedback expects feedback to be counted under names of a fixed form, and
// whoever pressed to be thanked alone, and asked why from a fixed list.
func TestFeedback(t *testing.T) {
	r := listening(t, discordtwin.Options{})
	user, channel := r.person()
	p := r.whisper(channel, user)
	press := func(p discordtwin.Post, id string) (last discordtwin.Post) {
		t.Helper()
		r.deliver(r.ask(r.twin.Press(p.ID, user, id)))
		all := r.twin.Ephemerals(user)
		return all[len(all)-1]
	}
	if got := press(p, r.button(p, "u")); got.Content != phrases().Screen("en", "feedback_thanks") {
		t.Errorf("thanked with %q", got.Content)
	}
	ask := press(p, r.button(p, "n"))
	for _, why := range []string{"wrong", "unclear", "missing", "language"} {
		press(ask, r.button(discordtwin.Post{Components: ask.Components}, "w")[:2]+why+strings.TrimPrefix(r.button(ask, "w"), "w:wrong"))
	}
	m := r.ask(r.twin.Press(p.ID, user, r.button(p, "u")))
	r.twin.Fault(discordtwin.UpdateOriginal, 1, discordtwin.Refused(404, 10062, "Unknown interaction"))
	r.deliver(m)
	m = r.ask(r.twin.Press(p.ID, user, r.button(p, "u")))
	for _, arg := range []string{theirs, "||||||", "answer|en||||" + user, "answer|en||||" + theirs + ".x"} {
		for _, errand := range []string{"u", "n", "w", "?"} {
			r.deliver(placed(t, m, map[string]any{"d": errand, "r": arg}))
		}
	}
	form := regexp.MustCompile(`^feedback\.(up|down|wrong|unclear|missing|language)(\.[a-z0-9-]{1,48})?$`)
	for s := range strings.FieldsSeq(r.counts.String()) {
		if name, _, _ := strings.Cut(s, "="); !form.MatchString(name) || strings.Contains(name, theirs) {
			t.Errorf("a counter is called %q", name)
		}
	}
	for _, want := range []string{
		"feedback.up.your-passport=2", "feedback.down.your-passport=1", "feedback.wrong.your-passport=1", "feedback.language.your-passport=1",
	} {
		if !strings.Contains(r.counts.String(), want) {
			t.Errorf("%s is missing in %s", want, &r.counts)
		}
	}
	if len(r.seen(channel)) > 0 {
		t.Error("others see feedback")
	}
}
