package llm_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"porchlight/bot/llm"
	"porchlight/bot/llm/llmtwin"
)

// streamLength is the length in bytes of a good stream.
func streamLength(t *testing.T, tw *llmtwin.Twin) int {
	t.Helper()
	sent := 0
	tw.Script(llmtwin.Fault{Name: "measured", Events: func(e []string) []string {
		sent = len(strings.Join(e, ""))
		return e
	}})
	_, _, _ = gather(clientOf(t, tw, nil).Generate(t.Context(), prompt()))
	return sent
}

// A stream may die at any byte, in good order or not: the answer is whole, or there is
// an error that says so, and what came is its beginning.
func TestDyingAtEveryByte(t *testing.T) {
	const answer = "año <b> yours.\nend"
	tw := llmtwin.Start(t, llmtwin.Options{Answer: func(llmtwin.Request) string { return answer }, Size: 12})
	length := streamLength(t, tw)
	if length < 500 {
		t.Fatalf("a stream of %d bytes", length)
	}
	for _, cut := range []func(int) llmtwin.Fault{llmtwin.CutAt, llmtwin.CutCleanAt} {
		wholeFrom := length + 1
		for n := range length + 1 {
			c := clientOf(t, tw, func(o *llm.Options) { o.Attempts = 1 })
			tw.Script(cut(n))
			text, _, err := gather(c.Generate(t.Context(), prompt()))
			c.Close()
			switch r := llm.Reason(err); {
			case r == "ok":
				wholeFrom = min(wholeFrom, n)
			case r != "cut":
				t.Fatalf("byte %d: %v", n, err)
			case wholeFrom <= n:
				t.Errorf("whole at byte %d, cut off at %d", wholeFrom, n)
			}
			if !strings.HasPrefix(answer, text) || err == nil && text != answer {
				t.Errorf("byte %d: %q, %v", n, text, err)
			}
			if err != nil {
				well(t, err)
			}
		}
		if wholeFrom > length || wholeFrom < length/2 {
			t.Errorf("whole from byte %d of %d", wholeFrom, length)
		}
	}
}

// However a call ended, no goroutine and no connection is left once both sides closed.
func TestNothingLeft(t *testing.T) {
	before := goleak.IgnoreCurrent()
	func() {
		tw := llmtwin.Start(noCleanup{t}, llmtwin.Options{Answer: func(llmtwin.Request) string { return secretAnswer }})
		defer tw.Close()
		c := clientOf(t, tw, func(o *llm.Options) { o.Attempts, o.Idle = 1, 50*time.Millisecond })
		defer c.Close()
		tw.Script(llmtwin.Fault{}, llmtwin.Fault{}, llmtwin.CutAt(300), llmtwin.MidError(3, ""), llmtwin.StallAt(3), llmtwin.GiantLine(2, 1<<20), llmtwin.Hang())
		for p, err := range c.Generate(t.Context(), prompt()) {
			if err != nil || p.Text == "" {
				t.Error(p, err)
			}
			break
		}
		for range 5 {
			_, _, _ = gather(c.Generate(t.Context(), prompt()))
		}
		<-tw.Stalled() // of the third
		ctx, stop := context.WithCancel(t.Context())
		go func() {
			<-tw.Stalled()
			stop()
		}()
		_, _, _ = gather(c.Generate(ctx, prompt()))
		if n := len(tw.Requests()); n != 7 {
			t.Errorf("asked %d times", n)
		}
	}()
	goleak.VerifyNone(t, before)
}

// noCleanup is a test whose twin is closed by hand.
type noCleanup struct{ testing.TB }

func (noCleanup) Cleanup(func()) {}
