package slack_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"porchlight/adapters/slack"
	"porchlight/adapters/slack/slacktwin"
)

// Several workspaces at once are answered, each with its own token: installed
// ones, and the one of the settings beside them.
func TestWorkspaces(t *testing.T) {
	w := newTown(t, slacktwin.Options{})
	p := w.process(func(o *slack.Options) { o.BotToken = slacktwin.BotToken })
	p.install(second)
	p.install(third)
	teams := []string{slacktwin.Team, second, third}
	var all sync.WaitGroup
	var mu sync.Mutex
	used := map[string]map[string]bool{}
	for i := range 12 {
		all.Go(func() {
			team := teams[i%3]
			token := p.answered(team)
			mu.Lock()
			defer mu.Unlock()
			if used[team] == nil {
				used[team] = map[string]bool{}
			}
			used[team][token] = true
		})
	}
	all.Wait()
	seen := map[string]bool{}
	for team, tokens := range used {
		for token := range tokens {
			if len(tokens) != 1 || seen[token] {
				t.Errorf("%s was answered with %v", team, tokens)
			}
			seen[token] = true
		}
	}
	if !seen[slacktwin.BotToken] {
		t.Error("the token of the settings was not used")
	}
	for _, c := range w.twin.Calls() {
		if !c.OK() {
			t.Errorf("%s: %s", c.Method, c.Error())
		}
	}
	// A new process finds them, and knows its own mentions there.
	p.stop()
	p = w.process(func(o *slack.Options) { o.BotToken = slacktwin.BotToken })
	user, channel := w.somebody(third)
	p.say(w.twin.Mention(channel, user, "what is a visa?", ""))
	w.until("an answer", func() bool { return len(w.twin.Ephemerals(user)) == 1 })
	p.say(w.twin.OwnMessage(w.twin.History(channel)[0]))
}

// Installing in the workspace of the settings keeps no second token of it.
func TestInstallWhereTheTokenIs(t *testing.T) {
	w := newTown(t, slacktwin.Options{})
	p := w.process(func(o *slack.Options) { o.BotToken = slacktwin.BotToken })
	p.install(slacktwin.Team)
	if got := w.kept("install"); len(got) != 0 {
		t.Errorf("kept under %v", got)
	}
	if token := p.answered(slacktwin.Team); token != slacktwin.BotToken {
		t.Errorf("answered with %s", token)
	}
}

// What comes from a workspace without a token is taken and dropped, and counted.
func TestUnknownWorkspace(t *testing.T) {
	w := newTown(t, slacktwin.Options{})
	p := w.process()
	w.twin.AddTeam(second)
	user, channel := w.somebody(second)
	p.say(w.twin.DM(user, "what is a visa?"))
	p.say(w.twin.Command(channel, user, "/porchlight", "what is a visa?"))
	p.say(w.twin.HomeOpened(user, "home"))
	p.say(w.picks(channel, user, "public", "on"))
	if n := p.counts.of("slack.no_token"); n != 4 {
		t.Errorf("counted %d", n)
	}
	p.install(third)
	p.answered(third) // whatever was before it is done by now
	for _, c := range w.twin.Calls() {
		if strings.HasPrefix(c.Method, "chat.") && c.Text("channel") == w.twin.IM(user) || c.Method == "hook" {
			t.Errorf("%s was called", c.Method)
		}
	}
}

