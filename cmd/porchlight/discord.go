package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"porchlight/adapters/discord"
	"porchlight/bot/answer"
	"porchlight/bot/inbox/store"
	"porchlight/knowledge"
	"porchlight/prompts"
)

// discord makes the adapter of Discord.
func (c *serveCmd) discord(ctx context.Context, s *store.Store, p *answer.Pipeline, log *slog.Logger) (*discord.Adapter, error) {
	token, err := c.DiscordBotToken.reveal(ctx)
	if err != nil {
		return nil, fmt.Errorf("discord-bot-token: %w", err)
	}
	o := discord.Options{
		Token: token, HTTP: c.DiscordTransport == "http", Listen: c.DiscordListen, PublicKey: c.DiscordPublicKey,
		APIURL: c.DiscordAPIURL, Call: c.DiscordTimeout, Shards: c.DiscordShards, Name: s.Name, Say: p.Phrases.Screen,
		Sectors:   func() []discord.Choice { return sectors(p.Base()) },
		Countries: func() []discord.Choice { return countries(p.Base()) },
		Doubled:   c.DiscordDoubled, Setting: s.Setting, Set: s.Set, Vault: s, Rush: rushes, Count: s.Count, Log: log,
	}
	if c.Store.set() { // else this process is the only one, and waits for nobody
		o.Hold, o.Leave = s.Hold, s.Leave
	}
	if err := o.Validate(); err != nil {
		return nil, err
	}
	return discord.New(o), nil
}

// sectors are the topics about a line of work or a place.
func sectors(b *knowledge.Base) (out []discord.Choice) {
	for _, t := range b.Topics("en") {
		if t.Section != "places" && t.Section != "signs" {
			continue
		}
		c := discord.Choice{Value: t.ID, Name: map[string]string{}}
		for _, lang := range b.Langs() {
			if x, ok := b.Topic(t.ID, lang); ok {
				c.Name[lang] = x.Title
			}
		}
		out = append(out, c)
	}
	return out
}

// countries are those with help lines, by their codes.
func countries(b *knowledge.Base) (out []discord.Choice) {
	for _, code := range b.Countries() {
		out = append(out, discord.Choice{Value: code, Name: map[string]string{"en": code}})
	}
	return out
}

type discordCmd struct {
	Register discordRegisterCmd `cmd:"" help:"Tell Discord which commands there are. Again after an upgrade."`
	Invite   discordInviteCmd   `cmd:"" help:"Print the address at which the bot is let into a server."`
}

type discordRegisterCmd struct {
	Token  secret `name:"discord-bot-token" env:"PORCHLIGHT_DISCORD_BOT_TOKEN,DISCORD_BOT_TOKEN" required:"" placeholder:"SOURCE" help:"Bot token."`
	APIURL string `name:"discord-api-url" default:"https://discord.com/api/v9/" placeholder:"URL" help:"Address of Discord's API."`
	Guild  string `placeholder:"ID" help:"Only in this server, where they show at once."`
}

// Run registers the commands.
func (c *discordRegisterCmd) Run(ctx context.Context, k *kong.Context) error {
	token, err := c.Token.reveal(ctx)
	if err != nil {
		return fmt.Errorf("discord-bot-token: %w", err)
	}
	phrases, err := prompts.Load()
	if err != nil {
		return err
	}
	o := discord.Options{Token: token, APIURL: c.APIURL, Say: phrases.Screen, Name: func(string, ...string) string { return "" }}
	if err := o.Validate(); err != nil {
		return err
	}
	changes, err := discord.New(o).Register(ctx, c.Guild)
	for _, line := range changes {
		fmt.Fprintln(k.Stdout, line)
	}
	return err
}

type discordInviteCmd struct {
	App string `arg:"" help:"Application id; it stands at General Information of your application."`
}

// Run prints the address.
func (c *discordInviteCmd) Run(k *kong.Context) error {
	_, err := fmt.Fprintln(k.Stdout, discord.Invite(c.App))
	return err
}

// fewIdentifies is how few logins a day may be left before doctor warns. Discord
// makes a bot that uses up its thousand a new token.
const fewIdentifies = 100

// discordChecks are what doctor looks at where Discord is set up.
func (d *doctor) discordChecks() []check {
	all := []check{{what: "discord settings", run: d.discordSettings}, {what: "discord", run: d.discordApp}}
	if d.DiscordTransport == "http" {
		all = append(all, check{what: "discord address", run: d.discordAddress})
	}
	return all
}

