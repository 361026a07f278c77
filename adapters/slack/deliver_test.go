package slack_test

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"porchlight/adapters/slack"
	"porchlight/adapters/slack/slacktwin"
	"porchlight/bot"
	"porchlight/bot/bottest"
)

var kinds = []bot.Kind{bot.Danger, bot.SelfHarm, bot.Disclosure, bot.Tip, bot.Refusal, bot.OffTopic, bot.About, bot.NoAnswer, bot.Answer}

// asks are the surfaces: how somebody asks, and the channel in which others are.
var asks = []struct {
	name    string
	surface bot.Surface
	share   bool
	event   func(r *rig, user, channel string) slacktwin.Event
}{
	{"direct", bot.Direct, false, func(r *rig, user, _ string) slacktwin.Event { return r.twin.DM(user, theirs) }},
	{"mention", bot.Channel, false, func(r *rig, user, channel string) slacktwin.Event {
		return r.twin.Mention(channel, user, theirs, "")
	}},
	{"mention in a thread", bot.Channel, false, func(r *rig, user, channel string) slacktwin.Event {
		return r.twin.Mention(channel, user, theirs, r.twin.ChannelMessage(channel, slacktwin.Ben, "lunch?", "").TS)
	}},
	{"command", bot.Aside, false, func(r *rig, user, channel string) slacktwin.Event {
		return r.twin.Command(channel, user, "/porchlight", theirs)
	}},
	{"shortcut", bot.Aside, false, func(r *rig, user, channel string) slacktwin.Event {
		return r.twin.Shortcut(channel, r.twin.ChannelMessage(channel, slacktwin.Ben, theirs, "").TS, user, "ask_privately")
	}},
	{"suggestion", bot.Aside, false, func(r *rig, user, channel string) slacktwin.Event {
		return r.twin.Press(channel, withButtons(r, channel, user).TS, user, "suggest:1")
	}},
	{"to my messages", bot.Direct, false, func(r *rig, user, channel string) slacktwin.Event {
		return r.twin.Press(channel, withButtons(r, channel, user).TS, user, "dm")
	}},
	{"share", bot.Aside, true, func(r *rig, user, channel string) slacktwin.Event {
		return r.twin.Press(channel, withButtons(r, channel, user).TS, user, "share")
	}},
}

// TestWhoSees expects others to see an answer where bot.See lets it be open, and
// nothing at all anywhere else: no post, no status, no reaction, at no time.
func TestWhoSees(t *testing.T) {
	for _, public := range []string{"off", "", "on"} {
		t.Run("public "+public, func(t *testing.T) {
			r := listening(t, slacktwin.Options{}, false)
			r.chosen.Store("public", public)
			for _, ask := range asks {
				for _, kind := range kinds {
					for _, privacy := range []bot.Privacy{bot.AskerOnly, bot.Everyone} {
						if privacy == bot.Everyone && !ask.share {
							continue // a reply is for everyone only where the asker shares it
						}
						user, channel := r.person()
						m := r.ask(ask.event(r, user, channel))
						before := len(r.alone(user))
						reply := replyOf(kind, "apple")
						reply.Privacy = privacy
						r.deliver(m, opening(reply), reply)
						v := bot.See(ask.surface, kind, m.Share, bot.Manners{Public: public == "on", Whispers: true})
						open := v == bot.Open && (!ask.share || privacy == bot.Everyone)
						got, name := r.seen(channel), fmt.Sprintf("%s, %s, privacy %d", ask.name, kind, privacy)
						if ask.share != m.Share {
							t.Fatalf("%s: share is %v", name, m.Share)
						}
						if !open && len(got) > 0 {
							t.Errorf("%s: others see %q", name, got)
						}
						if open && len(got) != 1 {
							t.Errorf("%s: others see %q, want one post", name, got)
						}
						alone := r.alone(user)[before:]
						if n := len(alone); open && n != 0 || !open && n != 1 {
							t.Errorf("%s: the asker sees %d posts alone", name, n)
						}
						for _, p := range alone {
							if !strings.Contains(shown(p.Blocks), "apple") {
								t.Errorf("%s: the asker reads %q", name, shown(p.Blocks))
							}
							if d := p.Channel[0] == 'D'; d != (v == bot.InDirect) {
								t.Errorf("%s: the answer is in %s", name, p.Channel)
							}
						}
					}
				}
			}
			if n := len(r.twin.Statuses()); n > 0 {
				t.Errorf("%d statuses, and nothing took long", n)
			}
		})
	}
}