// An install of a whole organisation answers for its workspaces; a workspace's own
// goes before it. Removing the former deletes what its workspaces chose.
func TestOrganisation(t *testing.T) {
	const org = "E0ORG00001"
	w := newTown(t, slacktwin.Options{})
	p := w.process()
	w.orgs.Store(second, org) // whoever installs from there does so for all
	p.install(second)
	of := func(e slacktwin.Event) slacktwin.Event {
		a := map[string]any{"enterprise_id": org, "team_id": second, "user_id": w.twin.BotOf(second), "is_bot": true, "is_enterprise_install": true}
		return changed(e, map[string]any{"enterprise_id": org, "authorizations": []any{a}})
	}
	user, channel := w.somebody(second)
	w.admins.Store(user, "is_owner")
	p.say(of(w.twin.DM(user, "what is a visa?")))
	dm := w.twin.IM(user)
	w.until("an answer", func() bool { return len(w.twin.Posts(dm)) == 1 })
	pick := w.picks(channel, user, "public", "on")
	p.say(changed(pick, map[string]any{"enterprise": map[string]any{"id": org}}))
	w.until("the choice is kept", func() bool { return len(w.kept("public")) == 1 && len(w.kept("org")) == 1 })
	slash := w.twin.Command(channel, user, "/porchlight", "what is a visa?")
	p.say(changed(slash, map[string]any{"enterprise_id": org, "is_enterprise_install": "true"}))
	w.whispered(user, 2)

	gone := w.twin.Uninstalled(second)
	p.say(changed(gone, map[string]any{"enterprise_id": org, "team_id": "", "authorizations": nil}))
	w.until("all is deleted", func() bool {
		return len(w.kept("install"))+len(w.kept("public"))+len(w.kept("org")) == 0
	})
}

// Tokens that end are renewed long before, by one of three processes that find them
// at the same time; all go on with the new one, and so does one that has the old in
// mind.
func TestRenewalRace(t *testing.T) {
	w := newTown(t, slacktwin.Options{Rotate: true})
	first := w.process()
	first.install(second)
	old := first.answered(second)
	first.stop()
	w.pass(8 * time.Hour)
	first = w.process()
	if token := first.answered(second); token != old || w.twin.Count("oauth.v2.access") != 1 {
		t.Error("renewed after two thirds of its life")
	}
	w.pass(90 * time.Minute)
	both := []*process{w.process(), w.process(), w.process()}
	w.until("the token is renewed", func() bool {
		n := 0
		for _, p := range both {
			n += p.counts.of("slack.renewed")
		}
		return n == 1
	})
	tokens := map[string]bool{}
	w.pass(6 * time.Minute) // what is read is read again by then
	both = append(both, first)
	for _, p := range both {
		tokens[p.answered(second)] = true
	}
	if tokens[old] {
		t.Error("a process goes on with the old one")
	}
	if len(tokens) != 1 || w.twin.Count("oauth.v2.access") != 2 {
		t.Errorf("%d new tokens of %d calls", len(tokens), w.twin.Count("oauth.v2.access"))
	}
	w.pass(2*time.Hour + 30*time.Minute) // the old one has ended
	for _, p := range both {
		if token := p.answered(second); token == old {
			t.Error("a token that has ended was used")
		}
	}
	for _, p := range both {
		if s := p.logs.String(); strings.Contains(s, "xoxe") || strings.Contains(s, `"level":"ERROR"`) {
			t.Error(s)
		}
	}
}

// Many questions that find a token ended renew it once.
func TestRenewalOnDemand(t *testing.T) {
	w := newTown(t, slacktwin.Options{Rotate: true})
	p, other := w.process(), w.process()
	p.install(second)
	old := p.answered(second)
	w.pass(13 * time.Hour)
	var all sync.WaitGroup
	for i := range 6 {
		all.Go(func() {
			q := []*process{p, other}[i%2]
			if token := q.answered(second); token == old {
				t.Error("a token that has ended was used")
			}
		})
	}
	all.Wait()
	if n := w.twin.Count("oauth.v2.access"); n != 2 {
		t.Errorf("%d calls, want 2", n)
	}
}

// unkeeping has the store refuse to keep secrets from the start.
func unkeeping(o *slack.Options) {
	if s, ok := o.Vault.(*seat); ok {
		s.failing.Store(true)
	}
}

