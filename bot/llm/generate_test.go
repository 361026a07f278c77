package llm_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"porchlight/bot/llm"
	"porchlight/bot/llm/llmtwin"
)

func TestGenerate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var counted counter
		tw, c := memory(t, llmtwin.Options{Key: secretKey}, func(o *llm.Options) { o.Counted = counted.count })
		for cached := range 2 {
			text, usage, err := gather(c.Generate(t.Context(), prompt()))
			if text != secretAnswer || err != nil {
				t.Fatalf("got %q, %v", text, err)
			}
			if usage.Prompt == 0 || usage.Completion == 0 || usage.Estimated || (usage.Cached > 0) != (cached > 0) {
				t.Errorf("usage %+v at call %d", usage, cached)
			}
		}
		q := tw.Requests()[0]
		if q.System != "You write." || q.User != secretPrompt || q.MaxTokens != 300 || !q.Stream || !q.Usage {
			t.Errorf("the server was asked %s", q.Body)
		}
		if q.Field("temperature") != "0" || !q.Has("max_tokens") || q.Has("max_completion_tokens") {
			t.Errorf("fields of %s", q.Body)
		}
		if q.Path != "/v1/chat/completions" || q.Header.Get("Authorization") != "Bearer "+secretKey || q.Header.Get("Api-Key") != "" || q.Header.Get("Connection") != "" {
			t.Errorf("asked at %s with %v", q.Path, q.Header)
		}
		if counted.String() != "write ok, write ok" {
			t.Errorf("counted %s", counted.String())
		}
	})
}

// What stands in front of the data is the same bytes each time, so that servers cache it.
func TestStablePrefix(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tw, c := memory(t, llmtwin.Options{}, nil)
		for _, data := range []string{"one", "two and more"} {
			p := prompt()
			p.Data = data
			_, _, _ = gather(c.Generate(t.Context(), p))
		}
		a, _, ok1 := bytes.Cut(tw.Requests()[0].Body, []byte("one"))
		b, _, ok2 := bytes.Cut(tw.Requests()[1].Body, []byte("two"))
		if !ok1 || !ok2 || !bytes.Equal(a, b) || !bytes.Contains(a, []byte("You write.")) {
			t.Errorf("%s\n%s", a, b)
		}
	})
}

func TestUsageEstimated(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, c := memory(t, llmtwin.Options{NoUsage: true}, nil)
		_, usage, err := gather(c.Generate(t.Context(), prompt()))
		if err != nil || !usage.Estimated || usage.Prompt < 5 || usage.Completion < 5 {
			t.Errorf("%+v, %v", usage, err)
		}
	})
}

// What a server refuses is learned once, and does not count as a failure.
func TestLearns(t *testing.T) {
	for _, test := range []struct {
		refuses []string
		asked   int
		counted string
	}{
		{[]string{"max_tokens"}, 2, "learn max_tokens"},
		{[]string{"temperature"}, 2, "learn temperature"},
		{[]string{"stream_options"}, 2, "learn stream_options"},
		{[]string{"system role"}, 2, "learn system role"},
		{[]string{"max_tokens", "temperature", "stream_options", "system role"}, 5,
			"learn max_tokens, learn temperature, learn stream_options, learn system role"},
	} {
		t.Run(strings.Join(test.refuses, "+"), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var counted counter
				tw, c := memory(t, llmtwin.Options{Refuses: test.refuses}, func(o *llm.Options) { o.Counted = counted.count })
				for range 2 {
					if text, _, err := gather(c.Generate(t.Context(), prompt())); text != secretAnswer || err != nil {
						t.Fatalf("got %q, %v", text, err)
					}
				}
				if n := len(tw.Requests()); n != test.asked+1 {
					t.Errorf("asked %d times", n)
				}
				if want := test.counted + ", write ok, write ok"; counted.String() != want {
					t.Errorf("counted %s, want %s", counted.String(), want)
				}
				last := tw.Requests()[len(tw.Requests())-1]
				if !strings.Contains(last.User, secretPrompt) || !strings.Contains(last.System+last.User, "You write.") {
					t.Errorf("the server was asked %s", last.Body)
				}
			})
		})
	}
}

// Names of models that the library has rules of its own for.
func TestModelNames(t *testing.T) {
	for _, name := range []string{"o1-mini", "o3", "o4-mini", "gpt-5", "gpt-6-sol", "gpt-oss:20b", "org/model:7b-q4_K_M"} {
		synctest.Test(t, func(t *testing.T) {
			tw, c := memory(t, llmtwin.Options{}, func(o *llm.Options) { o.Model = name })
			if _, _, err := gather(c.Generate(t.Context(), prompt())); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			if q := tw.Requests()[0]; q.Model != name || q.MaxTokens != 300 {
				t.Errorf("asked %s", q.Body)
			}
		})
	}
}

func TestNothingToSend(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tw, c := memory(t, llmtwin.Options{}, func(o *llm.Options) { o.EmbeddingModel = "" })
		_, _, empty := gather(c.Generate(t.Context(), llm.Prompt{Static: "x"}))
		_, _, long := gather(c.Generate(t.Context(), llm.Prompt{Data: strings.Repeat("x", 2<<20)}))
		_, unset := c.Embed(t.Context(), []string{"x"})
		for err, kind := range map[error]error{empty: llm.ErrConfig, long: llm.ErrTooLong, unset: llm.ErrConfig} {
			if !errors.Is(err, kind) {
				t.Errorf("%v, want %v", err, kind)
			}
		}
		if n := len(tw.Requests()); n != 0 {
			t.Errorf("asked %d times", n)
		}
	})
}

