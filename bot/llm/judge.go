package llm

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// fields are those of a request that not every server takes.
const (
	fieldMax         = "max_tokens"
	fieldMaxNew      = "max_completion_tokens"
	fieldTemperature = "temperature"
	fieldUsage       = "stream_options"
	fieldSystem      = "system role"
)

// A said is what a server's error says. It lives only as long as it takes to judge it.
type said struct {
	kind, code, param, message string // lower case
}

// readSaid takes an error apart: {"error":{…}}, {"error":"…"}, {"message":…}, a text.
func readSaid(body []byte) said {
	var outer struct {
		Error json.RawMessage `json:"error"`
	}
	if json.Unmarshal(body, &outer) == nil && present(outer.Error) {
		body = outer.Error
	}
	var text string
	if json.Unmarshal(body, &text) == nil {
		return said{message: strings.ToLower(text)}
	}
	var in struct {
		Type, Code, Param, Message, Detail json.RawMessage
	}
	if json.Unmarshal(body, &in) != nil {
		return said{message: strings.ToLower(string(body))}
	}
	if !present(in.Message) {
		in.Message = in.Detail
	}
	return said{word(in.Type), word(in.Code), word(in.Param), word(in.Message)}
}

func present(raw json.RawMessage) bool {
	return len(raw) > 0 && !bytes.Equal(raw, []byte("null"))
}

// word is a JSON value as lower-case text, whatever it is.
func word(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) != nil {
		if !present(raw) {
			return ""
		}
		s = string(raw)
	}
	return strings.ToLower(s)
}

func (s said) has(words ...string) bool {
	for _, w := range words {
		if strings.Contains(s.code, w) || strings.Contains(s.kind, w) || strings.Contains(s.message, w) {
			return true
		}
	}
	return false
}

// judge says what an error of a server means. status is that of HTTP, or 0 for an error
// that came in a stream or with a status that means success; the error's own code takes
// its place then.
func judge(status int, header http.Header, body []byte) *failure {
	s := readSaid(body)
	f := &failure{status: status, after: retryAfter(header, time.Now())}
	if status == 0 {
		status, _ = strconv.Atoi(s.code)
		if status >= 100 && status <= 599 {
			f.status = status
		}
	}
	if f.why = s.cause(); f.why == nil {
		f.why = byStatus(status, s)
	}
	if f.why == whyRequest {
		f.field = s.field()
	}
	return f
}

// cause is what the words of an error say, nil if nothing.
func (s said) cause() *why {
	switch {
	case s.has("context_length", "context length", "context size", "context window", "maximum context", "prompt is too long", "exceed_context"):
		return whyPrompt
	case s.has("insufficient_quota", "exceeded your current quota", "insufficient credits", "billing_hard_limit"):
		return whyQuota
	case s.has("content_filter", "content management policy", "content_policy", "responsibleaipolicy"):
		return whyFilter
	case s.has("model_not_found", "deploymentnotfound"), strings.Contains(s.message, "model") && s.has("not found", "does not exist", "no such"):
		return whyModel
	default:
		return nil
	}
}

func byStatus(status int, s said) *why {
	switch {
	case status == http.StatusUnauthorized, status == http.StatusForbidden, status == 0 && s.has("authentication", "invalid_api_key"):
		return whyKey
	case status == http.StatusPaymentRequired:
		return whyQuota
	case status == http.StatusRequestEntityTooLarge:
		return whyPrompt
	case status == http.StatusTooManyRequests, status == 0 && s.has("rate_limit", "rate limit", "too many requests"):
		return whyLimited
	case status == http.StatusRequestTimeout, status == http.StatusConflict, status == http.StatusTooEarly, status >= 500, status < 300:
		return whyServer
	case status < 400:
		return whyRedirect
	case status == http.StatusNotFound, status == http.StatusMethodNotAllowed, status == http.StatusGone:
		return whyNotFound
	default:
		return whyRequest
	}
}

// field is the field that an error names, "" if none. The longer name is looked for
// first; what the server proposes instead stands behind what it does not take.
func (s said) field() string {
	for _, f := range []string{fieldUsage, fieldTemperature, fieldMaxNew, fieldMax} {
		if s.param == f || strings.HasPrefix(s.param, f+".") {
			return f
		}
	}
	first, at := "", len(s.message)
	for _, f := range []string{fieldUsage, fieldTemperature, fieldMaxNew, fieldMax, fieldSystem} {
		if i := strings.Index(s.message, f); i >= 0 && i < at {
			first, at = f, i
		}
	}
	return first
}

// retryAfter is how long a server asks to wait: seconds, milliseconds or a date; 0 if
// it does not say.
func retryAfter(h http.Header, now time.Time) time.Duration {
	if ms, err := strconv.ParseFloat(h.Get("Retry-After-Ms"), 64); err == nil && ms > 0 && ms < 1e9 {
		return time.Duration(ms * float64(time.Millisecond))
	}
	v := h.Get("Retry-After")
	if s, err := strconv.ParseFloat(v, 64); err == nil && s > 0 && s < 1e6 {
		return time.Duration(s * float64(time.Second))
	}
	if t, err := http.ParseTime(v); err == nil {
		return max(0, t.Sub(now))
	}
	return 0
}
