package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"porchlight/adapters/slack"
)

// slackChecks are what doctor looks at where Slack is set up.
func (d *doctor) slackChecks() []check {
	all := []check{{what: "slack settings", run: d.slackSettings}}
	if d.SlackBotToken.set() { // else the tokens come with installs
		all = append(all, check{what: "slack", run: d.slackWorkspace})
	}
	if d.SlackTransport == "http" {
		return append(all, check{what: "slack address", run: d.slackAddress})
	}
	if d.SlackAppToken.set() {
		all = append(all, check{what: "slack socket", run: d.slackSocket})
	}
	return all
}

func (d *doctor) slackSettings(ctx context.Context) (all []finding) {
	const what = "slack settings"
	o := slack.Options{
		HTTP: d.SlackTransport == "http", Listen: d.SlackListen, APIURL: d.SlackAPIURL,
		ClientID: d.SlackClientID, PublicURL: d.SlackPublicURL,
	}
	for _, x := range []struct {
		name string
		from secret
		to   *string
	}{
		{"slack-bot-token", d.SlackBotToken, &o.BotToken}, {"slack-app-token", d.SlackAppToken, &o.AppToken},
		{"slack-signing-secret", d.SlackSigningSecret, &o.SigningSecret}, {"slack-client-secret", d.SlackClientSecret, &o.ClientSecret},
	} {
		var err error
		if *x.to, err = d.reveal(ctx, x.name, x.from); err != nil {
			all = append(all, failOf(what, err, "look where the setting points to"))
		}
	}
	if len(all) > 0 {
		return all
	}
	if err, many := o.Validate().(interface{ Unwrap() []error }); many {
		for _, e := range err.Unwrap() {
			all = append(all, failOf(what, e, ""))
		}
		return all
	}
	if o.BotToken == "" {
		return []finding{ok(what, "workspaces install the app at "+strings.TrimRight(o.PublicURL, "/")+"/slack/install; events come over HTTP")}
	}
	if o.HTTP {
		return []finding{ok(what, "bot token and signing secret are set; events come over HTTP")}
	}
	return []finding{ok(what, "bot token and app token are set; events come over Socket Mode")}
}

// slackWorkspace asks who this program is at Slack, and reads from the same
// answer what it may do there and what time it is.
func (d *doctor) slackWorkspace(ctx context.Context) []finding {
	const what = "slack"
	began := time.Now()
	me, head, err := d.slackCall(ctx, "auth.test", "slack-bot-token", d.SlackBotToken)
	middle := began.Add(time.Since(began) / 2)
	var all []finding
	if at, bad := http.ParseTime(head.Get("Date")); bad == nil {
		// A Date has no fractions of a second.
		by := at.Add(500 * time.Millisecond).Sub(middle)
		all = append(all, d.skew("slack clock", "Slack", by, slackSkew, failure, "have this machine keep the time with NTP; signatures are refused otherwise"))
	}
	if err != nil {
		return slices.Insert(all, 0, slackFailure(what, err))
	}
	who := ok(what, fmt.Sprintf("workspace %s (%s), bot %s", me.Team, me.TeamID, me.UserID))
	if me.BotID == "" {
		who = fail(what, "the token is that of a person, not of a bot", "take the Bot User OAuth Token, at OAuth & Permissions")
	}
	return slices.Concat([]finding{who}, slackScopes(head), all)
}

// slackScopes holds what was granted against what the manifest asks for.
func slackScopes(head http.Header) (all []finding) {
	const what = "slack scopes"
	if head.Values("X-OAuth-Scopes") == nil {
		return []finding{warn(what, "Slack did not say which were granted", "compare them with porchlight slack manifest --explain")}
	}
	granted := strings.FieldsFunc(strings.Join(head.Values("X-OAuth-Scopes"), ","), func(r rune) bool { return r == ',' || r == ' ' })
	var extra []string
	for _, s := range granted {
		if !slices.ContainsFunc(slack.Scopes(), func(g slack.Grant) bool { return g.Name == s }) {
			extra = append(extra, s)
		}
	}
	missing := false
	for _, g := range slack.Scopes() {
		switch {
		case slices.Contains(granted, g.Name):
		case g.Optional:
			all = append(all, warn(what, g.Name+" was not granted: "+g.Without, "it is optional: allow it and install the app again only if you want that"))
		default:
			missing = true
			all = append(all, fail(what, g.Name+" is missing: "+g.Without, "take the manifest of porchlight slack manifest and install the app again"))
		}
	}
	if len(extra) > 0 {
		all = append(all, warn(what, "more than is used: "+strings.Join(extra, " "), "take them away at OAuth & Permissions and install the app again"))
	}
	if !missing {
		all = slices.Insert(all, 0, ok(what, "all that are needed"))
	}
	return all
}

// slackSocket asks for the address of a socket and leaves it unused.
func (d *doctor) slackSocket(ctx context.Context) []finding {
	const what = "slack socket"
	if _, _, err := d.slackCall(ctx, "apps.connections.open", "slack-app-token", d.SlackAppToken); err != nil {
		return []finding{slackFailure(what, err)}
	}
	return []finding{ok(what, "the app token opens one")}
}

func (d *doctor) slackAddress(ctx context.Context) []finding {
	return []finding{d.address("slack address", d.SlackListen, "--slack-listen", listens(ctx, d.SlackListen))}
}

// slackFailure is a failure with what Slack's own name for it says to do.
func slackFailure(what string, err error) finding {
	if said, is := errors.AsType[slackError](err); is {
		return fail(what, "Slack says "+string(said), cmp.Or(slack.Mend(string(said)), "look it up at docs.slack.dev, or try again later"))
	}
	if errors.Is(err, errSlackBusy) {
		return warn(what, err.Error(), "run this again in a minute")
	}
	return fail(what, err.Error(), "look whether this machine may reach Slack, and at --slack-api-url")
}

// A slackError is an error as Slack names it.
type slackError string

func (e slackError) Error() string { return string(e) }

var (
	errSlackBusy  = errors.New("too many calls for now")
	errSlackSpeak = errors.New("what answers is not Slack's API")
)

// slackMe is what is read of answers.
type slackMe struct {
	OK     bool   `json:"ok"`
	Error  string `json:"error"`
	Team   string `json:"team"`
	TeamID string `json:"team_id"`
	UserID string `json:"user_id"`
	BotID  string `json:"bot_id"`
}

// slackCall calls a method that needs nothing but a token. The headers are there
// with many an error, too.
func (d *doctor) slackCall(ctx context.Context, method, name string, from secret) (me slackMe, head http.Header, err error) {
	token, err := d.reveal(ctx, name, from)
	if err != nil {
		return me, nil, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, strings.TrimRight(d.SlackAPIURL, "/")+"/"+method, http.NoBody)
	if err != nil {
		return me, nil, err
	}
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }} // a token goes nowhere else
	answer, err := client.Do(r)
	if e, is := errors.AsType[*url.Error](err); is {
		err = e.Err
	}
	if err != nil {
		return me, nil, fmt.Errorf("not reached: %w", err)
	}
	defer answer.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(answer.Body, 1<<20))
	switch {
	case answer.StatusCode == http.StatusTooManyRequests:
		return me, answer.Header, errSlackBusy
	case err != nil:
		return me, answer.Header, fmt.Errorf("not reached: %w", err)
	case json.Unmarshal(raw, &me) != nil || !me.OK && me.Error == "":
		return me, answer.Header, fmt.Errorf("%w (status %d)", errSlackSpeak, answer.StatusCode)
	case !me.OK:
		return me, answer.Header, slackError(me.Error)
	}
	return me, answer.Header, nil
}
