package llmtwin_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"porchlight/bot/llm/llmtwin"
)

func ask(t *testing.T, method, url, key, body string) (int, http.Header, string, error) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+key)
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, nil, "", err
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	return resp.StatusCode, resp.Header, string(raw), err
}

const chat = `{"model":"m","stream":%v,"stream_options":{"include_usage":true},"temperature":0,"max_tokens":9,
	"messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"Who?"}]}`

func TestStream(t *testing.T) {
	tw := llmtwin.Start(t, llmtwin.Options{Answer: func(r llmtwin.Request) string { return r.User + " ñandú" }, Size: 1, Model: "m"})
	_, header, body, err := ask(t, http.MethodPost, tw.URL()+"/chat/completions", "", fmt.Sprintf(chat, true))
	if err != nil || header.Get("Content-Type") != "text/event-stream" || !strings.HasSuffix(body, "data: [DONE]\n\n") {
		t.Fatalf("%v, %v, %s", err, header, body)
	}
	text, finish, used := "", "", 0
	for line := range strings.Lines(body) {
		data, ok := strings.CutPrefix(strings.TrimSpace(line), "data: {")
		if !ok {
			continue
		}
		var c struct {
			Choices []struct {
				Delta  struct{ Content string }
				Finish string `json:"finish_reason"`
			}
			Usage struct {
				Total int `json:"total_tokens"`
			}
		}
		if err := json.Unmarshal([]byte("{"+data), &c); err != nil {
			t.Fatal(err)
		}
		used += c.Usage.Total
		for _, x := range c.Choices {
			text, finish = text+x.Delta.Content, finish+x.Finish
		}
	}
	if text != "Who? ñandú" || finish != "stop" || used == 0 {
		t.Errorf("%q, %q, %d", text, finish, used)
	}
	q := tw.Requests()[0]
	if q.System != "Be brief." || q.User != "Who?" || q.MaxTokens != 9 || q.Field("temperature") != "0" || !q.Usage || q.Cached {
		t.Errorf("%+v", q)
	}
}

func TestOtherWays(t *testing.T) {
	tw := llmtwin.Start(t, llmtwin.Options{Key: "k", Model: "m", EmbeddingModel: "e", Refuses: []string{"temperature"}})
	for _, test := range []struct {
		method, path, key, body string
		status                  int
		says                    string
	}{
		{http.MethodGet, "/models", "k", "", 200, `"id":"m"`},
		{http.MethodGet, "/models", "x", "", 401, "invalid_api_key"},
		{http.MethodPost, "/chat/completions", "k", fmt.Sprintf(chat, true), 400, `"param":"temperature"`},
		{http.MethodPost, "/chat/completions", "k", `{"model":"m","messages":[{"role":"user","content":"Who?"}]}`, 200, "This is what the model says."},
		{http.MethodPost, "/chat/completions", "k", `{"model":"x","messages":[{"role":"user","content":"Who?"}]}`, 404, "model_not_found"},
		{http.MethodPost, "/chat/completions", "k", `{"model":"m","messages":[{"role":"user"}]}`, 400, "no content"},
		{http.MethodPost, "/chat/completions", "k", `{"model"`, 400, "parse"},
		{http.MethodPost, "/embeddings", "k", `{"model":"e","input":"one"}`, 200, `"embedding":[`},
		{http.MethodPost, "/embeddings", "k", `{"model":"e","input":["one",""]}`, 400, "input"},
		{http.MethodPost, "/nothing", "k", `{}`, 404, "not found"},
	} {
		status, _, body, err := ask(t, test.method, tw.URL()+test.path, test.key, test.body)
		if err != nil || status != test.status || !strings.Contains(body, test.says) {
			t.Errorf("%s %s: %d, %v, %s", test.path, test.body, status, err, body)
		}
	}
}

func TestFaultsComeInOrder(t *testing.T) {
	tw := llmtwin.Start(t, llmtwin.Options{})
	always := llmtwin.Broken(503)
	tw.Script(llmtwin.Reset(), llmtwin.RateLimited(2*time.Second), llmtwin.Fault{}, llmtwin.CutAt(250), llmtwin.CutCleanAt(250))
	tw.Always(&always)
	url, body := tw.URL()+"/chat/completions", fmt.Sprintf(chat, true)
	if _, _, _, err := ask(t, http.MethodPost, url, "", body); err == nil {
		t.Error("a reset shows nothing")
	}
	if status, header, _, _ := ask(t, http.MethodPost, url, "", body); status != 429 || header.Get("Retry-After") != "2" {
		t.Error(status, header)
	}
	if _, _, said, _ := ask(t, http.MethodPost, url, "", body); !strings.Contains(said, "[DONE]") {
		t.Error(said)
	}
	if _, _, said, err := ask(t, http.MethodPost, url, "", body); len(said) != 250 || err == nil {
		t.Errorf("%d bytes, %v", len(said), err)
	}
	if _, _, said, err := ask(t, http.MethodPost, url, "", body); len(said) != 250 || err != nil {
		t.Errorf("%d bytes, %v", len(said), err)
	}
	if status, _, _, _ := ask(t, http.MethodPost, url, "", body); status != 503 {
		t.Error(status)
	}
	tw.Always(nil)
	if status, _, _, _ := ask(t, http.MethodPost, url, "", body); status != 200 {
		t.Error(status)
	}
	var names []string
	for _, q := range tw.Requests() {
		names = append(names, q.Fault)
	}
	if s := strings.Join(names, ", "); s != "reset, 429 after, , cut, clean cut, 503, " {
		t.Error(s)
	}
}

func TestRelease(t *testing.T) {
	tw := llmtwin.Start(t, llmtwin.Options{})
	tw.Script(llmtwin.StallAt(2))
	said := make(chan string)
	go func() {
		_, _, body, _ := ask(t, http.MethodPost, tw.URL()+"/chat/completions", "", fmt.Sprintf(chat, true))
		said <- body
	}()
	<-tw.Stalled()
	select {
	case s := <-said:
		t.Errorf("%s came before", s)
	default:
	}
	tw.Release()
	if s := <-said; !strings.Contains(s, "[DONE]") {
		t.Error(s)
	}
}

func TestVector(t *testing.T) {
	of := func(text string) []float32 { return llmtwin.Vector(text, 256) }
	near := func(a, b []float32) (cosine float64) {
		for i := range a {
			cosine += float64(a[i]) * float64(b[i])
		}
		return cosine
	}
	question := of("Can my boss keep my passport?")
	same, like, other := near(question, of("can my boss keep my passport")), near(question, of("bosses and passports")), near(question, of("weather tomorrow"))
	if same < 0.999 || like < other+0.1 || like > 0.99 {
		t.Errorf("same %f, alike %f, other %f", same, like, other)
	}
	if v := of(""); near(v, v) < 0.999 {
		t.Errorf("nothing is %v", v)
	}
	if !bytes.Equal(fmt.Append(nil, question), fmt.Append(nil, of("Can my boss keep my passport?"))) {
		t.Error("not the same each time")
	}
}

func TestListenAndServe(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	url, ended := make(chan string), make(chan error)
	go func() {
		ended <- llmtwin.New(llmtwin.Options{}).ListenAndServe(ctx, "127.0.0.1:0", func(u string) { url <- u })
	}()
	if status, _, _, err := ask(t, http.MethodGet, <-url+"/models", "", ""); status != 200 || err != nil {
		t.Error(status, err)
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if err := llmtwin.New(llmtwin.Options{}).ListenAndServe(t.Context(), "256.0.0.1:x", nil); err == nil {
		t.Error("an address that is none")
	}
}