func TestEarlyBreak(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var counted counter
		_, c := memory(t, llmtwin.Options{}, func(o *llm.Options) { o.Counted, o.MaxInFlight = counted.count, 1 })
		for range 8 { // more than the breaker would bear, and than fit at once
			for p, err := range c.Generate(t.Context(), prompt()) {
				if err != nil || p.Text == "" {
					t.Fatalf("%+v, %v", p, err)
				}
				break
			}
		}
		if c.Resting() || strings.Count(counted.String(), "write enough") != 8 {
			t.Errorf("counted %s", counted.String())
		}
	})
}

// A caller that panics leaves nothing behind either.
func TestPanic(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, c := memory(t, llmtwin.Options{}, func(o *llm.Options) { o.MaxInFlight = 1 })
		func() {
			defer func() { _ = recover() }()
			for _, err := range c.Generate(t.Context(), prompt()) {
				panic(err)
			}
		}()
		if _, _, err := gather(c.Generate(t.Context(), prompt())); err != nil {
			t.Error(err)
		}
	})
}

func TestBulkhead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tw, c := memory(t, llmtwin.Options{}, func(o *llm.Options) { o.MaxInFlight = 1 })
		tw.Script(llmtwin.StallAt(2))
		first := make(chan error)
		go func() {
			_, _, err := gather(c.Generate(t.Context(), prompt()))
			first <- err
		}()
		<-tw.Stalled()
		before := time.Now()
		_, _, err := gather(c.Generate(t.Context(), prompt()))
		if !errors.Is(err, llm.ErrBusy) || llm.Reason(err) != "busy" || time.Since(before) != 0 {
			t.Errorf("%v after %v", err, time.Since(before))
		}
		tw.Release()
		if err := <-first; err != nil {
			t.Error(err)
		}
	})
}

// A caller's ctx ends everything at once, with an error that is the ctx's own.
func TestCallerEnds(t *testing.T) {
	for _, fault := range []llmtwin.Fault{llmtwin.Hang(), llmtwin.StallAt(3), llmtwin.RateLimited(5 * time.Second)} {
		t.Run(fault.Name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				tw, c := memory(t, llmtwin.Options{}, nil)
				tw.Always(&fault)
				ctx, stop := context.WithCancel(t.Context())
				defer stop()
				time.AfterFunc(time.Second, stop)
				before := time.Now()
				_, _, err := gather(c.Generate(ctx, prompt()))
				if !errors.Is(err, context.Canceled) || llm.Reason(err) != "canceled" || time.Since(before) != time.Second {
					t.Errorf("%v after %v", err, time.Since(before))
				}
				well(t, err)
			})
		})
	}
}

// The log has sizes and words of our own; no error, count or line tells what was said.
func TestLogTellsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		tw, c := memory(t, llmtwin.Options{}, func(o *llm.Options) {
			o.Log = slog.New(slog.NewJSONHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug}))
		})
		tw.Script(llmtwin.Unauthorized(secretKey), llmtwin.OllamaNotFound(secretPrompt), llmtwin.Broken(502))
		for range 4 {
			_, _, err := gather(c.Generate(t.Context(), prompt()))
			if err != nil {
				well(t, err)
			}
		}
		_, _ = c.Embed(t.Context(), []string{secretPrompt})
		for _, s := range []string{secretKey, "passport", "papers", "You write"} {
			if strings.Contains(out.String(), s) {
				t.Errorf("the log tells %q", s)
			}
		}
		for _, s := range []string{`"reason":"key"`, `"reason":"model"`, `"reason":"ok"`, `"name":"write"`, `"call":"embed"`} {
			if !strings.Contains(out.String(), s) {
				t.Errorf("the log lacks %s:\n%s", s, out.String())
			}
		}
	})
}

// A connection whose stream came to its end is used again; one that was left is not.
func TestConnections(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tw, _ := memory(t, llmtwin.Options{}, nil)
		dialed := 0
		c := clientOf(t, tw, func(o *llm.Options) {
			o.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
				dialed++
				return tw.Dial(ctx, network, address)
			}
		})
		for range 4 {
			if _, _, err := gather(c.Generate(t.Context(), prompt())); err != nil {
				t.Error(err)
			}
		}
		if dialed != 1 {
			t.Errorf("%d connections for 4 whole answers", dialed)
		}
		for _, err := range c.Generate(t.Context(), prompt()) {
			if err != nil {
				t.Error(err)
			}
			break
		}
		if _, _, err := gather(c.Generate(t.Context(), prompt())); err != nil || dialed != 2 {
			t.Errorf("%d connections, %v", dialed, err)
		}
	})
}

// Many at once, while the client still learns what the server takes.
func TestManyAtOnce(t *testing.T) {
	tw := llmtwin.Start(t, llmtwin.Options{
		Answer: func(r llmtwin.Request) string { return "to " + r.User }, Refuses: []string{"max_tokens", "temperature"},
	})
	c := clientOf(t, tw, func(o *llm.Options) { o.MaxInFlight = 20 })
	var all sync.WaitGroup
	for i := range 20 {
		all.Go(func() {
			data := strconv.Itoa(i)
			text, _, err := gather(c.Generate(t.Context(), llm.Prompt{Static: "s", Data: data}))
			if text != "to "+data || err != nil {
				t.Errorf("%s: %q, %v", data, text, err)
			}
			if v, err := c.Embed(t.Context(), []string{data, "x"}); len(v) != 2 || err != nil {
				t.Errorf("%s: %d vectors, %v", data, len(v), err)
			}
		})
	}
	all.Wait()
}
