package console

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/peterh/liner"
)

// errInterrupted is Ctrl-C at the prompt.
var errInterrupted = errors.New("console: interrupted")

// maxLine is the longest line that is read, without its newline.
const maxLine = 1 << 20

// A rawLine is a line as it came, numbered from 1.
type rawLine struct {
	n       int
	text    []byte
	tooLong bool  // text is then nil
	err     error // what ended the input, io.EOF too; text is then nil
}

// pump reads lines until the input ends or done is closed. The goroutine it
// starts may stay in a Read that nothing can interrupt, and ends with it.
func pump(r io.Reader, done <-chan struct{}) <-chan rawLine {
	out := make(chan rawLine)
	go func() {
		br := bufio.NewReaderSize(r, 64<<10)
		for n := 1; ; n++ {
			l := readLine(br)
			l.n = n
			select {
			case out <- l:
			case <-done:
				return
			}
			if l.err != nil {
				return
			}
		}
	}()
	return out
}

// readLine reads one line of any length and keeps no more than maxLine of it.
func readLine(br *bufio.Reader) rawLine {
	var l rawLine
	size := 0
	for {
		part, err := br.ReadSlice('\n')
		size += len(part)
		body := size
		if err == nil {
			body--
		}
		if body > maxLine {
			l.tooLong, l.text = true, nil
		} else {
			l.text = append(l.text, part...)
		}
		switch {
		case err == nil:
			l.text = bytes.TrimSuffix(l.text, []byte("\n"))
			return l
		case errors.Is(err, bufio.ErrBufferFull):
		case size > 0 && errors.Is(err, io.EOF):
			return l // the last line has no newline; the next call ends
		default:
			return rawLine{err: err}
		}
	}
}

// A source gives the lines a person writes.
type source interface {
	// next shows the prompt and waits for a line, io.EOF, or errInterrupted.
	next(ctx context.Context, prompt string) (string, error)
	// remember makes a line come back with the up key; forget empties that memory.
	remember(line string)
	forget()
	// close restores the terminal.
	close()
}

// open picks how to read: with line editing where both ends are the terminal.
func (c *Console) open(done <-chan struct{}) source {
	if c.o.Interactive && c.o.In == io.Reader(os.Stdin) && c.o.Out == io.Writer(os.Stdout) &&
		IsTerminal(os.Stdin) && IsTerminal(os.Stdout) && c.o.capable() && liner.TerminalSupported() {
		return newEdited(c.interrupts)
	}
	p := &piped{lines: pump(c.o.In, done), interrupts: c.interrupts, tooLong: func() { c.notice(c.o.Notices.TooLong) }}
	if c.o.Interactive {
		p.prompts = c.asides()
	}
	return p
}

// piped reads without line editing.
type piped struct {
	lines      <-chan rawLine
	interrupts <-chan os.Signal
	prompts    io.Writer // nil: no prompt
	tooLong    func()
	ended      error
}

func (p *piped) next(ctx context.Context, prompt string) (string, error) {
	if p.ended != nil {
		return "", p.ended
	}
	if p.prompts != nil {
		_, _ = io.WriteString(p.prompts, prompt) // a prompt nobody can see is no loss
	}
	for {
		select {
		case l := <-p.lines:
			if l.tooLong {
				p.tooLong()
				continue
			}
			p.ended = l.err
			return strings.TrimSuffix(string(l.text), "\r"), l.err
		case <-p.interrupts:
			return "", errInterrupted
		case <-ctx.Done():
			return "", ctx.Err()
		}
	}
}

func (p *piped) remember(string) {}
func (p *piped) forget()         {}
func (p *piped) close()          {}

// edited reads with line editing.
type edited struct {
	state      *liner.State
	interrupts <-chan os.Signal
	pending    chan typed // a prompt that is on the screen already
}

type typed struct {
	line string
	err  error
}

func newEdited(interrupts <-chan os.Signal) *edited {
	e := &edited{state: liner.NewLiner(), interrupts: interrupts}
	e.state.SetCtrlCAborts(true)
	e.state.SetMultiLineMode(true)
	e.state.SetTabCompletionStyle(liner.TabPrints)
	e.state.SetBeep(false)
	e.state.SetCompleter(complete)
	return e
}

func (e *edited) next(ctx context.Context, prompt string) (string, error) {
	if e.pending == nil {
		e.pending = make(chan typed, 1)
		go func(out chan<- typed) {
			line, err := e.state.Prompt(prompt)
			out <- typed{line, err}
		}(e.pending)
	} else {
		// An interrupt from outside, or one in the moment before the key became
		// a key, left that prompt waiting above what was said of it.
		_, _ = fmt.Fprint(os.Stdout, prompt)
	}
	select {
	case t := <-e.pending:
		e.pending = nil
		if errors.Is(t.err, liner.ErrPromptAborted) {
			return "", errInterrupted
		}
		return t.line, t.err
	case <-e.interrupts: // from outside: at the prompt the key itself sends none
		return "", errInterrupted
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

func (e *edited) remember(line string) {
	if strings.TrimSpace(line) != "" {
		e.state.AppendHistory(line)
	}
}

func (e *edited) forget() { e.state.ClearHistory() }

// close restores the terminal, also under a prompt that still waits.
func (e *edited) close() { _ = e.state.Close() } // it always returns nil
