package slack

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"porchlight/bot"
)

// mends are the errors that no patience heals, each with what the operator can do.
var mends = map[string]string{
	"invalid_auth":           "the token is wrong or was revoked: copy it again from api.slack.com/apps",
	"not_authed":             "no token was sent: set it",
	"account_inactive":       "the app or its workspace was removed: install the app again",
	"token_revoked":          "the token was revoked: install the app again",
	"token_expired":          "the token has expired: install the app again",
	"missing_scope":          "the app lacks a scope: take the manifest of `porchlight slack manifest` and install it again",
	"not_allowed_token_type": "this is another kind of token: bot tokens begin with xoxb-, app tokens with xapp-",
	"no_permission":          "the app may not do this: an administrator of the workspace must allow it",
	"org_login_required":     "the organisation is being moved: an administrator must log in",
	"ekm_access_denied":      "an administrator has suspended the access to the workspace's content: they must restore it",
	"forbidden_team":         "the app may not be used in this workspace: an administrator of the organisation must allow it",
	"link_disabled":          "Socket Mode is switched off for the app: switch it on, or use --slack-transport http",
}

// permanent is a clear error for what no patience heals, nil for the rest.
func permanent(err error) error {
	code := codeOf(err)
	if mends[code] == "" {
		return nil
	}
	return refusal(code)
}

// refusal is a clear error for what Slack says, with what can be done about it.
func refusal(code string) error {
	if mends[code] == "" {
		return fmt.Errorf("slack says %s", code)
	}
	return fmt.Errorf("slack says %s: %s", code, mends[code])
}

// codeOf is the error as Slack names it, "" when it is none of Slack's.
func codeOf(err error) string {
	if e, ok := errors.AsType[slack.SlackErrorResponse](err); ok {
		return e.Err
	}
	return ""
}

// safe is an error without an address in it: a response_url is a secret.
func safe(err error) error {
	if e, ok := errors.AsType[*url.Error](err); ok {
		return e.Err
	}
	if err != nil && strings.Contains(err.Error(), "unknown error structure") {
		return errOdd // the library puts all that it read into its error
	}
	return err
}

var errOdd = errors.New("slack: an error of a shape that nobody knows")

// unsent tells why a call failed that posts nothing.
func unsent(err error) error {
	if later := limited(err); later != nil {
		return later
	}
	return safe(err)
}

// limited is when to come back after a refusal for too many calls, nil for any
// other error.
func limited(err error) error {
	if e, ok := errors.AsType[*slack.RateLimitedError](err); ok {
		return &bot.LaterError{After: max(e.RetryAfter, time.Second), Err: errLimited}
	}
	if e, ok := errors.AsType[slack.StatusCodeError](err); ok && e.Code == http.StatusTooManyRequests {
		return &bot.LaterError{After: leastBrake, Err: errEndless} // for settle to lengthen
	}
	return nil
}

// sent tells what became of a post that failed: a refusal is given back as it is
// (with bot.LaterError where it names its end), and what may have arrived as
// bot.ErrUnclear.
func sent(err error) error {
	if err == nil {
		return nil
	}
	if later := limited(err); later != nil {
		return later
	}
	if e, ok := errors.AsType[slack.StatusCodeError](err); ok {
		if e.Code < http.StatusInternalServerError {
			return fmt.Errorf("slack: status %d", e.Code)
		}
		return fmt.Errorf("slack: status %d: %w", e.Code, bot.ErrUnclear)
	}
	if code := codeOf(err); code != "" {
		if slices.Contains(unsure, code) {
			return fmt.Errorf("slack says %s: %w", code, bot.ErrUnclear)
		}
		return err
	}
	if e, ok := errors.AsType[*net.OpError](err); ok && e.Op == "dial" {
		return safe(err) // nothing was sent
	}
	if errors.Is(err, errPaced) {
		return safe(err) // nothing was sent
	}
	return fmt.Errorf("slack: %w: %w", safe(err), bot.ErrUnclear)
}

// unsure are errors of Slack's after which a post may stand.
var unsure = []string{"internal_error", "fatal_error", "request_timeout", "service_unavailable"}

var (
	errLimited = errors.New("slack: rate limited")
	errEndless = fmt.Errorf("%w, nobody says for how long", errLimited)
)