// TestShareOnlyInformation expects the button to share under information alone,
// and only with a question before it.
func TestShareOnlyInformation(t *testing.T) {
	r := listening(t, slacktwin.Options{}, false)
	for _, kind := range kinds {
		user, channel := r.person()
		for _, shareable := range []bool{true, false} {
			reply := replyOf(kind, "apple")
			reply.Shareable = shareable
			r.deliver(r.ask(r.twin.Command(channel, user, "/porchlight", theirs)), reply)
			posts := r.twin.Ephemerals(user)
			b := button(posts[len(posts)-1].Blocks, "share")
			if want := shareable && !kind.Personal(); (b != nil) != want {
				t.Errorf("%s, shareable %v: the button is there: %v", kind, shareable, b != nil)
			}
			if b != nil && b["confirm"] == nil {
				t.Errorf("%s: shared without a question", kind)
			}
		}
	}
	user, _ := r.person()
	r.deliver(r.ask(r.twin.DM(user, theirs)), replyOf(bot.Answer, "apple"))
	for _, id := range []string{"share", "dm"} {
		if button(r.twin.Posts(r.twin.IM(user))[0].Blocks, id) != nil {
			t.Errorf("%s is offered in a direct message", id)
		}
	}
}

// button is a button in blocks, or nil.
func button(v any, id string) map[string]any {
	switch v := v.(type) {
	case []any:
		for _, x := range v {
			if b := button(x, id); b != nil {
				return b
			}
		}
	case map[string]any:
		if v["action_id"] == id {
			return v
		}
		return button(v["elements"], id)
	}
	return nil
}

