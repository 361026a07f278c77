package discord_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"porchlight/adapters/discord"
	"porchlight/adapters/discord/discordtwin"
	"porchlight/bot"
)

var kinds = []bot.Kind{bot.Danger, bot.SelfHarm, bot.Disclosure, bot.Tip, bot.Refusal, bot.OffTopic, bot.About, bot.NoAnswer, bot.Answer}

// asks are the surfaces: how somebody asks, and the channel in which others are.
var asks = []struct {
	name    string
	surface bot.Surface
	share   bool
	event   func(r *rig, user, channel string) discordtwin.Event
}{
	{"direct", bot.Direct, false, func(r *rig, user, _ string) discordtwin.Event { return r.twin.DM(user, theirs) }},
	{"mention", bot.Channel, false, func(r *rig, user, channel string) discordtwin.Event { return r.twin.Mention(channel, user, theirs) }},
	{"command", bot.Aside, false, func(r *rig, user, channel string) discordtwin.Event {
		return r.twin.Command(channel, user, "ask", question())
	}},
	{"menu", bot.Aside, false, func(r *rig, user, channel string) discordtwin.Event {
		return r.twin.MessageCommand(channel, r.twin.ChannelMessage(channel, discordtwin.Ben, theirs).ID, user, "Ask about this privately")
	}},
	{"suggestion", bot.Aside, false, func(r *rig, user, channel string) discordtwin.Event {
		p := r.whisper(channel, user)
		return r.twin.Press(p.ID, user, r.button(p, "s"))
	}},
	{"to my messages", bot.Direct, false, func(r *rig, user, channel string) discordtwin.Event {
		p := r.whisper(channel, user)
		return r.twin.Press(p.ID, user, r.button(p, "d"))
	}},
	{"share", bot.Aside, true, func(r *rig, user, channel string) discordtwin.Event {
		p := r.whisper(channel, user)
		return r.twin.Press(p.ID, user, r.button(p, "o"))
	}},
}

// line is all that somebody sees of a post.
func line(p discordtwin.Post) string { return fmt.Sprint(p.Content, p.Embeds, p.Buttons(), p.Flags) }

// TestWhoSees expects others to see an answer where bot.See lets it be open, one
// line that is always the same where somebody asked in front of them, and nothing
// at all anywhere else, at no time.
func TestWhoSees(t *testing.T) {
	r := listening(t, discordtwin.Options{})
	lines := map[string]bool{}
	for _, public := range []string{"off", "", "on"} {
		r.chosen.Store("public", public)
		for _, ask := range asks {
			for _, kind := range kinds {
				for _, privacy := range []bot.Privacy{bot.AskerOnly, bot.Everyone} {
					if privacy == bot.Everyone && !ask.share {
						continue // a reply is for everyone only where the asker shares it
					}
					name := fmt.Sprintf("public %q, %s, %s, privacy %d", public, ask.name, kind, privacy)
					user, channel := r.person()
					e := ask.event(r, user, channel)
					m := r.ask(e)
					if m.Share != ask.share {
						t.Fatalf("%s: share is %v", name, m.Share)
					}
					reply := replyOf(kind, "pear")
					reply.Privacy = privacy
					r.deliver(m, opening(reply), reply)
					v := bot.See(ask.surface, kind, m.Share && privacy == bot.Everyone, bot.Manners{Public: public == "on"})
					seen, alone := r.seen(channel), saying(r.alone(user), "pear")
					switch v {
					case bot.Open:
						if p := r.only(seen); saying(seen, "pear") != 1 || has(p, "o") || has(p, "d") {
							t.Errorf("%s: others see %s", name, line(p))
						}
						if alone != 0 {
							t.Errorf("%s: the asker sees it %d times besides", name, alone)
						}
					case bot.Pointer:
						lines[line(r.only(seen))] = true
						if alone != 0 {
							t.Errorf("%s: the asker was written to", name)
						}
					case bot.InDirect:
						if len(seen) > 0 || saying(r.twin.DMs(user), "pear") != 1 || alone != 1 {
							t.Errorf("%s: others see %d posts, the asker %d", name, len(seen), alone)
						}
					case bot.Whisper:
						if len(seen) > 0 || saying(r.twin.Ephemerals(user), "pear") != 1 || alone != 1 {
							t.Errorf("%s: others see %d posts, the asker %d", name, len(seen), alone)
						}
					}
					if i, ok := r.twin.Interaction(e.ID); ok && (i.Ack != 5 || !i.Ephemeral || i.Pending) {
						t.Errorf("%s: acknowledged with %d, ephemeral %v, still thinking %v", name, i.Ack, i.Ephemeral, i.Pending)
					}
				}
			}
		}
	}
	if len(lines) != 1 {
		t.Errorf("others can tell %d lines apart: %v", len(lines), lines)
	}
	if n := r.twin.Count(discordtwin.TriggerTyping); n > 0 {
		t.Error("others see that something is written")
	}
}

