package llm_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"porchlight/bot/llm"
	"porchlight/bot/llm/llmtwin"
)

// A key shows in no way of printing, not even inside of something unexported.
func TestKeyIsHidden(t *testing.T) {
	key := llm.NewKey("  " + secretKey + "\n")
	o := llm.Options{URL: "http://127.0.0.1:1/v1", Model: "m", Key: key}
	c, err := llm.New(o)
	if err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "key", key, "options", o, "client", c)
	raw, err := json.Marshal(struct{ Key llm.Key }{key})
	shown := []string{log.String(), string(raw), fmt.Sprint(err)}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d", "%t", "%c"} {
		for _, v := range []any{key, &key, o, c, struct{ k llm.Key }{key}, []llm.Key{key}} {
			shown = append(shown, fmt.Sprintf(verb, v))
		}
	}
	for _, s := range shown {
		if strings.Contains(s, secretKey) || strings.Contains(s, fmt.Sprintf("%x", secretKey)) {
			t.Errorf("%q shows the key", s)
		}
	}
	if key.String() != "[hidden]" || (llm.Key{}).String() != "" || !llm.NewKey(" \n").IsZero() {
		t.Error("a key is hidden, no key is nothing")
	}
}

func TestAddresses(t *testing.T) {
	for _, test := range []struct {
		url, version string
		local        bool
		asks         string // where
	}{
		{"http://127.0.0.1:11434", "", true, "http://127.0.0.1:11434/v1/chat/completions"},
		{"http://localhost:8080/v1/", "", true, "http://localhost:8080/v1/chat/completions"},
		{"http://[::1]:8080/v1/chat/completions", "", true, "http://[::1]:8080/v1/chat/completions"},
		{"https://127.0.0.1/v1", "", true, "https://127.0.0.1/v1/chat/completions"},
		{"http://vllm:8000/v1", "", false, "http://vllm:8000/v1/chat/completions"},
		{"http://10.0.0.7:8000/v1", "", false, "http://10.0.0.7:8000/v1/chat/completions"},
		{"http://model.svc.cluster.internal/v1", "", false, "http://model.svc.cluster.internal/v1/chat/completions"},
		{"https://localhost.example.org/v1", "", false, "https://localhost.example.org/v1/chat/completions"},
		{"https://api.openai.com/v1", "", false, "https://api.openai.com/v1/chat/completions"},
		{"https://openrouter.ai/api/v1", "", false, "https://openrouter.ai/api/v1/chat/completions"},
		{"https://x.openai.azure.com", "", false, "https://x.openai.azure.com/openai/deployments/m/chat/completions?api-version=2024-10-21"},
		{"https://x.openai.azure.com/openai/deployments/dep/chat/completions?api-version=2025-01-01", "", false,
			"https://x.openai.azure.com/openai/deployments/dep/chat/completions?api-version=2025-01-01"},
		{"https://x.openai.azure.com/openai/v1/", "", false, "https://x.openai.azure.com/openai/v1/chat/completions"},
		{"https://gateway.example.org/ai", "2024-06-01", false, "https://gateway.example.org/ai/openai/deployments/m/chat/completions?api-version=2024-06-01"},
	} {
		asked, header := "", http.Header{}
		c, err := llm.NewOver(llm.Options{URL: test.url, Model: "m", APIVersion: test.version, Attempts: 1, Key: llm.NewKey("k")},
			func(r *http.Request) (*http.Response, error) {
				asked, header = r.URL.String(), r.Header
				return nil, errors.New("nobody there")
			})
		if err != nil {
			t.Errorf("%s: %v", test.url, err)
			continue
		}
		_, _, _ = gather(c.Generate(t.Context(), prompt()))
		if asked != test.asks || c.Local() != test.local {
			t.Errorf("%s asks %s, local %v", test.url, asked, c.Local())
		}
		azure := strings.Contains(asked, "api-version")
		if (header.Get("Api-Key") == "k") != azure || (header.Get("Authorization") == "Bearer k") == azure {
			t.Errorf("%s: %v", test.url, header)
		}
	}
}

// The models of an Azure resource have deployments of their own.
func TestAzureEmbeddings(t *testing.T) {
	asked := ""
	c, err := llm.NewOver(llm.Options{URL: "https://x.openai.azure.com/openai/deployments/dep", EmbeddingModel: "e", Attempts: 1},
		func(r *http.Request) (*http.Response, error) {
			asked = r.URL.Path
			return nil, errors.New("nobody there")
		})
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Embed(t.Context(), []string{"x"})
	if asked != "/openai/deployments/e/embeddings" || llm.Reason(err) != "reset" || c.Model() != "dep" || c.EmbeddingModel() != "e" {
		t.Errorf("asked %s: %v", asked, err)
	}
}

