package discord

import (
	"cmp"
	"context"
	"crypto/ed25519"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"porchlight/bot"
)

// A Choice is something that can be chosen in a command: its value and its name
// by language.
type Choice struct {
	Value string
	Name  map[string]string
}

// Options is what the adapter needs to know.
type Options struct {
	// Token of the bot.
	Token string
	// HTTP takes interactions at Listen instead of over the gateway; PublicKey, 64
	// hexadecimal digits, is the application's.
	HTTP      bool
	Listen    string
	PublicKey string
	// APIURL is Discord's; "" means https://discord.com/api/v9/.
	APIURL string
	// Call is how long one call of Discord may take; 0 means 10 seconds.
	Call time.Duration
	// Shards is how many connections the servers are spread over; 0 asks Discord.
	Shards int
	// Doubled has each of them twice, so that one that breaks leaves nobody unheard;
	// the inbox knows what comes twice.
	Doubled bool

	// Name makes the pseudonym of an event, a conversation or a person; it must be
	// the same after a restart.
	Name func(kind string, parts ...string) string
	// Say gives the fixed words around a reply, in a language.
	Say func(lang, key string) string
	// Sectors are what /signs can be asked about, by topic.
	Sectors func() []Choice
	// Countries are those that have help lines.
	Countries func() []Choice
	// Hold takes the lease of a shard for a time, so that one process has it, and
	// Leave gives it up; nil is for one process.
	Hold  func(ctx context.Context, name string, ttl time.Duration) (ok bool, state string, err error)
	Leave func(ctx context.Context, name string) error
	// Setting and Set keep what a server chose; nil keeps nothing.
	Setting func(ctx context.Context, scope, name string) (string, error)
	Set     func(ctx context.Context, scope, name, value string) error
	// Vault keeps the channels that a server chose, and the sessions at the gateway, so
	// that another process can take them up; nil keeps none.
	Vault Vault
	// Rush tells of a message that waits for no others when there are many; nil is of
	// none.
	Rush func(bot.Message) bool
	// Count adds to an anonymous counter; nil counts nothing.
	Count func(name string)
	Log   *slog.Logger // nil is silent
}

// DefaultAPI is Discord's own address.
const DefaultAPI = "https://discord.com/api/v9/"

func (o Options) filled() Options {
	o.APIURL = cmp.Or(o.APIURL, DefaultAPI)
	if !strings.HasSuffix(o.APIURL, "/") {
		o.APIURL += "/"
	}
	o.Call = cmp.Or(o.Call, 10*time.Second)
	if o.Count == nil {
		o.Count = func(string) {}
	}
	if o.Rush == nil {
		o.Rush = func(bot.Message) bool { return false }
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
	if o.Sectors == nil {
		o.Sectors = func() []Choice { return nil }
	}
	if o.Countries == nil {
		o.Countries = func() []Choice { return nil }
	}
	return o
}

// Validate tells all that is wrong with o, or nil.
func (o Options) Validate() error {
	var wrong []error
	if o.Token == "" || strings.ContainsAny(o.Token, " \r\n") {
		wrong = append(wrong, errors.New("discord: the bot token is missing or broken; it stands at Bot of your application on discord.com/developers"))
	}
	if o.HTTP {
		if _, err := o.key(); err != nil {
			wrong = append(wrong, err)
		}
	}
	if u, err := url.Parse(o.filled().APIURL); err != nil || u.Host == "" {
		wrong = append(wrong, fmt.Errorf("discord: the address of the API must look like %s", DefaultAPI))
	}
	return errors.Join(wrong...)
}

func (o Options) key() (ed25519.PublicKey, error) {
	raw, err := hex.DecodeString(o.PublicKey)
	if err != nil || len(raw) != ed25519.PublicKeySize {
		return nil, errors.New("discord: the HTTP transport needs the public key, 64 hexadecimal digits at General Information of your application")
	}
	return raw, nil
}

// An Adapter is Discord. Make one with New; it runs once.
type Adapter struct {
	o       Options
	rest    *rest
	decoder decoder
	pace    pace
	beat    beat
	// whispered are the messages answered in direct messages that cannot be looked
	// up there, as they reply to nothing.
	whispered *lru.Cache[bot.MessageID, struct{}]
	// lapsed are the messages whose interaction Discord no longer knows.
	lapsed  *lru.Cache[bot.MessageID, struct{}]
	directs *lru.Cache[string, string] // the channels of direct messages, by person
	chosen  *lru.Cache[string, chosen] // by scope
	parents *lru.Cache[string, string] // the channels of threads
	history *history

	// acks are the interactions that are being stored and acknowledged: a channel
	// by MessageID, closed after that.
	acks sync.Map
	// growing are the answers of which a part is shown, by the handle in their button.
	growing sync.Map

	mu   sync.Mutex
	self string // this program's user id
	app  string // and application id
	open int    // connections that can hear
	// standby is until when it is known that another process has a shard.
	standby time.Time
}

var _ bot.Adapter = (*Adapter)(nil)

// New makes the adapter. What is wrong with o, Validate says.
func New(o Options) *Adapter {
	o = o.filled()
	whispered, err1 := lru.New[bot.MessageID, struct{}](10_000)
	directs, err6 := lru.New[string, string](10_000)
	lapsed, err2 := lru.New[bot.MessageID, struct{}](10_000)
	servers, err3 := lru.New[string, chosen](10_000)
	parents, err4 := lru.New[string, string](10_000)
	history, err5 := newHistory()
	if err := errors.Join(err1, err2, err3, err4, err5, err6); err != nil {
		panic(err) // only for a size below one
	}
	a := &Adapter{
		o: o, pace: usual, beat: calm, whispered: whispered, lapsed: lapsed, directs: directs, history: history, chosen: servers, parents: parents,
		rest: newREST(o.APIURL, o.Token, web(o.Call)),
	}
	a.decoder = decoder{name: o.Name, own: a.own, sector: a.sector}
	return a
}

// web is a client that is led nowhere else: a post would be made twice, and a token
// be shown to others.
func web(call time.Duration) *http.Client {
	return &http.Client{Timeout: call, Transport: transport(), CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// transport keeps as many connections as there are workers.
func transport() http.RoundTripper {
	t, ok := http.DefaultTransport.(*http.Transport)
	if !ok {
		return http.DefaultTransport
	}
	t = t.Clone()
	t.MaxIdleConnsPerHost = 64
	return t
}

// Name is "discord".
func (a *Adapter) Name() string { return name }

func (a *Adapter) own() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.self
}

func (a *Adapter) sector(value string) bool {
	for _, c := range a.o.Sectors() {
		if c.Value == value {
			return true
		}
	}
	return false
}

// scope is the pseudonym under which a server's settings are kept.
func (a *Adapter) scope(guild string) string { return a.o.Name("server", name, guild) }

// asker is the pseudonym by which the one who asked may remove an answer. It is in
// a button, so it is none that stands anywhere else.
func (a *Adapter) asker(user string) string { return a.o.Name("asker", name, user) }

// hear notes that a connection can or can no longer hear.
func (a *Adapter) hear(n int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.open += n
}

var errDeaf = errors.New("discord: not connected")

// Ready is nil while events can arrive, here or, as far as is known, at another process
// that shares the shards: this one stands by then.
func (a *Adapter) Ready() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.open < 1 && time.Now().After(a.standby) {
		return errDeaf
	}
	return nil
}

// elsewhere notes that another process has a shard.
func (a *Adapter) elsewhere() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.standby = time.Now().Add(a.pace.lease)
}