func (d *doctor) discordSettings(ctx context.Context) (all []finding) {
	const what = "discord settings"
	token, err := d.reveal(ctx, "discord-bot-token", d.DiscordBotToken)
	if err != nil {
		return []finding{failOf(what, err, "look where the setting points to")}
	}
	o := discord.Options{Token: token, HTTP: d.DiscordTransport == "http", Listen: d.DiscordListen, PublicKey: d.DiscordPublicKey, APIURL: d.DiscordAPIURL}
	if err, many := o.Validate().(interface{ Unwrap() []error }); many {
		for _, e := range err.Unwrap() {
			all = append(all, failOf(what, e, "look at --discord-public-key and --discord-api-url"))
		}
		return all
	}
	if o.HTTP {
		return []finding{ok(what, "bot token and public key are set; commands and buttons come over HTTP")}
	}
	return []finding{ok(what, "bot token is set; all comes over the gateway")}
}

func (d *doctor) discordAddress(ctx context.Context) []finding {
	return []finding{d.address("discord address", d.DiscordListen, "--discord-listen", listens(ctx, d.DiscordListen))}
}

// discordApp asks who this program is at Discord, what time it is there, how it
// hears, how often it may still log in, and which commands there are.
func (d *doctor) discordApp(ctx context.Context) []finding {
	const what = "discord"
	var me struct{ ID, Username string }
	began := time.Now()
	head, err := d.discordCall(ctx, "users/@me", &me)
	middle := began.Add(time.Since(began) / 2)
	var clock []finding
	if at, bad := http.ParseTime(head.Get("Date")); bad == nil {
		otherwise, mend := warning, "have this machine keep the time with NTP"
		if d.DiscordTransport == "http" {
			otherwise, mend = failure, mend+"; what Discord signs is refused otherwise"
		}
		clock = []finding{d.skew("discord clock", "Discord", at.Add(500*time.Millisecond).Sub(middle), discordSkew, otherwise, mend)} // a Date has no fractions
	}
	if err != nil {
		return append([]finding{discordFailure(what, err)}, clock...)
	}
	var app discordApplication
	if _, err := d.discordCall(ctx, "applications/@me", &app); err != nil {
		return append([]finding{discordFailure(what, err)}, clock...)
	}
	all := []finding{ok(what, fmt.Sprintf("application %s (%s), bot %s (%s)", app.Name, app.ID, me.Username, me.ID))}
	all = append(append(all, clock...), d.discordWay(app)...)
	return append(append(all, d.discordGateway(ctx)), d.discordCommands(ctx, app.ID)...)
}

// discordApplication is what is read of an application.
type discordApplication struct {
	ID, Name  string
	VerifyKey string `json:"verify_key"`
	Endpoint  string `json:"interactions_endpoint_url"`
}

// discordWay holds how commands and buttons are sent against how they are waited for.
func (d *doctor) discordWay(app discordApplication) (all []finding) {
	const what = "discord interactions"
	const at = "General Information of the application"
	host := "another address"
	if u, err := url.Parse(app.Endpoint); err == nil && u.Host != "" {
		host = u.Host
	}
	overHTTP := d.DiscordTransport == "http"
	if overHTTP && app.VerifyKey != "" && !strings.EqualFold(app.VerifyKey, d.DiscordPublicKey) {
		all = append(all, fail(what, "the public key is not that of this application", "copy it from "+at))
	}
	switch {
	case overHTTP && app.Endpoint == "":
		return append(all, warn(what, "no Interactions Endpoint URL is set, so none comes over HTTP", "once serve runs, set it at "+at+"; its path is /discord/interactions"))
	case !overHTTP && app.Endpoint != "":
		return append(all, warn(what, "they go to "+host+", not over the gateway", "empty the Interactions Endpoint URL at "+at+", or use --discord-transport http"))
	case overHTTP:
		return append(all, ok(what, "they go to "+host))
	}
	return append(all, ok(what, "they come over the gateway"))
}

func (d *doctor) discordGateway(ctx context.Context) finding {
	const what = "discord gateway"
	var g struct {
		Shards int `json:"shards"`
		Start  struct {
			Total      int `json:"total"`
			Remaining  int `json:"remaining"`
			ResetAfter int `json:"reset_after"` // ms
		} `json:"session_start_limit"`
	}
	if _, err := d.discordCall(ctx, "gateway/bot", &g); err != nil {
		return discordFailure(what, err)
	}
	said := fmt.Sprintf("shards %d, identifies left %d of %d", g.Shards, g.Start.Remaining, g.Start.Total)
	if g.Start.Remaining < fewIdentifies {
		wait := time.Duration(g.Start.ResetAfter) * time.Millisecond
		return warn(what, said, fmt.Sprintf("look what logs in again and again; there are more in %v", wait.Round(time.Minute)))
	}
	return ok(what, said)
}

