package llm_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"porchlight/bot/llm"
	"porchlight/bot/llm/llmtwin"
)

// Every fault ends in an error of its kind, or in the whole answer; what came before is
// the beginning of the answer.
func TestFaults(t *testing.T) {
	const once, thrice = 1, 3
	for _, test := range []struct {
		name   string
		fault  llmtwin.Fault
		reason string // "ok" for the whole answer
		kind   error
		asked  int
		begun  bool // some of the answer came
	}{
		{"reset", llmtwin.Reset(), "reset", llm.ErrUnavailable, thrice, false},
		{"500", llmtwin.Broken(500), "server", llm.ErrUnavailable, thrice, false},
		{"502 page", llmtwin.Broken(502), "server", llm.ErrUnavailable, thrice, false},
		{"503", llmtwin.Broken(503), "server", llm.ErrUnavailable, thrice, false},
		{"529", llmtwin.Broken(529), "server", llm.ErrUnavailable, thrice, false},
		{"400", llmtwin.Refused(400, "no", "invalid_request_error", "", ""), "request", llm.ErrConfig, once, false},
		{"422", llmtwin.Refused(422, "no", "", "", ""), "request", llm.ErrConfig, once, false},
		{"401", llmtwin.Unauthorized(secretKey), "key", llm.ErrConfig, once, false},
		{"403", llmtwin.Refused(403, "no", "", "", ""), "key", llm.ErrConfig, once, false},
		{"402", llmtwin.Refused(402, "Insufficient credits", "", "", ""), "quota", llm.ErrConfig, once, false},
		{"404 text", llmtwin.OllamaNotFound("twin"), "model", llm.ErrConfig, once, false},
		{"404", llmtwin.NoPage(), "not_found", llm.ErrConfig, once, false},
		{"413", llmtwin.Broken(413), "prompt_too_long", llm.ErrTooLong, once, false},
		{"context", llmtwin.ContextTooLong(), "prompt_too_long", llm.ErrTooLong, once, false},
		{"filtered prompt", llmtwin.Filtered(), "filter", llm.ErrRefused, once, false},
		{"429", llmtwin.RateLimitedBare(), "limited", llm.ErrBusy, thrice, false},
		{"429 after", llmtwin.RateLimited(3 * time.Second), "limited", llm.ErrBusy, thrice, false},
		{"429 after long", llmtwin.RateLimited(time.Hour), "limited", llm.ErrBusy, once, false},
		{"429 after half a minute", llmtwin.RateLimited(30 * time.Second), "limited", llm.ErrBusy, once, false},
		{"429 quota", llmtwin.Quota(), "quota", llm.ErrConfig, once, false},
		{"redirect", llmtwin.Redirect("http://example.org/v1/chat/completions"), "redirect", llm.ErrConfig, once, false},
		{"html", llmtwin.HTML(), "page", llm.ErrMalformed, once, false},
		{"200 error", llmtwin.ErrorObject(), "server", llm.ErrUnavailable, thrice, false},
		{"garbage", llmtwin.Garbage(), "no_stream", llm.ErrMalformed, once, false},
		{"not streamed", llmtwin.NotStreamed(secretAnswer), "no_stream", llm.ErrMalformed, once, false},
		{"gzip bomb", llmtwin.GzipBomb(64 << 20), "wire_too_long", llm.ErrTooLong, once, false},
		{"giant line", llmtwin.GiantLine(3, 2<<20), "wire_too_long", llm.ErrTooLong, once, true},
		{"endless line", llmtwin.EndlessLine(3, 2<<20), "wire_too_long", llm.ErrTooLong, once, true},
		{"broken json", llmtwin.BrokenJSON(3), "json", llm.ErrMalformed, once, true},
		{"strange types", llmtwin.StrangeTypes(3), "json", llm.ErrMalformed, once, true},
		{"error first", llmtwin.MidError(0, ""), "server", llm.ErrUnavailable, thrice, false},
		{"error", llmtwin.MidError(4, ""), "server", llm.ErrUnavailable, once, true},
		{"error behind a comment", llmtwin.MidError(4, ": keep-alive\n\n"), "server", llm.ErrUnavailable, once, true},
		{"error behind its event", llmtwin.MidError(4, "event: error\n"), "server", llm.ErrUnavailable, once, true},
		{"spaced error", llmtwin.MidErrorSpaced(4), "server", llm.ErrUnavailable, once, true},
		{"text error", llmtwin.MidErrorText(4), "server", llm.ErrUnavailable, once, true},
		{"bare error", llmtwin.MidErrorBare(4), "server", llm.ErrUnavailable, once, true},
		{"no finish", llmtwin.NoFinish(false), "cut", llm.ErrTruncated, once, true},
		{"no finish but done", llmtwin.NoFinish(true), "cut", llm.ErrTruncated, once, true},
		{"cut before anything", llmtwin.CutAt(0), "cut", llm.ErrTruncated, thrice, false},
		{"cut clean before anything", llmtwin.CutCleanAt(0), "cut", llm.ErrTruncated, thrice, false},
		{"length", llmtwin.Finish("length"), "length", llm.ErrTruncated, once, true},
		{"content filter", llmtwin.Finish("content_filter"), "filter", llm.ErrRefused, once, true},
		{"finish tool_calls", llmtwin.Finish("tool_calls"), "tools", llm.ErrMalformed, once, true},
		{"unknown finish", llmtwin.Finish("insufficient_system_resource"), "finish", llm.ErrMalformed, once, true},
		{"finish error", llmtwin.Finish("error"), "server", llm.ErrUnavailable, once, true},
		{"calls a tool", llmtwin.CallsTool(), "tools", llm.ErrMalformed, once, false},
		{"declines", llmtwin.Declines(1, "I cannot"), "refusal", llm.ErrRefused, once, false},
		{"declines later", llmtwin.Declines(4, "I cannot"), "refusal", llm.ErrRefused, once, true},
		{"empty", llmtwin.Empty(), "empty", llm.ErrMalformed, once, false},
		{"thinks only", llmtwin.Says("<think>hm", "m", "</think>\n\n"), "empty", llm.ErrMalformed, once, false},
		{"thinks without end", llmtwin.Says("<think>hm", "m"), "empty", llm.ErrMalformed, once, false},
		{"thought without beginning", llmtwin.Says("level: ", "ordinary\n</thi", "nk>more"), "thought", llm.ErrMalformed, once, true},

		{"another choice", llmtwin.Fault{Events: func(e []string) []string {
			return slices.Insert(slices.Clone(e), 2, strings.Replace(llmtwin.Event(map[string]any{"content": "no"}, ""), `"index":0`, `"index":1`, 1))
		}}, "ok", nil, once, true},
		{"no done", llmtwin.NoDone(), "ok", nil, once, true},
		{"no newline", llmtwin.NoNewline(), "ok", nil, once, true},
		{"151 keep-alives", llmtwin.KeepAlive(2, 151), "ok", nil, once, true},
		{"5000 keep-alives", llmtwin.KeepAlive(0, 5000), "ok", nil, once, true},
		{"bare comments", llmtwin.BareComments(3, 400), "ok", nil, once, true},
		{"carriage returns", llmtwin.Carriage(), "ok", nil, once, true},
		{"thoughts apart", llmtwin.Thinks("reasoning_content", "hm", "mm"), "ok", nil, once, true},
		{"thoughts apart by another name", llmtwin.Thinks("reasoning", "hm", "mm"), "ok", nil, once, true},
		{"finish eos", llmtwin.Finish("eos"), "ok", nil, once, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				tw, c := memory(t, llmtwin.Options{}, nil)
				tw.Always(&test.fault)
				before := time.Now()
				text, usage, err := gather(c.Generate(t.Context(), prompt()))
				if llm.Reason(err) != test.reason || !errors.Is(err, test.kind) {
					t.Errorf("%v, want %s", err, test.reason)
				}
				if err != nil {
					well(t, err)
				}
				if !strings.HasPrefix(secretAnswer, text) || test.begun != (text != "") || err == nil && text != secretAnswer {
					t.Errorf("text %q", text)
				}
				if (err == nil) != (usage.Prompt > 0) {
					t.Errorf("usage %+v with %v", usage, err)
				}
				if n := len(tw.Requests()); n != test.asked {
					t.Errorf("asked %d times, want %d", n, test.asked)
				}
				if time.Since(before) > 10*time.Second {
					t.Errorf("took %v", time.Since(before))
				}
			})
		})
	}
}