// TestFallsBack expects an answer to reach its asker by another way when one is
// closed, and nobody else.
func TestFallsBack(t *testing.T) {
	foreign := atomic.Int32{}
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { foreign.Add(1) }))
	t.Cleanup(elsewhere.Close)
	mention := func(r *rig, user, channel string) bot.Message {
		return r.ask(r.twin.Mention(channel, user, theirs, ""))
	}
	command := func(r *rig, user, channel string) bot.Message {
		return r.ask(r.twin.Command(channel, user, "/porchlight", theirs))
	}
	usedUp := func(r *rig, m bot.Message) {
		for r.twin.HookUses(hookOf(t, m)) < 5 {
			useHook(t, hookOf(t, m))
		}
		removeAll(r)
	}
	channelOf := func(r *rig, id string, c slacktwin.Channel) { c.ID = id; r.twin.AddChannel(c) }
	const ephemeral, dm, nowhere = "ephemeral", "dm", "nowhere"
	for _, x := range []struct {
		name   string
		public bool
		ask    func(r *rig, user, channel string) bot.Message
		spoil  func(r *rig, m *bot.Message, user, channel string)
		where  string
	}{
		{"all is well", false, mention, func(*rig, *bot.Message, string, string) {}, ephemeral},
		{"the asker has left", false, mention, func(r *rig, _ *bot.Message, _, channel string) {
			channelOf(r, channel, slacktwin.Channel{Members: []string{slacktwin.BotUser, slacktwin.Ben}})
		}, dm},
		{"the app was put out", false, mention, func(r *rig, _ *bot.Message, user, channel string) {
			channelOf(r, channel, slacktwin.Channel{Members: []string{user, slacktwin.Ben}})
		}, dm},
		{"the channel is archived", false, mention, func(r *rig, _ *bot.Message, user, channel string) {
			channelOf(r, channel, slacktwin.Channel{Archived: true, Members: []string{slacktwin.BotUser, user, slacktwin.Ben}})
		}, dm},
		{"open, the app was put out", true, mention, func(r *rig, _ *bot.Message, user, channel string) {
			channelOf(r, channel, slacktwin.Channel{Members: []string{user, slacktwin.Ben}})
		}, dm},
		{"open, the channel is archived", true, mention, func(r *rig, _ *bot.Message, user, channel string) {
			channelOf(r, channel, slacktwin.Channel{Archived: true, Members: []string{slacktwin.BotUser, user, slacktwin.Ben}})
		}, dm},
		{"open, posting is restricted", true, mention, func(r *rig, _ *bot.Message, _, _ string) {
			r.twin.Fault("chat.postMessage", 1, slacktwin.Refused("restricted_action", nil))
		}, ephemeral},
		{"the hook is used up", false, command, func(r *rig, m *bot.Message, _, _ string) { usedUp(r, *m) }, ephemeral},
		{"the hook is used up and the app is not there", false, command, func(r *rig, m *bot.Message, user, channel string) {
			usedUp(r, *m)
			channelOf(r, channel, slacktwin.Channel{Members: []string{user, slacktwin.Ben}})
		}, dm},
		{"the hook is old", false, command, func(_ *rig, m *bot.Message, _, _ string) { m.At = m.At.Add(-30 * time.Minute) }, ephemeral},
		{"the hook has expired", false, command, func(r *rig, _ *bot.Message, _, _ string) {
			r.twin.Fault("hook", 1, slacktwin.Fault{Name: "expired", Status: http.StatusNotFound, Body: `{"ok":false,"error":"expired_url"}`})
		}, ephemeral},
		{"the hook is somebody else's", false, command, func(_ *rig, m *bot.Message, _, _ string) {
			*m = placed(t, *m, map[string]any{"k": elsewhere.URL + "/commands/T0TWIN0001/1/x"})
		}, ephemeral},
		{"the hook only looks like Slack's", false, command, func(_ *rig, m *bot.Message, _, _ string) {
			at := strings.TrimPrefix(elsewhere.URL, "http://")
			*m = placed(t, *m, map[string]any{"k": "http://hooks.slack.com@" + at + "/commands/x"})
		}, ephemeral},
		{"there is no hook", false, command, func(_ *rig, m *bot.Message, _, _ string) { *m = placed(t, *m, map[string]any{"k": ""}) }, ephemeral},
		{"the hook is no address", false, command, func(_ *rig, m *bot.Message, _, _ string) {
			*m = placed(t, *m, map[string]any{"k": "http://[::1"})
		}, ephemeral},
		{"a command among two others, the hook used up", false, func(r *rig, user, _ string) bot.Message {
			return command(r, user, r.twin.AddChannel(slacktwin.Channel{ID: "D0OTHERS01", Kind: slacktwin.Direct, Members: []string{user, slacktwin.Ben}}))
		}, func(r *rig, m *bot.Message, _, _ string) { usedUp(r, *m) }, dm},
		{"a suggestion among two others", false, func(r *rig, user, _ string) bot.Message {
			c := r.twin.AddChannel(slacktwin.Channel{ID: "D0OTHERS01", Kind: slacktwin.Direct, Members: []string{user, slacktwin.Ben}})
			m := r.ask(r.twin.Press(c, withButtons(r, c, user).TS, user, "suggest:1"))
			removeAll(r)
			return m
		}, func(*rig, *bot.Message, string, string) {}, ephemeral},
		{"the question in a direct message is gone", false, func(r *rig, user, _ string) bot.Message {
			e := r.twin.DM(user, theirs)
			m := r.ask(e)
			r.twin.Remove(e.Channel, e.TS)
			return m
		}, func(*rig, *bot.Message, string, string) {}, dm},
		{"the thread in a direct message is refused", false, func(r *rig, user, _ string) bot.Message { return r.ask(r.twin.DM(user, theirs)) },
			func(r *rig, _ *bot.Message, _, _ string) {
				r.twin.Fault("chat.postMessage", 1, slacktwin.Refused("thread_not_found", nil))
			}, dm},
		{"the person is gone", false, mention, func(r *rig, _ *bot.Message, user, channel string) {
			r.twin.AddUser(slacktwin.User{ID: user, Deleted: true})
			channelOf(r, channel, slacktwin.Channel{Members: []string{slacktwin.BotUser, slacktwin.Ben}})
		}, nowhere},
		{"the direct message is closed", false, func(r *rig, user, _ string) bot.Message { return r.ask(r.twin.DM(user, theirs)) },
			func(r *rig, _ *bot.Message, _, _ string) {
				r.twin.Fault("chat.postMessage", 2, slacktwin.Refused("messages_tab_disabled", nil))
			}, nowhere},
	} {
		t.Run(x.name, func(t *testing.T) {
			r := listening(t, slacktwin.Options{}, false)
			if x.public {
				r.chosen.Store("public", "on")
			}
			user, channel := r.person()
			m := x.ask(r, user, channel)
			x.spoil(r, &m, user, channel)
			reply := replyOf(bot.Answer, "apple")
			err := r.a.Deliver(t.Context(), m, repliesOf(reply))
			if x.where == nowhere {
				if !errors.Is(err, bot.ErrGiveUp) {
					t.Errorf("Deliver: %v, want it to give up", err)
				}
			} else if err != nil {
				t.Fatalf("Deliver: %v", err)
			}
			if got := r.seen(channel); len(got) > 0 {
				t.Errorf("others see %q", got)
			}
			got := nowhere
			for _, p := range r.alone(user) {
				if got != nowhere {
					t.Error("answered twice")
				}
				if got = ephemeral; p.EphemeralTo == "" {
					got = dm
				}
				if !strings.Contains(shown(p.Blocks), "apple") {
					t.Errorf("the answer is %q", shown(p.Blocks))
				}
			}
			if got != x.where {
				t.Errorf("the answer is %s, want %s", got, x.where)
			}
			if n := foreign.Load(); n > 0 {
				t.Errorf("somebody else's address was called %d times", n)
			}
		})
	}
}

// TestClosed expects each refusal that means a closed door to open the next one,
// and giving up only where all are closed.
func TestClosed(t *testing.T) {
	r := listening(t, slacktwin.Options{}, false)
	for _, code := range []string{
		"user_not_in_channel", "not_in_channel", "channel_not_found", "is_archived", "restricted_action", "restricted_action_read_only_channel",
		"restricted_action_thread_only_channel", "restricted_action_non_threadable_channel", "ekm_access_denied", "team_access_not_granted",
		"messages_tab_disabled", "no_permission", "method_not_supported_for_channel_type", "user_not_visible",
	} {
		t.Run(code, func(t *testing.T) {
			user, channel := r.person()
			m := r.ask(r.twin.Mention(channel, user, theirs, ""))
			r.twin.Fault("chat.postEphemeral", 2, slacktwin.Refused(code, nil))
			r.twin.Fault("conversations.open", 1, slacktwin.Refused("user_disabled", nil))
			if err := r.a.Deliver(t.Context(), m, repliesOf(replyOf(bot.Danger))); !errors.Is(err, bot.ErrGiveUp) {
				t.Errorf("with every door closed: %v", err)
			}
			r.deliver(again(m), replyOf(bot.Danger, "apple"))
			if p := r.only(r.alone(user)); p.Channel != r.twin.IM(user) {
				t.Errorf("the answer is in %s", p.Channel)
			}
			if got := r.seen(channel); len(got) > 0 {
				t.Errorf("others see %q", got)
			}
		})
	}
}

