package slacktwin

import (
	"fmt"
	"strings"
	"time"
)

// code is what Slack gives to the redirect address after someone agreed.
type code struct {
	team string
	used bool
}

const tokenLife = 12 * time.Hour

// Code is what someone who installs the app in a workspace comes back with; it is
// good for one oauth.v2.access. The workspace is made if need be.
func (tw *Twin) Code(team string) string {
	tw.mu.Lock()
	defer tw.mu.Unlock()
	tw.addTeam(team)
	tw.serial++
	c := fmt.Sprintf("1111111111.%d.%016x", tw.serial, tw.random.Uint64())
	tw.codes[c] = &code{team: team}
	return c
}

// BotOf is the app's user in a workspace, or "".
func (tw *Twin) BotOf(team string) string {
	tw.mu.Lock()
	defer tw.mu.Unlock()
	if t := tw.teams[team]; t != nil {
		return t.botUser
	}
	return ""
}

func (r *request) oauthAccess() answer {
	switch {
	case r.Text("client_id") == "" || r.Text("client_id") != r.options.ClientID:
		return refuse("invalid_client_id")
	case r.Text("client_secret") != r.options.ClientSecret:
		return refuse("bad_client_secret")
	case r.Text("grant_type") == "refresh_token":
		return r.renew()
	case r.Text("grant_type") != "" && r.Text("grant_type") != "authorization_code":
		return refuse("invalid_grant_type")
	}
	c := r.codes[r.Text("code")]
	switch {
	case c == nil:
		return refuse("invalid_code")
	case c.used:
		return refuse("code_already_used")
	}
	c.used = true
	return r.install(r.teams[c.team])
}

// renew trades a refresh token, which is good once, for a new pair of tokens.
func (r *request) renew() answer {
	id, there := r.refresh[r.Text("refresh_token")]
	if !there {
		return refuse("invalid_refresh_token")
	}
	delete(r.refresh, r.Text("refresh_token"))
	return r.install(r.teams[id])
}

// install gives the app a token for a workspace.
func (r *request) install(t *team) answer {
	fresh := &token{kind: "bot", team: t.id, scopes: r.options.Scopes}
	text := fmt.Sprintf("xoxb-%d-%016x", r.next(), r.random.Uint64())
	a := answer{
		"token_type": "bot", "scope": strings.Join(fresh.scopes, ","), "bot_user_id": t.botUser, "app_id": App,
		"team": map[string]any{"id": t.id, "name": t.name}, "enterprise": nil, "is_enterprise_install": false,
		"authed_user": map[string]any{"id": Ana},
	}
	if r.options.Rotate {
		text = "xoxe." + strings.Replace(text, "xoxb-", "xoxb-1-", 1)
		fresh.expires = r.now().Add(tokenLife)
		again := fmt.Sprintf("xoxe-1-%016x%016x", r.random.Uint64(), r.random.Uint64())
		r.refresh[again] = t.id
		a["refresh_token"], a["expires_in"] = again, int(tokenLife/time.Second)
	}
	r.tokens[text] = fresh
	a["access_token"] = text
	return a
}

func (tw *Twin) next() int64 { tw.serial++; return tw.serial }
