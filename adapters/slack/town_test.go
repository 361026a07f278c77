package slack_test

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"porchlight/adapters/slack"
	"porchlight/adapters/slack/slacktwin"
	"porchlight/bot"
	"porchlight/bot/bottest"
	"porchlight/bot/inbox"
	"porchlight/bot/inbox/seal"
	"porchlight/bot/inbox/store"
)

// A town is a Slack with several workspaces, one store, and any number of
// processes of the program at it.
type town struct {
	t      *testing.T
	twin   *slacktwin.Twin
	front  string // the twin, with what the twin lacks: who administers, organisations
	store  *store.Store
	ahead  atomic.Int64 // nanoseconds that the clock of all is ahead
	admins sync.Map     // by user
	homes  sync.Map     // user to the workspace that Slack says is theirs
	orgs   sync.Map     // team to the organisation that it installs the app for
	leases leases
}

const second, third = "T0SECOND01", "T0THIRD001"

func newTown(t *testing.T, o slacktwin.Options) *town {
	bottest.NoneLeft(t)
	w := &town{t: t}
	o.Contracts, o.Now = contracts, w.now
	if o.Scopes == nil {
		o.Scopes = []string{"app_mentions:read", "assistant:write", "chat:write", "commands", "im:history", "im:write", "users:read"}
	}
	w.twin = slacktwin.Start(t, o)
	to, err := url.Parse(w.twin.URL())
	if err != nil {
		t.Fatal(err)
	}
	proxy := &httputil.ReverseProxy{
		Rewrite:        func(r *httputil.ProxyRequest) { r.SetURL(to) },
		ModifyResponse: w.modify,
		ErrorHandler:   func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) },
		Transport:      &http.Transport{DisableKeepAlives: true},
	}
	front := httptest.NewServer(proxy)
	t.Cleanup(front.Close)
	w.front = front.URL
	key, err := seal.NewMaster(bytes.Repeat([]byte{3}, seal.Size))
	if err != nil {
		t.Fatal(err)
	}
	w.store, err = store.Open(t.Context(), t.TempDir(), key, store.Options{Now: w.now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.store.Close(); err != nil {
			t.Error(err)
		}
	})
	return w
}

func (w *town) now() time.Time       { return time.Now().Add(time.Duration(w.ahead.Load())) }
func (w *town) pass(d time.Duration) { w.ahead.Add(int64(d)) }

// modify puts into answers what the twin does not know.
func (w *town) modify(r *http.Response) error {
	method := strings.TrimPrefix(r.Request.URL.Path, "/api/")
	if method != "users.info" && method != "oauth.v2.access" {
		return nil
	}
	var a map[string]any
	if err := json.NewDecoder(r.Body).Decode(&a); err != nil {
		return err
	}
	if u, ok := a["user"].(map[string]any); ok {
		if role, ok := w.admins.Load(u["id"]); ok {
			u[fmt.Sprint(role)] = true
		}
		if team, ok := w.homes.Load(u["id"]); ok {
			u["team_id"] = team
		}
	}
	if team, ok := a["team"].(map[string]any); ok {
		if org, ok := w.orgs.Load(team["id"]); ok {
			a["team"], a["enterprise"], a["is_enterprise_install"] = nil, map[string]any{"id": org, "name": "org"}, true
		}
	}
	raw, err := json.Marshal(a)
	if err != nil {
		return err
	}
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(raw)), int64(len(raw))
	r.Header.Set("Content-Length", fmt.Sprint(len(raw)))
	return nil
}

// leases are who holds what: the store knows processes, and here are several in one.
type leases struct {
	mu   sync.Mutex
	held map[string]string
}

// A seat is the store as one of several processes has it.
type seat struct {
	*store.Store
	w       *town
	me      string
	failing atomic.Bool // SetSealed does
	failed  atomic.Int32
}

var errNoDisk = errors.New("the disk is gone")

func (s *seat) SetSealed(ctx context.Context, scope, name, value string) error {
	if s.failing.Load() {
		s.failed.Add(1)
		return errNoDisk
	}
	return s.Store.SetSealed(ctx, scope, name, value)
}

func (s *seat) Hold(_ context.Context, name string, _ time.Duration) (ok bool, state string, err error) {
	s.w.leases.mu.Lock()
	defer s.w.leases.mu.Unlock()
	if s.w.leases.held == nil {
		s.w.leases.held = map[string]string{}
	}
	if by := s.w.leases.held[name]; by != "" && by != s.me {
		return false, "", nil
	}
	s.w.leases.held[name] = s.me
	return true, "", nil
}

func (s *seat) Leave(_ context.Context, name string) error {
	s.w.leases.mu.Lock()
	defer s.w.leases.mu.Unlock()
	if s.w.leases.held[name] == s.me {
		delete(s.w.leases.held, name)
	}
	return nil
}

// The store is what installs are kept in.
var _ slack.Vault = (*store.Store)(nil)

// A process is the program at work.
type process struct {
	*town
	a      *slack.Adapter
	seat   *seat
	url    string
	events string // the same with a signature of now: libraries know no clock but the real one
	stop   func()
	logs   *ledger
	counts *tally
}

