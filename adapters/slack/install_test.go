package slack_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"porchlight/adapters/slack"
	"porchlight/adapters/slack/slacktwin"
)

// From the first click to an answer: what goes to Slack, what stays in the browser,
// what is kept, and that none of it can be read.
func TestInstall(t *testing.T) {
	w := newTown(t, slacktwin.Options{})
	p := w.process()
	a, _ := p.visit("/slack/install", nil)
	to, err := url.Parse(a.Header.Get("Location"))
	if err != nil || a.StatusCode != http.StatusFound {
		t.Fatal(a.StatusCode, err)
	}
	q := to.Query()
	_, id, _ := w.twin.Credentials()
	var want []string
	for _, g := range slack.Scopes() {
		want = append(want, g.Name)
	}
	slices.Sort(want)
	if "http://"+to.Host != w.front || to.Path != "/oauth/v2/authorize" || q.Get("client_id") != id ||
		q.Get("redirect_uri") != "https://chat.example.org/p/slack/oauth" || !slices.Equal(sortedScopes(t, q.Get("scope")), want) || len(q) != 4 {
		t.Errorf("sent to %v", to)
	}
	c := a.Cookies[0]
	if !c.Secure || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" || c.MaxAge != 600 || c.Value == q.Get("state") {
		t.Errorf("the cookie is %v", c)
	}
	code := w.twin.Code(second)
	if status, page := p.back(c, "state", q.Get("state"), "code", code); status != http.StatusOK || !strings.Contains(page, "<h1>Porchlight is installed</h1>") {
		t.Fatalf("%d %s", status, page)
	}
	token := p.answered(second)
	if got := w.kept("state"); len(got) != 0 {
		t.Errorf("states are left: %v", got)
	}
	scopes := w.kept("install")
	if len(scopes) != 1 {
		t.Fatalf("kept under %v", scopes)
	}
	raw, err := w.store.Setting(t.Context(), scopes[0], "install")
	if err != nil || raw == "" || strings.Contains(raw, "xoxb") {
		t.Errorf("%v: kept as %q", err, raw)
	}
	opened, err := w.store.Sealed(t.Context(), scopes[0], "install")
	if err != nil || !strings.Contains(opened, token) {
		t.Errorf("the token is not the one kept: %v", err)
	}
	for _, secret := range []string{token, second, code, q.Get("state"), c.Value} {
		if strings.Contains(p.logs.String(), secret) || slices.ContainsFunc(scopes, func(s string) bool { return strings.Contains(s, secret) }) {
			t.Errorf("%q can be read", secret)
		}
	}
	if p.counts.of("slack.installed") != 1 {
		t.Error("not counted")
	}
}

// Who comes back from Slack without having begun in this browser, lately and for
// the first time, changes nothing, and Slack is not even asked.
func TestInstallNotBegun(t *testing.T) {
	w := newTown(t, slacktwin.Options{})
	p := w.process()
	state, browser := p.begin()
	_, other := p.begin()
	empty := *browser
	empty.Value = ""
	for name, c := range map[string]struct {
		browser *http.Cookie
		state   string
	}{
		"a forged state":          {browser, "AAAAAAAAAAAAAAAAAAAAAAAAAA"},
		"a state cut short":       {browser, state[:len(state)-1]},
		"no state":                {browser, ""},
		"no cookie":               {nil, state},
		"an empty cookie":         {&empty, state},
		"another browser's":       {other, state},
		"the two swapped":         {&http.Cookie{Name: browser.Name, Value: state}, browser.Value},
		"the cookie as the state": {browser, browser.Value},
	} {
		status, page := p.back(c.browser, "state", c.state, "code", w.twin.Code(second))
		if status != http.StatusForbidden || !strings.Contains(page, "same browser") || !strings.Contains(page, `href="install"`) {
			t.Errorf("%s: %d %s", name, status, page)
		}
	}
	if n := w.twin.Count("oauth.v2.access"); n != 0 {
		t.Errorf("Slack was asked %d times", n)
	}
	// What others tried has taken nothing from who began.
	if status, page := p.back(browser, "state", state, "code", w.twin.Code(second)); status != http.StatusOK {
		t.Fatalf("%d %s", status, page)
	}
	if status, _ := p.back(browser, "state", state, "code", w.twin.Code(third)); status != http.StatusForbidden || w.twin.Count("oauth.v2.access") != 1 {
		t.Errorf("a state was good twice: %d", status)
	}

	state, browser = p.begin()
	w.pass(10*time.Minute + time.Second)
	if status, _ := p.back(browser, "state", state, "code", w.twin.Code(third)); status != http.StatusForbidden || w.twin.Count("oauth.v2.access") != 1 {
		t.Errorf("a state lived too long: %d", status)
	}
	if got := w.kept("install"); len(got) != 1 {
		t.Errorf("installs: %v", got)
	}
}

