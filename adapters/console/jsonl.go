package console

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"porchlight/bot"
)

// window is how many lines may be read beyond the last one written. It bounds
// the memory of a long run.
const window = 64

// A JSONL is the machine form: it reads one JSON object a line,
//
//	{"id","text","thread","public","locale","country","command","explain"}
//
// of which only text is required, and writes one object a line in the same
// order:
//
//	{"id","kind","flags","lang","text","private","passages","resources",
//	 "suggestions","mode","took_us"}
//
// and "why" at the end when it was asked for. Lines with the same thread are one
// conversation; a line without one is a conversation of its own. A country
// stays set for its thread. Unknown fields are ignored; id is a string or a
// number, and is the number of the line, as a string, when there is none. A line
// that cannot be read or answered, an empty one too, gets {"id","error"} in its
// place. Make one with NewJSONL; it runs once.
type JSONL struct {
	o    Options
	ids  ids
	desk *desk
	out  *queue
	only *request // answered instead of the input
	now  func() time.Time
}

// NewJSONL makes the machine form. It looks at In, Out, Country, Lang, Locale,
// Public and Explain of o; the last five hold for lines that do not say otherwise.
func NewJSONL(o Options) *JSONL {
	k := newIDs()
	o = o.filled()
	return &JSONL{o: o, ids: k, desk: newDesk(k.id("run")), out: newQueue(o.Out, window), now: time.Now}
}

// Name is "console".
func (j *JSONL) Name() string { return name }

// Run reads until the input ends and everything read is answered and written,
// or until ctx ends or nobody reads the output any more, and returns nil. It
// returns what else went wrong with reading or writing.
func (j *JSONL) Run(ctx context.Context, accept func(context.Context, bot.Message) error) error {
	ctx, leave := context.WithCancel(ctx)
	defer leave()
	err := j.read(ctx, accept)
	if err == nil {
		err = j.out.drain(ctx)
	}
	if err == nil && j.only != nil && j.out.failed() {
		err = ErrUnanswered
	}
	switch broken := j.out.broken(); {
	case broken != nil && hungUp(broken):
		return nil
	case broken != nil:
		return fmt.Errorf("console: write: %w", broken)
	case ctx.Err() != nil:
		return nil
	}
	return err
}

func (j *JSONL) read(ctx context.Context, accept func(context.Context, bot.Message) error) error {
	if j.only != nil {
		j.only.public, j.only.explain, j.only.own = j.o.Public, j.o.Explain, true
		return j.ask(ctx, accept, 1, *j.only)
	}
	lines := pump(j.o.In, ctx.Done())
	for {
		select {
		case l := <-lines:
			if l.err != nil {
				return endOfInput(l.err)
			}
			if err := j.line(ctx, accept, l); err != nil {
				return err
			}
		case <-j.out.gone:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// line decodes one line and asks it, or writes what is wrong with it.
func (j *JSONL) line(ctx context.Context, accept func(context.Context, bot.Message) error, l rawLine) error {
	number := strconv.Itoa(l.n)
	if l.tooLong {
		return j.refuse(ctx, number, errors.New("the line is longer than 1 MiB"))
	}
	if l.n == 1 {
		l.text = bytes.TrimPrefix(l.text, []byte("\uFEFF"))
	}
	r, err := decode(l.text)
	if r.id == nil {
		r.id = number
	}
	if err != nil {
		return j.refuse(ctx, r.id, err)
	}
	r.public = r.public || j.o.Public
	r.explain = r.explain || j.o.Explain
	return j.ask(ctx, accept, l.n, r)
}

func (j *JSONL) refuse(ctx context.Context, id any, why error) error {
	slot, err := j.out.place(ctx)
	if err != nil {
		return err
	}
	j.out.put(slot, encode(failure{id, why.Error()}))
	return nil
}

// ask takes a place in the output and sends the message, after the commands
// that its country and language need.
func (j *JSONL) ask(ctx context.Context, accept func(context.Context, bot.Message) error, n int, r request) error {
	slot, err := j.out.place(ctx)
	if err != nil {
		return err
	}
	started := j.now()
	for _, s := range []struct {
		cmd  bot.Command
		text string
	}{{bot.SetCountry, cmp.Or(r.country, j.o.Country)}, {bot.SetLanguage, j.o.Lang}} {
		if s.text == "" || s.cmd == r.command {
			continue
		}
		m := j.message(n, r, s.cmd, s.text)
		m.From = j.desk.expect(&waiting{done: func(bot.Reply, bool) {}})
		if err := j.desk.send(ctx, accept, m); err != nil {
			return j.unstored(ctx, slot, r.id, err)
		}
	}
	m := j.message(n, r, r.command, r.text)
	m.From = j.desk.expect(&waiting{done: func(final bot.Reply, ok bool) {
		if !ok {
			j.out.fail()
			j.out.put(slot, encode(failure{r.id, "could not be answered"}))
			return
		}
		j.out.put(slot, encode(newRecord(r.id, final, j.now().Sub(started).Microseconds())))
	}})
	if err := j.desk.send(ctx, accept, m); err != nil {
		return j.unstored(ctx, slot, r.id, err)
	}
	return nil
}

// unstored says in its place that a line was not accepted, unless that is
// because the run ends.
func (j *JSONL) unstored(ctx context.Context, slot int, id any, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	j.out.fail()
	j.out.put(slot, encode(failure{id, "could not be stored: " + err.Error()}))
	return nil
}

func (j *JSONL) message(n int, r request, cmd bot.Command, text string) bot.Message {
	line := strconv.Itoa(n)
	talk := []string{"line", line}
	if !r.own {
		talk = []string{"thread", r.thread}
	}
	what := "text" // the commands before it are messages of the same line
	if cmd != r.command {
		what = string(cmd)
	}
	return bot.Message{
		ID:           bot.MessageID(j.ids.id("message", line, what)),
		Conversation: bot.ConversationID(j.ids.id("conversation", talk...)),
		Person:       bot.PersonID(j.ids.id("person", talk...)),
		Command:      cmd,
		Text:         text,
		Lang:         cmp.Or(r.locale, j.o.Locale),
		Private:      !r.public,
		Explain:      r.explain,
		At:           j.now(),
	}
}

// Deliver writes the last reply in its line's place. The last of three failures
// becomes an error in that place and is returned as nil, so that the lines
// behind it are not kept waiting.
func (j *JSONL) Deliver(_ context.Context, m bot.Message, replies bot.Replies) error {
	return j.desk.deliver(m, replies)
}
