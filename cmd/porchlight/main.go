// Command porchlight answers questions about labor trafficking and points to
// help lines. Alone it is a conversation at the terminal; see porchlight --help.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"
	"time"

	"github.com/alecthomas/kong"
	"golang.org/x/sync/errgroup"

	"porchlight/adapters/console"
	"porchlight/bot"
	"porchlight/bot/answer"
	"porchlight/bot/conversation"
	"porchlight/bot/inbox"
	"porchlight/bot/safety"
	"porchlight/knowledge"
	"porchlight/prompts"
)

// Exit codes.
const (
	exitFailure     = 1
	exitUsage       = 2
	exitInterrupted = 130
)

// consoleConversations is how many conversations a console remembers at once:
// its machine form may carry many.
const consoleConversations = 2000

// cli is the command line. Every flag is also read from the environment as
// PORCHLIGHT_ and its name.
type cli struct {
	globals

	Console consoleCmd `cmd:"" default:"withargs" help:"Talk to Porchlight here. This is what happens without a command."`
	Ask     askCmd     `cmd:"" help:"Answer one question and stop."`
	Serve   serveCmd   `cmd:"" help:"Answer on the platforms that are set up, from a durable inbox."`
	Config  configCmd  `cmd:"" help:"Show the settings of serve, and where each comes from."`
	Discord discordCmd `cmd:"" help:"Set up the application on Discord."`
	Ready   readyCmd   `cmd:"" help:"Ask a running serve whether it is ready; for health checks."`
	Doctor  doctorCmd  `cmd:"" help:"Look whether serve would run well with these settings, and say what to mend."`
	Rekey   rekeyCmd   `cmd:"" help:"Change the master key of a store that nobody uses."`
	Slack   slackCmd   `cmd:"" help:"Set Slack up: print the app's manifest."`
	KB      kbCmd      `cmd:"" name:"kb" help:"Show and check the content."`
	Eval    evalCmd    `cmd:"" help:"Measure how well it works."`
	Version versionCmd `cmd:"" help:"Show the version of the content in force."`
}

type globals struct {
	Knowledge []string `placeholder:"DIR" type:"existingdir" help:"Folder with an organisation's own content, laid over the embedded one. May be repeated."`
}

func (g *globals) overlays() []fs.FS {
	out := make([]fs.FS, len(g.Knowledge))
	for i, dir := range g.Knowledge {
		out[i] = os.DirFS(dir)
	}
	return out
}

// load reads the content once, refusing an invalid overlay.
func (g *globals) load() (*knowledge.Base, error) {
	b, err := knowledge.Load(knowledge.Embedded(), g.overlays()...)
	if err != nil {
		return nil, fmt.Errorf("knowledge: %w", err)
	}
	return b, nil
}

// live opens content that is reloaded while the program runs. An invalid
// overlay is told of, and the embedded content answers.
func (g *globals) live(ctx context.Context, log *slog.Logger) (*knowledge.Live, error) {
	l, err := knowledge.Open(knowledge.Embedded(), g.overlays()...)
	if l == nil {
		return nil, fmt.Errorf("knowledge: %w", err)
	}
	if err != nil {
		log.Error("overlay refused, embedded content in force", "folders", strings.Join(g.Knowledge, " "), "err", err)
	}
	if len(g.Knowledge) > 0 {
		go l.Watch(ctx, 2*time.Second, func(version string, err error) {
			if err != nil {
				log.Error("overlay refused, old content in force", "version", version, "err", err)
				return
			}
			log.Info("content reloaded", "version", version)
		})
	}
	return l, nil
}

// pipeline makes the answerer. memory is where conversations are kept.
func (g *globals) pipeline(ctx context.Context, log *slog.Logger, memory conversation.Memory) (*answer.Pipeline, error) {
	// A start should not be felt: all is read at once. Reading takes several times
	// what is kept of it, which is given back, but not while the first answer is made.
	defer time.AfterFunc(time.Second, debug.FreeOSMemory)
	var phrases *prompts.Phrases
	var load errgroup.Group
	load.Go(func() (err error) {
		phrases, err = prompts.Load()
		return err
	})
	load.Go(func() error {
		safety.Triage("", safety.Context{}) // the first call reads the signs
		return nil
	})
	live, err := g.live(ctx, log)
	if err := errors.Join(err, load.Wait()); err != nil {
		return nil, err
	}
	p := answer.New(live.Base, memory, phrases)
	p.Log = log
	return p, nil
}

// options of both console commands.
type consoleOptions struct {
	Color   string `enum:"auto,always,never" default:"auto" help:"When to use colour: ${enum}."`
	Country string `placeholder:"CODE" help:"Country whose help lines are shown first, such as US, MX, CA, GB, AU."`
	Lang    string `placeholder:"CODE" help:"Answer in this language, en or es. Without it each question speaks for itself."`
	Public  bool   `help:"Answer as in a public channel."`
	Trace   bool   `help:"Show staff why: signs, language, words, candidates, timings, and what a model wrote."`
	modelOptions
}