// Of many that come back with the same state at once, one installs.
func TestInstallTwiceAtOnce(t *testing.T) {
	w := newTown(t, slacktwin.Options{})
	p := w.process()
	state, browser := p.begin()
	var all sync.WaitGroup
	var done atomic.Int32
	for i := range 8 {
		all.Go(func() {
			if status, _ := p.back(browser, "state", state, "code", w.twin.Code(fmt.Sprintf("T0MANY%04d", i))); status == http.StatusOK {
				done.Add(1)
			}
		})
	}
	all.Wait()
	if n := w.twin.Count("oauth.v2.access"); done.Load() != 1 || n != 1 {
		t.Errorf("%d came through, %d asked Slack", done.Load(), n)
	}
}

// States that nobody comes back with are dropped when a process starts, and after.
func TestInstallStatesAreSwept(t *testing.T) {
	w := newTown(t, slacktwin.Options{})
	p := w.process()
	p.begin()
	w.pass(time.Hour)
	_, _ = p.begin()
	if n := len(w.kept("state")); n != 2 {
		t.Fatalf("%d states", n)
	}
	p.stop()
	w.process()
	w.until("the old state is dropped", func() bool { return len(w.kept("state")) == 1 })
}

// What Slack refuses, or does not answer, installs nothing, and the page says what
// to do; no secret is in the log.
func TestInstallRefused(t *testing.T) {
	w := newTown(t, slacktwin.Options{})
	p := w.process(func(o *slack.Options) { o.Call = 300 * time.Millisecond })
	try := func(name string, want int, words string, fields ...string) {
		t.Helper()
		state, browser := p.begin()
		if status, page := p.back(browser, append([]string{"state", state}, fields...)...); status != want || !strings.Contains(page, words) {
			t.Errorf("%s: %d %s", name, status, page)
		}
		if status, _ := p.back(browser, "state", state, "code", w.twin.Code(second)); status != http.StatusForbidden {
			t.Errorf("%s: the state can be used again", name)
		}
	}
	const denied, failed = "Nothing was allowed", "Slack gave no access"
	try("denied", http.StatusOK, denied, "error", "access_denied")
	try("no code", http.StatusOK, denied)
	try("a made up code", http.StatusBadGateway, failed, "code", "guess-marigold")
	used := w.twin.Code(third)
	try("a code", http.StatusOK, "is installed", "code", used)
	try("a used code", http.StatusBadGateway, failed, "code", used)
	for _, f := range []slacktwin.Fault{slacktwin.Deaf(), slacktwin.Broken(500), slacktwin.HTML(), slacktwin.ResetBefore(), slacktwin.RateLimited(time.Minute)} {
		w.twin.Fault("oauth.v2.access", 1, f)
		try(f.Name, http.StatusBadGateway, failed, "code", w.twin.Code(second))
	}
	if got := w.kept("install"); len(got) != 1 {
		t.Errorf("installs: %v", got)
	}
	_, id, secret := w.twin.Credentials()
	for _, s := range []string{"guess-marigold", secret, used} {
		if strings.Contains(p.logs.String(), s) {
			t.Errorf("%s was logged", s)
		}
	}
	_ = id
}

// A store that is gone is said so, and nothing is begun or ended without it.
func TestInstallWithoutDisk(t *testing.T) {
	w := newTown(t, slacktwin.Options{})
	p := w.process(func(o *slack.Options) { o.Call = 300 * time.Millisecond })
	state, browser := p.begin()
	p.seat.failing.Store(true)
	if status, page := p.back(browser, "state", state, "code", w.twin.Code(second)); status != http.StatusBadGateway || !strings.Contains(page, "Begin again") {
		t.Errorf("%d %s", status, page)
	}
	p.seat.failing.Store(false)
	p.install(second)
	p.answered(second)
}

