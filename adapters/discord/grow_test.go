package discord_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"porchlight/adapters/discord"
	"porchlight/adapters/discord/discordtwin"
	"porchlight/bot"
)

// fruit are what a model says in these tests, one after the other.
var fruit = []string{"apple", "pear", "quince", "plum"}

// written are the replies of a model that says so: each holds the one before, and the
// last is completed by a section of ours.
func written(kind bot.Kind) (all []bot.Reply) {
	for i := range fruit {
		r := replyOf(kind)
		r.Mode, r.Final, r.Closing = bot.Model, false, "Ask again."
		r.Sections = []bot.Section{{Heading: "Fruit", Text: "[a](b) " + fruit[0], Bullets: fruit[1 : i+1], Source: "A publisher."}}
		all = append(all, r)
	}
	end := all[len(all)-1]
	end.Sections = append(slices.Clip(end.Sections), bot.Section{Heading: "Ours", Text: "cherry"})
	end.Final = true
	return append(all, end)
}

// growers are where an answer can grow: direct messages, a channel where all see it,
// and what answers a command.
var growers = map[string]func(r *rig, user, channel string) discordtwin.Event{
	"direct": func(r *rig, user, _ string) discordtwin.Event { return r.twin.DM(user, theirs) },
	"open":   func(r *rig, user, channel string) discordtwin.Event { return r.twin.Mention(channel, user, theirs) },
	"command": func(r *rig, user, channel string) discordtwin.Event {
		return r.twin.Command(channel, user, "ask", question())
	},
}

// growing is a rig that listens, where information is open in channels and parts are
// shown as soon as they come.
func growing(t *testing.T, o discordtwin.Options) *rig {
	r := newRig(t, o)
	r.chosen.Store("public", "on")
	discord.SetBeat(r.a, 0, 0)
	r.listen()
	return r
}

// reborn makes the adapter anew, as after a crash.
func (r *rig) reborn(tweak func(*discord.Options)) {
	r.test.Helper()
	r.with(tweak)
	discord.SetBeat(r.a, 0, 0)
	r.introduce()
}

// answersTo are the posts that answer an event.
func (r *rig) answersTo(e discordtwin.Event) (all []discordtwin.Post) {
	for _, p := range r.twin.History("") {
		if p.ByApp() && !p.Deleted && !p.Loading && (p.ReplyTo == e.ID || p.Interaction == e.ID) {
			all = append(all, p)
		}
	}
	return all
}

// says tells whether the one answer to an event holds a word.
func (r *rig) says(e discordtwin.Event, word string) bool {
	all := r.answersTo(e)
	return len(all) == 1 && saying(all, word) == 1
}

// slowly yields each reply once the one before is shown; at is called when number n
// of them is.
func (r *rig) slowly(e discordtwin.Event, all []bot.Reply, at func(n int)) bot.Replies {
	return func(yield func(bot.Reply, error) bool) {
		for i, x := range all {
			if i > 0 {
				r.await("part "+fmt.Sprint(i), func() bool { return r.says(e, fruit[i-1]) })
				if at != nil {
					at(i)
				}
			}
			if !yield(x, nil) {
				return
			}
		}
	}
}

// atOnce is how an answer looks that came whole.
func (r *rig) atOnce(user, channel string, ask func(*rig, string, string) discordtwin.Event, all []bot.Reply) discordtwin.Post {
	r.test.Helper()
	e := ask(r, user, channel)
	r.deliver(r.ask(e), all[len(all)-1])
	return r.only(r.answersTo(e))
}

// likeOnePost expects an answer to be as one that came whole, but for a flag that no
// edit sets.
func (r *rig) likeOnePost(what string, p, whole discordtwin.Post) {
	r.test.Helper()
	flags := (p.Flags ^ whole.Flags) &^ discordtwin.SuppressEmbeds
	if p.Content != whole.Content || flags != 0 || asJSON(r.test, p.Embeds) != asJSON(r.test, whole.Embeds) ||
		asJSON(r.test, p.Components) != asJSON(r.test, whole.Components) {
		r.test.Errorf("%s: it ends as\n%s\n%s\nwant\n%s\n%s", what, line(p), asJSON(r.test, p.Components), line(whole), asJSON(r.test, whole.Components))
	}
}