// discordCommands looks at the commands of all servers, and at those that single
// servers have of their own.
func (d *doctor) discordCommands(ctx context.Context, app string) []finding {
	const what = "discord commands"
	phrases, err := prompts.Load()
	if err != nil {
		return []finding{fail(what, err.Error(), "mend that file and build again")}
	}
	at := "applications/" + url.PathEscape(app)
	lines, _, err := d.discordWrong(ctx, at, phrases)
	if err != nil {
		return []finding{discordFailure(what, err)}
	}
	all := []finding{ok(what, "all are registered")}
	if len(lines) > 0 {
		all = []finding{warn(what, "not registered as they are to be: "+strings.Join(lines, ", "), "porchlight discord register")}
	}
	return append(all, d.discordServers(ctx, at, phrases)...)
}

// discordWrong is what is wrong with the commands registered at a path, and how many
// those are.
func (d *doctor) discordWrong(ctx context.Context, path string, phrases *prompts.Phrases) (lines []string, n int, err error) {
	var raw json.RawMessage
	if _, err := d.discordCall(ctx, path+"/commands?with_localizations=true", &raw); err != nil {
		return nil, 0, err
	}
	var had []any
	lines, err = discord.Unregistered(raw, phrases.Screen)
	if err != nil || json.Unmarshal(raw, &had) != nil {
		return nil, 0, errDiscordSpeak
	}
	return lines, len(had), nil
}

// mostServers is in how many servers doctor looks for commands.
const mostServers = 20

// discordServers looks at the commands that servers have of their own, with
// `discord register --guild`. Where there are none, nothing is said.
func (d *doctor) discordServers(ctx context.Context, at string, phrases *prompts.Phrases) (all []finding) {
	const what = "discord commands of servers"
	var servers []struct{ ID string }
	if _, err := d.discordCall(ctx, "users/@me/guilds?limit=200", &servers); err != nil {
		return []finding{discordFailure(what, err)}
	}
	good, many := 0, len(servers)
	for _, s := range servers[:min(many, mostServers)] {
		lines, n, err := d.discordWrong(ctx, at+"/guilds/"+url.PathEscape(s.ID), phrases)
		switch {
		case err != nil:
			return append(all, discordFailure(what, fmt.Errorf("server %s: %w", s.ID, err)))
		case n > 0 && len(lines) > 0:
			all = append(all, warn(what, "server "+s.ID+" has its own, not as they are to be: "+strings.Join(lines, ", "), "porchlight discord register --guild "+s.ID))
		case n > 0:
			good++
		}
	}
	if good > 0 {
		all = append(all, ok(what, fmt.Sprintf("%d have their own, as they are to be; looked at %d of %d", good, min(many, mostServers), many)))
	}
	return all
}

var (
	errDiscordToken   = errors.New("the token is wrong, says Discord")
	errDiscordBusy    = errors.New("too many calls for now")
	errDiscordSpeak   = errors.New("what answers is not Discord's API")
	errDiscordRefused = errors.New("not answered by Discord")
)

// discordFailure is a failure with what to do about it.
func discordFailure(what string, err error) finding {
	switch {
	case errors.Is(err, errDiscordToken):
		return fail(what, err.Error(), "copy it again from Bot of the application, at discord.com/developers")
	case errors.Is(err, errDiscordBusy):
		return warn(what, err.Error(), "run this again in ten minutes; until then call nothing")
	}
	return fail(what, err.Error(), "look whether this machine may reach Discord, and at --discord-api-url")
}

// discordCall reads something with the bot token. The headers are there with many an
// error, too.
func (d *doctor) discordCall(ctx context.Context, path string, out any) (head http.Header, err error) {
	token, err := d.reveal(ctx, "discord-bot-token", d.DiscordBotToken)
	if err != nil {
		return nil, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimRight(d.DiscordAPIURL, "/")+"/"+path, http.NoBody)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Authorization", "Bot "+token)
	r.Header.Set("User-Agent", "DiscordBot (porchlight, 1)")
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }} // a token goes nowhere else
	answer, err := client.Do(r)
	if e, is := errors.AsType[*url.Error](err); is {
		err = e.Err
	}
	if err != nil {
		return nil, fmt.Errorf("not reached: %w", err)
	}
	defer answer.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(answer.Body, 4<<20))
	switch {
	case answer.StatusCode == http.StatusTooManyRequests:
		return answer.Header, errDiscordBusy
	case err != nil:
		return answer.Header, fmt.Errorf("not reached: %w", err)
	case !json.Valid(raw):
		return answer.Header, fmt.Errorf("%w (status %d)", errDiscordSpeak, answer.StatusCode)
	case answer.StatusCode == http.StatusUnauthorized:
		return answer.Header, errDiscordToken
	case answer.StatusCode != http.StatusOK:
		return answer.Header, fmt.Errorf("%w: status %d", errDiscordRefused, answer.StatusCode)
	case json.Unmarshal(raw, out) != nil:
		return answer.Header, fmt.Errorf("%w (status %d)", errDiscordSpeak, answer.StatusCode)
	}
	return answer.Header, nil
}