// Whoever begins again and again is held up, so that the store does not fill.
func TestInstallFlood(t *testing.T) {
	p := newTown(t, slacktwin.Options{}).process()
	busy := 0
	for range 60 {
		if a, body := p.visit("/slack/install", nil); a.StatusCode == http.StatusTooManyRequests {
			busy++
			if a.Header.Get("Retry-After") == "" || len(a.Cookies) > 0 || !strings.Contains(body, "Wait a little") {
				t.Errorf("%v %s", a.Header, body)
			}
		}
	}
	if busy == 0 || busy == 60 {
		t.Errorf("%d of 60 were held up", busy)
	}
}

// Pages are in the language of the browser.
func TestInstallLanguage(t *testing.T) {
	p := newTown(t, slacktwin.Options{}).process()
	for accept, want := range map[string]string{
		"es-MX,es;q=0.9,en;q=0.8": "es", "fr,es;q=0.5": "es", "es;q=1": "es", "": "en", "de": "en", "en-US,es": "en", `"><script>`: "en",
	} {
		_, body := p.visit("/slack/oauth?state=%22%3E%3Cscript%3E&error=%3Cscript%3E", nil, "Accept-Language", accept)
		if !strings.Contains(body, `<html lang="`+want+`">`) || strings.Contains(body, "script") {
			t.Errorf("%q: %s", accept, body)
		}
	}
}

// Without a client id nothing of it is there.
func TestInstallOff(t *testing.T) {
	w := newTown(t, slacktwin.Options{})
	p := w.process(func(o *slack.Options) {
		o.ClientID, o.ClientSecret, o.PublicURL, o.BotToken, o.Vault = "", "", "", slacktwin.BotToken, nil
	})
	for _, path := range []string{"/slack/install", "/slack/oauth?code=1&state=1"} {
		if a, _ := p.visit(path, nil); a.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %d", path, a.StatusCode)
		}
	}
	if token := p.answered(slacktwin.Team); token != slacktwin.BotToken {
		t.Errorf("answered with %s", token)
	}
}

// What installs need is checked at the start, all at once.
func TestInstallOptions(t *testing.T) {
	good := slack.Options{HTTP: true, SigningSecret: "s", ClientID: "1.2", ClientSecret: "c", PublicURL: "https://chat.example.org"}
	if err := good.Validate(); err != nil {
		t.Error(err)
	}
	for name, c := range map[string]struct {
		tweak func(*slack.Options)
		want  []string
	}{
		"no secret":            {func(o *slack.Options) { o.ClientSecret = "" }, []string{"all of client id"}},
		"only an address":      {func(o *slack.Options) { o.ClientSecret, o.ClientID = "", "" }, []string{"all of client id", "bot token must begin"}},
		"sockets":              {func(o *slack.Options) { o.HTTP = false }, []string{"HTTP transport", "app token must begin"}},
		"no https":             {func(o *slack.Options) { o.PublicURL = "http://chat.example.org" }, []string{"public URL: slack: the address must look like"}},
		"a query":              {func(o *slack.Options) { o.PublicURL = "https://chat.example.org?x" }, []string{"public URL"}},
		"a wrong bot token":    {func(o *slack.Options) { o.BotToken = "xoxp-1" }, []string{"bot token must begin"}},
		"no signing secret":    {func(o *slack.Options) { o.SigningSecret = "" }, []string{"signing secret"}},
		"several at once":      {func(o *slack.Options) { o.SigningSecret, o.ClientSecret = "", "" }, []string{"signing secret", "all of client id"}},
		"nothing at all of it": {func(o *slack.Options) { *o = slack.Options{HTTP: true, SigningSecret: "s"} }, []string{"bot token must begin"}},
	} {
		o := good
		c.tweak(&o)
		err := o.Validate()
		for _, want := range c.want {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v, want %q", name, err, want)
			}
		}
	}
}