// TestNoAnswerInAnOpenPost expects an answer for the asker alone never to be put
// into a post that others see, be it one of the same question.
func TestNoAnswerInAnOpenPost(t *testing.T) {
	for _, kind := range []bot.Kind{bot.NoAnswer, bot.Danger, bot.Disclosure} {
		r := listening(t, slacktwin.Options{}, false)
		r.chosen.Store("public", "on")
		user, channel := r.person()
		m := r.ask(r.twin.Mention(channel, user, theirs, ""))
		r.twin.Fault("chat.postEphemeral", 9, slacktwin.Refused("user_not_in_channel", nil))
		first := opening(replyOf(bot.Answer))
		last := replyOf(kind, "apple")
		err := r.a.Deliver(t.Context(), m, inOrder(func(i int) {
			if i == 1 {
				r.await("the opening", func() bool { return len(r.twin.Posts(channel)) == 1 })
			}
		}, first, last))
		if err != nil {
			t.Fatal(err)
		}
		m.Handed.Again = true
		r.deliver(m, last)
		if got := fmt.Sprint(r.seen(channel)); strings.Contains(got, "apple") {
			t.Errorf("%s: others see %s", kind, got)
		}
		if !slices.ContainsFunc(r.alone(user), func(p slacktwin.Post) bool { return strings.Contains(shown(p.Blocks), "apple") }) {
			t.Errorf("%s: the asker got no answer", kind)
		}
	}
}

// hookOf is the response_url in a message's place.
func hookOf(t *testing.T, m bot.Message) string {
	t.Helper()
	for s := range strings.SplitSeq(m.From.Place, `"`) {
		if strings.Contains(s, "/hooks/") {
			return s
		}
	}
	t.Fatal("no response_url")
	return ""
}

// useHook answers there, as somebody else.
func useHook(t *testing.T, to string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, to, strings.NewReader(`{"text":"x"}`))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	http.DefaultClient.CloseIdleConnections()
}

// removeAll takes away what was shown so far, so that one more can be counted.
func removeAll(r *rig) {
	for _, p := range r.twin.Ephemerals("") {
		e := slacktwin.Post{Channel: p.Channel, TS: p.TS}
		r.twin.Remove(e.Channel, e.TS)
	}
}

// endless is a refusal that names no end: the first time it is waited for as long
// as in the table, or up to half of that less.
const endless = "limited without an end"

// troubles are what becomes of a call, and what Deliver is to say of it.
var troubles = []struct {
	name  string
	fault slacktwin.Fault
	after time.Duration // of a bot.LaterError, 0: none
	lost  bool          // bot.ErrUnclear
	slow  bool
}{
	{"limited", slacktwin.RateLimited(7 * time.Second), 7 * time.Second, false, false},
	{endless, slacktwin.RateLimitedBare(), 2 * time.Second, false, false},
	{"500", slacktwin.Broken(500), 0, true, false},
	{"502", slacktwin.Broken(502), 0, true, false},
	{"503", slacktwin.Broken(503), 0, true, false},
	{"a page", slacktwin.HTML(), 0, true, false},
	{"the answer is lost", slacktwin.LostAnswer(), 0, true, false},
	{"the answer is late", slacktwin.SlowHeaders(time.Minute), 0, true, true},
	{"the answer stops", slacktwin.SlowBody(time.Minute), 0, true, true},
	{"nobody hears", slacktwin.Deaf(), 0, true, false},
	{"reset before", slacktwin.ResetBefore(), 0, true, false},
	{"reset after", slacktwin.ResetAfter(), 0, true, false},
	{"internal error", slacktwin.Refused("internal_error", nil), 0, true, false},
	{"fatal error", slacktwin.Refused("fatal_error", nil), 0, true, false},
	{"odd errors", slacktwin.OddErrors("oh", []any{map[string]any{"lamp": theirs + " " + slacktwin.Ana}}), 0, true, false},
	{"odder errors", slacktwin.OddErrors("oh", map[string]any{"lamp": theirs}), 0, true, false},
	{"another refusal", slacktwin.Refused("as_user_not_supported", nil), 0, false, false},
}

