package slack_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"porchlight/adapters/slack"
	"porchlight/adapters/slack/slacktwin"
	"porchlight/bot"
)

// secretLike is what no log may have: ids and times of Slack's, addresses for
// answers, tokens, tickets of sockets.
var secretLike = regexp.MustCompile(`\b[UCDTGBA]0[A-Z0-9]{7,}\b|\b[0-9]{10}\.[0-9]{6}\b|\bEv[0-9]{6,}|/hooks/|hooks\.slack|xox[a-z]-|xapp-|ticket=|v0=[0-9a-f]{10}`)

// TestQuiet runs most of what can happen and go wrong, at the finest level of the
// log, and expects no word, no id, no address and no token there or in an error.
func TestQuiet(t *testing.T) {
	for name, http := range map[string]bool{"socket": false, "http": true} {
		t.Run(name, func(t *testing.T) {
			o := impatiently()
			o.Forgive = true // a bad call is made on purpose
			r := newRig(t, o, http)
			r.with(func(o *slack.Options) { o.Call = 300 * time.Millisecond })
			r.listen()
			user, channel := r.person()
			var said []string
			note := func(err error) {
				if err != nil {
					said = append(said, err.Error(), fmt.Sprintf("%+v", err))
				}
			}
			secret, _, _ := r.twin.Credentials()
			secrets := []string{theirs, ours, "apple", secret, "your-passport", "Can I leave", user, channel, r.twin.IM(user), "name-of-" + user}

			for _, w := range ways {
				if w.command == bot.Errand && (w.name == "uninstalled" || w.name == "revoked") {
					continue // that would be the end of it
				}
				person, place := r.person()
				secrets = append(secrets, person, place)
				e := w.event(r, person, place)
				secrets = append(secrets, idsIn(e.Payload)...)
				m := r.ask(e)
				secrets = append(secrets, string(m.Person))
				for _, method := range []string{"chat.postMessage", "chat.postEphemeral", "hook", "chat.update", "chat.delete", "conversations.open", "views.publish"} {
					for _, f := range []slacktwin.Fault{
						slacktwin.ResetAfter(), slacktwin.Refused("invalid_blocks", nil),
						slacktwin.OddErrors("oh", []any{map[string]any{"text": theirs, "user": person, "channel": place}}),
						slacktwin.Refused("channel_not_found", map[string]any{"errors": []any{theirs}, "needed": person}),
					} {
						r.twin.Fault(method, 1, f)
					}
				}
				for range 4 {
					note(r.a.Deliver(t.Context(), m, repliesOf(opening(replyOf(bot.Danger, "apple")), replyOf(bot.Danger, "apple"))))
					m.Handed.Again = true
				}
				r.twin.NoFaults()
				note(r.a.Deliver(t.Context(), placed(t, m, map[string]any{"k": "http://" + theirs + ".example.org/" + person}), repliesOf(replyOf(bot.Answer, "apple"))))
				m.From.Place = `{"u":7,"` + theirs + `"`
				note(r.a.Deliver(t.Context(), m, repliesOf(replyOf(bot.Answer, "apple"))))
			}
			for what, event := range ignored {
				if what != "a type that nobody knows" {
					person, place := r.person()
					r.say(event(r, person, place))
				}
			}
			r.twin.Fault("users.info", 3, slacktwin.OddErrors("oh", []any{map[string]any{"text": theirs}}))
			r.ask(r.twin.DM(user, theirs))
			if http {
				for _, body := range []string{`{"type":"event_callback","event":{"text":"` + theirs + `"`, theirs, "payload=%7B" + theirs} {
					for _, kind := range []string{"application/json", "application/x-www-form-urlencoded"} {
						r.post("POST", "/slack/events", kind, strings.NewReader(body), body)
						r.post("POST", "/slack/events", kind, strings.NewReader(body), "wrong")
					}
				}
			} else {
				for _, s := range r.twin.Sockets() {
					s.Say(`{"type":"events_api","envelope_id":7,"payload":{"text":"` + theirs + `"}}`)
					s.Say(theirs)
					s.Say(`{"type":"` + "lamp" + `","envelope_id":"x1","payload":{"text":"` + theirs + `","user":"` + user + `"}}`)
					s.Say(`{"type":"events_api","envelope_id":"x2","payload":{"type":"event_callback","event":{"type":"message","user":{"id":"` + user + `"},"text":"` + theirs + `"}}}`)
				}
				r.await("the odd ones are acknowledged", func() bool {
					n := 0
					for _, a := range r.twin.Acks() {
						if a.Envelope == "x1" || a.Envelope == "x2" {
							n++
						}
					}
					return n >= 4
				})
				r.twin.Fault("apps.connections.open", 1, slacktwin.OddErrors("oh", []any{map[string]any{"text": theirs}}))
				r.twin.Sockets()[0].Reset()
				r.await("sockets again", func() bool { return r.a.Ready() == nil && len(r.twin.Sockets()) == 2 })
			}
			r.stop()
			if r.logs.String() == "" || len(said) == 0 {
				t.Fatalf("%d errors, and a log of %d bytes", len(said), len(r.logs.String()))
			}
			for _, line := range append(said, strings.Split(r.logs.String(), "\n")...) {
				if at := secretLike.FindString(line); at != "" {
					t.Errorf("%q is in %s", at, line)
				}
				for _, s := range secrets {
					if s != "" && strings.Contains(strings.ToLower(line), strings.ToLower(s)) {
						t.Errorf("%q is in %s", s, line)
					}
				}
			}
		})
	}
}

// TestQuietWhenFull expects the log of a store that refuses to name no person.
func TestQuietWhenFull(t *testing.T) {
	overBoth(t, slacktwin.Options{Retries: []time.Duration{0}, AckWithin: 300 * time.Millisecond}, func(t *testing.T, r *rig) {
		r.stop()
		r.with(nil)
		r.accept = storeOnce()
		r.listen()
		e := r.twin.DM(slacktwin.Ana, theirs)
		r.ask(e)
		if !strings.Contains(r.logs.String(), "not stored") {
			t.Error("nobody is told")
		}
		for _, s := range append(idsIn(e.Payload), theirs) {
			if strings.Contains(r.logs.String(), s) {
				t.Errorf("%q is in %s", s, r.logs.String())
			}
		}
	})
}
