package slacktwin_test

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"porchlight/adapters/slack/slacktwin"
)

func TestTokens(t *testing.T) {
	w := start(t, slacktwin.Options{Forgive: true})
	tests := []struct{ name, method, kind, token, body, want string }{
		{"form field", "auth.test", "application/x-www-form-urlencoded", "", "token=" + slacktwin.BotToken, ""},
		{"bearer with a form", "auth.test", "application/x-www-form-urlencoded", slacktwin.BotToken, "", ""},
		{"bearer with JSON", "auth.test", "application/json", slacktwin.BotToken, "{}", ""},
		{"token inside JSON", "auth.test", "application/json", "", `{"token":"` + slacktwin.BotToken + `"}`, "not_authed"},
		{"token in the query", "auth.test?token=" + slacktwin.BotToken, "application/json", "", `{}`, "not_authed"},
		{"no token", "auth.test", "application/x-www-form-urlencoded", "", "", "not_authed"},
		{"wrong token", "auth.test", "application/x-www-form-urlencoded", "", "token=xoxb-1", "invalid_auth"},
		{"app token for chat", "chat.postMessage", "application/json", slacktwin.AppToken, "{}", "not_allowed_token_type"},
		{"bot token for a socket", "apps.connections.open", "", slacktwin.BotToken, "", "not_allowed_token_type"},
		{"unknown method", "chat.dream", "application/json", slacktwin.BotToken, "{}", "unknown_method"},
		{"no JSON", "auth.test", "application/json", slacktwin.BotToken, "{", "invalid_json"},
		{"no object", "auth.test", "application/json", slacktwin.BotToken, "[]", "json_not_object"},
		{"XML", "auth.test", "text/xml", slacktwin.BotToken, "<a/>", "invalid_post_type"},
		{"no type", "auth.test", "", slacktwin.BotToken, "a=b", "missing_post_type"},
		{"argument missing", "chat.postMessage", "application/json", slacktwin.BotToken, "{}", "invalid_arguments"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := w.post(w.APIURL()+test.method, test.kind, test.token, test.body)
			(&world{T: t}).is(got, test.want)
			same(t, "status", at[int](got, "status"), http.StatusOK)
		})
	}
}

func TestTokenStates(t *testing.T) {
	w := start(t, slacktwin.Options{})
	for _, state := range []string{slacktwin.TokenRevoked, slacktwin.TokenExpired, slacktwin.TokenInactive, slacktwin.TokenGood} {
		w.SetToken(slacktwin.BotToken, state)
		w.is(w.form("auth.test"), state)
		_, err := w.api.AuthTestContext(w.ctx)
		if (err == nil) != (state == "") || err != nil && err.Error() != state {
			t.Errorf("slack-go: got %v, want %q", err, state)
		}
	}
}

func TestScopes(t *testing.T) {
	w := start(t, slacktwin.Options{})
	w.Grant(slacktwin.BotToken, "commands", "chat:write")
	said := w.form("users.info", "user", slacktwin.Ana)
	w.is(said, "missing_scope")
	same(t, "needed", at[string](said, "needed"), "users:read")
	same(t, "provided", at[string](said, "provided"), "commands,chat:write")
	w.is(w.form("conversations.history", "channel", slacktwin.General), "missing_scope")
	w.Grant(slacktwin.BotToken, "channels:history")
	w.is(w.form("conversations.history", "channel", slacktwin.General), "")
}

func TestWhoAmI(t *testing.T) {
	w := start(t, slacktwin.Options{})
	me, err := w.api.AuthTestContext(w.ctx)
	w.must(err)
	same(t, "user", me.UserID, slacktwin.BotUser)
	same(t, "bot", me.BotID, slacktwin.BotID)
	same(t, "team", me.TeamID, slacktwin.Team)
	ben, err := w.api.GetUserInfoContext(w.ctx, slacktwin.Ben)
	w.must(err)
	same(t, "locale", ben.Locale, "de-DE")
	plain := w.form("users.info", "user", slacktwin.Ben)
	if at[any](plain, "user", "locale") != nil {
		t.Error("a locale that nobody asked for")
	}
	w.is(w.form("users.info", "user", "U404"), "user_not_found")
}