// After each fault that passes, the next try brings the answer.
func TestRecovers(t *testing.T) {
	for _, fault := range []llmtwin.Fault{
		llmtwin.Reset(), llmtwin.Broken(500), llmtwin.Broken(529), llmtwin.RateLimitedBare(), llmtwin.ErrorObject(),
		llmtwin.MidError(0, ""), llmtwin.CutAt(0), llmtwin.CutAt(300), llmtwin.CutCleanAt(100), llmtwin.Refused(408, "", "", "", ""),
	} {
		t.Run(fault.Name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var counted counter
				tw, c := memory(t, llmtwin.Options{Size: 100}, func(o *llm.Options) { o.Counted = counted.count })
				tw.Script(fault, fault)
				text, _, err := gather(c.Generate(t.Context(), prompt()))
				if text != secretAnswer || err != nil {
					t.Errorf("%q, %v", text, err)
				}
				if s := counted.String(); strings.Count(s, "retry") != 2 || !strings.HasSuffix(s, "write ok") {
					t.Errorf("counted %s", s)
				}
			})
		})
	}
}

// Thoughts are cut out wherever the pieces of them end.
func TestThoughtsAtEveryBorder(t *testing.T) {
	const said = "<think>I could say <b>no</b></think>\n\nPapers < 3 & <i>yours</i>. <thinking>or not</thinking>Done <thi"
	const want = "Papers < 3 & <i>yours</i>. Done <thi"
	if text := thoughtless(t, "<think>a <thinking> b</thinking> c</think>x<think>y</think>"); text != "x" {
		t.Errorf("thoughts in thoughts leave %q", text)
	}
	for i := range len(said) {
		for _, j := range []int{i, (i + len(said)) / 2} {
			synctest.Test(t, func(t *testing.T) {
				tw, c := memory(t, llmtwin.Options{}, nil)
				tw.Script(llmtwin.Says(said[:i], said[i:j], said[j:]))
				if text, _, err := gather(c.Generate(t.Context(), prompt())); text != want || err != nil {
					t.Errorf("%d, %d: %q, %v", i, j, text, err)
				}
			})
		}
	}
}

