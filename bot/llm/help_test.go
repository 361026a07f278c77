package llm_test

import (
	"context"
	"errors"
	"iter"
	"strings"
	"sync"
	"testing"
	"time"

	"porchlight/bot/llm"
	"porchlight/bot/llm/llmtwin"
)

const (
	secretKey    = "sk-secret-of-the-test"
	secretPrompt = "they took my passport in Zzyzx"
	secretAnswer = "level: ordinary\n[1] Your papers are yours; añade ñ.\nend"
)

var kinds = []error{
	llm.ErrUnavailable, llm.ErrBusy, llm.ErrSilent, llm.ErrTruncated,
	llm.ErrRefused, llm.ErrMalformed, llm.ErrTooLong, llm.ErrConfig,
}

// A counter is what Options.Counted was told.
type counter struct {
	mu  sync.Mutex
	all []string
}

func (c *counter) count(event, reason string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.all = append(c.all, event+" "+reason)
}

func (c *counter) String() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return strings.Join(c.all, ", ")
}

// memory is a twin without a network and a client of it, for a bubble.
func memory(t *testing.T, o llmtwin.Options, change func(*llm.Options)) (*llmtwin.Twin, *llm.Client) {
	t.Helper()
	if o.Answer == nil {
		o.Answer = func(llmtwin.Request) string { return secretAnswer }
	}
	tw := llmtwin.Memory(t, o)
	return tw, clientOf(t, tw, func(o *llm.Options) {
		o.Dial = tw.Dial
		if change != nil {
			change(o)
		}
	})
}

func clientOf(t *testing.T, tw *llmtwin.Twin, change func(*llm.Options)) *llm.Client {
	t.Helper()
	o := llm.Options{URL: tw.URL(), Model: "twin", EmbeddingModel: "twin-embed", Key: llm.NewKey(secretKey)}
	if change != nil {
		change(&o)
	}
	c, err := llm.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func prompt() llm.Prompt {
	return llm.Prompt{Static: "You write.", Data: secretPrompt, MaxTokens: 300, Name: "write"}
}

// gather runs an iteration to its end.
func gather(pieces iter.Seq2[llm.Piece, error]) (text string, usage llm.Usage, err error) {
	for p, e := range pieces {
		text += p.Text
		usage, err = p.Usage, e
	}
	return text, usage, err
}

// well checks what holds for each error: it is of one kind, and tells nothing.
func well(t *testing.T, err error) {
	t.Helper()
	n := 0
	for _, k := range append(kinds, context.Canceled, context.DeadlineExceeded) {
		if errors.Is(err, k) {
			n++
		}
	}
	if n != 1 {
		t.Errorf("%v is of %d kinds", err, n)
	}
	if r := llm.Reason(err); r == "other" || r == "ok" || strings.ContainsAny(r, " :") {
		t.Errorf("%v has the reason %q", err, r)
	}
	for _, s := range []string{secretKey, "passport", "Zzyzx", "papers", "boom", "<html", "Sign in", "Rate limit"} {
		if strings.Contains(err.Error(), s) {
			t.Errorf("%q tells %q", err, s)
		}
	}
}

func within(t *testing.T, d time.Duration) context.Context {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), d)
	t.Cleanup(stop)
	return ctx
}