// New tokens are not used before they are kept; once the store is back they are,
// and Slack is not asked again.
func TestRenewalNotKept(t *testing.T) {
	w := newTown(t, slacktwin.Options{Rotate: true})
	p := w.process()
	p.install(second)
	old := p.answered(second)
	p.stop()
	w.pass(10 * time.Hour)
	p = w.process(func(o *slack.Options) {
		unkeeping(o)
	})
	w.until("the store refuses it", func() bool { return p.seat.failed.Load() > 1 })
	if token := p.answered(second); token != old {
		t.Error("a token was used that a crash would have lost")
	}
	p.seat.failing.Store(false)
	w.until("it is kept", func() bool { return p.counts.of("slack.renewed") == 1 })
	if token := p.answered(second); token == old || w.twin.Count("oauth.v2.access") != 2 {
		t.Errorf("still the old one after %d calls", w.twin.Count("oauth.v2.access"))
	}
}

// The same where the store comes back only when the process has long given up for
// the time being: the tokens that Slack gave are not lost.
func TestRenewalKeptLater(t *testing.T) {
	w := newTown(t, slacktwin.Options{Rotate: true})
	p := w.process()
	p.install(second)
	old := p.answered(second)
	p.stop()
	w.pass(10 * time.Hour)
	p = w.process(func(o *slack.Options) {
		o.Call = 300 * time.Millisecond
		unkeeping(o)
	})
	w.until("it is given up", func() bool { return strings.Contains(p.logs.String(), "not kept") })
	p.seat.failing.Store(false)
	w.pass(3 * time.Hour)
	if token := p.answered(second); token == old || w.twin.Count("oauth.v2.access") != 2 {
		t.Errorf("the old one, or asked again: %d calls", w.twin.Count("oauth.v2.access"))
	}
}

// A process that dies between Slack's answer and the disk has lost the new tokens:
// the old one works until it ends, it is said once what to do, and a new install
// mends all.
func TestRenewalCrash(t *testing.T) {
	w := newTown(t, slacktwin.Options{Rotate: true})
	p := w.process()
	p.install(second)
	old := p.answered(second)
	user, channel := w.somebody(second)
	w.admins.Store(user, "is_admin")
	p.say(w.picks(channel, user, "public", "on"))
	w.until("the choice is kept", func() bool { return len(w.kept("public")) == 1 })
	p.stop()
	w.pass(10 * time.Hour)
	dying := w.process(func(o *slack.Options) {
		o.Call = time.Second
		unkeeping(o)
	})
	w.until("the store refuses it", func() bool { return dying.seat.failed.Load() > 0 })
	dying.stop() // and what it had in memory is gone

	p = w.process()
	w.until("Slack refuses", func() bool { return p.counts.of("slack.renewal_refused") == 1 })
	for range 3 {
		if token := p.answered(second); token != old {
			t.Error("another token")
		}
		w.pass(6 * time.Minute)
	}
	if n := w.twin.Count("oauth.v2.access"); n != 3 || strings.Count(p.logs.String(), "must be installed there again") != 1 {
		t.Errorf("%d calls; %s", n, p.logs)
	}
	w.pass(2 * time.Hour)
	p.say(w.twin.DM(user, "what is a visa?"))
	w.until("the token is dropped", func() bool { return p.counts.of("slack.token_ended") == 1 })
	if n := w.twin.Count("oauth.v2.access"); n != 3 {
		t.Errorf("%d calls: a refresh token that Slack has refused was tried again", n)
	}
	if len(w.kept("install")) != 0 || len(w.kept("public")) != 1 {
		t.Error("the token stays, or what the workspace chose does not")
	}
	p.install(second)
	if token := p.answered(second); token == old {
		t.Error("the old token")
	}
}

