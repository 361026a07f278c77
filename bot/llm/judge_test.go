package llm

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"syscall"
	"testing"
	"time"
)

// What servers say, word for word, and what it means.
func TestJudge(t *testing.T) {
	for _, test := range []struct {
		server string
		status int
		body   string
		reason string
		field  string
	}{
		{"openai", 400, `{"error":{"message":"Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.","type":"invalid_request_error","param":"max_tokens","code":"unsupported_parameter"}}`, "request", fieldMax},
		{"openai", 400, `{"error":{"message":"Unsupported value: 'temperature' does not support 0.0 with this model. Only the default (1) value is supported.","type":"invalid_request_error","param":"temperature","code":"unsupported_value"}}`, "request", fieldTemperature},
		{"openai, old", 400, `{"error":{"message":"Unrecognized request argument supplied: max_completion_tokens","type":"invalid_request_error","param":null,"code":null}}`, "request", fieldMaxNew},
		{"azure", 400, `{"error":{"message":"Unrecognized request argument supplied: stream_options"}}`, "request", fieldUsage},
		{"vllm", 400, `{"object":"error","message":"[{'type': 'extra_forbidden', 'loc': ('body', 'max_completion_tokens'), 'msg': 'Extra inputs are not permitted'}]","type":"BadRequestError","param":null,"code":400}`, "request", fieldMaxNew},
		{"vllm", 400, `{"object":"error","message":"System role not supported","type":"BadRequestError","param":null,"code":400}`, "request", fieldSystem},
		{"fastapi", 422, `{"detail":[{"loc":["body","stream_options"],"msg":"extra fields not permitted"}]}`, "request", fieldUsage},
		{"openai", 400, `{"error":{"message":"max_tokens is too large","param":"max_tokens","code":"context_length_exceeded"}}`, "prompt_too_long", ""},
		{"llama.cpp", 400, `{"error":{"code":400,"message":"the request exceeds the available context size, try increasing it","type":"exceed_context_size_error"}}`, "prompt_too_long", ""},
		{"llama.cpp", 503, `{"error":{"code":503,"message":"Loading model","type":"unavailable_error"}}`, "server", ""},
		{"llama.cpp", 401, `{"error":{"code":401,"message":"Invalid API Key","type":"authentication_error"}}`, "key", ""},
		{"ollama", 404, `{"error":{"message":"model \"x\" not found, try pulling it first","type":"api_error","param":null,"code":null}}`, "model", ""},
		{"ollama", 400, `{"error":"model is required"}`, "request", ""},
		{"azure", 404, `{"error":{"code":"DeploymentNotFound","message":"The API deployment for this resource does not exist."}}`, "model", ""},
		{"azure", 404, `{"error":{"code":"404","message": "Resource not found"}}`, "not_found", ""},
		{"azure", 429, `{"error":{"code":"429","message": "Requests to the ChatCompletions_Create Operation have exceeded call rate limit"}}`, "limited", ""},
		{"openai", 429, `{"error":{"message":"You exceeded your current quota","type":"insufficient_quota","param":null,"code":"insufficient_quota"}}`, "quota", ""},
		{"openrouter, in a stream", 0, `{"error":{"code":429,"message":"Provider returned error"}}`, "limited", ""},
		{"openrouter, in a stream", 0, `{"error":{"code":502,"message":"Provider returned error"}}`, "server", ""},
		{"anything, in a stream", 0, `{"error":{"message":"x"}}`, "server", ""},
		{"openai, in a stream", 0, `{"error":{"message":"x","type":"rate_limit_error","code":"rate_limit_exceeded"}}`, "limited", ""},
		{"proxy", 504, `<html>`, "server", ""},
		{"proxy", 302, ``, "redirect", ""},
		{"proxy", 414, ``, "request", ""},
	} {
		f := judge(test.status, nil, []byte(test.body))
		if f.reason != test.reason || f.field != test.field {
			t.Errorf("%s %d %s: %s %q, want %s %q", test.server, test.status, test.body, f.reason, f.field, test.reason, test.field)
		}
	}
}

