package slack

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/slack-go/slack"
	"golang.org/x/time/rate"

	"porchlight/bot"
)

// Options is what the adapter needs to know.
type Options struct {
	// BotToken (xoxb-) is needed, unless workspaces install the app by themselves;
	// AppToken (xapp-) for Socket Mode, SigningSecret for HTTP.
	BotToken, AppToken, SigningSecret string
	// ClientID and ClientSecret of the app let workspaces install it at PublicURL
	// with /slack/install behind it, beside the one of BotToken or without one. It
	// is for HTTP, and wants a Vault. PublicURL is the https address under which
	// browsers reach Listen. "" for all three: nobody can.
	ClientID, ClientSecret, PublicURL string
	// HTTP takes events at Listen instead of over Socket Mode.
	HTTP   bool
	Listen string // 127.0.0.1:3000, say; the path is /slack/events
	// APIURL is Slack's; "" means https://slack.com/api/.
	APIURL string
	// Hooks are hosts, beside Slack's own, that a response_url may name: for other
	// servers that speak like Slack.
	Hooks []string
	// Sockets is how many connections Socket Mode holds; 0 means 2, so that one is
	// there while another is renewed.
	Sockets int
	// Call is how long one call of Slack may take; 0 means 10 seconds.
	Call time.Duration
	// Pace is how fast Slack is called, in multiples of the limits that it documents;
	// 0 means 1. More is for other servers that speak like it.
	Pace float64

	// Stream shows an answer that a model writes as Slack's streamed messages, in direct
	// messages, and only where nothing was confided. false posts and edits, which is
	// the private way: of a stream Slack notifies people when it stops, with all that
	// it says by then, and whoever looks at the phone may read that. Of a post it
	// notifies with the neutral text that it has first, and of an edit not at all.
	Stream bool

	// Name makes the pseudonym of an event, a conversation or a person; it must be
	// the same after a restart.
	Name func(kind string, parts ...string) string
	// Say gives the fixed words around a reply, in a language.
	Say func(lang, key string) string
	// Vault keeps the tokens of workspaces; nil where none installs the app.
	Vault Vault
	// Countries are the codes of those that a workspace may choose the help lines of.
	Countries func() []string
	// Setting and Set keep what a workspace chose; nil keeps nothing.
	Setting func(ctx context.Context, scope, name string) (string, error)
	Set     func(ctx context.Context, scope, name, value string) error
	// Talking tells whether a conversation is remembered: in a thread its asker then
	// goes on without a mention. nil has this process remember that for two hours.
	Talking func(ctx context.Context, id bot.ConversationID) (bool, error)
	// Count adds to an anonymous counter; nil counts nothing.
	Count func(name string)
	Now   func() time.Time // nil is time.Now
	Log   *slog.Logger     // nil is silent
}