// TestShareOnlyInformation expects the button to share under information alone.
func TestShareOnlyInformation(t *testing.T) {
	r := listening(t, discordtwin.Options{})
	user, channel := r.person()
	for _, kind := range kinds {
		for _, shareable := range []bool{true, false} {
			reply := replyOf(kind, "apple")
			reply.Shareable = shareable
			r.deliver(r.ask(r.twin.Command(channel, user, "ask", question())), reply)
			all := r.twin.Ephemerals(user)
			if want := shareable && !kind.Personal(); has(all[len(all)-1], "o") != want {
				t.Errorf("%s, shareable %v: the button is there: %v", kind, shareable, !want)
			}
		}
	}
	r.deliver(r.ask(r.twin.Command(r.twin.DMOf(user), user, "ask", question())), replyOf(bot.Answer, "apple"))
	r.deliver(r.ask(r.twin.DM(user, theirs)), replyOf(bot.Answer, "apple"))
	for _, p := range r.alone(user) {
		if p.Guild == "" && (has(p, "o") || has(p, "d")) {
			t.Errorf("where nobody else is: %v", p.Buttons())
		}
	}
}

// TestFallsBack expects an answer to reach its asker by another way when one is
// closed, nobody else, and to be given up where there is none.
func TestFallsBack(t *testing.T) {
	r := listening(t, discordtwin.Options{})
	mention := func(user, channel string) bot.Message { return r.ask(r.twin.Mention(channel, user, theirs)) }
	command := func(user, channel string) bot.Message { return r.ask(r.twin.Command(channel, user, "ask", question())) }
	press := func(begins string) func(user, channel string) bot.Message {
		return func(user, channel string) bot.Message {
			p := r.whisper(channel, user)
			return r.ask(r.twin.Press(p.ID, user, r.button(p, begins)))
		}
	}
	without := func(permission int64) func(*bot.Message, string, string) {
		return func(_ *bot.Message, _, channel string) { r.twin.Permit(channel, discordtwin.Least&^permission) }
	}
	shut := func(user string) { r.twin.AddUser(discordtwin.User{ID: user, Closed: true}) }
	both := func(a, b func(*bot.Message, string, string)) func(*bot.Message, string, string) {
		return func(m *bot.Message, user, channel string) { a(m, user, channel); b(m, user, channel) }
	}
	closed := func(_ *bot.Message, user, _ string) { shut(user) }
	old := func(m *bot.Message, _, _ string) { m.At = m.At.Add(-time.Hour) }
	refused := func(status, code int) func(*bot.Message, string, string) {
		return func(m *bot.Message, _, _ string) {
			m.At = m.At.Add(-5 * time.Second)
			r.twin.Fault(discordtwin.UpdateOriginal, 1, discordtwin.Refused(status, code, "no"))
		}
	}
	nothing := func(*bot.Message, string, string) {}
	const dm, ephemeral, line, nowhere = "dm", "ephemeral", "line", "nowhere"
	for _, x := range []struct {
		name   string
		public bool
		ask    func(user, channel string) bot.Message
		spoil  func(m *bot.Message, user, channel string)
		where  string
	}{
		{"all is well", false, mention, nothing, line},
		{"nothing may be posted", false, mention, without(discordtwin.SendMessages), dm},
		{"the channel is hidden", false, mention, without(discordtwin.ViewChannel), dm},
		{"nothing may be replied to", false, mention, without(discordtwin.ReadMessageHistory), dm},
		{"open, nothing may be posted", true, mention, without(discordtwin.SendMessages), dm},
		{"open, the channel is hidden", true, mention, without(discordtwin.ViewChannel), dm},
		{"open, nothing may be replied to", true, mention, without(discordtwin.ReadMessageHistory), dm},
		{"the channel is gone", false, mention, func(_ *bot.Message, _, channel string) { r.twin.RemoveChannel(channel) }, dm},
		{"open, the channel is gone", true, mention, func(_ *bot.Message, _, channel string) { r.twin.RemoveChannel(channel) }, dm},
		{"neither channel nor messages", false, mention, both(without(discordtwin.SendMessages), closed), nowhere},
		{"open, neither channel nor messages", true, mention, both(without(discordtwin.SendMessages), closed), nowhere},
		{"the line does not need open messages", false, mention, closed, line},
		{"a command", false, command, closed, ephemeral},
		{"a command in a channel without permissions", false, command, func(_ *bot.Message, _, channel string) { r.twin.Permit(channel, 0) }, ephemeral},
		{"the token is old", false, command, old, dm},
		{"the token is old, and the messages closed", false, command, both(old, closed), nowhere},
		{"the token is unknown", false, command, refused(404, 10015), dm},
		{"the token is invalid", false, command, refused(401, 50027), dm},
		{"the interaction is unknown", false, command, refused(404, 10062), dm},
		{"the placeholder is gone", false, command, refused(404, 10008), dm},
		{"to my messages, which are closed", false, press("d"), closed, ephemeral},
		{"to my messages, which are closed, too late", false, press("d"), both(old, closed), nowhere},
		{"shared, nothing may be posted", false, press("o"), without(discordtwin.SendMessages), ephemeral},
		{"the direct messages are closed", false, func(user, _ string) bot.Message { return r.ask(r.twin.DM(user, theirs)) }, closed, nowhere},
	} {
		user, channel := r.person()
		r.chosen.Store("public", map[bool]string{true: "on", false: "off"}[x.public])
		m := x.ask(user, channel)
		x.spoil(&m, user, channel)
		reply := replyOf(bot.Answer, "pear")
		reply.Privacy = bot.Everyone
		err := r.a.Deliver(t.Context(), m, repliesOf(reply))
		if (x.where == nowhere) != errors.Is(err, bot.ErrGiveUp) || x.where != nowhere && err != nil {
			t.Errorf("%s: %v", x.name, err)
		}
		if err != nil {
			r.quiet(x.name, err.Error())
		}
		n := map[string]int{
			dm: saying(r.twin.DMs(user), "pear"), ephemeral: saying(r.twin.Ephemerals(user), "pear"), line: len(r.seen(channel)),
		}
		for where, got := range n {
			if want := map[bool]int{true: 1}[where == x.where]; got != want {
				t.Errorf("%s: %d posts by %s, want %d", x.name, got, where, want)
			}
		}
		if saying(r.seen(channel), "pear") > 0 {
			t.Errorf("%s: others see the answer", x.name)
		}
	}
}

