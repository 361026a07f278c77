package slack_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"porchlight/adapters/slack"
	"porchlight/adapters/slack/slacktwin"
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
	last := all[len(all)-1]
	last.Sections = append(slices.Clip(last.Sections), bot.Section{Heading: "Ours", Text: "cherry"})
	last.Final = true
	return append(all, last)
}

// hasty makes the adapter anew so that a part is shown as soon as it comes, and no
// limit of ours is met.
func (r *rig) hasty(stream bool) {
	r.with(func(o *slack.Options) { o.Pace, o.Stream = 1000, stream })
	slack.SetBeat(r.a, 0, 0)
}

// standing is the one answer in a channel.
func (r *rig) standing(channel string) (slacktwin.Post, bool) {
	posts := r.twin.Posts(channel)
	if len(posts) != 1 {
		return slacktwin.Post{}, false
	}
	return posts[0], true
}

// says tells whether the one answer in a channel holds a word.
func (r *rig) says(channel, word string) bool {
	p, ok := r.standing(channel)
	return ok && strings.Contains(p.Text+shown(p.Blocks), word)
}

// slowly yields each reply once the one before is shown in the channel; at is
// called when number n of them is shown.
func (r *rig) slowly(channel string, all []bot.Reply, at func(n int)) bot.Replies {
	return inOrder(func(i int) {
		if i == 0 {
			return
		}
		r.await("part "+fmt.Sprint(i), func() bool { return r.says(channel, fruit[i-1]) })
		if at != nil {
			at(i)
		}
	}, all...)
}

