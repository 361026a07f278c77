package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/alecthomas/kong"

	"porchlight/bot/answer"
	"porchlight/bot/conversation"
	"porchlight/bot/eval"
)

// evalCmd measures the program against data with known answers.
type evalCmd struct {
	Answers   evalAnswersCmd   `cmd:"" default:"withargs" help:"Ask the test sets and judge the replies. This is what happens without a further command."`
	Retrieval evalRetrievalCmd `cmd:"" help:"Ask collections of questions with known answers: are the right passages found first, and questions without an answer told apart?"`
}

// evalAnswersCmd is `porchlight eval`. Like its sister it takes no flag from the
// environment.
type evalAnswersCmd struct {
	Sets    []string `env:"-" placeholder:"DIR" type:"existingdir" sep:"none" help:"Folder with test sets of your own, asked besides the embedded ones. May be repeated."`
	Only    bool     `env:"-" help:"Ask only the sets of --sets."`
	Half    string   `env:"-" enum:"test,dev,all" default:"test" help:"Which half to ask: ${enum}. Tune by dev, never by test."`
	Lang    string   `env:"-" placeholder:"CODE" help:"Ask one language only."`
	Set     string   `env:"-" placeholder:"NAME" help:"Ask one set only."`
	HTML    string   `env:"-" name:"html" placeholder:"FILE" help:"Write a report that opens in any browser, without a network."`
	JSON    string   `env:"-" name:"json" placeholder:"FILE" help:"Write the report for a later --compare."`
	Compare string   `env:"-" placeholder:"FILE" type:"existingfile" help:"An earlier --json: what got better, worse, or another answer?"`
	Gates   string   `env:"-" placeholder:"FILE" type:"existingfile" help:"Gates of your own (YAML) instead of the embedded ones."`
	NoGates bool     `env:"-" help:"Only measure: succeed whatever comes out."`
	// No flag of the model is read from the environment but its key.
	Model     string        `env:"-" placeholder:"NAME" help:"Ask with this model, too, and set both beside each other. The sets are invented: nothing of anybody's is sent."`
	ModelURL  string        `env:"-" name:"model-url" default:"http://127.0.0.1:11434/v1" placeholder:"URL" help:"Address of the model's server."`
	ModelKey  secret        `env:"PORCHLIGHT_MODEL_KEY,OPENAI_API_KEY" placeholder:"SOURCE" help:"Key that the server asks for: file:PATH, cmd:COMMAND or env:NAME."`
	ModelTime time.Duration `env:"-" default:"8s" help:"How long an answer of the model may take."`
	Embedding string        `env:"-" name:"embedding-model" placeholder:"NAME" help:"Model of the same server that makes vectors."`
}

// errGates ends the program with a failure that has been told of already.
var errGates = errors.New("a gate was not kept")