// TestTrouble expects each failure of a send to be told for what it is, and
// exactly one post after the inbox has handed the message out again.
func TestTrouble(t *testing.T) {
	for _, x := range []struct {
		name, method string
		ask          func(r *rig, user, channel string) bot.Message
		public       bool
		twice        bool // nobody can tell whether it stands: it may come twice, to the asker
	}{
		{name: "direct", method: "chat.postMessage", ask: func(r *rig, user, _ string) bot.Message { return r.ask(r.twin.DM(user, theirs)) }},
		{name: "to my messages", method: "chat.postMessage", ask: func(r *rig, user, channel string) bot.Message {
			return r.ask(asks[6].event(r, user, channel))
		}},
		{name: "open", method: "chat.postMessage", public: true, ask: func(r *rig, user, channel string) bot.Message {
			return r.ask(r.twin.Mention(channel, user, theirs, ""))
		}},
		{name: "share", method: "chat.postMessage", ask: func(r *rig, user, channel string) bot.Message {
			return r.ask(asks[7].event(r, user, channel))
		}},
		{name: "mention", method: "chat.postEphemeral", twice: true, ask: func(r *rig, user, channel string) bot.Message {
			return r.ask(r.twin.Mention(channel, user, theirs, ""))
		}},
		{name: "command", method: "hook", twice: true, ask: func(r *rig, user, channel string) bot.Message {
			return r.ask(r.twin.Command(channel, user, "/porchlight", theirs))
		}},
	} {
		t.Run(x.name, func(t *testing.T) {
			t.Parallel()
			r := besides(t, slacktwin.Options{Scopes: append([]string{"channels:history"}, scopes...)}, false)
			r.listen()
			if x.public {
				r.chosen.Store("public", "on")
			}
			for _, f := range troubles {
				if f.slow && x.name != "direct" {
					continue // as the others that never end
				}
				r.with(func(o *slack.Options) { // with a pace of its own
					if f.fault.Hang || f.slow {
						o.Call = 400 * time.Millisecond
					}
				})
				if x.method == "hook" && f.fault.Status == 0 && (f.fault.Body != "" || f.fault.BeforeBody > 0) {
					continue // a response_url answers with a status alone
				}
				user, channel := r.person()
				m := x.ask(r, user, channel)
				before := len(r.alone(user)) + len(r.seen(channel))
				reply := replyOf(bot.Answer, "apple")
				if m.Share {
					reply.Privacy = bot.Everyone
				}
				r.twin.Fault(x.method, 1, f.fault)
				err := r.a.Deliver(t.Context(), m, repliesOf(reply))
				var later *bot.LaterError
				switch {
				case err == nil:
					t.Fatalf("%s: no error", f.name)
				case errors.Is(err, bot.ErrGiveUp):
					t.Errorf("%s: given up: %v", f.name, err)
				case errors.As(err, &later) != (f.after > 0) || later != nil && (later.After > f.after || later.After < f.after && f.name != endless || later.After < f.after/2):
					t.Errorf("%s: %v, want it later by %v", f.name, err, f.after)
				case errors.Is(err, bot.ErrUnclear) != f.lost:
					t.Errorf("%s: %v, unclear is %v", f.name, err, f.lost)
				}
				for _, secret := range append(idsIn(m.From.Place), theirs, ours, "apple", "/hooks/") {
					if strings.Contains(err.Error(), secret) {
						t.Errorf("%s: %q is in the error: %v", f.name, secret, err)
					}
				}
				r.with(nil) // the process has died
				r.deliver(again(m), reply)
				r.deliver(again(m), reply)
				n := len(r.alone(user)) + len(r.seen(channel)) - before
				if n != 1 && (!x.twice || n != 2 || !f.fault.Accept) {
					t.Errorf("%s: %d posts", f.name, n)
				}
			}
		})
	}
}

// TestNothingSent expects a refused connection to be no unclear end: nothing was
// sent.
func TestNothingSent(t *testing.T) {
	r := listening(t, slacktwin.Options{}, false)
	user, channel := r.person()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = l.Close()
	deaf := r.adapter(func(o *slack.Options) { o.APIURL = "http://" + l.Addr().String() + "/api/" })
	for _, m := range []bot.Message{
		r.ask(r.twin.DM(user, theirs)), r.ask(r.twin.Mention(channel, user, theirs, "")), r.ask(r.twin.HomeOpened(user, "home")),
		placed(t, r.ask(r.twin.Command(channel, user, "/porchlight", theirs)), map[string]any{"k": ""}),
		again(r.ask(r.twin.DM(user, theirs))), r.ask(asks[6].event(r, user, channel)),
	} {
		var later *bot.LaterError
		err := deaf.Deliver(t.Context(), m, repliesOf(replyOf(bot.Answer)))
		if err == nil || errors.Is(err, bot.ErrUnclear) || errors.Is(err, bot.ErrGiveUp) || errors.As(err, &later) {
			t.Errorf("%v", err)
		}
	}
}

