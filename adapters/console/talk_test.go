package console

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"

	"porchlight/bot"
)

func TestTalk(t *testing.T) {
	withSuggestions := says(func(m bot.Message) bot.Reply {
		r := echo(m)
		r.Suggestions = []bot.Suggestion{{Label: "Wages?", Text: "what about wages"}, {Label: "Papers?", Text: "papers", Topic: "document-confiscation"}}
		r.Sections[0].Cites = []bot.Citation{handbook}
		return r
	})
	only := func(lines ...string) string { return strings.Join(lines, "\n\n") + "\n" }
	for _, c := range []struct {
		name, in string
		o        Options
		ans      answers
		out, err string
	}{
		{"nothing", "", Options{}, nil, "", ""},
		{"a question", "one\n", Options{Banner: "Welcome"}, nil, "text=one\n", ""},
		{"no newline at the end", "one", Options{}, nil, "text=one\n", ""},
		{"several", "one\r\n\n  \ntwo\n", Options{}, nil, only("text=one", "text=two"), ""},
		{"not UTF-8", "a\xffb\n", Options{}, nil, "text=a�b\n", ""},
		{"an escape comes back without", "a\x1b[31mb\n", Options{Color: "never"}, nil, "text=ab\n", ""},
		{"backslash", "one\\\ntwo\n", Options{}, nil, "text=one\ntwo\n", ""},
		{"fence", "\"\"\"\none\n/trace\n\"\"\"\n", Options{}, nil, "text=one\n/trace\n", ""},
		{"fence on the same lines", "\"\"\"one\ntwo\"\"\"\n", Options{}, nil, "text=one\ntwo\n", ""},
		{"fence never closed", "\"\"\"\none\n", Options{}, nil, "text=one\n", ""},
		{"commands that are sent", "/lang es\n/country MX\n/topics all\n/resources us\n/forget it\n", Options{}, nil,
			only("text=es command=lang", "text=MX command=country", "text= command=topic", "text=us command=help", "text= command=forget"), ""},
		{"commands without a word", "/lang\n/country\n/RESOURCES\n", Options{}, nil,
			only("text= command=lang", "text= command=country", "text= command=help"), ""},
		{"public", "/public\none\n/public\ntwo\n", Options{}, nil, only("text=one public", "text=two"),
			"Answers are now as in a public channel.\nAnswers are now as in a private talk.\n"},
		{"public from the start", "one\n", Options{Public: true}, nil, "text=one public\n", ""},
		{"sources, none yet", "/sources\n", Options{}, nil, "", "The last answer has no sources.\n"},
		{"sources", "one\n/sources\n", Options{}, withSuggestions,
			only("text=one", "1. Wages?\n2. Papers?", "1. A handbook\n   Example House, 2024-05\n   https://example.org/handbook"), ""},
		{"a number picks", "one\n1\n2.\n", Options{}, withSuggestions,
			only("text=one", "1. Wages?\n2. Papers?", "text=what about wages", "1. Wages?\n2. Papers?",
				"text=document-confiscation command=topic", "1. Wages?\n2. Papers?"), ""},
		{"a number that picks nothing", "1\n3\n0\n", Options{}, nil, only("text=1", "text=3", "text=0"), ""},
		{"a number after forget", "one\n/forget\n1\n", Options{}, nil, only("text=one", "text= command=forget", "text=1"), ""},
		{"unknown command", "/nonsense\x1b[2J a\n/\n/home/me\n", Options{}, nil, only("text=/", "text=/home/me"),
			"Not a command (/help lists them): /nonsense\n"},
		{"quit", "one\n/quit\ntwo\n", Options{}, nil, "text=one\n", ""},
		{"help of main", "/help\n", Options{Help: "Ask.\n  /quit  leave\n"}, nil, "Ask.\n  /quit  leave\n", ""},
		{"preface", "one\n", Options{Country: "US", Lang: "es", Locale: "fr"}, nil, "text=one lang=fr\n", ""},
		{"too long", strings.Repeat("x", maxLine+1) + "\none\n", Options{}, nil, "text=one\n",
			"This line is longer than 1 MiB and was left out.\n"},
		{"words of main", "/trace\n", Options{Notices: Notices{TraceOn: "Sí."}}, nil, "", "Sí.\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.ans == nil {
				c.ans = says(echo)
			}
			out, errs := pipe(t, c.o, c.in, c.ans)
			if out != c.out || errs != c.err {
				t.Errorf("out %q\nwant %q\nerr %q\nwant %q", out, c.out, errs, c.err)
			}
		})
	}
}

