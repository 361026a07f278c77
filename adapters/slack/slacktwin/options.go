package slacktwin

import "time"

// Options is how a Twin is. The zero value is a Slack in good health.
type Options struct {
	// Contracts is a directory with the slack-A_<method>.json schemas; each request
	// is held against them. "" or a directory that is not there: nothing is.
	Contracts string
	// Forgive keeps Start from failing the test for Violations.
	Forgive bool

	// What the app is set up with; there are defaults, which the fields of
	// Credentials show.
	SigningSecret, ClientID, ClientSecret string
	// Scopes of the bot; nil is what an app needs that asks for as little as it can:
	// those of the manifest in slack.md, without channels:history or im:write.
	Scopes []string
	// Rotate gives tokens 12 hours, and a refresh token.
	Rotate bool

	// Ping is the time between WebSocket pings; 0 means 200 ms.
	Ping time.Duration
	// AckWithin is how long the app has to acknowledge; 0 means 3 s.
	AckWithin time.Duration
	// Retries is how long Slack waits before it says an event again, and how often;
	// nil means at once, after a minute, after five.
	Retries []time.Duration
	// RetryCommands says slash commands and interactions again, too. Slack shows the
	// person an error instead.
	RetryCommands bool
	// MaxSockets is how many an app may have open; 0 means 10.
	MaxSockets int
	// Grace is how long a socket stays after a disconnect message; 0 means 10 s.
	Grace time.Duration
	// Echo sends the app its own posts as message events, as Slack does when the app
	// subscribes to message.*.
	Echo bool

	// PerSecond is how many messages a channel takes each second, Burst how many at
	// once; 0 means any number.
	PerSecond float64
	Burst     int

	// KeepCalls forgets all but about that many of the latest calls, for long runs;
	// 0 keeps all. Count counts the forgotten ones.
	KeepCalls int
	// Seed makes Sometimes repeatable.
	Seed uint64
	// Now is the clock by which URLs, triggers and tokens expire; nil is time.Now.
	Now func() time.Time
}

func (o Options) withDefaults() Options {
	text := func(field *string, value string) {
		if *field == "" {
			*field = value
		}
	}
	text(&o.SigningSecret, "8f742231b10e8888abcd99yyyzzz85a5")
	text(&o.ClientID, "1111111111.2222222222")
	text(&o.ClientSecret, "0123456789abcdef0123456789abcdef")
	length := func(field *time.Duration, value time.Duration) {
		if *field == 0 {
			*field = value
		}
	}
	length(&o.Ping, 200*time.Millisecond)
	length(&o.AckWithin, 3*time.Second)
	length(&o.Grace, 10*time.Second)
	if o.Retries == nil {
		o.Retries = []time.Duration{0, time.Minute, 5 * time.Minute}
	}
	if o.MaxSockets == 0 {
		o.MaxSockets = 10
	}
	if o.Burst == 0 {
		o.Burst = 1
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Scopes == nil {
		o.Scopes = []string{"app_mentions:read", "chat:write", "commands", "im:history", "assistant:write", "users:read"}
	}
	return o
}
