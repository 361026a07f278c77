package llm_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"porchlight/bot/llm"
	"porchlight/bot/llm/llmtwin"
)

func times(o *llm.Options) {
	o.FirstToken, o.Idle, o.Whole = 30*time.Second, 20*time.Second, 2*time.Minute
}

// Silence ends a call to the second, is not tried again, and leaves no call behind.
func TestSilence(t *testing.T) {
	for _, test := range []struct {
		name   string
		fault  llmtwin.Fault
		reason string
		after  time.Duration
	}{
		{"no header", llmtwin.Hang(), "first_token", 30 * time.Second},
		{"no event", llmtwin.StallAt(0), "first_token", 30 * time.Second},
		{"no text behind the role", llmtwin.StallAt(1), "first_token", 30 * time.Second},
		{"in the midst", llmtwin.StallAt(4), "idle", 20 * time.Second},
		{"before the end", llmtwin.StallAt(12), "idle", 20 * time.Second},
		{"behind the end", llmtwin.StallAt(13), "ok", 2 * time.Second},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				tw, c := memory(t, llmtwin.Options{}, times)
				tw.Always(&test.fault)
				before := time.Now()
				text, _, err := gather(c.Generate(t.Context(), prompt()))
				if llm.Reason(err) != test.reason || time.Since(before) != test.after || len(tw.Requests()) != 1 {
					t.Errorf("%v after %v at %d requests", err, time.Since(before), len(tw.Requests()))
				}
				if err != nil {
					well(t, err)
					if !errors.Is(err, llm.ErrSilent) {
						t.Errorf("%v is not silence", err)
					}
				} else if text != secretAnswer {
					t.Errorf("text %q", text)
				}
			})
		})
	}
}

// A thought is a sign of life; a comment is none.
func TestSignsOfLife(t *testing.T) {
	for name, fault := range map[string]llmtwin.Fault{
		"idle":        llmtwin.Thinks("reasoning_content", "hm"),
		"first_token": llmtwin.KeepAlive(1, 200),
	} {
		synctest.Test(t, func(t *testing.T) {
			tw, c := memory(t, llmtwin.Options{}, times)
			fault.Stall, fault.After = true, 2
			tw.Script(fault)
			if _, _, err := gather(c.Generate(t.Context(), prompt())); llm.Reason(err) != name {
				t.Errorf("%v, want %s", err, name)
			}
		})
	}
}

// The caller may take its time with a piece; all of it counts against the whole.
func TestSlowCaller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, c := memory(t, llmtwin.Options{}, func(o *llm.Options) { times(o); o.Whole = time.Hour })
		n := 0
		for _, err := range c.Generate(t.Context(), prompt()) {
			if err != nil {
				t.Fatal(err)
			}
			n++
			time.Sleep(time.Minute) // of the bubble's time
		}
		if n < 5 {
			t.Errorf("%d pieces", n)
		}
	})
}

func TestWhole(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tw, c := memory(t, llmtwin.Options{}, times)
		tw.Script(llmtwin.StallAt(4))
		go func() { // a word every now and then, for ever
			<-tw.Stalled()
			time.Sleep(10 * time.Second)
			tw.Release()
		}()
		before := time.Now()
		for _, err := range c.Generate(t.Context(), prompt()) {
			if err != nil {
				if took := time.Since(before); llm.Reason(err) != "slow" || took < 2*time.Minute || took > 2*time.Minute+15*time.Second {
					t.Errorf("%v after %v", err, time.Since(before))
				}
				return
			}
			time.Sleep(15 * time.Second)
		}
		t.Error("the answer came whole")
	})
}

// A caller with less time than the model needs has its own error.
func TestCallersDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tw, c := memory(t, llmtwin.Options{}, times)
		fault := llmtwin.Hang()
		tw.Always(&fault)
		for range 5 {
			before := time.Now()
			_, _, err := gather(c.Generate(within(t, 8*time.Second), prompt()))
			if !errors.Is(err, context.DeadlineExceeded) || llm.Reason(err) != "deadline" || time.Since(before) != 8*time.Second {
				t.Errorf("%v after %v", err, time.Since(before))
			}
			well(t, err)
		}
		if !c.Resting() {
			t.Error("callers that waited in vain until their end did not count as failures")
		}
	})
}