// TestFirstAnswerIsQuick expects the answer to an interaction to be put where it
// belongs when it is there before Discord has heard that it was stored.
func TestFirstAnswerIsQuick(t *testing.T) {
	r := newRig(t, discordtwin.Options{})
	stored := make(chan bot.Message, 1)
	hold := make(chan struct{})
	r.accept = func(ctx context.Context, m bot.Message) error {
		stored <- m
		select {
		case <-hold:
		case <-ctx.Done():
		}
		return nil
	}
	r.listen()
	user, channel := r.person()
	r.say(r.twin.Command(channel, user, "ask", question()))
	m := <-stored
	delivered := make(chan error, 1)
	go func() { delivered <- r.a.Deliver(t.Context(), m, repliesOf(replyOf(bot.Answer, "pear"))) }()
	select {
	case err := <-delivered:
		t.Errorf("delivered before it was acknowledged: %v", err)
	case <-time.After(50 * time.Millisecond):
	}
	close(hold)
	if err := <-delivered; err != nil {
		t.Fatal(err)
	}
	if saying(r.twin.Ephemerals(user), "pear") != 1 || len(r.twin.DMs(user)) > 0 {
		t.Error("the answer is elsewhere")
	}
	other := discord.New(r.options(nil)) // another process is quicker than the first
	hold = make(chan struct{})
	r.say(r.twin.Command(channel, user, "ask", question()))
	m = <-stored
	go func() { delivered <- other.Deliver(t.Context(), m, repliesOf(replyOf(bot.Answer, "plum"))) }()
	r.await("it was tried", func() bool { return r.twin.Count(discordtwin.UpdateOriginal) > 2 })
	close(hold)
	if err := <-delivered; err != nil {
		t.Fatal(err)
	}
	if saying(r.twin.Ephemerals(user), "plum") != 1 || len(r.twin.DMs(user)) > 0 {
		t.Error("the answer is elsewhere")
	}
}

// TestGrows expects one post that ends as the last reply, also when the process
// ended between the first and the last.
func TestGrows(t *testing.T) {
	r := listening(t, discordtwin.Options{NonceWindow: time.Nanosecond})
	user, channel := r.person()
	reply := replyOf(bot.Danger, "pear")
	cut := errors.New("cut short")
	for _, ask := range asks[:3] {
		m := r.ask(ask.event(r, user, channel))
		err := r.a.Deliver(t.Context(), m, func(yield func(bot.Reply, error) bool) {
			_ = yield(opening(reply), nil) && yield(bot.Reply{}, cut)
		})
		if !errors.Is(err, cut) {
			t.Errorf("%s: %v", ask.name, err)
		}
		r.deliver(again(m), reply)
		r.deliver(again(m), opening(reply), reply)
	}
	if p := r.only(r.twin.DMs(user)); saying([]discordtwin.Post{p}, "pear") != 1 || has(p, "o") {
		t.Errorf("the direct messages say %q", shown(p))
	}
	if p := r.only(r.twin.Ephemerals(user)); saying([]discordtwin.Post{p}, "pear") != 1 {
		t.Errorf("the answer to the command is %q", shown(p))
	}
	if p := r.only(r.seen(channel)); saying([]discordtwin.Post{p}, ours) != 0 {
		t.Errorf("others see %q", shown(p))
	}
}

// TestUnreadablePlace expects a message whose place is broken to be given up.
func TestUnreadablePlace(t *testing.T) {
	r := newRig(t, discordtwin.Options{})
	if err := r.fails(bot.Message{ID: "m", From: bot.Address{Adapter: "discord", Place: "{"}}, replyOf(bot.Answer)); !errors.Is(err, bot.ErrGiveUp) {
		t.Error(err)
	}
}