func thoughtless(t *testing.T, said string) (text string) {
	synctest.Test(t, func(t *testing.T) {
		tw, c := memory(t, llmtwin.Options{}, nil)
		tw.Script(llmtwin.Says(said))
		text, _, _ = gather(c.Generate(t.Context(), prompt()))
	})
	return text
}

// Characters that a server splits between pieces come whole; what is none is marked.
func TestSplitCharacters(t *testing.T) {
	for _, test := range []struct {
		pieces []string
		want   string
	}{
		{[]string{"a\xc3", "\xb1o"}, "año"},
		{[]string{"\xf0", "\x9f", "\x98", "\x80"}, "😀"},
		{[]string{"x\xff", "y"}, "x\uFFFDy"},
		{[]string{"x", "\xe2\x82"}, "x\uFFFD"},
		{[]string{"\xe2\x82<", "think>\xac</think>z"}, "\uFFFDz"},
	} {
		synctest.Test(t, func(t *testing.T) {
			tw, c := memory(t, llmtwin.Options{}, nil)
			tw.Script(llmtwin.SaysBytes(test.pieces...))
			if text, _, err := gather(c.Generate(t.Context(), prompt())); text != test.want || err != nil {
				t.Errorf("%q: %q, %v", test.pieces, text, err)
			}
		})
	}
}

func TestMaxBytes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tw, c := memory(t, llmtwin.Options{}, func(o *llm.Options) { o.MaxBytes = 4567 })
		tw.Script(llmtwin.Babble(100))
		text, _, err := gather(c.Generate(t.Context(), prompt()))
		if len(text) != 4567 || llm.Reason(err) != "answer_too_long" || !errors.Is(err, llm.ErrTooLong) {
			t.Errorf("%d bytes, %v", len(text), err)
		}
	})
}