func TestWrongOptions(t *testing.T) {
	good := llm.Options{URL: "http://127.0.0.1:11434/v1", Model: "m"}
	for _, test := range []struct {
		name   string
		change func(*llm.Options)
		says   []string
	}{
		{"no url", func(o *llm.Options) { o.URL = "" }, []string{"url: there is none", "http://127.0.0.1"}},
		{"no host", func(o *llm.Options) { o.URL = "127.0.0.1:11434" }, []string{"url: "}},
		{"another scheme", func(o *llm.Options) { o.URL = "ftp://127.0.0.1" }, []string{"url: ", "http://"}},
		{"a password", func(o *llm.Options) { o.URL = "https://me:" + secretKey + "@example.org/v1" }, []string{"url: ", "set the key"}},
		{"a key", func(o *llm.Options) { o.URL = "https://example.org/v1?key=" + secretKey }, []string{"url: ", "set a key"}},
		{"broken", func(o *llm.Options) { o.URL = "http://\x7f" + secretKey }, []string{"url: "}},
		{"in the clear", func(o *llm.Options) { o.URL = "http://example.org/v1" }, []string{"url: ", "unencrypted", "https://"}},
		{"half a socket", func(o *llm.Options) { o.URL = "unix:llama.sock" }, []string{"url: ", "whole path"}},
		{"no model", func(o *llm.Options) { o.Model = "" }, []string{"model: none"}},
		{"a strange model", func(o *llm.Options) { o.Model = "my model" }, []string{"model: ", "without spaces"}},
		{"a broken key", func(o *llm.Options) { o.Key = llm.NewKey(secretKey + "\nX: y") }, []string{"key: ", "copy it again"}},
		{"less than nothing", func(o *llm.Options) { o.Idle, o.MaxBytes = -time.Second, -1 }, []string{"idle time: -1s", "bytes: -1"}},
		{"all at once", func(o *llm.Options) { *o = llm.Options{Attempts: -1} }, []string{"url: ", "model: ", "attempts: "}},
	} {
		o := good
		test.change(&o)
		_, err := llm.New(o)
		if !errors.Is(err, llm.ErrConfig) {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		for _, s := range test.says {
			if !strings.Contains(err.Error(), s) {
				t.Errorf("%s: %v lacks %q", test.name, err, s)
			}
		}
		if strings.Contains(err.Error(), secretKey) {
			t.Errorf("%s: %v shows the key", test.name, err)
		}
	}
}

func TestProbe(t *testing.T) {
	for _, test := range []struct {
		name   string
		twin   llmtwin.Options
		fault  llmtwin.Fault
		reason string
		says   string
	}{
		{"well", llmtwin.Options{Model: "twin", EmbeddingModel: "twin-embed"}, llmtwin.Fault{}, "ok", ""},
		{"no list", llmtwin.Options{}, llmtwin.Fault{}, "ok", ""},
		{"another tag", llmtwin.Options{Model: "twin:latest", EmbeddingModel: "Twin-Embed"}, llmtwin.Fault{}, "ok", ""},
		{"no such model", llmtwin.Options{Model: "twin"}, llmtwin.Fault{}, "model", `no "twin-embed"`},
		{"wrong key", llmtwin.Options{Key: "another"}, llmtwin.Fault{}, "key", "put a key"},
		{"no api", llmtwin.Options{}, llmtwin.NoPage(), "not_found", "/v1"},
		{"page", llmtwin.Options{}, llmtwin.HTML(), "page", "/v1"},
		{"broken", llmtwin.Options{}, llmtwin.Broken(503), "server", "127.0.0.1"},
		{"silent", llmtwin.Options{}, llmtwin.Hang(), "first_token", "127.0.0.1"},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				tw, c := memory(t, test.twin, nil)
				tw.Script(test.fault)
				before := time.Now()
				err := c.Probe(t.Context())
				if took := time.Since(before); took > 5*time.Second {
					t.Errorf("took %v", took)
				}
				if llm.Reason(err) != test.reason || err != nil && !strings.Contains(err.Error(), test.says) {
					t.Errorf("%v", err)
				}
				if err != nil {
					well(t, err)
				}
				if len(tw.Requests()) != 1 {
					t.Errorf("asked %d times", len(tw.Requests()))
				}
			})
		})
	}
}

func TestNobodyThere(t *testing.T) {
	listener, err := net.ListenTCP("tcp4", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	_ = listener.Close()
	c, err := llm.New(llm.Options{URL: "http://" + address, Model: "m", Attempts: 1})
	if err != nil {
		t.Fatal(err)
	}
	for _, err := range []error{c.Probe(t.Context()), generated(c, t)} {
		if llm.Reason(err) != "connect" || !strings.Contains(err.Error(), "start the server") {
			t.Error(err)
		}
		well(t, err)
	}
}

func generated(c *llm.Client, t *testing.T) error {
	_, _, err := gather(c.Generate(t.Context(), prompt()))
	return err
}

// A prompt and a piece do not show what they hold.
func TestWordsAreHidden(t *testing.T) {
	var log strings.Builder
	piece := llm.Piece{Text: secretAnswer}
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "prompt", prompt(), "piece", piece)
	for _, s := range []string{log.String(), fmt.Sprint(prompt(), piece), fmt.Sprintf("%+v %+v", prompt(), piece)} {
		if strings.Contains(s, "passport") || strings.Contains(s, "papers") || !strings.Contains(s, "bytes") {
			t.Error(s)
		}
	}
}

// A socket of this machine is as good as an address.
func TestSocket(t *testing.T) {
	name := filepath.Join(t.TempDir(), "s")
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "unix", name)
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: llmtwin.New(llmtwin.Options{}), ReadHeaderTimeout: time.Minute}
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() { _ = server.Close() })
	c, err := llm.New(llm.Options{URL: "unix:" + name, Model: "m"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	if err := generated(c, t); err != nil || !c.Local() || c.Host() != "unix:"+name {
		t.Errorf("%v, %v at %s", err, c.Local(), c.Host())
	}
}

// No redirect is followed, so that nothing goes where it was not sent.
func TestNothingLeavesTheMachine(t *testing.T) {
	elsewhere := llmtwin.Start(t, llmtwin.Options{})
	tw := llmtwin.Start(t, llmtwin.Options{})
	for _, status := range []int{301, 302, 303, 307, 308} {
		f := llmtwin.Redirect(elsewhere.URL() + "/chat/completions")
		f.Status = status
		tw.Script(f)
		if err := generated(clientOf(t, tw, nil), t); llm.Reason(err) != "redirect" {
			t.Errorf("%d: %v", status, err)
		}
	}
	if n := len(elsewhere.Requests()); n != 0 {
		t.Errorf("%d requests went elsewhere", n)
	}
}
