package discordtwin

import "time"

// Options is how a Twin is. The zero value is a Discord in good health that limits
// nobody's rate.
type Options struct {
	// Port on 127.0.0.1; 0 is any.
	Port int
	// Contracts is a directory with discord_openapi.json; each request is held
	// against it. "" or a directory that is not there: nothing is.
	Contracts string
	// Forgive keeps Start from failing the test for Violations.
	Forgive bool

	// MessageContent, Members and Presences are the privileged intents that the app
	// has been granted; to identify with others is close code 4014.
	MessageContent, Members, Presences bool
	// NoEcho keeps the bot's own posts, edits and deletions from its gateway.
	NoEcho bool

	// Heartbeat is what Hello asks for; 0 means 41.25 s. Who is silent for two of
	// them is closed with 4009.
	Heartbeat time.Duration
	// Shards is how many Discord recommends; 0 means 1. NeedShards is close code 4011
	// to who identifies with fewer; 0 is any number.
	Shards, NeedShards int
	// Identifies is how many are left of the day; 0 means 1000. With one more the
	// token is reset and every socket closed with 4004.
	Identifies int
	// Concurrency is max_concurrency; 0 means 1. IdentifyEvery is the time for which
	// that many may identify; Discord's is 5 s, and 0 limits nobody.
	Concurrency   int
	IdentifyEvery time.Duration
	// SessionLife is how long a session without a socket can be resumed; 0 means 3
	// minutes. Replay is how many events it keeps; 0 means 4096.
	SessionLife time.Duration
	Replay      int
	// StrictResume has resumes fail that come elsewhere than to resume_gateway_url.
	StrictResume bool
	// Grace is how long a socket stays after op 7; 0 means 10 s.
	Grace time.Duration

	// AckWithin is how long the app has to answer an interaction; 0 means 3 s.
	AckWithin time.Duration
	// TokenLife is how long an interaction's token lives; 0 means 15 minutes.
	TokenLife time.Duration
	// NonceWindow is how long an enforced nonce is remembered; 0 means 3 minutes.
	// Discord says "the past few minutes".
	NonceWindow time.Duration

	// RateLimits has everything limited: the global rate, each route's bucket, the
	// gateway's 120 messages a minute, and invalid requests.
	RateLimits bool
	// Global is how many requests a second all routes take together; 0 means 50.
	Global int
	// Buckets are the limits of single operations, in the place of the usual.
	Buckets map[string]Bucket
	// Invalid is how many 401, 403 and 429 in ten minutes bring Cloudflare's ban,
	// with or without RateLimits; 0 means 10,000 and only with them.
	Invalid int

	// KeepCalls forgets all but about that many of the latest calls, posts and
	// interactions, for long runs; 0 keeps all. Count counts the forgotten ones.
	KeepCalls int
	// Seed makes Sometimes, tokens and the app's key repeatable.
	Seed uint64
	// Now is the clock by which tokens, nonces, limits and sessions expire; nil is
	// time.Now.
	Now func() time.Time
}

// A Bucket is Limit requests in each time of Per.
type Bucket struct {
	Limit int
	Per   time.Duration
}

func (o Options) withDefaults() Options {
	length := func(field *time.Duration, value time.Duration) {
		if *field == 0 {
			*field = value
		}
	}
	length(&o.Heartbeat, 41250*time.Millisecond)
	length(&o.SessionLife, 3*time.Minute)
	length(&o.Grace, 10*time.Second)
	length(&o.AckWithin, 3*time.Second)
	length(&o.TokenLife, 15*time.Minute)
	length(&o.NonceWindow, 3*time.Minute)
	number := func(field *int, value int) {
		if *field == 0 {
			*field = value
		}
	}
	number(&o.Shards, 1)
	number(&o.Identifies, 1000)
	number(&o.Concurrency, 1)
	number(&o.Replay, 4096)
	number(&o.Global, 50)
	if o.RateLimits {
		number(&o.Invalid, 10_000)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}