// TestOtherCallsLimited expects a limit of any method on the way to be told.
func TestOtherCallsLimited(t *testing.T) {
	r := listening(t, slacktwin.Options{Scopes: append([]string{"channels:history"}, scopes...)}, false)
	user, channel := r.person()
	for method, m := range map[string]bot.Message{
		"conversations.open": r.ask(asks[6].event(r, user, channel)), "conversations.replies": again(r.ask(r.twin.DM(user, theirs))),
		"views.publish": r.ask(r.twin.HomeOpened(user, "home")),
	} {
		r.twin.Fault(method, 1, slacktwin.RateLimited(9*time.Second))
		var later *bot.LaterError
		if err := r.a.Deliver(t.Context(), m, repliesOf(replyOf(bot.Answer))); !errors.As(err, &later) || later.After != 9*time.Second {
			t.Errorf("%s: %v", method, err)
		}
		r.deliver(again(m), replyOf(bot.Answer))
	}
}

// TestRefusedBlocks expects an answer whose blocks Slack does not take to be given
// in words.
func TestRefusedBlocks(t *testing.T) {
	r := listening(t, slacktwin.Options{}, false)
	for _, code := range []string{"invalid_blocks", "msg_blocks_too_long", "invalid_blocks_format"} {
		for _, ask := range asks {
			t.Run(code+" "+ask.name, func(t *testing.T) {
				r.twin.NoFaults() // some ways do not come by all of those planned
				user, channel := r.person()
				m := r.ask(ask.event(r, user, channel))
				reply := replyOf(bot.Answer, "apple", "pear")
				if m.Share {
					reply.Privacy = bot.Everyone
				}
				before := len(r.alone(user)) + len(r.seen(channel))
				r.twin.Fault("chat.postMessage", 1, slacktwin.Refused(code, nil))
				r.twin.Fault("chat.postEphemeral", 1, slacktwin.Refused(code, nil))
				r.twin.Fault("hook", 1, slacktwin.Fault{Name: code, Status: http.StatusBadRequest, Body: `{"ok":false,"error":"` + code + `"}`})
				from := len(r.twin.Calls())
				r.deliver(m, reply)
				for _, c := range r.twin.Calls()[from:] {
					if c.Method == "chat.postMessage" && c.Text("channel") != channel && c.Text("text") != phrases().Screen("en", "notice") {
						t.Errorf("the notification of a private answer says %q", c.Text("text"))
					}
				}
				posts := append(r.alone(user), r.twin.Posts(channel)...)[before:]
				if p := r.only(posts); !strings.Contains(p.Text+shown(p.Blocks), "apple") || !strings.Contains(p.Text+shown(p.Blocks), "pear") {
					t.Errorf("the answer is %q", p.Text)
				}
			})
		}
	}
}

// TestEveryPost expects of every post that nothing is unfurled, that it says what
// it answers, and that a notification tells nothing of what is private.
func TestEveryPost(t *testing.T) {
	for _, public := range []string{"off", "on"} {
		r := listening(t, slacktwin.Options{}, false)
		r.chosen.Store("public", public)
		notices := []string{phrases().Screen("en", "notice"), phrases().Screen("es", "notice")}
		for _, ask := range asks {
			for _, kind := range kinds {
				for _, lang := range []string{"en", "es"} {
					user, channel := r.person()
					m := r.ask(ask.event(r, user, channel))
					from := len(r.twin.Calls())
					reply := replyOf(kind, "apple")
					reply.Lang, reply.Privacy = lang, map[bool]bot.Privacy{true: bot.Everyone}[m.Share]
					r.deliver(m, reply)
					for _, c := range r.twin.Calls()[from:] {
						switch c.Method {
						case "chat.postMessage", "chat.postEphemeral", "hook", "chat.update":
						default:
							continue
						}
						if c.Params["unfurl_links"] != false || c.Params["unfurl_media"] != false {
							t.Errorf("%s, %s: %s unfurls", ask.name, kind, c.Method)
						}
						text, blocks := c.Text("text"), shown(c.Params["blocks"])
						if c.Method == "chat.postMessage" && c.Text("channel")[0] == 'D' {
							if !slices.Contains(notices, text) {
								t.Errorf("%s, %s: the notification says %q", ask.name, kind, text)
							}
						} else if !strings.Contains(text, "apple") && c.Text("channel") != channel {
							t.Errorf("%s, %s: a screen reader hears %q", ask.name, kind, text)
						}
						if !strings.Contains(blocks, "apple") {
							t.Errorf("%s, %s: %s shows %q", ask.name, kind, c.Method, blocks)
						}
						if c.Params["link_names"] != nil || c.Params["parse"] != nil || c.Params["username"] != nil || c.Params["reply_broadcast"] == true {
							t.Errorf("%s: %v", ask.name, c.Params)
						}
						if c.Method == "hook" && c.Params["response_type"] != "ephemeral" {
							t.Errorf("%s: the hook shows it to %v", ask.name, c.Params["response_type"])
						}
						if data, ok := c.Params["metadata"].(map[string]any); ok {
							payload, _ := data["event_payload"].(map[string]any)
							if data["event_type"] != "porchlight_answer" || payload["mark"] != string(m.ID) || payload["whole"] != true || len(payload) != 2 {
								t.Errorf("%s: marked %v", ask.name, data)
							}
						} else if strings.HasPrefix(c.Method, "chat.") && c.Method != "chat.postEphemeral" {
							t.Errorf("%s: %s is not marked", ask.name, c.Method)
						}
					}
					for _, p := range append(r.twin.Posts(r.twin.IM(user)), r.twin.Posts(channel)...) {
						if p.Channel != channel && !strings.Contains(p.Text, "apple") {
							t.Errorf("%s, %s: in the end a screen reader hears %q", ask.name, kind, p.Text)
						}
					}
				}
			}
		}
	}
}