func (o Options) filled() Options {
	o.APIURL = cmp.Or(o.APIURL, slack.APIURL)
	if !strings.HasSuffix(o.APIURL, "/") {
		o.APIURL += "/" // the library puts the method right behind it
	}
	o.Sockets = cmp.Or(o.Sockets, 2)
	o.Pace = cmp.Or(o.Pace, 1)
	o.Call = cmp.Or(o.Call, 10*time.Second)
	if o.Count == nil {
		o.Count = func(string) {}
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Setting == nil {
		o.Setting = func(context.Context, string, string) (string, error) { return "", nil }
	}
	if o.Set == nil {
		o.Set = func(context.Context, string, string, string) error { return nil }
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}

// Validate tells all that is wrong with o, or nil.
func (o Options) Validate() error {
	var wrong []error
	token := func(what, value, prefix, where string) {
		if !strings.HasPrefix(value, prefix) {
			wrong = append(wrong, fmt.Errorf("slack: the %s must begin with %s; it stands at %s of your app on api.slack.com/apps", what, prefix, where))
		}
	}
	if o.BotToken != "" || !o.installs() {
		token("bot token", o.BotToken, "xoxb-", "OAuth & Permissions")
	}
	wrong = append(wrong, o.validInstalls()...)
	switch {
	case o.HTTP && o.SigningSecret == "":
		wrong = append(wrong, errors.New("slack: the HTTP transport needs the signing secret; it stands at Basic Information of your app"))
	case !o.HTTP:
		token("app token", o.AppToken, "xapp-", "Basic Information, App-Level Tokens")
	}
	if u, err := url.Parse(o.filled().APIURL); err != nil || u.Host == "" {
		wrong = append(wrong, errors.New("slack: the address of the API must look like https://slack.com/api/"))
	}
	return errors.Join(wrong...)
}

// An Adapter is Slack. Make one with New; it runs once.
type Adapter struct {
	o       Options
	api     *client
	web     *http.Client
	pace    *pacer
	decoder decoder
	locales *lru.Cache[string, learned]
	chosen  *lru.Cache[string, choices]    // by scope of the workspace
	spaces  *lru.Cache[string, *workspace] // those that installed the app, by scope of the install
	users   *lru.Cache[string, string]     // this program there, by team
	home    *workspace                     // of the bot token
	begins  *rate.Limiter                  // of installs
	pings   time.Duration                  // without one for so long a socket is dead
	turns   turns
	// renewals are what went wrong with tokens.
	renewals renewals
	// whispered are the messages answered where only the asker sees it: that
	// cannot be looked up at Slack, but for the life of this process it is known.
	whispered *lru.Cache[bot.MessageID, struct{}]
	titled    *lru.Cache[string, struct{}] // threads of direct messages that have a title
	// streamless is since when a workspace is known to have no streams.
	streamless *lru.Cache[string, time.Time]
	talks      *talks
	growing    *growing
	beat       rhythm
	gate       *gate // of the bot token

	mu   sync.Mutex
	team string // the workspace of the token
	user string // this program there
	open int    // transports that can hear
}

var _ bot.Adapter = (*Adapter)(nil)

// New makes the adapter. What is wrong with o, Validate says.
func New(o Options) *Adapter {
	o = o.filled()
	whispered, err1 := lru.New[bot.MessageID, struct{}](10_000)
	locales, err2 := lru.New[string, learned](10_000)
	chosen, err3 := lru.New[string, choices](10_000)
	spaces, err4 := lru.New[string, *workspace](1_000)
	users, err5 := lru.New[string, string](10_000)
	titled, err6 := lru.New[string, struct{}](10_000)
	streamless, err7 := lru.New[string, time.Time](1_000)
	if err := errors.Join(err1, err2, err3, err4, err5, err6, err7); err != nil {
		panic(err) // only for a size below one
	}
	if o.installs() && o.Vault == nil {
		panic("slack: nowhere to keep the tokens of workspaces")
	}
	a := &Adapter{
		o: o, whispered: whispered, locales: locales, chosen: chosen, spaces: spaces, users: users, pace: newPacer().times(o.Pace),
		titled: titled, streamless: streamless, talks: newTalks(), beat: calm, growing: &growing{by: map[bot.MessageID]growth{}}, gate: &gate{rest: gateRest},
		begins: rate.NewLimiter(5, 20), pings: 30 * time.Second,
		web: &http.Client{Timeout: o.Call, Transport: transport(), CheckRedirect: stay},
	}
	a.api = a.newClient(o.BotToken, slack.OptionAppLevelToken(o.AppToken))
	a.home = &workspace{api: a.api, pace: a.pace}
	a.decoder = decoder{name: o.Name, own: a.own, locale: a.locale}
	return a
}

// transport keeps as many connections as there are workers, so that a burst does
// not open and close one for each answer.
func transport() http.RoundTripper {
	t, ok := http.DefaultTransport.(*http.Transport)
	if !ok {
		return http.DefaultTransport
	}
	t = t.Clone()
	t.MaxIdleConnsPerHost = 64
	t.WriteBufferSize, t.ReadBufferSize = 16<<10, 8<<10 // an answer in one write, what Slack says of it in two reads
	return newOpenings(t)
}

// stay follows no redirect: what is sent is for the address that was checked.
func stay(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// Name is "slack".
func (a *Adapter) Name() string { return name }

// Run takes events until ctx ends, and then returns nil. It returns an error when
// Slack says something that no patience will mend, such as that a token was
// revoked; then the operator has to act.
func (a *Adapter) Run(ctx context.Context, accept func(context.Context, bot.Message) error) error {
	if err := a.introduce(ctx); err != nil {
		if ctx.Err() != nil {
			return nil // an orderly end
		}
		return err
	}
	tending, stop := context.WithCancel(ctx)
	var tended sync.WaitGroup
	tended.Go(func() { a.watch(tending) })
	if a.o.installs() {
		tended.Go(func() { a.tend(tending) })
	}
	defer tended.Wait()
	defer stop()
	run := a.sockets
	if a.o.HTTP {
		run = a.serve
	}
	if err := run(ctx, accept); err != nil && ctx.Err() == nil {
		return err
	}
	return nil
}

// introduce learns who this program is where its token is for. It asks until Slack
// answers.
func (a *Adapter) introduce(ctx context.Context) error {
	if a.o.BotToken == "" {
		return nil
	}
	for n := 0; ; n++ {
		call, cancel := context.WithTimeout(ctx, a.o.Call)
		me, err := a.api.AuthTestContext(call)
		cancel()
		if err == nil {
			a.mu.Lock()
			a.team, a.user = me.TeamID, me.UserID
			a.mu.Unlock()
			return nil
		}
		if err := permanent(err); err != nil {
			return err
		}
		a.o.Log.Warn("slack does not answer", "err", safe(err))
		if err := pause(ctx, n); err != nil {
			return err
		}
	}
}

// pause waits longer each time, up to a minute.
func pause(ctx context.Context, n int) error {
	select {
	case <-time.After(min(time.Second<<min(n, 6), time.Minute)):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (a *Adapter) own(team string) string {
	a.mu.Lock()
	defer a.mu.Unlock()
	if team != a.team {
		user, _ := a.users.Get(team)
		return user
	}
	return a.user
}

// hear notes that a transport can or can no longer hear.
func (a *Adapter) hear(n int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.open += n
}

var errDeaf = errors.New("slack: not connected")

// Ready is nil while events can arrive and Slack takes the bot token.
func (a *Adapter) Ready() error {
	if a.gate.isShut() {
		return errBarred
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.open < 1 {
		return errDeaf
	}
	return nil
}

// scope is the pseudonym under which a workspace's settings are kept.
func (a *Adapter) scope(team string) string { return a.o.Name("workspace", name, team) }

// locale is the language of a person if it was learned already.
func (a *Adapter) locale(team, user string) string {
	l, _ := a.locales.Get(team + " " + user)
	return l.locale
}

// learned is the language of a person, "" where it may not be known, and when it
// was asked for.
type learned struct {
	locale string
	at     time.Time
}

// localeLife is how long a language is taken for true.
const localeLife = 6 * time.Hour