func TestTrace(t *testing.T) {
	out, _ := pipe(t, Options{}, "/trace\none\n/trace\ntwo\n", says(echo))
	if strings.Count(out, "why\n") != 1 || strings.Index(out, "why") > strings.Index(out, "two") {
		t.Errorf("got %q", out)
	}
}

func TestDefaultHelpNamesEveryCommand(t *testing.T) {
	out, _ := pipe(t, Options{}, "/help\n", says(echo))
	for _, c := range commands {
		if !strings.Contains(out, c.word) {
			t.Errorf("/help does not name %s", c.word)
		}
	}
	golden(t, "help", out)
}

func TestComplete(t *testing.T) {
	for in, want := range map[string]string{"": "", "a": "", "/t": "/topics /trace", "/SO": "/sources", "/x": ""} {
		if got := strings.Join(complete(in), " "); got != want {
			t.Errorf("complete(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestPrefaceComesFirst(t *testing.T) {
	var got []string
	pipe(t, Options{Country: "US", Lang: "es"}, "one\n", answers(func(ctx context.Context, m bot.Message) bot.Replies {
		got = append(got, string(m.Command)+"="+m.Text) // one conversation: one at a time
		return says(echo)(ctx, m)
	}))
	if s := strings.Join(got, " "); s != "country=US lang=es =one" {
		t.Errorf("got %s", s)
	}
}

// grows answers in three steps and calls between after each of the first two.
func grows(between func()) answers {
	return func(context.Context, bot.Message) bot.Replies {
		return func(yield func(bot.Reply, error) bool) {
			r := bot.Reply{Urgent: true, Lead: "Call 911.", Resources: []bot.Card{police}, Closing: "Take care."}
			if !yield(r, nil) {
				return
			}
			between()
			r.Sections = []bot.Section{{Text: "More."}}
			if !yield(r, nil) {
				return
			}
			between()
			r.Final = true
			yield(r, nil)
		}
	}
}

func TestGrowingReplyIsShownAtOnceAndOnce(t *testing.T) {
	var out lockedBuffer
	var seen []string
	c := New(Options{In: strings.NewReader("help\n"), Out: &out, Err: io.Discard, Env: []string{}})
	if err := serve(t, c, grows(func() { seen = append(seen, out.String()) })); err != nil {
		t.Fatal(err)
	}
	const lead = "Call 911.\n\nEmergency\n  Call: 911\n  It is the police.\n"
	want := []string{lead, lead + "\nMore.\n", lead + "\nMore.\n\nTake care.\n"}
	seen = append(seen, out.String())
	for i, w := range want {
		if seen[i] != w {
			t.Errorf("step %d: got %q, want %q", i, seen[i], w)
		}
	}
}

// failing fails n times after showing the beginning of an answer.
func failing(n int32, how func()) answers {
	var calls atomic.Int32
	return func(ctx context.Context, m bot.Message) bot.Replies {
		return func(yield func(bot.Reply, error) bool) {
			if m.Text != "bad" || calls.Add(1) > n {
				says(echo)(ctx, m)(yield)
				return
			}
			if !yield(bot.Reply{Lead: "Call 911."}, nil) {
				return
			}
			how()
			yield(bot.Reply{}, errors.New("broken"))
		}
	}
}

func TestFailures(t *testing.T) {
	for _, c := range []struct {
		name     string
		ans      answers
		out, err string
	}{
		{"twice, then well", failing(2, func() {}), "Call 911.\n\ntext=bad\n\ntext=good\n", ""},
		{"always", failing(100, func() {}), "Call 911.\n\ntext=good\n", "This could not be answered. Please try again.\n"},
		{"panics twice", failing(2, func() { panic("no") }), "Call 911.\n\ntext=bad\n\ntext=good\n", ""},
		{"panics always", failing(100, func() { panic("no") }), "Call 911.\n\ntext=good\n", "This could not be answered. Please try again.\n"},
		{"gives up", func(ctx context.Context, m bot.Message) bot.Replies {
			if m.Text == "good" {
				return says(echo)(ctx, m)
			}
			return func(yield func(bot.Reply, error) bool) { yield(bot.Reply{}, fmt.Errorf("no: %w", bot.ErrGiveUp)) }
		}, "text=good\n", "This could not be answered. Please try again.\n"},
		{"never final", func(ctx context.Context, m bot.Message) bot.Replies {
			if m.Text == "good" {
				return says(echo)(ctx, m)
			}
			return func(yield func(bot.Reply, error) bool) {}
		}, "text=good\n", "This could not be answered. Please try again.\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			out, errs := pipe(t, Options{}, "bad\ngood\n", c.ans)
			if out != c.out || errs != c.err {
				t.Errorf("out %q\nwant %q\nerr %q\nwant %q", out, c.out, errs, c.err)
			}
		})
	}
}

func TestDeliverTwiceShowsOnce(t *testing.T) {
	var out lockedBuffer
	c := New(Options{In: strings.NewReader("one\n"), Out: &out})
	var kept bot.Message
	accept := func(ctx context.Context, m bot.Message) error {
		kept = m
		return c.Deliver(ctx, m, says(echo)(ctx, m))
	}
	if err := c.Run(t.Context(), accept); err != nil {
		t.Fatal(err)
	}
	if err := c.Deliver(t.Context(), kept, says(echo)(t.Context(), kept)); err != nil {
		t.Error(err)
	}
	if out.String() != "text=one\n" {
		t.Errorf("got %q", out.String())
	}
	other := New(Options{})
	if err := other.Deliver(t.Context(), kept, says(echo)(t.Context(), kept)); !errors.Is(err, bot.ErrGiveUp) {
		t.Errorf("another run's message: %v", err)
	}
}

func TestNamesTellNothing(t *testing.T) {
	seen := map[string]bool{}
	for range 2 {
		c := New(Options{In: strings.NewReader("one\ntwo\n"), Out: io.Discard})
		var conversations = map[bot.ConversationID]bool{}
		err := c.Run(t.Context(), func(ctx context.Context, m bot.Message) error {
			for _, id := range []string{string(m.ID), string(m.Conversation), string(m.Person)} {
				if len(id) != 26 || strings.Trim(id, "abcdefghijklmnopqrstuvwxyz234567") != "" {
					t.Errorf("id %q", id)
				}
			}
			if seen[string(m.ID)] || m.From.Adapter != c.Name() || m.At.IsZero() {
				t.Errorf("message %v from %v at %v", m.ID, m.From, m.At)
			}
			seen[string(m.ID)] = true
			conversations[m.Conversation] = true
			return c.Deliver(ctx, m, says(echo)(ctx, m))
		})
		if err != nil || len(conversations) != 1 {
			t.Errorf("%d conversations, %v", len(conversations), err)
		}
	}
}

func TestAcceptFails(t *testing.T) {
	var out, errs lockedBuffer
	o := Options{Out: &out, Err: &errs, Country: "US"}
	run := func(a bot.Adapter) error {
		return a.Run(t.Context(), func(ctx context.Context, m bot.Message) error {
			if m.Text == "bad" {
				return errors.New("disk")
			}
			return a.Deliver(ctx, m, says(echo)(ctx, m))
		})
	}
	o.In = strings.NewReader("bad\ngood\n")
	if err := run(New(o)); err != nil || out.String() != "text=good\n" || !strings.Contains(errs.String(), ": disk)\n") {
		t.Errorf("got %q, %q, %v", out.String(), errs.String(), err)
	}
	o.In = strings.NewReader(`{"text":"bad"}` + "\n" + `{"text":"good"}`)
	if err := run(NewJSONL(o)); err != nil || !strings.Contains(out.String(), ": disk\"}\n{\"id\":\"2\",\"kind\"") {
		t.Errorf("got %q, %v", out.String(), err)
	}
	for _, asJSON := range []bool{false, true} {
		if err := run(Ask(o, "bad", asJSON)); !errors.Is(err, ErrUnanswered) {
			t.Errorf("Ask, %v: %v", asJSON, err)
		}
	}
}

// breaks is a writer that fails from the second write on.
type breaks struct {
	err error
	n   int
}

func (b *breaks) Write(p []byte) (int, error) {
	b.n++
	if b.n > 1 {
		return 0, b.err
	}
	return len(p), nil
}

func TestOutputBreaks(t *testing.T) {
	full := errors.New("disk full")
	lines := strings.Repeat("one\n", 200)
	objects := strings.Repeat(`{"text":"one"}`+"\n", 200)
	for _, c := range []struct{ broken, want error }{
		{&os.PathError{Op: "write", Err: syscall.EPIPE}, nil}, {io.ErrClosedPipe, nil}, {full, full},
	} {
		for _, a := range []bot.Adapter{
			New(Options{In: strings.NewReader(lines), Out: &breaks{err: c.broken}}),
			NewJSONL(Options{In: strings.NewReader(objects), Out: &breaks{err: c.broken}}),
		} {
			if err := serve(t, a, says(echo)); !errors.Is(err, c.want) {
				t.Errorf("%T: %v, want %v", a, err, c.want)
			}
		}
	}
}

func TestInputBreaks(t *testing.T) {
	broken := errors.New("unplugged")
	for _, a := range []bot.Adapter{
		New(Options{In: io.MultiReader(strings.NewReader("one\n"), brokenReader{broken}), Out: io.Discard}),
		NewJSONL(Options{In: brokenReader{broken}, Out: io.Discard}),
	} {
		if err := serve(t, a, says(echo)); !errors.Is(err, broken) {
			t.Errorf("%T: %v", a, err)
		}
	}
}

type brokenReader struct{ err error }

func (b brokenReader) Read([]byte) (int, error) { return 0, b.err }

// wakeSignals starts what package signal keeps for ever, outside of any bubble.
func wakeSignals() {
	c := make(chan os.Signal, 1)
	signal.Notify(c, os.Interrupt)
	signal.Stop(c)
}

// An interactive console without a terminal: what Ctrl-C and the end of ctx do.
func TestInterrupts(t *testing.T) {
	wakeSignals()
	synctest.Test(t, func(t *testing.T) {
		in, typing := io.Pipe()
		defer in.Close()
		var out, errs lockedBuffer
		c := New(Options{In: in, Out: &out, Err: &errs, Interactive: true, Banner: "Welcome", Env: []string{}})
		var cancelled atomic.Int32
		ans := answers(func(ctx context.Context, m bot.Message) bot.Replies {
			if m.Text != "slow" {
				return says(echo)(ctx, m)
			}
			return func(yield func(bot.Reply, error) bool) {
				yield(bot.Reply{Lead: "Begun."}, nil)
				<-ctx.Done()
				cancelled.Add(1)
				yield(bot.Reply{Lead: "Begun.", Final: true, Closing: "Late."}, ctx.Err())
			}
		})
		ended := make(chan error)
		go func() { ended <- bot.Serve(t.Context(), newMemory(2), c.Interruptible(ans), c) }()
		step := func(line string, interrupts int, wantOut, wantErr string) {
			t.Helper()
			if line != "" {
				_, _ = io.WriteString(typing, line+"\n")
			}
			synctest.Wait()
			for range interrupts {
				c.interrupts <- os.Interrupt
				synctest.Wait()
			}
			if out.String() != wantOut || errs.String() != wantErr {
				t.Fatalf("out %q\nwant %q\nerr %q\nwant %q", out.String(), wantOut, errs.String(), wantErr)
			}
		}
		step("", 0, "", "Welcome\n> ")
		step("", 1, "", "Welcome\n> Press Ctrl-C again to leave.\n> ")
		step("one", 0, "text=one\n", "Welcome\n> Press Ctrl-C again to leave.\n> > ")
		begun := "text=one\n\nBegun.\n"
		said := "Welcome\n> Press Ctrl-C again to leave.\n> > Stopped.\n> "
		step("slow", 1, begun, said)
		if cancelled.Load() != 1 {
			t.Error("the answer was not cancelled")
		}
		step("/public", 0, begun, said+"Answers are now as in a public channel.\npublic> ")
		c.interrupts <- os.Interrupt
		synctest.Wait()
		c.interrupts <- os.Interrupt
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

func TestContextEndsRun(t *testing.T) {
	wakeSignals()
	synctest.Test(t, func(t *testing.T) {
		for _, open := range []func(Options) bot.Adapter{
			func(o Options) bot.Adapter { return New(o) },
			func(o Options) bot.Adapter { o.Interactive = true; return New(o) },
			func(o Options) bot.Adapter { return NewJSONL(o) },
		} {
			in, typing := io.Pipe()
			ctx, stop := context.WithCancel(t.Context())
			ended := started(ctx, open(Options{In: in, Out: io.Discard, Err: io.Discard, Env: []string{}}))
			synctest.Wait()
			stop()
			if err := <-ended; err != nil {
				t.Error(err)
			}
			typing.Close() // what still reads ends; synctest checks that it does
		}
	})
}

func started(ctx context.Context, a bot.Adapter) <-chan error {
	ended := make(chan error, 1)
	go func() { ended <- bot.Serve(ctx, newMemory(2), says(echo), a) }()
	return ended
}

func TestAsk(t *testing.T) {
	for _, c := range []struct {
		name, text string
		json       bool
		ans        answers
		want       string
		err        error
	}{
		{"plain", "one\n/trace", false, says(echo), "text=one\n/trace\n", nil},
		{"empty", "", false, says(echo), "text=\n", nil},
		{"json", "one", true, says(echo), `{"id":"1","kind":"answer","flags":[],"lang":"en","text":"text=one","private":true,"passages":[],"resources":[],"suggestions":[],"mode":"offline","took_us":0}` + "\n", nil},
		{"fails", "bad", false, failing(9, func() {}), "Call 911.\n", ErrUnanswered},
		{"fails in json", "bad", true, failing(9, func() {}), `{"id":"1","error":"could not be answered"}` + "\n", ErrUnanswered},
	} {
		t.Run(c.name, func(t *testing.T) {
			var out lockedBuffer
			err := serve(t, Ask(Options{Out: &out, In: brokenReader{io.ErrUnexpectedEOF}}, c.text, c.json), c.ans)
			if got := tookUS.ReplaceAllString(out.String(), `"took_us":0`); got != c.want || !errors.Is(err, c.err) {
				t.Errorf("got %q, %v\nwant %q, %v", got, err, c.want, c.err)
			}
		})
	}
}

func TestColor(t *testing.T) {
	for _, c := range []struct {
		o    Options
		want bool
	}{
		{Options{Out: io.Discard, Env: []string{"TERM=xterm"}}, false},
		{Options{Out: io.Discard, Color: "always", Env: []string{"NO_COLOR=1"}}, true},
		{Options{Out: io.Discard, Color: "never"}, false},
	} {
		if got := c.o.filled().colored(); got != c.want {
			t.Errorf("%+v: %v", c.o, got)
		}
	}
}
