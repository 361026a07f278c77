package llm

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"time"
)

// Options are what a Client needs. The zero value of each field but URL and the model
// means a good default.
type Options struct {
	// URL is where the server's API begins, up to and with /v1; without a path, /v1 is
	// taken. "unix:/run/llama.sock" is a socket of this machine. Azure's addresses are
	// known by their form: the resource's, a deployment's, or the one ending in
	// /openai/v1.
	URL string
	// Model and EmbeddingModel are the server's names for what writes and for what makes
	// vectors; one may be "". With Azure they are names of deployments.
	Model, EmbeddingModel string
	// Key, if the server wants one.
	Key Key
	// APIVersion, of Azure, if it does not stand in the URL. With it any URL is taken for
	// one of Azure's, as behind a gateway.
	APIVersion string

	Connect    time.Duration // until the connection stands: 5 s
	FirstToken time.Duration // until the model begins: 30 s, on this machine 2 min
	Idle       time.Duration // between two pieces: 20 s
	// Whole is for everything, retries and what the caller does with pieces included:
	// 2 min, on this machine 4.
	Whole time.Duration
	// Attempts is how often a call is tried at most, while nothing of its answer came: 3.
	Attempts int
	// MaxInFlight is how many calls run at once, of each sort: 8, on this machine 2. One
	// more is refused at once.
	MaxInFlight int
	// MaxBytes is the most text of one answer: 64 KiB.
	MaxBytes int

	// Log gets one line a call, with sizes and times, and one when the server begins or
	// ceases to be left alone. nil logs nothing.
	Log *slog.Logger
	// Counted, if any, is told what happened, in constant words:
	//
	//	write, embed   a call ended; reason is Reason of its error, or "enough" when its
	//	               caller stopped early
	//	retry          it is tried again; reason is why
	//	learn          the server does not take a field; reason is the field
	//	breaker        reason is the new state: open, half-open, closed
	//
	// It must be quick, and may be called by many goroutines at once.
	Counted func(event, reason string)

	// Dial, if any, makes the connections, for tests and tunnels.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
}

const (
	defaultTokens = 1024
	mostPrompt    = 1 << 20 // bytes; no model reads that much
)

// or sets a value that was left out.
func or[T comparable](value *T, otherwise T) {
	var none T
	if *value == none {
		*value = otherwise
	}
}

// filled are the options with their defaults.
func (o Options) filled(local bool) Options {
	first, whole, flying := 30*time.Second, 2*time.Minute, 8
	if local { // cold, and slow, and it computes one or two answers at a time
		first, whole, flying = 2*time.Minute, 4*time.Minute, 2
	}
	or(&o.Connect, 5*time.Second)
	or(&o.FirstToken, first)
	or(&o.Idle, 20*time.Second)
	or(&o.Whole, whole)
	or(&o.Attempts, 3)
	or(&o.MaxInFlight, flying)
	or(&o.MaxBytes, 64<<10)
	or(&o.Log, slog.New(slog.DiscardHandler))
	if o.Counted == nil {
		o.Counted = func(string, string) {}
	}
	return o
}

// wrong are all the things that are wrong with the options, but for the URL.
func (o Options) wrong() error {
	var all []error
	if o.Model == "" && o.EmbeddingModel == "" {
		all = append(all, errors.New(`model: none is named; name one that the server offers, such as "llama3.2"`))
	}
	for _, m := range []struct{ name, value string }{{"model", o.Model}, {"embedding model", o.EmbeddingModel}} {
		if m.value != "" && !plainName(m.value) {
			all = append(all, fmt.Errorf("%s: %q is no name of a model; write it as the server lists it, without spaces", m.name, m.value))
		}
	}
	if !o.Key.sendable() {
		all = append(all, errors.New("key: it holds a space, a line break or a character that no key has; copy it again"))
	}
	for _, d := range []struct {
		name  string
		value time.Duration
	}{{"connect", o.Connect}, {"first token", o.FirstToken}, {"idle", o.Idle}, {"whole", o.Whole}} {
		if d.value < 0 {
			all = append(all, fmt.Errorf("%s time: %s is less than nothing; write a time such as 30s, or leave it out", d.name, d.value))
		}
	}
	for _, n := range []struct {
		name  string
		value int
	}{{"attempts", o.Attempts}, {"in flight", o.MaxInFlight}, {"bytes", o.MaxBytes}} {
		if n.value < 0 {
			all = append(all, fmt.Errorf("%s: %d is less than nothing; write 1 or more, or leave it out", n.name, n.value))
		}
	}
	return errors.Join(all...)
}

// plainName tells whether a name of a model can be shown and put into a path.
func plainName(name string) bool {
	if len(name) > 200 {
		return false
	}
	for _, r := range name {
		if r <= ' ' || r > '~' || r == '?' || r == '#' || r == '%' || r == '"' || r == '\\' {
			return false
		}
	}
	return true
}
