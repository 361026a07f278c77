package llm

import (
	"context"
	"errors"
	"io"
	"iter"
	"log/slog"
	"time"
	"unicode/utf8"

	"github.com/sashabaranov/go-openai"
)

// errEnough is what ends a call whose caller iterates no further; nobody sees it.
var errEnough = errors.New("llm: the caller has enough")

const (
	// forUsage is how long the end of a stream is waited for when the answer is whole.
	forUsage = 2 * time.Second
	// forLast is how long a server has to end the body behind the end of the stream.
	forLast = 50 * time.Millisecond
	// mostLessons is how many fields a server may refuse before it is believed to refuse
	// the whole.
	mostLessons = 4
)

// A call is one iteration of Generate, over all its attempts.
type call struct {
	*Client
	prompt  Prompt
	dialect dialect
	yield   func(Piece, error) bool
	began   time.Time

	tries int
	first time.Duration // until the first piece
	bytes int
	usage Usage
}

// Generate implements Model; see Options for the limits it keeps to.
func (c *Client) Generate(ctx context.Context, p Prompt) iter.Seq2[Piece, error] {
	return func(yield func(Piece, error) bool) {
		k := &call{Client: c, prompt: p, yield: yield, began: time.Now()}
		err := k.guarded(ctx)
		c.options.Counted("write", reasonOf(err))
		if errors.Is(err, errEnough) {
			return
		}
		if err != nil {
			yield(Piece{}, err)
			return
		}
		yield(Piece{Usage: k.usage}, nil)
	}
}

// guarded runs the call if it may run now.
func (k *call) guarded(ctx context.Context) (err error) {
	if err := k.sayable(); err != nil {
		return err
	}
	leave, err := k.writing.enter()
	if err != nil {
		return err
	}
	ended := false
	defer func() {
		if !ended { // the caller panics
			err = errEnough
		}
		k.log(ctx, err)
		leave(err)
	}()
	whole, stop := context.WithTimeoutCause(ctx, k.options.Whole, fail(whySlow))
	defer stop()
	err = k.persist(whole, ctx)
	ended = true
	return err
}

func (k *call) sayable() error {
	or(&k.prompt.MaxTokens, defaultTokens)
	switch {
	case k.options.Model == "":
		return fail(whyUnset)
	case k.prompt.Data == "" || k.prompt.MaxTokens < 0:
		return fail(whyNothing)
	case len(k.prompt.Static)+len(k.prompt.Data) > mostPrompt:
		return fail(whyPrompt)
	default:
		return nil
	}
}

// persist tries until something came, or until trying again is of no use.
func (k *call) persist(ctx, callers context.Context) error {
	k.dialect = *k.learned.Load()
	for lessons := 0; ; {
		err := k.attempt(ctx)
		if err == nil || errors.Is(err, errEnough) {
			return err
		}
		f := explain(callers, err)
		f.begun = k.bytes > 0
		if d, ok := k.dialect.without(f.field); ok && lessons < mostLessons {
			k.dialect = d
			lessons++
			continue
		}
		k.tries++
		if f.begun || !k.again(ctx, k.tries, f) {
			return ended(callers, f)
		}
	}
}

// keep remembers the dialect that the server took.
func (k *call) keep() {
	old, now := k.learned.Load(), k.dialect // a copy, since a later attempt may change its own
	if *old == now || !k.learned.CompareAndSwap(old, &now) {
		return
	}
	for _, l := range []struct {
		field string
		is    bool
	}{
		{fieldMax, now.maxNew && !old.maxNew},
		{fieldMaxNew, !now.maxNew && old.maxNew},
		{fieldTemperature, now.noTemperature && !old.noTemperature},
		{fieldUsage, now.noUsage && !old.noUsage},
		{fieldSystem, now.noSystem && !old.noSystem},
	} {
		if l.is {
			k.options.Log.Info("the model's server does not take a field", "field", l.field)
			k.options.Counted("learn", l.field)
		}
	}
}

// attempt asks once, and yields what comes.
func (k *call) attempt(ctx context.Context) error {
	ctx, w := watch(ctx)
	defer w.stop()
	w.within(k.options.FirstToken, whyFirst)
	st, err := k.api.CreateChatCompletionStream(
		withAsk(ctx, ask{k.dialect, k.prompt.MaxTokens}),
		openai.ChatCompletionRequest{Model: k.options.Model, Messages: k.dialect.messages(k.prompt)},
	)
	if err != nil {
		return w.cause(ctx, err)
	}
	defer st.Close()
	k.keep()
	r := &reading{most: k.options.MaxBytes}
	for {
		raw, err := st.RecvRaw()
		switch {
		case errors.Is(err, io.EOF) || err != nil && r.finished():
			w.within(forLast, whyIdle)
			return k.close(r)
		case err != nil:
			return w.cause(ctx, broken(err))
		}
		if err := k.pass(w, r, raw); err != nil {
			return err
		}
	}
}

// broken is a failure of a stream that neither we nor the server ended.
func broken(err error) error {
	if f, ok := errors.AsType[*failure](err); ok {
		return f
	}
	return fail(whyCut)
}

// pass reads an event and yields its text. What the caller does with it takes none of
// the model's time.
func (k *call) pass(w *watcher, r *reading, raw []byte) error {
	w.rest()
	text, err := r.take(raw)
	if !k.hand(text) {
		return errEnough
	}
	switch {
	case err != nil:
		return err
	case r.finished():
		w.within(min(forUsage, k.options.Idle), whyIdle)
	case r.alive:
		w.within(k.options.Idle, whyIdle)
	default:
		w.resume()
	}
	return nil
}

// close hands on the last text of a stream that ended.
func (k *call) close(r *reading) error {
	text, err := r.end()
	if !k.hand(text) {
		return errEnough
	}
	k.usage = r.usage
	if k.usage.Prompt == 0 && k.usage.Completion == 0 {
		k.usage = Usage{Prompt: tokens(k.prompt.Static) + tokens(k.prompt.Data), Completion: (k.bytes + 3) / 4, Estimated: true}
	}
	return err
}

// hand yields text, if any; false ends everything.
func (k *call) hand(text string) bool {
	if text == "" {
		return true
	}
	if k.bytes == 0 {
		k.first = time.Since(k.began)
	}
	k.bytes += len(text)
	return k.yield(Piece{Text: text}, nil)
}

// reasonOf is Reason, with a word for a caller who wanted no more.
func reasonOf(err error) string {
	if errors.Is(err, errEnough) {
		return "enough"
	}
	return Reason(err)
}

// tokens is a guess: four characters each.
func tokens(text string) int { return (utf8.RuneCountInString(text) + 3) / 4 }

func (k *call) log(ctx context.Context, err error) {
	k.options.Log.LogAttrs(ctx, slog.LevelDebug, "the model was asked",
		slog.String("call", "write"), slog.String("name", k.prompt.Name), slog.String("reason", reasonOf(err)),
		slog.Int("failed_tries", k.tries), slog.Duration("first", k.first), slog.Duration("took", time.Since(k.began)),
		slog.Int("prompt_bytes", len(k.prompt.Static)+len(k.prompt.Data)), slog.Int("bytes", k.bytes),
		slog.Int("prompt_tokens", k.usage.Prompt), slog.Int("cached_tokens", k.usage.Cached), slog.Int("tokens", k.usage.Completion))
}
