package slacktwin

import (
	"slices"
	"strings"
	"time"
)

// token is what a client shows. state is the error that it gets, if any.
type token struct {
	kind    string // bot or app
	team    string
	scopes  []string
	expires time.Time
	state   string
}

// What can become of a token, for SetToken.
const (
	TokenGood     = ""
	TokenRevoked  = "token_revoked"
	TokenExpired  = "token_expired"
	TokenInactive = "account_inactive" // the app is no longer installed
)

// SetToken makes the token answer with an error from now on, or work again.
// A token that is not known is always invalid_auth.
func (tw *Twin) SetToken(tok, state string) {
	tw.mu.Lock()
	defer tw.mu.Unlock()
	if t := tw.tokens[tok]; t != nil {
		t.state = state
		tw.touch()
	}
}

// Grant gives the token exactly these scopes.
func (tw *Twin) Grant(tok string, scopes ...string) {
	tw.mu.Lock()
	defer tw.mu.Unlock()
	if t := tw.tokens[tok]; t != nil {
		t.scopes = slices.Clone(scopes)
	}
}

// authorise finds the token of a call, or the error that Slack answers with.
func (tw *Twin) authorise(shown, kind string) (*token, answer) {
	if shown == "" {
		return nil, refuse("not_authed")
	}
	t := tw.tokens[shown]
	switch {
	case t == nil:
		return nil, refuse("invalid_auth")
	case t.state != "":
		return nil, refuse(t.state)
	case !t.expires.IsZero() && !tw.now().Before(t.expires):
		return nil, refuse(TokenExpired)
	case kind != "any" && t.kind != kind:
		return nil, refuse("not_allowed_token_type")
	}
	return t, nil
}

// lacks is the answer to a token without any of the scopes, or nil.
func (t *token) lacks(anyOf ...string) answer {
	if len(anyOf) == 0 {
		return nil
	}
	for _, s := range anyOf {
		if slices.Contains(t.scopes, s) {
			return nil
		}
	}
	a := refuse("missing_scope")
	a["needed"] = anyOf[0]
	a["provided"] = strings.Join(t.scopes, ",")
	return a
}