// Slack that does not answer, or slowly, costs no token: it is asked again.
func TestRenewalFaults(t *testing.T) {
	for _, f := range []slacktwin.Fault{slacktwin.Broken(503), slacktwin.ResetBefore(), slacktwin.Deaf(), slacktwin.RateLimited(time.Second)} {
		t.Run(strings.ReplaceAll(f.Name, " ", "-"), func(t *testing.T) {
			w := newTown(t, slacktwin.Options{Rotate: true})
			p := w.process(func(o *slack.Options) { o.Call = 300 * time.Millisecond })
			p.install(second)
			old := p.answered(second)
			w.pass(13 * time.Hour)
			w.twin.Fault("oauth.v2.access", 1, f)
			if token := p.answered(second); token == old {
				t.Error("the old token")
			}
			if len(w.kept("install")) != 1 {
				t.Error("the install is gone")
			}
		})
	}
}

// removal is one way in which a workspace ends.
type removal struct {
	name string
	do   func(w *town, p *process)
}

// However a workspace removes the app, its token and all that it chose are deleted,
// and nothing of another one.
func TestRemoval(t *testing.T) {
	ask := func(state string) func(*town, *process) {
		return func(w *town, p *process) {
			user, _ := w.somebody(second)
			w.twin.SetToken(w.token(second), state)
			p.say(w.twin.DM(user, "what is a visa?"))
		}
	}
	for _, way := range []removal{
		{"app_uninstalled", func(w *town, p *process) { p.say(w.twin.Uninstalled(second)) }},
		{"tokens_revoked", func(w *town, p *process) { p.say(w.twin.TokensRevoked(second)) }},
		{"both, twice", func(w *town, p *process) {
			revoked, uninstalled := w.twin.TokensRevoked(second), w.twin.Uninstalled(second)
			for _, e := range []slacktwin.Event{revoked, uninstalled, revoked, uninstalled} {
				p.say(e)
			}
		}},
		{"token_revoked on a call", ask(slacktwin.TokenRevoked)},
		{"account_inactive on a call", ask(slacktwin.TokenInactive)},
		{"invalid_auth on a call", ask("invalid_auth")},
	} {
		t.Run(way.name, func(t *testing.T) {
			w := newTown(t, slacktwin.Options{})
			p := w.process()
			for _, team := range []string{second, third} {
				p.install(team)
				p.answered(team)
				user, channel := w.somebody(team)
				w.admins.Store(user, "is_admin")
				for _, e := range []slacktwin.Event{
					w.picks(channel, user, "public", "listed"), w.picks(channel, user, "channels", channel),
					w.picks(channel, user, "language", "es"), w.picks(channel, user, "country", "MX"),
				} {
					p.say(e)
				}
				w.whispered(user, 4)
			}
			before := w.everything()
			way.do(w, p)
			w.until("the token is deleted", func() bool { return len(w.kept("install")) == 1 })
			after := w.everything()
			if len(before) != 10 || len(after) != 5 {
				t.Errorf("%d rows of two workspaces, then %d", len(before), len(after))
			}
			w.until("it is counted", func() bool { return p.counts.of("slack.uninstalled") > 0 })
			if n := p.counts.of("slack.uninstalled"); n != 1 {
				t.Errorf("counted %d times", n)
			}
			p.answered(third)
			user, _ := w.somebody(second)
			n := p.counts.of("slack.no_token")
			p.say(w.twin.DM(user, "and now?"))
			if p.counts.of("slack.no_token") != n+1 {
				t.Error("the removed workspace is still known")
			}
			p.install(second)
			p.answered(second)
			if len(w.everything()) != 6 {
				t.Errorf("after a new install: %v", w.everything())
			}
		})
	}
}

// token is the one that answers in a workspace.
func (w *town) token(team string) string {
	w.t.Helper()
	calls := w.twin.CallsTo("chat.postMessage")
	for _, c := range slices.Backward(calls) {
		if c.OK() && w.inTeam(team, c.Text("channel")) {
			return c.Token
		}
	}
	w.t.Fatal("nothing was posted in " + team)
	return ""
}

func (w *town) inTeam(team, channel string) bool {
	for _, p := range w.twin.Posts(channel) {
		if p.User == w.twin.BotOf(team) {
			return true
		}
	}
	return false
}