type ledger struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *ledger) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *ledger) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

type tally struct {
	mu sync.Mutex
	n  map[string]int
}

func (c *tally) add(name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.n[name]++
}

func (c *tally) of(name string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.n[name]
}

// answerer answers in kind: danger where the word is.
type answerer struct{}

func (answerer) Answer(_ context.Context, m bot.Message) bot.Replies {
	return func(yield func(bot.Reply, error) bool) {
		r := bot.Reply{Kind: bot.Answer, Lang: "en", Lead: "larkspur " + m.Lang + "/" + m.Country, Shareable: true, Final: true}
		if strings.Contains(m.Text, "danger") {
			r.Kind, r.Urgent, r.Shareable = bot.Danger, true, false
		}
		if m.Command == bot.Errand {
			r = bot.Reply{Kind: bot.About, Final: true}
		}
		yield(r, nil)
	}
}

// process starts one that can be installed, without a token of its own.
func (w *town) process(tweaks ...func(*slack.Options)) *process {
	w.t.Helper()
	_, id, secret := w.twin.Credentials()
	signing, _, _ := w.twin.Credentials()
	p := &process{town: w, logs: &ledger{}, counts: &tally{n: map[string]int{}}}
	p.seat = &seat{Store: w.store, w: w, me: fmt.Sprintf("%p", p)}
	hooks, err := url.Parse(w.twin.URL())
	if err != nil {
		w.t.Fatal(err)
	}
	o := slack.Options{
		SigningSecret: signing, ClientID: id, ClientSecret: secret, PublicURL: "https://chat.example.org/p",
		HTTP: true, Listen: "127.0.0.1:0", APIURL: w.front + "/api/", Hooks: []string{hooks.Host}, Call: 3 * time.Second,
		Vault: p.seat, Countries: func() []string { return []string{"CA", "MX", "US"} },
		Name: w.store.Name, Say: phrases().Screen, Setting: w.store.Setting, Set: w.store.Set, Count: p.counts.add, Now: w.now,
		Log: slog.New(slog.NewJSONHandler(p.logs, nil)),
	}
	for _, t := range tweaks {
		t(&o)
	}
	if err := o.Validate(); err != nil {
		w.t.Fatal(err)
	}
	p.a = slack.New(o)
	p.stop = bottest.Start(w.t, "Serve", func(ctx context.Context) error {
		return bot.Serve(ctx, &inbox.Memory{}, answerer{}, p.a)
	})
	p.until("it listens", func() bool { return p.a.Ready() == nil })
	if m := regexp.MustCompile(`"addr":"([^"]+)"`).FindStringSubmatch(p.logs.String()); m != nil {
		p.url = "http://" + m[1]
	}
	to, err := url.Parse(p.url)
	if err != nil {
		w.t.Fatal(err)
	}
	relay := httptest.NewServer(&httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(to)
			body, _ := io.ReadAll(r.In.Body) // else the signature is wrong
			stamp := strconv.FormatInt(time.Now().Unix(), 10)
			mac := hmac.New(sha256.New, []byte(signing))
			fmt.Fprintf(mac, "v0:%s:%s", stamp, body)
			r.Out.Header.Set("X-Slack-Request-Timestamp", stamp)
			r.Out.Header.Set("X-Slack-Signature", "v0="+hex.EncodeToString(mac.Sum(nil)))
			r.Out.Body = io.NopCloser(bytes.NewReader(body))
		},
		Transport: &http.Transport{DisableKeepAlives: true},
	})
	w.t.Cleanup(relay.Close)
	p.events = relay.URL
	return p
}

func (w *town) until(what string, ok func() bool) {
	w.t.Helper()
	if !bottest.Eventually(ok) {
		w.t.Fatal("never happened: ", what)
	}
}

// say delivers an event, and wants it taken.
func (p *process) say(e slacktwin.Event) {
	p.t.Helper()
	path := map[string]string{
		slacktwin.EventsAPI: "/slack/events", slacktwin.SlashCommands: "/slack/commands", slacktwin.Interactive: "/slack/interactions",
	}[e.Kind]
	if d := p.twin.Deliver(p.t.Context(), p.events+path, e, slacktwin.SignWell); !d.OK() {
		p.t.Fatalf("not taken: %+v", d.Attempts)
	}
}

// A page is what a browser gets.
type page struct {
	StatusCode int
	Header     http.Header
	Cookies    []*http.Cookie
}

