package console

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"porchlight/bot"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// golden compares got with a file of testdata.
func golden(t *testing.T, file, got string) {
	t.Helper()
	path := filepath.Join("testdata", file+".golden")
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs; -update rewrites it. got:\n%s", path, got)
	}
}

// answers is an Answerer made of a function.
type answers func(ctx context.Context, m bot.Message) bot.Replies

func (f answers) Answer(ctx context.Context, m bot.Message) bot.Replies { return f(ctx, m) }

// says answers with one final reply.
func says(reply func(bot.Message) bot.Reply) answers {
	return func(_ context.Context, m bot.Message) bot.Replies {
		return func(yield func(bot.Reply, error) bool) {
			r := reply(m)
			r.Final = true
			yield(r, nil)
		}
	}
}

// echo answers with what a message was.
func echo(m bot.Message) bot.Reply {
	said := []string{"text=" + m.Text}
	if m.Command != "" {
		said = append(said, "command="+string(m.Command))
	}
	if !m.Private {
		said = append(said, "public")
	}
	if m.Lang != "" {
		said = append(said, "lang="+m.Lang)
	}
	r := bot.Reply{Kind: bot.Answer, Lang: "en", Mode: bot.Offline, Sections: []bot.Section{{Text: strings.Join(said, " ")}}}
	if m.Explain {
		r.Explanation = &bot.Explanation{Band: "answer"}
	}
	return r
}

// memory is a small Inbox: in order within a conversation, parallel between
// them, and a message that failed comes back at once.
type memory struct {
	workers int

	mu      sync.Mutex
	changed *sync.Cond
	waiting map[bot.ConversationID][]bot.Message // the first one is being worked when busy
	busy    map[bot.ConversationID]bool
	ready   []bot.ConversationID
	ended   bool
}

func newMemory(workers int) *memory {
	in := &memory{workers: workers, waiting: map[bot.ConversationID][]bot.Message{}, busy: map[bot.ConversationID]bool{}}
	in.changed = sync.NewCond(&in.mu)
	return in
}

func (in *memory) Put(_ context.Context, m bot.Message) error {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.waiting[m.Conversation] = append(in.waiting[m.Conversation], m)
	if len(in.waiting[m.Conversation]) == 1 {
		in.ready = append(in.ready, m.Conversation)
		in.changed.Signal()
	}
	return nil
}

func (in *memory) Work(ctx context.Context, do func(context.Context, bot.Message) error) error {
	stop := context.AfterFunc(ctx, func() {
		in.mu.Lock()
		defer in.mu.Unlock()
		in.ended = true
		in.changed.Broadcast()
	})
	defer stop()
	var wg sync.WaitGroup
	for range in.workers {
		wg.Go(func() {
			for in.one(ctx, do) {
			}
		})
	}
	wg.Wait()
	return nil
}

func (in *memory) one(ctx context.Context, do func(context.Context, bot.Message) error) bool {
	in.mu.Lock()
	for len(in.ready) == 0 && !in.ended {
		in.changed.Wait()
	}
	if in.ended {
		in.mu.Unlock()
		return false
	}
	id := in.ready[0]
	in.ready = in.ready[1:]
	m := in.waiting[id][0]
	in.mu.Unlock()
	err := guarded(ctx, m, do)
	in.mu.Lock()
	defer in.mu.Unlock()
	if err == nil || errors.Is(err, bot.ErrGiveUp) {
		if in.waiting[id] = in.waiting[id][1:]; len(in.waiting[id]) == 0 {
			delete(in.waiting, id)
			return true
		}
	}
	in.ready = append(in.ready, id)
	in.changed.Signal()
	return true
}

// guarded makes a panic an error, as an inbox must.
func guarded(ctx context.Context, m bot.Message, do func(context.Context, bot.Message) error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = errors.New("panic")
		}
	}()
	return do(context.WithoutCancel(ctx), m)
}

// lockedBuffer is a buffer that several goroutines may write and read.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// serve runs an adapter to its end; a minute without one fails the test.
func serve(t *testing.T, a bot.Adapter, ans bot.Answerer) error {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	err := bot.Serve(ctx, newMemory(8), ans, a)
	if ctx.Err() != nil {
		t.Fatal("it did not end")
	}
	return err
}

// pipe runs a console on input that is no terminal.
func pipe(t *testing.T, o Options, input string, ans bot.Answerer) (out, errs string) {
	t.Helper()
	var b, e lockedBuffer
	o.In, o.Out, o.Err = strings.NewReader(input), &b, &e
	if o.Env == nil {
		o.Env = []string{"TERM=xterm-256color"}
	}
	c := New(o)
	if err := serve(t, c, c.Interruptible(ans)); err != nil {
		t.Fatal(err)
	}
	return b.String(), e.String()
}
