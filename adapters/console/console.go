package console

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"porchlight/bot"
)

// A Console is a conversation with one person at a terminal or through a pipe.
// Make one with New; it runs once.
type Console struct {
	o          Options
	ids        ids
	desk       *desk
	interrupts chan os.Signal
	asked      int // messages so far

	// Only the goroutine in Run reads and writes these.
	public, explain bool
	last            bot.Reply
	once            string // a question given beforehand, instead of input
	single          bool   // answer once and leave

	mu     sync.Mutex // guards what follows
	gap    bool       // an empty line is due before the next answer
	outErr error
	gone   chan struct{} // closed when Out takes no more
}

// New makes a console. Nothing is read or written before Run.
func New(o Options) *Console {
	k := newIDs()
	return &Console{
		o:          o.filled(),
		ids:        k,
		desk:       newDesk(k.id("run")),
		interrupts: make(chan os.Signal, 4),
		public:     o.Public,
		explain:    o.Explain,
		gone:       make(chan struct{}),
	}
}

// Name is "console".
func (c *Console) Name() string { return name }

// Interruptible lets Ctrl-C reach the work on an answer. Without it Ctrl-C only
// stops showing the answer, and the next question waits until it is made.
func (c *Console) Interruptible(a bot.Answerer) bot.Answerer {
	return interruptible{a, c.desk}
}

// Run reads questions and waits for the answer to each before it reads the
// next, until the input ends, the person leaves or ctx ends. It returns nil
// then, and also when nobody reads the output any more; else what went wrong
// with reading or writing. A message that accept refuses is said to have failed.
func (c *Console) Run(ctx context.Context, accept func(context.Context, bot.Message) error) error {
	ctx, leave := context.WithCancel(ctx)
	defer leave()
	if c.o.Interactive {
		signal.Notify(c.interrupts, os.Interrupt)
		defer signal.Stop(c.interrupts)
	}
	t := talk{c: c, accept: accept}
	if err := t.preface(ctx); err != nil {
		return c.ended(ctx, err)
	}
	if c.single {
		ok, err := t.ask(ctx, c.message(bot.NoCommand, c.once))
		if !ok && !errors.Is(err, errLeave) {
			err = errors.Join(ErrUnanswered, err)
		}
		return c.ended(ctx, err)
	}
	src := c.open(ctx.Done())
	defer src.close()
	t.src = src
	if c.o.Interactive && c.o.Banner != "" {
		c.aside(c.o.Banner)
	}
	return c.ended(ctx, t.loop(ctx))
}

// ended tells an orderly end from a failure.
func (c *Console) ended(ctx context.Context, err error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.outErr != nil && hungUp(c.outErr):
		return nil
	case c.outErr != nil:
		return fmt.Errorf("console: write: %w", c.outErr)
	case errors.Is(err, errLeave), errors.Is(err, io.EOF), ctx.Err() != nil:
		return nil
	}
	return err
}

// hungUp tells whether a write failed because nobody reads.
func hungUp(err error) bool {
	return errors.Is(err, syscall.EPIPE) || errors.Is(err, io.ErrClosedPipe) || errors.Is(err, os.ErrClosed)
}

// Deliver shows what is new in each reply. The last of three failures is shown
// as a fixed phrase and returned as nil, so that the person is not kept waiting.
func (c *Console) Deliver(_ context.Context, m bot.Message, replies bot.Replies) error {
	return c.desk.deliver(m, replies)
}

// message is what the person said, addressed by whoever asks it.
func (c *Console) message(cmd bot.Command, text string) bot.Message {
	c.asked++
	n := strconv.Itoa(c.asked)
	return bot.Message{
		ID:           bot.MessageID(c.ids.id("message", n)),
		Conversation: bot.ConversationID(c.ids.id("conversation")),
		Person:       bot.PersonID(c.ids.id("person")),
		Command:      cmd,
		Text:         strings.ToValidUTF8(text, "\uFFFD"),
		Lang:         c.o.Locale,
		Private:      !c.public,
		Explain:      c.explain,
		At:           time.Now(),
	}
}

// An answering is what of one growing answer was shown. Console.mu guards it.
type answering struct {
	growing
	cut bool // nothing more is wanted
}

// show prints what is new in r.
func (c *Console) show(a *answering, r bot.Reply) {
	all := blocks(r, c.o.style())
	c.mu.Lock()
	defer c.mu.Unlock()
	if a.cut {
		return
	}
	parts, joined := a.fresh(all)
	switch text := strings.Join(parts, "\n\n"); {
	case len(parts) == 0:
	case joined:
		c.write(text + "\n")
	default:
		c.separately(text)
	}
}

// cut ends the showing of an answer; when it returns, nothing more appears.
func (c *Console) cut(a *answering) {
	c.mu.Lock()
	defer c.mu.Unlock()
	a.cut = true
}

// print writes a whole answer of the console's own.
func (c *Console) print(text string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if text != "" {
		c.separately(strings.TrimRight(text, "\n"))
	}
}

// separately writes text after an empty line if something stands above it. It
// needs the lock.
func (c *Console) separately(text string) {
	if c.gap {
		text = "\n" + text
	}
	c.gap = true
	c.write(text + "\n")
}

// write needs the lock. The first failure is kept, and ends Run.
func (c *Console) write(text string) {
	if c.outErr != nil {
		return
	}
	if _, err := io.WriteString(c.o.Out, text); err != nil {
		c.outErr = err
		close(c.gone)
	}
}

// onScreen tells whether prompt and answers share a terminal.
func (c *Console) onScreen() bool { return c.o.Interactive && IsTerminal(c.o.Out) }

// asides is where prompts and notices go: never between answers in a pipe.
func (c *Console) asides() io.Writer {
	if c.onScreen() {
		return c.o.Out
	}
	return c.o.Err
}

// aside prints text that is not part of an answer. A failure is no loss.
func (c *Console) aside(text string) {
	lines := wrap(text, c.o.style().Width, "", "")
	c.mu.Lock()
	defer c.mu.Unlock()
	_, _ = fmt.Fprintln(c.asides(), strings.Join(lines, "\n"))
}

// room leaves an empty line on a screen: before the next prompt, or before the
// shell's own.
func (c *Console) room() {
	if c.onScreen() {
		c.aside("")
	}
}

// notice is an aside of one line.
func (c *Console) notice(words ...string) {
	c.aside(strings.Join(strings.Fields(clean(strings.Join(words, " "))), " "))
}
