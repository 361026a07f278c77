package llm

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf8"
)

// over is an answer to a body of a stream, read as r gives it.
func over(t *testing.T, status int, kind string, r io.Reader) (pieces []string, usage Usage, err error) {
	t.Helper()
	c, err := New(Options{URL: "http://127.0.0.1:1/v1", Model: "m", Attempts: 1, MaxBytes: 1000})
	if err != nil {
		t.Fatal(err)
	}
	rt := roundTrip(func(q *http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: status, Header: http.Header{"Content-Type": {kind}}, Body: io.NopCloser(r), Request: q}, nil
	})
	c.api = library(c.options, c.address, &wire{next: rt, mostText: 1000})
	for p, e := range c.Generate(t.Context(), Prompt{Data: "x"}) {
		err = e
		if p.Text != "" {
			pieces = append(pieces, p.Text)
		}
		usage = p.Usage
	}
	return pieces, usage, err
}

// FuzzStream reads any stream: nothing panics, an error is of the known ones, pieces are
// whole characters, and how the bytes arrive changes nothing.
func FuzzStream(f *testing.F) {
	const chunk = `data: {"choices":[{"index":0,"delta":{"content":"%"},"finish_reason":null}]}` + "\n\n"
	const stop = `data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}` + "\n\n"
	const usage = `data: {"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2,"prompt_tokens_details":{"cached_tokens":1}}}` + "\n\ndata: [DONE]\n\n"
	say := func(s string) string { return strings.Replace(chunk, "%", s, 1) }
	for _, seed := range []string{
		say("hello") + stop + usage, say("<thi") + say("nk>no</think>yes") + stop, say("\xc3") + say("\xb1") + stop,
		": keep-alive\n\n" + say("a") + "event: error\ndata: {\"error\":{\"message\":\"x\"}}\n\n", "error: {\"code\":500}\n\n",
		`{"error":"x"}` + "\n", "data: { \"error\": 1}\n\n", "data: null\n\ndata: []\n\ndata: 1\n\n", "data:\n\n" + say("a") + strings.TrimSpace(stop),
		say("a") + `data: {"choices":[{"delta":{"refusal":"no"}}]}` + "\n", say(`\ud83d`) + say(`\ude00`) + stop, say("</think>") + say("x") + stop,
		say(strings.Repeat("long", 300)), strings.Repeat("x", 100), "\r\n\r\n" + strings.ReplaceAll(say("a")+stop, "\n", "\r\n"), "",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		pieces, said, err := over(t, 200, "text/event-stream", bytes.NewReader(body))
		text := strings.Join(pieces, "")
		for _, p := range pieces {
			if !utf8.ValidString(p) {
				t.Errorf("a piece is %q", p)
			}
		}
		if len(text) > 1000 {
			t.Errorf("%d bytes", len(text))
		}
		if r := Reason(err); r == "other" || err == nil && text == "" {
			t.Errorf("%q with %v", text, err)
		}
		again, saidAgain, errAgain := over(t, 200, "text/event-stream", iotest.OneByteReader(bytes.NewReader(body)))
		if strings.Join(again, "") != text || said != saidAgain || Reason(err) != Reason(errAgain) {
			t.Errorf("byte by byte: %q, %v, not %q, %v", again, errAgain, text, err)
		}
	})
}

// FuzzRefusal judges any error of a server: nothing panics, and nothing of it is told.
func FuzzRefusal(f *testing.F) {
	for _, seed := range []string{
		`{"error":{"message":"secretword","type":"x","code":"y","param":"max_tokens"}}`, `{"error":"secretword"}`, "<html>secretword</html>",
		`{"message":["secretword"],"code":429}`, `{"error":{"message":{"a":1},"code":1e99}}`, `{"detail":[{"msg":"secretword"}]}`, `null`, "",
	} {
		f.Add(400, seed)
		f.Add(200, seed)
		f.Add(503, seed)
	}
	f.Fuzz(func(t *testing.T, status int, body string) {
		if status < 200 || status > 599 {
			return // no server says so; the transport takes it for no answer
		}
		for _, kind := range []string{"application/json", "text/html", "text/plain"} {
			pieces, _, err := over(t, status, kind, strings.NewReader(body))
			if err == nil || len(pieces) > 0 || Reason(err) == "other" {
				t.Fatalf("%q, %v", pieces, err)
			}
			if strings.Contains(err.Error(), "secretword") || len(err.Error()) > 300 {
				t.Errorf("%q tells too much", err)
			}
		}
	})
}
