package slack

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/slack-go/slack"
)

const (
	// stateLife is how long somebody may take to allow an install.
	stateLife = 10 * time.Minute
	// exchange is how long Slack may take to give tokens for a code; it is less than
	// a browser is answered within.
	exchange = 7 * time.Second
	// browserCookie tells the browser that began an install. The prefix binds it to
	// this host and to https.
	browserCookie = "__Host-porchlight-install"
)

// installPages are where the app is installed in a workspace: people go to
// /slack/install, are sent to Slack, and come back to /slack/oauth.
func (a *Adapter) installPages(mux *http.ServeMux) {
	if !a.o.installs() {
		return
	}
	mux.HandleFunc("GET /slack/install", a.beginInstall)
	mux.HandleFunc("GET /slack/oauth", a.endInstall)
}

// validInstalls tells all that is wrong with what installs need.
func (o Options) validInstalls() (wrong []error) {
	if o.ClientID == "" && o.ClientSecret == "" && o.PublicURL == "" {
		return nil
	}
	if o.ClientID == "" || o.ClientSecret == "" || o.PublicURL == "" {
		wrong = append(wrong, errors.New("slack: installs need all of client id, client secret (both at Basic Information of your app) and public URL"))
	}
	if !o.HTTP {
		wrong = append(wrong, errors.New("slack: installs need the HTTP transport"))
	}
	if err := validBase(o.PublicURL); err != nil {
		wrong = append(wrong, fmt.Errorf("public URL: %w", err))
	}
	return wrong
}

// authorizeURL is where Slack asks people whether they allow it: beside its API.
func (o Options) authorizeURL() string {
	return strings.TrimSuffix(o.APIURL, "api/") + "oauth/v2/authorize"
}

func (o Options) redirectURL() string {
	return strings.TrimRight(o.PublicURL, "/") + "/slack/oauth"
}

// stateScope is under what an install that was begun is kept: a keyed hash of what
// goes by Slack and of what stays in the browser. Who lacks one of the two finds
// nothing, and nobody can make either of what is stored.
func (a *Adapter) stateScope(state, browser string) string {
	return a.o.Name("install state", name, state, browser)
}

func (a *Adapter) beginInstall(w http.ResponseWriter, r *http.Request) {
	if !a.begins.Allow() { // each is kept for a while
		w.Header().Set("Retry-After", "5")
		a.page(w, r, http.StatusTooManyRequests, "install_busy")
		return
	}
	state, browser := rand.Text(), rand.Text()
	until := a.o.Now().Add(stateLife).Unix()
	if err := a.o.Set(r.Context(), a.stateScope(state, browser), keptState, strconv.FormatInt(until, 10)); err != nil {
		a.o.Log.Error("install not begun", "err", err)
		a.page(w, r, http.StatusServiceUnavailable, "install_busy")
		return
	}
	setBrowser(w, browser, int(stateLife/time.Second))
	secureHeaders(w)
	q := url.Values{
		"client_id": {a.o.ClientID}, "scope": {strings.Join(grantNames(Scopes(), true), ",")},
		"state": {state}, "redirect_uri": {a.o.redirectURL()},
	}
	http.Redirect(w, r, a.o.authorizeURL()+"?"+q.Encode(), http.StatusFound)
}

func setBrowser(w http.ResponseWriter, value string, age int) {
	http.SetCookie(w, &http.Cookie{
		Name: browserCookie, Value: value, Path: "/", MaxAge: age, Secure: true, HttpOnly: true,
		SameSite: http.SameSiteLaxMode, // and not Strict: it must come along from Slack
	})
}

func (a *Adapter) endInstall(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	ok, err := a.takeState(r, q.Get("state"))
	if err != nil {
		a.o.Log.Error("install not ended", "err", err)
		a.page(w, r, http.StatusServiceUnavailable, "install_busy")
		return
	}
	if !ok {
		a.o.Count("slack.install_stray")
		a.page(w, r, http.StatusForbidden, "install_again")
		return
	}
	setBrowser(w, "", -1)
	if q.Get("error") != "" || q.Get("code") == "" {
		a.o.Count("slack.install_denied")
		a.page(w, r, http.StatusOK, "install_denied")
		return
	}
	if err := a.install(r.Context(), q.Get("code")); err != nil {
		a.o.Count("slack.install_failed")
		a.o.Log.Error("app not installed", "err", err)
		a.page(w, r, http.StatusBadGateway, "install_failed")
		return
	}
	a.page(w, r, http.StatusOK, "install_done")
}

