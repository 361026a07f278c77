package main

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/alecthomas/kong"

	"porchlight/bot/inbox/database"
)

// settings are all that `serve` can be told. Each is a default here, a line of
// the file, an environment variable or a flag; the later of these wins. A flag
// --some-name is the variable PORCHLIGHT_SOME_NAME and the line some-name in the
// file.
type settings struct {
	Config string `placeholder:"FILE" help:"YAML file with settings, named like the flags without their dashes in front."`

	Data      string `default:"porchlight-data" placeholder:"DIR" help:"Folder of the built-in store; made if it is not there. For one process."`
	Store     secret `placeholder:"URL" help:"Address of a Postgres, for many processes: postgres://user@host/database. Takes a secret form, too: file:PATH, cmd:COMMAND or env:NAME."`
	MasterKey secret `placeholder:"SOURCE" help:"Key that seals what is stored: file:PATH, cmd:COMMAND or env:NAME. The built-in store makes its own (DIR/key)."`

	Lifetime time.Duration `default:"2h" help:"How long a conversation is remembered after its last turn; at most 24h."`
	Deadline time.Duration `default:"40s" help:"How long an answer may take before the fixed help text is sent instead."`
	Lease    time.Duration `default:"1m" help:"How long a question may be in hand, until its answer is posted. After a post whose outcome is unknown, the platform is asked for it then. At least deadline and the timeout of a call together."`
	Grace    time.Duration `default:"25s" help:"How long answers under way may go on after a signal to stop."`
	Workers  int           `default:"32" help:"How many questions are answered at once."`

	PersonLimit       int `default:"12" help:"Questions of one person a minute that are answered at once; more wait. Never for danger. 0 for no limit."`
	ConversationLimit int `default:"30" help:"The same for one conversation."`

	Local      string `placeholder:"HOST:PORT" help:"Serve the local HTTP interface here, for tests and staff tools; 127.0.0.1 only."`
	LocalToken secret `placeholder:"SOURCE" help:"Bearer token that the local interface asks for."`

	SlackBotToken      secret        `env:"PORCHLIGHT_SLACK_BOT_TOKEN,SLACK_BOT_TOKEN" placeholder:"SOURCE" help:"Answer on Slack with this bot token (xoxb-)."`
	SlackAppToken      secret        `env:"PORCHLIGHT_SLACK_APP_TOKEN,SLACK_APP_TOKEN" placeholder:"SOURCE" help:"App token (xapp-) for Socket Mode."`
	SlackSigningSecret secret        `env:"PORCHLIGHT_SLACK_SIGNING_SECRET,SLACK_SIGNING_SECRET" placeholder:"SOURCE" help:"Signing secret, for the HTTP transport."`
	SlackClientID      string        `name:"slack-client-id" placeholder:"ID" help:"Client id of the app: lets workspaces install it at /slack/install. For the HTTP transport."`
	SlackClientSecret  secret        `env:"PORCHLIGHT_SLACK_CLIENT_SECRET,SLACK_CLIENT_SECRET" placeholder:"SOURCE" help:"Client secret of the app, for installs."`
	SlackPublicURL     string        `name:"slack-public-url" placeholder:"URL" help:"The https address under which browsers reach the HTTP transport, for installs."`
	SlackTransport     string        `enum:"socket,http" default:"socket" help:"How Slack's events arrive: ${enum}."`
	SlackListen        string        `default:"127.0.0.1:3000" placeholder:"HOST:PORT" help:"Where the HTTP transport listens; the path is /slack/events."`
	SlackAPIURL        string        `name:"slack-api-url" default:"https://slack.com/api/" placeholder:"URL" help:"Address of Slack's API, or of a server that speaks like it."`
	SlackTimeout       time.Duration `default:"10s" help:"How long one call of Slack may take."`
	SlackPace          float64       `default:"1" help:"How fast Slack is called, in multiples of the limits that it documents; more than 1 only for other servers that speak like it."`
	SlackHookHost      []string      `placeholder:"HOST:PORT" help:"Host, beside Slack's own, that an answer to a command may be sent to. May be repeated."`

	DiscordBotToken  secret        `env:"PORCHLIGHT_DISCORD_BOT_TOKEN,DISCORD_BOT_TOKEN" placeholder:"SOURCE" help:"Answer on Discord with this bot token."`
	DiscordTransport string        `enum:"gateway,http" default:"gateway" help:"How commands and buttons arrive: ${enum}. Messages come over the gateway."`
	DiscordPublicKey string        `placeholder:"HEX" help:"Public key of the application, for the HTTP transport."`
	DiscordListen    string        `default:"127.0.0.1:3001" placeholder:"HOST:PORT" help:"Where the HTTP transport listens; the path is /discord/interactions."`
	DiscordAPIURL    string        `name:"discord-api-url" default:"https://discord.com/api/v9/" placeholder:"URL" help:"Address of Discord's API, or of a server that speaks like it."`
	DiscordTimeout   time.Duration `default:"10s" help:"How long one call of Discord may take."`
	DiscordShards    int           `default:"0" help:"How many connections the servers are spread over; 0 asks Discord."`
	DiscordDoubled   bool          `help:"Have each of these connections twice, so that one that breaks leaves nobody unheard; takes twice the logins."`

	modelOptions

	Admin string `default:"127.0.0.1:9464" placeholder:"HOST:PORT" help:"Where /livez, /readyz and /metrics are; \"off\" for nowhere."`

	LogForm  string `name:"log" enum:"text,json" default:"text" help:"Form of the log: ${enum}."`
	LogLevel string `enum:"debug,info,warn,error" default:"info" help:"Least level of what is logged: ${enum}."`
}