// everything is all that is kept of workspaces, by scope and name.
func (w *town) everything() (all []string) {
	w.t.Helper()
	for _, name := range []string{"install", "public", "channels", "language", "country", "org", "state"} {
		for _, scope := range w.kept(name) {
			all = append(all, fmt.Sprint(scope, " ", name))
		}
	}
	return all
}

// News that come late, that are of somebody else's token, or a mistake of Slack's
// delete nothing.
func TestNoRemoval(t *testing.T) {
	w := newTown(t, slacktwin.Options{})
	p := w.process()
	p.install(second)
	p.answered(second)
	late, revoked := w.twin.Uninstalled(second), w.twin.TokensRevoked(second)
	w.pass(2 * time.Second)
	p.install(second) // before that is said
	p.answered(second)
	for _, c := range w.twin.CallsTo("chat.postMessage") {
		if !c.OK() {
			t.Errorf("the old token was used after the new install: %s", c.Error())
		}
	}
	p.say(late)
	p.say(revoked)
	person := changed(revoked, map[string]any{"event_id": "Ev1", "event_time": time.Now().Add(time.Hour).Unix(), "event": map[string]any{
		"type": "tokens_revoked", "tokens": map[string]any{"oauth": []any{"U1"}, "bot": []any{}},
	}})
	p.say(person)
	p.answered(second)
	if len(w.kept("install")) != 1 {
		t.Error("deleted")
	}
	w.twin.Fault("chat.postMessage", 1, slacktwin.Refused("invalid_auth", nil))
	if token := p.answered(second); token == "" || len(w.kept("install")) != 1 {
		t.Error("one mistake of Slack's has deleted a token that works")
	}
	if p.counts.of("slack.uninstalled") != 0 {
		t.Error("counted as removed")
	}
}

// A process that has an old token in mind deletes nothing that another one has
// installed since.
func TestRemovalAndInstallElsewhere(t *testing.T) {
	w := newTown(t, slacktwin.Options{})
	p, other := w.process(), w.process()
	p.install(second)
	p.answered(second)
	other.answered(second)
	p.say(w.twin.Uninstalled(second))
	w.until("deleted", func() bool { return len(w.kept("install")) == 0 })
	p.install(second)
	token := p.answered(second)
	if got := other.answered(second); got != token {
		t.Error("not the new token")
	}
	if len(w.kept("install")) != 1 {
		t.Error("the new install was deleted")
	}
}

// A store that cannot be read for a while drops no event.
func TestUnreadable(t *testing.T) {
	w := newTown(t, slacktwin.Options{})
	p := w.process()
	p.install(second)
	blind := &blindVault{seat: p.seat}
	q := w.process(func(o *slack.Options) { o.Vault = blind })
	user, _ := w.somebody(second)
	blind.set(true)
	q.say(w.twin.DM(user, "what is a visa?"))
	blind.set(false)
	w.until("an answer", func() bool { return len(w.twin.Posts(w.twin.IM(user))) == 1 })
	if q.counts.of("slack.no_token") != 0 {
		t.Error("dropped")
	}
}

type blindVault struct {
	*seat
	mu    sync.Mutex
	blind bool
}

func (b *blindVault) set(to bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.blind = to
}

func (b *blindVault) Sealed(ctx context.Context, scope, name string) (string, error) {
	b.mu.Lock()
	blind := b.blind
	b.mu.Unlock()
	if blind {
		return "", errNoDisk
	}
	return b.seat.Sealed(ctx, scope, name)
}

// Nothing but GET is taken at the pages.
func TestInstallMethods(t *testing.T) {
	p := newTown(t, slacktwin.Options{}).process()
	for _, path := range []string{"/slack/install", "/slack/oauth"} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.url+path, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
		a, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		a.Body.Close()
		if a.StatusCode != http.StatusMethodNotAllowed {
			t.Errorf("%s: %d", path, a.StatusCode)
		}
	}
}
