package console

import (
	"context"
	"errors"
	"io"
	"strconv"
	"strings"

	"porchlight/bot"
)

var (
	// errLeave is the person's wish to end the talk.
	errLeave = errors.New("console: leave")

	// ErrUnanswered is returned by the Run of Ask when there was no answer.
	ErrUnanswered = errors.New("console: not answered")
)

// talk is one run of a console.
type talk struct {
	c      *Console
	accept func(context.Context, bot.Message) error
	src    source
}

// preface tells country and language before the first question.
func (t talk) preface(ctx context.Context) error {
	for _, s := range []struct {
		cmd  bot.Command
		text string
	}{{bot.SetCountry, t.c.o.Country}, {bot.SetLanguage, t.c.o.Lang}} {
		if s.text == "" {
			continue
		}
		if err := t.quietly(ctx, t.c.message(s.cmd, s.text)); err != nil {
			return err
		}
	}
	return nil
}

// quietly sends a message whose answer nobody needs to see.
func (t talk) quietly(ctx context.Context, m bot.Message) error {
	m.From = t.c.desk.expect(&waiting{done: func(bot.Reply, bool) {}})
	return t.c.desk.send(ctx, t.accept, m)
}

// loop reads and answers until something ends it. Ctrl-C twice in a row leaves.
func (t talk) loop(ctx context.Context) error {
	interrupted := false
	for {
		text, err := t.read(ctx)
		switch {
		case errors.Is(err, errInterrupted) && interrupted:
			return errLeave
		case errors.Is(err, errInterrupted):
			interrupted = true
			t.c.notice(t.c.o.Notices.Again)
			continue
		case err != nil:
			t.c.room()
			return err
		}
		interrupted = false
		if strings.TrimSpace(text) == "" {
			continue
		}
		if err := t.turn(ctx, text); err != nil {
			return err
		}
	}
}

const fence = `"""`

// read reads one message: a line, lines that end in a backslash and the one
// after them, or what stands between two fences. Input that ends inside one
// ends it.
func (t talk) read(ctx context.Context) (string, error) {
	prompt := "> "
	if t.c.public {
		prompt = "public> "
	}
	line, err := t.src.next(ctx, prompt)
	if err != nil {
		return "", err
	}
	t.src.remember(line)
	var lines []string
	fenced := strings.HasPrefix(strings.TrimSpace(line), fence)
	if fenced {
		line = strings.TrimPrefix(strings.TrimSpace(line), fence)
	}
	for {
		var done bool
		if fenced {
			line, done = strings.CutSuffix(strings.TrimRight(line, " \t"), fence)
		} else {
			var more bool
			line, more = strings.CutSuffix(line, `\`)
			done = !more
		}
		lines = append(lines, line)
		if done {
			break
		}
		if line, err = t.src.next(ctx, "... "); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return "", err
		}
		t.src.remember(line)
	}
	return strings.Trim(strings.Join(lines, "\n"), "\n"), nil
}

// turn does what the person wrote: a command, the number of a suggestion, or a
// question.
func (t talk) turn(ctx context.Context, text string) error {
	c := t.c
	if c.onScreen() {
		c.mu.Lock()
		c.gap = false // the prompt stands there
		c.mu.Unlock()
	}
	if word, arg, ok := slash(text); ok {
		return t.command(ctx, word, arg)
	}
	m := c.message(bot.NoCommand, text)
	if s, ok := c.pick(text); ok {
		m.Text = s.Text
		if s.Topic != "" {
			m.Command, m.Text = bot.ShowTopic, s.Topic
		}
	}
	return t.say(ctx, m)
}

// say asks, and says so when there is no answer. The talk goes on then: the next
// question may fare better.
func (t talk) say(ctx context.Context, m bot.Message) error {
	ok, err := t.ask(ctx, m)
	switch {
	case errors.Is(err, errLeave), ctx.Err() != nil:
		return err
	case errors.Is(err, errInterrupted):
		t.c.notice(t.c.o.Notices.Stopped)
		return nil
	case err != nil:
		t.c.notice(t.c.o.Notices.Failed, "("+err.Error()+")") // it holds ids and no words
	case !ok:
		t.c.notice(t.c.o.Notices.Failed)
	}
	t.c.room()
	return nil
}

// pick finds the suggestion of the last reply that a bare number names.
func (c *Console) pick(text string) (bot.Suggestion, bool) {
	digits := strings.TrimRight(strings.TrimSpace(text), ".)")
	n, err := strconv.Atoi(digits)
	if err != nil || n < 1 || n > len(c.last.Suggestions) {
		return bot.Suggestion{}, false
	}
	return c.last.Suggestions[n-1], true
}

// ask sends m and waits until its answer was shown. ok is false when the answer
// was given up.
func (t talk) ask(ctx context.Context, m bot.Message) (ok bool, err error) {
	type end struct {
		r  bot.Reply
		ok bool
	}
	c := t.c
	answered := make(chan end, 1)
	var a answering
	m.From = c.desk.expect(&waiting{
		show: func(r bot.Reply) { c.show(&a, r) },
		done: func(r bot.Reply, ok bool) { answered <- end{r, ok} },
	})
	c.drain()
	if err := c.desk.send(ctx, t.accept, m); err != nil {
		return false, err
	}
	select {
	case e := <-answered:
		if e.ok {
			c.last = e.r
		}
		return e.ok, c.broken()
	case <-c.interrupts:
		c.cut(&a)
		c.desk.cancel(m.From)
		return false, errInterrupted
	case <-c.gone:
		return false, errLeave
	case <-ctx.Done():
		return false, ctx.Err()
	}
}

// drain drops a Ctrl-C that came before the question.
func (c *Console) drain() {
	for {
		select {
		case <-c.interrupts:
		default:
			return
		}
	}
}

// broken is errLeave when the output takes no more.
func (c *Console) broken() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.outErr != nil {
		return errLeave
	}
	return nil
}