// visit gets a page as a browser does that follows no redirects.
func (p *process) visit(path string, cookie *http.Cookie, headers ...string) (page, string) {
	p.t.Helper()
	r, err := http.NewRequestWithContext(p.t.Context(), http.MethodGet, p.url+path, http.NoBody)
	if err != nil {
		p.t.Fatal(err)
	}
	if cookie != nil {
		r.Header.Set("Cookie", cookie.Name+"="+cookie.Value)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	client := http.Client{
		Transport:     &http.Transport{DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	a, err := client.Do(r)
	if err != nil {
		p.t.Fatal(err)
	}
	defer a.Body.Close()
	body, err := io.ReadAll(a.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	for name, want := range map[string]string{
		"Content-Security-Policy": "default-src 'none'", "Referrer-Policy": "no-referrer", "Cache-Control": "no-store",
		"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY",
	} {
		if !strings.Contains(a.Header.Get(name), want) && a.StatusCode != http.StatusNotFound {
			p.t.Errorf("%s: %s is %q", path, name, a.Header.Get(name))
		}
	}
	return page{a.StatusCode, a.Header, a.Cookies()}, string(body)
}

// begin begins an install.
func (p *process) begin() (state string, browser *http.Cookie) {
	p.t.Helper()
	a, body := p.visit("/slack/install", nil)
	to, err := url.Parse(a.Header.Get("Location"))
	if a.StatusCode != http.StatusFound || err != nil || len(a.Cookies) != 1 {
		p.t.Fatalf("%d, to %v, %v: %s", a.StatusCode, to, err, body)
	}
	return to.Query().Get("state"), a.Cookies[0]
}

// back comes back from Slack.
func (p *process) back(browser *http.Cookie, fields ...string) (status int, page string) {
	p.t.Helper()
	q := url.Values{}
	for i := 0; i+1 < len(fields); i += 2 {
		q.Set(fields[i], fields[i+1])
	}
	a, body := p.visit("/slack/oauth?"+q.Encode(), browser)
	if strings.Contains(body, "<script") || strings.Contains(body, "style=") || !strings.Contains(body, `<html lang="en">`) {
		p.t.Errorf("the page is %s", body)
	}
	return a.StatusCode, body
}

// install installs the app in a workspace.
func (p *process) install(team string) {
	p.t.Helper()
	state, browser := p.begin()
	if status, page := p.back(browser, "state", state, "code", p.twin.Code(team)); status != http.StatusOK || !strings.Contains(page, "Porchlight is installed") {
		p.t.Fatalf("%d %s", status, page)
	}
}

// somebody is a new person of a workspace and a channel with them and the app.
func (w *town) somebody(team string) (user, channel string) {
	user = w.twin.AddUser(slacktwin.User{Team: team})
	other := w.twin.AddUser(slacktwin.User{Team: team})
	return user, w.twin.AddChannel(slacktwin.Channel{Team: team, Members: []string{w.twin.BotOf(team), user, other}})
}

// answered asks in a direct message and waits for the answer.
func (p *process) answered(team string) (token string) {
	p.t.Helper()
	user, _ := p.somebody(team)
	p.say(p.twin.DM(user, "what is a visa?"))
	dm := p.twin.IM(user)
	p.until("an answer in "+team, func() bool { return len(p.twin.Posts(dm)) > 0 })
	for _, c := range p.twin.CallsTo("chat.postMessage") {
		if c.Text("channel") == dm && c.OK() {
			return c.Token
		}
	}
	p.t.Fatal("nobody posted it")
	return ""
}

// kept are the scopes under which something is kept.
func (w *town) kept(name string) []string {
	w.t.Helper()
	all, err := w.store.Scopes(w.t.Context(), name)
	if err != nil {
		w.t.Fatal(err)
	}
	return all
}

// changed is e with other values in its payload.
func changed(e slacktwin.Event, fields map[string]any) slacktwin.Event {
	e.Payload = maps.Clone(e.Payload)
	maps.Copy(e.Payload, fields)
	return e
}

// picks is what Slack says when somebody chooses in the settings. The twin has no
// selects; its response URL is that of a command.
func (w *town) picks(channel, user, what string, chosen ...string) slacktwin.Event {
	from := w.twin.Command(channel, user, "/porchlight", "")
	team := from.Payload["team_id"]
	action := map[string]any{"type": "static_select", "action_id": "set:" + what, "block_id": "b", "action_ts": fmt.Sprint(from.Payload["trigger_id"])}
	if what == "channels" {
		action["type"], action["selected_conversations"] = "multi_conversations_select", chosen
	} else {
		action["selected_option"] = map[string]any{"value": chosen[0]}
	}
	return slacktwin.Event{Kind: slacktwin.Interactive, User: user, Payload: map[string]any{
		"type": "block_actions", "team": map[string]any{"id": team}, "user": map[string]any{"id": user, "team_id": team},
		"channel": map[string]any{"id": channel}, "trigger_id": from.Payload["trigger_id"], "response_url": from.Payload["response_url"],
		"container": map[string]any{"type": "message", "message_ts": "1.2", "channel_id": channel, "is_ephemeral": true},
		"actions":   []any{action}, "enterprise": nil,
	}}
}

// whispered is the latest that one person alone was shown.
func (w *town) whispered(user string, n int) string {
	w.t.Helper()
	w.until(fmt.Sprintf("%d ephemeral posts", n), func() bool { return len(w.twin.Ephemerals(user)) >= n })
	all := w.twin.Ephemerals(user)
	raw, err := json.Marshal(all[len(all)-1].Blocks)
	if err != nil {
		w.t.Fatal(err)
	}
	return all[len(all)-1].Text + string(raw)
}

func sortedScopes(t *testing.T, all string) []string {
	t.Helper()
	list := strings.Split(all, ",")
	slices.Sort(list)
	return list
}