// TestOpeningThenAnswer expects an urgent opening to stand at once, and the answer
// in its place.
func TestOpeningThenAnswer(t *testing.T) {
	long := strings.Repeat("the employer's long line that doesn't end, \n", 250) // more than an edit takes as text
	for name, words := range map[string][]string{"short": {"apple"}, "long": {"apple", long}} {
		t.Run(name, func(t *testing.T) {
			r := listening(t, slacktwin.Options{}, false)
			user, _ := r.person()
			m := r.ask(r.twin.DM(user, theirs))
			last := replyOf(bot.Danger, words...)
			err := r.a.Deliver(t.Context(), m, inOrder(func(i int) {
				if i == 1 {
					r.await("the opening", func() bool { return len(r.twin.Posts(r.twin.IM(user))) == 1 })
				}
			}, opening(last), last))
			if err != nil {
				t.Fatal(err)
			}
			p := r.only(r.alone(user))
			if s := shown(p.Blocks); p.Edits == 0 || !strings.Contains(s, "apple") || strings.Count(s, ours) != 1 {
				t.Errorf("%d edits: %q", p.Edits, s)
			}
			if payload, _ := p.Metadata["event_payload"].(map[string]any); payload["whole"] != true {
				t.Error("marked as half an answer")
			}
			r.deliver(again(m), last)
			r.only(r.alone(user))
		})
	}
}

// TestHalfAnAnswer expects what a crash left in the middle to be made whole, in
// the same post.
func TestHalfAnAnswer(t *testing.T) {
	r := listening(t, slacktwin.Options{}, false)
	user, _ := r.person()
	m := r.ask(r.twin.DM(user, theirs))
	last := replyOf(bot.Danger, "apple")
	broken := errors.New("the process dies")
	err := r.a.Deliver(t.Context(), m, func(yield func(bot.Reply, error) bool) {
		if yield(opening(last), nil) {
			r.await("the opening", func() bool { return len(r.twin.Posts(r.twin.IM(user))) == 1 })
			yield(opening(last), broken)
		}
	})
	if !errors.Is(err, broken) {
		t.Fatal(err)
	}
	r.a = r.adapter(nil) // knows nothing
	r.deliver(again(m), last)
	if p := r.only(r.alone(user)); !strings.Contains(shown(p.Blocks), "apple") {
		t.Errorf("half an answer: %q", shown(p.Blocks))
	}
}

// TestLongAnswer expects a long answer to be one message.
func TestLongAnswer(t *testing.T) {
	r := listening(t, slacktwin.Options{}, false)
	var words []string
	for i := range 100 {
		words = append(words, fmt.Sprintf("part %d: %s", i, strings.Repeat("<!channel> & more ", 20)))
	}
	for _, ask := range asks {
		user, channel := r.person()
		m := r.ask(ask.event(r, user, channel))
		before := len(r.alone(user)) + len(r.seen(channel))
		reply := replyOf(bot.Answer, words...)
		if m.Share {
			reply.Privacy = bot.Everyone
		}
		r.deliver(m, reply)
		if n := len(r.alone(user)) + len(r.seen(channel)) - before; n != 1 {
			t.Errorf("%s: %d posts", ask.name, n)
		}
	}
}

// TestSign expects a first sign of life within about a second: in direct messages,
// where nobody else sees it, and nowhere else.
func TestSign(t *testing.T) {
	r := listening(t, slacktwin.Options{}, false)
	user, channel := r.person()
	began := make(chan struct{})
	type ended struct {
		name string
		err  error
	}
	done := make(chan ended, 10)
	slow := func(name string, m bot.Message) {
		started := make(chan struct{})
		go func() {
			done <- ended{name, r.a.Deliver(t.Context(), m, inOrder(func(int) { close(started); <-began }, replyOf(bot.Answer, "apple")))}
		}()
		bottest.Receive(t, "the answer begins", started)
	}
	// these begin earlier, so a sign of theirs would be there
	slow("mention", r.ask(r.twin.Mention(channel, user, theirs, "")))
	slow("command", r.ask(r.twin.Command(channel, user, "/porchlight", theirs)))
	e, at := r.twin.DM(user, theirs), time.Now()
	slow("direct", r.ask(e))
	r.await("a sign of life", func() bool { return r.twin.Status(e.Channel, e.TS) != "" })
	if took := time.Since(at); took > 1500*time.Millisecond {
		t.Errorf("the sign came after %v", took)
	}
	if s := r.twin.Status(e.Channel, e.TS); s != phrases().Screen("en", "working") {
		t.Errorf("the sign is %q", s)
	}
	if n := len(r.twin.Statuses()); n != 1 {
		t.Errorf("%d statuses", n)
	}
	close(began)
	for range 3 {
		if x := bottest.Receive(t, "the end", done); x.err != nil {
			t.Errorf("%s: %v", x.name, x.err)
		}
	}
	if s := r.twin.Status(e.Channel, e.TS); s != "" {
		t.Errorf("%q stands after the answer", s)
	}
	if got := r.seen(channel); len(got) > 0 {
		t.Errorf("others see %q", got)
	}
}