// likeOnePost expects an answer to be as one that was posted whole.
func (r *rig) likeOnePost(p, whole slacktwin.Post) {
	r.test.Helper()
	if p.Text != whole.Text || asJSON(r.test, p.Blocks) != asJSON(r.test, whole.Blocks) {
		r.test.Errorf("it ends as\n%s\n%s\nwant\n%s\n%s", p.Text, asJSON(r.test, p.Blocks), whole.Text, asJSON(r.test, whole.Blocks))
	}
	if payload, _ := p.Metadata["event_payload"].(map[string]any); payload["whole"] != true || p.Streaming {
		r.test.Errorf("marked %v, streaming %v", p.Metadata, p.Streaming)
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

// whole is how an answer looks that is posted at once: to the same person in a new
// conversation of the same sort.
func (r *rig) whole(ask func() bot.Message, last bot.Reply) slacktwin.Post {
	r.test.Helper()
	m := ask()
	before := r.twin.Posts("")
	r.deliver(m, last)
	for _, p := range r.twin.Posts("") {
		if !slices.ContainsFunc(before, func(b slacktwin.Post) bool { return b.Channel == p.Channel && b.TS == p.TS }) {
			r.twin.Remove(p.Channel, p.TS)
			return p
		}
	}
	r.test.Fatal("no post")
	return slacktwin.Post{}
}

// places are where an answer can grow: a direct message, and a channel where all
// see it.
func places(r *rig) map[string]func() (m bot.Message, channel, user string) {
	user, channel := r.person()
	return map[string]func() (bot.Message, string, string){
		"direct": func() (bot.Message, string, string) { return r.ask(r.twin.DM(user, theirs)), r.twin.IM(user), user },
		"open": func() (bot.Message, string, string) {
			return r.ask(r.twin.Mention(channel, user, theirs, "")), channel, user
		},
	}
}

// TestQuickModel expects the answer of a model that is quick to be one post.
func TestQuickModel(t *testing.T) {
	r := listening(t, slacktwin.Options{}, false)
	r.with(func(o *slack.Options) { o.Stream = true })
	r.chosen.Store("public", "on")
	for name, ask := range places(r) {
		m, channel, _ := ask()
		before := len(r.twin.Calls())
		r.deliver(m, written(bot.Answer)...)
		for _, c := range r.twin.Calls()[before:] {
			payload, _ := c.Params["metadata"].(map[string]any)
			if strings.HasPrefix(c.Method, "chat.") && !strings.Contains(fmt.Sprint(payload), "whole:true") {
				t.Errorf("%s: a part was shown by %s", name, c.Method)
			}
		}
		if !r.says(channel, "cherry") {
			t.Errorf("%s: no answer", name)
		}
	}
}

// TestGrows expects a slow answer to grow in one post, with a button to stop it, and
// to end as if it had been posted whole.
func TestGrows(t *testing.T) {
	r := listening(t, slacktwin.Options{}, false)
	r.chosen.Store("public", "on")
	r.hasty(false)
	for name, ask := range places(r) {
		all := written(bot.Answer)
		want := r.whole(func() bot.Message { m, _, _ := ask(); return m }, all[len(all)-1])
		m, channel, _ := ask()
		err := r.a.Deliver(t.Context(), m, r.slowly(channel, all, func(int) {
			p, _ := r.standing(channel)
			if button(p.Blocks, "stop") == nil || button(p.Blocks, "remove") != nil || button(p.Blocks, "suggest:0") != nil {
				t.Errorf("%s: the buttons are %s", name, asJSON(t, p.Blocks))
			}
		}))
		if err != nil {
			t.Fatal(err)
		}
		p := r.only(r.twin.Posts(channel))
		r.likeOnePost(p, want)
		if button(p.Blocks, "stop") != nil {
			t.Errorf("%s: it can be stopped at the end", name)
		}
		if name == "direct" && p.Notice != phrases().Screen("en", "notice") {
			t.Errorf("the notification says %q", p.Notice)
		}
	}
	if n := r.twin.Count("chat.startStream"); n > 0 {
		t.Errorf("%d streams, and nobody chose that", n)
	}
}

// TestGrowthAlone expects what only the asker sees to come whole, and urgent help to
// have no part that is held back nor a button that stops it.
func TestGrowthAlone(t *testing.T) {
	r := listening(t, slacktwin.Options{}, false)
	r.hasty(true)
	for _, ask := range asks {
		user, channel := r.person()
		m := r.ask(ask.event(r, user, channel))
		if m.Share || ask.surface == bot.Direct {
			continue
		}
		before := len(r.alone(user))
		r.deliver(m, written(bot.Answer)...)
		if p := r.only(r.alone(user)[before:]); !strings.Contains(shown(p.Blocks), "cherry") || button(p.Blocks, "stop") != nil {
			t.Errorf("%s: %s", ask.name, asJSON(t, p.Blocks))
		}
	}
	for _, kind := range []bot.Kind{bot.Danger, bot.SelfHarm} {
		user, _ := r.person()
		m, last := r.ask(r.twin.DM(user, theirs)), replyOf(kind, "apple")
		err := r.a.Deliver(t.Context(), m, inOrder(func(i int) {
			if i == 1 {
				r.await("the opening", func() bool { return r.says(r.twin.IM(user), ours) })
				p, _ := r.standing(r.twin.IM(user))
				if button(p.Blocks, "stop") != nil {
					t.Errorf("%s can be stopped", kind)
				}
				r.say(r.twin.SessionStopped(p.Channel, p.ThreadTS, user))
			}
		}, opening(last), last))
		if err != nil || !r.says(r.twin.IM(user), "apple") {
			t.Errorf("%s: %v, cut short", kind, err)
		}
	}
	if n := r.twin.Count("chat.startStream"); n > 0 {
		t.Errorf("%d streams", n)
	}
}

// TestStop expects the asker, and nobody else, to end an answer with what is shown
// of it, by the button or by Slack's own.
func TestStop(t *testing.T) {
	for _, http := range []bool{false, true} {
		r := newRig(t, slacktwin.Options{Scopes: append([]string{"channels:history"}, scopes...)}, http)
		r.chosen.Store("public", "on")
		r.hasty(true)
		r.listen()
		for name, ask := range places(r) {
			for _, native := range []bool{false, true} {
				m, channel, user := ask()
				end := func(by string) slacktwin.Event {
					p := r.twin.Posts(channel)[0]
					if native {
						return r.twin.SessionStopped(channel, p.ThreadTS, by)
					}
					return r.twin.Press(channel, p.TS, by, "stop")
				}
				goesOn, late := true, slacktwin.Event{}
				all := written(bot.Answer)
				err := r.a.Deliver(t.Context(), m, func(yield func(bot.Reply, error) bool) {
					for i, by := range []string{slacktwin.Ben, user} {
						yield(all[i], nil)
						r.await("part "+fruit[i], func() bool { return r.says(channel, fruit[i]) })
						late = end(by)
						r.say(late)
					}
					r.await("the end", func() bool {
						p, _ := r.standing(channel)
						return button(p.Blocks, "remove") != nil
					})
					for range 1_000_000 { // it would go on
						if goesOn = yield(all[2], nil); !goesOn {
							return
						}
					}
				})
				p := r.only(r.twin.Posts(channel))
				if err != nil || goesOn || !r.says(channel, "pear") || r.says(channel, "quince") {
					t.Errorf("%s, native %v: %v, the model goes on %v, %s", name, native, err, goesOn, shown(p.Blocks))
				}
				if payload, _ := p.Metadata["event_payload"].(map[string]any); payload["whole"] != true || button(p.Blocks, "stop") != nil || button(p.Blocks, "up") == nil {
					t.Errorf("%s: not made an answer like any other: %s", name, asJSON(t, p))
				}
				r.deliver(again(m), all...) // the process died before the inbox knew
				r.say(late)                 // a press that comes behind the end, or to another process
				if after := r.only(r.twin.Posts(channel)); asJSON(t, after) != asJSON(t, p) {
					t.Errorf("%s: it changes after the end", name)
				}
				r.twin.Remove(p.Channel, p.TS)
			}
		}
		if len(r.heard) > 0 {
			t.Errorf("%d messages are kept of what only stops", len(r.heard))
		}
		r.stop()
	}
}

// TestStream expects an answer to be streamed in direct messages where that is
// chosen: what is new each time, then the whole.
func TestStream(t *testing.T) {
	r := listening(t, slacktwin.Options{}, false)
	r.chosen.Store("public", "on")
	r.hasty(true)
	user, channel := r.person()
	dm := r.twin.IM(user)
	all := written(bot.Answer)
	ask := func() bot.Message { return r.ask(r.twin.DM(user, theirs)) }
	want := r.whole(ask, all[len(all)-1])
	if err := r.a.Deliver(t.Context(), ask(), r.slowly(dm, all, nil)); err != nil {
		t.Fatal(err)
	}
	r.likeOnePost(r.only(r.twin.Posts(dm)), want)
	counts := r.twin.Counts()
	if counts["chat.startStream"] != 1 || counts["chat.appendStream"] != len(fruit)-1 || counts["chat.stopStream"] != 1 {
		t.Errorf("%v", counts)
	}
	for i, c := range r.twin.CallsTo("chat.appendStream") {
		if c.Text("markdown_text") != "\n• "+fruit[i+1] {
			t.Errorf("appended %q", c.Text("markdown_text"))
		}
	}
	first := r.twin.CallsTo("chat.startStream")[0]
	if s := asJSON(t, first.Params["chunks"]); strings.Contains(s, "](") || !strings.Contains(s, phrases().Screen("en", "notice")) {
		t.Errorf("it begins with %s", s)
	}
	for _, kind := range []bot.Kind{bot.Tip, bot.Disclosure} { // never of who confides, nor where others are
		user, _ := r.person()
		m := r.ask(r.twin.DM(user, theirs))
		if err := r.a.Deliver(t.Context(), m, r.slowly(r.twin.IM(user), written(kind), nil)); err != nil {
			t.Fatal(err)
		}
		if p := r.only(r.alone(user)); p.Notice != phrases().Screen("en", "notice") {
			t.Errorf("%s: the notification says %q", kind, p.Notice)
		}
	}
	m := r.ask(r.twin.Mention(channel, user, theirs, ""))
	if err := r.a.Deliver(t.Context(), m, r.slowly(channel, written(bot.Answer), nil)); err != nil {
		t.Fatal(err)
	}
	if n := r.twin.Count("chat.startStream"); n != 1 {
		t.Errorf("%d streams, want 1", n)
	}
}
