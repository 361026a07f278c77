package console

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"porchlight/bot"
)

// errNotFinal is an answer that ended without a last reply.
var errNotFinal = errors.New("console: the answer ended before its last reply")

// tries is how often an answer may fail before its place gets a fixed word
// instead: a caller in a pipe waits for the line, and all others wait behind it.
const tries = 3

// name is the Adapter of the addresses of all faces.
const name = "console"

// A desk keeps the messages of this run that wait for an answer. Place in an
// address is the run and a number.
type desk struct {
	run  string
	mu   sync.Mutex
	n    int
	open map[string]*waiting
}

// waiting is a message that waits. show and done are called by one goroutine at
// a time, never under the desk's lock.
type waiting struct {
	show func(bot.Reply)            // each reply, the last one too; nil shows nothing
	done func(r bot.Reply, ok bool) // once: the last reply, or that there will be none

	attempts int
	stopped  bool
	stop     context.CancelFunc // ends the work on the answer; nil before it begins
}

func newDesk(run string) *desk { return &desk{run: run, open: map[string]*waiting{}} }

// expect opens a place for the answer to a message that is about to be accepted.
func (d *desk) expect(w *waiting) bot.Address {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.n++
	place := d.run + ":" + strconv.Itoa(d.n)
	d.open[place] = w
	return bot.Address{Adapter: name, Place: place}
}

// send has a message stored that a place was opened for.
func (d *desk) send(ctx context.Context, accept func(context.Context, bot.Message) error, m bot.Message) error {
	err := accept(ctx, m)
	if err == nil {
		return nil
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.open, m.From.Place) // nobody will answer
	return fmt.Errorf("accept %s: %w", m.ID, err)
}

// cancel ends the work on one answer and shows no more of it. Whoever waits need
// not wait on.
func (d *desk) cancel(a bot.Address) {
	d.mu.Lock()
	w := d.open[a.Place]
	if w == nil {
		d.mu.Unlock()
		return
	}
	w.stopped = true
	stop := w.stop
	d.mu.Unlock()
	if stop != nil {
		stop()
	}
}

// take begins an attempt; nil means that nobody waits for it.
func (d *desk) take(a bot.Address) *waiting {
	d.mu.Lock()
	defer d.mu.Unlock()
	w := d.open[a.Place]
	if w != nil {
		w.attempts++
	}
	return w
}

func (d *desk) isStopped(w *waiting) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return w.stopped
}

// finish closes the place; only the first call says so to the one who waits.
func (d *desk) finish(a bot.Address, w *waiting, r bot.Reply, ok bool) {
	d.mu.Lock()
	_, open := d.open[a.Place]
	delete(d.open, a.Place)
	d.mu.Unlock()
	if open {
		w.done(r, ok)
	}
}

// deliver ranges over the replies to m and hands them to the one who waits.
func (d *desk) deliver(m bot.Message, replies bot.Replies) error {
	w := d.take(m.From)
	if w == nil {
		if strings.HasPrefix(m.From.Place, d.run+":") {
			return nil // answered before
		}
		return fmt.Errorf("deliver %s: asked in another run: %w", m.ID, bot.ErrGiveUp)
	}
	returned := false
	defer func() {
		// An answerer that panics must not leave the place open for ever; the
		// panic itself goes on to the inbox.
		if !returned && w.attempts >= tries {
			d.finish(m.From, w, bot.Reply{}, false)
		}
	}()
	last, err := d.replies(w, replies)
	returned = true
	switch {
	case d.isStopped(w):
		d.finish(m.From, w, bot.Reply{}, false)
		return nil
	case err == nil:
		d.finish(m.From, w, last, true)
		return nil
	case errors.Is(err, bot.ErrGiveUp):
		d.finish(m.From, w, bot.Reply{}, false)
		return fmt.Errorf("deliver %s: %w", m.ID, err)
	case w.attempts >= tries:
		d.finish(m.From, w, bot.Reply{}, false)
		return nil
	}
	return fmt.Errorf("deliver %s: %w", m.ID, err)
}

// replies shows each reply and returns the last.
func (d *desk) replies(w *waiting, replies bot.Replies) (last bot.Reply, err error) {
	for r, err := range replies {
		if d.isStopped(w) {
			return last, nil
		}
		if err != nil {
			return last, err
		}
		last = r
		if w.show != nil {
			w.show(r)
		}
	}
	if !last.Final {
		return last, errNotFinal
	}
	return last, nil
}

// interruptible lets the desk end the work on one answer.
type interruptible struct {
	bot.Answerer
	d *desk
}

// Answer is the answer of the Answerer inside, under a context that ends when
// the person does not want it any more.
func (i interruptible) Answer(ctx context.Context, m bot.Message) bot.Replies {
	return func(yield func(bot.Reply, error) bool) {
		ctx, stop := context.WithCancel(ctx)
		defer stop()
		if m.From.Adapter == name {
			i.d.begin(m.From, stop)
		}
		for r, err := range i.Answerer.Answer(ctx, m) {
			if !yield(r, err) {
				return
			}
		}
	}
}

// begin tells how to end the work that begins now.
func (d *desk) begin(a bot.Address, stop context.CancelFunc) {
	d.mu.Lock()
	defer d.mu.Unlock()
	w := d.open[a.Place]
	if w == nil {
		return
	}
	w.stop = stop
	if w.stopped {
		stop()
	}
}