// takeState tells whether this browser began an install with that state, less than
// ten minutes ago. Of any number of asks at once it tells so to one.
func (a *Adapter) takeState(r *http.Request, state string) (bool, error) {
	c, err := r.Cookie(browserCookie)
	if err != nil || c.Value == "" || state == "" {
		return false, nil //nolint:nilerr // no cookie is no error
	}
	scope := a.stateScope(state, c.Value)
	until, err := a.o.Setting(r.Context(), scope, keptState)
	if err != nil || until == "" {
		return false, err
	}
	was, err := a.o.Vault.Unset(r.Context(), scope, keptState)
	if err != nil || !was {
		return false, err
	}
	n, err := strconv.ParseInt(until, 10, 64)
	return err == nil && a.o.Now().Unix() < n, nil
}

// install trades a code for the tokens of a workspace, and keeps them.
func (a *Adapter) install(ctx context.Context, code string) error {
	call, cancel := context.WithTimeout(ctx, min(exchange, a.o.Call))
	defer cancel()
	r, err := slack.GetOAuthV2ResponseContext(call, a.web, a.o.ClientID, a.o.ClientSecret, code, a.o.redirectURL(), slack.OAuthOptionAPIURL(a.o.APIURL))
	if err != nil {
		return safe(err)
	}
	in, err := installOf(r, a.o.Now())
	if err != nil {
		return err
	}
	a.mu.Lock()
	configured := in.Team != "" && in.Team == a.team
	a.mu.Unlock()
	if configured && a.o.BotToken != "" { // it has a token that goes first
		return nil
	}
	scope := a.installScope(in.Org, in.Team)
	err = a.alone(ctx, scope, func(ctx context.Context) error { return a.save(ctx, scope, in) })
	if err != nil {
		return err
	}
	a.renewals.forget(scope)
	a.spaces.Remove(scope)
	a.o.Count("slack.installed")
	a.o.Log.Info("slack app installed", "name", scope)
	return nil
}

// installOf reads what Slack gives for a code.
func installOf(r *slack.OAuthV2Response, now time.Time) (*install, error) {
	in := &install{
		Org: r.Enterprise.ID, Team: r.Team.ID, User: r.BotUserID,
		Token: r.AccessToken, Refresh: r.RefreshToken, Since: now, Issued: now,
	}
	if r.IsEnterpriseInstall {
		in.Team = ""
	}
	if in.Token == "" || r.TokenType != "bot" || in.Org == "" && in.Team == "" {
		return nil, fmt.Errorf("slack gave a token of the type %.20q for no workspace", r.TokenType)
	}
	if r.ExpiresIn > 0 && in.Refresh != "" {
		in.Expires = now.Add(time.Duration(r.ExpiresIn) * time.Second)
	} else {
		in.Refresh = ""
	}
	return in, nil
}

// secureHeaders are for what a browser shows: nothing of it is kept, framed, told
// to others, or may load or run anything.
func secureHeaders(w http.ResponseWriter) {
	for name, value := range map[string]string{
		"Cache-Control":                "no-store",
		"Content-Security-Policy":      "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
		"Cross-Origin-Opener-Policy":   "same-origin",
		"Cross-Origin-Resource-Policy": "same-origin",
		"Referrer-Policy":              "no-referrer",
		"X-Content-Type-Options":       "nosniff",
		"X-Frame-Options":              "DENY",
	} {
		w.Header().Set(name, value)
	}
}

// langs are the languages that a workspace can choose from.
var langs = []string{"en", "es"}

// page says one thing to whoever installs, in the language of their browser: its
// heading, what happened, and, unless all is done, the way to begin anew.
func (a *Adapter) page(w http.ResponseWriter, r *http.Request, status int, key string) {
	lang := langs[0]
	for tag := range strings.SplitSeq(r.Header.Get("Accept-Language"), ",") {
		base, _, _ := strings.Cut(strings.ToLower(strings.TrimSpace(tag)), "-")
		base, _, _ = strings.Cut(base, ";")
		if slices.Contains(langs, base) {
			lang = base
			break
		}
	}
	say := func(key string) string { return html.EscapeString(a.o.Say(lang, key)) }
	again := ""
	if key != "install_done" {
		again = `<p><a href="install">` + say("install_link") + "</a></p>\n" // beside /slack/oauth, whatever is before it
	}
	secureHeaders(w)
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	fmt.Fprintf(w, `<!doctype html>
<html lang="%s">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>%s</title></head>
<body><main>
<h1>%s</h1>
<p>%s</p>
%s</main></body>
</html>
`, lang, say("install_title"), say(cmp.Or(headings[key], "install_title_not")), say(key), again)
}

// headings are what stands over a page that is about success.
var headings = map[string]string{"install_done": "install_title_done"}