func (o consoleOptions) options() console.Options {
	locale, _, _ := strings.Cut(os.Getenv("LANG"), ".")
	if locale == "C" || locale == "POSIX" {
		locale = ""
	}
	return console.Options{
		Color: o.Color, Country: strings.ToUpper(o.Country), Lang: strings.ToLower(o.Lang),
		Public: o.Public, Explain: o.Trace, Locale: locale,
	}
}

type consoleCmd struct {
	consoleOptions
	JSONL bool `name:"jsonl" help:"Machine form: one JSON object a line in and out."`
}

// Run talks until the input ends.
func (c *consoleCmd) Run(ctx context.Context, g *globals, log *slog.Logger) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	p, err := g.pipeline(ctx, log, conversation.NewInMemory(consoleConversations, 0, nil))
	if err != nil {
		return err
	}
	if p.Writer, err = c.writer(ctx, p, "", log, nil); err != nil {
		return err
	}
	o := c.options()
	if c.JSONL {
		return bot.Serve(ctx, &inbox.Memory{Log: log}, p, console.NewJSONL(o))
	}
	o.Interactive = console.IsTerminal(os.Stdin)
	o.Banner = p.Phrases.Say(bannerLang(o), "greeting")
	con := console.New(o)
	return bot.Serve(ctx, &inbox.Memory{Log: log}, con.Interruptible(p), con)
}

// bannerLang is the language of the first words.
func bannerLang(o console.Options) string {
	for _, l := range []string{o.Lang, o.Locale} {
		if strings.HasPrefix(l, "es") {
			return "es"
		}
	}
	return "en"
}

type askCmd struct {
	consoleOptions
	Question []string `arg:"" help:"The question."`
	JSON     bool     `name:"json" help:"Print the answer as one JSON object."`
}

// Run answers one question.
func (c *askCmd) Run(ctx context.Context, g *globals, log *slog.Logger) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	p, err := g.pipeline(ctx, log, conversation.NewInMemory(consoleConversations, 0, nil))
	if err != nil {
		return err
	}
	if p.Writer, err = c.writer(ctx, p, "", log, nil); err != nil {
		return err
	}
	return bot.Serve(ctx, &inbox.Memory{Log: log}, p, console.Ask(c.options(), strings.Join(c.Question, " "), c.JSON))
}

func main() {
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

// run is the program without the process around it.
func run(args []string, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	log := slog.New(slog.NewTextHandler(stderr, &slog.HandlerOptions{Level: slog.LevelWarn, ReplaceAttr: noStack}))
	var c cli
	exit := -1
	o := &origins{from: map[string]string{}}
	parser, err := kong.New(&c,
		kong.Name("porchlight"),
		kong.Description("Answers questions about labor trafficking and points to help lines. Not a government service."),
		kong.UsageOnError(), kong.DefaultEnvars("PORCHLIGHT"), kong.Writers(stdout, stderr),
		kong.Exit(func(code int) { exit = code }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.BindTo(ctx, (*context.Context)(nil)), kong.Bind(log, &c.globals, o),
		kong.Resolvers(o),
	)
	if err != nil {
		fmt.Fprintln(stderr, "porchlight:", err)
		return exitFailure
	}
	k, err := parser.Parse(args)
	if exit >= 0 { // --help and --version have been answered
		return exit
	}
	if len(o.wrong) > 0 {
		_ = report(stderr, o.wrong)
		return exitUsage
	}
	if err != nil {
		fmt.Fprintf(stderr, "porchlight: %v (see porchlight --help)\n", err)
		return exitUsage
	}
	context.AfterFunc(ctx, stop) // a second signal ends at once
	switch err := k.Run(); {
	case err == nil:
		return 0
	case errors.Is(err, context.Canceled):
		return exitInterrupted
	case errors.Is(err, errLint), errors.Is(err, errGates), errors.Is(err, errDoctor):
		return exitFailure
	case errors.Is(err, errSettings):
		return exitUsage
	default:
		fmt.Fprintln(stderr, "porchlight:", err)
		return exitFailure
	}
}

// noStack keeps stacks from people at a console: the type of a panic is there.
func noStack(_ []string, a slog.Attr) slog.Attr {
	if a.Key == "stack" {
		return slog.Attr{}
	}
	return a
}

type versionCmd struct{}

// programVersion is the commit that the program was built from, if it is known.
func programVersion() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				return s.Value[:min(12, len(s.Value))]
			}
		}
	}
	return "unknown"
}

// Run names the content in force.
func (versionCmd) Run(k *kong.Context, g *globals) error {
	b, err := g.load()
	if err != nil {
		return err
	}
	fmt.Fprintf(k.Stdout, "content %s, %d topics, languages %s\n", b.Version(), len(b.Topics("en")), strings.Join(b.Langs(), " "))
	return nil
}