// problems are all that is wrong with the settings, each with its mend.
func (s *settings) problems(o *origins) (all []error) {
	bad := func(name, format string, args ...any) {
		all = append(all, fmt.Errorf("%s (%s): %s", name, o.of(name), fmt.Sprintf(format, args...)))
	}
	for name, x := range map[string]secret{
		"master-key": s.MasterKey, "local-token": s.LocalToken,
		"slack-bot-token": s.SlackBotToken, "slack-app-token": s.SlackAppToken, "slack-signing-secret": s.SlackSigningSecret,
		"discord-bot-token":   s.DiscordBotToken,
		"slack-client-secret": s.SlackClientSecret, "model-key": s.ModelKey,
	} {
		if from := o.of(name); x.literal() && !strings.HasPrefix(from, "environment") {
			bad(name, "a secret must not stand here, where others can read it; give file:PATH, cmd:COMMAND or env:NAME")
		}
	}
	for name, d := range map[string][2]time.Duration{
		"lifetime": {s.Lifetime, 24 * time.Hour}, "deadline": {s.Deadline, 45 * time.Second}, "grace": {s.Grace, 10 * time.Minute},
		"lease": {s.Lease, 10 * time.Minute}, "slack-timeout": {s.SlackTimeout, 30 * time.Second},
		"discord-timeout": {s.DiscordTimeout, 30 * time.Second},
	} {
		if d[0] <= 0 || d[0] > d[1] {
			bad(name, "must be more than 0 and at most %v, is %v", d[1], d[0])
		}
	}
	if name, d := s.longestCall(); s.Lease < s.Deadline+d { // a post that is cut short may stand
		bad("lease", "must be at least deadline and %s together, %v, is %v", name, s.Deadline+d, s.Lease)
	}
	if s.SlackPace <= 0 || s.SlackPace > 1e6 {
		bad("slack-pace", "must be more than 0, and 1 for Slack itself, is %v", s.SlackPace)
	}
	if s.Workers < 1 || s.Workers > 1024 {
		bad("workers", "must be 1 to 1024, is %d", s.Workers)
	}
	for name, n := range map[string]int{"person-limit": s.PersonLimit, "conversation-limit": s.ConversationLimit} {
		if n < 0 {
			bad(name, "must not be less than 0; 0 is no limit")
		}
	}
	s.modelOptions.problems(bad)
	if s.Store.literal() {
		switch u, err := url.Parse(s.Store.source); {
		case err != nil || !database.IsPostgres(s.Store.source):
			bad("store", "must begin with postgres:// (or be file:, cmd: or env:); for the built-in store set data instead")
		case hasPassword(u) && !strings.HasPrefix(o.of("store"), "environment"):
			bad("store", "a password must not stand here, where others can read it; give the address as file:PATH, cmd:COMMAND or env:NAME")
		}
	}
	if s.Store.set() && !s.MasterKey.set() {
		bad("master-key", "must be set for a Postgres, the same for every process; make one with: openssl rand -base64 32")
	}
	if s.Admin != "off" {
		if _, _, err := net.SplitHostPort(s.Admin); err != nil {
			bad("admin", "must be HOST:PORT, such as 127.0.0.1:9464, or off")
		}
	}
	return all
}

// longestCall is the setting of how long a call may take at most where this program
// is set up to answer.
func (s *settings) longestCall() (name string, d time.Duration) {
	if s.DiscordBotToken.set() && (s.DiscordTimeout > s.SlackTimeout || !s.onSlack()) {
		return "discord-timeout", s.DiscordTimeout
	}
	return "slack-timeout", s.SlackTimeout
}

// onSlack tells whether Slack is set up: for one workspace, or for all that install
// the app.
func (s *settings) onSlack() bool { return s.SlackBotToken.set() || s.SlackClientID != "" }

func hasPassword(u *url.URL) bool {
	_, ok := u.User.Password()
	return ok || u.Query().Has("password")
}

// errNobody says that there is nothing to serve.
var errNobody = errors.New("no platform is set up; set SLACK_BOT_TOKEN and SLACK_APP_TOKEN for Slack, DISCORD_BOT_TOKEN for Discord, or --local 127.0.0.1:8080 for the local interface")

type configCmd struct{ settings }

// Run shows every setting in force and where it comes from.
func (c *configCmd) Run(k *kong.Context, o *origins) error {
	w := tabwriter.NewWriter(k.Stdout, 0, 0, 2, ' ', 0)
	for _, f := range k.Selected().Flags {
		value := fmt.Sprint(f.Target.Interface())
		if value == "" {
			value = "-"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\n", f.Name, value, o.of(f.Name))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return report(k.Stderr, c.problems(o))
}

// errSettings ends a command whose problems have been printed.
var errSettings = errors.New("settings: not usable as they are")

// report prints problems, one a line.
func report(w io.Writer, problems []error) error {
	for _, p := range problems {
		fmt.Fprintln(w, "porchlight:", p)
	}
	if len(problems) > 0 {
		return errSettings
	}
	return nil
}
