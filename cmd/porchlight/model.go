package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"porchlight/bot/answer"
	"porchlight/bot/llm"
	"porchlight/bot/near"
	"porchlight/bot/verify"
	"porchlight/knowledge"
	"porchlight/prompts"
)

// modelOptions say which model may write, if any. The zero value is none: the
// knowledge base answers in its own words.
type modelOptions struct {
	Model          string        `group:"Model" placeholder:"NAME" help:"Let this model write answers; what it writes is checked sentence by sentence. Without it nothing is sent anywhere."`
	ModelURL       string        `group:"Model" name:"model-url" default:"https://api.openai.com/v1" placeholder:"URL" help:"Address of the model's server, which speaks like OpenAI's."`
	ModelKey       secret        `group:"Model" env:"PORCHLIGHT_MODEL_KEY,OPENAI_API_KEY" placeholder:"SOURCE" help:"Key that the server asks for: file:PATH, cmd:COMMAND or env:NAME."`
	EmbeddingModel string        `group:"Model" placeholder:"NAME" help:"Model of the same server that makes vectors; topics are then found by meaning, too."`
	ModelPrivacy   string        `group:"Model" enum:"strict,open" default:"strict" help:"What a model on another machine may see, personal detail always taken out: strict keeps what people tell of themselves here; open does not."`
	ModelDeadline  time.Duration `group:"Model" default:"8s" help:"How long after its question an answer must be whole; what a model has not written by then the knowledge base says."`
	ModelDay       int           `group:"Model" default:"0" placeholder:"TOKENS" help:"Tokens that may be spent on a day (UTC); then the knowledge base answers alone. 0 for no bound."`
	ModelPerson    int           `group:"Model" default:"100000" placeholder:"TOKENS" help:"The same for one person."`
	ModelCache     time.Duration `group:"Model" default:"24h" help:"How long checked answers to questions of information are kept for who asks the same; 0 keeps none."`
}

// problems are all that is wrong with the options.
func (o *modelOptions) problems(bad func(name, format string, args ...any)) {
	if o.Model == "" {
		if o.EmbeddingModel != "" {
			bad("embedding-model", "needs model: topics found by meaning are for a model that writes")
		}
		return
	}
	if o.ModelDeadline <= 0 || o.ModelDeadline > 30*time.Second {
		bad("model-deadline", "must be more than 0 and at most 30s, is %v", o.ModelDeadline)
	}
	for name, n := range map[string]int{"model-day": o.ModelDay, "model-person": o.ModelPerson} {
		if n < 0 {
			bad(name, "must not be less than 0; 0 is no bound")
		}
	}
	if o.ModelCache < 0 || o.ModelCache > 30*24*time.Hour {
		bad("model-cache", "must be 0 to 720h, is %v", o.ModelCache)
	}
	if _, err := llm.New(o.client(llm.Key{}, nil, nil)); err != nil {
		bad("model-url", "%v", err)
	}
}

// wrong are the problems as one error, for commands without a file of settings.
func (o *modelOptions) wrong() error {
	var all []error
	o.problems(func(name, format string, args ...any) {
		all = append(all, fmt.Errorf("--%s: %s", name, fmt.Sprintf(format, args...)))
	})
	return errors.Join(all...)
}

func (o *modelOptions) client(key llm.Key, log *slog.Logger, counted func(event, reason string)) llm.Options {
	return llm.Options{
		URL: o.ModelURL, Model: o.Model, EmbeddingModel: o.EmbeddingModel, Key: key,
		FirstToken: o.ModelDeadline, Whole: max(o.ModelDeadline, time.Minute), Log: log, Counted: counted,
	}
}

// dial makes the client; nil when no model is set.
func (o *modelOptions) dial(ctx context.Context, log *slog.Logger, counted func(event, reason string)) (*llm.Client, error) {
	if o.Model == "" {
		return nil, nil //nolint:nilnil // no model is no error
	}
	key, err := o.ModelKey.reveal(ctx)
	if err != nil {
		return nil, fmt.Errorf("model-key: %w", err)
	}
	c, err := llm.New(o.client(llm.NewKey(key), log, counted))
	if err != nil {
		return nil, fmt.Errorf("model: %w", err)
	}
	return c, nil
}

// writer makes what writes answers of p's content; nil when no model is set. Until ctx
// ends it keeps vectors of the content, in the folder dir if there is one. count is told
// what happens, and may be nil.
func (o *modelOptions) writer(ctx context.Context, p *answer.Pipeline, dir string, log *slog.Logger, count func(what, why string, n int)) (*answer.Writer, error) {
	if err := o.wrong(); err != nil {
		return nil, err
	}
	counted := func(event, reason string) {
		if count != nil {
			count("model_"+event, reason, 1)
		}
	}
	client, err := o.dial(ctx, log, counted)
	if client == nil || err != nil {
		return nil, err
	}
	w, err := newWriter(client, client.Model(), client.Local(), p.Base)
	if err != nil {
		return nil, err
	}
	w.Open, w.Deadline, w.Count = o.ModelPrivacy == "open", o.ModelDeadline, count
	w.Budget = &answer.Budget{PerDay: o.ModelDay, PerPerson: o.ModelPerson}
	if o.ModelCache > 0 {
		w.Cache = answer.NewCache(0, o.ModelCache)
	}
	if o.EmbeddingModel != "" {
		x := &near.Index{Embedder: client, Base: p.Base, Dir: dir, Log: log}
		go func() { _ = x.Prepare(ctx) }()
		w.Near = x.Near
	}
	return w, nil
}

// newWriter makes a writer with the embedded prompts and checks.
func newWriter(m llm.Model, name string, local bool, base func() *knowledge.Base) (*answer.Writer, error) {
	text, err := prompts.LoadModel()
	if err != nil {
		return nil, err
	}
	checker, err := newChecker()
	if err != nil {
		return nil, err
	}
	return &answer.Writer{Model: m, Name: name, Prompts: text, Checker: checker, Local: local, Redact: redactor(base)}, nil
}

// vectors is the folder that vectors of the content are kept in: the one of the built-in
// store. Beside a Postgres each process has its own, in memory.
func (s *settings) vectors() string {
	if s.Store.set() {
		return ""
	}
	return s.Data
}

// newChecker makes the checks of model text.
func newChecker() (*verify.Checker, error) {
	never, err := prompts.Never()
	if err != nil {
		return nil, err
	}
	return verify.New(never)
}