func TestRetryAfterHeader(t *testing.T) {
	now := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	for _, test := range []struct {
		name, value string
		want        time.Duration
	}{
		{"Retry-After", "7", 7 * time.Second},
		{"Retry-After", "0.5", time.Second / 2},
		{"Retry-After", "Tue, 24 Nov 2026 12:00:09 GMT", 9 * time.Second},
		{"Retry-After", "Tue, 24 Nov 2026 11:00:00 GMT", 0},
		{"Retry-After", "soon", 0},
		{"Retry-After", "-3", 0},
		{"Retry-After", "NaN", 0},
		{"Retry-After", "1e300", 0},
		{"Retry-After-Ms", "250", time.Second / 4},
		{"Other", "1", 0},
	} {
		h := http.Header{}
		h.Set(test.name, test.value)
		if d := retryAfter(h, now); d != test.want {
			t.Errorf("%s %s: %v", test.name, test.value, d)
		}
	}
}

func TestUnreachable(t *testing.T) {
	dial := func(err error) error { return &net.OpError{Op: "dial", Err: err} }
	for _, test := range []struct {
		err    error
		reason string
	}{
		{dial(&net.DNSError{IsNotFound: true}), "name"},
		{dial(os.NewSyscallError("connect", syscall.ECONNREFUSED)), "connect"},
		{dial(os.ErrDeadlineExceeded), "connect"},
		{fmt.Errorf("read: %w", syscall.ECONNRESET), "reset"},
		{errors.New("http: server closed idle connection"), "reset"},
		{&tls.CertificateVerificationError{Err: errors.New("x")}, "tls"},
		{context.DeadlineExceeded, "reset"}, // its cause is looked for elsewhere
		{fail(whyAbroad), "abroad"},
	} {
		if f := unreachable(test.err); f.reason != test.reason {
			t.Errorf("%v: %s, want %s", test.err, f.reason, test.reason)
		}
	}
}

func TestUnknownCertificate(t *testing.T) {
	server := httptest.NewTLSServer(http.NotFoundHandler())
	server.Config.ErrorLog = nil
	t.Cleanup(server.Close)
	c, err := New(Options{URL: server.URL, Model: "m"})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Probe(t.Context()); Reason(err) != "tls" || !errors.Is(err, ErrUnavailable) {
		t.Error(err)
	}
}

// Each cause has a word of its own, and a kind.
func TestWhys(t *testing.T) {
	seen := map[string]bool{}
	for _, w := range whys {
		if seen[w.reason] || w.text == "" || w.again && !w.ill {
			t.Errorf("%+v", w)
		}
		seen[w.reason] = true
		known := false
		for _, k := range kinds {
			known = known || errors.Is(w.kind, k.err)
		}
		if !known {
			t.Errorf("%s is of no kind", w.reason)
		}
	}
	for err, want := range map[error]string{nil: "ok", errors.New("x"): "other", context.Canceled: "canceled", ErrBusy: "busy"} {
		if r := Reason(err); r != want {
			t.Errorf("%v: %s", err, r)
		}
	}
}

// whys are all of them, for tests.
var whys = []*why{
	whyConnect, whyName, whyTLS, whyReset, whyServer, whyOpen, whyBusy, whyLimited,
	whyFirst, whyIdle, whySlow, whyCut, whyLength, whyRefusal, whyFilter, whyPage,
	whyNoStream, whyJSON, whyTools, whyFinish, whyEmpty, whyThought, whyCount, whyLengths,
	whyVector, whyPrompt, whyAnswer, whyWire, whyKey, whyQuota, whyModel, whyNotFound,
	whyRedirect, whyRequest, whyAbroad, whyNothing, whyUnset,
}