func asJSON(t *testing.T, v any) string {
	t.Helper()
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// TestQuickModel expects the answer of a model that is quick to be one post.
func TestQuickModel(t *testing.T) {
	r := growing(t, discordtwin.Options{})
	discord.SetBeat(r.a, time.Hour, time.Hour)
	for name, ask := range growers {
		user, channel := r.person()
		e := ask(r, user, channel)
		m := r.ask(e)
		before := r.shows()
		r.deliver(m, written(bot.Answer)...)
		if n := r.shows() - before; n != 1 || !r.says(e, "cherry") {
			t.Errorf("%s: shown %d times", name, n)
		}
	}
}

// shows is how often anything was posted or edited.
func (r *rig) shows() int {
	n := r.twin.Counts()
	return n[discordtwin.CreateMessage] + n[discordtwin.UpdateMessage] + n[discordtwin.UpdateOriginal]
}

// TestSlowModel expects a slow answer to grow in one post, with a button to stop it,
// and to end as if it had come whole.
func TestSlowModel(t *testing.T) {
	r := growing(t, discordtwin.Options{})
	for name, ask := range growers {
		user, channel := r.person()
		all := written(bot.Answer)
		want := r.atOnce(user, channel, ask, all)
		e := ask(r, user, channel)
		err := r.a.Deliver(t.Context(), r.ask(e), r.slowly(e, all, func(int) {
			if p := r.only(r.answersTo(e)); len(p.Buttons()) != 1 || p.Buttons()[0].CustomID[:2] != "h:" {
				t.Errorf("%s: the buttons are %v", name, p.Buttons())
			}
		}))
		if err != nil {
			t.Fatal(err)
		}
		p := r.only(r.answersTo(e))
		r.likeOnePost(name, p, want)
		if has(p, "h") {
			t.Errorf("%s: it can be stopped at the end", name)
		}
	}
	if n := r.twin.Count(discordtwin.TriggerTyping); n > 0 {
		t.Error("others see that something is written")
	}
	if n := discord.Growing(r.a); n > 0 {
		t.Errorf("%d answers are remembered", n)
	}
}

// TestBeatOfEdits expects no second part before its time, and the whole at once.
func TestBeatOfEdits(t *testing.T) {
	r := growing(t, discordtwin.Options{})
	discord.SetBeat(r.a, 0, time.Hour)
	for name, ask := range growers {
		user, channel := r.person()
		e := ask(r, user, channel)
		m, before := r.ask(e), r.shows()
		err := r.a.Deliver(t.Context(), m, inTurn(written(bot.Answer), func(i int) {
			if i == 1 {
				r.await("the beginning", func() bool { return r.says(e, fruit[0]) })
			}
		}))
		if n := r.shows() - before; err != nil || n != 2 || !r.says(e, "cherry") {
			t.Errorf("%s: %v, shown %d times", name, err, n)
		}
	}
}

// inTurn yields replies, each after before has agreed.
func inTurn(all []bot.Reply, before func(i int)) bot.Replies {
	return func(yield func(bot.Reply, error) bool) {
		for i, x := range all {
			before(i)
			if !yield(x, nil) {
				return
			}
		}
	}
}

// watched makes the adapter anew, as a growing one, and counts how often it looks who
// may see a reply.
func (r *rig) watched() *atomic.Int32 {
	var looked atomic.Int32
	r.with(func(o *discord.Options) {
		inner := o.Setting
		o.Setting = func(ctx context.Context, scope, name string) (string, error) {
			if name == "public" {
				defer looked.Add(1)
			}
			return inner(ctx, scope, name)
		}
	})
	discord.SetBeat(r.a, 0, 0)
	return &looked
}

// TestNothingGrowsInALine expects the neutral line to show nothing of an answer, and a
// server that is made private in the middle of one to be obeyed at once.
func TestNothingGrowsInALine(t *testing.T) {
	r := newRig(t, discordtwin.Options{})
	looked := r.watched()
	r.listen()
	for _, public := range []string{"off", "on"} {
		r.chosen.Store("public", public)
		user, channel := r.person()
		e := r.twin.Mention(channel, user, theirs)
		m, before := r.ask(e), int(looked.Load())
		err := r.a.Deliver(t.Context(), m, inTurn(written(bot.Answer), func(i int) {
			r.await("it was looked at", func() bool { return int(looked.Load()) >= before+i })
			if i == 1 && public == "on" {
				r.await("the beginning", func() bool { return r.says(e, fruit[0]) })
				r.chosen.Store("public", "off")
			}
		}))
		p := r.only(r.seen(channel))
		if want := map[string]int{"off": 0, "on": 1}[public]; err != nil || p.Edits != want || !has(p, "p") || saying(r.seen(channel), fruit[0]) > 0 {
			t.Errorf("public %q: %v, %d edits of %s", public, err, p.Edits, line(p))
		}
		if n := saying(r.alone(user), "cherry"); n > 0 {
			t.Errorf("public %q: the asker was written to", public)
		}
	}
}

// TestUrgentIsWhole expects urgent help at once, without a part that is held back nor
// a button that stops it.
func TestUrgentIsWhole(t *testing.T) {
	r := growing(t, discordtwin.Options{})
	discord.SetBeat(r.a, time.Hour, time.Hour)
	for _, kind := range []bot.Kind{bot.Danger, bot.SelfHarm} {
		for _, name := range []string{"direct", "command"} {
			user, channel := r.person()
			e, end := growers[name](r, user, channel), replyOf(kind, "cherry")
			err := r.a.Deliver(t.Context(), r.ask(e), inTurn([]bot.Reply{opening(end), end}, func(i int) {
				if i == 1 {
					r.await("the opening", func() bool { return r.says(e, ours) })
					if p := r.only(r.answersTo(e)); len(p.Buttons()) > 0 {
						t.Errorf("%s, %s: %v", name, kind, p.Buttons())
					}
				}
			}))
			if err != nil || !r.says(e, "cherry") {
				t.Errorf("%s, %s: %v", name, kind, err)
			}
		}
	}
}

// TestStop expects the asker, and nobody else, to end an answer with what is shown of
// it; a press that comes after the end, or in another process, to do nothing; and no
// such press to be kept.
func TestStop(t *testing.T) {
	for _, way := range []string{"gateway", "http"} {
		r := growing(t, discordtwin.Options{})
		tell := r.say
		if way == "http" {
			r.stop()
			var at string
			r, at = served(t, nil)
			r.chosen.Store("public", "on")
			discord.SetBeat(r.a, 0, 0)
			tell = func(e discordtwin.Event) {
				if d := r.twin.Deliver(t.Context(), at, e, discordtwin.SignWell); d.Status != http.StatusOK {
					t.Errorf("%d %s", d.Status, d.Body)
				}
			}
		}
		for name, ask := range growers {
			r.stops(way+", "+name, ask, tell)
		}
	}
}

// stops presses the button of an answer that grows: as another one, and as the asker,
// twice.
func (r *rig) stops(name string, ask func(*rig, string, string) discordtwin.Event, tell func(discordtwin.Event)) {
	user, channel := r.person()
	e := ask(r, user, channel)
	tellOf := func(e discordtwin.Event) discordtwin.Interaction {
		tell(e)
		r.await("the press is answered", func() bool { i, _ := r.twin.Interaction(e.ID); return i.Acked })
		i, _ := r.twin.Interaction(e.ID)
		return i
	}
	press := func(by string) discordtwin.Event {
		p := r.only(r.answersTo(e))
		return r.twin.Press(p.ID, by, r.button(p, "h"))
	}
	var late discordtwin.Event
	all := written(bot.Answer)
	m := r.asked(e, tell)
	err := r.a.Deliver(r.test.Context(), m, func(yield func(bot.Reply, error) bool) {
		for i, x := range all[:2] {
			if !yield(x, nil) {
				r.test.Errorf("%s: it is not read on at %s", name, fruit[i])
				return
			}
			r.await("part "+fruit[i], func() bool { return r.says(e, fruit[i]) })
			if i == 0 {
				r.refuses(name, r.only(r.answersTo(e)), tellOf, press)
			}
		}
		late = press(user)
		if i := tellOf(press(user)); i.Ack != 6 {
			r.test.Errorf("%s: answered with %d", name, i.Ack)
		}
		r.await("the end", func() bool { return !has(r.only(r.answersTo(e)), "h") })
		r.await("the model is told", func() bool { return !yield(all[2], nil) }) // it would go on
	})
	p := r.only(r.answersTo(e))
	if err != nil || !r.says(e, "pear") || r.says(e, "quince") {
		r.test.Errorf("%s: %v, %s", name, err, line(p))
	}
	if !has(p, "u") || !has(p, "s") {
		r.test.Errorf("%s: not an answer like any other: %s", name, line(p))
	}
	if i := tellOf(late); i.Ack != 6 || asJSON(r.test, r.only(r.answersTo(e))) != asJSON(r.test, p) {
		r.test.Errorf("%s: after the end it is answered with %d", name, i.Ack)
	}
	if len(r.heard) > 0 {
		r.test.Errorf("%s: %d presses are kept", name, len(r.heard))
	}
	if p.Guild == "" || p.EphemeralTo != "" { // what only one sees cannot be looked up, or is edited anyway
		return
	}
	r.deliver(again(m), all[len(all)-1])
	r.only(r.answersTo(e))
}

// asked has Discord say an event by a way, and returns the message that it is.
func (r *rig) asked(e discordtwin.Event, tell func(discordtwin.Event)) bot.Message {
	if e.Token == "" {
		return r.ask(e) // messages come over the gateway in any case
	}
	tell(e)
	r.await("it is kept", func() bool { i, _ := r.twin.Interaction(e.ID); return i.Acked && len(r.heard) == 1 })
	return <-r.heard
}

// refuses has another one press, where others see the button, who is told so alone.
func (r *rig) refuses(name string, p discordtwin.Post, tell func(discordtwin.Event) discordtwin.Interaction, press func(string) discordtwin.Event) {
	if p.Guild == "" || p.EphemeralTo != "" {
		return
	}
	other := r.twin.AddUser(discordtwin.User{})
	i := tell(press(other))
	told := r.twin.Ephemerals(other)
	if i.Ack != 4 || !i.Ephemeral || len(told) != 1 || told[0].Content != phrases().Screen("en", "stop_refused") {
		r.test.Errorf("%s: another one is answered with %d, ephemeral %v: %+v", name, i.Ack, i.Ephemeral, told)
	}
}

// TestStopElsewhere expects a press to be answered in a process that does not give the
// answer, and to change nothing.
func TestStopElsewhere(t *testing.T) {
	r := growing(t, discordtwin.Options{})
	r.reborn(nil) // the one that listens is another one
	user, channel := r.person()
	e := growers["open"](r, user, channel)
	err := r.a.Deliver(t.Context(), r.ask(e), r.slowly(e, written(bot.Answer), func(n int) {
		if n > 1 {
			return
		}
		p := r.only(r.answersTo(e))
		press := r.twin.Press(p.ID, user, r.button(p, "h"))
		r.say(press)
		r.await("it is answered", func() bool { i, _ := r.twin.Interaction(press.ID); return i.Acked && i.Ack == 6 })
	}))
	if err != nil || !r.says(e, "cherry") || strings.Contains(r.counts.String(), "stopped") {
		t.Errorf("%v; %s", err, &r.counts)
	}
}
