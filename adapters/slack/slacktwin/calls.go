package slacktwin

import (
	"encoding/json"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A Call is one request to the Web API, or to a response URL (Method "hook").
type Call struct {
	Method string
	Token  string // as it was shown
	// Params are decoded: blocks, metadata, views and prompts are JSON values,
	// booleans and numbers what they are.
	Params map[string]any
	At     time.Time
	// Answer is what Slack made of it, even when a fault kept it from the client;
	// nil when a fault kept the call from Slack.
	Answer map[string]any
	Fault  string // the fault that the client saw, or ""
	// Violations are the differences from the contract.
	Violations []string
}

// OK tells whether Slack did what was asked, whatever the client saw.
func (c Call) OK() bool { return c.Answer["ok"] == true }

// Error is Slack's name for why it did not, or "".
func (c Call) Error() string { s, _ := c.Answer["error"].(string); return s }

// Text is a parameter that is a text, or "".
func (c Call) Text(name string) string { s, _ := c.Params[name].(string); return s }

// Calls are the requests so far, in the order in which they ended.
func (tw *Twin) Calls() []Call {
	tw.mu.Lock()
	defer tw.mu.Unlock()
	return slices.Clone(tw.calls)
}

// CallsTo are the requests to one method.
func (tw *Twin) CallsTo(method string) []Call {
	tw.mu.Lock()
	defer tw.mu.Unlock()
	var of []Call
	for _, c := range tw.calls {
		if c.Method == method {
			of = append(of, c)
		}
	}
	return of
}

// Count is how often the method was called, forgotten calls included.
func (tw *Twin) Count(method string) int {
	tw.mu.Lock()
	defer tw.mu.Unlock()
	return tw.counts[method]
}

// Counts is Count of every method that was called.
func (tw *Twin) Counts() map[string]int {
	tw.mu.Lock()
	defer tw.mu.Unlock()
	return maps.Clone(tw.counts)
}

// Violations are the differences of requests from Options.Contracts so far.
func (tw *Twin) Violations() []string {
	tw.mu.Lock()
	defer tw.mu.Unlock()
	return slices.Clone(tw.broken)
}

// record wants tw.mu held.
func (tw *Twin) record(c *Call) {
	tw.counts[c.Method]++
	tw.calls = append(tw.calls, *c)
	if keep := tw.options.KeepCalls; keep > 0 && len(tw.calls) > 2*keep {
		tw.calls = slices.Clone(tw.calls[len(tw.calls)-keep:])
	}
	for _, v := range c.Violations {
		tw.broken = append(tw.broken, c.Method+": "+v)
	}
	tw.touch()
}

// decode reads what the client asks; the error is Slack's name for what is wrong
// with the form of it.
func decode(method string, r *http.Request, body []byte) (*Call, string) {
	c := &Call{Method: method, Params: map[string]any{}}
	c.Token = strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	if r.Method == http.MethodGet {
		c.form(r.URL.Query())
		return c, ""
	}
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	switch {
	case err != nil && len(body) == 0:
		return c, ""
	case err != nil:
		return c, "missing_post_type"
	case kind == "application/json":
		bad := c.json(body)
		return c, bad
	case kind != "application/x-www-form-urlencoded":
		return c, "invalid_post_type"
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return c, "invalid_form_data"
	}
	if t := form.Get("token"); t != "" { // a token in a query or in JSON is no token
		c.Token = t
	}
	form.Del("token")
	c.form(form)
	return c, ""
}

func (c *Call) json(body []byte) string {
	var v any
	if len(body) == 0 || string(body) == "null\n" {
		return ""
	}
	if err := json.Unmarshal(body, &v); err != nil {
		return "invalid_json"
	}
	m, ok := v.(map[string]any)
	if !ok {
		return "json_not_object"
	}
	delete(m, "token")
	c.Params = m
	return ""
}

func (c *Call) form(form url.Values) {
	for name := range form {
		if name != "token" {
			c.Params[name] = typed(name, form.Get(name))
		}
	}
}

// typed gives a form's text the type that it has in JSON. What cannot be read as
// such stays a text, and is refused later.
func typed(name, text string) any {
	switch name {
	case "blocks", "attachments", "metadata", "view", "prompts", "file_ids", "chunks":
		var v any
		if json.Unmarshal([]byte(text), &v) == nil {
			return v
		}
	case "loading_messages":
		var list []any
		if json.Unmarshal([]byte(text), &list) == nil {
			return list
		}
		for part := range strings.SplitSeq(text, ",") {
			list = append(list, part)
		}
		return list
	case "mrkdwn", "unfurl_links", "unfurl_media", "reply_broadcast", "as_user", "link_names",
		"inclusive", "include_all_metadata", "include_locale", "include_num_members",
		"return_im", "prevent_creation", "test":
		if b, err := strconv.ParseBool(text); err == nil {
			return b
		}
	case "limit":
		if n, err := strconv.ParseFloat(text, 64); err == nil {
			return n
		}
	}
	return text
}