// Run asks, prints and writes the reports. It fails when a gate is not kept.
func (c *evalAnswersCmd) Run(ctx context.Context, k *kong.Context, g *globals, log *slog.Logger) error {
	cases, err := c.cases()
	if err != nil {
		return fmt.Errorf("eval: %w", err)
	}
	if c.Set != "" && !slices.Contains(eval.Names, c.Set) {
		return fmt.Errorf("eval: --set %s: the sets are %v", c.Set, eval.Names)
	}
	gates, err := c.gates()
	if err != nil {
		return fmt.Errorf("eval: %w", err)
	}
	before, err := c.before()
	if err != nil {
		return fmt.Errorf("eval: %w", err)
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	p, err := g.pipeline(ctx, log, conversation.NewInMemory(consoleConversations, 0, nil))
	if err != nil {
		return err
	}
	o := eval.Options{Half: c.Half, Lang: c.Lang, Set: c.Set}
	if o.Half == "all" {
		o.Half = ""
	}
	r, err := eval.Run(ctx, p, p.Base(), cases, o)
	if err != nil {
		return fmt.Errorf("eval: %w", err)
	}
	if len(r.Cases) == 0 {
		return errors.New("eval: no case is left to ask; take --half, --lang or --set away")
	}
	if err := c.claims(r); err != nil {
		return fmt.Errorf("eval: %w", err)
	}
	if r, err = c.beside(ctx, p, cases, o, r, log); err != nil {
		return fmt.Errorf("eval: %w", err)
	}
	r.Program = programVersion()
	r.Judge(gates)
	if before != nil {
		r.Compare(before)
	}
	if err := errors.Join(r.Text(k.Stdout), writeTo(c.HTML, r.HTML), writeTo(c.JSON, r.JSON)); err != nil {
		return fmt.Errorf("eval: %w", err)
	}
	if !r.Kept() {
		return errGates
	}
	return nil
}

// claims has the sentences checked that were marked as faithful or not, where all is
// measured.
func (c *evalAnswersCmd) claims(r *eval.Report) error {
	if c.Set != "" || c.Only {
		return nil
	}
	half := c.Half
	if half == "all" {
		half = eval.Test
	}
	sets := []string{half, "said"}
	if half == eval.Test {
		sets = []string{half, "said-test", "kept-test"}
	}
	var all []eval.Claim
	for _, set := range sets {
		some, err := eval.LoadClaims(set)
		if err != nil {
			return err
		}
		all = append(all, some...)
	}
	checker, err := newChecker()
	if err != nil {
		return err
	}
	r.Claims = eval.CheckClaims(checker, all)
	return nil
}

// beside asks the same with a model; without one the report stays as it is.
func (c *evalAnswersCmd) beside(ctx context.Context, p *answer.Pipeline, cases []eval.Case, o eval.Options, offline *eval.Report, log *slog.Logger) (*eval.Report, error) {
	if c.Model == "" {
		return offline, nil
	}
	with := answer.New(p.Base, conversation.NewInMemory(consoleConversations, 0, nil), p.Phrases)
	model := modelOptions{
		Model: c.Model, ModelURL: c.ModelURL, ModelKey: c.ModelKey, ModelPrivacy: "open", ModelDeadline: c.ModelTime, EmbeddingModel: c.Embedding,
	}
	w, err := model.writer(ctx, with, "", log, nil)
	if err != nil {
		return nil, err
	}
	with.Writer, o.Explain = w, true
	r, err := eval.Run(ctx, with, p.Base(), cases, o)
	if err != nil {
		return nil, err
	}
	r.Claims = offline.Claims
	r.SetBeside(offline)
	return r, nil
}

func (c *evalAnswersCmd) cases() (all []eval.Case, err error) {
	if !c.Only {
		if all, err = eval.Load(eval.Embedded()); err != nil {
			return nil, err
		}
	}
	for _, dir := range c.Sets {
		own, err := eval.Load(os.DirFS(dir))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", dir, err)
		}
		all = append(all, own...)
	}
	return all, nil
}

// gates are none where only a part is asked or nothing shall fail.
func (c *evalAnswersCmd) gates() ([]eval.Gate, error) {
	if c.NoGates {
		return nil, nil
	}
	if c.Gates == "" {
		return eval.Gates(nil)
	}
	data, err := os.ReadFile(c.Gates)
	if err != nil {
		return nil, err
	}
	return eval.Gates(data)
}

func (c *evalAnswersCmd) before() (*eval.Report, error) {
	if c.Compare == "" {
		return nil, nil //nolint:nilnil // nothing to compare with is no error
	}
	f, err := os.Open(c.Compare)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return eval.ReadJSON(f)
}

// writeTo writes a file whole or not at all; an empty name writes nothing.
func writeTo(name string, write func(io.Writer) error) error {
	if name == "" {
		return nil
	}
	f, err := os.CreateTemp(filepath.Dir(name), ".porchlight-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	if err := errors.Join(write(f), f.Chmod(0o644), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), name)
}
