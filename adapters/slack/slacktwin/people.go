package slacktwin

import "strings"

func (r *request) authTest() answer {
	if r.token.kind == "app" {
		return answer{"app_name": "Porchlight", "app_id": App}
	}
	r.head.Set("X-Oauth-Scopes", strings.Join(r.token.scopes, ","))
	return answer{
		"url": "https://" + strings.ToLower(r.team.id) + ".slack.com/", "team": r.team.name, "user": "porchlight",
		"team_id": r.team.id, "user_id": r.team.botUser, "bot_id": r.team.botID, "is_enterprise_install": false,
	}
}

// authRevoke takes the token away, unless test asks only whether it could.
func (r *request) authRevoke() answer {
	if r.yes("test") {
		return answer{"revoked": false}
	}
	r.token.state = TokenRevoked
	return answer{"revoked": true}
}

// uninstall takes the app out of the workspace: no token of it works any more.
func (r *request) uninstall() answer {
	switch {
	case r.Text("client_id") != r.options.ClientID:
		return refuse("invalid_client_id")
	case r.Text("client_secret") != r.options.ClientSecret:
		return refuse("bad_client_secret")
	}
	for _, t := range r.tokens {
		if t.team == r.team.id && t.kind == "bot" {
			t.state = TokenInactive
		}
	}
	return answer{}
}

func (r *request) userInfo() answer {
	u := r.users[r.Text("user")]
	if u == nil || u.Team != r.team.id {
		return refuse("user_not_found")
	}
	m := map[string]any{
		"id": u.ID, "team_id": u.Team, "name": u.Name, "real_name": u.Name, "deleted": u.Deleted,
		"is_bot": u.Bot, "tz": u.TZ, "is_app_user": false, "is_stranger": false, "updated": 1502138686,
		"profile": map[string]any{"real_name": u.Name, "display_name": u.Name, "team": u.Team},
	}
	if r.yes("include_locale") {
		m["locale"] = u.Locale
	}
	return answer{"user": m}
}
