package llm_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"porchlight/bot/llm"
	"porchlight/bot/llm/llmtwin"
)

func TestEmbed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tw, c := memory(t, llmtwin.Options{}, nil)
		tw.Script(llmtwin.Shuffled())
		var texts []string
		for i := range 150 {
			texts = append(texts, fmt.Sprint("text ", i))
		}
		texts[146], texts[149] = strings.Repeat("longer ", 10_000), strings.Repeat("long ", 15_000)
		vectors, err := c.Embed(t.Context(), texts)
		if err != nil || len(vectors) != len(texts) {
			t.Fatalf("%d vectors, %v", len(vectors), err)
		}
		for i, v := range vectors {
			if near(v, llmtwin.Vector(texts[i], 256)) < 0.999 {
				t.Errorf("vector %d is not that of its text", i)
			}
		}
		for i, n := range []int{64, 64, 21, 1} {
			if q := tw.Requests()[i]; len(q.Inputs) != n || q.Model != "twin-embed" || q.Has("temperature") || q.Has("max_tokens") {
				t.Errorf("request %d has %d texts: %.200s", i, len(q.Inputs), q.Body)
			}
		}
		if v, err := c.Embed(t.Context(), nil); v != nil || err != nil {
			t.Errorf("of no texts: %v, %v", v, err)
		}
	})
}

func near(a, b []float32) (cosine float64) {
	for i := range a {
		cosine += float64(a[i]) * float64(b[i])
	}
	return cosine
}

func TestEmbedFaults(t *testing.T) {
	for _, test := range []struct {
		fault  llmtwin.Fault
		reason string
		kind   error
		asked  int
	}{
		{llmtwin.Missing(), "count", llm.ErrMalformed, 1},
		{llmtwin.Doubled(), "count", llm.ErrMalformed, 1},
		{llmtwin.Zero(), "vector", llm.ErrMalformed, 1},
		{llmtwin.Nulls(), "vector", llm.ErrMalformed, 1},
		{llmtwin.Huge(), "json", llm.ErrMalformed, 1},
		{llmtwin.Shorter(), "dimension", llm.ErrMalformed, 1},
		{llmtwin.Garbage(), "json", llm.ErrMalformed, 1},
		{llmtwin.HTML(), "page", llm.ErrMalformed, 1},
		{llmtwin.ErrorObject(), "server", llm.ErrUnavailable, 3},
		{llmtwin.Broken(502), "server", llm.ErrUnavailable, 3},
		{llmtwin.Reset(), "reset", llm.ErrUnavailable, 3},
		{llmtwin.RateLimitedBare(), "limited", llm.ErrBusy, 3},
		{llmtwin.Unauthorized(secretKey), "key", llm.ErrConfig, 1},
		{llmtwin.OllamaNotFound("x"), "model", llm.ErrConfig, 1},
		{llmtwin.Hang(), "first_token", llm.ErrSilent, 1},
		{llmtwin.Redirect("http://example.org"), "redirect", llm.ErrConfig, 1},
		{llmtwin.GzipBombObject(80 << 20), "wire_too_long", llm.ErrTooLong, 1},
	} {
		t.Run(test.fault.Name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				tw, c := memory(t, llmtwin.Options{}, nil)
				if _, err := c.Embed(t.Context(), []string{"what is known of the length"}); err != nil {
					t.Fatal(err)
				}
				tw.Always(&test.fault)
				v, err := c.Embed(t.Context(), []string{secretPrompt, "another"})
				if v != nil || llm.Reason(err) != test.reason || !errors.Is(err, test.kind) || len(tw.Requests()) != test.asked+1 {
					t.Fatalf("%v after %d requests", err, len(tw.Requests()))
				}
				well(t, err)
			})
		})
	}
}

func TestEmptyText(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tw, c := memory(t, llmtwin.Options{}, nil)
		for text, kind := range map[string]error{"": llm.ErrConfig, strings.Repeat("x", 1<<20): llm.ErrTooLong} {
			if _, err := c.Embed(t.Context(), []string{"x", text}); !errors.Is(err, kind) {
				t.Errorf("%v, want %v", err, kind)
			}
		}
		if len(tw.Requests()) != 0 {
			t.Error("the server was asked")
		}
	})
}
