package slacktwin_test

import (
	"testing"

	"github.com/slack-go/slack"

	"porchlight/adapters/slack/slacktwin"
)

func TestInstall(t *testing.T) {
	w := start(t, slacktwin.Options{Rotate: true})
	_, id, secret := w.Credentials()
	code := w.Code("T0SECOND01")
	at := slack.OAuthOptionAPIURL(w.APIURL())
	got, err := slack.GetOAuthV2ResponseContext(w.ctx, w.client, id, secret, code, "https://example.org/back", at)
	w.must(err)
	if got.Team.ID != "T0SECOND01" || got.BotUserID != w.BotOf("T0SECOND01") || got.ExpiresIn != 43200 || got.RefreshToken == "" {
		t.Errorf("%+v", got)
	}
	second := slackGo(w.Twin, got.AccessToken, w.client)
	me, err := second.AuthTestContext(w.ctx)
	w.must(err)
	same(t, "team", me.TeamID, "T0SECOND01")
	_, _, err = second.PostMessageContext(w.ctx, slacktwin.General, slack.MsgOptionText("a", true))
	if err == nil || err.Error() != "channel_not_found" {
		t.Errorf("a channel of another workspace: %v", err)
	}
	renewed, err := slack.RefreshOAuthV2TokenContext(w.ctx, w.client, id, secret, got.RefreshToken, at)
	w.must(err)
	if renewed.RefreshToken == got.RefreshToken || renewed.AccessToken == got.AccessToken {
		t.Error("nothing changed")
	}
	refused := func(want string, fields ...string) { w.Helper(); w.is(w.form("oauth.v2.access", fields...), want) }
	refused("invalid_refresh_token", "client_id", id, "client_secret", secret, "grant_type", "refresh_token", "refresh_token", got.RefreshToken)
	refused("code_already_used", "client_id", id, "client_secret", secret, "code", code)
	refused("invalid_code", "client_id", id, "client_secret", secret, "code", "guess")
	refused("bad_client_secret", "client_id", id, "client_secret", "guess", "code", code)
	refused("invalid_client_id", "client_id", "1.2", "client_secret", secret, "code", code)

	w.Uninstalled("T0SECOND01")
	if _, err := second.AuthTestContext(w.ctx); err == nil || err.Error() != "account_inactive" {
		t.Errorf("got %v", err)
	}
	_, err = w.api.AuthTestContext(w.ctx)
	w.must(err) // the first workspace still has it
}
