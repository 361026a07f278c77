package slack_test

import (
	"slices"
	"testing"
	"time"

	"porchlight/adapters/slack/slacktwin"
)

// TestAccessRevoked expects what an organisation takes away to delete what those
// workspaces chose, and an install of their own; not the token of the rest.
func TestAccessRevoked(t *testing.T) {
	const org = "E0ORG00001"
	for name, whole := range map[string]bool{"all of the organisation": true, "each by itself": false} {
		t.Run(name, func(t *testing.T) {
			w := newTown(t, slacktwin.Options{})
			p := w.process()
			inOrg := func(e slacktwin.Event) slacktwin.Event {
				if !whole {
					return e
				}
				fields := map[string]any{"enterprise_id": org, "enterprise": map[string]any{"id": org}}
				if e.Kind == slacktwin.EventsAPI {
					fields["authorizations"] = []any{map[string]any{"enterprise_id": org, "team_id": e.Payload["team_id"], "is_bot": true}}
				}
				return changed(e, fields)
			}
			teams := []string{second, third, "T0FOURTH01"}
			if whole {
				w.orgs.Store(second, org)
				p.install(second)
			}
			for _, team := range teams {
				if !whole {
					p.install(team)
				}
				w.twin.AddTeam(team)
				user, channel := w.somebody(team)
				w.admins.Store(user, "is_admin")
				if whole { // the twin has no organisations
					w.twin.AddUser(slacktwin.User{ID: user, Team: second})
					w.homes.Store(user, team)
				}
				p.say(inOrg(w.picks(channel, user, "language", "es")))
				w.until("chosen in "+team, func() bool { return len(w.kept("language")) == slices.Index(teams, team)+1 })
			}
			installs := len(w.kept("install"))
			w.pass(2 * time.Second)
			e := w.twin.AccessRevoked(org, second, third)
			p.say(changed(e, map[string]any{"event_time": w.now().Unix()}))
			p.say(e) // twice does no harm
			w.until("it is gone", func() bool { return len(w.kept("language")) == 1 })
			want := installs
			if !whole {
				want = 1
			}
			w.until("the installs", func() bool { return len(w.kept("install")) == want })
			p.say(changed(w.twin.AccessRevoked(org, second), map[string]any{"event_id": "EvX", "event": map[string]any{"type": "team_access_revoked"}}))
			if len(w.kept("install")) != want {
				t.Error("news of no workspace deleted one")
			}
		})
	}
}