// A server that asks to be left alone is, as long as it says, if the caller has the time.
func TestRetryAfter(t *testing.T) {
	for _, test := range []struct {
		after  time.Duration
		caller time.Duration
		reason string
		least  time.Duration
	}{
		{4 * time.Second, time.Minute, "ok", 4 * time.Second},
		{4 * time.Second, 3 * time.Second, "limited", 0},
	} {
		synctest.Test(t, func(t *testing.T) {
			tw, c := memory(t, llmtwin.Options{}, times)
			tw.Script(llmtwin.RateLimited(test.after))
			before := time.Now()
			_, _, err := gather(c.Generate(within(t, test.caller), prompt()))
			took := time.Since(before)
			if llm.Reason(err) != test.reason || took < test.least || took > test.least+time.Second {
				t.Errorf("%v after %v", err, took)
			}
		})
	}
}

// A server that keeps failing is asked no more, until one call finds out that it is
// back.
func TestBreaker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var counted counter
		tw, c := memory(t, llmtwin.Options{}, func(o *llm.Options) { o.Attempts, o.Counted = 1, counted.count })
		fault := llmtwin.Broken(503)
		tw.Always(&fault)
		for range 5 {
			_, _, _ = gather(c.Generate(t.Context(), prompt()))
		}
		for range 10 { // they do not take the place of others either
			_, _, _ = gather(c.Generate(t.Context(), prompt()))
		}
		_, _, err := gather(c.Generate(t.Context(), prompt()))
		if llm.Reason(err) != "open" || !errors.Is(err, llm.ErrUnavailable) || len(tw.Requests()) != 5 || !c.Resting() {
			t.Errorf("%v after %d requests", err, len(tw.Requests()))
		}
		well(t, err)
		if _, err := c.Embed(t.Context(), []string{"x"}); llm.Reason(err) != "server" {
			t.Errorf("vectors have a breaker of their own; got %v", err)
		}
		tw.Always(nil)
		time.Sleep(16 * time.Second) // of the bubble's time
		if _, _, err := gather(c.Generate(t.Context(), prompt())); err != nil || c.Resting() {
			t.Errorf("%v after the rest", err)
		}
		if s := counted.String(); !strings.Contains(s, "breaker open") || !strings.Contains(s, "breaker half-open, breaker closed") {
			t.Errorf("counted %s", s)
		}
	})
}

// A caller that goes away tells neither that the server is well nor that it is ill.
func TestBreakerAndCallers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tw, c := memory(t, llmtwin.Options{}, func(o *llm.Options) { o.Attempts = 1 })
		ill := func() {
			tw.Script(llmtwin.Broken(503))
			_, _, _ = gather(c.Generate(t.Context(), prompt()))
		}
		leave := func() {
			tw.Script(llmtwin.Hang())
			ctx, stop := context.WithCancel(t.Context())
			time.AfterFunc(time.Second, stop)
			_, _, _ = gather(c.Generate(ctx, prompt()))
		}
		for range 4 {
			ill()
			leave()
		}
		if c.Resting() {
			t.Error("callers that went away count as failures")
		}
		ill()
		if !c.Resting() {
			t.Error("callers that went away count as successes")
		}
	})
}

// What tells nothing about the server's health does not open the breaker.
func TestBreakerIgnores(t *testing.T) {
	for _, fault := range []llmtwin.Fault{llmtwin.Unauthorized("x"), llmtwin.Empty(), llmtwin.Finish("length"), llmtwin.ContextTooLong()} {
		synctest.Test(t, func(t *testing.T) {
			tw, c := memory(t, llmtwin.Options{}, nil)
			tw.Always(&fault)
			for range 20 {
				_, _, _ = gather(c.Generate(t.Context(), prompt()))
			}
			if c.Resting() {
				t.Errorf("%s opened it", fault.Name)
			}
		})
	}
}

// Retries are few, whatever the number of calls.
func TestRetryBudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tw, c := memory(t, llmtwin.Options{}, nil)
		const calls = 14 // the last ones are not tried again, and too few for the breaker
		before := time.Now()
		for range calls {
			tw.Script(llmtwin.Broken(503))
			_, _, _ = gather(c.Generate(t.Context(), prompt()))
		}
		retries, most := len(tw.Requests())-calls, 10+int(time.Since(before)/(6*time.Second))
		if retries < 10 || retries > most || retries == calls {
			t.Errorf("%d retries of %d calls, want at most %d", retries, calls, most)
		}
	})
}