func TestRevokeAndUninstall(t *testing.T) {
	w := start(t, slacktwin.Options{})
	_, id, secret := w.Credentials()
	w.is(w.form("auth.revoke", "test", "1"), "")
	w.is(w.form("auth.test"), "")
	w.is(w.form("apps.uninstall", "client_id", id, "client_secret", "no"), "bad_client_secret")
	w.must(w.api.UninstallAppContext(w.ctx, id, secret))
	w.is(w.form("auth.test"), "account_inactive")
	w.SetToken(slacktwin.BotToken, slacktwin.TokenGood)
	_, err := w.api.SendAuthRevokeContext(w.ctx, "")
	w.must(err)
	w.is(w.form("auth.test"), "token_revoked")
}

func TestCallsAreKept(t *testing.T) {
	w := start(t, slacktwin.Options{KeepCalls: 2})
	for range 7 {
		w.form("auth.test")
	}
	same(t, "count", w.Count("auth.test"), 7)
	same(t, "counts", w.Counts()["auth.test"], 7)
	if n := len(w.Calls()); n < 2 || n > 4 {
		t.Errorf("%d calls kept", n)
	}
	w.form("chat.postMessage", "channel", slacktwin.General, "text", "a", "unfurl_links", "false",
		"metadata", `{"event_type":"x","event_payload":{"k":"v"}}`, "blocks", `[{"type":"divider"}]`)
	c := w.CallsTo("chat.postMessage")[0]
	same(t, "text", c.Text("text"), "a")
	if c.Params["unfurl_links"] != false || c.Params["token"] != nil || c.Token != slacktwin.BotToken || !c.OK() {
		t.Errorf("%+v", c)
	}
	if at[string](c.Params, "metadata", "event_type") != "x" || len(at[[]any](c.Params, "blocks")) != 1 {
		t.Errorf("not decoded: %v", c.Params)
	}
}

func TestContracts(t *testing.T) {
	if !haveContracts() {
		t.Skip("no contracts here")
	}
	w := start(t, slacktwin.Options{Forgive: true})
	w.form("chat.postMessage", "channel", slacktwin.General, "text", "fine", "mrkdwn", "true")
	if v := w.Violations(); len(v) > 0 {
		t.Fatal(v)
	}
	w.form("chat.postMessage", "channel", slacktwin.General, "text", "a", "mrkdwn", "perhaps")
	w.form("chat.postMessage", "channel", slacktwin.General, "text", "a", "blocks", `[{"type":"divider","oops":1}]`)
	w.json("views.publish", slacktwin.BotToken, map[string]any{"user_id": slacktwin.Ana})
	want := []string{
		"chat.postMessage: /mrkdwn: got string, want boolean",
		"chat.postMessage: /blocks/0: additional properties 'oops' not allowed",
		"views.publish: : missing property 'view'",
	}
	if got := w.Violations(); !slices.Equal(got, want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
}

func TestClosedTwice(t *testing.T) {
	w := start(t, slacktwin.Options{Contracts: "nowhere"})
	w.form("auth.test")
	w.Close()
	w.Close()
	same(t, "calls", w.Count("auth.test"), 1)
}

func TestClockOfTokens(t *testing.T) {
	now := newClock()
	w := start(t, slacktwin.Options{Now: now.Now, Rotate: true})
	_, id, secret := w.Credentials()
	said := w.form("oauth.v2.access", "client_id", id, "client_secret", secret, "code", w.Code("T0SECOND01"))
	w.is(said, "")
	token := at[string](said, "access_token")
	w.is(w.json("auth.test", token, map[string]any{}), "")
	now.pass(12 * time.Hour)
	w.is(w.json("auth.test", token, map[string]any{}), "token_expired")
}