// TestSignRefused expects an answer where no sign can be shown.
func TestSignRefused(t *testing.T) {
	for _, f := range []slacktwin.Fault{slacktwin.Refused("missing_scope", nil), slacktwin.Broken(500), slacktwin.LostAnswer(), slacktwin.RateLimited(time.Minute)} {
		t.Run(f.Name, func(t *testing.T) {
			t.Parallel()
			r := besides(t, slacktwin.Options{}, false)
			r.listen()
			user, _ := r.person()
			r.twin.Fault("assistant.threads.setStatus", 1, f)
			err := r.a.Deliver(t.Context(), r.ask(r.twin.DM(user, theirs)), inOrder(func(int) {
				r.await("a sign was tried", func() bool { return r.twin.Count("assistant.threads.setStatus") > 0 })
			}, replyOf(bot.Answer, "apple")))
			if err != nil {
				t.Error(err)
			}
			r.only(r.alone(user))
		})
	}
}

// TestDeliverHeedsCtx expects the end of ctx to be the end of Deliver.
func TestDeliverHeedsCtx(t *testing.T) {
	r := listening(t, slacktwin.Options{}, false)
	user, _ := r.person()
	m := r.ask(r.twin.DM(user, theirs))
	r.twin.Fault("chat.postMessage", 1, slacktwin.LostAnswer())
	ctx, cancel := contextWithCancel(t)
	ended := make(chan error, 1)
	go func() { ended <- r.a.Deliver(ctx, m, repliesOf(replyOf(bot.Answer, "apple"))) }()
	r.await("the post stands", func() bool { return len(r.alone(user)) == 1 })
	cancel()
	if err := bottest.Receive(t, "the end", ended); !errors.Is(err, bot.ErrUnclear) {
		t.Errorf("%v; the post stands, and nobody was told", err)
	}
	r.deliver(again(m), replyOf(bot.Answer, "apple"))
	r.only(r.alone(user))
}

// TestPlaces expects what no place can be read from to be given up.
func TestPlaces(t *testing.T) {
	r := newRig(t, slacktwin.Options{}, false)
	for _, p := range []string{"", "nowhere", "[]", "7", `{"c":7}`} {
		m := bot.Message{ID: "m1", From: bot.Address{Adapter: "slack", Place: p}}
		if err := r.a.Deliver(t.Context(), m, repliesOf(replyOf(bot.Answer))); !errors.Is(err, bot.ErrGiveUp) {
			t.Errorf("%q: %v", p, err)
		}
	}
}

// TestRepliesPanic expects a panic of the answerer to reach who called Deliver, and
// not to end the process.
func TestRepliesPanic(t *testing.T) {
	r := listening(t, slacktwin.Options{}, false)
	user, _ := r.person()
	m := r.ask(r.twin.DM(user, theirs))
	defer func() {
		if recover() == nil {
			t.Error("nobody heard of the panic")
		}
	}()
	_ = r.a.Deliver(t.Context(), m, func(func(bot.Reply, error) bool) { panic("oh") })
}

// TestPaced expects posts in one channel to be held back before Slack has to, and
// none to be lost.
func TestPaced(t *testing.T) {
	r := listening(t, slacktwin.Options{PerSecond: 1.5, Burst: 5}, false)
	user, _ := r.person()
	var all []bot.Message
	for range 9 {
		all = append(all, r.ask(r.twin.DM(user, theirs)))
	}
	errs := make(chan error, len(all))
	for _, m := range all {
		go func() { errs <- r.a.Deliver(t.Context(), m, repliesOf(replyOf(bot.Answer, "apple"))) }()
	}
	late := 0
	for range all {
		var later *bot.LaterError
		switch err := bottest.Receive(t, "the end", errs); {
		case err == nil:
		case errors.As(err, &later) && later.After > 0 && later.After < 10*time.Second && !errors.Is(err, bot.ErrUnclear):
			late++
		default:
			t.Error(err)
		}
	}
	if late == 0 || late > 5 {
		t.Errorf("%d of %d are later", late, len(all))
	}
	for _, c := range r.twin.CallsTo("chat.postMessage") {
		if c.Error() == "ratelimited" {
			t.Error("Slack had to say that it is too much")
		}
	}
	if n := len(r.alone(user)); n != len(all)-late {
		t.Errorf("%d posts of %d", n, len(all)-late)
	}
}
