package slack_test

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"porchlight/adapters/slack"
	"porchlight/adapters/slack/slacktwin"
	"porchlight/bot"
)

// unasked says an event and expects it to ask nothing.
func (r *rig) unasked(what string, e slacktwin.Event) {
	r.test.Helper()
	r.say(e)
	if len(r.heard) > 0 {
		<-r.heard
		r.test.Errorf("taken for a question: %s", what)
	}
}

// TestFollowUp expects whoever asked with a mention to go on in that thread without
// one, answered where bot.See says, and nobody else.
func TestFollowUp(t *testing.T) {
	for _, public := range []string{"off", "on"} {
		t.Run(public, func(t *testing.T) {
			overBoth(t, slacktwin.Options{}, func(t *testing.T, r *rig) {
				r.chosen.Store("public", public)
				for name, root := range map[string]func(channel string) string{
					"a thread of their own": func(string) string { return "" },
					"a thread of others":    func(channel string) string { return r.twin.ChannelMessage(channel, slacktwin.Ben, "lunch?", "").TS },
				} {
					user, channel := r.person()
					ask := r.twin.Mention(channel, user, theirs, root(channel))
					a := r.ask(ask)
					r.deliver(a, replyOf(bot.Answer, "apple"))
					for _, word := range []string{"pear", "plum"} { // an answer goes on, too
						e := r.twin.ChannelMessage(channel, user, "and then?", ask.Thread)
						b := r.ask(e)
						if b.Conversation != a.Conversation || b.Text != "and then?" || b.Private || b.Share || b.Person != a.Person {
							t.Errorf("%s: %q, private %v", name, b.Text, b.Private)
						}
						r.deliver(b, replyOf(bot.Answer, word))
						posts := r.twin.Ephemerals(user)
						if public == "on" {
							posts = r.twin.Posts(channel)
						}
						if p := posts[len(posts)-1]; p.ThreadTS != ask.Thread || !strings.Contains(shown(p.Blocks), word) {
							t.Errorf("%s: answered in %q, asked in %q: %q", name, p.ThreadTS, ask.Thread, shown(p.Blocks))
						}
						r.deliver(r.ask(r.twin.ChannelMessage(channel, user, "help!", ask.Thread)), replyOf(bot.Danger, "cherry"))
					}
					if public == "off" && len(r.seen(channel)) > 0 || strings.Contains(strings.Join(r.seen(channel), " "), "cherry") {
						t.Errorf("%s: others see %q", name, r.seen(channel))
					}
				}
			})
		})
	}
}

// TestNoFollowUp expects what others write in such a thread, what the asker writes
// to somebody else or elsewhere, and what comes much later to be no question; and
// nothing of it to be looked at.
func TestNoFollowUp(t *testing.T) {
	var ahead atomic.Int64
	r := newRig(t, slacktwin.Options{}, false)
	r.with(func(o *slack.Options) {
		o.Now = func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
	})
	r.listen()
	user, channel := r.person()
	ask := r.twin.Mention(channel, user, theirs, "")
	r.deliver(r.ask(ask), replyOf(bot.Answer, "apple"))
	r.await("the language is asked for", func() bool { return r.twin.Count("users.info") == 1 })
	r.unasked("another's message", r.twin.ChannelMessage(channel, slacktwin.Ben, "well", ask.Thread))
	r.unasked("what is said to another", r.twin.ChannelMessage(channel, user, "<@"+slacktwin.Ben+"> you?", ask.Thread))
	r.unasked("another thread", r.twin.ChannelMessage(channel, user, "hm", r.twin.ChannelMessage(channel, slacktwin.Ben, "lunch?", "").TS))
	r.unasked("the channel itself", r.twin.ChannelMessage(channel, user, "hm", ""))
	_, other := r.person()
	r.unasked("the same words elsewhere", r.twin.ChannelMessage(other, slacktwin.Ben, theirs, r.twin.ChannelMessage(other, slacktwin.Ben, "lunch?", "").TS))
	if n := r.twin.Count("users.info"); n != 1 {
		t.Errorf("%d people were looked up, one has asked", n)
	}
	r.ask(r.twin.Mention(channel, slacktwin.Ben, theirs, ask.Thread)) // now Ben has asked, too
	r.ask(r.twin.ChannelMessage(channel, slacktwin.Ben, "well", ask.Thread))
	r.ask(r.twin.ChannelMessage(channel, user, "and?", ask.Thread))
	ahead.Store(int64(2*time.Hour + time.Second))
	r.unasked("a thread of long ago", r.twin.ChannelMessage(channel, user, "still?", ask.Thread))
	r.ask(r.twin.Mention(channel, user, theirs, ask.Thread))
	r.ask(r.twin.ChannelMessage(channel, user, "and?", ask.Thread))
}

// TestFollowUpRemembered expects a thread to go on for as long as the conversation
// is remembered, in a process that has just begun as well, and a memory that fails
// to be no more than one that forgot.
func TestFollowUpRemembered(t *testing.T) {
	r := newRig(t, slacktwin.Options{}, false)
	var known atomic.Value
	known.Store(bot.ConversationID(""))
	var broken atomic.Bool
	var ahead atomic.Int64
	r.with(func(o *slack.Options) {
		o.Now = func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
		o.Talking = func(_ context.Context, id bot.ConversationID) (bool, error) {
			if broken.Load() {
				return true, errors.New("no disk")
			}
			return known.Load() == id, nil
		}
	})
	r.listen()
	user, channel := r.person()
	root := r.twin.ChannelMessage(channel, slacktwin.Ben, "lunch?", "").TS
	r.unasked("nobody remembers", r.twin.ChannelMessage(channel, user, "and?", root))
	m := r.ask(r.twin.Mention(channel, user, theirs, root))
	r.ask(r.twin.ChannelMessage(channel, user, "and?", root)) // before the first is answered
	ahead.Store(int64(2 * time.Minute))
	r.unasked("it was not remembered", r.twin.ChannelMessage(channel, user, "and?", root))
	known.Store(m.Conversation)
	r.ask(r.twin.ChannelMessage(channel, user, "and?", root))
	r.unasked("another's", r.twin.ChannelMessage(channel, slacktwin.Ben, "and?", root))
	ahead.Store(int64(4 * time.Minute))
	broken.Store(true)
	r.unasked("the memory fails", r.twin.ChannelMessage(channel, user, "and?", root))
}

// TestMentionWithoutScope expects a follow-up with a mention to be heard where the
// channel is not.
func TestMentionWithoutScope(t *testing.T) {
	r := listening(t, slacktwin.Options{}, false)
	user, channel := r.person()
	ask := r.twin.Mention(channel, user, theirs, "")
	a, b := r.ask(ask), r.ask(r.twin.Mention(channel, user, "and?", ask.Thread))
	if a.Conversation != b.Conversation {
		t.Error("it is another conversation")
	}
}
